"""Pictures of lecture training/03: searches on a surface, the seven steps, and sick curves."""

import math
from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

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
from utils.training.hyperparameters import (
    FirstSteps,
    HalvingComparison,
    SmallSample,
    Stage,
)
from utils.training.range_test import smooth
from utils.training.search import Halving, SearchComparison, Surface
from utils.training.sick_curves import CASES, SickCurves

TEXT = {
    "accuracy": "accuracy",
    "validation": "validation accuracy",
    "percent": "validation accuracy (%)",
    "rate": "learning rate",
    "budget": "trials",
    "chance": "random search wins (%)",
    "equal": "equal",
    "grid": "grid",
    "tried": "{name}: {count} rates",
    "random": "random",
    "first": "loss before training",
    "ln": "ln 10 = 2.30",
    "step": "step",
    "loss": "loss",
    "sample": "loss on the {count} digits",
    "end": "loss after {steps} steps",
    "falls": "the loss falls",
    "coarse": "coarse: {steps} steps",
    "fine": "fine: {steps} steps",
    "test": "test accuracy (%)",
    "spread": "rate {rate:.2g}",
    "train": "training",
    "held": "validation",
    "round": "{count} left",
    "halving": "halving",
    "full": "random,\nfewer trials",
    "remedy": "validation points gained by the remedy",
    "chosen": "accuracy of the chosen trial (%)",
}


RATE_TICKS = (0.0001, 0.01, 1)
DECAY_TICKS = (0.0001, 0.001, 0.01, 0.1)
MOMENTUM_TICKS = (0, 0.5, 0.9, 0.99)


def _panels(rows: int, columns: int, width: float, height: float) -> tuple[Figure, np.ndarray]:
    """Return (figure, axes (rows, columns)) in the course's style."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(rows, columns, squeeze=False)
    return figure, axes


def surfaces(*shown: Surface) -> Picture:
    """Draw the accuracy at every setting of each surface; dots are within a point of the best."""
    figure, panels = _panels(1, len(shown), 10.5, 4.0)
    words = []
    for axes, surface in zip(panels[0], shown, strict=True):
        extent = (0, len(surface.first), 0, len(surface.second))
        image = axes.imshow(
            surface.score.T, origin="lower", extent=extent, aspect="auto", cmap="Blues", vmin=0.1
        )
        _value_ticks(axes, surface)
        top = np.argwhere(surface.score >= surface.best - 0.01)
        axes.plot(*(top.T + 0.5), ".", color=COLOURS[1], markersize=7)
        axes.set(xlabel=surface.names[0], ylabel=surface.names[1])
        axes.grid(visible=False)
        own = [round(100 * share) for share in surface.shares()]
        words.append(
            f"{surface.names[0]} alone explains {own[0]} % of the differences, "
            f"{surface.names[1]} alone {own[1]} %"
        )
    bar = figure.colorbar(image, ax=panels[0])
    bar.set_label(TEXT["validation"], fontsize=15)
    bar.ax.tick_params(labelsize=15)
    return Picture(figure, "; ".join(words) + ".")


def _value_ticks(axes: Axes, surface: Surface) -> None:
    """Write values beside both axes, whose places count cells."""
    for axis, values, shown in (
        (axes.xaxis, surface.first, RATE_TICKS),
        (axes.yaxis, surface.second, DECAY_TICKS if surface.second[0] else MOMENTUM_TICKS),
    ):
        nearest = [int(np.abs(values - value).argmin()) for value in shown]
        exact = np.interp(shown, values, np.arange(len(values)))
        places = np.where(np.isclose(values[nearest], shown), nearest, exact) + 0.5
        axis.set_ticks(places, [f"{value:g}" for value in shown])


def tried(surface: Surface, grid: np.ndarray, random: np.ndarray) -> Picture:
    """Draw the settings (n, 2) of a grid and of random search over the mean of each rate."""
    figure, panels = _panels(2, 2, *BESIDE)
    mean = 100 * surface.score.mean(axis=1)
    found = {}
    for column, (name, points) in enumerate({"grid": grid, "random": random}.items()):
        above, below = panels[:, column]
        values = np.unique(points[:, 0])
        above.plot(surface.first, mean, color="#888888")
        above.plot(surface.first[values], mean[values], "v", color=COLOURS[column], markersize=11)
        below.plot(
            surface.first[points[:, 0]],
            surface.second[points[:, 1]],
            "so"[column],
            color=COLOURS[column],
            markersize=9,
        )
        above.set_title(TEXT["tried"].format(name=TEXT[name], count=len(values)), fontsize=16)
        for axes in (above, below):
            axes.set(xscale="log", xlim=(surface.first[0] * 0.8, surface.first[-1] * 1.2))
            plain_ticks(axes.xaxis, (0.001, 0.1))
        below.set(yscale="log", xlabel=surface.names[0])
        below.set_ylim(surface.second[0] * 0.6, surface.second[-1] * 1.6)
        plain_ticks(below.yaxis, (0.0001, 0.01))
        above.tick_params(labelbottom=False)
        found[name] = len(values)
    panels[0, 0].set_ylabel(f"{TEXT['accuracy']} (%)")
    panels[1, 0].set_ylabel(surface.names[1])
    return Picture(
        figure,
        f"With {len(grid)} trials each, the grid tries {found['grid']} different values of the "
        f"{surface.names[0]}, random search {found['random']}.",
    )


def chances(results: Mapping[str, SearchComparison]) -> Picture:
    """Draw the chance that random search wins against the budget, with 95 % bands."""
    figure, axes = new_figure(*BESIDE)
    ends, words = {}, []
    for index, (name, result) in enumerate(results.items()):
        chance, band = (100 * part for part in result.chance())
        style = {"color": COLOURS[index], "linestyle": DASHES[index], "marker": "os^"[index]}
        axes.errorbar(result.budgets, chance, yerr=band, capsize=5, markersize=9, **style)
        ends[name] = (chance[-1], COLOURS[index])
        told = ", ".join(
            f"{value:.0f} % at {budget} trials"
            for budget, value in zip(result.budgets, chance, strict=True)
        )
        words.append(f"{name.replace(chr(10), ' ')}: {told}".replace("  ", " "))
    axes.axhline(50, color="#888888", linewidth=1.5)
    axes.text(result.budgets[0], 50.6, TEXT["equal"], color="#555555", fontsize=14, va="bottom")
    axes.set(xlabel=TEXT["budget"], ylabel=TEXT["chance"], ylim=(25, 85))
    axes.set_xticks(result.budgets)
    name_lines(axes, ends, gap=0.13)
    return Picture(figure, "Chance that random search wins. " + "; ".join(words) + ".")


def first_losses(losses: Mapping[str, np.ndarray], classes: int) -> Picture:
    """Draw the loss before training for each start, a dot a seed, beside ln C."""
    figure, axes = new_figure(10, 4.4)
    names = list(losses)[::-1]
    generator = np.random.default_rng(0)
    for row, name in enumerate(names):
        values = losses[name]
        height = row + generator.uniform(-0.18, 0.18, len(values))
        axes.plot(values, height, "o", color=COLOURS[1 if row == 0 else 0], alpha=0.5, markersize=7)
    axes.axvline(math.log(classes), color="#555555", linestyle="--")
    axes.text(math.log(classes) * 1.03, len(names) - 0.45, TEXT["ln"], fontsize=15, va="bottom")
    axes.set(xscale="log", xlabel=TEXT["first"], ylim=(-0.5, len(names) - 0.1))
    axes.set_yticks(range(len(names)), names)
    plain_ticks(axes.xaxis, (2, 3, 5, 10, 20, 40))
    words = "; ".join(f"{name}: {values.mean():.2f}" for name, values in losses.items())
    return Picture(figure, f"Mean loss before training, where ln C is 2.30. {words}.")


def small_samples(samples: Mapping[str, SmallSample]) -> Picture:
    """Draw the loss on a few digits over the steps: mean of the seeds and their range."""
    figure, axes = new_figure(*BESIDE)
    ends, words = {}, []
    for index, (name, sample) in enumerate(samples.items()):
        colour, steps = COLOURS[index], np.arange(1, sample.loss.shape[1] + 1)
        mean = sample.loss.mean(axis=0)
        axes.plot(steps, mean, color=colour, linestyle=DASHES[index])
        axes.fill_between(
            steps, sample.loss.min(axis=0), sample.loss.max(axis=0), color=colour, alpha=0.15
        )
        ends[name] = (mean[-1], colour)
        share = 100 * sample.accuracy[:, -1].mean()
        words.append(f"{name}: loss {mean[-1]:.2f}, {share:.0f} % right")
    axes.set(xlabel=TEXT["step"], ylabel=TEXT["sample"].format(count=sample.examples))
    axes.set(xlim=(1, steps[-1]), ylim=(-0.05, 2.6))
    name_lines(axes, ends)
    return Picture(figure, f"After {steps[-1]} steps. {'; '.join(words)}.")


def first_steps(result: FirstSteps) -> Picture:
    """Draw the loss after the first updates against the rate, and where it falls."""
    figure, axes = new_figure(10, 4.6)
    guess, end = math.log(result.classes), result.end()
    top = 3.2
    low, high = result.span()
    axes.axvspan(low * 0.6, high / 0.6, color=COLOURS[2], alpha=0.15, linewidth=0)
    axes.text(math.sqrt(low * high), 0.15, TEXT["falls"], ha="center", color="#00654A", fontsize=15)
    axes.plot(
        result.rates, np.where(np.isfinite(end), end, np.nan), "o-", color=COLOURS[0], markersize=9
    )
    for rate in result.rates[~np.isfinite(end)]:
        axes.text(rate, top - 0.05, "∞", ha="center", va="top", fontsize=24, color=COLOURS[1])
    axes.axhline(guess, color="#555555", linestyle="--")
    axes.text(result.rates[0], guess - 0.08, TEXT["ln"], va="top", fontsize=15)
    axes.set(xscale="log", xlabel=TEXT["rate"], ylim=(0, top))
    axes.set_xlim(result.rates[0] / 2, result.rates[-1] * 2)
    axes.set_ylabel(TEXT["end"].format(steps=result.loss.shape[2]))
    plain_ticks(axes.xaxis, result.rates)
    return Picture(
        figure,
        f"In {result.loss.shape[2]} steps the loss falls at rates from {low:g} to {high:g}; lower "
        "rates leave it at ln 10, higher ones leave it there or make it infinite.",
    )


def stages(coarse: Stage, fine: Stage) -> Picture:
    """Draw the settings of both stages: accuracy against rate; the best of each has a ring."""
    figure, panels = _panels(1, 2, 10.5, 4.6)
    for axes, stage, name in zip(panels[0], (coarse, fine), ("coarse", "fine"), strict=True):
        score = 100 * stage.score
        axes.plot(stage.rates, score, "o", color=COLOURS[0], alpha=0.6, markersize=9)
        axes.plot(
            stage.rates[stage.best],
            score[stage.best],
            "o",
            markersize=17,
            markerfacecolor="none",
            markeredgecolor=COLOURS[1],
            markeredgewidth=3,
        )
        axes.set(xscale="log", xlabel=TEXT["rate"])
        axes.set_title(TEXT[name].format(steps=stage.result.steps[-1]), fontsize=16)
    (low, high), _ = coarse.around_best()
    panels[0, 0].axvspan(low, high, color=COLOURS[2], alpha=0.18, linewidth=0)
    panels[0, 0].set_ylabel(TEXT["percent"])
    plain_ticks(panels[0, 0].xaxis, (0.001, 0.01, 0.1))
    plain_ticks(panels[0, 1].xaxis, (0.02, 0.03, 0.05, 0.07))
    return Picture(
        figure,
        f"The coarse stage scores from {100 * coarse.score.min():.1f} to "
        f"{100 * coarse.score.max():.1f} %, the fine stage from {100 * fine.score.min():.1f} to "
        f"{100 * fine.score.max():.1f} %.",
    )


def stage_curves(stage: Stage, settings: Sequence[int]) -> Picture:
    """Draw smoothed losses and validation accuracies of some settings of a stage."""
    figure, panels = _panels(1, 2, 11, 4.6)
    losses, accuracies, words = {}, {}, []
    for index, setting in enumerate(settings):
        colour, dash = COLOURS[index], DASHES[index]
        loss = smooth(stage.curves(setting).mean(axis=0).astype(float), 0.97)
        accuracy = 100 * stage.validation(setting).mean(axis=0)
        panels[0, 0].plot(stage.result.steps, loss, color=colour, linestyle=dash)
        panels[0, 1].plot(stage.result.eval_steps, accuracy, color=colour, linestyle=dash)
        name = TEXT["spread"].format(rate=stage.rates[setting])
        losses[name], accuracies[name] = (loss[-1], colour), (accuracy[-1], colour)
        words.append(f"{name} ends at loss {loss[-1]:.2f} and {accuracy[-1]:.1f} %")
    panels[0, 0].set(xlabel=TEXT["step"], yscale="log")
    plain_ticks(panels[0, 0].yaxis, (0.05, 0.1, 0.2, 0.5, 1, 2))
    panels[0, 1].set(xlabel=TEXT["step"], ylim=(80, 94))
    for axes, title in zip(panels[0], ("loss", "percent"), strict=True):
        axes.set_title(TEXT[title], fontsize=16)
        axes.set_xlim(0, stage.result.steps[-1])
    name_lines(panels[0, 1], accuracies)
    return Picture(figure, "; ".join(words) + ".")


def final(test: Mapping[str, np.ndarray]) -> Picture:
    """Draw test accuracies, a dot a seed, with their mean and two standard errors."""
    figure, axes = new_figure(*BESIDE)
    words, names = [], list(test)[::-1]
    for row, name in enumerate(names):
        values = 100 * test[name]
        error = 2 * values.std(ddof=1) / math.sqrt(len(values))
        colour = COLOURS[0 if row == 0 else 1]
        axes.plot(values, np.full(len(values), row), "o", color=colour, alpha=0.25, markersize=8)
        axes.errorbar(values.mean(), row + 0.22, xerr=error, fmt="D", color=colour, capsize=6)
        words.append(f"{name}: {values.mean():.1f} ± {error:.1f} %")
    axes.set(xlabel=TEXT["test"], ylim=(-0.5, len(names) - 0.3))
    axes.set_yticks(range(len(names)), names)
    return Picture(figure, "Test accuracy. " + "; ".join(words[::-1]) + ".")


def gallery(curves: Mapping[str, SickCurves], letters: str = "ABCD") -> Picture:
    """Draw loss and accuracies of the runs behind some letters of the exercise, side by side."""
    figure, panels = _panels(2, len(letters), 11.5, 5.6)
    told = []
    for column, letter in enumerate(letters):
        one, (above, below) = curves[CASES[letter]], panels[:, column]
        above.plot(one.steps, one.loss[0], color=COLOURS[0], linewidth=0.7, alpha=0.8)
        above.plot(one.steps, smooth(one.loss[0], 0.95), color="black", linewidth=2)
        below.plot(one.eval_steps, one.train_accuracy.mean(axis=0), color=COLOURS[0])
        below.plot(one.eval_steps, one.val_accuracy.mean(axis=0), "--", color=COLOURS[1])
        above.set_title(letter, fontsize=18)
        above.set(ylim=(0, 4), xlim=(0, one.steps[-1]), xticks=[0, 400], yticks=[0, 2, 4])
        below.set(ylim=(0, 1.03), xlim=(0, one.steps[-1]), xticks=[0, 400])
        below.set(yticks=[0, 0.5, 1], xlabel=TEXT["step"])
        above.tick_params(labelbottom=False, labelleft=column == 0)
        below.tick_params(labelleft=column == 0)
        told.append(_sign(letter, one))
    panels[0, 0].set_ylabel(TEXT["loss"])
    panels[1, 0].set_ylabel(TEXT["accuracy"])
    figure.legend(
        *(panels[1, 0].get_lines(), [TEXT["train"], TEXT["held"]]),
        loc="outside lower center",
        ncols=2,
        frameon=False,
        fontsize=15,
    )
    return Picture(figure, " ".join(told))


def _sign(letter: str, one: SickCurves) -> str:
    train, held_out = (100 * part[:, -1].mean() for part in (one.train_accuracy, one.val_accuracy))
    return (
        f"{letter}: loss {one.loss[:, :20].mean():.2f} at first, "
        f"{one.loss[:, 280:300].mean():.2f} half-way, {one.loss[:, -20:].mean():.2f} at the end; "
        f"training {train:.0f} %, validation {held_out:.0f} %."
    )


def remedies(gains: Mapping[str, np.ndarray]) -> Picture:
    """Draw the validation points that undoing each cause gives: a dot a seed, and the mean."""
    figure, axes = new_figure(9.5, 4.6)
    names = sorted(gains, key=lambda name: gains[name].mean())
    for row, name in enumerate(names):
        points = 100 * gains[name]
        axes.barh(row, points.mean(), color=COLOURS[0], alpha=0.35, height=0.6)
        axes.plot(points, np.full(len(points), row), "o", color=COLOURS[0], markersize=7)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel(TEXT["remedy"])
    words = "; ".join(f"{name} {100 * gains[name].mean():.0f}" for name in names[::-1])
    return Picture(figure, f"Validation points gained by undoing the cause: {words}.")


def rounds(result: Halving) -> Picture:
    """Draw every trial's accuracy at the rounds it reached; the winner is marked."""
    figure, axes = new_figure(10.5, 4.2)
    scores = {int(i): [] for i in result.rounds[0].trained}
    for one in result.rounds:
        for index, score in zip(one.trained, one.score, strict=True):
            scores[int(index)].append(100 * score)
    steps = [one.steps for one in result.rounds]
    for index, row in scores.items():
        best = index == result.best
        style = {"color": COLOURS[1], "linewidth": 3.5} if best else {"color": COLOURS[0]}
        axes.plot(steps[: len(row)], row, "o-", markersize=6, alpha=1 if best else 0.35, **style)
    axes.set(xscale="log", xlabel=TEXT["step"], ylabel=TEXT["percent"])
    plain_ticks(axes.xaxis, steps)
    for one in result.rounds:
        words = TEXT["round"].format(count=len(one.trained))
        axes.text(one.steps, 101, words, ha="center", va="bottom", fontsize=15)
    axes.set_ylim(0, 100)
    counts = ", ".join(f"{len(one.trained)} at step {one.steps}" for one in result.rounds)
    final_score = np.nanmax(result.rounds[-1].score)
    return Picture(figure, f"Trials left: {counts}. The winner reaches {100 * final_score:.1f} %.")


def halving_chance(result: HalvingComparison) -> Picture:
    """Draw how good the trial is that each search chose, over all repetitions."""
    figure, axes = new_figure(9.5, 4.2)
    edges = np.linspace(87, 93, 25)  # what lies below is counted in the first column
    ends = {}
    for index, name in enumerate(("halving", "full")):
        values = 100 * (result.halving if name == "halving" else result.random)
        axes.hist(
            np.clip(values, edges[0], None),
            edges,
            histtype="stepfilled",
            alpha=0.3,
            color=COLOURS[index],
        )
        axes.axvline(values.mean(), color=COLOURS[index], linestyle=DASHES[index])
        ends[name] = values.mean()
    top = axes.get_ylim()[1]
    axes.text(
        ends["full"] - 0.2, top * 0.8, TEXT["full"], color=COLOURS[1], ha="right", fontsize=15
    )
    axes.text(ends["halving"] + 0.2, top * 0.95, TEXT["halving"], color=COLOURS[0], fontsize=15)
    axes.set(xlabel=TEXT["chosen"], yticks=[])
    return Picture(
        figure,
        f"With {result.updates} updates each, halving begins {result.trials[0]} trials and random "
        f"search {result.trials[1]}; halving wins with a chance of {100 * result.chance():.0f} %.",
    )
