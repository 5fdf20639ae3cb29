"""Pictures of lecture training/01: what the learning rate and its schedules do."""

from collections.abc import Mapping

import numpy as np

from utils.plots import BESIDE, COLOURS, DASHES, Picture, bands, name_lines, new_figure, plain_ticks
from utils.training.learning_rates import Comparison, Staircase, smoothed
from utils.training.range_test import RangeTest
from utils.training.schedules import ScheduleSpec
from utils.training.sweeps import SweepResult

TEXT = {
    "step": "step",
    "loss": "training loss",
    "rate": "learning rate",
    "peak": "peak learning rate",
    "validation": "validation accuracy",
    "final": "final training loss",
    "best": "best",
    "ten_times": "ten times",
    "gain": "gain in test accuracy (points)",
    "decay": "decay",
    "steepest": "falls fastest",
    "turning": "turns up",
    "parabola": "weight w",
    "update": "update",
}


def parabola_steps(paths: Mapping[str, list[float]]) -> Picture:
    """Draw the weights that gradient descent visits on a parabola, one line a rate."""
    figure, axes = new_figure(*BESIDE)
    ends = {}
    for index, (name, weights) in enumerate(paths.items()):
        axes.plot(weights, marker="o", color=COLOURS[index], linestyle=DASHES[index])
        ends[name] = (weights[-1], COLOURS[index])
    axes.set(xlabel=TEXT["update"], ylabel=TEXT["parabola"])
    axes.axhline(0, color="#888888", linewidth=1)
    axes.set_xlim(0, len(weights) - 1)
    name_lines(axes, ends)
    finding = ", ".join(f"{name}: w ends at {path[-1]:.2g}" for name, path in paths.items())
    return Picture(figure, f"The minimum is at w = 0. After {len(weights) - 1} updates, {finding}.")


def final_losses(result: SweepResult, top: float = 2.6) -> Picture:
    """Draw the final loss of each copy against its rate; crosses at the top are lost copies."""
    figure, axes = new_figure(*BESIDE)
    final, lost = result.final_loss(), result.diverged
    axes.plot(result.rates[~lost], np.minimum(final[~lost], top), "o-", color=COLOURS[0])
    axes.plot(result.rates[lost], np.full(lost.sum(), top), "X", color=COLOURS[1], markersize=9)
    best = int(np.argmin(final))
    for factor, label in ((1, TEXT["best"]), (10, TEXT["ten_times"])):
        axes.axvline(factor * result.rates[best], color="#888888", linestyle="--")
        axes.text(factor * result.rates[best] * 1.1, 1.2, label, fontsize=17)
    axes.set(xscale="log", xlabel=TEXT["rate"], ylabel=TEXT["final"], ylim=(0, top + 0.15))
    return Picture(
        figure,
        f"The final loss is lowest at a rate of {result.rates[best]:.2g}; "
        f"{lost.sum()} of {len(lost)} rates exploded.",
    )


def labelled_curves(curves: Mapping[str, tuple[float, np.ndarray]], guess: float) -> Picture:
    """Draw losses in one panel each, on one scale; ``curves``: letter -> (rate, losses (S,)).

    The rate is not shown: the reader is to say what it does.
    """
    figure, panels = new_figure(12, 3.6, columns=len(curves))
    for axes, (letter, (_, loss)) in zip(panels, curves.items(), strict=True):
        axes.plot(np.minimum(loss, 4 * guess), color=COLOURS[0])
        if np.isnan(loss).any():  # mark where a run was lost: there is no curve after it
            lost = int(np.argmax(np.isnan(loss)))
            axes.plot(lost, 1.7 * guess, "X", color=COLOURS[1], markersize=13)
        axes.axhline(guess, color="#888888", linewidth=1, linestyle="--")
        axes.set_title(letter, fontsize=20, fontweight="bold")
        axes.set(ylim=(0, 1.8 * guess), xlim=(0, len(loss)), xlabel=TEXT["step"])
    panels[0].set_ylabel(TEXT["loss"])
    letters = ", ".join(curves)
    return Picture(figure, f"Training loss of the runs {letters}; the dashed line is ln C.")


def range_curve(test: RangeTest) -> Picture:
    """Draw a learning rate range test with the two rates that it suggests."""
    figure, axes = new_figure()
    axes.plot(test.rates, test.loss, color="#bbbbbb", linewidth=1)
    axes.plot(test.rates, test.smoothed, color=COLOURS[0])
    top = 1.5 * test.smoothed[0]
    for name, rate, colour, side, place in (
        ("steepest", test.steepest, COLOURS[2], "right", 0.93),
        ("turning", test.turning, COLOURS[1], "left", 1.07),
    ):
        axes.axvline(rate, color=colour, linestyle="--")
        label = f"{TEXT[name]}\n{rate:.2g}"
        axes.text(rate * place, 0.97 * top, label, color=colour, va="top", ha=side, fontsize=15)
    axes.set(xscale="log", xlabel=TEXT["rate"], ylabel=TEXT["loss"], ylim=(0, top))
    return Picture(
        figure,
        f"Range test: the smoothed loss falls fastest at a rate of {test.steepest:.2g} "
        f"and turns up beyond {test.turning:.2g}.",
    )


def staircase(result: Staircase) -> Picture:
    """Draw step decay beside the constant rate, with a line at each decay."""
    figure, axes = new_figure(*BESIDE)
    bands(axes, {name: smoothed(rows) for name, rows in result.loss.items()})
    for step in result.milestones:
        axes.axvline(step, color="#888888", linewidth=1.5, linestyle=":")
        axes.text(
            step + 6,
            axes.get_ylim()[1] * 0.9,
            TEXT["decay"],
            va="top",
            color="#555555",
            fontsize=15,
        )
    axes.set(xlabel=TEXT["step"], ylabel=TEXT["loss"])
    change = result.change["step decay"].mean(axis=0)
    falls = " and ".join(f"{100 * (1 - value):.0f} %" for value in change)
    return Picture(figure, f"At its decays the loss falls by {falls}; the constant rate stays up.")


def schedule_rates(specs: Mapping[str, ScheduleSpec]) -> Picture:
    """Draw several schedules on one axis: the rate of each update."""
    figure, axes = new_figure()
    ends = {}
    for index, (name, spec) in enumerate(specs.items()):
        table = spec.table()
        axes.plot(table, color=COLOURS[index], linestyle=DASHES[index])
        ends[name] = (table[-1], COLOURS[index])
    axes.set(xlabel=TEXT["step"], ylabel=TEXT["rate"], xlim=(0, len(table) - 1))
    name_lines(axes, ends)
    return Picture(figure, "Learning rate against step for " + ", ".join(specs) + ".")


def rate_sensitivity(result: Comparison) -> Picture:
    """Draw validation accuracy against peak rate, one band a schedule."""
    figure, axes = new_figure()
    axes.set_xscale("log")
    curves = {name: result.validation[i].T for i, name in enumerate(result.names)}
    bands(axes, curves, x=result.rates, log=False)
    plain_ticks(axes.xaxis, result.rates)
    axes.set(xlabel=TEXT["peak"], ylabel=TEXT["validation"])
    mean = result.validation.mean(axis=2)
    at = int(result.names.index("constant"))
    return Picture(
        figure,
        f"At the highest rate the constant schedule reaches {mean[at, -1]:.2f}, "
        f"the best schedule {mean[:, -1].max():.2f}.",
    )


def gains(result: Comparison) -> Picture:
    """Draw each schedule's test gain over the constant rate with two standard errors."""
    figure, axes = new_figure(*BESIDE)
    mean, error = (100 * values for values in result.gain())
    rows = [i for i, name in enumerate(result.names) if name != "constant"]
    for place, i in enumerate(rows):
        axes.errorbar(
            mean[i], place, xerr=2 * error[i], fmt="o", markersize=9, capsize=5, color=COLOURS[0]
        )
    axes.axvline(0, color="#888888", linewidth=1.5)
    axes.set_yticks(range(len(rows)), [result.names[i] for i in rows])
    axes.set(xlabel=TEXT["gain"], ylim=(-0.6, len(rows) - 0.4))
    axes.invert_yaxis()
    best = max(rows, key=lambda i: mean[i])
    return Picture(
        figure,
        f"The largest gain over a tuned constant rate is {mean[best]:.1f} points "
        f"({result.names[best]}), two standard errors {2 * error[best]:.1f}.",
    )
