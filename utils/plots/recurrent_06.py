"""Pictures of lecture recurrent/06: the LSTM cell, its gates, its highway, and depth."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyBboxPatch

from utils.models.recurrent import LSTMTrace
from utils.plots import BESIDE, COLOURS, DASHES, Picture, new_figure
from utils.plots.attention_05 import bits
from utils.plots.recurrent_05 import longest
from utils.training.race import Race

__all__ = ["cell", "curves", "depths", "highways", "longest", "saturation", "stack"]

OPEN, SHUT = 0.9, 0.1  # a gate above or below counts as open or shut
GATE_NAMES = {"f": "forget gate f", "i": "input gate i", "o": "output gate o"}
TEXT = {
    "forget": "f\nforget",
    "input": "i\ninput",
    "candidate": "g\ncandidate",
    "output": "o\noutput",
    "steps": "time steps back",
    "layers": "layers back",
    "norm": "norm of the gradient",
    "layer": "layer (10 is the top)",
    "bits": "held-out bits a character",
    "open": "time open, above {level:g} (%)",
    "shut": "time shut, below {level:g} (%)",
}
GREY = "#5f6b76"


def cell() -> Picture:
    """Draw one step of an LSTM: the cell state above, the four layers that steer it below."""
    figure, axes = new_figure(10.5, 4.9)
    axes.axis("off")
    axes.set(xlim=(0, 10.5), ylim=(-0.5, 4.6), aspect="equal")
    axes.plot([0.6, 9.6], [3.9, 3.9], color=COLOURS[0], lw=7, solid_capstyle="butt", zorder=1)
    _arrow(axes, (9.4, 3.9), (10.2, 3.9), COLOURS[0], 7)
    for x, label in ((0.1, r"$c_{t-1}$"), (10.25, r"$c_t$")):
        axes.text(x, 4.35, label, fontsize=18, ha="left" if x < 5 else "right", color=COLOURS[0])
    places = {"forget": 2.0, "input": 3.9, "candidate": 5.4, "output": 7.3}
    for name, x in places.items():
        colour = COLOURS[1] if name == "candidate" else COLOURS[2]
        box = {"boxstyle": "round,pad=0.04", "fc": "white", "ec": colour, "lw": 2.4, "zorder": 3}
        axes.add_patch(FancyBboxPatch((x - 0.62, 0.75), 1.24, 0.8, **box))
        axes.text(x, 1.15, TEXT[name], ha="center", va="center", fontsize=14.5, zorder=4)
        axes.plot([x, x], [0.15, 0.72], color=GREY, lw=1.8)
    axes.plot([1.45, 7.3], [0.15, 0.15], color=GREY, lw=1.8)
    axes.text(0.1, 0.15, r"$x_t,\ h_{t-1}$", fontsize=18, ha="left", va="center", color=GREY)
    _sign(axes, 2.0, 3.9, "×")
    _arrow(axes, (2.0, 1.6), (2.0, 3.6), COLOURS[2])
    _sign(axes, 4.65, 2.6, "×")
    _arrow(axes, (3.9, 1.6), (4.43, 2.4), COLOURS[2])
    _arrow(axes, (5.4, 1.6), (4.87, 2.4), COLOURS[1])
    _sign(axes, 4.65, 3.9, "+")
    _arrow(axes, (4.65, 2.86), (4.65, 3.6), COLOURS[1])
    _sign(axes, 8.6, 1.15, "×")
    _arrow(axes, (7.95, 1.15), (8.3, 1.15), COLOURS[2])
    axes.plot([8.6, 8.6], [3.9, 2.75], color=COLOURS[0], lw=2.4, zorder=1)
    axes.text(8.6, 2.5, "tanh", ha="center", va="center", fontsize=15, color=COLOURS[0])
    _arrow(axes, (8.6, 2.25), (8.6, 1.45), COLOURS[0])
    _arrow(axes, (8.9, 1.15), (9.75, 1.15), COLOURS[3])
    axes.text(10.25, 1.15, r"$h_t$", fontsize=18, ha="right", va="center", color=COLOURS[3])
    return Picture(
        figure,
        "One step of an LSTM. The cell state runs straight through: it is multiplied by the "
        "forget gate f, then i times g is added. The hidden state is o times the tanh of the "
        "new cell state. The gates f, i, o and the candidate g read x and the hidden state before.",
    )


def _sign(axes: Axes, x: float, y: float, sign: str) -> None:
    axes.add_patch(Circle((x, y), 0.27, fc="white", ec="#333333", lw=2, zorder=3))
    axes.text(x, y - 0.02, sign, ha="center", va="center", fontsize=20, zorder=4)


def _arrow(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, width: float = 2
) -> None:
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": colour, "lw": width})


def highways(time: Mapping[str, np.ndarray], layers: Mapping[str, np.ndarray]) -> Picture:
    """Draw norms of gradients (draws, K), through time and through layers, from the last one."""
    figure, panels = new_figure(10.5, 4.8, columns=2)
    words = []
    for axes, curves, label in zip(panels, (time, layers), ("steps", "layers"), strict=True):
        _back(axes, curves)
        axes.set(xlabel=TEXT[label], ylim=(1e-16, 1e4))
        words += [f"{name} {_first(rows):.0e}" for name, rows in curves.items()]
    panels[0].set_ylabel(TEXT["norm"])
    steps = next(iter(time.values())).shape[1] - 1
    return Picture(figure, f"Gradient after {steps} steps or layers back: {', '.join(words)}.")


def _back(axes: Axes, curves: Mapping[str, np.ndarray]) -> None:
    """Draw each gradient against how far back it has come, its name beside its end."""
    for index, (name, rows) in enumerate(curves.items()):
        back = np.arange(rows.shape[1])
        middle, colour = np.median(rows, axis=0)[::-1], COLOURS[index]
        axes.plot(back, middle, color=colour, linestyle=DASHES[index])
        low, high = rows.min(axis=0)[::-1], rows.max(axis=0)[::-1]
        axes.fill_between(back, low, high, color=colour, alpha=0.18, linewidth=0)
        place = 0.55 * back[-1]
        height = middle[int(place)]
        above = height > 1e-2
        axes.text(
            place,
            height * (8 if above else 1 / 30),
            name,
            color=colour,
            fontsize=15,
            ha="center" if above else "right",
            va="bottom" if above else "top",
        )
    axes.set_yscale("log")
    axes.set_xlim(0, back[-1])


def _first(rows: np.ndarray) -> float:
    return float(np.median(rows, axis=0)[0])


def stack(curves: Mapping[str, np.ndarray]) -> Picture:
    """Draw the gradient at each layer of a stack, (draws, layers), the lowest layer first."""
    figure, axes = new_figure(*BESIDE)
    for index, (name, rows) in enumerate(curves.items()):
        layer, colour = np.arange(1, rows.shape[1] + 1), COLOURS[index]
        middle = np.median(rows, axis=0)
        axes.plot(layer, middle, "o", color=colour, linestyle=DASHES[index])
        axes.fill_between(layer, rows.min(0), rows.max(0), color=colour, alpha=0.18, linewidth=0)
        below = {"ha": "left", "va": "top"} if middle[0] < 0.1 else {"va": "bottom"}
        shift = 0.4 if middle[0] < 0.1 else 1.6
        axes.text(4.2, middle[3] * shift, name, color=colour, fontsize=16, **below)
    axes.set_yscale("log")
    axes.set(xlabel=TEXT["layer"], ylabel=TEXT["norm"], xticks=layer, ylim=(None, 20))
    words = ", ".join(f"{name} {_first(rows):.1e}" for name, rows in curves.items())
    return Picture(figure, f"Gradient that reaches the lowest of {layer[-1]} layers: {words}.")


def saturation(trace: LSTMTrace, marked: int | None = None) -> Picture:
    """Draw for each unit how often its gates are open and shut; a trace of (1, T, H) or (T, H).

    After Karpathy, Johnson and Fei-Fei (2015). ``marked``: a unit to point out.
    """
    figure, panels = new_figure(10.5, 4.6, columns=3)
    words = []
    for axes, (name, title) in zip(panels, GATE_NAMES.items(), strict=True):
        gate = np.asarray(getattr(trace, name)).reshape(-1, trace.c.shape[-1])
        opened, shut = 100 * (gate > OPEN).mean(axis=0), 100 * (gate < SHUT).mean(axis=0)
        axes.plot(shut, opened, "o", color=COLOURS[2], alpha=0.45, markersize=6, markeredgewidth=0)
        if marked is not None:
            axes.plot(shut[marked], opened[marked], "*", color=COLOURS[1], markersize=20)
            axes.text(
                min(shut[marked] + 5, 55),
                opened[marked],
                str(marked),
                color=COLOURS[1],
                fontsize=16,
                va="bottom",
            )
        axes.set(xlim=(-3, 103), ylim=(-3, 103), xticks=(0, 50, 100), yticks=(0, 50, 100))
        axes.set_xlabel(TEXT["shut"].format(level=SHUT), fontsize=14)
        axes.set_title(title, fontsize=16)
        words.append(f"{title} {opened.mean():.0f} % and {shut.mean():.0f} %")
    panels[0].set_ylabel(TEXT["open"].format(level=OPEN), fontsize=14)
    return Picture(
        figure, f"Time open and time shut, mean over {gate.shape[1]} units: {'; '.join(words)}."
    )


def curves(result: Race, *, updates: bool = False, plain: str = "1 layer") -> Picture:
    """Draw bits a character against seconds, or against updates.

    ``plain``: what the LSTM with one layer is called here.
    """
    names = (plain if name == "1 layer" else name for name in _short(result.names))
    return bits(replace(result, names=tuple(names)), updates=updates)


def _short(names: Sequence[str]) -> tuple[str, ...]:
    """Return names that leave room for the picture: a network is an LSTM if nothing is said."""
    return tuple(name.removeprefix("LSTM, ") for name in names)


def depths(races: Mapping[str, Race]) -> Picture:
    """Draw the last score of each kind and seed, for each race side by side: lower is better."""
    figure, panels = new_figure(10.5, 4.6, columns=len(races))
    words = []
    for axes, (title, found) in zip(np.atleast_1d(panels), races.items(), strict=True):
        names = _short(found.names)
        for row, final in enumerate(found.score[:, :, -1]):
            height = np.full(len(final), len(names) - 1 - row)
            axes.plot(final, height, "o", color=COLOURS[row % len(COLOURS)], markersize=9)
        axes.set_yticks(range(len(names)), list(reversed(names)))
        axes.set(xlabel=TEXT["bits"], ylim=(-0.6, len(names) - 0.4))
        axes.set_title(title, fontsize=16)
        said = ", ".join(
            f"{name} {score.mean():.3f}"
            for name, score in zip(names, found.score[:, :, -1], strict=True)
        )
        words.append(f"{title}: {said}")
    panels = np.atleast_1d(panels)
    low = min(axes.get_xlim()[0] for axes in panels)
    high = max(axes.get_xlim()[1] for axes in panels)
    for place, axes in enumerate(panels):
        axes.set_xlim(low, high)
        if place:
            axes.set_yticklabels([])
    seeds = next(iter(races.values())).score.shape[1]
    return Picture(figure, f"Held-out bits a character, mean of {seeds} seeds. {'. '.join(words)}.")
