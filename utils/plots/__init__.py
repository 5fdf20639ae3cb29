"""One matplotlib style for the course, and pictures that carry their finding as alt text.

The pictures of each lecture are in the modules of this package, one a lecture.

Colours are those of Okabe and Ito (2008), told apart by colour-blind readers; every line also
has its own dash pattern and its name written beside it.
"""

import io
from base64 import b64encode
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9")
BESIDE = (7.6, 4.8)  # inches: the size that stays legible beside the question of a prediction
DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
STYLE = {
    "font.size": 15,
    "axes.titlesize": 16,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e4e4e4",
    "lines.linewidth": 2.2,
    "svg.fonttype": "path",
    "svg.hashsalt": "course",
}


class Picture:
    """A finished figure for a notebook or a deck: SVG with alt text, one ``text/html`` output."""

    def __init__(self, figure: Figure, alt: str) -> None:
        self.figure, self.alt = figure, alt

    def svg(self) -> str:
        """Return the figure as SVG text, the same for the same data."""
        buffer = io.StringIO()
        with matplotlib.rc_context(STYLE):
            self.figure.savefig(buffer, format="svg", metadata={"Date": None})
        return buffer.getvalue()

    def html(self) -> str:
        """Return the figure as one ``<img>`` that needs no other file."""
        data = b64encode(self.svg().encode()).decode("ascii")
        style = "max-width:100%;height:auto;background:#fff;border-radius:6px"
        image = f'<img style="{style}" alt="{escape(self.alt, quote=True)}"'
        return f'{image} src="data:image/svg+xml;base64,{data}">'

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": self.alt}


def new_figure(width: float = 10.5, height: float = 4.6, columns: int = 1) -> tuple[Figure, Any]:
    """Return (figure, axes) in the course's style; ``columns`` axes side by side."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(1, columns)
    return figure, axes


def name_lines(axes: Axes, names: Mapping[str, tuple[float, str]], gap: float = 0.075) -> None:
    """Write each line's name at its right end, moved apart where two would touch.

    ``names``: name -> (height in data units, colour). ``gap`` is a share of the axes' height.
    """
    to_axes = axes.transData + axes.transAxes.inverted()
    last = -np.inf
    for name, (height, colour) in sorted(names.items(), key=lambda item: item[1][0]):
        y = max(to_axes.transform((axes.get_xlim()[1], height))[1], last + gap)
        last = y
        axes.text(1.01, y, name, color=colour, transform=axes.transAxes, va="center", fontsize=15)


def plain_ticks(axis: Axis, values: Iterable[float]) -> None:
    """Mark a logarithmic axis at ``values``, written as plain numbers."""
    axis.set_major_locator(FixedLocator(list(values)))
    axis.set_major_formatter(FuncFormatter(lambda value, place: f"{value:g}"))
    axis.set_minor_locator(NullLocator())


def bands(
    axes: Axes, curves: Mapping[str, np.ndarray], *, x: np.ndarray | None = None, log: bool = True
) -> None:
    """Draw each (R, S) set of curves as its mean and the range of its middle 80 %."""
    ends = {}
    for index, (name, rows) in enumerate(curves.items()):
        colour = COLOURS[index % len(COLOURS)]
        steps = np.arange(1, rows.shape[1] + 1) if x is None else x
        mean = rows.mean(axis=0)
        axes.plot(steps, mean, color=colour, linestyle=DASHES[index % len(DASHES)])
        low, high = np.percentile(rows, [10, 90], axis=0)
        axes.fill_between(steps, low, high, color=colour, alpha=0.15, linewidth=0)
        ends[name] = (mean[-1], colour)
    axes.set_xlim(steps[0], steps[-1])
    if log:
        axes.set_yscale("log")
        plain_ticks(axes.yaxis, (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2))
    name_lines(axes, ends)
