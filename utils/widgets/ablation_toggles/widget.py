"""AblationToggles: switch parts of a Transformer off; see its curve, its score, its sentences.

Every way to set the switches was trained beforehand by `utils.training.transformer_ablations`;
the view replays it.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from utils.widgets.poster import figure_png, new_figure
from utils.widgets.view import View

if TYPE_CHECKING:
    from utils.training.transformer_ablations import Ablations

TEXT = {
    "label": "Exact translations of a Transformer with some parts switched off.",
    "residual": "residual",
    "norm": "layer norm",
    "positions": "positions",
    "heads": "four heads",
    "all": "all parts",
    "chosen": "this model",
    "without": "without {parts}",
    "join": ", ",
    "curveTitle": "exact translations, validation",
    "updatesAxis": "updates",
    "waysTitle": "exact translations, test, every way",
    "waysAxis": "■ part on   □ part off",
    "source": "English",
    "target": "French",
    "answer": "this model writes",
    "right": "✓",
    "wrong": "✗",
    "score": "{way}: {mean} of the test sentences are exact ({low} to {high} over {seeds} seeds).",
    "same": "Against all parts: {points} points.",
    "whole": "This is the whole model.",
}
MESSAGES = {
    "result": "AblationToggles draws what load_ablations returns, not {given}.",
    "ways": "AblationToggles needs every way to set the {wanted} switches, not {given} of them.",
    "alt": (
        "A Transformer with all parts translates {whole:.0%} of the test sentences exactly; "
        "without {parts}: {score:.0%}."
    ),
    "alone": "A Transformer with all parts translates {whole:.0%} of the test sentences exactly.",
}
PARTS = ("residual", "norm", "positions", "heads")  # as in draw.js
LONGEST = 42  # characters of an answer that are shown: one line of the table


def ablation_data(result: "Ablations") -> dict[str, Any]:
    """Return what the view draws: mean, lowest and highest over the seeds.

    Raises ValueError unless every way to set the switches was trained.
    """
    if not hasattr(result, "on"):
        raise ValueError(MESSAGES["result"].format(given=type(result).__name__))
    wanted = 2 ** result.on.shape[1]
    given = len({tuple(way) for way in result.on.tolist()})
    if given != wanted or len(result.on) != wanted:
        switches = result.on.shape[1]
        raise ValueError(MESSAGES["ways"].format(wanted=switches, given=len(result.on)))
    return {
        "on": result.on.astype(int).tolist(),
        "updates": result.updates.tolist(),
        "seeds": int(result.test.shape[1]),
        "exact": _spread(result.exact),
        "test": _spread(result.test),
        "source": list(result.source),
        "target": list(result.target),
        "answers": [
            [
                own if own == right else shortened(own)
                for own, right in zip(row, result.target, strict=True)
            ]
            for row in result.answers
        ],
    }


def _spread(shares: np.ndarray) -> dict[str, list]:
    """Return mean, lowest and highest over the seeds, the second dimension."""
    kinds = {"mean": shares.mean(axis=1), "low": shares.min(axis=1), "high": shares.max(axis=1)}
    return {name: values.round(4).tolist() for name, values in kinds.items()}


def shortened(answer: str) -> str:
    """Return the words of an answer that fit into a line: a broken model repeats one for ever."""
    if len(answer) <= LONGEST:
        return answer
    words = answer[: LONGEST - 1].rsplit(" ", 1)[0]  # the last one may be cut: leave it out
    return f"{words} …"


def describe(result: "Ablations", row: int) -> str:
    """Return the finding of one way in a sentence: the alt text."""
    scores = result.test.mean(axis=1)
    whole = scores[result.row()]
    off = [TEXT[name] for name, on in zip(PARTS, result.on[row], strict=True) if not on]
    if not off:
        return MESSAGES["alone"].format(whole=whole)
    parts = TEXT["join"].join(off)
    return MESSAGES["alt"].format(whole=whole, parts=parts, score=scores[row])


def poster(data: dict[str, Any], row: int) -> bytes:
    """Return the picture for readers without scripts: one way's curve among the others."""
    figure = new_figure()
    panel = figure.subplots()
    for curve in data["exact"]["mean"]:
        panel.plot(data["updates"], curve, color="#d0d7de", linewidth=1)
    panel.plot(data["updates"], data["exact"]["mean"][row], color="#0b62b8", linewidth=3)
    panel.set(xlabel=TEXT["updatesAxis"], ylabel=TEXT["curveTitle"], ylim=(-0.02, 1.02))
    return figure_png(figure)


class AblationToggles(View):
    """The view of a Transformer's switches, alive without a kernel.

    ``off`` names the switches that are off at first: residual, norm, positions or heads. Raises
    ValueError for another name, and unless every way to set the switches was trained.
    """

    def __init__(self, result: "Ablations", *, off: Iterable[str] = ()) -> None:
        data = ablation_data(result)
        row = result.row(off=off)
        state = {"data": data, "row": row, "text": TEXT}
        picture = poster(data, row)
        super().__init__("ablation_toggles", state, poster=picture, alt=describe(result, row))
