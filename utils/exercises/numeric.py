"""Exercises whose answer is one number for each input: one way to check them for all lectures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from utils.exercises.attempts import Case, all_close, differences, require_function, run_all
from utils.exercises.exercise import Exercise, Misconception, load_reference
from utils.exercises.verdict import Verdict


@dataclass(frozen=True)
class NumberExercises:
    """Makes the exercises of one lecture from its words.

    ``text`` holds ``passed_<exercise>``, ``unrecognised``, ``compare``, and for each misconception
    its name and ``<name>_advice``. ``readable`` makes a case shorter where it is shown.
    """

    text: Mapping[str, str]
    readable: Callable[[Case], Case] = lambda case: case

    def misconception(self, name: str, example: Callable[..., Any]) -> Misconception:
        """Return a wrong idea with its words; ``example`` answers as it would."""
        return Misconception(name, self.text[name], self.text[f"{name}_advice"], example)

    def exercise(
        self,
        name: str,
        cases: Sequence[Case],
        models: tuple[Misconception, ...],
        hints: tuple[str, ...],
    ) -> Exercise:
        """Return the exercise whose check compares numbers, and names wrong ideas."""

        def check(attempt: Any) -> Verdict:
            require_function(name, attempt)
            given = run_all(name, attempt, cases)
            expected = run_all(name, load_reference(name), cases)
            shown = differences(name, [self.readable(case) for case in cases], expected, given)
            if not shown:
                return Verdict(name, "passed", self.text[f"passed_{name}"])
            for model in models:
                if all_close(run_all(name, model.example, cases), given):
                    return Verdict(name, "wrong", model.message, model.advice, model.name, shown)
            words = (self.text["unrecognised"], self.text["compare"])
            return Verdict(name, "wrong", *words, None, shown)

        return Exercise(name, check, hints, models)
