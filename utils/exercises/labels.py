"""Exercises whose answer is a word for each of some labels: one way to check them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from utils.exercises.attempts import Failed, NotTried, brief
from utils.exercises.exercise import Exercise, Misconception, load_reference
from utils.exercises.verdict import Difference, Verdict

Answer = Mapping[str, str]  # label -> word


def read_answer(
    attempt: Any, labels: Sequence[str], words: Sequence[str], text: Mapping[str, str]
) -> dict[str, str]:
    """Return the answer in our spelling: {label: one of ``words``}.

    Raises NotTried where labels have no answer yet, and Failed for anything but a dictionary of
    these words. ``text`` holds ``label_advice``, ``label_missing``, ``word``, ``no_dict`` and
    ``no_dict_advice``.
    """
    choices = ", ".join(f'"{word}"' for word in words)
    advice = text["label_advice"].format(words=choices, labels=", ".join(labels))
    if attempt is None or attempt is ...:
        raise NotTried(advice)
    if not isinstance(attempt, Mapping):
        raise Failed(text["no_dict"].format(value=brief(attempt)), text["no_dict_advice"])
    answer = {str(key).strip().upper(): value for key, value in attempt.items()}
    if missing := [label for label in labels if answer.get(label) in (None, ..., "")]:
        raise NotTried(f"{text['label_missing'].format(labels=', '.join(missing))} {advice}")
    spelled = {k: " ".join(str(answer[k]).replace("_", " ").lower().split()) for k in labels}
    for label, word in spelled.items():
        if word not in words:
            value = brief(answer[label])
            raise Failed(text["word"].format(label=label, value=value), advice)
    return spelled


def label_exercise(
    name: str,
    words: Sequence[str],
    confusion: Callable[[Answer, Answer], str],
    models: tuple[Misconception, ...],
    hints: tuple[str, ...],
    text: Mapping[str, str],
) -> Exercise:
    """Return the exercise whose reference is ``{label: word}``.

    ``confusion`` takes the truth and a wrong answer and names the misconception behind it. The
    right words are not given away.
    """

    def check(attempt: Any) -> Verdict:
        truth = load_reference(name)
        answer = read_answer(attempt, list(truth), words, text)
        wrong = [label for label in truth if answer[label] != truth[label]]
        if not wrong:
            return Verdict(name, "passed", text[f"passed_{name}"])
        idea = confusion(truth, answer)
        shown = [
            Difference(text["evidence"].format(label=label), "", answer[label]) for label in wrong
        ]
        return Verdict(name, "wrong", text[idea], text[f"{idea}_advice"], idea, tuple(shown))

    return Exercise(name, check, hints, models)
