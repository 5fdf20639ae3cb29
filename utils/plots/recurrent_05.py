"""Pictures of lecture recurrent/05: gradients through time, recall over a delay, and clipping."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from matplotlib.axes import Axes

from utils.plots import BESIDE, COLOURS, DASHES, Picture, name_lines, new_figure, plain_ticks
from utils.training.clipping import NO_CLIPPING, Clipping
from utils.training.gradient_flow import GradientNorms
from utils.training.recall import Recall

WIDE = (10.5, 4.6)
TEXT = {
    "time": "time step t",
    "norm": r"norm of $\partial L / \partial h_t$",
    "cell_norm": r"norm of $\partial L / \partial c_t$",
    "theory": r"dotted: theory $\sigma^{\,T-t}$",
    "value": "σ = {value:g}",
    "rank": "number, from the largest",
    "singular": "singular values",
    "eigen": "sizes of eigenvalues",
    "delay": "longest delay solved (time steps)",
    "none": "none",
    "loss": "loss (nats)",
    "update": "update",
    "gradient": "norm of the gradient",
    "free": "not clipped",
    "clipped": "clipped to {largest:g}",
    "rate": "learning rate",
    "largest": "largest norm allowed",
    "no_limit": "none",
    "solved": "seeds of {seeds} that solve the task",
}


def flow(found: GradientNorms, values: Sequence[float], beside: bool = False) -> Picture:
    """Draw ‖∂L/∂h_t‖ against t for some singular values: median, range of draws, theory line."""
    figure, axes = new_figure(*(BESIDE if beside else WIDE))
    time = np.arange(1, found.hidden.shape[-1] + 1)
    ends, words = {}, []
    for index, value in enumerate(values):
        row = _row(found, value)
        axes.plot(time, found.theory[row], color="#333333", linestyle=":", linewidth=4, alpha=0.6)
        _band(axes, time, found.hidden[row], index)
        middle = np.median(found.hidden[row], axis=0)
        ends[TEXT["value"].format(value=value)] = (middle[0], COLOURS[index])
        words.append(f"{middle[0]:.1e} at σ = {value:g}, theory {found.theory[row, 0]:.1e}")
    _name_left(axes, ends)
    axes.set(xlabel=TEXT["time"], ylabel=TEXT["norm"], yscale="log")
    axes.set_title(TEXT["theory"], loc="left", fontsize=16)
    return Picture(figure, f"The gradient at the first of {time[-1]} steps: {'; '.join(words)}.")


def _row(found: GradientNorms, value: float) -> int:
    return int(np.abs(found.singular_values - value).argmin())


def _band(axes: Axes, x: np.ndarray, rows: np.ndarray, index: int) -> None:
    """Draw the median of the rows (K, T) and their whole range."""
    colour = COLOURS[index]
    axes.plot(x, np.median(rows, axis=0), color=colour, linestyle=DASHES[index])
    axes.fill_between(x, rows.min(axis=0), rows.max(axis=0), color=colour, alpha=0.18, linewidth=0)


def _name_left(axes: Axes, ends: Mapping[str, tuple[float, str]]) -> None:
    """Write each line's name at its left end, beside the axis of a logarithmic picture."""
    axes.set_yscale("log")
    axes.yaxis.tick_right()
    axes.yaxis.set_label_position("right")
    axes.spines[["left"]].set_visible(False)
    axes.spines[["right"]].set_visible(True)
    axes.set_xlim(1, None)
    low, high = np.log(axes.get_ylim())
    last = -np.inf
    for name, (height, colour) in sorted(ends.items(), key=lambda item: item[1][0]):
        last = max((np.log(height) - low) / (high - low), last + 0.075)
        style = {"color": colour, "transform": axes.transAxes, "va": "center", "ha": "right"}
        axes.text(-0.015, last, name, fontsize=15, **style)


def compare(
    flows: Mapping[str, GradientNorms],
    value: float,
    *,
    cell_state: bool = False,
    theory: bool = False,
) -> Picture:
    """Draw the gradient's norm against t for several networks at one singular value."""
    figure, axes = new_figure(*BESIDE)
    ends, words = {}, []
    for index, (name, found) in enumerate(flows.items()):
        row = _row(found, value)
        norms = (found.cell_state if cell_state else found.hidden)[row]
        time = np.arange(1, norms.shape[-1] + 1)
        _band(axes, time, norms, index)
        middle = np.median(norms, axis=0)[0]
        ends[name] = (middle, COLOURS[index])
        words.append(f"{middle:.1e} for {name}".replace("\n", " "))
        if theory and not index:
            axes.plot(
                time, found.theory[row], color="#333333", linestyle=":", linewidth=4, alpha=0.6
            )
            axes.set_title(TEXT["theory"], loc="left", fontsize=16)
    _name_left(axes, ends)
    axes.set(xlabel=TEXT["time"], ylabel=TEXT["cell_norm" if cell_state else "norm"])
    return Picture(
        figure, f"At σ = {value:g} the gradient at the first time step is {', '.join(words)}."
    )


def spectra(weights: Mapping[str, torch.Tensor]) -> Picture:
    """Draw the singular values of each Wh and the sizes of its eigenvalues, largest first."""
    figure, panels = new_figure(10.5, 4.4, columns=2)
    words = []
    for axes, (name, Wh) in zip(panels, weights.items(), strict=True):
        singular = torch.linalg.svdvals(Wh).numpy()
        eigen = torch.linalg.eigvals(Wh).abs().sort(descending=True).values.numpy()
        number = np.arange(1, len(singular) + 1)
        axes.plot(number, singular, "o", color=COLOURS[0], label=TEXT["singular"])
        axes.plot(number, eigen, "x", color=COLOURS[1], markersize=8, label=TEXT["eigen"])
        axes.axhline(1, color="#555555", linestyle=":", linewidth=2)
        axes.set_title(name, fontsize=16)
        axes.set(xlabel=TEXT["rank"], ylim=(0, 1.65))
        words.append(
            f"{name}: the largest singular value is {singular[0]:.2f}, the largest eigenvalue "
            f"has size {eigen[0]:.2f}"
        )
    panels[0].legend(frameon=False, loc="lower left", fontsize=15)
    return Picture(figure, f"{'. '.join(words)}.")


def longest(found: Sequence[Recall]) -> Picture:
    """Draw the longest delay that each seed of each cell solves: one dot a seed."""
    figure, axes = new_figure(*BESIDE)
    delays = max((each.delays for each in found), key=len)
    places = {0: 0, **{delay: place for place, delay in enumerate(delays, start=1)}}
    for height, each in enumerate(reversed(found)):
        reached = np.array([places[delay] for delay in each.longest.tolist()])
        for place in np.unique(reached):
            count = int((reached == place).sum())
            spread = 0.14 * (np.arange(count) - (count - 1) / 2)
            colour = COLOURS[(len(found) - 1 - height) % len(COLOURS)]
            axes.plot(np.full(count, place), height + spread, "o", color=colour, markersize=9)
    axes.set_xticks(list(places.values()), [TEXT["none"], *map(str, delays)])
    axes.set_yticks(range(len(found)), [each.cell.replace(", ", ",\n") for each in reversed(found)])
    axes.set(xlabel=TEXT["delay"], xlim=(-0.3, len(delays) + 0.3), ylim=(-0.6, len(found) - 0.4))
    words = "; ".join(f"{each.cell}: {', '.join(map(str, each.longest))}" for each in found)
    return Picture(figure, f"Longest delay solved, one number a seed. {words}.")


def runs(found: Clipping, learning_rate: float, largest: float) -> Picture:
    """Draw loss and gradient norm at one rate, not clipped and clipped: median and range."""
    figure, panels = new_figure(10.5, 4.6, columns=2)
    update = np.arange(1, found.loss.shape[-1] + 1)
    names = (TEXT["free"], TEXT["clipped"].format(largest=largest))
    tables = ((found.loss, TEXT["loss"]), (found.norm, TEXT["gradient"]))
    for axes, (table, label) in zip(panels, tables, strict=True):
        for index, limit in enumerate((NO_CLIPPING, largest)):
            _band(axes, update, table[found.at(learning_rate, limit)], 1 - index)
        axes.set(xlabel=TEXT["update"], ylabel=label, yscale="log")
        axes.set_xlim(1, update[-1])
    panels[0].yaxis.set_minor_locator(panels[0].yaxis.get_major_locator())
    for height, (name, index) in enumerate(zip(names, (1, 0), strict=True)):
        panels[0].text(
            0.05,
            0.18 - 0.1 * height,
            f"{('- -', '—')[height]} {name}",
            color=COLOURS[index],
            transform=panels[0].transAxes,
            fontsize=15,
        )
    solved = [found.solved[found.at(learning_rate, limit)] for limit in (NO_CLIPPING, largest)]
    peaks = [found.norm[found.at(learning_rate, limit)].max() for limit in (NO_CLIPPING, largest)]
    return Picture(
        figure,
        f"At rate {learning_rate:g} the gradient's norm reaches {peaks[0]:.0f} without clipping "
        f"and {peaks[1]:.0f} with clipping to {largest:g}; {solved[0]} and {solved[1]} of "
        f"{found.accuracy.shape[-1]} seeds solve the task.",
    )


def grid(found: Clipping, beside: bool = False) -> Picture:
    """Draw for every rate and every largest norm how many seeds solve the task."""
    figure, axes = new_figure(*(BESIDE if beside else WIDE))
    seeds = found.accuracy.shape[-1]
    axes.grid(False)
    axes.imshow(found.solved / seeds, cmap="Blues", vmin=0, vmax=1.25, aspect="auto")
    for (row, column), count in np.ndenumerate(found.solved):
        colour = "white" if count > 0.6 * seeds else "black"
        axes.text(column, row, str(count), color=colour, ha="center", va="center", fontsize=18)
    names = [TEXT["no_limit"] if limit == NO_CLIPPING else f"{limit:g}" for limit in found.largest]
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(found.learning_rates)), [f"{r:g}" for r in found.learning_rates])
    axes.set(xlabel=TEXT["largest"], ylabel=TEXT["rate"])
    axes.set_title(TEXT["solved"].format(seeds=seeds), loc="left", fontsize=16)
    rows = "; ".join(
        f"rate {rate:g}: {', '.join(map(str, counts))}"
        for rate, counts in zip(found.learning_rates, found.solved, strict=True)
    )
    return Picture(
        figure,
        f"Seeds of {seeds} that solve the task, for largest norms {', '.join(names)}. {rows}.",
    )


def learning(found: Clipping, learning_rate: float, largest: Sequence[float]) -> Picture:
    """Draw the loss of a run that needs no clipping, with several largest norms."""
    figure, axes = new_figure(*BESIDE)
    update = np.arange(1, found.loss.shape[-1] + 1)
    ends = {}
    for index, limit in enumerate(largest):
        rows = found.loss[found.at(learning_rate, limit)]
        _band(axes, update, rows, index)
        name = TEXT["free"] if limit == NO_CLIPPING else f"{limit:g}"
        ends[name] = (np.median(rows, axis=0)[-1], COLOURS[index])
    axes.set(xlabel=TEXT["update"], ylabel=TEXT["loss"], yscale="log", xlim=(1, update[-1]))
    plain_ticks(axes.yaxis, (0.03, 0.1, 0.3, 1))
    name_lines(axes, ends)
    words = ", ".join(f"{height:.2f} ({name})" for name, (height, _) in ends.items())
    return Picture(figure, f"Median loss after {update[-1]} updates at {learning_rate:g}: {words}.")
