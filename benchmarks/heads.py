"""AttentionHeads beside BertViz's own view of the same weights: bytes, first paint, hover."""

import importlib.util
import os
import re
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.drag import MEASURE, p95
from benchmarks.figure import Figure
from utils.datasets.sentences import load_sentences
from utils.models.minilm import load_minilm
from utils.publish.browser import launch
from utils.widgets import AttentionHeads

ROUNDS, MOVES = 3, 60
FRAME = 16.7  # milliseconds: 60 frames a second
COMPARED = 20  # tokens: BertViz draws a line for each weight, 300,000 for 72 heads on 64 tokens
PAINTED = 20  # milliseconds from pointer to paint, as for every view of the course
SCRIPTS = "BERTVIZ_SCRIPTS"  # a folder with require, d3 and jquery, for a machine without a network
FILES = {"require": "require.js", "d3": "d3.min.js", "jquery": "jquery.min.js"}
TEXT = {
    "size": "exported AttentionHeads, {layers} × {heads} heads × {tokens} tokens",
    "paint": "AttentionHeads, page opened → first paint, {heads} heads × {tokens} tokens",
    "hover": "AttentionHeads, pointer on a token → painted, p95, {heads} heads × {tokens} tokens",
    "work": "AttentionHeads, drawing one move of the pointer, p95, {heads} heads × {tokens} tokens",
    "frames": "a frame at 60 a second has {frame} ms",
    "bytes": "BertViz model_view {size:.1f} MB and 3 scripts from the network",
    "other": "BertViz model_view {value:.0f} ms",
    "absent": (
        "BertViz is not installed: pip install -c constraints.txt -e '.[bench]' to compare with it"
    ),
    "blank": (
        "BertViz shows nothing without the network: it fetches three scripts; name a folder that "
        "has them in BERTVIZ_SCRIPTS"
    ),
    "rounds": "median of {rounds} rounds, each {each} ms",
}
# The time at which something that fits the selector was first painted.
WATCH = """selector => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => { window.firstPaint = performance.now(); };
    const look = () => document.querySelector(selector)
        ? channel.port2.postMessage(0) : requestAnimationFrame(look);
    requestAnimationFrame(look);
}"""
# One move after another: the handler, and reading a dot back, which waits for the drawing.
WORK = """(canvas, places) => places.map(([clientX, clientY]) => {
    const began = performance.now();
    canvas.dispatchEvent(new PointerEvent('pointermove', { clientX, clientY }));
    canvas.getContext('2d').getImageData(0, 0, 1, 1);
    return performance.now() - began;
})"""
OURS = ".dll-view[data-ready=true] canvas"
THEIRS = "#vis svg line"


def weights_of(tokens: int, layers: int) -> tuple[np.ndarray, list[str]]:
    """Return real weights (layers, 12, T, T) of MiniLM on T tokens of text, and the tokens.

    More than 6 layers: those of a second text follow, with the first one's tokens.
    """
    model, text = load_minilm(), load_sentences().text
    found, names = [], []
    for start in range(0, layers // 6 * 20, 20):
        read = model.tokenizer.encode(" ".join(text[start : start + 20])).ids[1 : tokens - 1]
        reading = model([model.tokenizer.decode(read)])
        if len(reading.tokens.pieces[0]) != tokens:
            raise ValueError(f"{tokens} tokens became {len(reading.tokens.pieces[0])}.")
        found.append(reading.maps().numpy())
        names = names or list(reading.tokens.pieces[0])
    return np.concatenate(found), names


def bertviz_page(weights: np.ndarray, tokens: list[str]) -> str | None:
    """Return BertViz's model view as a page, or None if BertViz is not installed."""
    if importlib.util.find_spec("bertviz") is None:
        return None
    import torch
    from bertviz import model_view

    layers = [torch.tensor(layer)[None] for layer in weights]
    return _page(model_view(layers, tokens, html_action="return").data)


def _page(body: str) -> str:
    return f'<!doctype html><meta charset="utf-8"><body>{body}</body>'


def payload() -> tuple[Figure, ...]:
    """Weigh the exported view of 12 × 12 heads on 64 tokens."""
    weights, tokens = weights_of(64, 12)
    size = len(AttentionHeads(weights, tokens).html().encode()) / 1e6
    theirs = bertviz_page(weights, tokens)
    peer = TEXT["bytes"].format(size=len(theirs.encode()) / 1e6) if theirs else TEXT["absent"]
    name = TEXT["size"].format(layers=12, heads=12, tokens=64)
    return (Figure(name, size, "MB", 0.85, peer),)


def _answer(route: Any) -> None:
    """Give the scripts that BertViz asks for from a folder, if there is one."""
    name = next((file for key, file in FILES.items() if f"/{key}" in route.request.url), None)
    path = Path(os.environ.get(SCRIPTS, "")) / (name or "")
    if SCRIPTS in os.environ and path.is_file():
        route.fulfill(path=path, content_type="text/javascript")
    else:
        route.abort()


def open_page(browser: Any, html: str, selector: str, folder: Path) -> tuple[Any, float] | None:
    """Return the page and its first paint in milliseconds, or None if nothing is drawn."""
    path = folder / "view.html"
    path.write_text(html, encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.route(re.compile("^https?:"), _answer)
    page.add_init_script(f"({WATCH})({selector!r})")
    page.goto(path.as_uri())
    try:
        page.wait_for_function("() => window.firstPaint", timeout=60_000)
    except Exception as error:
        if "Timeout" not in type(error).__name__:
            raise
        page.close()
        return None
    return page, page.evaluate("() => firstPaint")


def hover_times(page: Any, element: Any, places: list[tuple[float, float]]) -> list[float]:
    """Return the p95 in milliseconds from pointer to paint over given places, of each round."""
    if not page.evaluate("() => 'paintTimes' in window"):
        element.evaluate(MEASURE, "pointermove")
    found = []
    for _ in range(ROUNDS + 1):  # one more to warm up
        page.evaluate("() => { paintTimes.length = 0 }")
        for i in range(MOVES):
            page.mouse.move(*places[i % len(places)])
        page.wait_for_timeout(200)
        found.append(p95(page.evaluate("() => paintTimes")))
    return found[1:]


def our_places(canvas: Any, tokens: int) -> list[tuple[float, float]]:
    """Return places on the rows of the large map, each on another token."""
    box = canvas.bounding_box()
    side = 330
    x, top = box["x"] + box["width"] - 60, box["y"] + 40
    order = np.random.default_rng(0).permutation(tokens)
    return [(x, top + (row + 0.5) * side / tokens) for row in order]


def their_places(page: Any) -> list[tuple[float, float]]:
    """Open one head of BertViz's model view; return the places of the tokens beside it."""
    page.locator("#vis svg .attn_head, #vis svg g").first.click(force=True)
    page.wait_for_timeout(500)
    boxes = page.evaluate(
        """() => Array.from(document.querySelectorAll('#vis svg text'), text => {
            const box = text.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];
        })"""
    )
    return [tuple(box) for box in boxes if box[1] < 880]


def drawn() -> tuple[Figure, ...]:
    """Time first paint and hover in headless Chromium: 72 and 144 heads, up to 128 tokens."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder, launch() as browser:
        for count, layers in ((COMPARED, 6), (64, 6), (128, 6), (128, 12)):
            figures += _timed(browser, Path(folder), *weights_of(count, layers))
    return tuple(figures)


def _timed(
    browser: Any, folder: Path, weights: np.ndarray, tokens: list[str]
) -> tuple[Figure, ...]:
    html = _page(AttentionHeads(weights, tokens).html())
    if len(tokens) > COMPARED:
        peers = ("", "")
    else:
        theirs = bertviz_page(weights, tokens)
        peers = _theirs(browser, folder, theirs) if theirs else (TEXT["absent"],) * 2
    page, first = open_page(browser, html, OURS, folder)
    canvas = page.locator("canvas").first
    places = our_places(canvas, len(tokens))
    rounds = hover_times(page, canvas, places)
    work = p95(canvas.evaluate(WORK, places))
    page.close()
    each = ", ".join(f"{value:.1f}" for value in rounds)
    note = TEXT["rounds"].format(rounds=ROUNDS, each=each)
    sizes = {"heads": weights.shape[0] * weights.shape[1], "tokens": len(tokens)}
    return (
        Figure(TEXT["paint"].format(**sizes), first, "ms", None, peers[0]),
        Figure(
            TEXT["hover"].format(**sizes), statistics.median(rounds), "ms", PAINTED, peers[1], note
        ),
        Figure(
            TEXT["work"].format(**sizes), work, "ms", FRAME, note=TEXT["frames"].format(frame=FRAME)
        ),
    )


def _theirs(browser: Any, folder: Path, html: str) -> tuple[str, str]:
    opened = open_page(browser, html, THEIRS, folder)
    if opened is None:
        return TEXT["blank"], TEXT["blank"]
    page, first = opened
    places = their_places(page)
    rounds = hover_times(page, page.locator("#vis"), places)
    page.close()
    return (
        TEXT["other"].format(value=first),
        TEXT["other"].format(value=statistics.median(rounds)),
    )
