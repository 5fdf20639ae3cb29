"""AttentionHeads: the weights of all heads on one sentence, small; one of them large; one token.

Choose a head in the grid, then a token: the sentence beneath is darker where the token looks.
With ``live``, a field for the reader's own sentence stands above the view.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import traitlets

from utils.widgets import codec
from utils.widgets.poster import figure_png, new_figure
from utils.widgets.prompt_form import PromptForm
from utils.widgets.view import View

TEXT = {
    "label": "Attention weights of all heads on one sentence.",
    "grid": "head → (block ↓)",
    "title": "Block {layer}, head {head}",
    "legend": "where “{token}” looks: the darker, the more · line below: most",
    "layer": "Block",
    "head": "Head",
    "token": "Token",
    "found": "Found",
    "none": "choose a head",
    "look": "“{token}” at place {place} ({share})",
    "words": (
        "Block {layer}, head {head}: token {place} of {count}, “{token}”, looks most at {most}."
    ),
    "measured": "Measured for this head: {names}.",
    "keys": (
        "Keys in the picture: arrows choose block and head; Shift with an arrow, Home and End "
        "choose the token."
    ),
}
MESSAGES = {
    "shape": (
        "The weights need the shape (blocks, heads, tokens, tokens) with {count} tokens, not "
        "{given}."
    ),
    "tokens": "Give the tokens as a sequence of at least one string, not {value!r}.",
    "many": "AttentionHeads draws at most {most} tokens, not {have}. Shorten the sentence.",
    "range": "Attention weights are numbers from 0 to 1; these reach from {low:.3g} to {high:.3g}.",
    "nan": "Attention weights are numbers from 0 to 1; these hold NaN.",
    "place": "{name} must be a whole number from 0 to {last}, not {value!r}.",
    "numbers": "The weights must be numbers of the shape (blocks, heads, tokens, tokens).",
    "found": "found names heads: a dictionary {{(block, head): words}}, not {value!r}.",
    "live": "A function from a sentence to (weights, tokens) is needed, not {value!r}.",
    "alt": (
        "Attention weights of {heads} heads in {layers} blocks on {count} tokens. In block "
        "{layer}, head {head}, “{token}” looks most at “{look}” ({share:.2f})."
    ),
}
FORM = {
    "field": "Your own sentence",
    "button": "Read it",
    "empty": "Type a sentence first; then press the button.",
    "kernel": (
        "To see the heads on your own sentence, open this notebook with a kernel and run this cell."
    ),
}
MOST = 128  # tokens
COARSE = 7  # cells a side of a map in the poster

Look = tuple[Any, Sequence[str]]  # weights (L, H, T, T) and T tokens


def _tokens(values: Any) -> list[str]:
    is_list = isinstance(values, Sequence) and not isinstance(values, str)
    if not is_list or not values or not all(isinstance(token, str) for token in values):
        raise ValueError(MESSAGES["tokens"].format(value=values))
    if len(values) > MOST:
        raise ValueError(MESSAGES["many"].format(most=MOST, have=len(values)))
    return list(values)


def _array(weights: Any, count: int) -> np.ndarray:
    # bfloat16, which NumPy does not know, becomes float32 in PyTorch
    own = weights.detach().cpu().float() if hasattr(weights, "detach") else weights
    try:
        values = np.asarray(own)
        values = values.astype(np.float32, casting="same_kind" if values.size else "unsafe")
    except (TypeError, ValueError):
        raise ValueError(MESSAGES["numbers"]) from None
    if values.ndim != 4 or values.shape[2:] != (count, count) or 0 in values.shape:
        raise ValueError(MESSAGES["shape"].format(count=count, given=values.shape))
    if np.isnan(values).any():
        raise ValueError(MESSAGES["nan"])
    if values.min() < -1e-6 or values.max() > 1 + 1e-6:
        raise ValueError(MESSAGES["range"].format(low=values.min(), high=values.max()))
    return values


def _check(name: str, value: Any, count: int) -> int:
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or not 0 <= value < count:
        raise ValueError(MESSAGES["place"].format(name=name, last=count - 1, value=value))
    return int(value)


def _coarse(values: np.ndarray) -> np.ndarray:
    """Return maps of at most `COARSE` cells a side: of each group of cells the largest weight."""
    starts = np.unique(np.linspace(0, values.shape[-1], COARSE, endpoint=False).astype(int))
    return np.maximum.reduceat(np.maximum.reduceat(values, starts, axis=-1), starts, axis=-2)


def poster(values: np.ndarray) -> bytes:
    """Return the picture for readers without scripts: the small maps of all heads, coarse."""
    small = np.sqrt(np.clip(_coarse(values), 0, 1))
    layers, heads, size, _ = small.shape
    rows = np.pad(np.round(small * 15) / 15, ((0, 0), (0, 0), (0, 1), (0, 1)))
    figure = new_figure(6.0, 0.5 + 5.5 * layers / heads)
    axes = figure.subplots()
    joined = rows.transpose(0, 2, 1, 3).reshape(layers * (size + 1), heads * (size + 1))
    axes.imshow(joined, cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
    for axis, count in ((axes.xaxis, heads), (axes.yaxis, layers)):
        places = np.arange(count) * (size + 1) + (size - 1) / 2
        axis.set_ticks(places, [str(i + 1) for i in range(count)])
    return figure_png(figure)


class AttentionHeads(View):
    """The view of weights (L, H, T, T) on T tokens, alive without a kernel.

    ``found`` names heads: (layer, head) -> words, both counted from 0, shown with a frame and in
    a list. ``layer``, ``head`` and ``token`` are shown first. ``live``, a function from a sentence
    to (weights, tokens), adds the field for the reader's own sentence; its ValueErrors are shown.
    At most 128 tokens. Raises ValueError with one sentence for what does not fit.
    """

    def __init__(
        self,
        weights: Any,
        tokens: Sequence[str],
        *,
        found: Mapping[tuple[int, int], str] | None = None,
        layer: int = 0,
        head: int = 0,
        token: int = 0,
        live: Callable[[str], Look] | None = None,
    ) -> None:
        names = _tokens(tokens)
        values = _array(weights, len(names))
        layers, heads, count, _ = values.shape
        if live is not None and not callable(live):
            raise ValueError(MESSAGES["live"].format(value=live))
        self._live, self._found = live, _mapping(found)
        start = {
            "layer": _check("layer", layer, layers),
            "head": _check("head", head, heads),
            "token": _check("token", token, count),
        }
        state = {
            **start,
            "tokens": names,
            "weights": codec.encode(values, 0, 1),
            "found": _named(self._found, layers, heads),
            "text": TEXT,
        }
        alt = describe(values, names, **start)
        super().__init__("attention_heads", state, poster=poster(values), alt=alt)

    def _ipython_display_(self) -> None:
        if self._live is None:
            raise NotImplementedError  # IPython then asks for the mimebundle
        OwnText(self._live, self, self._found)._ipython_display_()


def _mapping(found: Any) -> dict[tuple[int, int], str]:
    heads = {} if found is None else found
    is_mapping = isinstance(heads, Mapping)
    if not is_mapping or not all(isinstance(at, tuple) and len(at) == 2 for at in heads):
        raise ValueError(MESSAGES["found"].format(value=found))
    return dict(heads)


def _named(found: Mapping[tuple[int, int], str], layers: int, heads: int) -> list[dict[str, Any]]:
    return [
        {
            "layer": _check("layer", layer, layers),
            "head": _check("head", head, heads),
            "name": str(name),
        }
        for (layer, head), name in found.items()
    ]


def describe(values: np.ndarray, tokens: Sequence[str], layer: int, head: int, token: int) -> str:
    """Return how many heads there are and where the first token shown looks: the alt text."""
    row = values[layer, head, token]
    best = int(row.argmax())
    shape = {"layers": values.shape[0], "heads": values.shape[0] * values.shape[1]}
    place = {"layer": layer + 1, "head": head + 1, "token": tokens[token], "look": tokens[best]}
    return MESSAGES["alt"].format(**shape, **place, count=len(tokens), share=row[best])


class OwnText(PromptForm):
    """The field for the reader's own sentence, above the heads that read it.

    ``live``: sentence -> (weights, tokens). ``first`` is shown until the reader asks, and on a
    page without a kernel.
    """

    kernel_text = FORM["kernel"]
    name = traitlets.Unicode("own_text").tag(sync=True)
    text = traitlets.Dict(FORM).tag(sync=True)

    def __init__(
        self,
        live: Callable[[str], Look],
        first: AttentionHeads,
        found: Mapping[tuple[int, int], str] | None = None,
    ) -> None:
        super().__init__(view=first.html())
        self._live, self._first, self._found = live, first, found

    def answer(self, prompt: str) -> str:
        """Return the heads on a sentence. Raises ValueError for an empty one."""
        if not prompt.strip():
            raise ValueError(FORM["empty"])
        weights, tokens = self._live(prompt)
        start = {name: self._first.state[name] for name in ("layer", "head")}
        return AttentionHeads(weights, tokens, found=self._found, **start).html()

    def static_html(self) -> str:
        """Return the first view, and a sentence about the reader's own."""
        return self._first.html() + super().static_html()
