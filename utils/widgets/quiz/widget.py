"""A retrieval quiz: a few questions from memory, each answered before its explanation appears.

Recalling strengthens memory more than reading again (Roediger and Karpicke, 2006).
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from utils.widgets.prediction.form import FormView, check_question, details, question_html
from utils.widgets.view import View

TEXT = {
    "submit": "Answer",
    "back": "Back",
    "next": "Next",
    "finish": "See the score",
    "again": "Start again",
    "choose": "Choose one of the answers first.",
    "right": "✓ right",
    "wrong": "✗ your answer",
    "isRight": "Right.",
    "isWrong": "Not quite.",
    "place": "Question {number} of {count}",
    "all": "All {count} questions right.",
    "some": "{right} of {count} questions right.",
    "none": "None of the {count} questions right yet.",
    "lookAgain": "Look at these again:",
    "row": "{question} — {answer}",
    "answers": "Answers:",
}
MESSAGES = {
    "summary": "Answer from memory first; then open this.",
    "alt": "Quiz of {count} questions: {questions}",
    "empty": "A quiz needs at least one question.",
    "items": "A quiz is made of Question(text, choices, answer, because), not {value}.",
}


@dataclass(frozen=True)
class Question:
    """One question: ``answer`` is the position (from 0) of the right choice.

    Raises ValueError for a question without text, fewer than two choices, or no such answer.
    """

    text: str
    choices: tuple[str, ...]
    answer: int
    because: str = ""

    def __post_init__(self) -> None:
        position = check_question(self.text, self.choices, self.answer)
        object.__setattr__(self, "answer", position)
        object.__setattr__(self, "choices", tuple(str(choice) for choice in self.choices))


def quiz(items: Sequence[Question]) -> View:
    """Return a view that asks the questions one after another and tells the score in words.

    Raises ValueError for an empty quiz or an item that is no Question.
    """
    if not items:
        raise ValueError(MESSAGES["empty"])
    if wrong := [item for item in items if not isinstance(item, Question)]:
        raise ValueError(MESSAGES["items"].format(value=type(wrong[0]).__name__))
    state = {
        "items": [
            {
                "question": item.text,
                "choices": list(item.choices),
                "answer": item.answer,
                "because": item.because,
            }
            for item in items
        ],
        "text": TEXT,
    }
    questions = " ".join(item.text for item in items)
    alt = MESSAGES["alt"].format(count=len(items), questions=questions)
    return FormView("quiz", state, fallback="".join(map(_fallback, items)), alt=alt)


def _fallback(item: Question) -> str:
    answer = f"{item.choices[item.answer]}. {item.because}".strip()
    folded = details(MESSAGES["summary"], f"<p>{html.escape(answer)}</p>")
    return question_html(item.text, item.choices) + folded
