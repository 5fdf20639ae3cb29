"""Pictures of lecture recurrent/01: clips, the kinds of sequence problems, and what an RNN sees."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch
from torch import Tensor

from utils.datasets.clips import ATTRIBUTION
from utils.plots import BESIDE, COLOURS, DASHES, Picture, bands, name_lines, new_figure
from utils.training.sequences import Comparison, Orders

TEXT = {
    "kinds": (
        ("one to one", "image →\nclass"),
        ("one to many", "image →\ncaption"),
        ("many to one", "clip →\ndirection"),
        ("many to many", "sentence →\ntranslation"),
        ("many to many", "clip → one\nanswer a frame"),
    ),
    "out": "output",
    "in": "input",
    "time": "time step",
    "frames": "frames seen",
    "accuracy": "test accuracy",
    "ceiling": "upper limit",
    "parameters": "parameters",
    "length": "frames in a clip",
    "rnn": "RNN",
    "wide": "one layer\nfor all frames",
    "right": "direction of the clip",
    "opposite": "the opposite",
    "other": "another",
    "answers": "share of answers",
    "gain": "learned minus zero h₀\n(accuracy points)",
    "trained": "length in training",
}
GREY = "#666666"
BOXES = {"in": "#cfe4f5", "state": "#d5eddf", "out": "#fbe0c8", "W": "#f3d9e8"}


def _image(frame: Tensor) -> np.ndarray:
    return frame.permute(1, 2, 0).numpy()


def _show(axes: Axes, frame: Tensor, title: str = "") -> None:
    axes.imshow(_image(frame), interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set(visible=True, color="#999999")
    if title:
        axes.set_title(title, fontsize=15)


def one_frame(frame: Tensor) -> Picture:
    """Draw one frame (3, size, size) large."""
    figure, axes = new_figure(10.5, 5.0)
    _show(axes, frame)
    figure.supxlabel(ATTRIBUTION, fontsize=9, color=GREY)
    return Picture(figure, "One frame of a clip. Nothing in it says which way the thing moves.")


def strips(rows: Mapping[str, Tensor], mark: int | None = None, beside: bool = False) -> Picture:
    """Draw clips (T, 3, size, size) as strips, one a row; frame ``mark`` (from 0) is framed."""
    frames = len(next(iter(rows.values())))
    width, height = BESIDE if beside else (10.5, 1.24 * len(rows) + 0.45)
    figure, _ = new_figure(width, height)
    figure.clear()
    grid = figure.subplots(len(rows), frames, squeeze=False)
    for line, (name, clip) in zip(grid, rows.items(), strict=True):
        for t, (axes, frame) in enumerate(zip(line, clip, strict=True)):
            _show(axes, frame, f"t = {t + 1}" if line is grid[0] and not beside else "")
            if t == mark:
                _frame(axes)
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=15, labelpad=8)
    figure.supxlabel(ATTRIBUTION, fontsize=7 if beside else 9, color=GREY)
    alt = f"{len(rows)} clips of {frames} frames: {', '.join(rows)}."
    if mark is not None:
        alt += f" Frame {mark + 1} is the same picture in all of them."
    return Picture(figure, alt)


def _frame(axes: Axes) -> None:
    for spine in axes.spines.values():
        spine.set(color=COLOURS[1], linewidth=4)


# Each kind of problem: the time steps with an input, and those with an output, of how many.
KINDS = (((0,), (0,), 1), ((0,), (0, 1, 2), 3), ((0, 1, 2), (2,), 3))
KINDS += (((0, 1), (2, 3), 4), ((0, 1, 2), (0, 1, 2), 3))


def kinds() -> Picture:
    """Draw the five kinds of problems: where inputs enter, and where outputs leave."""
    figure, axes = new_figure(10.5, 3.1)
    left = 0.0
    for (name, example), (inputs, outputs, steps) in zip(TEXT["kinds"], KINDS, strict=True):
        width = max(steps, 2.9) + 0.8
        middle = left + width / 2
        _kind(axes, middle - (steps - 1) / 2, inputs, outputs, steps)
        axes.text(middle, 3.1, name, ha="center", va="center", fontsize=16)
        axes.text(middle, -0.65, example, ha="center", va="top", fontsize=15)
        left += width
    for height, key in ((0, "in"), (2, "out")):
        axes.text(-0.1, height, TEXT[key], ha="right", va="center", fontsize=15, color=GREY)
    _blank(axes, (-1.3, left), (-2.1, 3.5))
    names = [name for name, _ in TEXT["kinds"]]
    return Picture(figure, f"Five kinds of problems with sequences: {', '.join(names)}.")


def _kind(
    axes: Axes, left: float, inputs: Sequence[int], outputs: Sequence[int], steps: int
) -> None:
    for t in range(steps):
        x = left + t
        _box(axes, x, 1, "state", 0.6)
        if t:
            _arrow(axes, (x - 0.7, 1), (x - 0.3, 1))
        if t in inputs:
            _box(axes, x, 0, "in", 0.6)
            _arrow(axes, (x, 0.3), (x, 0.7))
        if t in outputs:
            _box(axes, x, 2, "out", 0.6)
            _arrow(axes, (x, 1.3), (x, 1.7))


def _blank(axes: Axes, xlim: tuple[float, float], ylim: tuple[float, float]) -> None:
    axes.set(xlim=xlim, ylim=ylim, aspect="equal")
    axes.axis("off")


def _box(axes: Axes, x: float, y: float, kind: str, side: float, words: str = "") -> None:
    shape = FancyBboxPatch(
        (x - side / 2, y - side / 2),
        side,
        side,
        boxstyle="round,pad=0,rounding_size=0.08",
        facecolor=BOXES[kind],
        edgecolor="#333333",
    )
    axes.add_patch(shape)
    axes.text(x, y, words, ha="center", va="center", fontsize=19)


def _arrow(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str = "#333333", **how
) -> None:
    style = {"arrowstyle": "-|>", "color": colour, "linewidth": 1.6, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xy=end, xytext=start, arrowprops=style | how)


def unrolled(steps: int = 4) -> Picture:
    """Draw the computational graph of an RNN over ``steps`` time steps, with its one W."""
    figure, axes = new_figure(10.5, 4.6)
    _box(axes, 0, 2, "state", 0.8, "$h_0$")
    for t in range(1, steps + 1):
        x = 2.2 * t
        _box(axes, x - 1.1, 2, "out", 0.7, "$f_W$")
        _box(axes, x, 2, "state", 0.8, f"$h_{t}$")
        _box(axes, x - 1.1, 3.5, "in", 0.8, f"$x_{t}$")
        _arrow(axes, (x - 1.8, 2), (x - 1.45, 2))
        _arrow(axes, (x - 0.75, 2), (x - 0.4, 2))
        _arrow(axes, (x - 1.1, 3.1), (x - 1.1, 2.35))
        _arrow(axes, (1.1 * steps, 0.55), (x - 1.1, 1.65), COLOURS[3], linestyle="--")
    _box(axes, 1.1 * steps, 0.2, "W", 0.8, "$W$")
    _box(axes, 2.2 * steps + 1.3, 2, "out", 0.8, "$y$")
    _arrow(axes, (2.2 * steps + 0.4, 2), (2.2 * steps + 0.9, 2))
    _blank(axes, (-0.6, 2.2 * steps + 1.9), (-0.4, 4.1))
    return Picture(
        figure,
        f"The graph of {steps} time steps: each h comes from the h before and its own x through "
        "the same function, and one single W has an arrow to every step.",
    )


def echo(hidden: np.ndarray) -> Picture:
    """Draw hidden states (T, H) after one pulse, a line a unit."""
    figure, axes = new_figure(*BESIDE)
    times = np.arange(1, len(hidden) + 1)
    ends = {}
    for unit, values in enumerate(hidden.T):
        axes.plot(times, values, "o", color=COLOURS[unit], linestyle=DASHES[unit], markersize=8)
        ends[f"unit {unit + 1}"] = (values[-1], COLOURS[unit])
    axes.axhline(0, color="#888888", linewidth=1.5)
    axes.set(xlabel=TEXT["time"], ylabel="h", xticks=times, xlim=(0.8, times[-1] + 0.2))
    name_lines(axes, ends)
    last = ", ".join(f"{value:+.2f}" for value in hidden[-1])
    return Picture(figure, f"After one pulse and {len(hidden) - 1} zeros the state is {last}.")


def parameters(lengths: Sequence[int], recurrent: int, wide: Sequence[int]) -> Picture:
    """Draw the parameters of an RNN and of one layer for all frames, by the clip's length."""
    counts = {TEXT["rnn"]: [recurrent] * len(lengths), TEXT["wide"]: wide}
    figure, axes = new_figure(*BESIDE)
    ends = {}
    for index, (name, values) in enumerate(counts.items()):
        thousands = np.array(values) / 1000
        axes.plot(lengths, thousands, "o", color=COLOURS[index], linestyle=DASHES[index])
        ends[name] = (thousands[-1], COLOURS[index])
    axes.set(xlabel=TEXT["length"], ylabel=f"{TEXT['parameters']} (thousands)", xticks=lengths)
    axes.set_ylim(bottom=0)
    name_lines(axes, ends, gap=0.14)
    return Picture(
        figure,
        f"An RNN has {recurrent:,} parameters for clips of any length; one layer that sees all "
        f"frames has {wide[0]:,} for {lengths[0]} frames and {wide[-1]:,} for {lengths[-1]}.",
    )


def frames_seen(comparison: Comparison, only: Sequence[str] | None = None) -> Picture:
    """Draw test accuracy against the frames seen for each model, and the upper limit."""
    names = [name for name in comparison.test if name != "RNN, learned start"]
    chosen = {name: comparison.test[name] for name in only or names}
    figure, axes = new_figure(*(BESIDE if only else (10.5, 5.2)))
    axes.set_ylim(0, 1.05)  # before the names: they stand at the lines' ends
    bands(axes, chosen, log=False)
    times = np.arange(1, len(comparison.ceiling) + 1)
    if only is None:
        axes.plot(times, comparison.ceiling, "x", color="#000000", markersize=9)
        height = comparison.ceiling[2]
        axes.annotate(
            TEXT["ceiling"], (3, height), (1.3, 0.97), fontsize=15, arrowprops={"arrowstyle": "-"}
        )
    axes.axhline(0.25, color="#888888", linewidth=1.5, linestyle=":")
    axes.set(xlabel=TEXT["frames"], ylabel=TEXT["accuracy"], xticks=times)
    ends = "; ".join(f"{name} {rows[:, -1].mean():.3f}" for name, rows in chosen.items())
    return Picture(figure, f"Test accuracy after {times[-1]} frames: {ends}; a guess has 0.25.")


def orders(found: Orders) -> Picture:
    """Draw, for each order of the frames, which direction the RNNs answer."""
    figure, axes = new_figure(*BESIDE)
    left = np.zeros(len(found.orders))
    shares = [
        np.array([rows[name].mean() for name in found.orders])
        for rows in (found.right, found.opposite)
    ]
    shares.append(1 - shares[0] - shares[1])
    places = np.arange(len(found.orders))[::-1]
    for index, (key, share) in enumerate(zip(("right", "opposite", "other"), shares, strict=True)):
        colour = (COLOURS[0], COLOURS[1], "#bbbbbb")[index]
        hatch = ("", "//", "..")[index]
        axes.barh(
            places,
            share,
            left=left,
            height=0.55,
            color=colour,
            hatch=hatch,
            edgecolor="white",
            label=TEXT[key],
        )
        left += share
    axes.set_yticks(places, found.orders)
    axes.set(xlabel=TEXT["answers"], xlim=(0, 1))
    axes.grid(visible=False)
    figure.legend(
        loc="outside upper center",
        ncols=3,
        frameon=False,
        fontsize=14,
        columnspacing=1,
        handlelength=1.2,
    )
    words = "; ".join(
        f"{name}: {a:.3f} right, {b:.3f} opposite"
        for name, a, b in zip(found.orders, *shares[:2], strict=True)
    )
    return Picture(figure, f"Answers of the RNN by order of the frames. {words}.")


def start_gain(comparison: Comparison) -> Picture:
    """Draw what a learned h_0 gains after each frame, with two standard errors over seeds."""
    figure, axes = new_figure(*BESIDE)
    gain, error = comparison.start_summary()
    times = np.arange(1, len(gain) + 1)
    axes.axhline(0, color="#888888", linewidth=1.5)
    axes.errorbar(times, gain, yerr=error, fmt="o", color=COLOURS[0], capsize=5, markersize=9)
    axes.set(xlabel=TEXT["frames"], ylabel=TEXT["gain"], xticks=times, ylim=(-3, 3))
    last = f"{gain[-1]:+.2f} ± {error[-1]:.2f}"
    return Picture(figure, f"After all frames a learned start gains {last} accuracy points.")


def longer(accuracy: Sequence[np.ndarray], ceiling: np.ndarray, trained: int) -> Picture:
    """Draw test accuracy, R of (T,), on clips longer than the ``trained`` number of frames."""
    figure, axes = new_figure(10.5, 5.0)
    rows = np.stack(accuracy)
    axes.set_ylim(0.2, 1.04)
    bands(axes, {TEXT["rnn"]: rows}, log=False)
    times = np.arange(1, rows.shape[1] + 1)
    axes.plot(times, ceiling, "x", color="#000000", markersize=6)
    axes.axvline(trained, color="#888888", linestyle="--", linewidth=1.5)
    axes.text(trained + 0.4, 0.3, TEXT["trained"], color=GREY, fontsize=15)
    axes.set(xlabel=TEXT["frames"], ylabel=TEXT["accuracy"])
    axes.set_xticks([1, *range(4, len(times) + 1, 4)])
    mean = rows.mean(axis=0)
    return Picture(
        figure,
        f"Trained on {trained} frames, accuracy is {mean[trained - 1]:.3f} there and "
        f"{mean[-1]:.3f} after {len(times)} frames.",
    )
