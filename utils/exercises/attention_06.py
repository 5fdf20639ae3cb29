"""The exercises of lecture attention/06: the score of a head, a sentence's vector, likeness."""

import math
from collections.abc import Sequence

from utils.exercises.attempts import Case
from utils.exercises.numeric import NumberExercises

TEXT = {
    "passed_previous_score": "The score is a mean over the tokens that have a token before.",
    "passed_pooled": "Only real tokens count, so padding changes nothing.",
    "passed_likeness": "The length of a vector does not matter, only its direction.",
    "unrecognised": "The number is not the expected one.",
    "compare": "Work the first input out by hand, and compare.",
    "next_token": "You read the weight on the token after. A row is the token that looks.",
    "next_token_advice": "Row i looks; the token before it is column i - 1.",
    "all_rows": "You divide by all tokens. The first one has no token before it.",
    "all_rows_advice": "Divide by the number of rows that have such a place: one less.",
    "summed": "You return the sum. A long sentence would then have a high score.",
    "summed_advice": "Divide by the number of rows that have a token before.",
    "peaks": "You count how often the largest weight is there. The score is the mean weight.",
    "peaks_advice": "Add the weights themselves, not 1 for each peak.",
    "with_padding": "You take the padding into the mean.",
    "with_padding_advice": "Use only the first length rows.",
    "wrong_count": "You add the real tokens, but divide by all places.",
    "wrong_count_advice": "Divide by length.",
    "first_only": "You take the first token alone. Here the vector is the mean of all.",
    "first_only_advice": "Add the numbers of all real tokens, and divide by length.",
    "not_averaged": "You return the sum. A long sentence would get a long vector.",
    "not_averaged_advice": "Divide by length.",
    "dot_only": "You return the dot product. It grows with the length of the vectors.",
    "dot_only_advice": "Divide by the lengths of both vectors.",
    "one_length": "You divide by one length only.",
    "one_length_advice": "Divide by the length of a and by the length of b.",
    "squared": "You divide by the squared lengths.",
    "squared_advice": "The length is the square root of the sum of squares.",
    "by_size": "You divide by the number of entries. That is a mean of products.",
    "by_size_advice": "Divide by the lengths of both vectors, not by the number of entries.",
}
LECTURE = NumberExercises(TEXT)
_misconception = LECTURE.misconception

Rows = Sequence[Sequence[float]]


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


# previous_score: the mean weight of a head on the token before

WEIGHTS_CASES: list[Case] = [
    {"weights": [[0.6, 0.4], [0.9, 0.1]]},
    {"weights": [[0.5, 0.3, 0.2], [0.4, 0.35, 0.25], [0.1, 0.7, 0.2]]},
    {
        "weights": [
            [0.1, 0.2, 0.3, 0.4],
            [0.3, 0.1, 0.2, 0.4],
            [0.05, 0.5, 0.25, 0.2],
            [0.2, 0.2, 0.35, 0.25],
        ]
    },
]


def _on(weights: Rows, by: int) -> list[float]:
    """Return the weight of each row on the place ``by`` further on, where there is one."""
    count = len(weights)
    return [weights[i][i + by] for i in range(count) if 0 <= i + by < count]


WEIGHTS_MODELS = (
    _misconception("next_token", lambda weights: sum(_on(weights, 1)) / (len(weights) - 1)),
    _misconception("all_rows", lambda weights: sum(_on(weights, -1)) / len(weights)),
    _misconception("summed", lambda weights: sum(_on(weights, -1))),
    _misconception(
        "peaks",
        lambda weights: (
            sum(row[i] == max(row) for i, row in enumerate(weights[1:])) / (len(weights) - 1)
        ),
    ),
)

# pooled: one number of the mean of the real tokens

POOL_CASES: list[Case] = [
    {"states": [[2.0, 4.0], [6.0, 1.0], [9.0, 9.0]], "length": 2, "index": 0},
    {"states": [[1.0, -2.0, 0.5], [3.0, 5.0, 2.5], [-4.0, 1.5, 2.0]], "length": 2, "index": 1},
    {"states": [[1.0, 2.0], [2.5, -3.0], [7.0, 4.0], [5.0, 6.0]], "length": 3, "index": 1},
]


def _column(states: Rows, index: int) -> list[float]:
    return [row[index] for row in states]


POOL_MODELS = (
    _misconception(
        "with_padding",
        lambda states, length, index: sum(_column(states, index)) / len(states),
    ),
    _misconception(
        "wrong_count",
        lambda states, length, index: sum(_column(states[:length], index)) / len(states),
    ),
    _misconception("first_only", lambda states, length, index: states[0][index]),
    _misconception(
        "not_averaged", lambda states, length, index: sum(_column(states[:length], index))
    ),
)

# likeness: the cosine of two vectors

COSINE_CASES: list[Case] = [
    {"a": [3.0, 4.0], "b": [6.0, 8.0]},
    {"a": [1.0, 2.0, -1.0], "b": [0.5, -3.0, 2.0]},
    {"a": [0.2, 0.1, 0.4, 0.3], "b": [5.0, 1.0, 2.0, -1.0]},
]
COSINE_MODELS = (
    _misconception("dot_only", _dot),
    _misconception("one_length", lambda a, b: _dot(a, b) / math.hypot(*a)),
    _misconception("squared", lambda a, b: _dot(a, b) / (_dot(a, a) * _dot(b, b))),
    _misconception("by_size", lambda a, b: _dot(a, b) / len(a)),
)

EXERCISES = (
    LECTURE.exercise(
        "previous_score",
        WEIGHTS_CASES,
        WEIGHTS_MODELS,
        (
            "weights[i] is the row of the token that looks. Which column is the token before?",
            "Column i - 1. Row 0 has none.",
            "Add weights[i][i - 1] for i from 1, and divide by the number of these rows.",
        ),
    ),
    LECTURE.exercise(
        "pooled",
        POOL_CASES,
        POOL_MODELS,
        (
            "Which rows of states are real tokens?",
            "The first length rows. The others are padding.",
            "Add row[index] over these rows, and divide by length.",
        ),
    ),
    LECTURE.exercise(
        "likeness",
        COSINE_CASES,
        COSINE_MODELS,
        (
            "Two vectors of one direction must give 1, whatever their lengths.",
            "Begin with the dot product: the sum of a[i] * b[i].",
            "Divide it by the length of a and by the length of b.",
        ),
    ),
)
