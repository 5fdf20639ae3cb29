"""Pictures of lecture recurrent/03: chunks, their memory, their reach, and what they learn."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from utils.plots import BESIDE, COLOURS, DASHES, Picture, name_lines, new_figure, plain_ticks
from utils.training.truncation import (
    READ_ON,
    ChunkComparison,
    DetachCost,
    Reach,
    SavedMemory,
)

TEXT = {
    "state": "the state goes on",
    "gradient": "the gradient stays inside",
    "chunk": "chunk {number}",
    "length": "chunk length (time steps)",
    "memory": "saved activations (MB)",
    "slope": "{slope:,.0f} bytes a step",
    "before": "steps before the last character",
    "norm": "‖∂L/∂x‖",
    "zero": "exactly 0",
    "number": "chunk",
    "seconds": "backward pass (ms)",
    "bits": "validation loss (bits a character)",
    "gain": "what carrying gains\n(bits a character)",
    "carried": "carried",
    "reset": "reset",
    READ_ON: "reset, then\nread on",
}


def chunks(count: int = 3, steps: int = 4) -> Picture:
    """Draw ``count`` chunks of ``steps`` time steps: state arrows cross, gradient arrows do not."""
    figure, axes = new_figure(10.5, 3.4)
    for t in range(count * steps):
        x = t + 0.5 * (t // steps)
        box = FancyBboxPatch(
            (x - 0.3, -0.3), 0.6, 0.6, boxstyle="round,pad=0,rounding_size=0.1", fc="#d5eddf"
        )
        axes.add_patch(box)
        if t:
            _arrow(axes, (x - (1.2 if t % steps == 0 else 0.7), 0), (x - 0.3, 0), "#333333")
        if t % steps:
            _arrow(axes, (x - 0.05, 0.45), (x - 0.95, 0.45), COLOURS[1], linestyle="--")
    for chunk in range(count):
        left = chunk * (steps + 0.5)
        axes.text(
            left + (steps - 1) / 2,
            -0.75,
            TEXT["chunk"].format(number=chunk + 1),
            ha="center",
            va="center",
            fontsize=16,
        )
        if chunk:
            axes.plot([left - 0.75] * 2, [0.2, 1.0], color=COLOURS[1], linewidth=4)
    middle = (count * (steps + 0.5) - 1.5) / 2
    axes.text(middle, 1.3, TEXT["gradient"], color=COLOURS[1], ha="center", fontsize=17)
    axes.text(middle, -1.35, TEXT["state"], color="#333333", ha="center", fontsize=17)
    axes.set(xlim=(-0.6, count * (steps + 0.5) - 0.9), ylim=(-1.6, 1.8), aspect="equal")
    axes.axis("off")
    return Picture(
        figure,
        f"{count} chunks of {steps} time steps. Solid arrows carry the state across every border; "
        "dashed arrows of the gradient end at the border of a chunk.",
    )


def _arrow(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, **how
) -> None:
    arrow = FancyArrowPatch(
        start, end, arrowstyle="-|>", mutation_scale=16, color=colour, linewidth=1.8, **how
    )
    axes.add_patch(arrow)


def memory(found: SavedMemory, beside: bool = True) -> Picture:
    """Draw the measured bytes of a chunk against its length, and the line by hand."""
    figure, axes = new_figure(*(BESIDE if beside else (10.5, 4.6)))
    slope, _ = found.line()
    ends = np.array([0, found.lengths[-1]])
    axes.plot(ends, ends * found.a_step / 1e6, color=COLOURS[0])
    axes.plot(found.lengths, found.measured / 1e6, "o", color=COLOURS[1], markersize=9)
    axes.set(xlabel=TEXT["length"], ylabel=TEXT["memory"], xticks=found.lengths[2:])
    axes.set(xlim=(0, None), ylim=(0, None))
    at = found.lengths[-2]
    words = TEXT["slope"].format(slope=slope)
    axes.text(at * 0.92, at * slope / 1e6, words, color=COLOURS[0], ha="right", fontsize=15)
    return Picture(
        figure,
        f"Saved activations grow in a straight line: {slope:,.0f} bytes a time step, "
        f"{found.measured[0] / 1e6:.2f} MB at {found.lengths[0]} steps and "
        f"{found.measured[-1] / 1e6:.2f} MB at {found.lengths[-1]}.",
    )


def reach(found: Reach, length: int, beside: bool = False) -> Picture:
    """Draw ‖∂L_T/∂x_t‖ by the steps before T, without a cut and with chunks of ``length``.

    The line is the mean over the models, the band their range.
    """
    figure, axes = new_figure(*(BESIDE if beside else (10.5, 4.6)))
    steps = found.norms.shape[2]
    before = np.arange(steps)[::-1]
    row = int(np.flatnonzero(found.lengths == length)[0])
    for index, rows in enumerate((found.norms[-1], found.norms[row])):
        inside = rows.mean(axis=0) > 0
        style = {"color": ("#999999", COLOURS[0])[index], "linestyle": ("--", "-")[index]}
        axes.plot(before[inside], rows.mean(axis=0)[inside], **style)
        low, high = rows[:, inside].min(axis=0), rows[:, inside].max(axis=0)
        axes.fill_between(before[inside], low, high, color=style["color"], alpha=0.2, linewidth=0)
    if length < steps:
        axes.axvspan(length - 0.5, steps, color=COLOURS[1], alpha=0.08)
        axes.axvline(length - 0.5, color=COLOURS[1], linewidth=2.5)
        words = f"{TEXT['zero']} for T = {length}"
        axes.text((length + steps) / 2, 0.03, words, color=COLOURS[1], ha="center", fontsize=15)
    axes.set_yscale("log")
    axes.set(xlabel=TEXT["before"], ylabel=TEXT["norm"], xlim=(steps, -1))
    norms = found.norms[row].mean(axis=0)
    return Picture(
        figure,
        f"With chunks of {length} steps the gradient is {norms[-1]:.2f} at the last step, "
        f"{norms[steps - length]:.1e} at the first step of the last chunk, and exactly 0 at the "
        f"{steps - length} steps before.",
    )


def no_detach(found: DetachCost) -> Picture:
    """Draw kept bytes and seconds of each chunk, with and without detach."""
    figure, panels = new_figure(10.5, 4.4, columns=2)
    count = np.arange(1, len(found.bytes["detach"]) + 1)
    tables = ((found.bytes, 1e-6, TEXT["memory"]), (found.seconds, 1e3, TEXT["seconds"]))
    for axes, (table, unit, label) in zip(panels, tables, strict=True):
        for index, (name, values) in enumerate(table.items()):
            style = {"color": COLOURS[index], "linestyle": DASHES[index]}
            axes.plot(count, values * unit, "o", **style)
            axes.annotate(
                name,
                (count[len(count) // 2], values[len(count) // 2] * unit),
                (-8, 8),
                textcoords="offset points",
                ha="right",
                fontsize=15,
                color=COLOURS[index],
            )
        axes.set(xlabel=TEXT["number"], ylabel=label, ylim=(0, None))
    grows = {name: values[-1] / values[0] for name, values in found.bytes.items()}
    slows = found.seconds["no detach"][-1] / found.seconds["no detach"][0]
    return Picture(
        figure,
        f"From chunk 1 to chunk {count[-1]}, memory grows {grows['no detach']:.1f} times without "
        f"detach and {grows['detach']:.1f} times with it; a backward pass without detach takes "
        f"{slows:.1f} times as long.",
    )


def losses(
    found: ChunkComparison, modes: tuple[str, ...] = ("carried",), beside: bool = False
) -> Picture:
    """Draw the last validation loss against the chunk length: mean and range over seeds."""
    figure, axes = new_figure(*(BESIDE if beside else (10.5, 4.8)))
    axes.set_xscale("log", base=2)
    plain_ticks(axes.xaxis, found.lengths)
    ends = {}
    for index, mode in enumerate(modes):
        bits = found.final[mode] / np.log(2)
        mean = bits.mean(axis=1)
        axes.plot(found.lengths, mean, "o", color=COLOURS[index], linestyle=DASHES[index])
        axes.fill_between(
            found.lengths,
            bits.min(axis=1),
            bits.max(axis=1),
            color=COLOURS[index],
            alpha=0.15,
            linewidth=0,
        )
        ends[TEXT[mode]] = (mean[-1], COLOURS[index])
    axes.set(xlabel=TEXT["length"], ylabel=TEXT["bits"], xlim=(found.lengths[0], found.lengths[-1]))
    name_lines(axes, ends, gap=0.11)
    words = "; ".join(
        f"{mode}: {found.final[mode][0].mean() / np.log(2):.2f} at {found.lengths[0]} and "
        f"{found.final[mode][-1].mean() / np.log(2):.2f} at {found.lengths[-1]}"
        for mode in modes
    )
    return Picture(figure, f"Validation loss in bits a character by chunk length. {words}.")


def gains(found: ChunkComparison, beside: bool = True) -> Picture:
    """Draw by how much a carried state lowers the loss: one dot a seed, a line for the mean."""
    figure, axes = new_figure(*(BESIDE if beside else (10.5, 4.6)))
    axes.set_xscale("log", base=2)
    plain_ticks(axes.xaxis, found.lengths)
    bits = found.gain() / np.log(2)
    for seed in bits.T:
        axes.plot(found.lengths, seed, "o", color=COLOURS[0], alpha=0.45, markersize=8)
    axes.plot(found.lengths, bits.mean(axis=1), color=COLOURS[0])
    axes.axhline(0, color="#888888", linewidth=1.5)
    axes.set(xlabel=TEXT["length"], ylabel=TEXT["gain"])
    return Picture(
        figure,
        f"Carrying the state gains {bits[0].mean():.3f} bits a character at {found.lengths[0]} "
        f"steps and {bits[-1].mean():.3f} at {found.lengths[-1]}.",
    )
