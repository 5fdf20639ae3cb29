"""What predictions and quizzes share: a question is checked, and a page without scripts reads it.

Without scripts the reader gets the question, its choices, and the answer folded away.
"""

import html
from collections.abc import Sequence
from typing import Any

from utils.widgets.poster import image_tag
from utils.widgets.view import View

TEXT = {
    "question": "A question needs some text, not {value!r}.",
    "choices": "A question needs two to eight different choices, not {value!r}.",
    "answer": "The answer is the position of a choice, 0 to {last}, not {value!r}.",
}


class FormView(View):
    """A view whose script-less version is HTML (``fallback``) and not a picture."""

    def __init__(self, module: str, state: dict[str, Any], *, fallback: str, alt: str) -> None:
        super().__init__(module, state, alt=alt)
        self.fallback = fallback

    def html(self) -> str:
        """Return the view with ``fallback`` where other views have their poster."""
        poster = f'<div data-role="poster">{self.fallback}</div>'
        return super().html().replace(image_tag(None, self.alt), poster, 1)


def check_question(question: str, choices: Sequence[str], answer: int) -> int:
    """Return ``answer`` as an int; raises ValueError with one sentence for an unusable question."""
    if not isinstance(question, str) or not question.strip():
        raise ValueError(TEXT["question"].format(value=question))
    words = [str(choice).strip() for choice in choices]
    if isinstance(choices, str) or not 2 <= len(set(words)) == len(words) <= 8 or "" in words:
        raise ValueError(TEXT["choices"].format(value=choices))
    # operator.index would also take True; a position computed by numpy is welcome.
    if (
        isinstance(answer, bool)
        or not hasattr(answer, "__index__")
        or not (0 <= int(answer) < len(words))
    ):
        raise ValueError(TEXT["answer"].format(last=len(words) - 1, value=answer))
    return int(answer)


def question_html(question: str, choices: Sequence[str]) -> str:
    """Return a question and its choices as a paragraph and a list."""
    rows = "".join(f"<li>{html.escape(str(choice))}</li>" for choice in choices)
    return f"<p><strong>{html.escape(question)}</strong></p><ul>{rows}</ul>"


def details(summary: str, inner: str) -> str:
    """Return ``inner`` (finished HTML) folded away under ``summary`` (text)."""
    return f"<details><summary>{html.escape(summary)}</summary>{inner}</details>"
