"""Pictures of lecture training/05: what a trained network names, keeps and passes on."""

from collections.abc import Sequence

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch
from torch import Tensor
from torch.nn import functional as F

from utils.datasets.emoji import ATTRIBUTION, Emoji, EmojiSplit, name_of
from utils.datasets.photographs import Photograph, square
from utils.plots import BESIDE, COLOURS, DASHES, Picture, name_lines, new_figure, plain_ticks
from utils.training.transfer import ShotCurves

PHOTOGRAPH, GLYPH = 192, 52  # pixels in a picture
TEXT = {
    "shots": "labelled examples a class",
    "accuracy": "test accuracy",
    "guess": "guessing",
    "gain": "test accuracy gained by fine-tuning (points)",
    "cut": "cut here",
    "image": "image\n3 × 224 × 224",
    "blocks": "16 blocks of\nconvolutions",
    "features": "1,280\nfeatures",
    "names": "1,000\nnames",
    "new": "10 new\nclasses",
    "earlier": "frozen, block 11",
    "asked": "asked",
    "nearest": "nearest labelled emoji, best first",
}


def _show(axes: Axes, pixels: np.ndarray) -> None:
    axes.imshow(pixels, interpolation="none")  # stored as it is, not enlarged
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def _small(images: Tensor, size: int) -> np.ndarray:
    """Return uint8 images (N, 3, H, W) as pixels (N, size, size, 3): a deck stays small."""
    smaller = F.interpolate(images.float(), size, mode="bilinear", antialias=True)
    return smaller.round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).numpy()


def named_photographs(
    photographs: Sequence[Photograph], named: Sequence[Sequence[tuple[str, float]]]
) -> Picture:
    """Draw photographs with the names that a network gives them, and how sure it is.

    Two stand beside the question of a prediction, three fill a slide.
    """
    size = BESIDE if len(photographs) < 3 else (11.5, 5.2)
    figure, panels = new_figure(*size, columns=len(photographs))
    for axes, photograph, answers in zip(np.atleast_1d(panels), photographs, named, strict=True):
        _show(axes, square(photograph, PHOTOGRAPH).permute(1, 2, 0).numpy())
        words = [f"{name}  {share:.2f}" for name, share in answers]
        axes.set_title(words[0], fontsize=18, fontweight="bold")
        axes.set_xlabel("\n".join(words[1:]), fontsize=16)
    first = ", ".join(
        f"{photograph.name}: {answers[0][0]}"
        for photograph, answers in zip(photographs, named, strict=True)
    )
    return Picture(figure, f"The network's first name for each photograph. {first}.")


def where_to_cut() -> Picture:
    """Draw the network as boxes, with the place of the cut before the classifier."""
    figure, axes = new_figure(10.5, 3.9)
    axes.set_axis_off()
    axes.set(xlim=(0, 10.5), ylim=(0, 3.9))
    boxes = (("image", 0.1, 1.35), ("blocks", 2.5, 1.35), ("features", 5.2, 1.35))
    ends = (("names", 8.3, 2.3), ("new", 8.3, 0.4))
    for index, (key, x, y) in enumerate((*boxes, *ends)):
        edge = COLOURS[(4, 4, 0, 4, 1)[index]]
        style = "--" if key == "names" else "-"
        shape = FancyBboxPatch(
            (x, y),
            1.7,
            1.2,
            boxstyle="round,pad=0.08",
            facecolor="white",
            edgecolor=edge,
            linewidth=2.4,
            linestyle=style,
        )
        axes.add_patch(shape)
        axes.text(x + 0.85, y + 0.6, TEXT[key], ha="center", va="center", fontsize=16)
    arrow = {"arrowstyle": "-|>", "linewidth": 2, "color": "#333333"}
    for start, end in (
        ((1.95, 1.95), (2.4, 1.95)),
        ((4.35, 1.95), (5.1, 1.95)),
        ((7.05, 2.1), (8.2, 2.9)),
        ((7.05, 1.8), (8.2, 1.0)),
    ):
        axes.annotate("", xy=end, xytext=start, arrowprops=arrow)
    axes.plot([7.55, 7.75], [2.95, 2.2], color=COLOURS[1], linewidth=4)
    axes.text(7.35, 3.3, TEXT["cut"], color=COLOURS[1], fontsize=17, ha="center")
    return Picture(
        figure,
        "An image goes through 16 blocks and becomes 1,280 features. The classifier of 1,000 "
        "names is cut off; a new one for ten classes takes its place.",
    )


def gallery(emoji: Emoji, split: EmojiSplit | None = None, each: int = 10) -> Picture:
    """Draw the first emoji of each class in rows, with the class names."""
    split = split or emoji.train
    figure, axes = new_figure(10.5, 6.6)
    rows = [
        np.concatenate(list(_small(split.images[split.labels == c][:each], GLYPH)), axis=1)
        for c in range(len(emoji.names))
    ]
    axes.imshow(np.concatenate(rows), interpolation="none")
    middles = GLYPH * (np.arange(len(emoji.names)) + 0.5)
    axes.set_yticks(middles, emoji.names, fontsize=17)
    axes.set_xticks([])
    figure.supxlabel(ATTRIBUTION, fontsize=14)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.grid(False)
    return Picture(figure, f"{each} emoji of each class: {', '.join(emoji.names)}.")


def neighbours(
    asked: EmojiSplit, labelled: EmojiSplit, rows: Sequence[int], near: Tensor
) -> Picture:
    """Draw asked emoji (left) with their nearest labelled emoji; ``near`` (Q, count) positions."""
    figure, axes = new_figure(*BESIDE)
    gap = np.full((GLYPH, GLYPH // 2, 3), 255, dtype=np.uint8)
    lines = []
    for row in rows:
        query = _small(asked.images[row : row + 1], GLYPH)[0]
        lines.append(
            np.concatenate([query, gap, *_small(labelled.images[near[row]], GLYPH)], axis=1)
        )
    _show(axes, np.concatenate(lines))
    axes.text(GLYPH / 2, -5, TEXT["asked"], ha="center", fontsize=17)
    axes.text(1.6 * GLYPH, -5, TEXT["nearest"], fontsize=17)
    axes.axvline(1.25 * GLYPH, color="#888888", linewidth=1.5)
    words = "; ".join(
        f"{name_of(asked.characters[row])}: "
        + ", ".join(name_of(labelled.characters[i]) for i in near[row].tolist())
        for row in rows
    )
    return Picture(figure, f"Nearest neighbours in feature space. {words}.")


def _lines(axes: Axes, curves: ShotCurves) -> dict[str, tuple[float, str]]:
    """Draw each way's mean over draws with the range of its draws; return where they end."""
    ends = {}
    for index, (name, rows) in enumerate(zip(curves.methods, curves.accuracy, strict=True)):
        colour, mean = COLOURS[index], rows.mean(axis=1)
        axes.plot(curves.shots, mean, "o", color=colour, linestyle=DASHES[index])
        axes.fill_between(
            curves.shots, rows.min(1), rows.max(1), color=colour, alpha=0.15, linewidth=0
        )
        ends[name] = (mean[-1], colour)
    guess = 1 / len(curves.names)
    axes.axhline(guess, color="#888888", linewidth=1.2, linestyle=":")
    axes.text(curves.shots[0], guess + 0.012, TEXT["guess"], color="#555555", fontsize=14)
    axes.set(xscale="log", xlabel=TEXT["shots"], ylim=(0, 1))
    axes.set_xlim(curves.shots[0] * 0.93, curves.shots[-1] * 1.04)
    plain_ticks(axes.xaxis, curves.shots)
    return ends


def shot_lines(curves: ShotCurves) -> Picture:
    """Draw test accuracy against labelled examples a class; bands hold all draws."""
    figure, axes = new_figure(*BESIDE)
    name_lines(axes, _lines(axes, curves), 0.08)
    axes.set_ylabel(TEXT["accuracy"])
    return Picture(figure, _words(curves))


def _words(curves: ShotCurves) -> str:
    mean = curves.accuracy.mean(axis=2)
    ends = ", ".join(
        f"{name} {row[0]:.2f} to {row[-1]:.2f}"
        for name, row in zip(curves.methods, mean, strict=True)
    )
    return f"From {curves.shots[0]} to {curves.shots[-1]} examples a class: {ends}."


def earlier_cut(curves: ShotCurves, earlier: np.ndarray) -> Picture:
    """Draw what an earlier cut gives beside the three ways; ``earlier``: accuracies (K, D)."""
    figure, axes = new_figure(10.5, 4.4)
    ends = _lines(axes, curves)
    mean = earlier.mean(axis=1)
    axes.plot(curves.shots, mean, "s", color=COLOURS[3], linestyle=DASHES[4])
    axes.fill_between(
        curves.shots, earlier.min(1), earlier.max(1), color=COLOURS[3], alpha=0.15, linewidth=0
    )
    name_lines(axes, {**ends, TEXT["earlier"]: (mean[-1], COLOURS[3])}, 0.08)
    axes.set_ylabel(TEXT["accuracy"])
    words = ", ".join(
        f"{value:.2f} with {count}" for value, count in zip(mean, curves.shots, strict=True)
    )
    return Picture(
        figure, f"Features after block 11 reach {words} digits a class. {_words(curves)}"
    )


def tuning_gain(curves: ShotCurves) -> Picture:
    """Draw what fine-tuning gains over frozen features, draw by draw, with two standard errors."""
    figure, axes = new_figure(10.5, 4.2)
    frozen, tuned = curves.accuracy[0], curves.accuracy[1]  # (K, D)
    mean, error = curves.gain(curves.methods[1], over=curves.methods[0])
    for place in range(len(curves.shots)):
        draws = 100 * (tuned[place] - frozen[place])
        across = place + np.linspace(-0.12, 0.12, len(draws))
        axes.plot(across, draws, ".", color="#888888", markersize=9)
    places = np.arange(len(curves.shots))
    axes.errorbar(
        places, 100 * mean, yerr=200 * error, fmt="o", markersize=9, capsize=6, color=COLOURS[1]
    )
    axes.axhline(0, color="#888888", linewidth=1.5)
    axes.set_xticks(places, [str(count) for count in curves.shots])
    axes.set(xlabel=TEXT["shots"], ylabel=TEXT["gain"].replace(" by", "\nby"))
    words = ", ".join(
        f"{100 * m:+.1f} ± {200 * e:.1f} points with {count}"
        for m, e, count in zip(mean, error, curves.shots, strict=True)
    )
    return Picture(figure, f"Fine-tuning gains {words} examples a class.")
