"""Pictures of lecture attention/05: blocks, depth, places of the norm, races, time of writing."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from utils.analysis.depth import Reach
from utils.plots import (
    BESIDE,
    COLOURS,
    DASHES,
    Picture,
    name_lines,
    new_figure,
    plain_ticks,
)
from utils.training.race import Race
from utils.training.transformer_ablations import Norms

TEXT = {
    "encoder": "encoder block",
    "decoder": "decoder block",
    "self": "self-attention",
    "masked": "masked\nself-attention",
    "cross": "cross-attention",
    "mlp": "MLP per token",
    "add": "+  norm",
    "memory": "keys,\nvalues",
    "source": "source words",
    "target": "target words so far",
    "answer": "next word",
    "times": "{count} ×",
    "post": "post-norm\n(2017)",
    "pre": "pre-norm\n(most since)",
    "part_f": "f",
    "part_add": "x +",
    "part_norm": "norm",
    "depth": "blocks",
    "gradient": "gradient that arrives (share)",
    "spread": "how far the places differ",
    "rate": "learning rate",
    "exact": "validation sentences right (%)",
    "seconds": "seconds of training, one core",
    "updates": "updates",
    "bits": "held-out bits a character",
    "words": "words of a sentence",
    "milliseconds": "milliseconds",
}


def blocks(layers: int = 2) -> Picture:
    """Draw an encoder block and a decoder block, and what passes between them."""
    figure, axes = new_figure(10.5, 5.2)
    axes.axis("off")
    axes.set(xlim=(0, 10.5), ylim=(-0.75, 6.3))
    _stack(axes, 2.5, ("self", "mlp"), COLOURS[0], "encoder", "source")
    _stack(axes, 7.4, ("masked", "cross", "mlp"), COLOURS[1], "decoder", "target")
    # The memory leaves at the top of the encoder and enters cross-attention from the side.
    top = 4.15
    path = {"color": COLOURS[2], "lw": 2.5}
    axes.plot([2.5, 2.5, 4.9, 4.9], [3.4, top, top, 2.55], **path)
    _arrow(axes, (4.88, 2.55), (5.92, 2.55), COLOURS[2])
    axes.text(5.0, 3.3, TEXT["memory"], color=COLOURS[2], va="center", fontsize=15)
    _arrow(axes, (7.4, 5.2), (7.4, 5.85), COLOURS[1])
    axes.text(7.4, 6.1, TEXT["answer"], ha="center", va="center", fontsize=16)
    for x in (0.4, 9.8):
        axes.text(x, 1.7, TEXT["times"].format(count=layers), fontsize=18, ha="center")
    return Picture(
        figure,
        "An encoder block is self-attention, then an MLP. A decoder block is masked "
        "self-attention, cross-attention to the encoder's output, then an MLP. Behind each part "
        "stand a residual connection and a layer norm.",
    )


def _stack(axes: Axes, x: float, parts: Sequence[str], colour: str, name: str, below: str) -> None:
    """Draw one block from below: each part, with its residual connection around it."""
    axes.text(x, -0.5, TEXT[below], ha="center", va="center", fontsize=16)
    bottom = 0.1
    for part in parts:
        _arrow(axes, (x, bottom - 0.35), (x, bottom), colour)
        _box(axes, x, bottom + 0.36, TEXT[part], colour, 0.72)
        _box(axes, x, bottom + 1.2, TEXT["add"], "#5f6b76", 0.44)
        _arrow(axes, (x, bottom + 0.73), (x, bottom + 0.97), colour)
        side = x + 1.75
        axes.plot(
            [x, side, side], [bottom - 0.2, bottom - 0.2, bottom + 1.2], color="#5f6b76", lw=2
        )
        _arrow(axes, (side, bottom + 1.2), (x + 1.42, bottom + 1.2), "#5f6b76")
        bottom += 1.8
    axes.text(x - 0.2, bottom, TEXT[name], color=colour, fontsize=17, ha="right")


def _box(
    axes: Axes, x: float, y: float, words: str, colour: str, height: float, width: float = 2.7
) -> None:
    look = {"boxstyle": "round,pad=0.03", "fc": "white", "ec": colour, "lw": 2.2, "zorder": 3}
    axes.add_patch(FancyBboxPatch((x - width / 2, y - height / 2), width, height, **look))
    axes.text(x, y, words, ha="center", va="center", fontsize=14.5, zorder=4, linespacing=0.95)


def orders() -> Picture:
    """Draw where the norm stands: behind the sum, or in front of the part."""
    figure, axes = new_figure(10.5, 4.4)
    axes.axis("off")
    axes.set(xlim=(0, 10.5), ylim=(0, 4.4))
    for y, name, parts in ((3.1, "post", ("f", "add", "norm")), (1.0, "pre", ("norm", "f", "add"))):
        axes.text(0.1, y, TEXT[name], fontsize=18, va="center", linespacing=1.3)
        for i, part in enumerate(parts):
            colour = COLOURS[1] if part == "norm" else COLOURS[0]
            _box(axes, 4.1 + 2.2 * i, y, TEXT[f"part_{part}"], colour, 0.72, width=1.4)
            _arrow(axes, (2.6 + 2.2 * i, y), (3.34 + 2.2 * i, y), "#5f6b76")
        _arrow(axes, (9.24, y), (10.1, y), "#5f6b76")
        # The straight way from the input to the sum.
        end = 4.1 + 2.2 * parts.index("add")
        axes.plot([2.8, 2.8, end], [y, y + 0.85, y + 0.85], color=COLOURS[2], lw=3.5)
        _arrow(axes, (end, y + 0.87), (end, y + 0.38), COLOURS[2])
    return Picture(
        figure,
        "Post-norm: the norm stands behind the sum, so the straight way passes it in every block. "
        "Pre-norm: the norm stands in front of the part, and the straight way passes none.",
    )


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 2})


def depth(found: Reach, what: str = "spread") -> Picture:
    """Draw ``gradient`` or ``spread`` of fresh stacks against depth, with the range over seeds."""
    figure, axes = new_figure(*BESIDE)
    values = getattr(found, what)
    ends = {}
    for i, (name, rows) in enumerate(zip(found.names, values, strict=True)):
        colour, mean = COLOURS[i], np.exp(np.log(rows).mean(axis=1))
        axes.plot(found.depths, mean, "o", linestyle=DASHES[i], color=colour)
        axes.fill_between(found.depths, rows.min(1), rows.max(1), color=colour, alpha=0.15)
        ends[name] = (mean[-1], colour)
    axes.set_xscale("log")
    axes.set(xlabel=TEXT["depth"], ylabel=TEXT[what], yscale="log")
    plain_ticks(axes.xaxis, found.depths)
    axes.set_xlim(found.depths[0], found.depths[-1])
    name_lines(axes, ends)
    said = "; ".join(
        f"{name} {rows[-1].mean():.1g}" for name, rows in zip(found.names, values, strict=True)
    )
    return Picture(figure, f"{TEXT[what].capitalize()} after {found.depths[-1]} blocks: {said}.")


def norm_places(found: Norms, names: Mapping[str, str]) -> Picture:
    """Draw exact match against the learning rate for each place of the norm; names for readers."""
    figure, axes = new_figure(*BESIDE)
    ends = {}
    for i, (place, rows) in enumerate(zip(found.names, 100 * found.exact, strict=True)):
        mean = rows.mean(axis=1)
        axes.plot(found.rates, mean, "o", linestyle=DASHES[i], color=COLOURS[i])
        axes.fill_between(
            found.rates, rows.min(1), rows.max(1), color=COLOURS[i], alpha=0.15, linewidth=0
        )
        ends[names[place]] = (mean[-1], COLOURS[i])
    axes.set_xscale("log")
    axes.set(xlabel=TEXT["rate"], ylabel=TEXT["exact"], ylim=(-2, 102))
    plain_ticks(axes.xaxis, found.rates)
    axes.set_xlim(found.rates[0], found.rates[-1])
    name_lines(axes, ends)
    best = ", ".join(
        f"{names[place]} {100 * rows.mean(axis=1).max():.0f} %"
        for place, rows in zip(found.names, found.exact, strict=True)
    )
    return Picture(figure, f"Right sentences at the best of the learning rates: {best}.")


def race(result: Race, *, updates: bool = False) -> Picture:
    """Draw exact match against seconds, or against updates: the mean and range over the seeds."""
    figure, axes = new_figure(*BESIDE)
    _lanes(axes, result, 100 * result.score, updates)
    axes.set(ylabel=TEXT["exact"], ylim=(0, 101))
    return Picture(figure, _said(result, 100 * result.score, "{name} {score:.0f} % exact"))


def bits(result: Race, *, updates: bool = False) -> Picture:
    """Draw bits a character against seconds, or against updates."""
    figure, axes = new_figure(*BESIDE)
    _lanes(axes, result, result.score, updates)
    axes.set_ylabel(TEXT["bits"])
    return Picture(figure, _said(result, result.score, "{name} {score:.2f} bits a character"))


def _lanes(axes: Axes, result: Race, score: np.ndarray, updates: bool) -> None:
    ends = {}
    for i, name in enumerate(result.names):
        seconds = result.seconds[i].mean(axis=0)
        x = result.done * result.steps[i] if updates else seconds
        rows, colour = score[i], COLOURS[i]
        axes.plot(x, rows.mean(axis=0), "o", linestyle=DASHES[i], color=colour)
        axes.fill_between(x, rows.min(0), rows.max(0), color=colour, alpha=0.15, linewidth=0)
        ends[name] = (rows.mean(axis=0)[-1], colour)
    axes.set_xlabel(TEXT["updates" if updates else "seconds"])
    axes.set_xlim(0, None)
    name_lines(axes, ends)


def _said(result: Race, score: np.ndarray, words: str) -> str:
    said = ", ".join(
        words.format(name=name, score=score[i, :, -1].mean())
        + f" after {result.spent(name):.0f} seconds and {result.steps[i]:,} updates"
        for i, name in enumerate(result.names)
    )
    seeds = score.shape[1]
    over = "one seed" if seeds == 1 else f"mean of {seeds} seeds"
    return f"On held-out data, {over}: {said}."


def writing(lengths: Sequence[int], milliseconds: Mapping[str, Sequence[float]]) -> Picture:
    """Draw the time of one sentence against its length, for each way to go through it."""
    figure, axes = new_figure(*BESIDE)
    ends = {}
    for i, (name, times) in enumerate(milliseconds.items()):
        axes.plot(lengths, times, "o", linestyle=DASHES[i], color=COLOURS[i])
        ends[name] = (times[-1], COLOURS[i])
    axes.set(xlabel=TEXT["words"], ylabel=TEXT["milliseconds"], ylim=(0, None))
    axes.set_xlim(0, lengths[-1])
    name_lines(axes, ends)
    said = ", ".join(f"{name} {times[-1]:.1f} ms" for name, times in milliseconds.items())
    return Picture(figure, f"A sentence of {lengths[-1]} words takes: {said}.")
