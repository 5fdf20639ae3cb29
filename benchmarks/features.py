"""How many images a second become features, and what the cache saves."""

import statistics
import tempfile
import time
from pathlib import Path

import torch

from benchmarks.figure import Figure
from utils.datasets.emoji import GROUPS, pictures
from utils.models.convnets import load_network
from utils.threads import granted_cores, use_granted_cores
from utils.training.transfer import extract

IMAGES = 64
TEXT = {
    "name": "features a second: {images} images of {size} × {size}",
    "peer": "one image at a time {one:.1f} a second",
    "note": "median of {repeats} repeats, {cores} threads; from the cache {kept:,.0f} a second",
}


def seconds(work, repeats: int) -> float:
    """Return the median time of ``work()``, after one call that does not count."""
    work()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def rate(size: int, reach: float, repeats: int = 3) -> Figure:
    """Measure 1,280 features of EfficientNet-Lite0 at one image size, on emoji."""
    use_granted_cores()
    network = load_network()
    characters = tuple("".join(GROUPS.values())[:IMAGES])
    pixels = pictures(characters, size)
    batched = seconds(lambda: extract(network, pixels, cache=None), repeats)
    single = seconds(lambda: extract(network, pixels, cache=None, batch=1), 1)
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        kept = seconds(lambda: extract(network, pixels, cache=cache), repeats)
        same = torch.equal(extract(network, pixels, cache=cache), extract(network, pixels))
    note = TEXT["note"].format(repeats=repeats, cores=granted_cores(), kept=IMAGES / kept)
    return Figure(
        TEXT["name"].format(images=IMAGES, size=size),
        IMAGES / batched if same else None,
        "/s",
        reach,
        TEXT["peer"].format(one=IMAGES / single),
        note,
        at_least=True,
    )


def features() -> tuple[Figure, ...]:
    """The size of the lecture's emoji, and the size that the network was trained with."""
    return (rate(128, reach=50), rate(224, reach=15))
