"""Pictures of lecture attention/02: one look back, equal time, and where the weights should be."""

from collections.abc import Mapping, Sequence

import numpy as np

from utils.plots import BESIDE, COLOURS, DASHES, Picture, name_lines, new_figure
from utils.plots.recurrent_08 import length_curves, sentences
from utils.training.attending import Scores
from utils.training.race import Race

__all__ = ["length_curves", "look_back", "race", "scores", "sentences", "starts"]
TEXT = {
    "context": "context {value}",
    "decoder": "decoder state s",
    "compared": "scores e",
    "softmax": "weights a",
    "seconds": "seconds of training",
    "exact": "validation, all words right (%)",
    "aligned": "largest weight on the true word (%)",
    "exact_test": "test dates, all words right (%)",
    "last": "start: last state",
    "learned": "start: learned",
}


def look_back(words: Sequence[str], weights: Sequence[float], asks: str, context: str) -> Picture:
    """Draw one look: a decoder state, its weights on the encoder's states, and the context."""
    figure, axes = new_figure(10.5, 4.4)
    axes.axis("off")
    middle = (len(words) - 1) / 2
    _box(axes, (middle - 0.9, 2.1), TEXT["decoder"] + f"\n{asks}", COLOURS[1])
    _box(axes, (middle + 1.1, 2.1), TEXT["context"].format(value=f"c\n{context}"), COLOURS[2])
    for place, (word, weight) in enumerate(zip(words, weights, strict=True)):
        _box(axes, (place, 0), f"$h_{place + 1}$", COLOURS[0])
        axes.text(place, -0.62, word, ha="center", va="center", fontsize=16)
        asked = {"arrowstyle": "-", "color": COLOURS[1], "lw": 1.5, "ls": "--"}
        axes.annotate("", (middle - 0.9, 1.72), (place - 0.06, 0.34), arrowprops=asked, zorder=0)
        line = {"arrowstyle": "-", "color": COLOURS[2], "lw": 0.8 + 9 * weight}
        axes.annotate("", (middle + 1.1, 1.72), (place + 0.06, 0.34), arrowprops=line, zorder=0)
        axes.text(place + 0.2, 0, f"{weight:.2f}", va="center", fontsize=17, color=COLOURS[2])
    axes.text(-0.75, 1.15, TEXT["compared"], fontsize=15, color=COLOURS[1])
    axes.text(middle + 1.25, 1.15, TEXT["softmax"], fontsize=15, color=COLOURS[2])
    axes.set(xlim=(-0.8, len(words) - 0.2), ylim=(-0.9, 2.7))
    said = ", ".join(f"{word} {weight:.2f}" for word, weight in zip(words, weights, strict=True))
    return Picture(figure, f"The decoder gives each state of the encoder a weight: {said}.")


def _box(axes, place: tuple[float, float], words: str, colour: str) -> None:
    look = {"boxstyle": "round,pad=0.45", "fc": "white", "ec": colour, "lw": 2.5}
    axes.text(*place, words, ha="center", va="center", bbox=look, fontsize=16)


def race(found: Race) -> Picture:
    """Draw exact match on validation data against seconds of training: mean and range of seeds."""
    figure, axes = new_figure()
    ends = {}
    for i, name in enumerate(found.names):
        seconds = found.seconds[i].mean(axis=0)
        share = 100 * found.score[i]
        axes.fill_between(seconds, share.min(0), share.max(0), color=COLOURS[i], alpha=0.15, lw=0)
        axes.plot(seconds, share.mean(0), "o", linestyle=DASHES[i], color=COLOURS[i])
        ends[name] = (share.mean(0)[-1], COLOURS[i])
    axes.set(xlabel=TEXT["seconds"], ylabel=TEXT["exact"], ylim=(0, 103), xlim=(0, None))
    name_lines(axes, ends)
    said = "; ".join(
        f"{name} {found.final(name).mean():.0%} after {found.spent(name):.0f} seconds"
        for name in found.names
    )
    return Picture(figure, f"Validation sentences right in every word: {said}.")


def scores(found: Mapping[str, Scores], start: str = "learned") -> Picture:
    """Draw exact and aligned of each score and language, one dot a seed, for one first state."""
    figure, panels = new_figure(10.5, 4.6, columns=2)
    said = []
    for axes, kind in zip(panels, ("exact", "aligned"), strict=True):
        for i, (language, result) in enumerate(found.items()):
            rows = getattr(result, kind)[:, result.starts.index(start)]  # (S, R)
            _dots(axes, 100 * rows, i, len(found), language)
            said.append(f"{kind} in {language} " + _means(result.scores, rows))
        axes.set_xticks(range(len(result.scores)), result.scores)
        axes.set(ylim=(-3, 103), xlim=(-0.5, len(result.scores) - 0.5))
        axes.set_title(TEXT["exact_test" if kind == "exact" else kind], loc="left", fontsize=15)
    panels[0].legend(frameon=False, loc="lower left", fontsize=15)
    return Picture(figure, f"Mean over seeds: {'; '.join(said)}.")


def starts(found: Mapping[str, Scores], score: str) -> Picture:
    """Draw the share of true peaks for both first states of the decoder, one dot a seed."""
    figure, axes = new_figure(*BESIDE)
    said = []
    for i, (language, result) in enumerate(found.items()):
        rows = result.aligned[result.scores.index(score)]  # (B, R)
        _dots(axes, 100 * rows, i, len(found), language)
        said.append(f"{language} " + _means(result.starts, rows))
    axes.set_xticks(range(len(result.starts)), [TEXT[start] for start in result.starts])
    axes.set(ylabel=TEXT["aligned"], ylim=(0, 103), xlim=(-0.5, len(result.starts) - 0.5))
    axes.legend(frameon=False, loc="lower right", fontsize=15)
    return Picture(figure, f"Largest weights on the true word: {'; '.join(said)}.")


def _dots(axes, rows: np.ndarray, index: int, count: int, name: str) -> None:
    """Draw (K, R) numbers as R dots over each of K places, and their mean as a bar."""
    shift = 0.36 * (index - (count - 1) / 2)
    for place, row in enumerate(rows):
        spread = np.linspace(-0.1, 0.1, len(row)) if len(row) > 1 else np.zeros(1)
        axes.plot(
            place + shift + spread,
            row,
            "os"[index % 2],
            color=COLOURS[index],
            markersize=8,
            alpha=0.7,
            label=name if place == 0 else None,
        )
        axes.hlines(row.mean(), place + shift - 0.15, place + shift + 0.15, COLOURS[index], lw=3)


def _means(names: Sequence[str], rows: np.ndarray) -> str:
    return ", ".join(f"{name} {row.mean():.0%}" for name, row in zip(names, rows, strict=True))
