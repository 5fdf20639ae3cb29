"""Pictures of lecture attention/04: sharp weights, order, masks, heads, pictures, and costs."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from utils.analysis.self_attention import MaskReading, Saturation
from utils.analysis.sequence_costs import KINDS, Costs
from utils.plots import (
    BESIDE,
    COLOURS,
    DASHES,
    Picture,
    name_lines,
    new_figure,
    plain_ticks,
)
from utils.training.far_digits import CELL, SIDE, FarDigits, Scenes
from utils.training.far_digits import COLOURS as INKS
from utils.training.two_patterns import QUESTIONS, PatternRuns

TEXT = {
    "width": "width D of queries and keys",
    "largest": "largest weight of a row",
    "gradient": "norm of the softmax's Jacobian",
    "place": "place t",
    "number": "number of the vector",
    "weights": "weights",
    "influence": "gradient",
    "weight_axes": ("key", "query"),
    "influence_axes": ("input at s", "output at t"),
    "both": "share with both answers right",
    "head": "head {number}",
    "looks": ("place before", "first place"),
    "both_right": "both right: {share:.2f}",
    "distance": "cells from the square to its digit",
    "accuracy": "accuracy",
    "limit": "the eye, at the digit itself",
    "chance": "guessing",
    "length": "length T of the sequence",
    "steps": "operations in a row from first to last",
    "seconds": "milliseconds of one core",
}
INK_NAMES = ("red", "green", "blue")


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
    panels[0].imshow(values, cmap="RdBu", vmin=-1, vmax=1, aspect="auto")
    panels[0].set(xlabel=TEXT["number"], ylabel=TEXT["place"])
    panels[0].set_title("the vectors: blue +1, red −1", loc="left", fontsize=16)
    alike = values @ values.T / (values.shape[1] / 2)
    panels[1].imshow(alike, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    panels[1].set(xlabel=TEXT["place"], ylabel=TEXT["place"])
    panels[1].set_title("dot products, divided by E/2", loc="left", fontsize=16)
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
    figure, panels = _grid_figure(len(readings))
    words = []
    for column, (name, reading) in enumerate(readings.items()):
        _numbers(panels[0][column], reading.weights)
        _numbers(panels[1][column], reading.influence)
        panels[0][column].set_title(name, fontsize=17)
        words.append(
            f"{name}: rows add up to {_list(reading.sums)}, largest gradient from the future "
            f"{reading.from_future:.2g}"
        )
    for row, (axes, label) in enumerate(
        zip((panels[0][0], panels[1][0]), (TEXT["weights"], TEXT["influence"]), strict=True)
    ):
        axes.set_ylabel(f"{label}\n{TEXT[('weight_axes', 'influence_axes')[row]][1]}")
        for each in panels[row]:
            each.set_xlabel(TEXT[("weight_axes", "influence_axes")[row]][0])
    return Picture(figure, f"{'; '.join(words)}.")


def _grid_figure(columns: int) -> tuple:
    figure, axes = new_figure(10.5, 5.6, columns=columns)
    for each in np.atleast_1d(axes):
        each.remove()
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
    axes.axhline(found.chance, color="#555555", linestyle=":", linewidth=2)
    names = [f"{count} head" + "s" * (count > 1) for count in counts]
    axes.set_xticks(range(len(counts)), names)
    axes.set(xlim=(-0.5, len(counts) - 0.5), ylim=(-0.03, 1.05), ylabel=TEXT["both"])
    words = "; ".join(
        f"{name}: {_list(found.both[c])}" for name, c in zip(names, counts, strict=True)
    )
    return Picture(figure, f"Share with both answers right, one number a seed. {words}.")


def head_weights(found: PatternRuns, seed: int = 0) -> Picture:
    """Draw how much each head looks at each of the two places that are asked about."""
    figure, panels = new_figure(10.5, 4.0, columns=len(found.weight))
    words = []
    for axes, (count, rows) in zip(panels, found.weight.items(), strict=True):
        axes.grid(False)
        axes.imshow(rows[seed], cmap="Blues", vmin=0, vmax=1.3, aspect="auto")
        for (head, question), value in np.ndenumerate(rows[seed]):
            colour = "white" if value > 0.8 else "black"
            style = {"ha": "center", "va": "center", "fontsize": 18, "color": colour}
            axes.text(question, head, f"{value:.2f}", **style)
        axes.set_xticks(range(len(QUESTIONS)), TEXT["looks"])
        axes.set_yticks(range(count), [TEXT["head"].format(number=h + 1) for h in range(count)])
        both = found.both[count][seed]
        axes.set_title(TEXT["both_right"].format(share=both), loc="left", fontsize=16)
        heads = "; ".join(_list(row) for row in rows[seed])
        words.append(f"{count} heads give {heads} to the place before and to the first place")
    return Picture(figure, f"Mean attention: {'. '.join(words)}.")


def scene(scenes: Scenes, place: int = 0) -> Picture:
    """Draw one picture with its three questions beside it."""
    figure, axes = new_figure(*BESIDE)
    _paper(axes, scenes.images[place])
    labels = scenes.labels[place].tolist()
    words = ", ".join(f"{name} {label}" for name, label in zip(INK_NAMES, labels, strict=True))
    return Picture(
        figure, f"Three real digits and three small squares of the same colours: {words}."
    )


def _paper(axes: Axes, image: Tensor) -> None:
    """Draw a picture (3, 80, 80) of light on black, with the borders of its cells."""
    axes.imshow(image.permute(1, 2, 0).numpy())
    axes.grid(False)
    axes.set(xticks=[], yticks=[])
    for border in range(CELL, SIDE * CELL, CELL):
        for line in (axes.axhline, axes.axvline):
            line(border - 0.5, color="#444444", linewidth=0.8)


def far(found: FarDigits, beside: bool = False) -> Picture:
    """Draw the accuracy of each block against the distance: mean and range over seeds."""
    figure, axes = new_figure(*(BESIDE if beside else (10.5, 4.6)))
    ends = {}
    for index, (name, rows) in enumerate(found.accuracy.items()):
        style = {"color": COLOURS[index], "linestyle": DASHES[index], "marker": "osD"[index]}
        axes.plot(found.distances, rows.mean(axis=0), **style)
        low, high = rows.min(axis=0), rows.max(axis=0)
        axes.fill_between(found.distances, low, high, color=COLOURS[index], alpha=0.2, linewidth=0)
        ends[name] = (rows.mean(axis=0)[-1], COLOURS[index])
    axes.axhline(0.1, color="#555555", linestyle=":", linewidth=2)
    axes.set(xlabel=TEXT["distance"], ylabel=TEXT["accuracy"], ylim=(0, 1.02), xlim=(1, SIDE - 1))
    axes.set_xticks(found.distances)
    name_lines(axes, ends)
    words = "; ".join(f"{n}: {_list(rows.mean(axis=0))}" for n, rows in found.accuracy.items())
    return Picture(
        figure,
        f"Accuracy on test digits at distances of 1 to {SIDE - 1} cells. {words}. Guessing: 0.10.",
    )


def looking(found: FarDigits, place: int = 0) -> Picture:
    """Draw where each of the three squares of one picture looks: its attention over the cells."""
    figure, panels = new_figure(10.5, 4.2, columns=INKS)
    scenes, words = found.seen.scenes, []
    for colour, axes in enumerate(panels):
        square, digit = (int(part[place, colour]) for part in (scenes.squares, scenes.digits))
        weights = found.weights[place, square]
        _paper(axes, scenes.images[place] * 0.55 + 0.0)
        for cell in range(SIDE**2):
            corner = (cell % SIDE * CELL - 0.5, cell // SIDE * CELL - 0.5)
            alpha = float(weights[cell]) * 0.55
            axes.add_patch(Rectangle(corner, CELL, CELL, color="#ffffff", alpha=alpha, linewidth=0))
        corner = (square % SIDE * CELL - 0.5, square // SIDE * CELL - 0.5)
        axes.add_patch(Rectangle(corner, CELL, CELL, fill=False, color="#E69F00", linewidth=3))
        axes.set_title(f"the {INK_NAMES[colour]} square", fontsize=16)
        words.append(f"the {INK_NAMES[colour]} square gives its digit {weights[digit]:.2f}")
    return Picture(figure, f"Attention over 25 cells: {', '.join(words)}.")


def paths(
    steps: Mapping[str, Sequence[int]], lengths: Sequence[int], beside: bool = True
) -> Picture:
    """Draw the operations in a row between the two ends against the length."""
    figure, axes = new_figure(*(BESIDE if beside else (10.5, 4.6)))
    _against_length(axes, lengths, {kind: np.array(row) for kind, row in steps.items()})
    axes.set_ylabel(TEXT["steps"])
    words = "; ".join(f"{kind}: {row[-1]}" for kind, row in steps.items())
    return Picture(figure, f"Operations in a row at a length of {lengths[-1]}. {words}.")


def costs(found: Costs) -> Picture:
    """Draw the time of one layer of each kind against the length: median and range of rounds."""
    figure, axes = new_figure(10.5, 4.6)
    medians = {kind: 1e3 * found.median(kind) for kind in KINDS}
    _against_length(axes, found.lengths, medians)
    for index, kind in enumerate(KINDS):
        low, high = 1e3 * found.seconds[kind].min(axis=1), 1e3 * found.seconds[kind].max(axis=1)
        axes.fill_between(found.lengths, low, high, color=COLOURS[index], alpha=0.15, linewidth=0)
    axes.set_ylabel(TEXT["seconds"])
    words = "; ".join(
        f"{kind}: {rows[0]:.1f} to {rows[-1]:.0f} ms" for kind, rows in medians.items()
    )
    ends = f"from T = {found.lengths[0]} to T = {found.lengths[-1]}"
    return Picture(figure, f"Time of one layer, forward and backward, {ends}. {words}.")


def _against_length(axes: Axes, lengths: Sequence[int], rows: Mapping[str, np.ndarray]) -> None:
    axes.set(xlabel=TEXT["length"], xscale="log", yscale="log", xlim=(lengths[0], lengths[-1]))
    for index, values in enumerate(rows.values()):
        style = {"color": COLOURS[index], "linestyle": DASHES[index], "marker": "osD"[index]}
        axes.plot(lengths, values, **style)
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
        axes.set_title(name, loc="left", fontsize=16)
        order = [sentences[1].index(word) for word in sentences[0]]
        moved = (pair[0] - pair[1][order]).abs().max().item()
        told.append(f"{name}, the output of the same word differs by at most {moved:.1g}")
    return Picture(figure, f"{'; '.join(told)}.")
