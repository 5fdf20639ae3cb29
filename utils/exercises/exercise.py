"""The registry of exercises, and the three calls a notebook makes: check, hint, solution.

An exercise names its misconceptions: a checker does not only say that an answer is wrong, it
recognises which idea is behind it. Each misconception brings an answer that shows it, so that
the tests can plant it and see it named.
"""

import difflib
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from utils.exercises import verdict
from utils.exercises.attempts import Failed, NotTried
from utils.exercises.verdict import Shown, Verdict

LECTURES = (
    "training_01",
    "training_02",
    "training_03",
    "training_04",
    "training_05",
    "training_06",
    "recurrent_01",
    "recurrent_02",
    "recurrent_03",
    "recurrent_04",
    "recurrent_05",
    "recurrent_06",
    "recurrent_07",
    "recurrent_08",
    "attention_01",
    "attention_02",
    "attention_03",
    "attention_04",
    "attention_05",
    "attention_06",
)
SOLUTIONS = Path(__file__).parent / "solutions"
TEXT = {
    "unknown": "There is no exercise {name!r}. {close}The exercises are: {names}.",
    "close": "Did you mean {name!r}? ",
    "number": "{exercise} has the hints 1 to {count}, not {number!r}.",
    "no_more": "{hint} (This was the last hint; solution({exercise!r}) shows one way.)",
}


@dataclass(frozen=True)
class Misconception:
    """A wrong idea: its short name, words for the reader, and an answer that shows it."""

    name: str
    message: str
    advice: str
    example: Any


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    ``checker`` takes the attempt and returns a Verdict; it may raise NotTried and Failed.
    ``reference`` is what the file ``solutions/<name>.py`` defines.
    """

    name: str
    checker: Callable[..., Verdict]
    hints: tuple[str, ...]
    misconceptions: tuple[Misconception, ...]

    @property
    def source(self) -> str:
        """The reference solution as Python source that runs on its own."""
        return (SOLUTIONS / f"{self.name}.py").read_text(encoding="utf-8")

    @property
    def reference(self) -> Any:
        """The object of the exercise's name that the reference solution defines."""
        return load_reference(self.name)


def load_reference(name: str) -> Any:
    """Return what ``solutions/<name>.py`` defines under that name."""
    return getattr(importlib.import_module(f"utils.exercises.solutions.{name}"), name)


class Registry:
    """Finds exercises by name and remembers which hints were shown in this session."""

    def __init__(self, exercises: tuple[Exercise, ...]) -> None:
        self.exercises = {exercise.name: exercise for exercise in exercises}
        self._hints_shown = dict.fromkeys(self.exercises, 0)

    @classmethod
    def of_lectures(cls) -> "Registry":
        """Return the registry of all lectures' exercises."""
        modules = (importlib.import_module(f"utils.exercises.{name}") for name in LECTURES)
        return cls(tuple(exercise for module in modules for exercise in module.EXERCISES))

    def find(self, name: str) -> Exercise:
        """Return an exercise; raises ValueError with the known names if there is none."""
        if name in self.exercises:
            return self.exercises[name]
        near = difflib.get_close_matches(str(name), self.exercises, n=1)
        close = TEXT["close"].format(name=near[0]) if near else ""
        names = ", ".join(self.exercises)
        raise ValueError(TEXT["unknown"].format(name=name, close=close, names=names))

    def check(self, name: str, attempt: Any) -> Verdict:
        """Judge an attempt; a stub or an error in it becomes a Verdict, never an exception."""
        exercise = self.find(name)
        try:
            return exercise.checker(attempt)
        except NotTried as blank:
            return Verdict(name, "not_tried", str(blank))
        except Failed as failed:
            return Verdict(name, "error", failed.message, failed.advice)

    def hint(self, name: str, number: int | None = None) -> Shown:
        """Return the next hint (the last one again when all were shown), or hint ``number``."""
        exercise = self.find(name)
        count = len(exercise.hints)
        if number is None:
            number = min(self._hints_shown[name] + 1, count)
        if number not in range(1, count + 1):
            raise ValueError(TEXT["number"].format(exercise=name, count=count, number=number))
        self._hints_shown[name] = max(number, self._hints_shown[name])
        heading = verdict.TEXT["hint"].format(number=number, count=count, exercise=name)
        text = exercise.hints[number - 1]
        if number == count:
            text = TEXT["no_more"].format(hint=text, exercise=name)
        return Shown("hint", heading, text)

    def solution(self, name: str) -> Shown:
        """Return the reference solution as code; it is the very code that the tests run."""
        exercise = self.find(name)
        heading = verdict.TEXT["solution"].format(exercise=name)
        return Shown("solution", heading, exercise.source.rstrip())
