"""From a pointer's move to the painted frame, in a view inside an exported deck, no kernel."""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat
import numpy as np

from benchmarks.figure import Figure
from utils.datasets.digits import load_digits
from utils.publish.browser import launch, offline_page, open_deck
from utils.publish.deck import export_deck
from utils.training.sweeps import grid, sweep
from utils.widgets import LearningRateSweep
from utils.widgets.learning_rate_sweep.widget import poster, sweep_data

ROUNDS = 3
REDRAWS = 20
# The message arrives after the frame that the event's animation callback belongs to was painted.
MEASURE = """(element, type) => {
    const times = window.paintTimes = [];
    const channel = new MessageChannel();
    let began = [];
    channel.port1.onmessage = () => {
        times.push(...began.map(t => performance.now() - t));
        began = [];
    };
    element.addEventListener(type, event => {
        began.push(event.timeStamp);
        requestAnimationFrame(() => channel.port2.postMessage(0));
    });
}"""
SHOW = "e => { const i = Reveal.getIndices(e.closest('section')); Reveal.slide(i.h, i.v) }"
TEXT = {
    "name": "drag → painted, p95, deck without a kernel",
    "peer": "matplotlib redraw + PNG {p95:.0f} ms p95",
    "note": (
        "median of {rounds} rounds of 60 moves, each {each} ms; the peer redraws the same figure "
        "in Python without kernel messages or a browser: a floor for interact"
    ),
    "few": "Only {count} of 60 moves were painted.",
}


def drag(page: Any, locator: Any, start: tuple, end: tuple, steps: int = 4) -> None:
    """Drag with the mouse between two places, given as shares of an element's width and height."""
    box = locator.bounding_box()
    places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in (start, end)]
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=steps)
    page.mouse.up()


def drag_times(page: Any, canvas: Any) -> list[float]:
    """Return the milliseconds from each pointer event of a drag until it was painted, sorted."""
    page.evaluate("() => { paintTimes.length = 0 }")
    drag(page, canvas, (0.65, 0.5), (0.95, 0.5), steps=60)
    times = sorted(page.evaluate("() => paintTimes"))
    if len(times) < 40:
        raise RuntimeError(TEXT["few"].format(count=len(times)))
    return times


def p95_rounds(page: Any, canvas: Any, rounds: int = ROUNDS) -> list[float]:
    """Return the p95 in milliseconds of each round of dragging, after one to warm up."""
    drag(page, canvas, (0.65, 0.5), (0.95, 0.5), steps=30)
    if not page.evaluate("() => 'paintTimes' in window"):
        canvas.evaluate(MEASURE, "pointermove")
    return [p95(drag_times(page, canvas)) for _ in range(rounds)]


def p95(times: list[float]) -> float:
    """Return the value that 95 of 100 stay below."""
    return sorted(times)[int(0.95 * len(times))]


def _deck(view: LearningRateSweep, path: Path) -> Path:
    cell = nbformat.v4.new_code_cell("view", execution_count=1)
    cell.metadata.slideshow = {"slide_type": "slide"}
    bundle = view._repr_mimebundle_()
    cell.outputs = [nbformat.v4.new_output("execute_result", data=bundle, execution_count=1)]
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Drag"), cell])
    export_deck(nb, path, name="drag")
    return path


def _redraw_times(result: Any) -> list[float]:
    data = sweep_data(result)
    times = []
    for _ in range(REDRAWS):
        began = time.perf_counter()
        poster(data)
        times.append(1000 * (time.perf_counter() - began))
    return times


def drag_to_painted() -> tuple[Figure, ...]:
    """Drag through 64 rates × 300 steps in headless Chromium."""
    rates = np.geomspace(1e-4, 10, 64)
    result = sweep("mlp", load_digits(14), grid(learning_rate=rates), steps=300)
    with tempfile.TemporaryDirectory() as folder, launch() as browser:
        deck = _deck(LearningRateSweep(result), Path(folder) / "deck.html")
        with offline_page(browser) as page:
            open_deck(page, deck)
            root = page.locator(".dll-view[data-ready=true]").first
            root.wait_for(state="attached")
            root.evaluate(SHOW)
            root.scroll_into_view_if_needed()
            rounds = p95_rounds(page, root.locator("canvas").first)
    note = TEXT["note"].format(rounds=ROUNDS, each=", ".join(f"{r:.1f}" for r in rounds))
    peer = TEXT["peer"].format(p95=p95(_redraw_times(result)))
    return (Figure(TEXT["name"], statistics.median(rounds), "ms", 20, peer, note),)
