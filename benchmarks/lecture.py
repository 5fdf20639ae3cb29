"""The lecture's notebook run from top to bottom, and its deck opened with the network blocked."""

import functools
import re
import statistics
import sys
from pathlib import Path

import nbformat
from nbconvert import SlidesExporter

from benchmarks.figure import Figure
from utils.publish import run_notebook
from utils.publish.browser import launch, watch_deck
from utils.publish.deck import export_deck
from utils.publish.files import BUILD, ROOT
from utils.publish.runner import RunReport

NOTEBOOK = ROOT / "lectures" / "training" / "01_learning_rate_schedules.ipynb"
FOLDER = BUILD / "bench"
OPENINGS = 3
# Addresses of code and style that a page loads: in attributes, and in scripts that load more.
_LOADED = re.compile(
    r"[\"'](https?://[^\"'\s]+?(?:\.js|\.css|@[\d.]+|require|jquery)[^\"'\s]*)[\"']"
)
_PATHS = re.compile(r"https?://(?:unpkg\.com|cdnjs\.cloudflare\.com|cdn\.jsdelivr\.net)/[^\"'\s)]+")
TEXT = {
    "missing": "{name} does not exist",
    "run": "notebook, Run All",
    "slowest": "notebook, slowest cell",
    "cell": "cell [{number}] `{line}`",
    "size": "deck, size",
    "requests": "deck, requests to a network",
    "open": "deck, opens",
    "stock": "stock nbconvert names {count} CDN addresses",
    "opened": "median of {times} openings in fresh pages",
    "every_slide": "while all slides were shown with the network blocked",
}


@functools.cache
def executed() -> RunReport:
    """Run the notebook once for all parts; raise where that fails."""
    if not NOTEBOOK.exists():
        raise FileNotFoundError(TEXT["missing"].format(name=NOTEBOOK.relative_to(ROOT)))
    return run_notebook(NOTEBOOK, out=FOLDER / NOTEBOOK.name, echo=_echo)


def _echo(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def run_all() -> tuple[Figure, ...]:
    """The seconds of the whole notebook in a fresh kernel, and of its slowest cell."""
    report = executed()
    slowest = max(report.cells, key=lambda cell: cell.seconds)
    note = TEXT["cell"].format(number=slowest.number, line=slowest.line)
    return (
        Figure(TEXT["run"], report.seconds, "s", 180),
        Figure(TEXT["slowest"], slowest.seconds, "s", 60, note=note),
    )


def stock_addresses(notebook: Path) -> list[str]:
    """Return the CDN addresses in what stock nbconvert makes of a notebook without outputs."""
    nb = nbformat.read(notebook, as_version=4)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    page, _ = SlidesExporter().from_notebook_node(nb)
    return sorted({*_LOADED.findall(page), *_PATHS.findall(page)})


def deck() -> tuple[Figure, ...]:
    """The deck's bytes, what it asks a network for, and the seconds until it can be used."""
    report = export_deck(executed().executed, FOLDER / f"{NOTEBOOK.stem}.html")
    with launch() as browser:
        seen = [watch_deck(report.path, browser=browser) for _ in range(OPENINGS)]
    requests = {url for watch in seen for url in watch.requests}
    seconds = statistics.median(watch.open_seconds for watch in seen)
    peer = TEXT["stock"].format(count=len(stock_addresses(NOTEBOOK)))
    opened = TEXT["opened"].format(times=OPENINGS)
    return (
        Figure(TEXT["size"], report.path.stat().st_size / 1e6, "MB", 3),
        Figure(TEXT["requests"], len(requests), "", 0, peer, TEXT["every_slide"]),
        Figure(TEXT["open"], seconds, "s", 1, note=opened),
    )
