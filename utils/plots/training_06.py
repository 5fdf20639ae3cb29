"""Pictures of lecture training/06: what workers share, what it costs, and large batches."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from utils.plots import COLOURS, DASHES, Picture, bands, name_lines, new_figure, plain_ticks
from utils.training.large_batches import LargeBatches
from utils.training.step_times import StepTimes
from utils.training.worker_plans import WorkerRun

TEXT = {
    "batch": "one batch\n64 images",
    "share": "worker {number}\n32 images\nsame weights",
    "gradient": "its\ngradient",
    "mean": "all-reduce:\nthe mean",
    "update": "same update\non both",
    "scheme": "One batch is cut in two. Each worker computes the gradient of its half; both make "
    "the same update with the mean of the two.",
    "value": "gradient",
    "class": "class (bias of the last layer)",
    "worker": "worker {number}",
    "average": "their mean",
    "combined": "whole batch, one process",
    "step": "step",
    "distance": "largest difference of a weight",
    "time": "time of a step (% of 1 worker, 1 thread)",
    "compute": "computing",
    "communicate": "communication, with waiting",
    "size": "batch size",
    "accuracy": "test accuracy",
    "loss": "training loss",
    "guess": "a guess",
    "truth": "whole batch: {value:.1f}",
}
INK = "#333333"
BESIDE = (7.8, 4.6)  # inches: fits beside the question of a prediction, its text unshrunk


def _box(axes: Axes, at: tuple[float, float], words: str, colour: str, width: float) -> None:
    x, y = at
    place = {"xy": (x - width / 2, y - 0.14), "width": width, "height": 0.28}
    style = {"boxstyle": "round,pad=0.006", "fc": "white", "ec": colour, "lw": 2.5}
    axes.add_patch(FancyBboxPatch(**place, **style))
    axes.text(x, y, words, ha="center", va="center", fontsize=16, color=INK)


def scheme() -> Picture:
    """Draw data-parallel training: cut the batch, two gradients, their mean, one update."""
    figure, axes = new_figure(10.5, 4.2)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.axis("off")
    arrows = []
    _box(axes, (0.08, 0.5), TEXT["batch"], INK, 0.13)
    for number, (y, colour) in enumerate(((0.82, COLOURS[0]), (0.18, COLOURS[1]))):
        _box(axes, (0.3, y), TEXT["share"].format(number=number), colour, 0.16)
        _box(axes, (0.5, y), TEXT["gradient"], colour, 0.11)
        arrows += [((0.155, 0.5), (0.21, y)), ((0.39, y), (0.435, y)), ((0.565, y), (0.62, 0.5))]
    _box(axes, (0.69, 0.5), TEXT["mean"], COLOURS[2], 0.12)
    _box(axes, (0.9, 0.5), TEXT["update"], COLOURS[2], 0.17)
    for start, end in [*arrows, ((0.76, 0.5), (0.803, 0.5))]:
        style = {"arrowstyle": "-|>", "mutation_scale": 18, "lw": 2, "color": INK}
        axes.add_patch(FancyArrowPatch(start, end, shrinkA=0, shrinkB=0, **style))
    return Picture(figure, TEXT["scheme"])


def shares(values: Mapping[str, float], truth: float) -> Picture:
    """Draw named gradients of one weight as bars; the line is the gradient of the batch."""
    figure, axes = new_figure(*BESIDE)
    colours = [COLOURS[0], COLOURS[1], *["#999999"] * len(values)][: len(values)]
    axes.barh(list(values), list(values.values()), color=colours)
    for row, value in enumerate(values.values()):
        axes.text(value, row, f" {value:.2f} ", va="center", ha="right", fontsize=16)
    axes.axvline(truth, color="black", linestyle="--")
    axes.text(truth, -0.55, TEXT["truth"].format(value=truth), ha="center", fontsize=15)
    axes.invert_yaxis()
    axes.set(xlabel=TEXT["value"], xlim=(1.25 * min(values.values()), 0))
    told = ", ".join(f"{name} {value:.2f}" for name, value in values.items())
    return Picture(figure, f"The gradient of the whole batch is {truth:.2f}. {told}.")


def averaging(run: WorkerRun, combined: np.ndarray, step: int = 0, last: int = 10) -> Picture:
    """Draw each worker's gradient of the last biases in one step, their mean, and ``combined``."""
    figure, axes = new_figure(10.5, 4.8)
    x = np.arange(last)
    own = run.gradients[:, step, -last:]  # (W, last)
    for number, (row, mark) in enumerate(zip(own, "^vsd", strict=False)):
        label = TEXT["worker"].format(number=number)
        axes.plot(x, row, mark, color=COLOURS[number], markersize=10, label=label)
    axes.vlines(x, own.min(axis=0), own.max(axis=0), color="#bbbbbb", linewidth=2, zorder=0)
    mean = run.combined[step, -last:]
    axes.plot(x, mean, "o", color="black", markersize=6, label=TEXT["average"])
    rings = {"markersize": 15, "markerfacecolor": "none", "markeredgewidth": 2}
    axes.plot(x, combined[-last:], "o", color=COLOURS[2], label=TEXT["combined"], **rings)
    axes.axhline(0, color="#888888", linewidth=1)
    axes.set(xlabel=TEXT["class"], ylabel=TEXT["value"], xticks=x)
    figure.legend(
        *axes.get_legend_handles_labels(), loc="outside upper center", ncols=4, fontsize=15
    )
    apart = abs(mean - combined[-last:]).max()
    return Picture(
        figure,
        f"The workers' gradients differ by up to {np.ptp(own, axis=0).max():.3f}; their mean is "
        f"that of the whole batch up to {apart:.0e}.",
    )


def distances(curves: Mapping[str, np.ndarray], floor: float = 1e-17) -> Picture:
    """Draw how far weights are from one process's, (S,) a curve, on a log axis."""
    figure, axes = new_figure(*BESIDE)
    axes.set_yscale("log")
    ends = {}
    for index, (name, values) in enumerate(curves.items()):
        values = np.maximum(values, floor)
        steps = np.arange(1, len(values) + 1)
        axes.plot(steps, values, color=COLOURS[index], linestyle=DASHES[index])
        ends[name] = (values[-1], COLOURS[index])
    top = 100 * max(value for value, _ in ends.values())  # room for the names of equal curves
    axes.set(xlabel=TEXT["step"], ylabel=TEXT["distance"], xlim=(1, len(values)))
    axes.set_ylim(axes.get_ylim()[0], top)
    name_lines(axes, ends)
    told = ", ".join(f"{name} {values[-1]:.0e}" for name, values in curves.items())
    return Picture(
        figure, f"After {len(values)} steps the weights differ from one process by: {told}."
    )


def times(result: StepTimes) -> Picture:
    """Draw the time of a step, computing and talking, as a share of one worker's."""
    figure, axes = new_figure(7.8, 5.4)
    whole = result.compute[:, :1] + result.communicate[:, :1]
    count = len(result.ways)
    place = np.arange(result.compute.size) + np.repeat(np.arange(len(whole)), count)
    compute, talk = ((100 * part / whole).ravel() for part in (result.compute, result.communicate))
    axes.barh(place, compute, color=COLOURS[0], label=TEXT["compute"])
    hatched = {"color": COLOURS[5], "hatch": "//", "edgecolor": "white"}
    axes.barh(place, talk, left=compute, label=TEXT["communicate"], **hatched)
    seconds = (result.compute + result.communicate).ravel()
    for y, total, value in zip(place, compute + talk, seconds, strict=True):
        axes.text(total, y, f" {1e3 * value:.2g} ms", va="center", fontsize=15)
    axes.set_yticks(place, result.ways * len(result.sizes))
    for y, size in zip(place[::count], result.sizes, strict=True):
        axes.text(0, y - 0.65, f" {size}", fontsize=15, fontweight="bold")
    axes.invert_yaxis()
    axes.set(xlim=(0, 1.3 * (compute + talk).max()), xlabel=TEXT["time"])
    axes.legend(fontsize=15, loc="lower right")
    told = ", ".join(f"{s}: {r:.2g}" for s, r in zip(result.sizes, result.ratio, strict=True))
    return Picture(figure, f"Two workers are so many times as fast as one. {told}.")


def batch_sizes(result: LargeBatches, recipes: Sequence[str]) -> Picture:
    """Draw test accuracy against batch size at equal epochs, one band a recipe."""
    figure, axes = new_figure(*BESIDE)
    axes.set_xscale("log")
    axes.set_ylim(0, 1)
    axes.axhline(0.1, color="#888888", linewidth=1, linestyle=":")
    axes.text(result.batches[0] * 1.05, 0.12, TEXT["guess"], color="#555555", fontsize=15)
    rows = {name: result.test[result.recipes.index(name)].T for name in recipes}
    bands(axes, rows, x=result.batches, log=False)
    plain_ticks(axes.xaxis, result.batches)
    axes.set(xlabel=TEXT["size"], ylabel=TEXT["accuracy"])
    told = "; ".join(
        f"{name} {values[:, 0].mean():.2f} to {values[:, -1].mean():.2f}"
        for name, values in rows.items()
    )
    first, last = result.batches[[0, -1]]
    return Picture(figure, f"Test accuracy from batch {first} to batch {last}: {told}.")


def first_losses(result: LargeBatches, batch: int, recipes: Sequence[str]) -> Picture:
    """Draw the training loss of whole runs at one batch size, one band a recipe."""
    figure, axes = new_figure(10.5, 4.6)
    curves = {name: np.nan_to_num(result.loss[name, batch], nan=100.0) for name in recipes}
    bands(axes, curves, log=False)
    axes.set_yscale("log")
    plain_ticks(axes.yaxis, (0.3, 1, 3, 10, 30, 100))
    axes.set(xlabel=TEXT["step"], ylabel=TEXT["loss"])
    peak = {name: rows.mean(axis=0).max() for name, rows in curves.items()}
    told = ", ".join(f"{name} {value:.1f}" for name, value in peak.items())
    return Picture(figure, f"Batch {batch}: the mean loss of all seeds climbs to {told}.")
