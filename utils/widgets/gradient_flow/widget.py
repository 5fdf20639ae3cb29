"""GradientFlow: drag the largest singular value of Wh (Lecture 12, gradient flow).

All gradients were measured beforehand. The view shows, for the value chosen, the norm of dL/dh_t
at every time step for each cell, its band over draws, and the line of the theory.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from utils.widgets.poster import figure_png, new_figure
from utils.widgets.view import View

if TYPE_CHECKING:
    from utils.training.gradient_flow import GradientNorms

TEXT = {
    "label": "Norm of the gradient at every time step, on a log axis.",
    "slider": "Largest singular value of Wh",
    "chartTitle": "norm of ∂L/∂hₜ, relative to the last step (line: median, band: all draws)",
    "timeTitle": "time step t (the loss is read at the last one)",
    "theory": "theory σ^(T − t)",
    "linear": "linear RNN",
    "tanh": "tanh RNN",
    "lstm": "LSTM",
    "summary": "Largest singular value {value}. The gradient {steps} steps back, relative to the "
    "last step: {cells}",
    "cell": "{name}: {power}, {verdict}.",
    "vanished": "vanished",
    "exploded": "exploded",
    "alive": "still usable",
    "nothing": "No cell is shown.",
}
MESSAGES = {
    "alt": "Over {steps} steps back the gradient of the {name} changes by a factor of "
    "10^{low:.0f} at σ = {first} and 10^{high:.0f} at σ = {last}.",
    "none": "GradientFlow needs at least one measured cell.",
    "short": "GradientFlow needs at least 2 time steps.",
    "same": "All cells of a view need the same singular values and time steps.",
    "twice": "Each cell may stand in the view once.",
}
FLOOR = 1e-300  # a gradient of exactly 0 has no logarithm


def flow_data(flows: "Sequence[GradientNorms]") -> dict[str, Any]:
    """Return what the view draws: powers of ten (C, S, T) of the median and the extremes.

    All are relative to the gradient at the last step. ValueError for no flow, for one time step,
    for a cell that comes twice, and for flows of different singular values or lengths.
    """
    if not flows:
        raise ValueError(MESSAGES["none"])
    values, steps = flows[0].singular_values, flows[0].hidden.shape[-1]
    if steps < 2:
        raise ValueError(MESSAGES["short"])
    for flow in flows:
        if flow.hidden.shape[-1] != steps or not np.array_equal(flow.singular_values, values):
            raise ValueError(MESSAGES["same"])
    names = [flow.cell for flow in flows]
    if len(set(names)) < len(names):
        raise ValueError(MESSAGES["twice"])
    powers = [np.log10(np.maximum(flow.hidden / flow.hidden[..., -1:], FLOOR)) for flow in flows]
    reduced = {"mid": np.median, "low": np.min, "high": np.max}
    return {
        "values": values.round(6).tolist(),
        "steps": steps,
        "cells": names,
        **{
            name: [f(each, axis=1).round(2).tolist() for each in powers]
            for name, f in reduced.items()
        },
    }


def describe(data: dict[str, Any]) -> str:
    """Return the finding in one sentence a cell: the alt text."""
    ends = {"first": data["values"][0], "last": data["values"][-1], "steps": data["steps"] - 1}
    return " ".join(
        MESSAGES["alt"].format(name=TEXT[cell], low=rows[0][0], high=rows[-1][0], **ends)
        for cell, rows in zip(data["cells"], data["mid"], strict=True)
    )


def poster(data: dict[str, Any], selected: int) -> bytes:
    """Return the picture for readers without scripts: one singular value."""
    figure = new_figure()
    axes = figure.subplots()
    time = np.arange(1, data["steps"] + 1)
    styles = zip(("#0b62b8", "#b35900", "#57606a"), ("-", "--", ":"), strict=True)
    for index, (cell, (colour, dash)) in enumerate(zip(data["cells"], styles, strict=False)):
        axes.plot(
            time, data["mid"][index][selected], color=colour, linestyle=dash, label=TEXT[cell]
        )
        extremes = data["low"][index][selected], data["high"][index][selected]
        axes.fill_between(time, *extremes, color=colour, alpha=0.15)
    axes.set(xlabel=TEXT["timeTitle"], ylabel="log10")
    axes.set_title(f"{TEXT['slider']}: {data['values'][selected]:g}", loc="left")
    axes.legend(frameon=False)
    return figure_png(figure)


class GradientFlow(View):
    """The view of results of :func:`gradient_flow`, one a cell, alive without a kernel.

    ``selected`` is the largest singular value shown first: the nearest one measured.
    """

    def __init__(self, flows: "Sequence[GradientNorms]", *, selected: float = 0.9) -> None:
        data = flow_data(flows)
        first = int(np.abs(np.array(data["values"]) - selected).argmin())
        state = {
            "data": data,
            "selected": first,
            "shown": [True] * len(data["cells"]),
            "text": TEXT,
        }
        super().__init__("gradient_flow", state, poster=poster(data, first), alt=describe(data))
