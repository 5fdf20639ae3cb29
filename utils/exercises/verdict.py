"""What a reader sees after a check, a hint or a solution: static HTML with a plain text twin.

The text comes partly from the reader's own code (exception messages, returned values), so every
piece is escaped. Colour is never the only cue: each state has its own symbol and words.
"""

import html
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["passed", "not_tried", "wrong", "error"]

TEXT = {
    "passed": "Right",
    "not_tried": "Not tried yet",
    "wrong": "Not yet",
    "error": "It does not run yet",
    "input": "Input",
    "expected": "Expected",
    "given": "Yours",
    "heading": "{symbol} {state}: {exercise}",
    "hint": "Hint {number} of {count}: {exercise}",
    "solution": "One solution: {exercise}",
    "row": "{input}: expected {expected}, yours {given}",
    "short_row": "{input}: yours {given}",
}
SYMBOLS = {
    "passed": "✓",
    "not_tried": "○",
    "wrong": "✗",
    "error": "!",
    "hint": "→",
    "solution": "→",
}
# Middle tones: at least 3:1 on white and on the dark ground; blue and orange are colour-blind safe.
COLORS = {"passed": "#2a78c8", "wrong": "#c2671a", "error": "#c2671a", "not_tried": "#768390"}
COLORS |= {"hint": "#768390", "solution": "#768390"}
BOX = "border-left:5px solid {color};padding:.2em 0 .2em .9em;margin:.4em 0;line-height:1.45"
CELL = "text-align:left;padding:.15em 1.4em .15em 0;font-weight:inherit;border:0"
CODE = "margin:.4em 0 0;padding:0;background:none;white-space:pre;overflow-x:auto"


@dataclass(frozen=True)
class Difference:
    """One input on which an answer differs, with the expected and the given value, as text.

    ``expected`` is empty where the right answer should not be given away.
    """

    input: str
    expected: str
    given: str

    def __str__(self) -> str:
        return TEXT["row" if self.expected else "short_row"].format(**vars(self))


@dataclass(frozen=True)
class Verdict:
    """The result of a check; Jupyter shows it as HTML.

    ``misconception`` is the short name of a recognised mistake (None if none was recognised),
    ``message`` says what is wrong, ``advice`` what to do, ``differences`` where it shows.
    """

    exercise: str
    state: State
    message: str
    advice: str = ""
    misconception: str | None = None
    differences: tuple[Difference, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the answer is right."""
        return self.state == "passed"

    @property
    def heading(self) -> str:
        """The first line: symbol, state and exercise."""
        return TEXT["heading"].format(
            symbol=SYMBOLS[self.state], state=TEXT[self.state], exercise=self.exercise
        )

    def __str__(self) -> str:
        lines = (self.heading, self.message, *map(str, self.differences), self.advice)
        return "\n".join(line for line in lines if line)

    def html(self) -> str:
        """Return the verdict as HTML without scripts."""
        parts = [_paragraph(self.message), _table(self.differences), _paragraph(self.advice)]
        return box(self.state, self.heading, "".join(parts))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": str(self)}


@dataclass(frozen=True)
class Shown:
    """A hint or a solution: a heading over text, or over code."""

    kind: Literal["hint", "solution"]
    heading: str
    body: str

    def __str__(self) -> str:
        return f"{SYMBOLS[self.kind]} {self.heading}\n{self.body}"

    def html(self) -> str:
        """Return it as HTML without scripts."""
        body = _code(self.body) if self.kind == "solution" else _paragraph(self.body)
        return box(self.kind, f"{SYMBOLS[self.kind]} {self.heading}", body)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": str(self)}


def box(kind: str, heading: str, body: str) -> str:
    """Return a block with a coloured edge; ``heading`` is text, ``body`` is finished HTML."""
    return (
        f'<div class="dll-verdict" data-state="{kind}" role="status"'
        f' style="{BOX.format(color=COLORS[kind])}">'
        f"<div><strong>{html.escape(heading)}</strong></div>{body}</div>"
    )


def _paragraph(text: str) -> str:
    return f"<div>{html.escape(text)}</div>" if text else ""


def _code(source: str) -> str:
    return f'<pre style="{CODE}"><code>{html.escape(source)}</code></pre>'


def _table(differences: tuple[Difference, ...]) -> str:
    if not differences:
        return ""
    keys = ["input", "expected", "given"]
    if not any(difference.expected for difference in differences):
        keys.remove("expected")
    rows = [_row("th", [TEXT[key] for key in keys])]
    rows += [_row("td", [getattr(difference, key) for key in keys]) for difference in differences]
    return f'<table style="border-collapse:collapse;margin:.3em 0">{"".join(rows)}</table>'


def _row(tag: str, cells: list[str]) -> str:
    inner = "".join(f'<{tag} style="{CELL}">{html.escape(cell)}</{tag}>' for cell in cells)
    return f'<tr style="background:none">{inner}</tr>'
