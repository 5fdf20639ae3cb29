"""HiddenUnits: read what single hidden units of a recurrent network do (Lecture 12).

A text is coloured by the value of one unit at each character: blue +1, red -1. Units are found by
number, by a hypothesis ("inside a string"), or by brushing characters. The network was run
beforehand; the search runs in the page, so it needs no kernel. Source of the idea: Karpathy,
Johnson and Fei-Fei, "Visualizing and Understanding Recurrent Networks" (2016).
"""

import io
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from utils.widgets import codec
from utils.widgets.poster import figure_png, new_figure
from utils.widgets.view import View

if TYPE_CHECKING:
    from utils.widgets.hidden_units.own_text import OwnText

Context = tuple[str, int]  # a piece of text, and the place in it that is meant
Live = Callable[[str], tuple]

TEXT = {
    "label": "A text coloured by one hidden unit.",
    "pane": "Text. Arrows move, Shift and arrows brush, Ctrl keeps what is brushed already.",
    "unit": "Unit",
    "place": "{unit} ({place} of {count})",
    "search": "Rank units by",
    "list": "Units, the best first",
    "property": "“{name}”",
    "byBrush": "brushed characters",
    "entry": "{rank}. unit {unit}: AUC {score} {sign}",
    "cell": "{name}, line {line}, column {column}: {value}",
    "char": "“{char}”",
    "\n": "end of line",
    "\t": "tab",
    " ": "space",
    "\ufffd": "�, a character that the network does not know",
    "legend": "bar at foot +, at head −",
    "marked": "▲ larger, ▼ smaller in {name}",
    "contexts": "Unit {unit}: top contexts in held-out files",
    "largest": "Unit {unit}: values farthest from 0 in this text",
    "summaryUnit": "Unit {unit} goes from {low} to {high} on this text.",
    "summaryGiven": "“{name}”: AUC {given} on the files used to choose units.",
    "summaryHere": "On this text AUC {here} for “{name}”: the unit is {side} inside.",
    "summaryAbsent": "No AUC here: “{name}” is nowhere or everywhere, or is not known.",
    "summaryBrush": "{count} characters brushed: AUC {here}; the unit is {side} there.",
    "summaryNoBrush": "Brush some characters, not all: drag, or hold Shift and press arrow keys.",
    "summaryAt": "At the cursor: {cell}.",
    "larger": "larger",
    "smaller": "smaller",
}
MESSAGES = {
    "empty": "There is no text. Give at least one character.",
    "shape": "The states must have the shape (characters, units), not {shape}.",
    "length": "There are {states} rows of states and {text} characters; both need the same.",
    "range": "States lie from -1 to 1 (take tanh of the cell state), not from {low:.3g} to "
    "{high:.3g}.",
    "finite": "The states must be numbers; some are NaN or infinite.",
    "truth": "The truth of {name!r} has {have} values; the text has {want} characters.",
    "scores": "The scores of {name!r} must be one AUC from 0 to 1 for each of the {want} units.",
    "numbers": "The numbers must name each of the {want} units once.",
    "unit": "There is no unit {value!r} in this view. Choose one of: {names}.",
    "context": "A context is a text and a place in it, not {value!r}.",
    "search": "There is no property {value!r}. Choose one of: {names}.",
    "alt": "Unit {unit} over {characters} characters of text, from {low:.2f} to {high:.2f}, one "
    "of {units} units.",
    "alt_score": " It tells “{name}” with an AUC of {score:.2f}.",
}
BEFORE, AFTER = 30, 14  # characters of a context around the one that is meant
CONTEXTS = 6  # of each unit
POSTER = (12, 84)  # rows and columns of text
BLUE, RED = (96, 165, 250), (251, 120, 108)  # +1 and -1 in the light scheme of draw.js


def shown_text(text: str) -> str:
    """Return ``text`` with lone surrogates, which no page can hold, as the unknown symbol."""
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)


def packed_states(states: Any, text: str, units: int | None = None) -> dict[str, Any]:
    """Return states (T, U) from -1 to 1 as packed rows, one a unit: (U, T).

    Raises ValueError unless there is one row of finite numbers a character, and ``units`` columns.
    """
    values = np.asarray(states, dtype=np.float32)
    if values.ndim != 2 or not values.shape[1] or values.shape[1] != (units or values.shape[1]):
        raise ValueError(MESSAGES["shape"].format(shape=values.shape))
    if not text:
        raise ValueError(MESSAGES["empty"])
    if len(values) != len(text):
        raise ValueError(MESSAGES["length"].format(states=len(values), text=len(text)))
    low, high = float(values.min()), float(values.max())
    if not np.isfinite(values).all():
        raise ValueError(MESSAGES["finite"])
    if low < -1.0001 or high > 1.0001:
        raise ValueError(MESSAGES["range"].format(low=low, high=high))
    return codec.encode(values.T, -1, 1)


def runs(truth: Any) -> list[int]:
    """Return a bool array (T,) as lengths of equal values in turn, the first of False."""
    values = np.concatenate([[False], np.asarray(truth, dtype=bool)])
    borders = np.flatnonzero(values[1:] != values[:-1])
    return np.diff([0, *borders.tolist(), len(values) - 1]).tolist()


def packed_truth(truth: Mapping[str, Any] | None, text: str) -> dict[str, list[int]]:
    """Return each property's truth (T,) as runs; raises ValueError for another length."""
    for name, values in (truth or {}).items():
        if np.shape(values) != (len(text),):
            have = np.shape(values)
            raise ValueError(MESSAGES["truth"].format(name=name, have=have, want=len(text)))
    return {str(name): runs(values) for name, values in (truth or {}).items()}


def _scores(scores: Mapping[str, Any] | None, units: int) -> dict[str, list[float]]:
    found = {}
    for name, values in (scores or {}).items():
        row = np.asarray(values, dtype=np.float64)
        if row.shape != (units,) or not ((row >= 0) & (row <= 1)).all():
            raise ValueError(MESSAGES["scores"].format(name=name, want=units))
        found[str(name)] = row.round(3).tolist()
    return found


def _numbers(numbers: Sequence[int] | None, units: int) -> list[int]:
    found = list(range(units)) if numbers is None else [int(number) for number in numbers]
    if len(found) != units or len(set(found)) != units or min(found) < 0:
        raise ValueError(MESSAGES["numbers"].format(want=units))
    return found


def _contexts(contexts: Mapping[int, Sequence[Context]] | None, numbers: list[int]) -> dict:
    """Return [before, the character meant, after] for each context of each unit shown."""
    found = {}
    for number, own in (contexts or {}).items():
        if int(number) in numbers and len(own):
            found[str(int(number))] = [_context(one) for one in list(own)[:CONTEXTS]]
    return found


def _context(one: Context) -> list[str]:
    try:
        text, place = shown_text(one[0]), int(one[1])
        if not 0 <= place < len(text):
            raise IndexError
    except (TypeError, ValueError, IndexError):
        raise ValueError(MESSAGES["context"].format(value=one)) from None
    parts = text[max(0, place - BEFORE) : place], text[place], text[place + 1 : place + 1 + AFTER]
    return ["".join(map(glyph, part)) for part in parts]


def glyph(character: str) -> str:
    """Return what stands for a character on one line; draw.js has its mirror."""
    if character in "\n\t":
        return {"\n": "↵", "\t": "→"}[character]
    kind = unicodedata.category(character)
    return "\ufffd" if kind[0] in "CM" or kind in ("Zl", "Zp") else character


def view_data(
    states: Any,
    text: str,
    truth: Mapping[str, Any] | None = None,
    scores: Mapping[str, Any] | None = None,
    contexts: Mapping[int, Sequence[Context]] | None = None,
    numbers: Sequence[int] | None = None,
) -> dict[str, Any]:
    """Return what the view draws; raises ValueError with one sentence where parts do not fit."""
    packed = packed_states(states, text)
    units = packed["shape"][0]
    own = _numbers(numbers, units)
    return {
        "text": shown_text(text),
        "states": packed,
        "numbers": own,
        "truth": packed_truth(truth, text),
        "scores": _scores(scores, units),
        "contexts": _contexts(contexts, own),
    }


def first_search(data: dict[str, Any], search: str | None) -> str:
    """Return the property asked for, or the first one; where there is none, what is brushed."""
    names = list(dict.fromkeys([*data["scores"], *data["truth"]]))
    if search is None:
        return f"={names[0]}" if names else "*"
    if search not in names:
        raise ValueError(MESSAGES["search"].format(value=search, names=", ".join(names)))
    return f"={search}"


def describe(data: dict[str, Any], index: int, search: str) -> str:
    """Return what is seen in words: the alt text."""
    values = unit_values(data, index)
    alt = MESSAGES["alt"].format(
        unit=data["numbers"][index],
        characters=len(data["text"]),
        low=values.min(),
        high=values.max(),
        units=len(data["numbers"]),
    )
    name = search.removeprefix("=")
    if name in data["scores"]:
        score = data["scores"][name][index]
        alt += MESSAGES["alt_score"].format(name=name, score=max(score, 1 - score))
    return alt


def unit_values(data: dict[str, Any], index: int) -> np.ndarray:
    """Return one unit's values on the text, float32 (T,)."""
    return codec.decode(data["states"])[index]


def poster(data: dict[str, Any], index: int) -> bytes:
    """Return the picture for readers without scripts: the first lines, coloured by one unit."""
    # A character lies within its cell, so the layout need not measure each of them.
    within = {"ha": "center", "va": "center", "parse_math": False, "in_layout": False}
    style = {"family": "monospace", "fontsize": 8} | within
    rows, columns = POSTER
    values, pixels = unit_values(data, index), np.full((rows, columns, 3), 255, dtype=np.uint8)
    figure = new_figure(8.4, 2.8)
    axes = figure.subplots()
    row = column = 0
    for character, value in zip(data["text"], values, strict=True):
        if row == rows:
            break
        end = np.array(BLUE if value > 0 else RED)
        pixels[row, column] = 255 + abs(float(value)) * (end - 255.0)
        if " " < character <= "~":
            axes.text(column, row, character, **style)
        wraps = character == "\n" or column == columns - 1
        row, column = (row + 1, 0) if wraps else (row, column + 1)
    axes.imshow(pixels, aspect="auto", interpolation="nearest")
    axes.axis("off")
    return _small(figure_png(figure, 90))


def _small(png: bytes) -> bytes:
    """Return the same picture with few colours, so that the page stays small."""
    buffer = io.BytesIO()
    picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(24, dither=Image.Dither.NONE)
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


class HiddenUnits(View):
    """The view of hidden units on a text of T characters, alive without a kernel.

    ``states`` (T, U): values from -1 to 1, such as tanh of the cell state. ``truth``: by property,
    bool (T,). ``scores``: by property, one AUC a unit (U,), from the files used to choose.
    ``contexts``: by unit, pairs (text, place of the character that is meant) from held-out files.
    ``numbers``: the units' names if the states hold only some of a network's units. ``unit`` is
    the unit shown first and ``search`` the property. ``live``: text -> (text, states (T, U)), or
    (text, states, truth); the text it returns may have U+FFFD for what the network does not know.
    With it, a box for the reader's own text stands below while there is a kernel.

    Raises ValueError with one sentence where the parts do not fit each other.
    """

    def __init__(
        self,
        states: Any,
        text: str,
        *,
        truth: Mapping[str, Any] | None = None,
        scores: Mapping[str, Any] | None = None,
        contexts: Mapping[int, Sequence[Context]] | None = None,
        unit: int = 0,
        live: Live | None = None,
        numbers: Sequence[int] | None = None,
        search: str | None = None,
    ) -> None:
        data = view_data(states, text, truth, scores, contexts, numbers)
        if unit not in data["numbers"]:
            names = ", ".join(str(number) for number in data["numbers"][:12]) + " …"
            raise ValueError(MESSAGES["unit"].format(value=unit, names=names))
        index, name = data["numbers"].index(unit), first_search(data, search)
        state = {"data": data, "unit": index, "search": name, "text": TEXT}
        picture, alt = poster(data, index), describe(data, index, name)
        super().__init__("hidden_units", state, poster=picture, alt=alt)
        self.live = live
        self._own_text: OwnText | None = None

    @property
    def own_text(self) -> "OwnText":
        """The box for the reader's own text. Raises ValueError in a view without ``live``."""
        from utils.widgets.hidden_units.own_text import OwnText, check_live

        if self._own_text is None:
            units = len(self.state["data"]["numbers"])
            self._own_text = OwnText(check_live(self.live), units, self.root_id)
        return self._own_text

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self._repr_mimebundle_(), raw=True)
        if self.live is not None:
            display(self.own_text)
