"""Exercises that name the misconception, predictions before the plot, and short quizzes.

A notebook uses five calls: ``check``, ``hint``, ``solution``, ``predict`` and ``quiz``.
"""

import functools
from typing import Any

from utils.exercises.exercise import Registry
from utils.exercises.verdict import Shown, Verdict
from utils.widgets.prediction import predict
from utils.widgets.quiz import Question, quiz


@functools.cache
def _registry() -> Registry:
    return Registry.of_lectures()


def check(name: str, attempt: Any) -> Verdict:
    """Judge an attempt at exercise ``name`` and return a displayable Verdict.

    A stub gives "not tried yet", an exception inside the attempt is named; neither is raised.
    Raises ValueError for an unknown exercise.
    """
    return _registry().check(name, attempt)


def hint(name: str, number: int | None = None) -> Shown:
    """Return the next hint of exercise ``name``, or hint ``number`` (from 1)."""
    return _registry().hint(name, number)


def solution(name: str) -> Shown:
    """Return a solution of exercise ``name`` as code."""
    return _registry().solution(name)


__all__ = ["Question", "Shown", "Verdict", "check", "hint", "predict", "quiz", "solution"]
