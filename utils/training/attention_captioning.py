"""The experiments of lecture attention/03: does the captioner look at the object that it names?

`fit_captioner` trains on captions alone. `judge` compares what the captioner writes with the true
captions, and where it looks with the true boxes, which it has never seen. `compare_reaches` does
both for grids whose cells see more and more pixels.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from utils.datasets.scenes import NO_OBJECT, VOCABULARY, SceneSplit
from utils.datasets.words import PAD
from utils.models.attention_captioning import AttentionCaptioner, AttentionCaptionerSettings
from utils.models.language import parameters_of
from utils.threads import one_thread
from utils.training import captioning
from utils.training.captioning import fit_captioner
from utils.training.captioning import up_to as up_to  # the lecture calls it from here
from utils.training.checkpoints import FOLDER
from utils.training.results import RESULTS, load_result, save_result

SMALL_RATE, SMALL_STEPS = 6e-3, 300  # for scenes of one or two objects
PART = 250  # images judged at a time
EDGES = np.linspace(-28, 28, 29)  # pixels: bins of `Judgement.offsets`
KIND = "captioner with attention"
TEXT = {
    "none": "Give at least one grid: a name and its dilations.",
    "name": "There is no grid {value!r}. Choose one of: {names}.",
}


@dataclass(frozen=True)
class Judgement:
    """What a captioner wrote for N scenes, and where it looked while it named P objects.

    exact (N,): every word is right, END included. scene (P,): the scene of each object word that
    names an object that is there. hit (P,): the cell with the largest weight has its middle inside
    the true box. share (P,): weight on the cells inside the box. offset (P, 2): from the middle
    of the box to the middle of that cell, in pixels to the right and down.
    """

    exact: np.ndarray
    scene: np.ndarray
    hit: np.ndarray
    share: np.ndarray
    offset: np.ndarray

    @property
    def pointing(self) -> float:
        """Share of these object words whose largest weight lies in the true box."""
        return _mean(self.hit)

    @property
    def focus(self) -> float:
        """Mean share of the weight that lies in the true box of the named object."""
        return _mean(self.share)


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")


def centres(cells: int, side: int) -> Tensor:
    """Return the middle of each cell of a grid, x and y in pixels: (L, 2)."""
    middle = (torch.arange(cells) + 0.5) * side / cells
    y, x = torch.meshgrid(middle, middle, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], dim=1)


def inside(points: Tensor, boxes: Tensor) -> Tensor:
    """Return which points (L, 2) lie in which boxes (P, 4) of left, top, right, bottom: (P, L)."""
    low, high = boxes[:, None, :2], boxes[:, None, 2:]  # (P, 1, 2)
    return ((points >= low) & (points <= high)).all(-1)


def write(model: AttentionCaptioner, scenes: SceneSplit) -> tuple[Tensor, Tensor]:
    """Return the captions (N, T) that a model writes, greedily, and its weights (N, T, L)."""
    model.eval()
    longest = scenes.targets.shape[1]
    written = []
    for first in range(0, len(scenes), PART):
        words, weights = model.caption(scenes[first : first + PART].pixels, longest)
        missing = longest - words.shape[1]
        written.append((F.pad(words, (0, missing)), F.pad(weights, (0, 0, 0, missing))))
    words, weights = (torch.cat(part) for part in zip(*written, strict=True))
    return words, weights


def true_boxes(words: Tensor, scenes: SceneSplit) -> tuple[Tensor, Tensor, Tensor]:
    """Return the words of captions (N, T) that name an object which is there.

    Three tensors: the scene (P,), the place in the caption (P,) and the object's box (P, 4).
    """
    is_named = scenes.named != NO_OBJECT
    row, place = is_named.nonzero(as_tuple=True)
    object = torch.full(scenes.boxes.shape[:2], PAD)
    object[row, scenes.named[row, place]] = scenes.captions[row, place]  # (N, M)
    same = (words[:, :, None] == object[:, None]) & (object != PAD)[:, None]  # (N, T, M)
    row, place, which = same.nonzero(as_tuple=True)
    return row, place, scenes.boxes[row, which]


def judge(model: AttentionCaptioner, scenes: SceneSplit) -> Judgement:
    """Let a captioner write, greedily, and compare words and looks with the truth."""
    words, weights = write(model, scenes)
    exact = (words == scenes.targets).all(1)
    row, place, boxes = true_boxes(words, scenes)
    points = centres(model.settings.cells, model.settings.side)
    looks = weights[row, place]  # (P, L)
    peak, within = looks.argmax(1), inside(points, boxes)
    offset = points[peak] - (boxes[:, :2] + boxes[:, 2:]) / 2
    hit = within.gather(1, peak[:, None])[:, 0]
    share = (looks * within).sum(1)
    return Judgement(*(part.numpy() for part in (exact, row, hit, share, offset)))


# What happens as a cell sees more pixels?


@dataclass(frozen=True)
class Reaches:
    """K grids, R seeds of each, judged on held-out scenes.

    names (K,): the grids. reach, layers, parameters (K,): pixels that a cell can see, layers over
    the grid, size. exact, pointing, share (K, R): of captions that are exact, of object words
    whose peak lies in the true box, of the weight that lies there. peaks (K, B, B): where the
    peaks lie around the middle of the box, counted over all seeds; bins of `EDGES`, rows go down.
    seconds (K, R): of training. about: where the numbers come from, plain JSON values.
    """

    names: tuple[str, ...]
    reach: np.ndarray
    layers: np.ndarray
    parameters: np.ndarray
    exact: np.ndarray
    pointing: np.ndarray
    share: np.ndarray
    peaks: np.ndarray
    seconds: np.ndarray
    about: dict = field(default_factory=dict)

    def at(self, name: str) -> int:
        """Return the place of a grid; ValueError for a name that is not there."""
        if name not in self.names:
            raise ValueError(TEXT["name"].format(value=name, names=", ".join(self.names)))
        return self.names.index(name)


def new_captioner(seed: int = 0, **changed: object) -> AttentionCaptioner:
    """Return an untrained captioner of the scenes; ``changed`` replaces settings."""
    return AttentionCaptioner(AttentionCaptionerSettings(len(VOCABULARY), **changed), seed=seed)


def small_captioner(
    train: SceneSplit,
    dilations: Sequence[int],
    steps: int = SMALL_STEPS,
    *,
    attention: bool = True,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> AttentionCaptioner:
    """Return a captioner of width 32 with 64 units, trained for some seconds on one thread."""
    sizes = {"width": 32, "hidden": 64, "attention": attention}
    if isinstance(dilations, list):
        dilations = tuple(dilations)
    model = new_captioner(seed, dilations=dilations, **sizes)
    with one_thread():
        fit_captioner(model, train, steps, rate=SMALL_RATE, seed=seed, on_progress=on_progress)
    return model


def compare_reaches(
    grids: Mapping[str, Sequence[int]],
    train: SceneSplit,
    held_out: SceneSplit,
    steps: int,
    *,
    seeds: int = 3,
    about: dict | None = None,
    on_progress: Callable[[float], None] | None = None,
    **changed: object,
) -> Reaches:
    """Train a captioner on each grid, a name and its dilations, with each seed, on one thread.

    ``changed`` replaces settings of all captioners. ValueError for no grids.
    """
    if not grids:
        raise ValueError(TEXT["none"])
    rows, models = [], []
    for dilations in grids.values():
        judged, spent = [], []
        for seed in range(seeds):
            model = new_captioner(seed, dilations=tuple(dilations), **changed)
            began = time.process_time()
            with one_thread():
                fit_captioner(model, train, steps, seed=seed)
            spent.append(time.process_time() - began)
            judged.append(judge(model, held_out))
            if on_progress:
                on_progress((len(rows) + (seed + 1) / seeds) / len(grids))
        models.append(model)
        rows.append((judged, spent))
    return _reaches(tuple(grids), models, rows, about or {})


def _reaches(
    names: tuple[str, ...],
    models: Sequence[AttentionCaptioner],
    rows: Sequence[tuple[list[Judgement], list[float]]],
    about: dict,
) -> Reaches:
    def measure(of: Callable[[Judgement], float]) -> np.ndarray:
        return np.array([[of(one) for one in judged] for judged, _ in rows])

    return Reaches(
        names,
        np.array([model.settings.reach for model in models]),
        np.array([len(model.settings.dilations) for model in models]),
        np.array([parameters_of(model) for model in models]),
        measure(lambda one: one.exact.mean()),
        measure(lambda one: one.pointing),
        measure(lambda one: one.focus),
        np.array([sum(_around(one.offset) for one in judged) for judged, _ in rows]),
        np.array([spent for _, spent in rows]),
        about,
    )


def _around(offset: np.ndarray) -> np.ndarray:
    """Count peaks by where they lie around the middle of their box: (B, B), rows go down."""
    bounded = np.clip(offset, EDGES[0], EDGES[-1])
    return np.histogram2d(bounded[:, 1], bounded[:, 0], bins=(EDGES, EDGES))[0].astype(int)


ARRAYS = ("reach", "layers", "parameters", "exact", "pointing", "share", "peaks", "seconds")


def save_reaches(result: Reaches, name: str, folder: Path = RESULTS) -> Path:
    """Write a comparison as ``name``.json, numbers to four digits; return the path."""
    return save_result(result, name, folder, indent=None)


def load_reaches(name: str, folder: Path = RESULTS) -> Reaches:
    """Return a kept comparison; ResultError where it is missing or damaged."""

    def make(record: dict) -> Reaches:
        found = Reaches(**record | {"names": tuple(record["names"])})
        if found.exact.shape != found.pointing.shape or len(found.exact) != len(found.names):
            raise ValueError(name)
        return found

    return load_result(name, make, ARRAYS, folder)


# Kept on disk


def save_captioner(
    name: str, model: AttentionCaptioner, about: dict, *, folder: Path = FOLDER
) -> Path:
    """Save a captioner in 16 bits, with its words; see `save_checkpoint`."""
    return captioning.save_captioner(name, model, about, kind=KIND, folder=folder)


def load_captioner(name: str, *, folder: Path = FOLDER) -> tuple[AttentionCaptioner, dict]:
    """Return a saved captioner and what its manifest says.

    Raises CheckpointError as `load_checkpoint` does, and for other words than the scenes have.
    """
    return captioning.restored(name, KIND, _made, folder)


def _made(model: dict) -> AttentionCaptioner:
    own = {**model, "dilations": tuple(model["dilations"])}
    return AttentionCaptioner(AttentionCaptionerSettings(**own))
