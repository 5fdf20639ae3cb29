"""Pictures of lecture recurrent/08: two networks, ways to train them, and sentence length."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from utils.datasets.words import Sentence
from utils.plots import BESIDE, COLOURS, DASHES, Picture, bands, name_lines, new_figure
from utils.training.translation import AfterMistake, LengthCurve

TEXT = {
    "encoder": "encoder: weights W",
    "decoder": "decoder: weights U",
    "context": "last state",
    "updates": "updates",
    "exact": "validation dates, all words right (%)",
    "length": "words in the source",
    "sentences": "all words right (%)",
    "words_line": "words",
    "sentences_line": "sentences",
    "share": "held-out share right (%)",
    "distance": "words after the first mistake",
    "truth": "fed the truth",
    "own": "fed its own",
    "right": "words right (%)",
    "source": "source",
    "wanted": "right",
    "given": "the model wrote",
}
_CELL = "text-align:left;padding:.25em .9em .25em 0;vertical-align:top;border:0;word-break:keep-all"
_MARK = "font-weight:700;text-decoration:underline"


class Table:
    """Rows of text for a notebook or a deck; what is wrong is bold and underlined."""

    def __init__(
        self, heads: Sequence[str], rows: Sequence[Sequence[str]], size: float = 1.0
    ) -> None:
        """``rows`` hold finished HTML; ``size`` is that of the letters, 1 as the text around."""
        self.heads, self.rows, self.size = heads, rows, size

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        plain = "\n".join(" | ".join(row) for row in self.rows)
        return {"text/html": self.html(), "text/plain": plain}

    def html(self) -> str:
        """Return the table as HTML without scripts."""
        rows = [_row("th", [escape(head) for head in self.heads])]
        rows += [_row("td", row) for row in self.rows]
        style = f"border-collapse:collapse;font-size:{self.size:g}em"
        return f'<table style="{style}">{"".join(rows)}</table>'


def _row(tag: str, cells: Sequence[str]) -> str:
    inner = "".join(f'<{tag} style="{_CELL}">{cell}</{tag}>' for cell in cells)
    return f'<tr style="background:none">{inner}</tr>'


def sentences(heads: Sequence[str], rows: Sequence[Sequence[Sentence]]) -> Table:
    """Return a table of sentences, one column a language."""
    size = 1.3 if len(heads) < 4 else 1.1
    return Table(heads, [[escape(" ".join(s)) for s in row] for row in rows], size)


def failures(rows: Sequence[tuple[Sentence, Sentence, Sentence]]) -> Table:
    """Return a table of (source, right answer, given answer); wrong words are marked."""
    heads = [TEXT["source"], TEXT["wanted"], TEXT["given"]]
    table = []
    for source, wanted, given in rows:
        marked = [
            escape(word)
            if place < len(wanted) and word == wanted[place]
            else f'<span style="{_MARK}">{escape(word)}</span>'
            for place, word in enumerate(given)
        ]
        table.append([escape(" ".join(source)), escape(" ".join(wanted)), " ".join(marked)])
    return Table(heads, table)


def two_networks(source: Sentence, target: Sentence) -> Picture:
    """Draw the encoder and the decoder, one box a time step, and the state between them."""
    figure, axes = new_figure(10.5, 4.2)
    axes.axis("off")
    steps, boxes = len(source), len(source) + len(target) + 1
    inputs = [*source, "START", *target]
    for place, word in enumerate(inputs):
        colour = COLOURS[0] if place < steps else COLOURS[1]
        look = {"boxstyle": "round,pad=0.55", "fc": "white", "ec": colour, "lw": 2.5}
        if place >= steps:
            look["ls"] = "--"
        name = f"$h_{place + 1}$" if place < steps else f"$s_{place - steps + 1}$"
        axes.text(place, 0, name, ha="center", va="center", bbox=look, fontsize=17)
        axes.text(place, -1, word, ha="center", va="center", fontsize=15)
        _arrow(axes, (place, -0.82), (place, -0.33), colour)
        if place:
            between = COLOURS[4] if place == steps else colour
            _arrow(axes, (place - 0.72, 0), (place - 0.27, 0), between)
        if place >= steps:
            answer = [*target, "END"][place - steps]
            _arrow(axes, (place, 0.33), (place, 0.82), colour)
            axes.text(place, 1, answer, ha="center", va="center", fontsize=15)
    axes.text((steps - 1) / 2, 1.55, TEXT["encoder"], ha="center", color=COLOURS[0], fontsize=17)
    middle = steps + len(target) / 2
    axes.text(middle, 1.55, TEXT["decoder"], ha="center", color=COLOURS[1], fontsize=17)
    axes.text(steps - 0.5, 0.42, TEXT["context"], ha="center", fontsize=14)
    axes.set(xlim=(-0.6, boxes - 0.4), ylim=(-1.3, 1.9))
    return Picture(
        figure,
        f"The encoder reads {' '.join(source)}; its last state starts the decoder, which writes "
        f"{' '.join(target)} END and reads each word that it should have written.",
    )


def _arrow(axes, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 2})


def ways(curves: Mapping[str, np.ndarray], steps: np.ndarray) -> Picture:
    """Draw exact match on validation dates against updates, (R, E) a way, with bands."""
    figure, axes = new_figure(*BESIDE)
    rows = {name: 100 * values for name, values in curves.items()}
    bands(axes, rows, x=steps, log=False)
    axes.set(xlabel=TEXT["updates"], ylabel=TEXT["exact"], ylim=(0, 101))
    said = ", ".join(f"{name} {values[:, -1].mean():.0f} %" for name, values in rows.items())
    seeds = len(next(iter(rows.values())))
    return Picture(figure, f"After {steps[-1]} updates, mean of {seeds} seeds: {said}.")


def _lengths(axes, labels: Sequence[str], lines: Mapping[str, np.ndarray]) -> None:
    """Draw (R, B) shares against bins of length: the mean, and the range over R."""
    places, ends = np.arange(len(labels)), {}
    for i, (name, values) in enumerate(lines.items()):
        rows, colour = 100 * np.atleast_2d(values), COLOURS[i]
        axes.fill_between(places, rows.min(0), rows.max(0), color=colour, alpha=0.15, linewidth=0)
        axes.plot(places, rows.mean(0), "o", linestyle=DASHES[i], color=colour)
        ends[name] = (rows.mean(0)[-1], colour)
    shown = places[::3]
    axes.set_xticks(shown, [labels[place] for place in shown])
    axes.set(xlabel=TEXT["length"], ylim=(0, 103), xlim=(-0.3, len(labels) - 0.8))
    name_lines(axes, ends)


def words_and_sentences(curve: LengthCurve, words: np.ndarray) -> Picture:
    """Draw the share of right words (B,) and of right sentences against the source's length."""
    figure, axes = new_figure(*BESIDE)
    lines = {TEXT["words_line"]: words, TEXT["sentences_line"]: curve.matches}
    _lengths(axes, curve.labels, lines)
    axes.set_ylabel(TEXT["share"])
    return Picture(
        figure,
        f"With {curve.labels[-1]} source words, {100 * words[-1]:.1f} % of the words are right, "
        f"and {100 * curve.matches.mean(0)[-1]:.0f} % of the sentences.",
    )


def length_curves(curves: Sequence[LengthCurve], *, alone: bool = False) -> Picture:
    """Draw exact match against the source's length: the mean and range over each curve's seeds.

    ``alone``: as wide as a slide, and not beside the question of a prediction.
    """
    figure, axes = new_figure(*((10.5, 4.8) if alone else BESIDE))
    _lengths(axes, curves[0].labels, {curve.name: curve.matches for curve in curves})
    axes.set_ylabel(TEXT["sentences"])
    said = ", ".join(f"{curve.name} {100 * curve.matches[:, -1].mean():.0f} %" for curve in curves)
    return Picture(figure, f"Exact match at {curves[0].labels[-1]} source words: {said}.")


def after_mistake(found: AfterMistake) -> Picture:
    """Draw the share of right words behind the first mistake, for both kinds of input."""
    figure, axes = new_figure(*BESIDE)
    lines = {TEXT["truth"]: 100 * found.truth, TEXT["own"]: 100 * found.own}
    for i, values in enumerate(lines.values()):
        axes.plot(found.distance, values, "o", linestyle=DASHES[i], color=COLOURS[i])
    axes.set(xlabel=TEXT["distance"], ylabel=TEXT["right"], ylim=(0, 103), xlim=(0.7, 10.3))
    axes.set_xticks(found.distance)
    ends = {name: (values[-1], COLOURS[i]) for i, (name, values) in enumerate(lines.items())}
    name_lines(axes, ends)
    return Picture(
        figure,
        f"In the {len(found.distance)} words after its first mistake the model is right in "
        f"{100 * np.average(found.truth, weights=found.words):.0f} % when it is fed the truth, in "
        f"{100 * np.average(found.own, weights=found.words):.0f} % when it is fed its own words.",
    )
