"""Pictures of lecture training/04: what averaging answers, or weights, gains."""

from collections.abc import Mapping, Sequence

import numpy as np
from torch import Tensor

from utils.models.classifiers import accuracy
from utils.plots import BESIDE, COLOURS, DASHES, Picture, bands, name_lines, new_figure
from utils.training.ensembles import EqualCompute, Predictions

TEXT = {
    "class": "class",
    "probability": "probability",
    "average": "average",
    "member": "member {number}",
    "members": "members in the ensemble",
    "test": "test accuracy (%)",
    "step": "step",
    "rate": "learning rate",
    "snapshots": "snapshots averaged",
    "newest": "newest alone",
    "together": "all so far",
    "gain": "test accuracy gained over one long run (points)",
    "dear": "{name}\n({times} × the updates)",
    "last": "last weights",
    "averaged": "averaged weights",
}


def three_members(probabilities: np.ndarray, names: list[str]) -> Picture:
    """Draw what each member says of one example, and their average; (M, C) in 0..1."""
    figure, axes = new_figure(*BESIDE)
    rows = np.vstack([probabilities, probabilities.mean(axis=0)])
    labels = [TEXT["member"].format(number=i + 1) for i in range(len(probabilities))]
    labels.append(TEXT["average"])
    width = 0.8 / len(rows)
    for i, (row, label) in enumerate(zip(rows, labels, strict=True)):
        place = np.arange(len(names)) + (i - (len(rows) - 1) / 2) * width
        colour = COLOURS[4] if label == TEXT["average"] else COLOURS[i]
        axes.bar(place, row, 0.9 * width, color=colour, label=label)
    axes.set_xticks(range(len(names)), names)
    axes.set(xlabel=TEXT["class"], ylabel=TEXT["probability"], ylim=(0, 1))
    axes.legend(frameon=False, fontsize=14, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1))
    said = ", ".join(names[i] for i in probabilities.argmax(axis=1))
    answer = names[int(rows[-1].argmax())]
    return Picture(figure, f"The members answer {said}; their average answers {answer}.")


def by_size(accuracies: np.ndarray) -> Picture:
    """Draw test accuracy against the number of members; (M, draws) in 0..1."""
    figure, axes = new_figure(*BESIDE)
    sizes = np.arange(1, len(accuracies) + 1)
    rows = 100 * accuracies
    low, high = np.percentile(rows, [10, 90], axis=1)
    axes.fill_between(sizes, low, high, color=COLOURS[0], alpha=0.15, linewidth=0)
    axes.plot(sizes, rows.mean(axis=1), "o-", color=COLOURS[0])
    axes.set(xlabel=TEXT["members"], ylabel=TEXT["test"], xlim=(0.5, len(sizes) + 0.5))
    first, last = rows.mean(axis=1)[[0, -1]]
    return Picture(
        figure,
        f"One member reaches {first:.1f} % on test digits, {len(sizes)} members {last:.1f} %; "
        "most of the gain comes with the first few.",
    )


def rates(tables: Mapping[str, np.ndarray]) -> Picture:
    """Draw the rate of every update, one line a schedule."""
    figure, axes = new_figure()
    ends = {}
    for i, (name, table) in enumerate(tables.items()):
        axes.plot(table, color=COLOURS[i], linestyle=DASHES[i])
        ends[name] = (table[len(table) // 2 if i else -1], COLOURS[i])
    axes.set(xlabel=TEXT["step"], ylabel=TEXT["rate"], xlim=(0, len(table) - 1))
    name_lines(axes, ends)
    return Picture(figure, "The cyclic rate falls to almost 0 and returns to its peak, again.")


def snapshots(runs: Predictions, labels: Tensor) -> Picture:
    """Draw the newest snapshot alone and the average of all so far, after each cycle."""
    figure, axes = new_figure(*BESIDE)
    counts = np.arange(1, len(runs.steps) + 1)
    sums = runs.test.cumsum(0) / runs.test.new_tensor(counts).view(-1, 1, 1, 1)
    curves = {
        TEXT["newest"]: 100 * accuracy(runs.test, labels).numpy().T,
        TEXT["together"]: 100 * accuracy(sums, labels).numpy().T,
    }
    bands(axes, curves, x=counts, log=False)
    axes.set_xticks(counts)
    axes.set(xlabel=TEXT["snapshots"], ylabel=TEXT["test"])
    newest, together = (rows[:, -1].mean() for rows in curves.values())
    return Picture(
        figure,
        f"After the last cycle the newest snapshot reaches {newest:.1f} %, "
        f"the average of all {together:.1f} %.",
    )


def equal_compute(result: EqualCompute, base: str = "one long run") -> Picture:
    """Draw each way's gain over one long run with two standard errors."""
    figure, axes = new_figure(*BESIDE)
    ways = [name for name in result.names if name != base]
    found = {name: result.gain(name, base) for name in ways}
    for place, name in enumerate(ways):
        mean, error = found[name]
        axes.errorbar(
            mean, place, xerr=2 * error, fmt="o", markersize=9, capsize=5, color=COLOURS[0]
        )
    times = dict(zip(result.names, result.compute, strict=True))
    labels = [n if times[n] == 1 else TEXT["dear"].format(name=n, times=times[n]) for n in ways]
    axes.set_yticks(range(len(ways)), labels)
    axes.axvline(0, color="#888888", linewidth=1.5)
    axes.set(ylim=(-0.6, len(ways) - 0.4))
    axes.set_xlabel(TEXT["gain"], loc="right")
    axes.invert_yaxis()
    said = [f"{name} {mean:+.1f} ± {2 * error:.1f}" for name, (mean, error) in found.items()]
    return Picture(figure, f"Points gained over one long run: {', '.join(said)}.")


def averaged_weights(runs: Predictions, labels: Tensor) -> Picture:
    """Draw test accuracy of the last weights and of their moving average during a run."""
    figure, axes = new_figure(*BESIDE)
    curves = {
        TEXT["last"]: 100 * accuracy(runs.test, labels).numpy().T,
        TEXT["averaged"]: 100 * accuracy(runs.averaged_test, labels).numpy().T,
    }
    bands(axes, curves, x=np.array(runs.steps), log=False)
    axes.set(xlabel=TEXT["step"], ylabel=TEXT["test"])
    last, averaged = (rows[:, -1].mean() for rows in curves.values())
    return Picture(
        figure,
        f"At a rate that is too high, the last weights reach {last:.1f} %, "
        f"their moving average {averaged:.1f} %.",
    )


def two_averages(names: Sequence[str], reached: Sequence[float]) -> Picture:
    """Draw the test accuracies, in per cent, of two networks and of their two averages."""
    figure, axes = new_figure()
    axes.barh(range(len(names)), reached, 0.6, color=[COLOURS[0]] * 2 + [COLOURS[1], COLOURS[2]])
    for place, value in enumerate(reached):
        axes.text(value + 0.5, place, f"{value:.1f}", va="center", fontsize=15)
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel=TEXT["test"], xlim=(0, 105))
    axes.invert_yaxis()
    said = ", ".join(f"{name} {value:.1f} %" for name, value in zip(names, reached, strict=True))
    return Picture(figure, f"Test accuracy: {said}.")
