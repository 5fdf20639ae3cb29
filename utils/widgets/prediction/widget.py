"""A prediction: the reader commits to an answer, and only then does the plot appear.

What one has predicted is looked at more closely, and a wrong prediction is remembered best.
"""

import base64
import html
import sys
from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from utils.widgets.poster import figure_png
from utils.widgets.prediction.form import FormView, check_question, details, question_html
from utils.widgets.view import View

TEXT = {
    "submit": "Answer",
    "skip": "Show without answering",
    "choose": "Choose one of the answers first.",
    "hidden": "The plot appears when you have answered.",
    "right": "✓ this happened",
    "wrong": "✗ your prediction",
    "isRight": "Right.",
    "isWrong": "Not this time.",
    "happened": "What happened: {answer}.",
}
MESSAGES = {
    "summary": "Make your prediction first; then open this.",
    "alt": "Predict: {question} {choices}.",
    "no_alt": "Say in alt= what the revealed figure shows.",
    "reveal": "What is revealed must be a view, a picture or a matplotlib figure, not {value}.",
}
DOTS_PER_INCH = 100  # of the page; the picture has twice as many


def predict(
    question: str,
    choices: Sequence[str],
    answer: int,
    because: str = "",
    reveal: Any = None,
    *,
    alt: str = "",
) -> View:
    """Return a view that asks before it shows.

    ``answer`` is the position (from 0) of what happened, best computed from the measurement;
    ``because`` explains it. ``reveal`` stays covered until the reader has answered or skipped: a
    view, an object that Jupyter shows as HTML, or a matplotlib figure. A figure needs ``alt``, a
    sentence that states what it shows.
    Raises ValueError for a question without text, fewer than two choices, or no such answer.
    """
    position = check_question(question, choices, answer)
    words = [str(choice) for choice in choices]
    state = {"question": question, "choices": words, "answer": position, "because": because}
    inner = _covered(reveal, alt) if reveal is not None else ""
    outcome = f"{TEXT['happened'].format(answer=words[position])} {because}".strip()
    folded = details(MESSAGES["summary"], f"{inner}<p>{html.escape(outcome)}</p>")
    return FormView(
        "prediction",
        {**state, "text": TEXT},
        fallback=question_html(question, words) + folded,
        alt=MESSAGES["alt"].format(question=question, choices=" / ".join(words)),
    )


def _covered(reveal: Any, alt: str) -> str:
    kind = "view" if isinstance(reveal, View) else "picture"
    return f'<div data-role="reveal" data-kind="{kind}">{_revealed(reveal, alt)}</div>'


def _revealed(reveal: Any, alt: str) -> str:
    if hasattr(reveal, "_repr_mimebundle_"):
        return reveal._repr_mimebundle_()["text/html"]
    if not isinstance(reveal, Figure):
        raise ValueError(MESSAGES["reveal"].format(value=type(reveal).__name__))
    if not alt.strip():
        raise ValueError(MESSAGES["no_alt"])
    picture = _image(reveal, alt)
    _close(reveal)
    return picture


def _image(figure: Figure, alt: str) -> str:
    width, height = (round(inches * DOTS_PER_INCH) for inches in figure.get_size_inches())
    data = base64.b64encode(figure_png(figure, 2 * DOTS_PER_INCH)).decode("ascii")
    return (
        f'<img alt="{html.escape(alt, quote=True)}" width="{width}" height="{height}"'
        f' style="max-width:100%;height:auto" src="data:image/png;base64,{data}">'
    )


def _close(figure: Figure) -> None:
    """Take the figure off pyplot's list, or Jupyter would show it beneath the question."""
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close(figure)
