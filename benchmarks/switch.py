"""HiddenUnits at size: from a key to another unit painted, and the bytes of an exported view."""

import functools
import random
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.drag import MEASURE, p95
from benchmarks.figure import Figure
from utils.analysis.hidden_units import UnitScores, read_part, score_units
from utils.datasets.code import CodePart, load_code
from utils.datasets.code_truth import PROPERTIES
from utils.publish.browser import launch, offline_page
from utils.training.checkpoints import load_language_model
from utils.widgets import HiddenUnits

ROUNDS, PRESSES = 5, 60
# A held key repeats about thirty times a second. Uneven, so that keys come at any time of a frame.
# No closer: after a key Chromium keeps a page's other tasks back until the next frame; a key that
# comes between a frame and the message that tells of it adds a whole frame that nobody waits for.
PAUSE = 25, 42  # milliseconds
SIZE = 20_000  # characters
EXPORTED = 4_000, 128  # characters, units
WITH_CONTEXTS = 5  # best units of each property
TEXT = {
    "switch": "unit switch → painted, p95, {units} units × {characters:,} characters, no kernel",
    "rounds": "median of {rounds} rounds of {presses} keys, about thirty a second as a held key "
    "sends, each {each} ms; the search by brushing one more row of text takes {brush:.0f} ms",
    "size": "exported HiddenUnits, {units} units × {characters:,} characters",
    "inside": "all of it: packed states, text, truth, scores, contexts of {contexts} units, code "
    "and picture",
    "plain": "the same states as decimals in JSON {plain:.1f} MB",
}
BRUSH = """pane => {
    const times = [];
    for (let i = 0; i < 20; i++) {
        const began = performance.now();
        const key = { key: 'ArrowDown', shiftKey: true };
        pane.dispatchEvent(new KeyboardEvent('keydown', key));
        times.push(performance.now() - began);
    }
    return times;
}"""


@functools.cache
def reading() -> tuple[CodePart, np.ndarray, UnitScores]:
    """Return held-out text, what the shipped network did on it (C, U), and its units' scores."""
    model, _, _ = load_language_model("code_lstm")
    part = load_code().test.sample(SIZE, seed=1)
    states = read_part(model, part).cell
    return part, states, score_units(states, part)


def view_of(characters: int, units: np.ndarray) -> HiddenUnits:
    """Return the view of some units on the first characters, with the best units' contexts."""
    part, states, scores = reading()
    text = part.text()[:characters]
    best = {int(u) for name in PROPERTIES for u in scores.best(name, WITH_CONTEXTS)}
    contexts = {u: _contexts(text, states[:characters, u]) for u in best}
    return HiddenUnits(
        states[:characters, units],
        text,
        truth={name: getattr(part.truth, name)[:characters] for name in PROPERTIES},
        scores={name: scores.auc[name][units] for name in PROPERTIES},
        contexts=contexts,
        numbers=units.tolist(),
        unit=int(scores.best("string")[0]),
    )


def _contexts(text: str, values: np.ndarray, count: int = 6) -> list[tuple[str, int]]:
    return [(text, int(place)) for place in np.argsort(-np.abs(values))[:count]]


def open_view(page: Any, view: HiddenUnits, folder: Path) -> Any:
    """Show a view in a page of its own (a deck holds at most 3 MB); return its root."""
    path = folder / "view.html"
    path.write_text(f'<!doctype html><meta charset="utf-8">{view.html()}', encoding="utf-8")
    page.goto(path.as_uri())
    root = page.locator(".dll-view[data-ready=true]")
    root.wait_for()
    return root


def switch_rounds(page: Any, root: Any, rounds: int = ROUNDS) -> list[float]:
    """Return the p95 in milliseconds from a key to the painted unit, of each round."""
    slider = root.get_by_role("slider")
    slider.focus()
    if not page.evaluate("() => 'paintTimes' in window"):
        slider.evaluate(MEASURE, "keydown")
    found = []
    pause = random.Random(0)
    for turn in range(rounds + 1):  # one more to warm up
        page.evaluate("() => { paintTimes.length = 0 }")
        for _ in range(PRESSES):
            page.keyboard.press("ArrowLeft" if turn % 2 else "ArrowRight")
            page.wait_for_timeout(pause.uniform(*PAUSE))
        page.wait_for_function("count => paintTimes.length >= count", arg=PRESSES)
        found.append(p95(page.evaluate("() => paintTimes")))
    return found[1:]


def switch_to_painted() -> tuple[Figure, ...]:
    """Step through the units with the arrow keys in headless Chromium."""
    units = np.arange(reading()[1].shape[1])
    with (
        tempfile.TemporaryDirectory() as folder,
        launch() as browser,
        offline_page(browser) as page,
    ):
        root = open_view(page, view_of(SIZE, units), Path(folder))
        rounds = switch_rounds(page, root)
        brush = statistics.median(root.get_by_role("application").evaluate(BRUSH))
    each = ", ".join(f"{value:.1f}" for value in rounds)
    note = TEXT["rounds"].format(rounds=ROUNDS, presses=PRESSES, each=each, brush=brush)
    name = TEXT["switch"].format(units=len(units), characters=SIZE)
    return (Figure(name, statistics.median(rounds), "ms", 20, note=note),)


def exported() -> tuple[Figure, ...]:
    """Weigh a view of the units that tell any property best."""
    characters, count = EXPORTED
    scores = reading()[2]
    strongest = np.max([scores.auc[name] for name in PROPERTIES], axis=0)
    units = np.sort(np.argsort(-strongest, kind="stable")[:count])
    view = view_of(characters, units)
    plain = sum(len(f"{value:.3f},") for value in reading()[1][:characters, units].flat) / 1e6
    note = TEXT["inside"].format(contexts=len(view.state["data"]["contexts"]))
    name = TEXT["size"].format(units=count, characters=characters)
    size = len(view.html().encode()) / 1e6
    return (Figure(name, size, "MB", 0.75, TEXT["plain"].format(plain=plain), note),)
