"""Runs a reader's function on given inputs and compares numbers; it never lets an error escape.

A stub, an exception or a value that is no number ends the run with :class:`NotTried` or
:class:`Failed`; both carry words for the reader and are turned into a verdict by ``check``.
"""

import copy
import math
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from utils.exercises.verdict import Difference

TEXT = {
    "stub": "Replace the line that raises NotImplementedError by your answer, then check again.",
    "blank": "There is still a blank (...) in your answer. Fill it in, then check again.",
    "raised": "{call} raised {error}.",
    "line": "It happened in line {number}: {code}",
    "debug": "Run this call in a cell of its own, and look at each value before that line.",
    "arguments": "The function must take these arguments, in this order: {names}.",
    "nothing": "{call} returned nothing (None).",
    "return": "End the function with return and the value.",
    "no_number": "{call} returned {value}, which is not a number.",
    "one_number": "Return one number, for example a float.",
    "no_function": "A function was expected here, not {value}.",
    "no_call": 'Pass the function itself, without calling it: check("{name}", {name}).',
}
LONGEST = 80

Case = Mapping[str, Any]


class NotTried(Exception):
    """The answer is still a stub or has a blank; the text says what to do."""


class Failed(Exception):
    """The answer cannot be judged: ``message`` says what happened, ``advice`` what to do."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.message, self.advice = message, advice


def require_function(name: str, attempt: Any) -> None:
    """Raise NotTried for a blank and Failed for anything else that cannot be called."""
    if attempt is None or attempt is ...:
        raise NotTried(TEXT["blank"])
    if not callable(attempt):
        raise Failed(
            TEXT["no_function"].format(value=brief(attempt)), TEXT["no_call"].format(name=name)
        )


def answer(name: str, attempt: Callable[..., Any], case: Case, first: Case | None = None) -> Any:
    """Return whatever ``attempt`` answers for ``case`` (passed by position).

    ``first`` holds arguments that come before and are passed as they are, such as a model.
    Raises NotTried for a stub or a blank and Failed for an exception.
    """
    first = first or {}
    try:
        copies = copy.deepcopy(list(case.values()))  # it may change what it is given
        value = attempt(*first.values(), *copies)
    except NotImplementedError:
        raise NotTried(TEXT["stub"]) from None
    except (Exception, SystemExit) as error:
        raise _explained(name, {**first, **case}, error) from None
    if value is ...:
        raise NotTried(TEXT["blank"])
    return value


def run(name: str, attempt: Callable[..., Any], case: Case) -> float:
    """Return what ``attempt`` answers for ``case``, as a float; raises as :func:`answer` does.

    Raises Failed for a value that is no number, too.
    """
    return _number(name, case, answer(name, attempt, case))


def run_all(name: str, attempt: Callable[..., Any], cases: Sequence[Case]) -> list[float]:
    """Return the answers of ``attempt`` to all ``cases``; raises as :func:`run` does."""
    return [run(name, attempt, case) for case in cases]


def _number(name: str, case: Case, value: Any) -> float:
    if value is None:
        raise Failed(TEXT["nothing"].format(call=call_text(name, case)), TEXT["return"])
    try:
        if isinstance(value, str) or np.ndim(value):
            raise TypeError
        return float(value)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        words = TEXT["no_number"].format(call=call_text(name, case), value=brief(value))
        raise Failed(words, TEXT["one_number"]) from None


def _explained(name: str, case: Case, error: BaseException) -> Exception:
    if isinstance(error, TypeError) and "ellipsis" in str(error):
        return NotTried(TEXT["blank"])
    words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    message = TEXT["raised"].format(call=call_text(name, case), error=words.rstrip("."))
    frames = traceback.extract_tb(error.__traceback__)[1:]  # without the call in answer()
    if not frames:
        return Failed(message, TEXT["arguments"].format(names=", ".join(case)))
    own = [frame for frame in frames if frame.filename == frames[0].filename][-1]
    line = TEXT["line"].format(number=own.lineno, code=own.line) if own.line else ""
    return Failed(message, f"{line} {TEXT['debug']}".strip())


def call_text(name: str, case: Case) -> str:
    """Return the call as a reader would write it, arrays shortened."""
    inner = ", ".join(f"{key}={brief(value)}" for key, value in case.items())
    return f"{name}({inner})"


def brief(value: Any) -> str:
    """Return a value's ``repr`` on one line, at most 80 characters; of an array, its two ends."""
    if hasattr(value, "shape") and np.ndim(value):  # np.ndim cannot read uneven lists
        numbers = np.ravel(value)
        return f"[{numbers[0]:.3g}, …, {numbers[-1]:.3g}]" if numbers.size else "[]"
    try:
        words = " ".join(repr(value).split())
    except Exception:
        words = type(value).__name__
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def short(value: float) -> str:
    """Return a number with at most five significant digits."""
    return f"{value:.5g}"


def close(a: float, b: float, tolerance: float = 1e-6) -> bool:
    """Say whether two numbers agree up to rounding; NaN agrees with nothing."""
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance * 1e-2)


def all_close(first: Sequence[float], second: Sequence[float]) -> bool:
    """Say whether two lists of numbers agree up to rounding, number by number."""
    return all(close(a, b) for a, b in zip(first, second, strict=True))


def differences(
    name: str,
    cases: Sequence[Case],
    expected: Sequence[float],
    given: Sequence[float],
    limit: int = 3,
) -> tuple[Difference, ...]:
    """Return the first ``limit`` inputs on which ``given`` is not ``expected``."""
    wrong = [
        Difference(call_text(name, case), short(a), short(b))
        for case, a, b in zip(cases, expected, given, strict=True)
        if not close(a, b)
    ]
    return tuple(wrong[:limit])
