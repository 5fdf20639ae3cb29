"""LengthSlider: choose the length of the source; see the share of exact answers, and a sentence.

The answers were written beforehand by trained translators; the view shows them.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from utils.widgets.poster import figure_png, new_figure
from utils.widgets.view import View

if TYPE_CHECKING:
    from utils.training.bottlenecks import Answered
    from utils.training.translation import LengthCurve

TEXT = {
    "label": "Share of sentences right in every word, against the length of the source.",
    "slider": "Source words",
    "sentence": "Sentence",
    "place": "{place} of {count}",
    "title": "right in every word (band: all seeds)",
    "axis": "words in the source",
    "source": "source",
    "wanted": "right",
    "right": "✓",
    "wrong": "✗",
    "missing": "(nothing)",
    "score": "{bin} source words, right in every word: {all}.",
    "part": "{name} {share}",
    "join": ", ",
    "exact": "This sentence {name}: all words are right.",
    "fails": "This sentence {name}: {wrong} of {count} words are not in place.",
}
MESSAGES = {
    "curves": "LengthSlider needs one to three curves, not {given}.",
    "bins": "All curves need the same bins of lengths.",
    "examples": "Give the answers to at least one sentence for each of the {wanted} bins.",
    "answers": "Each sentence needs one answer for each of the {wanted} curves, not {given}.",
    "alt": "{name}: {first:.0%} of the sentences are right at {low} source words, {last:.0%} at "
    "{high}.",
}


def slider_data(
    curves: "Sequence[LengthCurve]", examples: "Sequence[Sequence[Answered]]"
) -> dict[str, Any]:
    """Return what the view draws. Raises ValueError where curves and examples do not fit."""
    if not 1 <= len(curves) <= 3:
        raise ValueError(MESSAGES["curves"].format(given=len(curves)))
    labels = curves[0].labels
    if any(curve.labels != labels for curve in curves):
        raise ValueError(MESSAGES["bins"])
    if len(examples) != len(labels) or not all(examples):
        raise ValueError(MESSAGES["examples"].format(wanted=len(labels)))
    for given in {len(one.answers) for row in examples for one in row} - {len(curves)}:
        raise ValueError(MESSAGES["answers"].format(wanted=len(curves), given=given))
    return {
        "names": [curve.name for curve in curves],
        "bins": labels,
        **_spread([curve.matches for curve in curves]),
        "examples": [[_example(one) for one in row] for row in examples],
    }


def _spread(matches: list[np.ndarray]) -> dict[str, list]:
    """Return mean, lowest and highest over the seeds of each curve."""
    kinds = {"mean": np.mean, "low": np.min, "high": np.max}
    return {
        kind: [of(rows, axis=0).round(4).tolist() for rows in matches] for kind, of in kinds.items()
    }


def _example(one: "Answered") -> dict[str, Any]:
    answers = [list(answer) for answer in one.answers]
    return {"source": list(one.source), "target": list(one.target), "answers": answers}


def describe(data: dict[str, Any]) -> str:
    """Return how each curve begins and ends: the alt text."""
    ends = {"low": data["bins"][0], "high": data["bins"][-1]}
    return " ".join(
        MESSAGES["alt"].format(name=name.capitalize(), first=row[0], last=row[-1], **ends)
        for name, row in zip(data["names"], data["mean"], strict=True)
    )


def poster(data: dict[str, Any]) -> bytes:
    """Return the picture for readers without scripts: the curves."""
    figure = new_figure()
    axes = figure.subplots()
    styles = zip(("#0b62b8", "#b35900", "#57606a"), ("-", "--", ":"), strict=True)
    places = range(len(data["bins"]))
    for i, (colour, dash) in zip(range(len(data["names"])), styles, strict=False):
        low, high = (data[kind][i] for kind in ("low", "high"))
        axes.plot(places, data["mean"][i], "o", ls=dash, color=colour, label=data["names"][i])
        axes.fill_between(places, low, high, color=colour, alpha=0.15)
    axes.set(xlabel=TEXT["axis"], ylabel=TEXT["title"].split(" (")[0], ylim=(0, 1.03))
    axes.set_xticks(places, data["bins"], rotation=30)
    axes.legend(frameon=False)
    return figure_png(figure)


class LengthSlider(View):
    """The view of `LengthCurve`s with sentences of every length, alive without a kernel.

    ``examples`` holds for each bin of the curves some sentences with the answer of each curve's
    model, see `utils.training.bottlenecks.answered`. ``selected`` is the bin shown first, the
    last one if not given. Raises ValueError where the parts do not fit.
    """

    def __init__(
        self,
        curves: "Sequence[LengthCurve]",
        examples: "Sequence[Sequence[Answered]]",
        *,
        selected: int = -1,
    ) -> None:
        data = slider_data(curves, examples)
        first = range(len(data["bins"]))[selected]
        state = {"data": data, "selected": first, "sentence": 0, "text": TEXT}
        super().__init__("length_slider", state, poster=poster(data), alt=describe(data))
