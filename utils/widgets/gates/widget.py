"""Gates: read a text with an LSTM, and see what each gate does at each character.

The gates, the candidate and the cell state come from the trace of a network that really ran
(`utils.models.recurrent.lstm_trace`). Each number travels as two bytes, so that the two equations
of the LSTM hold to three digits in the page.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from utils.widgets import codec
from utils.widgets.poster import figure_png, new_figure
from utils.widgets.view import View

if TYPE_CHECKING:
    from utils.models.recurrent import LSTMTrace

TEXT = {
    "label": "A text, coloured by one unit's cell state, with the gates of this unit below it.",
    "unit": "Unit",
    "character": "Character",
    "place": "{place} of {count}",
    "characters": "part of the text",
    "legend": (
        "blue: c above 0, bar at the foot; red: c below 0, bar at the head; ↵ end of a line; → tab"
    ),
    "legendShort": "blue, foot: c above 0; red, head: below",
    "f": "forget gate f",
    "i": "input gate i",
    "o": "output gate o",
    "g": "candidate g",
    "c": "tanh of cell state c",
    "h": "hidden state h",
    "cellSum": ("c{t} = f·c{before} + i·g = {f} · {old} + {i} · {g} = {kept} + {added} = {c}"),
    "hiddenSum": "h{t} = o·tanh(c{t}) = {o} · tanh({inner}) = {o} · {squashed} = {h}",
    "newline": "the end of a line",
    "tab": "a tab",
    "space": "a space",
    "says": (
        "Unit {unit} at character {place} of {count}, {char}: it keeps {kept} of its old cell "
        "state and adds {added}, so c goes from {before} to {c}. "
        "The output gate lets {shown} of tanh(c) out."
    ),
    "flips": "The cell state changes its sign here.",
}
MESSAGES = {
    "text": "Gates needs a text of at least one character and at most {most}, not {given}.",
    "shape": (
        "Gates needs the trace of one text, {name} of shape (1, T, H) or (T, H) with T = {steps} "
        "for this text; it got {given}."
    ),
    "finite": "Gates needs finite numbers in {name}.",
    "range": "Gates needs {name} between {low} and 1, after its activation.",
    "identity": (
        "Gates needs an LSTM's trace, with c = f · (c before) + i · g and h = o · tanh(c); "
        "in this trace they differ by up to {gap:.2g}."
    ),
    "unit": "There is no unit {value!r}: the layer's units go from 0 to {last}.",
    "units": "Gates shows from 1 to {most} different units, not {given}.",
    "hidden": "Unit {value} is not among the shown units: add it to units.",
    "alt": (
        "A text of {count} characters, coloured by the cell state of unit {unit} of an LSTM, with "
        "the unit's gates below. On average the forget gate keeps {kept:.0f} % and the input gate "
        "lets {added:.0f} % in. The cell state changes its sign {flips} times."
    ),
}
MOST_UNITS = 64
MOST_CHARACTERS = 1000
LOWEST = {"i": 0, "f": 0, "o": 0, "g": -1}


def gates_data(trace: "LSTMTrace", text: str, units: Sequence[int] | None, unit: int) -> dict:
    """Return what the view draws; see `Gates`. Raises ValueError with one sentence."""
    if not 1 <= len(text) <= MOST_CHARACTERS:
        raise ValueError(MESSAGES["text"].format(most=MOST_CHARACTERS, given=len(text)))
    values = {name: _states(trace, name, len(text)) for name in ("i", "f", "g", "o", "c", "h")}
    _check_identity(values)
    shown = _chosen(values["c"], units, unit)
    start = _start(values)[shown]
    return {
        "text": "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text),
        "units": shown,
        "start": (start.round(4) + 0.0).tolist(),
        "values": {name: _precise(values[name][:, shown].T) for name in ("i", "f", "g", "o", "c")},
    }


def _states(trace: "LSTMTrace", name: str, steps: int) -> np.ndarray:
    """Return one part of the trace as (T, H) float64, checked."""
    given = getattr(trace, name)
    values = np.asarray(given.detach() if hasattr(given, "detach") else given, dtype=np.float64)
    own = values[0] if values.ndim == 3 and len(values) == 1 else values
    if own.ndim != 2 or len(own) != steps or own.shape != np.shape(trace.c)[-2:]:
        given = tuple(values.shape)
        raise ValueError(MESSAGES["shape"].format(name=name, steps=steps, given=given))
    if not np.isfinite(own).all():
        raise ValueError(MESSAGES["finite"].format(name=name))
    low = LOWEST.get(name)
    if low is not None and (own.min() < low or own.max() > 1):
        raise ValueError(MESSAGES["range"].format(name=name, low=low))
    return own


def _check_identity(values: dict[str, np.ndarray]) -> None:
    added = values["i"] * values["g"]
    cells = np.abs(values["f"][1:] * values["c"][:-1] + added[1:] - values["c"][1:])
    hidden = np.abs(values["o"] * np.tanh(values["c"]) - values["h"])
    gap = max(float(cells.max(initial=0)), float(hidden.max()))
    if gap > 1e-3:
        raise ValueError(MESSAGES["identity"].format(gap=gap))


def _start(values: dict[str, np.ndarray]) -> np.ndarray:
    """Return the cell state before the first character (H,): what the first one left over."""
    kept = values["c"][0] - values["i"][0] * values["g"][0]
    kept[np.abs(kept) < 1e-5] = 0  # rounding, not a state
    return kept / np.maximum(values["f"][0], 1e-6)


def _chosen(cells: np.ndarray, units: Sequence[int] | None, unit: int) -> list[int]:
    """Return the numbers of the units to show, in order, ``unit`` among them."""
    count = cells.shape[1]
    for value in (unit, *(units if units is not None else ())):
        if not isinstance(value, int | np.integer) or not 0 <= value < count:
            raise ValueError(MESSAGES["unit"].format(value=value, last=count - 1))
    if units is None:
        busiest = np.argsort(-np.tanh(cells).std(axis=0), kind="stable")
        others = [int(one) for one in busiest if one != unit]
        return sorted([int(unit), *others[: MOST_UNITS - 1]])
    chosen = sorted({int(one) for one in units})
    if not 1 <= len(chosen) <= MOST_UNITS or len(chosen) != len(units):
        raise ValueError(MESSAGES["units"].format(most=MOST_UNITS, given=len(units)))
    if unit not in chosen:
        raise ValueError(MESSAGES["hidden"].format(value=unit))
    return chosen


def _precise(values: np.ndarray) -> dict[str, Any]:
    """Return numbers as two bytes each: the second holds what the first one rounded away."""
    low, high = float(values.min()), float(values.max())
    high = high if high > low else low + 1
    coarse = codec.encode(values, low, high)
    step = (high - low) / codec.LEVELS
    rest = values - codec.decode(coarse).astype(np.float64)
    return {"coarse": coarse, "fine": codec.encode(rest, -0.51 * step, 0.51 * step)}


def unpacked(precise: dict[str, Any]) -> np.ndarray:
    """Return the numbers that two bytes each hold, (U, T)."""
    return codec.decode(precise["coarse"]) + codec.decode(precise["fine"])


def busiest_character(data: dict[str, Any], row: int) -> int:
    """Return the place where the tanh of a unit's cell state changes most: shown first."""
    cells = np.concatenate([[data["start"][row]], unpacked(data["values"]["c"])[row]])
    return int(np.abs(np.diff(np.tanh(cells))).argmax())


def describe(data: dict[str, Any], row: int) -> str:
    """Return what one unit's gates do on average: the alt text."""
    forget, entry, cell = (unpacked(data["values"][name])[row] for name in ("f", "i", "c"))
    return MESSAGES["alt"].format(
        count=len(data["text"]),
        unit=data["units"][row],
        kept=100 * forget.mean(),
        added=100 * entry.mean(),
        flips=int((np.diff(np.sign(cell)) != 0).sum()),
    )


def poster(data: dict[str, Any], row: int) -> bytes:
    """Return the picture for readers without scripts: the unit's gates over the whole text."""
    figure = new_figure(9.0, 4.6)
    names = ("f", "i", "o", "g", "c")
    for axes, name in zip(figure.subplots(5, 1, sharex=True), names, strict=True):
        values = unpacked(data["values"][name])[row]
        low = LOWEST.get(name, -1)
        drawn = np.tanh(values) if name == "c" else values
        axes.fill_between(np.arange(len(drawn)), drawn, step="mid", color="#0b62b8")
        axes.set(ylim=(low - 0.05, 1.05), yticks=(low, 1))
        axes.set_title(TEXT[name], loc="left", fontsize=10)
    axes.set_xlabel(TEXT["character"].lower())
    return figure_png(figure)


class Gates(View):
    """The view of one LSTM layer reading a text, alive without a kernel.

    ``trace``: of one layer on one text, each part (1, T, H) or (T, H); see `lstm_trace`. ``text``:
    its T characters. ``unit``: the number of the unit shown first. ``units``: the numbers of the
    units to choose from, at most 64; without it all, or in a wider layer ``unit`` and those
    whose cell states vary most. Raises ValueError with one sentence for input that does not fit.
    """

    def __init__(
        self,
        trace: "LSTMTrace",
        text: str,
        *,
        unit: int = 0,
        units: Sequence[int] | None = None,
    ) -> None:
        data = gates_data(trace, text, units, unit)
        row = data["units"].index(unit)
        state = {"data": data, "row": row, "at": busiest_character(data, row), "text": TEXT}
        super().__init__("gates", state, poster=poster(data, row), alt=describe(data, row))
