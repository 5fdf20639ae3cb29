"""AttentionMap: weights between source and output tokens, as a matrix and as arcs.

Hover or pin a token, step through decoding, compare with the true alignment, take the picture or
the numbers away. With ``live``, a field for the reader's own sentence stands above the map.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import traitlets

from utils.widgets import codec
from utils.widgets.poster import drawable, figure_png, new_figure
from utils.widgets.prompt_form import PromptForm
from utils.widgets.view import View

TEXT = {
    "label": "Attention weights from output tokens to source tokens, as arcs and as a matrix.",
    "keys": (
        "Keys: left and right step through decoding; up and down choose an output token; with "
        "Shift, left and right choose a source token; Enter pins or lets go."
    ),
    "example": "Example",
    "step": "Decoded",
    "place": "{step} of {count}",
    "back": "◀ Back",
    "next": "Next ▶",
    "source": "source",
    "target": "output",
    "legend": "darker: more weight · square: largest of its row",
    "legendTruth": "darker: more weight · square: largest of its row · orange box: true source",
    "nothing": "Nothing is decoded yet. Press Next to decode the first of {count} tokens.",
    "output": "Output token {place} of {count}, “{token}”:",
    "most": "the largest weight is on {look}.",
    "look": "source token {place}, “{token}” ({share})",
    "here": "Here: {look}.",
    "quoted": "“{token}”",
    "right": "✓ The true source is {names}.",
    "wrong": "✗ The true source is {names}.",
    "noSource": "This token has no source of its own.",
    "input": (
        "Source token {place}, “{token}”: its largest weight, {share}, is for the output “{by}”. "
        "Its weights add up to {sum}."
    ),
    "unread": "Source token {place}, “{token}”: nothing is decoded yet.",
    "score": "So far {right} of {known} largest weights lie on the true source.",
    "pinned": "Pinned; click again or press Enter to let go.",
    "take": "Take it away",
    "png": "Save PNG",
    "svg": "Save SVG",
    "copy": "Copy numbers",
    "numbers": "The weights, with tabs between the columns",
    "saved": "Saved as {name}.",
    "copied": "Copied. Paste into a spreadsheet.",
    "copyByHand": "The page may not copy by itself: press Ctrl+C.",
}
MESSAGES = {
    "none": "AttentionMap needs at least one example.",
    "example": (
        "An example is (weights, source, target) or (weights, source, target, truth), "
        "not a tuple of {count}."
    ),
    "tokens": "Give the tokens of {which} as a sequence of at least one string, not {value!r}.",
    "shape": (
        "The weights need one row for each output token and one column for each source token, "
        "here {wanted}, not {given}."
    ),
    "range": "Attention weights are numbers from 0 to 1; these reach from {low:.3g} to {high:.3g}.",
    "nan": "Attention weights are numbers from 0 to 1; these hold NaN.",
    "many": "AttentionMap draws at most {most} tokens a side, not {have}.",
    "truth": "The truth needs one entry for each of the {count} output tokens, not {have}.",
    "place": "A true source is a position from 0 to {last}, or -1 for none; not {value!r}.",
    "step": "The step must be a whole number from 0 to {count}, not {value!r}.",
    "name": "{place}. {source}",
    "alt": (
        "Attention weights of {count} output tokens over {places} source tokens. The largest "
        "weight of “{word}” is on “{look}” ({share:.2f})."
    ),
    "score": " {right} of {known} largest weights lie on the true source.",
    "live": "A function from a sentence to (weights, source, target) is needed, not {value!r}.",
}
FORM = {
    "field": "Your own sentence",
    "button": "Read it",
    "empty": "Type a sentence first; then press the button.",
    "kernel": (
        "To see the weights for your own sentence, open this notebook with a kernel and run this "
        "cell."
    ),
}
MOST = 64  # tokens a side
SHOWN = 40  # characters of a name in the list of examples

Example = tuple[Any, ...]  # weights (T, S), source, target, and the truth or nothing


def _tokens(values: Any, which: str) -> list[str]:
    is_list = isinstance(values, Sequence) and not isinstance(values, str)
    if not is_list or not values or not all(isinstance(token, str) for token in values):
        raise ValueError(MESSAGES["tokens"].format(which=which, value=values))
    if len(values) > MOST:
        raise ValueError(MESSAGES["many"].format(most=MOST, have=len(values)))
    return list(values)


def _packed(weights: Any, shape: tuple[int, int]) -> dict[str, Any]:
    own = weights.detach().cpu() if hasattr(weights, "detach") else weights
    values = np.asarray(own, dtype=np.float64)
    if values.shape != shape:
        raise ValueError(MESSAGES["shape"].format(wanted=shape, given=values.shape))
    if np.isnan(values).any():
        raise ValueError(MESSAGES["nan"])
    if values.min() < -1e-6 or values.max() > 1 + 1e-6:
        raise ValueError(MESSAGES["range"].format(low=values.min(), high=values.max()))
    return codec.encode(values, 0, 1)


def _true_sources(truth: Any, count: int, places: int) -> list[list[int]] | None:
    """Return the true source places of each output token; -1 and an empty entry mean none."""
    if truth is None:
        return None
    entries = truth.tolist() if hasattr(truth, "tolist") else list(truth)
    if len(entries) != count:
        raise ValueError(MESSAGES["truth"].format(count=count, have=len(entries)))
    found = []
    for entry in entries:
        several = list(entry) if isinstance(entry, Iterable) else [entry]
        for place in several:
            if not isinstance(place, int | np.integer) or not -1 <= place < places:
                raise ValueError(MESSAGES["place"].format(last=places - 1, value=place))
        found.append(sorted(int(place) for place in several if place >= 0))
    return found


def example_data(example: Example, name: str = "") -> dict[str, Any]:
    """Return what the view draws of one example. Raises ValueError with one sentence."""
    if not 3 <= len(example) <= 4:
        raise ValueError(MESSAGES["example"].format(count=len(example)))
    source, target = _tokens(example[1], "the source"), _tokens(example[2], "the output")
    return {
        "name": name,
        "source": source,
        "target": target,
        "weights": _packed(example[0], (len(target), len(source))),
        "truth": _true_sources((*example, None)[3], len(target), len(source)),
    }


def _name(place: int, source: Sequence[str]) -> str:
    joined = ("" if all(len(token) == 1 for token in source) else " ").join(source)
    short = joined if len(joined) <= SHOWN else joined[: SHOWN - 1] + "…"
    return MESSAGES["name"].format(place=place + 1, source=short)


def describe(data: dict[str, Any]) -> str:
    """Return where the last output token looks, and how many peaks are right: the alt text."""
    weights = codec.decode(data["weights"])
    peaks = weights.argmax(1)
    values = {"count": len(data["target"]), "places": len(data["source"])}
    values |= {"word": data["target"][-1], "look": data["source"][peaks[-1]]}
    words = MESSAGES["alt"].format(share=weights[-1].max(), **values)
    known = [(t, places) for t, places in enumerate(data["truth"] or []) if places]
    if not known:
        return words
    right = sum(int(peaks[t]) in places for t, places in known)
    return words + MESSAGES["score"].format(right=right, known=len(known))


def poster(data: dict[str, Any]) -> bytes:
    """Return the picture for readers without scripts: the matrix of one example."""
    weights = codec.decode(data["weights"])
    figure = new_figure(9.0, 4.6)
    axes = figure.subplots()
    axes.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for side, tokens in ((axes.xaxis, data["source"]), (axes.yaxis, data["target"])):
        side.set_ticks(range(len(tokens)), [drawable(token) for token in tokens])
    axes.tick_params(
        axis="x", rotation=50, top=True, labeltop=True, bottom=False, labelbottom=False
    )
    for t, places in enumerate(data["truth"] or []):
        for place in places:
            corner = (place - 0.5, t - 0.5)
            axes.add_patch(_outline(corner))
    return figure_png(figure)


def _outline(corner: tuple[float, float]) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle(corner, 1, 1, fill=False, edgecolor="#b35900", linewidth=2.5)


class AttentionMap(View):
    """The view of attention weights (T, S), alive without a kernel.

    ``weights`` of floats from 0 to 1 with ``source`` (S strings) and ``target`` (T strings), or a
    list of examples (weights, source, target, truth) to choose from. ``truth`` is the true source
    position of each output token: a number, several, or -1 for none. ``step`` is how many output
    tokens are decoded at first (all, if not given). ``live``, a function from a sentence to an
    example, adds the field for the reader's own sentence; its ValueErrors are shown to the reader.
    Raises ValueError with one sentence for shapes that do not fit.
    """

    def __init__(
        self,
        weights: Any,
        source: Sequence[str] | None = None,
        target: Sequence[str] | None = None,
        *,
        truth: Any = None,
        name: str = "",
        step: int | None = None,
        live: Callable[[str], Example] | None = None,
    ) -> None:
        examples = _examples(weights, source, target, truth, name)
        count = len(examples[0]["target"])
        step = count if step is None else step
        if not isinstance(step, int | np.integer) or not 0 <= step <= count:
            raise ValueError(MESSAGES["step"].format(count=count, value=step))
        if live is not None and not callable(live):
            raise ValueError(MESSAGES["live"].format(value=live))
        self._live = live
        state = {"examples": examples, "example": 0, "step": int(step), "row": -1, "column": -1}
        super().__init__(
            "attention_map",
            {**state, "text": TEXT},
            poster=poster(examples[0]),
            alt=describe(examples[0]),
        )

    def _ipython_display_(self) -> None:
        if self._live is None:
            raise NotImplementedError  # IPython then asks for the mimebundle
        OwnSentence(self._live, self)._ipython_display_()


def _examples(weights: Any, source: Any, target: Any, truth: Any, name: str) -> list[dict]:
    """Return the data of the one example, or of each in a list of them."""
    if source is not None or target is not None:
        return [example_data((weights, source, target, truth), name)]
    examples = list(weights)
    if not examples:
        raise ValueError(MESSAGES["none"])
    made = [example_data(tuple(example)) for example in examples]
    return [{**data, "name": _name(place, data["source"])} for place, data in enumerate(made)]


class OwnSentence(PromptForm):
    """The field for the reader's own sentence, above the map of what the network made of it.

    ``live``: sentence -> (weights, source, target) or with the truth. ``first`` is shown until
    the reader asks, and on a page without a kernel.
    """

    kernel_text = FORM["kernel"]
    name = traitlets.Unicode("own_sentence").tag(sync=True)
    text = traitlets.Dict(FORM).tag(sync=True)

    def __init__(self, live: Callable[[str], Example], first: AttentionMap) -> None:
        super().__init__(view=first.html())
        self._live, self._first = live, first

    def answer(self, prompt: str) -> str:
        """Return the map for a sentence. Raises ValueError for an empty one."""
        if not prompt.strip():
            raise ValueError(FORM["empty"])
        return AttentionMap([self._live(prompt)]).html()

    def static_html(self) -> str:
        """Return the first map, and a sentence about the reader's own."""
        return self._first.html() + super().static_html()
