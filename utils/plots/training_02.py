"""Pictures of lecture training/02: networks that overfit, and what early stopping makes of them."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from utils.plots import COLOURS, DASHES, Picture, bands, name_lines, new_figure, plain_ticks
from utils.training.early_stopping import Watch, replay
from utils.training.overfitting import (
    Budget,
    Curves,
    ValidationSize,
    mean_and_error,
    stop_each,
)

TEXT = {
    "step": "step",
    "accuracy": "accuracy",
    "loss": "loss",
    "train": "training",
    "validation": "validation",
    "best": "best",
    "stop": "stop",
    "evaluation": "evaluation",
    "right": "right label",
    "wrong": "wrong label",
    "answers": "share of wrongly labelled digits",
    "peak": "validation\npeak",
    "gain": "test accuracy gained (points)",
    "share": "training labels that are wrong (%)",
    "patience": "patience (evaluations)",
    "compute": "steps done (% of the full run)",
    "val_accuracy": "watch accuracy",
    "val_loss": "watch loss",
    "clean": "all labels right",
    "noisy": "{percent} % wrong",
    "digits": "validation digits",
    "promise": "promised",
    "honest": "other digits",
    "kept": "stopped",
    "again": "all digits,\nsame steps",
    "last": "all digits,\nto the end",
    "test": "test accuracy",
}


def overfitting(curves: Curves) -> Picture:
    """Draw training and validation accuracy and loss over the steps, one band a curve."""
    figure, (left, right) = new_figure(10, 5.4, columns=2)
    for axes, name in ((left, "accuracy"), (right, "loss")):
        rows = {TEXT[part]: getattr(curves, f"{short}_{name}") for part, short in PARTS}
        bands(axes, rows, x=curves.eval_steps, log=False)
        axes.set(xlabel=TEXT["step"], xlim=(0, curves.eval_steps[-1]))
        axes.set_title(TEXT[name], fontsize=16)
        axes.set_xticks(range(0, int(curves.eval_steps[-1]) + 1, 200))
        axes.axvline(curves.eval_steps[curves.peak], color="#888888", linestyle=":")
    left.set_ylim(top=1.02)
    right.set_ylim(bottom=0)
    right.set_yticks([0, 0.5, 1, 1.5, 2])
    mean = curves.val_accuracy.mean(axis=0)
    return Picture(
        figure,
        f"With {100 * curves.wrong:.0f} % wrong labels, mean validation accuracy is highest at "
        f"step {curves.eval_steps[curves.peak]}, {mean.max():.3f}, and ends at {mean[-1]:.3f}; "
        f"validation loss is lowest at step {_lowest_loss(curves)}.",
    )


PARTS = (("train", "train"), ("validation", "val"))


def _lowest_loss(curves: Curves) -> int:
    return int(curves.eval_steps[curves.val_loss.mean(axis=0).argmin()])


def memorising(curves: Curves) -> Picture:
    """Draw how the network answers the wrongly labelled training digits, over the steps."""
    figure, axes = new_figure(9.5, 5.2)
    rows = {TEXT["right"]: curves.answers_right, TEXT["wrong"]: curves.learned_wrong}
    bands(axes, rows, x=curves.eval_steps, log=False)
    at = curves.eval_steps[curves.peak]
    axes.axvline(at, color="#888888", linestyle=":")
    axes.text(at + 8, 1.0, TEXT["peak"], va="top", color="#555555", fontsize=15)
    axes.set(xlabel=TEXT["step"], ylabel=TEXT["answers"], ylim=(0, 1.02))
    axes.set_xlim(0, curves.eval_steps[-1])
    right, wrong = (rows[TEXT[name]].mean(axis=0) for name in ("right", "wrong"))
    return Picture(
        figure,
        f"At the peak {100 * right[curves.peak]:.0f} % of the wrongly labelled digits are answered "
        f"right; at the end {100 * wrong[-1]:.0f} % are answered with their wrong label.",
    )


def patience_steps(values: Sequence[float], patience: int) -> Picture:
    """Draw validation values one by one: the best, the stop, and what is never seen."""
    figure, axes = new_figure(10.5, 4.2)
    stop = replay(values, patience)
    seen = stop.stop_at + 1
    at = np.arange(1, len(values) + 1)
    axes.plot(at[:seen], values[:seen], "o-", color=COLOURS[0], markersize=9)
    axes.plot(at[seen - 1 :], values[seen - 1 :], ":", color="#888888")
    axes.plot(at[seen:], values[seen:], "o", color="#888888", markerfacecolor="white")
    for place, name, colour in (
        (stop.best_at, "best", COLOURS[0]),
        (stop.stop_at, "stop", COLOURS[1]),
    ):
        axes.axvline(at[place], color=colour, linestyle="--", linewidth=1.5)
        axes.text(at[place] + 0.08, min(values), TEXT[name], color=colour, fontsize=17)
    axes.set(xlabel=TEXT["evaluation"], ylabel=f"{TEXT['validation']} {TEXT['accuracy']}")
    axes.set_xticks(at)
    return Picture(
        figure,
        f"With patience {patience} the run stops after evaluation {seen} and keeps the weights of "
        f"evaluation {stop.best_at + 1}.",
    )


def _dots(axes: Axes, x: float, values: np.ndarray, colour: str, marker: str = "o") -> float:
    """Draw a mean with two standard errors over all its seeds; return the mean."""
    mean, error = mean_and_error(values)
    scatter = np.full(len(values), x)
    axes.plot(scatter, values, ".", color=colour, alpha=0.25, markersize=8)
    axes.errorbar(x, mean, yerr=2 * error, fmt=marker, color=colour, markersize=9, capsize=5)
    return mean


def gains(results: Sequence[Curves], patience: int) -> Picture:
    """Draw the test gain of early stopping against the share of wrong labels, for both watches."""
    figure, axes = new_figure(9.5, 5.2)
    found, ends = [], {}
    for index, (watch, marker) in enumerate({"val_accuracy": "o", "val_loss": "s"}.items()):
        for one in results:
            gain = 100 * stop_each(one, patience, watch).gain
            x = 100 * one.wrong + 1.2 * (index - 0.5)
            mean = _dots(axes, x, gain, COLOURS[index], marker)
            found.append(f"{100 * one.wrong:.0f} % {TEXT[watch]}: {mean:+.1f}")
        ends[TEXT[watch]] = (mean, COLOURS[index])
    axes.axhline(0, color="#888888", linewidth=1.5)
    axes.set(xlabel=TEXT["share"], ylabel=TEXT["gain"])
    axes.set_xticks([100 * one.wrong for one in results])
    axes.set_xlim(right=100 * results[-1].wrong + 1.5)
    name_lines(axes, ends)
    return Picture(figure, f"Test points gained over the last weights: {'; '.join(found)}.")


def patience_trade(
    results: Sequence[Curves],
    patiences: Sequence[int] = (1, 2, 3, 5, 10, 20),
    watch: Watch = "val_accuracy",
) -> Picture:
    """Draw test gain and steps done against patience, one band (two standard errors) a share."""
    figure, panels = new_figure(12, 4.6, columns=2)
    ends: list[dict] = [{}, {}]
    for index, one in enumerate(results):
        stops = [stop_each(one, patience, watch) for patience in patiences]
        rows = ([100 * s.gain for s in stops], [100 * s.compute for s in stops])
        for axes, values, names in zip(panels, rows, ends, strict=True):
            mean, error = np.array([mean_and_error(value) for value in values]).T
            colour = COLOURS[index]
            axes.plot(patiences, mean, marker="o", color=colour, linestyle=DASHES[index])
            low, high = mean - 2 * error, mean + 2 * error
            axes.fill_between(patiences, low, high, color=colour, alpha=0.15, linewidth=0)
            names[_condition(one)] = (mean[-1], colour)
    for axes, title, names in zip(panels, ("gain", "compute"), ends, strict=True):
        axes.set(xscale="log", xlabel=TEXT["patience"], xlim=(1, patiences[-1]))
        axes.set_title(TEXT[title], fontsize=16)
        plain_ticks(axes.xaxis, patiences)
        axes.set_ylim(bottom=0 if title == "compute" else None)
        name_lines(axes, names)
    panels[0].axhline(0, color="#888888", linewidth=1.5)
    words = "; ".join(
        f"{_condition(one)}: from {_gain(one, patiences[0], watch):+.1f} to "
        f"{_gain(one, patiences[-1], watch):+.1f} points"
        for one in results
    )
    return Picture(figure, f"Patience from {patiences[0]} to {patiences[-1]}. {words}.")


def _gain(curves: Curves, patience: int, watch: Watch) -> float:
    return 100 * stop_each(curves, patience, watch).gain.mean()


def _condition(curves: Curves) -> str:
    if not curves.wrong:
        return TEXT["clean"]
    return TEXT["noisy"].format(percent=round(100 * curves.wrong))


def promises(result: ValidationSize) -> Picture:
    """Draw the accuracy that few validation digits promise, and what other digits say."""
    figure, axes = new_figure()
    rows = {TEXT["promise"]: result.promised.T, TEXT["honest"]: result.honest.T}
    _errors(axes, result.sizes, rows)
    axes.set(xscale="log", xlabel=TEXT["digits"], ylabel=TEXT["accuracy"])
    plain_ticks(axes.xaxis, result.sizes)
    gap = 100 * (result.promised - result.honest).mean(axis=1)
    return Picture(
        figure,
        f"{result.sizes[0]} validation digits promise {gap[0]:.0f} points more than other digits "
        f"give, {result.sizes[-1]} promise {gap[-1]:.1f} more.",
    )


def _errors(axes: Axes, x: np.ndarray, rows: Mapping[str, np.ndarray]) -> None:
    """Draw each (R, Z) set of values as its mean with two standard errors, and its name."""
    ends = {}
    for index, (name, values) in enumerate(rows.items()):
        mean, error = np.array([mean_and_error(column) for column in values.T]).T
        style = {"color": COLOURS[index], "linestyle": DASHES[index], "marker": "os^"[index]}
        axes.errorbar(x, mean, yerr=2 * error, capsize=4, markersize=8, **style)
        ends[name] = (mean[-1], COLOURS[index])
    name_lines(axes, ends, gap=0.13)


def label_budget(result: Budget) -> Picture:
    """Draw test accuracy against the digits kept for validation, for three ways to spend labels."""
    figure, axes = new_figure(9.5, 5.2)
    last = np.repeat(result.last[:, None], len(result.sizes), axis=1)
    rows = {TEXT["kept"]: result.kept.T, TEXT["again"]: result.again.T, TEXT["last"]: last}
    _errors(axes, result.sizes, rows)
    axes.set(xscale="log", xlabel=TEXT["digits"], ylabel=TEXT["test"])
    plain_ticks(axes.xaxis, result.sizes)
    best = int(result.kept.mean(axis=1).argmax())
    return Picture(
        figure,
        f"With {result.sizes[best]} of 500 digits for validation the stopped run reaches "
        f"{result.kept[best].mean():.3f}, trained again on all digits "
        f"{result.again[best].mean():.3f}; all digits to the end {result.last.mean():.3f}.",
    )
