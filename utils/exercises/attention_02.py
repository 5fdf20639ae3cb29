"""The exercises of lecture attention/02: a context, a mask for padding, and the share of peaks."""

import math
from collections.abc import Sequence

from utils.exercises.attempts import Case
from utils.exercises.numeric import NumberExercises

TEXT = {
    "passed_context": "Softmax makes weights, and the context is the weighted mean.",
    "passed_padded_weight": "A padded place has no weight, and the others share all of it.",
    "passed_aligned_share": "Only words with a source of their own count.",
    "unrecognised": "The numbers are not the expected ones.",
    "compare": "Work the first input out by hand, and compare.",
    "no_softmax": "You use the scores as weights. Weights are positive and add up to 1.",
    "no_softmax_advice": "Take the exponential of each score, then divide by their sum.",
    "no_exponential": "You divide the scores by their sum. Negative scores break that.",
    "no_exponential_advice": "Take the exponential of each score first.",
    "not_normalised": "Your weights do not add up to 1.",
    "not_normalised_advice": "Divide each exponential by the sum of all of them.",
    "only_largest": "You take the state with the largest score. That choice has no gradient.",
    "only_largest_advice": "Mix all states by their weights.",
    "plain_mean": "You give every state the same weight. The scores must count.",
    "plain_mean_advice": "Use the softmax of the scores.",
    "score_zero": "You set the scores of the padding to 0. exp(0) = 1 still has weight.",
    "score_zero_advice": "Leave the padding out, or set its scores to minus infinity.",
    "after_softmax": "You set weights to 0 after the softmax. The rest adds up to less than 1.",
    "after_softmax_advice": "Mask the scores, before the softmax.",
    "no_mask": "You give weight to the padding.",
    "no_mask_advice": "Only the first length scores take part.",
    "padding_keeps": "A place in the padding gets weight in your answer. It must get 0.",
    "padding_keeps_advice": "Return 0.0 where place is not below length.",
    "marks_count": "You count words without a source (-1). No weight can be right there.",
    "marks_count_advice": "Skip the rows whose truth is -1.",
    "mean_weight": "You average the weight on the true word. Ask where the largest weight is.",
    "mean_weight_advice": "Compare the place of the largest weight with the truth.",
    "by_column": "You look for the largest weight of each source word. A row is an output word.",
    "by_column_advice": "Take the largest weight of each row.",
    "counted": "You return how many are right, not their share.",
    "counted_advice": "Divide by the number of words that have a source.",
}
LECTURE = NumberExercises(TEXT)
_misconception = LECTURE.misconception


def _softmax(scores: Sequence[float]) -> list[float]:
    parts = [math.exp(score) for score in scores]
    return [part / sum(parts) for part in parts]


def _mix(weights: Sequence[float], states: Sequence[float]) -> float:
    return sum(w * h for w, h in zip(weights, states, strict=True))


# context: softmax of the scores, then the weighted mean of the states

CONTEXT_CASES: list[Case] = [
    {"scores": [0.0, 1.0], "states": [10.0, 20.0]},
    {"scores": [2.0, -1.0, 0.5], "states": [1.0, -4.0, 3.0]},
    {"scores": [-3.0, -1.0, -2.0, 1.5], "states": [0.2, 0.9, -0.7, 0.4]},
]
CONTEXT_MODELS = (
    _misconception("no_softmax", _mix),
    _misconception(
        "no_exponential", lambda scores, states: _mix([e / sum(scores) for e in scores], states)
    ),
    _misconception(
        "not_normalised", lambda scores, states: _mix([math.exp(e) for e in scores], states)
    ),
    _misconception("only_largest", lambda scores, states: states[scores.index(max(scores))]),
    _misconception("plain_mean", lambda scores, states: sum(states) / len(states)),
)

# padded_weight: the softmax over the words, not over the padding

PADDED_CASES: list[Case] = [
    {"scores": [1.0, 2.0, 0.0, 0.0], "length": 2, "place": 0},
    {"scores": [0.5, -1.0, 3.0, 4.0], "length": 3, "place": 2},
    {"scores": [0.5, -1.0, 3.0, 4.0], "length": 3, "place": 3},
]
PADDED_MODELS = (
    _misconception(
        "score_zero",
        lambda scores, length, place: _softmax(scores[:length] + [0.0] * (len(scores) - length))[
            place
        ],
    ),
    _misconception(
        "after_softmax",
        lambda scores, length, place: _softmax(scores)[place] if place < length else 0.0,
    ),
    _misconception("no_mask", lambda scores, length, place: _softmax(scores)[place]),
    _misconception(
        "padding_keeps",
        lambda scores, length, place: (
            math.exp(scores[place]) / sum(math.exp(score) for score in scores[:length])
        ),
    ),
)

# aligned_share: how often the largest weight lies on the true source word


def _peaks(weights: Sequence[Sequence[float]]) -> list[int]:
    return [list(row).index(max(row)) for row in weights]


def _columns(weights: Sequence[Sequence[float]]) -> list[int]:
    """Return for each output word the source word whose largest weight it has, -2 for none."""
    best = [
        max(range(len(weights)), key=lambda t, s=s: weights[t][s]) for s in range(len(weights[0]))
    ]
    return [best.index(t) if t in best else -2 for t in range(len(weights))]


def _share(found: Sequence[int], truth: Sequence[int]) -> float:
    known = [t for t, place in enumerate(truth) if place >= 0]
    return sum(found[t] == truth[t] for t in known) / len(known)


ALIGNED_CASES: list[Case] = [
    {"weights": [[0.1, 0.9], [0.8, 0.2], [0.5, 0.5]], "truth": [1, 0, -1]},
    {
        "weights": [[0.2, 0.7, 0.1], [0.4, 0.5, 0.1], [0.3, 0.3, 0.4], [0.6, 0.2, 0.2]],
        "truth": [1, 0, 2, -1],
    },
    {"weights": [[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]], "truth": [0, 0, -1]},
]
ALIGNED_MODELS = (
    _misconception(
        "marks_count",
        lambda weights, truth: (
            sum(a == b for a, b in zip(_peaks(weights), truth, strict=True)) / len(truth)
        ),
    ),
    _misconception(
        "mean_weight",
        lambda weights, truth: (
            sum(row[place] for row, place in zip(weights, truth, strict=True) if place >= 0)
            / sum(place >= 0 for place in truth)
        ),
    ),
    _misconception("by_column", lambda weights, truth: _share(_columns(weights), truth)),
    _misconception(
        "counted",
        lambda weights, truth: sum(a == b for a, b in zip(_peaks(weights), truth, strict=True)),
    ),
)

EXERCISES = (
    LECTURE.exercise(
        "context",
        CONTEXT_CASES,
        CONTEXT_MODELS,
        (
            "Two steps: scores become weights, then the weights mix the states.",
            "weights = [exp(e) / sum of all exp(e) for e in scores].",
            "The context is the sum of weight * state.",
        ),
    ),
    LECTURE.exercise(
        "padded_weight",
        PADDED_CASES,
        PADDED_MODELS,
        (
            "Which scores may take part in the softmax?",
            "The sum under the fraction runs over scores[:length] only.",
            "For place >= length return 0.0.",
        ),
    ),
    LECTURE.exercise(
        "aligned_share",
        ALIGNED_CASES,
        ALIGNED_MODELS,
        (
            "A row of weights is one output word. Where is its largest number?",
            "row.index(max(row)) is the place of the largest weight.",
            "Count the rows where it equals the truth; leave out rows whose truth is -1.",
        ),
    ),
)
