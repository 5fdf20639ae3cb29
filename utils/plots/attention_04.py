"""Pictures of lecture attention/04: sharp weights, order, masks, heads, pictures, and costs."""

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from utils.analysis.self_attention import MaskReading, Saturation
from utils.analysis.sequence_costs import KINDS, Costs
from utils.datasets.digits import CLASSES
from utils.plots import (
    BESIDE,
    COLOURS,
    DASHES,
    STYLE,
    Picture,
    name_lines,
    new_figure,
    plain_ticks,
)
from utils.training.far_digits import CELL, SIDE, FarDigits, Scenes
from utils.training.far_digits import COLOURS as INKS
from utils.training.two_patterns import PatternRuns

TEXT = {
    "width": "width D of queries and keys",
    "largest": "largest weight of a row",
    "gradient": "norm of the softmax's Jacobian",
    "place": "place t",
    "number": "number i of the wave",
    "sines": "the sines: blue +1, red −1",
    "alike": "dot products, divided by E/2",
    "moved": "{name}:\ndiffers by {moved:.2f}",
    "asks": "the {colour} square asks",
    "weights": "weights\nquery by key",
    "influence": "gradient of y at t\nby x at s",
    "input": "input at s",
    "output": "output at t",
    "both": "share with both answers right",
    "distance": "cells from the square to its digit",
    "accuracy": "accuracy",
    "guessing": "guessing",
    "length": "length T of the sequence",
    "steps": "operations in a row from first to last",
    "seconds": "milliseconds of one core",
}
INK_NAMES = ("red", "green", "blue")
INK = np.array([[1.0, 0.35, 0.3], [0.3, 0.95, 0.4], [0.4, 0.65, 1.0]])  # clear on black


def saturation(found: Saturation) -> Picture:
    """Draw the largest weight and the Jacobian's norm against the width, scaled and not."""
    figure, panels = new_figure(10.5, 4.4, columns=2)
    tables = ((found.largest, TEXT["largest"]), (found.gradient, TEXT["gradient"]))
    for axes, (table, label) in zip(panels, tables, strict=True):
        _width_axis(axes, found, table, label)
    return Picture(figure, _saturation_words(found))


def largest_weight(found: Saturation) -> Picture:
    """Draw only the largest weight against the width, beside a prediction."""
    figure, axes = new_figure(*BESIDE)
    _width_axis(axes, found, found.largest, TEXT["largest"])
    return Picture(figure, _saturation_words(found))


def _width_axis(axes: Axes, found: Saturation, table: Mapping, label: str) -> None:
    for index, (name, rows) in enumerate(table.items()):
        style = {"color": COLOURS[index], "linestyle": DASHES[index], "marker": "os"[index]}
        axes.plot(found.widths, rows.mean(axis=1), **style)
        low, high = rows.min(axis=1), rows.max(axis=1)
        axes.fill_between(found.widths, low, high, color=COLOURS[index], alpha=0.2, linewidth=0)
        place, gap = len(found.widths) - 2, (0.06, -0.06)[index if label == TEXT["gradient"] else 0]
        axes.text(
            found.widths[place] / 2,
            rows.mean(axis=1)[place] + gap * np.ptp(axes.get_ylim()),
            name,
            color=COLOURS[index],
            ha="center",
            va="bottom" if gap > 0 else "top",
            fontsize=15,
        )
    axes.set(xlabel=TEXT["width"], xscale="log", ylim=(0, None))
    axes.set_title(label, loc="left", fontsize=16)
    plain_ticks(axes.xaxis, found.widths)


def _saturation_words(found: Saturation) -> str:
    first, last = found.widths[0], found.widths[-1]
    words = [
        f"{name}: the largest weight goes from {found.largest[name][0].mean():.2f} at D = {first} "
        f"to {found.largest[name][-1].mean():.2f} at D = {last}, the norm of the Jacobian from "
        f"{found.gradient[name][0].mean():.2f} to {found.gradient[name][-1].mean():.2f}"
        for name in found.largest
    ]
    return f"{'; '.join(words)}."


def positions(table: Tensor) -> Picture:
    """Draw the vectors of the positions (T, E), and how alike any two of them are."""
    figure, panels = new_figure(10.5, 4.4, columns=2)
    values = table.numpy()
    panels[0].imshow(values[:, ::2], cmap="RdBu", vmin=-1, vmax=1, aspect="auto")
    panels[0].set(xlabel=TEXT["number"], ylabel=TEXT["place"])
    panels[0].set_title(TEXT["sines"], loc="left", fontsize=16)
    alike = values @ values.T / (values.shape[1] / 2)
    panels[1].imshow(alike, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    panels[1].set(xlabel=TEXT["place"], ylabel=TEXT["place"])
    panels[1].set_title(TEXT["alike"], loc="left", fontsize=16)
    for axes in panels:
        axes.grid(False)
    return Picture(
        figure,
        f"Each of {len(values)} places has its own pattern of waves, fast in the first numbers and "
        f"slow in the last. The dot product of two places depends on their distance only: 1.00 "
        f"at 0, {alike[0, 1]:.2f} at 1, {alike[0, 10]:.2f} at 10.",
    )


def masks(readings: Mapping[str, MaskReading]) -> Picture:
    """Draw the weights above and the gradients below, one column for each way to mask."""
    figure, panels = _two_rows(len(readings))
    for column, (name, reading) in enumerate(readings.items()):
        _numbers(panels[0][column], reading.weights)
        _numbers(panels[1][column], reading.influence)
        panels[0][column].set_title(name, fontsize=17)
    for row, label in enumerate(("weights", "influence")):
        panels[row][0].set_ylabel(TEXT[label], fontsize=15)
    return Picture(figure, _mask_words(readings))


def influences(readings: Mapping[str, MaskReading]) -> Picture:
    """Draw only the gradients, one panel for each way to mask."""
    figure, panels = new_figure(10.5, 4.8, columns=len(readings))
    for axes, (name, reading) in zip(panels, readings.items(), strict=True):
        _numbers(axes, reading.influence)
        axes.set_title(name, fontsize=17)
        axes.set(xlabel=TEXT["input"], ylabel=TEXT["output"])
    return Picture(figure, _mask_words(readings))


def _mask_words(readings: Mapping[str, MaskReading]) -> str:
    words = [
        f"{name}: rows add up to {_list(reading.sums)}, largest gradient from the future "
        f"{reading.from_future:.2g}"
        for name, reading in readings.items()
    ]
    return f"{'; '.join(words)}."


def _two_rows(columns: int) -> tuple[Figure, np.ndarray]:
    figure, axes = new_figure(10.5, 5.4)
    axes.remove()
    with matplotlib.rc_context(STYLE):
        return figure, figure.subplots(2, columns, squeeze=False)


def _numbers(axes: Axes, table: np.ndarray) -> None:
    """Draw a small matrix with its numbers; exact zeros stay empty of colour and get a 0."""
    axes.grid(False)
    axes.imshow(table, cmap="Blues", vmin=0, vmax=1.3 * max(table.max(), 1e-9))
    for (row, column), value in np.ndenumerate(table):
        colour = "white" if value > 0.8 * table.max() else "black"
        words = "0" if value == 0 else f"{value:.1f}" if value >= 0.05 else "≈0"
        axes.text(column, row, words, color=colour, ha="center", va="center", fontsize=14)
    axes.set_xticks(range(len(table)), range(1, len(table) + 1))
    axes.set_yticks(range(len(table)), range(1, len(table) + 1))


def _list(values: np.ndarray) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


def heads(found: PatternRuns) -> Picture:
    """Draw for each number of heads the share of both answers right: one dot a seed."""
    figure, axes = new_figure(*BESIDE)
    counts = list(found.both)
    for place, count in enumerate(counts):
        shares = np.sort(found.both[count])
        spread = 0.24 * (np.arange(len(shares)) / max(len(shares) - 1, 1) - 0.5)
        axes.plot(place + spread, shares, "os"[place % 2], color=COLOURS[place], markersize=10)
    names = [f"{count} head" + "s" * (count > 1) for count in counts]
    axes.set_xticks(range(len(counts)), names)
    axes.set(xlim=(-0.5, len(counts) - 0.5), ylim=(-0.03, 1.05), ylabel=TEXT["both"])
    words = "; ".join(
        f"{name}: {_list(found.both[c])}" for name, c in zip(names, counts, strict=True)
    )
    return Picture(figure, f"Share with both answers right, one number a seed. {words}.")


def scene(scenes: Scenes, place: int = 0) -> Picture:
    """Draw one picture with its three questions beside it."""
    figure, axes = new_figure(*BESIDE)
    _paper(axes, scenes.images[place])
    _letters(axes, scenes, place)
    labels = scenes.labels[place].tolist()
    words = ", ".join(f"{name} {label}" for name, label in zip(INK_NAMES, labels, strict=True))
    return Picture(
        figure, f"Three real digits and three small squares of the same colours: {words}."
    )


def _letters(axes: Axes, scenes: Scenes, place: int) -> None:
    """Write the first letter of its colour beside each digit and square."""
    for cells in (scenes.digits[place], scenes.squares[place]):
        for name, cell in zip(INK_NAMES, cells.tolist(), strict=True):
            row, column = divmod(cell, SIDE)
            style = {"color": "white", "ha": "left", "va": "top", "fontsize": 14}
            axes.text(column * CELL + 0.3, row * CELL + 0.1, name[0], **style)


def _paper(axes: Axes, image: Tensor) -> None:
    """Draw a picture (3, 80, 80) of light on black, with the borders of its cells."""
    axes.imshow(np.clip(image.permute(1, 2, 0).numpy() @ INK, 0, 1))
    axes.grid(False)
    axes.set(xticks=[], yticks=[])
    for border in range(CELL, SIDE * CELL, CELL):
        for line in (axes.axhline, axes.axvline):
            line(border - 0.5, color="#444444", linewidth=0.8)


def far(found: FarDigits) -> Picture:
    """Draw the accuracy of each block against the distance: mean and range over seeds."""
    figure, axes = new_figure(*BESIDE)
    for index, (name, rows) in enumerate(found.accuracy.items()):
        style = {"color": COLOURS[index], "linestyle": DASHES[index], "marker": "osD"[index]}
        axes.plot(found.distances, rows.mean(axis=0), **style)
        low, high = rows.min(axis=0), rows.max(axis=0)
        axes.fill_between(found.distances, low, high, color=COLOURS[index], alpha=0.2, linewidth=0)
        height = rows.mean(axis=0)[2:].max() + 0.03
        axes.text(3.45, height, name, color=COLOURS[index], fontsize=15, ha="center", va="bottom")
    axes.axhline(1 / CLASSES, color="#555555", linestyle=":", linewidth=2)
    axes.text(1.05, 1 / CLASSES, TEXT["guessing"], va="top", color="#555555", fontsize=15)
    axes.set(xlabel=TEXT["distance"], ylabel=TEXT["accuracy"], ylim=(0, 1.02), xlim=(1, SIDE - 1))
    axes.set_xticks(found.distances)
    words = "; ".join(f"{n}: {_list(rows.mean(axis=0))}" for n, rows in found.accuracy.items())
    return Picture(
        figure,
        f"Accuracy on test digits at distances of 1 to {SIDE - 1} cells. {words}. Guessing: 0.10.",
    )


def looking(found: FarDigits, place: int = 0) -> Picture:
    """Draw where each of the three squares of one picture looks: its attention over the cells."""
    figure, panels = new_figure(10.5, 3.9, columns=INKS)
    scenes, words = found.seen.scenes, []
    for colour, axes in enumerate(panels):
        square, digit = (int(part[place, colour]) for part in (scenes.squares, scenes.digits))
        weights = found.weights[place, square]
        light = np.kron(0.45 + 0.55 * weights.view(SIDE, SIDE), np.ones((CELL, CELL)))
        _paper(axes, scenes.images[place] * torch.from_numpy(light).float())
        _letters(axes, scenes, place)
        for cell in torch.nonzero(weights > 0.05).flatten().tolist():
            row, column = divmod(cell, SIDE)
            below = (row + 1.4 if row < SIDE - 1 else row - 0.4) * CELL
            style = {"color": "white", "ha": "center", "va": "center", "fontsize": 15}
            axes.text((column + 0.5) * CELL, below, f"{weights[cell]:.2f}", **style)
        corner = (square % SIDE * CELL - 0.5, square // SIDE * CELL - 0.5)
        axes.add_patch(Rectangle(corner, CELL, CELL, fill=False, color="#E69F00", linewidth=3))
        axes.set_title(TEXT["asks"].format(colour=INK_NAMES[colour]), fontsize=16)
        words.append(f"the {INK_NAMES[colour]} square gives its digit {weights[digit]:.2f}")
    return Picture(figure, f"Attention over 25 cells: {', '.join(words)}.")


def paths(steps: Mapping[str, Sequence[int]], lengths: Sequence[int]) -> Picture:
    """Draw the operations in a row between the two ends against the length."""
    figure, axes = new_figure(10.5, 4.6)
    _against_length(axes, lengths, {kind: np.array(row) for kind, row in steps.items()})
    axes.set_ylabel(TEXT["steps"])
    plain_ticks(axes.yaxis, (1, 2, 5, 10, 20, 50))
    words = "; ".join(f"{kind}: {row[-1]}" for kind, row in steps.items())
    return Picture(figure, f"Operations in a row at a length of {lengths[-1]}. {words}.")


def costs(found: Costs) -> Picture:
    """Draw the time of one layer of each kind against the length: median and range of rounds."""
    figure, axes = new_figure(*BESIDE)
    medians = {kind: 1e3 * found.median(kind) for kind in KINDS}
    _against_length(axes, found.lengths, medians)
    for index, kind in enumerate(KINDS):
        low, high = 1e3 * found.seconds[kind].min(axis=1), 1e3 * found.seconds[kind].max(axis=1)
        axes.fill_between(found.lengths, low, high, color=COLOURS[index], alpha=0.15, linewidth=0)
    axes.set_ylabel(TEXT["seconds"])
    plain_ticks(axes.yaxis, (0.3, 1, 3, 10, 30, 100, 300))
    words = "; ".join(
        f"{kind}: {rows[0]:.1f} to {rows[-1]:.0f} ms" for kind, rows in medians.items()
    )
    ends = f"from T = {found.lengths[0]} to T = {found.lengths[-1]}"
    return Picture(figure, f"Time of one layer, forward and backward, {ends}. {words}.")


def _against_length(axes: Axes, lengths: Sequence[int], rows: Mapping[str, np.ndarray]) -> None:
    axes.set(xlabel=TEXT["length"], xscale="log", yscale="log", xlim=(lengths[0], lengths[-1]))
    for index, values in enumerate(rows.values()):
        style = {"color": COLOURS[index], "linestyle": DASHES[index], "marker": "osD"[index]}
        axes.plot(lengths, values, linewidth=(4, 2.2, 2.2)[index], **style)
    plain_ticks(axes.xaxis, lengths)
    name_lines(
        axes, {kind: (values[-1], COLOURS[i]) for i, (kind, values) in enumerate(rows.items())}
    )


def word_orders(
    outputs: Mapping[str, Sequence[Tensor]], sentences: Sequence[Sequence[str]]
) -> Picture:
    """Draw the output of each word in two sentences, one panel for each way to prepare the words.

    ``outputs``: name -> one (T, E) for each of the sentences, which hold the same words.
    """
    figure, panels = new_figure(*BESIDE, columns=len(outputs))
    words = [word for sentence in sentences for word in sentence]
    told = []
    for axes, (name, pair) in zip(panels, outputs.items(), strict=True):
        rows = np.concatenate([each.numpy() for each in pair])
        axes.imshow(rows, cmap="RdBu", vmin=-abs(rows).max(), vmax=abs(rows).max(), aspect="auto")
        axes.grid(False)
        axes.axhline(len(sentences[0]) - 0.5, color="black", linewidth=2)
        axes.set_yticks(range(len(words)), words)
        axes.set(xticks=[])
        order = [sentences[1].index(word) for word in sentences[0]]
        moved = (pair[0] - pair[1][order]).abs().max().item()
        axes.set_title(TEXT["moved"].format(name=name, moved=moved), loc="left", fontsize=16)
        told.append(f"{name}, the output of the same word differs by at most {moved:.1g}")
    return Picture(figure, f"{'; '.join(told)}.")
