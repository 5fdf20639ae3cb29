"""QKV: hover a word of a short sentence and follow its query: scores, weights, output.

Queries, keys and values are computed here, once; what follows from them (scores, scaling, mask,
softmax, weighted sum) is computed in the page, so that it can be switched. Each number shown is
one of the calculation.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from utils.widgets.poster import figure_png, new_figure
from utils.widgets.view import View

TEXT = {
    "label": "A table of self-attention: one row a word, from its vector to its part of the sum.",
    "slider": "Query word",
    "place": "{word}",
    "scaled": "divide by √{width}",
    "causal": "mask the future",
    "x": "x",
    "q": "q = xWq",
    "k": "k = xWk",
    "v": "v = xWv",
    "score": "q·k",
    "scaledScore": "÷ √{width}",
    "plainScore": "not divided",
    "weight": "weight a",
    "part": "a · v",
    "sum": "sum",
    "hidden": "masked",
    "dotSum": "q·k with “{word}” = {terms} = {score}",
    "outputSum": "output of “{word}” = {terms} = {output}",
    "says": (
        "“{word}” asks with its query. It fits the key of “{best}” best and takes {share} of its "
        "output from there. {spread}"
    ),
    "one": "Nearly all of the output comes from one word.",
    "some": "The other words add the rest.",
    "even": "All words that it may see add nearly the same.",
    "alone": "“{word}” may see only itself, so its output is its own value.",
}
MESSAGES = {
    "words": "QKV shows from 1 to {most} words, not {given}.",
    "shape": "QKV needs {name} of shape {wanted}, not {given}.",
    "wide": "QKV has room for vectors of at most {most} numbers, and {name} gives {given}.",
    "list": "Give the words as a list of strings, not {given!r}.",
    "numbers": "QKV needs numbers in {name}, one row of the same length after another.",
    "finite": "QKV needs finite numbers in {name}.",
    "focus": "There is no word {value!r}: the words go from 0 to {last}.",
    "alt": (
        "Self-attention on “{sentence}”: the query of “{word}” gives the weights {weights} to the "
        "words in order, and its output is {output}."
    ),
}
MOST_WORDS = 6
WIDEST_INPUT = 4
WIDEST_HEAD = 3


def qkv_data(words: Sequence[str], x: Any, Wq: Any, Wk: Any, Wv: Any) -> dict[str, Any]:
    """Return the words and x, q, k, v as the page gets them; ValueError with one sentence."""
    if isinstance(words, str) or not isinstance(words, Sequence):
        raise ValueError(MESSAGES["list"].format(given=words))
    if not 1 <= len(words) <= MOST_WORDS:
        raise ValueError(MESSAGES["words"].format(most=MOST_WORDS, given=len(words)))
    inputs = _matrix("X", x, (len(words), None), WIDEST_INPUT)
    width = inputs.shape[1]
    query = _matrix("Wq", Wq, (width, None), WIDEST_HEAD)
    key = _matrix("Wk", Wk, (width, query.shape[1]), WIDEST_HEAD)
    value = _matrix("Wv", Wv, (width, None), WIDEST_HEAD)
    rows = {"x": inputs, "q": inputs @ query, "k": inputs @ key, "v": inputs @ value}
    return {
        "words": [str(word) for word in words],
        **{name: (values.round(6) + 0.0).tolist() for name, values in rows.items()},
    }


def _matrix(name: str, given: Any, wanted: tuple[int | None, ...], widest: int) -> np.ndarray:
    own = given.detach().double() if hasattr(given, "detach") else given
    try:
        values = np.asarray(own, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(MESSAGES["numbers"].format(name=name)) from None
    letters = ("any", "any")
    shape = tuple(size or letter for size, letter in zip(wanted, letters, strict=True))
    fits = values.ndim == 2 and all(
        size is None or size == own for size, own in zip(wanted, values.shape, strict=True)
    )
    if not fits or 0 in values.shape:
        words = f"({shape[0]}, {shape[1]})"
        raise ValueError(MESSAGES["shape"].format(name=name, wanted=words, given=values.shape))
    if values.shape[1] > widest:
        raise ValueError(MESSAGES["wide"].format(most=widest, name=name, given=values.shape[1]))
    if not np.isfinite(values).all():
        raise ValueError(MESSAGES["finite"].format(name=name))
    return values


def weights_of(data: dict[str, Any], scaled: bool, causal: bool) -> np.ndarray:
    """Return the attention weights (T, T), as the page computes them."""
    q, k = np.array(data["q"]), np.array(data["k"])
    scores = q @ k.T / (np.sqrt(q.shape[1]) if scaled else 1)
    if causal:
        scores = np.where(np.tri(len(q), dtype=bool), scores, -np.inf)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def describe(data: dict[str, Any], focus: int, scaled: bool, causal: bool) -> str:
    """Return what the chosen word attends to: the alt text."""
    weights = weights_of(data, scaled, causal)[focus]
    output = weights @ np.array(data["v"])
    return MESSAGES["alt"].format(
        sentence=" ".join(data["words"]),
        word=data["words"][focus],
        weights=", ".join(f"{weight:.2f}" for weight in weights),
        output="(" + ", ".join(f"{number:.2f}" for number in output) + ")",
    )


def poster(data: dict[str, Any], scaled: bool, causal: bool) -> bytes:
    """Return the picture for readers without scripts: the weights of every word."""
    figure = new_figure(6.0, 4.5)
    axes, weights = figure.subplots(), weights_of(data, scaled, causal)
    axes.imshow(weights, cmap="Blues", vmin=0, vmax=1)
    for (query, key), weight in np.ndenumerate(weights):
        color = "white" if weight > 0.6 else "black"
        axes.text(key, query, f"{weight:.2f}", ha="center", va="center", color=color)
    words = [word.replace("$", r"\$") for word in data["words"]]
    axes.set(xlabel="key", ylabel="query")
    axes.set_xticks(range(len(words)), words)
    axes.set_yticks(range(len(words)), words)
    return figure_png(figure)


class QKV(View):
    """The view of one head of self-attention, alive without a kernel.

    ``words``: the T words of a sentence, at most 6. ``x`` (T, D): their vectors, D at most 4.
    ``Wq``, ``Wk`` (D, A) and ``Wv`` (D, V): the three maps, A and V at most 3. ``focus``: the
    word whose query is shown first; ``scaled``: whether scores are divided by √A; ``causal``:
    whether a word sees only itself and those before. Raises ValueError with one sentence.
    """

    def __init__(
        self,
        words: Sequence[str],
        x: Any,
        Wq: Any,
        Wk: Any,
        Wv: Any,
        *,
        focus: int = 0,
        scaled: bool = True,
        causal: bool = False,
    ) -> None:
        data = qkv_data(words, x, Wq, Wk, Wv)
        if not isinstance(focus, int) or not 0 <= focus < len(words):
            raise ValueError(MESSAGES["focus"].format(value=focus, last=len(words) - 1))
        now = {"focus": focus, "scaled": bool(scaled), "causal": bool(causal)}
        alt = describe(data, focus, scaled, causal)
        picture = poster(data, scaled, causal)
        super().__init__("qkv", {"data": data, **now, "text": TEXT}, poster=picture, alt=alt)
