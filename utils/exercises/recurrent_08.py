"""The exercises of lecture recurrent/08: shifted targets, greedy decoding, exact match.

A wrong answer is compared with what each known misconception would give on the same inputs.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from utils.exercises.attempts import (
    Case,
    Failed,
    answer,
    brief,
    call_text,
    require_function,
)
from utils.exercises.exercise import Exercise, Misconception, load_reference
from utils.exercises.verdict import Difference, Verdict

TEXT = {
    "passed_shift_target": "At every place the decoder reads one word and answers the next one.",
    "passed_greedy_translation": "Your decoder reads its own last word, carries its state, and "
    "knows when to stop.",
    "passed_exact_match": "A sentence is right when every word is right, END included; what stands "
    "behind END does not count.",
    "unrecognised": "This is not the expected answer.",
    "compare": "Work the first input out by hand, and compare.",
    "no_list": "{call} returned {value}. {wanted} was expected.",
    "no_list_advice": "Look at what stands behind return.",
    "shift_target_wanted": "A pair of lists (inputs, outputs)",
    "greedy_translation_wanted": "A list of words",
    "exact_match_wanted": "One number",
    "not_shifted": "Inputs and outputs are the same: the decoder only has to copy what it reads.",
    "not_shifted_advice": "The inputs begin with START, the outputs end with END; the words "
    "between them are the same.",
    "wrong_way": "You shift the wrong way: the decoder reads a word and answers the one before it.",
    "wrong_way_advice": "Begin the inputs with START. Then output t is the word after input t.",
    "no_start": "Without START the decoder has nothing to read before it writes its first word.",
    "no_start_advice": "Let the inputs begin with START, and leave no word out of the outputs.",
    "no_end": "Without END the decoder never learns to stop.",
    "no_end_advice": "Let the outputs end with END, and let the inputs keep the last word.",
    "both_marks": "Your two lists hold START and END both. The decoder never writes START, and "
    "never reads END.",
    "both_marks_advice": "START only in the inputs, END only in the outputs.",
    "keeps_end": "Your answer holds END. END is a mark, not a word of the sentence.",
    "keeps_end_advice": "Leave the loop before you append END.",
    "never_stops": "You go on behind END, up to the longest length.",
    "never_stops_advice": "Leave the loop when the word is END.",
    "always_start": "Every step of yours reads START. The decoder never learns what it has "
    "written.",
    "always_start_advice": "Give step the word that was written last.",
    "forgets_state": "You give step the first state each time. What it read is lost.",
    "forgets_state_advice": "Keep the state that step returns, for the next step.",
    "drops_first": "The first word is missing: it is the answer to START.",
    "drops_first_advice": "Append the word of every step, the first one included.",
    "ignores_longest": "Your loop stops at END only. A decoder that never writes END would run "
    "for ever.",
    "ignores_longest_advice": "Stop after longest words too: for _ in range(longest).",
    "least_likely": "You take the word with the smallest logit.",
    "least_likely_advice": "The most likely word has the largest logit: max, or argmax.",
    "counts_words": "You count right words. A sentence with one wrong word is not right.",
    "counts_words_advice": "Ask of each sentence whether all its words are right, then count "
    "sentences.",
    "counts_padding": "You count padding too: places behind END are no words.",
    "counts_padding_advice": "Look at each target up to its END only, and count sentences.",
    "whole_rows": "You compare whole rows. What a decoder writes behind END is not part of its "
    "answer.",
    "whole_rows_advice": "Compare up to the END of the target only.",
    "without_end": "You do not ask for END: an answer that goes on is not the same sentence.",
    "without_end_advice": "Compare one place more: the END of the target.",
    "not_a_share": "You return how many are right. A share is a number from 0 to 1.",
    "not_a_share_advice": "Divide by the number of sentences.",
}
START, END, PAD = 1, 2, 0


def _misconception(name: str, example: Any) -> Misconception:
    return Misconception(name, TEXT[name], TEXT[f"{name}_advice"], example)


def _plain(value: Any) -> Any:
    """Return lists and numbers for lists, tuples, arrays, tensors and numbers of any kind."""
    if isinstance(value, Tensor | np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return round(float(value), 9)


def _answer(name: str, attempt: Callable[..., Any], case: Case) -> Any:
    """Return what ``attempt`` answers for ``case``, as lists and numbers."""
    value = answer(name, attempt, case)
    try:
        if isinstance(value, str):
            raise TypeError
        return _plain(value)
    except (TypeError, ValueError, OverflowError):
        call, wanted = call_text(name, case), TEXT[f"{name}_wanted"]
        message = TEXT["no_list"].format(call=call, value=brief(value), wanted=wanted)
        raise Failed(message, TEXT["no_list_advice"]) from None


def _shown(value: Any) -> str:
    return str(_whole(value))


def _whole(value: Any) -> Any:
    """Return whole numbers without their point, in lists too."""
    if isinstance(value, list):
        return [_whole(part) for part in value]
    return int(value) if value.is_integer() else value


def _exercise(
    name: str, cases: Sequence[Case], models: tuple[Misconception, ...], hints: tuple[str, ...]
) -> Exercise:
    """Return the exercise whose check compares answers, and names the idea behind wrong ones."""

    def check(attempt: Any) -> Verdict:
        require_function(name, attempt)
        given = [_answer(name, attempt, case) for case in cases]
        expected = [_answer(name, load_reference(name), case) for case in cases]
        if given == expected:
            return Verdict(name, "passed", TEXT[f"passed_{name}"])
        shown = tuple(
            Difference(call_text(name, case), _shown(a), _shown(b))
            for case, a, b in zip(cases, expected, given, strict=True)
            if a != b
        )[:3]
        for model in models:
            if given == [_answer(name, model.example, case) for case in cases]:
                return Verdict(name, "wrong", model.message, model.advice, model.name, shown)
        return Verdict(name, "wrong", TEXT["unrecognised"], TEXT["compare"], None, shown)

    return Exercise(name, check, hints, models)


# shift_target: what the decoder reads and what it must answer

SHIFT_CASES: list[Case] = [{"words": [7, 4, 9]}, {"words": [5]}, {"words": [8, 8, 3, 6]}]
SHIFT_MODELS = (
    _misconception("not_shifted", lambda w: ([START, *w, END], [START, *w, END])),
    _misconception("not_shifted", lambda w: (w, w)),
    _misconception("not_shifted", lambda w: ([START, *w], [START, *w])),
    _misconception("wrong_way", lambda w: ([*w, END], [START, *w])),
    _misconception("no_start", lambda w: (w, [*w[1:], END])),
    _misconception("no_start", lambda w: (w, [*w, END])),
    _misconception("no_end", lambda w: ([START, *w[:-1]], w)),
    _misconception("no_end", lambda w: ([START, *w], w)),
    _misconception("both_marks", lambda w: ([START, *w, END], [*w, END])),
    _misconception("both_marks", lambda w: ([START, *w], [START, *w, END])),
)

# greedy_translation: one word at a time, until END


class _Speller:
    """A decoder that says its words as long as it reads what it said before."""

    def __init__(self, *words: int) -> None:
        self.words = words

    def __call__(self, word: int, state: int) -> tuple[list[float], int]:
        expected = START if state == 0 else (*self.words, END)[min(state, len(self.words)) - 1]
        answer = self.words[state] if state < len(self.words) else END
        answer = answer if word == expected else 3 + (answer + word) % 7
        return [float(token == answer) - 0.01 * token for token in range(10)], state + 1

    def __repr__(self) -> str:
        return f"<step that says {', '.join(map(str, self.words))}, END>"


class _Talker:
    """A decoder that counts in circles from 3 to 9 and never says END."""

    def __call__(self, word: int, state: int) -> tuple[list[float], int]:
        answer = 3 + (word + state) % 7
        return [float(token == answer) - 0.01 * token for token in range(10)], state + 1

    def __repr__(self) -> str:
        return "<step that never says END>"


GREEDY_CASES: list[Case] = [
    {"step": _Speller(5, 8, 4), "state": 0, "longest": 6},
    {"step": _Speller(9), "state": 0, "longest": 4},
    {"step": _Talker(), "state": 0, "longest": 5},
]


def _decode(
    step, state, longest, *, keep_end=False, stop=True, feed=True, carry=True, best=max
) -> list[int]:
    """Decode greedily, with one fault for each switch that is changed."""
    word, words = START, []
    for _ in range(longest):
        logits, after = step(word if feed else START, state)
        state = after if carry else state
        word = logits.index(best(logits))
        if stop and word == END:
            return [*words, END] if keep_end else words
        words.append(word)
    return words


def _with(**fault: Any) -> Callable[..., list[int]]:
    return lambda step, state, longest: _decode(step, state, longest, **fault)


GREEDY_MODELS = (
    _misconception("keeps_end", _with(keep_end=True)),
    _misconception("never_stops", _with(stop=False)),
    _misconception("always_start", _with(feed=False)),
    _misconception("forgets_state", _with(carry=False)),
    _misconception("drops_first", lambda step, state, longest: _decode(step, state, longest)[1:]),
    _misconception("ignores_longest", lambda step, state, longest: _decode(step, state, 500)),
    _misconception("least_likely", _with(best=min)),
)

# exact_match: the share of sentences that are right

TARGETS = [[4, 5, END, PAD, PAD], [6, 3, 7, 8, END], [9, END, PAD, PAD, PAD], [5, 5, END, PAD, PAD]]
MATCH_CASES: list[Case] = [
    {"answers": [[4, 5, END, 4, 4], [6, 3, 7, 8, END], [9, 9, END, PAD, PAD], [5, 4, END, PAD, 7]]},
    {"answers": [[4, 5, 6, END, PAD], [6, 3, 7, 9, END], [9, END, 3, 3, 3], [5, 5, END, PAD, PAD]]},
    {"answers": TARGETS},
]
MATCH_CASES = [{**case, "targets": TARGETS} for case in MATCH_CASES]


def _share(answers, targets, *, last: int = 1) -> float:
    ends = [target.index(END) + last for target in targets]
    rows = zip(answers, targets, ends, strict=True)
    return sum(a[:end] == t[:end] for a, t, end in rows) / len(targets)


def _words(answers, targets, *, padding: bool) -> float:
    pairs = [p for a, t in zip(answers, targets, strict=True) for p in zip(a, t, strict=True)]
    pairs = [p for p in pairs if padding or p[1] != PAD]
    return sum(a == t for a, t in pairs) / len(pairs)


def _whole_rows(answers, targets) -> float:
    return sum(a == t for a, t in zip(answers, targets, strict=True)) / len(targets)


MATCH_MODELS = (
    _misconception("counts_words", lambda a, t: _words(a, t, padding=False)),
    _misconception("counts_padding", lambda a, t: _words(a, t, padding=True)),
    _misconception("whole_rows", _whole_rows),
    _misconception("without_end", lambda a, t: _share(a, t, last=0)),
    _misconception("not_a_share", lambda a, t: len(t) * _share(a, t)),
)

EXERCISES = (
    _exercise(
        "shift_target",
        SHIFT_CASES,
        SHIFT_MODELS,
        (
            "What can the decoder read before it has written anything?",
            "Write both lists below each other: under each input stands the word that comes next.",
            "inputs: START and the words. outputs: the words and END.",
        ),
    ),
    _exercise(
        "greedy_translation",
        GREEDY_CASES,
        GREEDY_MODELS,
        (
            "Two things go from one step to the next: the state, and one word.",
            "Begin with word = 1 (START). In the loop: logits, state = step(word, state).",
            "word = logits.index(max(logits)); if it is 2 (END), stop; else append it.",
        ),
    ),
    _exercise(
        "exact_match",
        MATCH_CASES,
        MATCH_MODELS,
        (
            "Where does a target end? Everything behind that place is padding.",
            "end = target.index(2) + 1 is the place behind END.",
            "Compare answer[:end] with target[:end]; divide the number of equal ones by all.",
        ),
    ),
)
