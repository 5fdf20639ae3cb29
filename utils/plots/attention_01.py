"""Pictures of lecture attention/01: the state that is handed over, and what it still holds."""

from collections.abc import Mapping, Sequence

import numpy as np

from utils.analysis.remembered import Remembered
from utils.plots import BESIDE, COLOURS, DASHES, Picture, name_lines, new_figure
from utils.plots.recurrent_08 import failures, length_curves, sentences
from utils.training.translation import LengthCurve

__all__ = [
    "arithmetic",
    "by_place",
    "failures",
    "handed_over",
    "length_curves",
    "remembered",
    "sentences",
]
TEXT = {
    "word": "{count} word",
    "words": "{count} words",
    "numbers": "the numbers handed over, one stripe each",
    "ago": "words read since",
    "named": "words named (%)",
    "own": "own state",
    "last": "last state",
    "guess": "guess",
    "length": "words in the source",
    "exact": "all words right (%)",
    "measured": "measured",
    "expected": "if words stayed\nas sure",
    "place": "place in the output",
    "right": "words right (%)",
}


def handed_over(states: Sequence[np.ndarray], counts: Sequence[int]) -> Picture:
    """Draw what the decoder gets of some sources, each (F,), as one strip of numbers a source.

    ``counts``: the words of each source.
    """
    figure, axes = new_figure(10.5, 3.4)
    axes.grid(False)
    axes.imshow(
        np.stack(states), cmap="RdBu", vmin=-1, vmax=1, aspect="auto", interpolation="nearest"
    )
    for row in range(1, len(states)):
        axes.axhline(row - 0.5, color="white", linewidth=14)
    labels = [TEXT["words" if count > 1 else "word"].format(count=count) for count in counts]
    axes.set_yticks(range(len(states)), labels)
    axes.set_xlabel(TEXT["numbers"])
    axes.tick_params(left=False)
    axes.spines[:].set_visible(False)
    said = " and ".join(str(count) for count in counts)
    return Picture(
        figure, f"Sources of {said} words become strips of {len(states[0])} numbers each."
    )


def arithmetic(curve: LengthCurve, sure: float, words: np.ndarray) -> Picture:
    """Draw a curve, and what it would be if each of the ``words`` (B,) were right with ``sure``."""
    figure, axes = new_figure(*BESIDE)
    places = np.arange(len(curve.first))
    lines = {TEXT["expected"]: 100 * sure**words, TEXT["measured"]: 100 * curve.matches.mean(0)}
    axes.set(xlabel=TEXT["length"], ylabel=TEXT["exact"], ylim=(0, 103))
    _lines(axes, places, lines)
    axes.set_xticks(places[::3], curve.labels[::3])
    last = {name: values[-1] for name, values in lines.items()}
    return Picture(
        figure,
        f"At {curve.labels[-1]} words {last[TEXT['measured']]:.0f} % of the sentences are right; "
        f"if words were as sure as in short ones, it would be {last[TEXT['expected']]:.0f} %.",
    )


def remembered(found: Remembered, *, own: bool = True) -> Picture:
    """Draw how many words a linear map names, against how long ago they were read.

    ``own`` draws the states right after the words, too, in a wider picture.
    """
    figure, axes = new_figure() if own else new_figure(*BESIDE)
    lines = {TEXT["last"]: 100 * found.last, TEXT["guess"]: 100 * found.guess}
    if own:
        lines = {TEXT["own"]: 100 * found.own, **lines}
    axes.set(xlabel=TEXT["ago"], ylabel=TEXT["named"], ylim=(0, 103))
    _lines(axes, found.ago, dict(reversed(lines.items())), left_first=True)
    old = found.ago >= 10
    return Picture(
        figure,
        f"From the last state a linear map names {found.last[~old][-3:].mean():.0%} of the three "
        f"words read last, and {found.last[old].mean():.0%} of those read ten words ago or "
        f"earlier; guessing names {found.guess[old].mean():.0%}."
        + (f" From the word's own state: {found.own.mean():.0%}." if own else ""),
    )


def _lines(
    axes, x: np.ndarray, lines: Mapping[str, np.ndarray], *, left_first: bool = False
) -> None:
    """Draw some named lines; ``left_first`` turns the axis round, so that the past is left."""
    ends = {}
    for i, (name, values) in enumerate(lines.items()):
        axes.plot(x, values, "o", linestyle=DASHES[i], color=COLOURS[i])
        ends[name] = (values[-1], COLOURS[i])
    if left_first:
        axes.set_xlim(x.max() + 0.5, -0.5)
    name_lines(axes, ends)


def by_place(places: np.ndarray, shares: np.ndarray) -> Picture:
    """Draw the share of words right (B,) against their place in the output."""
    figure, axes = new_figure()
    axes.plot(places, 100 * shares, "o", linestyle="-", color=COLOURS[0])
    low = 100 * shares.min()
    axes.set(xlabel=TEXT["place"], ylabel=TEXT["right"], ylim=(np.floor(low - 1), 100.3))
    worst = places[shares.argmin()]
    return Picture(
        figure,
        f"The first words are right in {shares[0]:.1%}, those near place {worst:.0f} in "
        f"{shares.min():.1%}, the last ones in {shares[-1]:.1%}.",
    )
