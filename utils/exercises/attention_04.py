"""The exercises of lecture attention/04: one output, one masked weight, and faults of masks."""

import math
from collections.abc import Sequence

import numpy as np

from utils.exercises.attempts import Case
from utils.exercises.exercise import Misconception
from utils.exercises.labels import Answer, label_exercise
from utils.exercises.numeric import NumberExercises

Numbers = Sequence[float]
MASK_WORDS = ("right", "after softmax", "transposed", "inverted")
TEXT = {
    "passed_attend": "Scores, scale, softmax, weighted sum: that is self-attention.",
    "passed_causal_weight": "What lies in the future is −∞ before the softmax.",
    "passed_find_the_fault": "All four are named. Sums and gradients tell them apart.",
    "unrecognised": "The numbers are not the expected ones.",
    "compare": "Work the first input out by hand, and compare.",
    "no_scale": "You do not divide the scores.",
    "no_scale_advice": "Divide each score by the square root of the number of entries of a query.",
    "by_width": "You divide the scores by D, not by √D.",
    "by_width_advice": "Use math.sqrt(len(query)).",
    "scale_weights": "You divide the weights. The scale belongs before the softmax.",
    "scale_weights_advice": "Divide the scores, then take exp.",
    "no_softmax": "You use the scores themselves as weights.",
    "no_softmax_advice": "Take exp of each score, and divide by the sum of all.",
    "no_sum": "Your weights do not add up to 1: you take exp, and do not divide by the sum.",
    "no_sum_advice": "Divide each exp(score) by the sum of all of them.",
    "hard": "You return the value of the best key only. Attention mixes all values.",
    "hard_advice": "Weigh every value by its weight, and add.",
    "equal_shares": "You give every value the same weight.",
    "equal_shares_advice": "The weights are the softmax of the scores.",
    "no_mask": "You let the place see the future.",
    "no_mask_advice": "Use only scores[query][: query + 1].",
    "after_softmax": "You set the future to 0 after the softmax. The row does not add up to 1, "
    "and the future still stands in the denominator.",
    "after_softmax_advice": "Leave the future out of the sum below the fraction, too.",
    "transposed": "You see the future and hide the past: rows and columns are exchanged.",
    "transposed_advice": "A row is a query. It may see the keys at its own place and before.",
    "inverted": "You see only what is hidden: the meaning of the mask is turned round.",
    "inverted_advice": "True means: may attend. A place sees itself and the places before.",
    "not_itself": "You hide the place from itself.",
    "not_itself_advice": "A place may see itself: the diagonal stays.",
    "zero_scores": "You set the scores of the future to 0. But exp(0) is 1: the future counts.",
    "zero_scores_advice": "The score must be −∞: exp(−∞) is 0.",
    "column": "You take the softmax over queries. Each query has weights of its own.",
    "column_advice": "Use one row: scores[query].",
    "label_advice": "Give each of {labels} one of {words}.",
    "label_missing": "There is no answer yet for {labels}.",
    "word": "{value} is no answer for {label}.",
    "no_dict": "A dictionary was expected here, not {value}.",
    "no_dict_advice": 'Write {"A": "…", "B": "…", "C": "…", "D": "…"}.',
    "evidence": "picture {label}",
    "direction": "You exchange transposed and inverted. Look at the diagonal: only one of the two "
    "hides a place from itself.",
    "direction_advice": "The transposed mask keeps the diagonal; the inverted one does not.",
    "trust_zeros": "One of your “right” ones has zeros in the right places, and rows that do not "
    "add up to 1.",
    "trust_zeros_advice": "Add the weights of its first row. Then look at the gradient.",
    "leak": "One of your “right” ones has a gradient from the future.",
    "leak_advice": "Above the diagonal of the gradients, everything must be exactly 0.",
    "other": "Not all are named yet.",
    "other_advice": "First add up each row. Then look above the diagonal of the gradients.",
}
LECTURE = NumberExercises(TEXT)
_misconception = LECTURE.misconception


def _softmax(scores: Numbers) -> list[float]:
    powers = [math.exp(score) for score in scores]
    return [power / sum(powers) for power in powers]


def _scores(query: Numbers, keys: Sequence[Numbers], scale: float = 1.0) -> list[float]:
    return [scale * sum(a * b for a, b in zip(query, key, strict=True)) for key in keys]


def _mix(weights: Numbers, values: Numbers) -> float:
    return sum(weight * value for weight, value in zip(weights, values, strict=True))


def _root(query: Numbers) -> float:
    return len(query) ** -0.5


# attend: the output of one query, with one number as the value of each key

ATTEND_CASES: list[Case] = [
    {"query": [0.0, 2.0], "keys": [[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]], "values": [1.0, 2.0, 4.0]},
    {"query": [1.0, -1.0, 0.5], "keys": [[0.3, 0.2, 1.0], [1.0, 0.1, -0.4]], "values": [3.0, -1.0]},
    {
        "query": [0.5, 1.0, -0.5, 1.5],
        "keys": [[0.2, 0.4, 0.1, -0.3], [1.0, 0.0, 0.5, 0.8], [-0.6, 0.9, 0.3, 0.2]],
        "values": [0.5, -2.0, 1.5],
    },
]
ATTEND_MODELS = (
    _misconception("no_scale", lambda q, k, v: _mix(_softmax(_scores(q, k)), v)),
    _misconception("by_width", lambda q, k, v: _mix(_softmax(_scores(q, k, 1 / len(q))), v)),
    _misconception("scale_weights", lambda q, k, v: _root(q) * _mix(_softmax(_scores(q, k)), v)),
    _misconception("no_softmax", lambda q, k, v: _mix(_scores(q, k, _root(q)), v)),
    _misconception(
        "no_sum", lambda q, k, v: _mix([math.exp(e) for e in _scores(q, k, _root(q))], v)
    ),
    _misconception("hard", lambda q, k, v: v[int(np.argmax(_scores(q, k)))]),
    _misconception("equal_shares", lambda q, k, v: sum(v) / len(v)),
)

# causal_weight: one weight of masked self-attention from a table of scores

TABLE = [[1.0, 2.0, 0.5], [0.0, 1.0, 3.0], [0.4, -1.0, 0.2]]
CAUSAL_CASES: list[Case] = [
    {"scores": TABLE, "query": query, "key": key}
    for query, key in ((1, 0), (0, 1), (1, 1), (2, 1), (0, 0), (2, 2), (1, 2))
]


def _seen(row: Numbers, key: int, places: Sequence[int]) -> float:
    """Return the softmax weight of a key among the places that are seen; 0 for any other."""
    below = sum(math.exp(row[place]) for place in places)
    return math.exp(row[key]) / below if key in places else 0.0


CAUSAL_MODELS = (
    _misconception("no_mask", lambda e, q, k: _softmax(e[q])[k]),
    _misconception("after_softmax", lambda e, q, k: _softmax(e[q])[k] if k <= q else 0.0),
    _misconception("transposed", lambda e, q, k: _seen(e[q], k, range(q, len(e)))),
    _misconception("inverted", lambda e, q, k: _seen(e[q], k, range(q + 1, len(e)))),
    _misconception("not_itself", lambda e, q, k: _seen(e[q], k, range(q))),
    _misconception(
        "zero_scores",
        lambda e, q, k: _softmax([s if place <= q else 0.0 for place, s in enumerate(e[q])])[k],
    ),
    _misconception("column", lambda e, q, k: _softmax([row[k] for row in e])[q]),
)

# find_the_fault: four pictures of weights and gradients


def _confusion(truth: Answer, answer: Answer) -> str:
    wrong = {(truth[label], answer[label]) for label in truth if truth[label] != answer[label]}
    if ("after softmax", "right") in wrong:
        return "trust_zeros"
    if any(said == "right" for _, said in wrong):
        return "leak"
    if wrong <= {("transposed", "inverted"), ("inverted", "transposed")}:
        return "direction"
    return "other"


def _fault(name: str, answer: Answer) -> Misconception:
    return Misconception(name, TEXT[name], TEXT[f"{name}_advice"], answer)


FAULT_MODELS = (
    _fault("trust_zeros", {"A": "transposed", "B": "right", "C": "inverted", "D": "after softmax"}),
    _fault("leak", {"A": "right", "B": "after softmax", "C": "inverted", "D": "transposed"}),
    _fault("direction", {"A": "inverted", "B": "after softmax", "C": "transposed", "D": "right"}),
    _fault("other", {"A": "transposed", "B": "inverted", "C": "after softmax", "D": "right"}),
)

EXERCISES = (
    LECTURE.exercise(
        "attend",
        ATTEND_CASES,
        ATTEND_MODELS,
        (
            "One score for each key: the dot product of query and key, divided by √D.",
            "weights: math.exp of each score, divided by the sum of all of them.",
            "Return the sum of weight * value.",
        ),
    ),
    LECTURE.exercise(
        "causal_weight",
        CAUSAL_CASES,
        CAUSAL_MODELS,
        (
            "Which keys may the query see? Those at places 0 to query.",
            "A key after the query gets the weight 0.0.",
            "For all others: math.exp(scores[query][key]), divided by the sum over the keys seen.",
        ),
    ),
    label_exercise(
        "find_the_fault",
        MASK_WORDS,
        _confusion,
        FAULT_MODELS,
        (
            "Two have weights above the diagonal. One has rows that do not add up to 1.",
            "A mask after the softmax leaves zeros, but its gradient from the future is not 0.",
            "The inverted mask hides the diagonal. The transposed one keeps it.",
        ),
        TEXT,
    ),
)
