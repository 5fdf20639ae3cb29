"""Pictures of lecture recurrent/07: scenes and their captions, the image in the chain, failures."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from utils.datasets.scenes import SceneSplit
from utils.plots import BESIDE, COLOURS, Picture, new_figure
from utils.training.captioning import Beams, Judgement, Ways

TEXT = {
    "exact": "exact captions (%)",
    "objects": "objects in the scene",
    "gap": "smallest distance between two middles (pixels)",
    "offset": "middle of the second object, right of the first (pixels)",
    "first": "chance that the first is named first",
    "truth": "true: {words}",
    "image": "image v",
    "width": "width of the beam",
}
EDGES = (4, 6, 8, 11, 15, 20)  # pixels: bins of the smallest distance


def gallery(
    images: Tensor, captions: Sequence[str], truths: Sequence[str] | None = None
) -> Picture:
    """Draw images (N, 3, S, S), uint8, in a row: a caption above each, the true one below."""
    figure, _ = new_figure(10.5, 4.4 if truths else 3.6)
    figure.clear()
    places = figure.subplots(1, len(images))
    for place, axes in enumerate(places):
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set(visible=True, color="0.75")  # a white scene has an edge, too
        axes.imshow(images[place].permute(1, 2, 0).numpy())
        axes.set_title(_folded(captions[place]), fontsize=15)
        if truths:
            axes.set_xlabel(_folded(TEXT["truth"].format(words=truths[place])), fontsize=15)
    return Picture(figure, "Scenes and captions: " + "; ".join(captions) + ".")


def _folded(words: str, most: int = 20) -> str:
    """Break a caption into lines at its words."""
    lines = [""]
    for word in words.split():
        if len(lines[-1]) + len(word) > most:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def chain(words: Sequence[str]) -> Picture:
    """Draw the decoder over its words: each state gets the last word and the same image."""
    figure, axes = new_figure(11.0, 4.0)
    axes.axis("off")
    inputs = ["START", *words]
    for place, word in enumerate(inputs):
        box = {"boxstyle": "round,pad=0.5", "fc": "white", "ec": COLOURS[0], "lw": 2.5}
        axes.text(place, 0, f"$h_{place + 1}$", ha="center", va="center", bbox=box, fontsize=18)
        axes.text(place, -1, word, ha="center", va="center", fontsize=16)
        axes.text(place, 1, [*words, "END"][place], ha="center", va="center", fontsize=16)
        _arrow(axes, (place, -0.8), (place, -0.32), COLOURS[0])
        _arrow(axes, (place, 0.32), (place, 0.8), COLOURS[0])
        _arrow(axes, (place - 0.5, -1.75), (place - 0.24, -0.25), COLOURS[1])
        if place:
            _arrow(axes, (place - 0.75, 0), (place - 0.25, 0), COLOURS[0])
    last = len(inputs) - 1
    axes.plot([-0.6, last], [-1.78, -1.78], color=COLOURS[1], lw=2.5)
    axes.text(-0.7, -1.78, TEXT["image"], ha="right", va="center", color=COLOURS[1], fontsize=16)
    axes.set(xlim=(-1.9, last + 0.5), ylim=(-2.1, 1.3))
    return Picture(figure, f"The image enters every step; the words are {' '.join(words)} END.")


def _arrow(axes, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 2})


def ways(found: Ways) -> Picture:
    """Draw the share of exact captions of each way, a dot a seed."""
    figure, axes = new_figure(*BESIDE)
    for place, row in enumerate(found.exact):
        axes.plot(100 * row, [place] * len(row), "o", ms=11, color=COLOURS[place % 2], alpha=0.8)
    axes.set_yticks(range(len(found.names)), [name.replace(", ", ",\n") for name in found.names])
    axes.set(xlabel=TEXT["exact"], xlim=(-3, 103), ylim=(len(found.names) - 0.5, -0.5))
    said = ", ".join(
        f"{name} {100 * row.mean():.0f} %"
        for name, row in zip(found.names, found.exact, strict=True)
    )
    return Picture(figure, f"Mean of {found.exact.shape[1]} seeds: {said}.")


def by_count(judged: Mapping[str, tuple[Judgement, SceneSplit]]) -> Picture:
    """Draw the share of exact captions against the number of objects, a group of bars each."""
    figure, axes = new_figure(*BESIDE)
    width, said = 0.8 / len(judged), []
    for which, (name, (found, scenes)) in enumerate(judged.items()):
        counts = scenes.counts.numpy()
        kinds = np.unique(counts)
        shares = np.array([100 * found.exact[counts == count].mean() for count in kinds])
        places = kinds + (which - (len(judged) - 1) / 2) * width
        bars = axes.bar(places, shares, 0.92 * width, color=COLOURS[which], label=name)
        axes.bar_label(bars, [f"{share:.0f}" for share in shares], fontsize=14)
        said.append(f"{name} " + ", ".join(f"{share:.0f} %" for share in shares))
    axes.set(xlabel=TEXT["objects"], ylabel=TEXT["exact"], ylim=(0, 130))
    axes.set_xticks([1, 2, 3])
    axes.set_yticks(range(0, 101, 20))
    axes.legend(frameon=False, loc="upper center", ncols=2, fontsize=15)
    return Picture(figure, "Exact captions for 1, 2, 3 objects: " + "; ".join(said) + ".")


def gaps(found: Judgement, smallest: np.ndarray) -> Picture:
    """Draw the share of exact captions against the smallest distance between two middles."""
    figure, axes = new_figure(10.5, 4.2)
    edges = np.array([*EDGES, np.inf])
    shares, labels = [], []
    for low, high in pairwise(edges):
        inside = (smallest >= low) & (smallest < high)
        shares.append(100 * found.exact[inside].mean())
        labels.append(f"{low:g}–{high:g}" if np.isfinite(high) else f"{low:g} +")
    bars = axes.bar(range(len(shares)), shares, color=COLOURS[0])
    axes.bar_label(bars, [f"{share:.0f}" for share in shares], fontsize=14)
    axes.set_xticks(range(len(shares)), labels)
    axes.set(xlabel=TEXT["gap"], ylabel=TEXT["exact"], ylim=(0, 112))
    said = ", ".join(f"{label} {share:.0f} %" for label, share in zip(labels, shares, strict=True))
    return Picture(figure, f"Exact captions by distance in pixels: {said}.")


def order(offsets: Sequence[float], chances: Tensor) -> Picture:
    """Draw the chance of naming the first object first, (P, G), against the second's place."""
    figure, axes = new_figure(*BESIDE)
    rows = chances.numpy()
    low, middle, high = np.quantile(rows, (0.1, 0.5, 0.9), axis=0)
    axes.fill_between(offsets, low, high, color=COLOURS[0], alpha=0.2, linewidth=0)
    axes.plot(offsets, middle, "o-", color=COLOURS[0])
    axes.axvline(0, color="#666666", ls=":")
    axes.set(xlabel=TEXT["offset"], ylabel=TEXT["first"], ylim=(-0.03, 1.03))
    at = dict(zip(offsets, middle, strict=True))
    said = ", ".join(f"{at[value]:.2f} at {value:g}" for value in (min(at), 0, max(at)))
    return Picture(figure, f"Median of {len(rows)} pairs: {said} pixels. Band: 8 of 10 pairs.")


def beams(found: Mapping[str, Beams]) -> Picture:
    """Draw the share of exact captions against the width of the beam."""
    figure, axes = new_figure(*BESIDE)
    said = []
    for which, (name, each) in enumerate(found.items()):
        shares = 100 * each.exact.mean(axis=1)
        axes.plot(range(len(shares)), shares, "o-", color=COLOURS[which], label=name)
        said.append(f"{name} " + ", ".join(f"{share:.0f} %" for share in shares))
    axes.set_xticks(range(len(each.widths)), each.widths)
    axes.set(xlabel=TEXT["width"], ylabel=TEXT["exact"], ylim=(0, 104))
    axes.legend(frameon=False, loc="lower right", fontsize=15)
    return Picture(figure, "Exact captions with each width: " + "; ".join(said) + ".")


def spelled(words: Tensor, vocabulary) -> list[str]:
    """Return captions (N, T) as text."""
    return [" ".join(vocabulary.decode(row)) for row in torch.as_tensor(words)]
