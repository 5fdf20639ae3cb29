"""Pictures of lecture recurrent/04: single units on text, their honest scores, what they cost."""

from collections.abc import Mapping, Sequence

import numpy as np

from utils.analysis.ablation import Ablation, LineEnds, length_names
from utils.analysis.hidden_units import ChosenUnit
from utils.analysis.selection import Selection
from utils.plots import BESIDE, COLOURS, DASHES, Picture, name_lines, new_figure

GREY = "#777777"
MARKERS = "osD^"
CORRELATED = ("depth", "column")
NAMES = {"if_header": "if header", "depth": "depth", "column": "line position"}
TEXT = {
    "newline": "↵",
    "state": "tanh of the cell state",
    "inside": "inside",
    "truth": "inside a string",
    "outside": "outside",
    "share": "share of characters",
    "unit": "unit {unit}",
    "score": "AUC on other files",
    "either": "AUC (last two: correlation) on other files",
    "files": "files used to choose",
    "auc": "AUC of the best of {units} units",
    "true": "real, chosen",
    "true_out": "real, other files",
    "moved": "moved, chosen",
    "moved_out": "moved, other files",
    "random": "random units",
    "difference": "extra rise inside (nats)",
    "chosen": "chosen unit, 90 % band",
    "column": "characters before it in the line",
    "mean": "{state}, mean",
    "line": "length of the line that ends",
    "band": "unit {unit}, 90 % band",
    "rise": "rise of the loss at its end (nats)",
}


def named(name: str) -> str:
    """Return a property's name as a reader sees it."""
    return NAMES.get(name, name)


def trace(text: str, values: Mapping[str, np.ndarray], inside: np.ndarray) -> Picture:
    """Draw (T,) values of some units over the characters of one line; grey where inside."""
    figure, axes = new_figure(10.5, 4.0)
    places = np.arange(len(text))
    style = {"color": "#e2e2e2", "linewidth": 0, "width": 1, "label": TEXT["truth"]}
    axes.bar(places[inside], 2.2, bottom=-1.1, **style)
    for index, (name, row) in enumerate(values.items()):
        style = {"color": COLOURS[index], "linestyle": DASHES[index], "label": name}
        axes.step(places, row, where="mid", **style)
    shown = [TEXT["newline"] if one == "\n" else one.replace("$", r"\$") for one in text]
    axes.set_xticks(places, shown, family="monospace", fontsize=15)
    axes.tick_params(axis="x", length=0)
    axes.grid(visible=False, axis="x")
    axes.set(ylabel=TEXT["state"], ylim=(-1.1, 1.1), xlim=(-0.5, len(text) - 0.5))
    place = {"loc": "lower left", "bbox_to_anchor": (0, 1)}
    axes.legend(frameon=False, ncols=len(values) + 1, fontsize=15, **place)
    said = ", ".join(
        f"{name} is {row[inside].mean():.2f} inside and {row[~inside].mean():.2f} outside"
        for name, row in values.items()
    )
    return Picture(figure, f"On this line, on average, {said}.")


def histograms(values: np.ndarray, inside: np.ndarray, unit: int, score: float) -> Picture:
    """Draw how often a unit has each value (C,), inside a property and outside."""
    figure, axes = new_figure(*BESIDE)
    edges = np.linspace(-1, 1, 41)
    for index, (name, where) in enumerate((("inside", inside), ("outside", ~inside))):
        counts = np.histogram(values[where], edges)[0] / where.sum()
        style = {"color": COLOURS[index], "linestyle": DASHES[index], "linewidth": 2.5}
        axes.stairs(counts, edges, label=TEXT[name], fill=False, **style)
    axes.set(xlabel=f"{TEXT['state']}, {TEXT['unit'].format(unit=unit)}", ylabel=TEXT["share"])
    axes.legend(frameon=False, loc="upper center", fontsize=15)
    axes.set_xticks([-1, -0.5, 0, 0.5, 1])
    middle = [float(np.median(values[where])) for where in (inside, ~inside)]
    return Picture(
        figure,
        f"Unit {unit}: the middle value is {middle[0]:.2f} inside and {middle[1]:.2f} outside; "
        f"AUC {score:.3f}.",
    )


def scores(rows: Mapping[str, Sequence[ChosenUnit]], beside: bool = False) -> Picture:
    """Draw each property's score on other files with its band; one mark for each set of units."""
    figure, axes = new_figure(*(BESIDE if beside else (10.5, 4.8)))
    count = len(rows)
    for index, (name, found) in enumerate(rows.items()):
        colour = COLOURS[index]
        for place, each in enumerate(found):
            y = place + (index - (count - 1) / 2) * 0.24
            label = name if place == 0 else None
            axes.plot([each.low, each.high], [y, y], color=colour, linewidth=3, alpha=0.5)
            axes.plot(each.score, y, MARKERS[index], color=colour, markersize=9, label=label)
    names = [named(each.name) for each in next(iter(rows.values()))]
    axes.set_yticks(range(len(names)), names)
    aucs = sum(each.name not in CORRELATED for each in found)
    axes.plot([0.5, 0.5], [-0.5, aucs - 0.5], color=GREY, linestyle=":", linewidth=1.5)
    axes.set(ylim=(len(names) - 0.5, -0.5), xlim=(0.45, 1.01))
    axes.set_xlabel(TEXT["score" if aucs == len(names) else "either"])
    axes.legend(frameon=False, ncols=count, loc="lower right", bbox_to_anchor=(1, 1), fontsize=14)
    said = "; ".join(
        f"{name}: " + ", ".join(f"{named(each.name)} {each.score:.2f}" for each in found)
        for name, found in rows.items()
    )
    return Picture(figure, f"Scores on other files. {said}.")


def along_the_line(
    values: np.ndarray, column: np.ndarray, inside: np.ndarray, unit: int, name: str
) -> Picture:
    """Draw the mean of a unit (C,) against the position in the line, inside a property and outside.

    The shade holds the middle 80 % of the characters at that position.
    """
    figure, axes = new_figure(*BESIDE)
    width, last = 4, 80
    middles = np.arange(0, last, width) + (width - 1) / 2
    means, ends = {}, {}
    for index, (label, where) in enumerate(((name, inside), ("other text", ~inside))):
        groups = [values[where & (column // width == b)] for b in range(last // width)]
        low, high = np.array([np.percentile(group, [10, 90]) for group in groups]).T
        means[label] = np.array([group.mean() for group in groups])
        axes.plot(middles, means[label], color=COLOURS[index], linestyle=DASHES[index])
        axes.fill_between(middles, low, high, color=COLOURS[index], alpha=0.13, linewidth=0)
        ends[label] = (means[label][-1], COLOURS[index])
    mean = TEXT["mean"].format(state=TEXT["unit"].format(unit=unit))
    axes.set(xlabel=TEXT["column"], ylabel=mean, ylim=(-1.05, 1.05), xlim=(0, last))
    name_lines(axes, ends)
    said = "; ".join(f"{label}: from {row[0]:.2f} to {row[-1]:.2f}" for label, row in means.items())
    return Picture(figure, f"Unit {unit} along the line. {said}.")


def luck(found: Selection, units: int) -> Picture:
    """Draw the best unit's AUC against the files it was chosen on, real and moved truth."""
    figure, axes = new_figure(*BESIDE)
    lines = {
        "true": found.chosen,
        "true_out": found.held_out,
        "moved": found.moved_chosen,
        "moved_out": found.moved_held_out,
    }
    ends = {}
    for index, (name, rows) in enumerate(lines.items()):
        colour, dash = COLOURS[index // 2], DASHES[index % 2]
        mean, (low, high) = rows.mean(axis=1), np.percentile(rows, [10, 90], axis=1)
        axes.plot(found.sizes, mean, "o", linestyle=dash, color=colour)
        axes.fill_between(found.sizes, low, high, color=colour, alpha=0.12, linewidth=0)
        ends[TEXT[name]] = (mean[-1], colour)
    axes.set_xscale("log", base=2)
    axes.set_xticks(found.sizes, [str(size) for size in found.sizes])
    axes.set(xlabel=TEXT["files"], ylabel=TEXT["auc"].format(units=units), ylim=(0.4, 1.02))
    axes.axhline(0.5, color=GREY, linestyle=":", linewidth=1.5)
    name_lines(axes, ends)
    first = [rows[0].mean() for rows in lines.values()]
    return Picture(
        figure,
        f"Chosen on {found.sizes[0]} file: real {first[0]:.2f}, on other files {first[1]:.2f}; "
        f"a moved truth {first[2]:.2f}, on other files {first[3]:.2f}.",
    )


def costs(found: Sequence[Ablation], beside: bool = False) -> Picture:
    """Draw the extra rise of the loss inside a property: the chosen unit and random ones."""
    figure, axes = new_figure(*(BESIDE if beside else (10.5, 4.4)))
    for place, each in enumerate(found):
        first = place == 0
        others = each.random_inside - each.random_outside
        scatter = place + np.linspace(0.12, 0.32, len(others))
        axes.plot(
            others, scatter, "x", color=GREY, markersize=8, label=TEXT["random"] if first else None
        )
        axes.plot([each.low, each.high], [place, place], color=COLOURS[0], linewidth=4, alpha=0.45)
        style = {"color": COLOURS[0], "markersize": 10}
        axes.plot(each.difference, place, "o", label=TEXT["chosen"] if first else None, **style)
    names = [f"{named(each.name)}\n{TEXT['unit'].format(unit=each.unit)}" for each in found]
    axes.set_yticks(range(len(found)), names)
    axes.axvline(0, color=GREY, linestyle=":", linewidth=1.5)
    axes.set(xlabel=TEXT["difference"], ylim=(len(found) - 0.4, -0.5))
    axes.legend(frameon=False, ncols=2, loc="lower right", bbox_to_anchor=(1, 1), fontsize=14)
    said = ", ".join(f"{named(each.name)} {each.difference:+.3f}" for each in found)
    largest = max(float(np.max(each.random_inside - each.random_outside)) for each in found)
    return Picture(
        figure,
        f"Extra rise of the loss inside, in nats: {said}. The largest of a random unit is "
        f"{largest:+.3f}.",
    )


def line_ends(found: LineEnds) -> Picture:
    """Draw the rise of the loss at the ends of lines against their length, and random units'."""
    figure, axes = new_figure(*BESIDE)
    places = np.arange(len(found.lengths))
    others = np.linspace(0.12, 0.32, len(found.random_rise))
    for index, row in enumerate(found.random_rise):
        label = TEXT["random"] if index == 0 else None
        axes.plot(places + others[index], row, "x", color=GREY, markersize=8, label=label)
    axes.vlines(places, found.low, found.high, color=COLOURS[0], linewidth=4, alpha=0.45)
    label = TEXT["band"].format(unit=found.unit)
    axes.plot(places, found.rise, "o", color=COLOURS[0], markersize=10, label=label)
    names = length_names(found.lengths)
    axes.set_xticks(places, [name.replace(" to ", "–") for name in names])
    axes.axhline(0, color=GREY, linestyle=":", linewidth=1.5)
    axes.set(xlabel=TEXT["line"], ylabel=TEXT["rise"])
    axes.legend(frameon=False, loc="upper left", fontsize=15)
    rises = zip(names, found.rise, strict=True)
    said = ", ".join(f"{name} characters {rise:+.3f}" for name, rise in rises)
    return Picture(
        figure,
        f"Without unit {found.unit} the loss at the end of a line rises by, in nats: {said}. The "
        f"largest of a random unit is {found.random_rise.max():+.3f}.",
    )
