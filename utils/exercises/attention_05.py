"""The exercises of lecture attention/05: a layer norm, a block's parameters, a deep gradient."""

import math
from collections.abc import Sequence

from utils.exercises.attempts import Case
from utils.exercises.numeric import NumberExercises

TEXT = {
    "passed_normalised": "Each place is normalised alone, over its own numbers.",
    "passed_block_parameters": "The heads share the width, so their number changes nothing.",
    "passed_deep_gradient": "Each block passes the gradient itself, and its own part on top.",
    "unrecognised": "The number is not the expected one.",
    "compare": "Work the first input out by hand, and compare.",
    "across_places": "You take mean and deviation over the places. That mixes words.",
    "across_places_advice": "Use the numbers of the one row only: batch[place].",
    "no_deviation": "You subtract the mean, but you do not divide.",
    "no_deviation_advice": "Divide by the standard deviation of the row.",
    "by_variance": "You divide by the variance. Its square root is the standard deviation.",
    "by_variance_advice": "Take the square root of the variance.",
    "fewer_one": "You divide the sum of squares by width − 1. Layer norm divides by the width.",
    "fewer_one_advice": "The variance is the mean of the squared distances.",
    "no_mean": "You do not subtract the mean.",
    "no_mean_advice": "First subtract the mean of the row, then divide.",
    "times_heads": "You count a full set of maps for every head.",
    "times_heads_advice": "Each head has width / heads numbers; together they have one map.",
    "three_maps": "You count queries, keys and values, but not the map of the output.",
    "three_maps_advice": "Attention has four maps from width to width.",
    "no_biases": "You count the weights, but not the biases.",
    "no_biases_advice": "Each linear map has one bias for each number that it gives.",
    "no_norms": "You do not count the two layer norms.",
    "no_norms_advice": "Each norm has a gain and a shift for each of the width numbers.",
    "one_linear": "You count one linear map in the MLP. It has two.",
    "one_linear_advice": "The MLP goes from width to hidden, and back from hidden to width.",
    "no_residual": "You multiply the slopes. That is a stack without residual connections.",
    "no_residual_advice": "The derivative of x + f(x) is 1 + f'(x).",
    "one_path": "You add 1 at the end, once. Every block has its own x + f(x).",
    "one_path_advice": "Each block multiplies by 1 + slope.",
    "summed": "You add the factors of the blocks. The chain rule multiplies them.",
    "summed_advice": "Multiply the factors (1 + slope).",
    "only_first_order": "You keep 1 plus the slopes. Products of slopes are missing.",
    "only_first_order_advice": "Multiply the factors (1 + slope) one after another.",
}
LECTURE = NumberExercises(TEXT)
_misconception = LECTURE.misconception

Rows = Sequence[Sequence[float]]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _variance(values: Sequence[float]) -> float:
    return _mean([(value - _mean(values)) ** 2 for value in values])


def _column(batch: Rows, index: int) -> list[float]:
    return [row[index] for row in batch]


# normalised: one number of a layer norm without gain and shift

NORM_CASES: list[Case] = [
    {"batch": [[1.0, 3.0], [10.0, 20.0]], "place": 1, "index": 0},
    {"batch": [[2.0, -1.0, 5.0], [0.0, 4.0, 1.0]], "place": 0, "index": 2},
    {
        "batch": [[0.5, 1.5, -2.0, 8.0], [3.0, 3.0, 1.0, 9.0], [7.0, 1, 1, 1]],
        "place": 2,
        "index": 1,
    },
]
NORM_MODELS = (
    _misconception(
        "across_places",
        lambda batch, place, index: (
            (batch[place][index] - _mean(_column(batch, index)))
            / math.sqrt(_variance(_column(batch, index)))
        ),
    ),
    _misconception(
        "no_deviation", lambda batch, place, index: batch[place][index] - _mean(batch[place])
    ),
    _misconception(
        "by_variance",
        lambda batch, place, index: (
            (batch[place][index] - _mean(batch[place])) / _variance(batch[place])
        ),
    ),
    _misconception(
        "fewer_one",
        lambda batch, place, index: (
            (batch[place][index] - _mean(batch[place]))
            / math.sqrt(_variance(batch[place]) * len(batch[place]) / (len(batch[place]) - 1))
        ),
    ),
    _misconception(
        "no_mean",
        lambda batch, place, index: batch[place][index] / math.sqrt(_variance(batch[place])),
    ),
)

# block_parameters: attention, MLP and two norms of an encoder block

BLOCK_CASES: list[Case] = [
    {"width": 4, "hidden": 8, "heads": 2},
    {"width": 64, "hidden": 128, "heads": 4},
    {"width": 96, "hidden": 384, "heads": 8},
]


def _linear(inputs: int, outputs: int) -> int:
    return (inputs + 1) * outputs


def _block(width: int, hidden: int, maps: int = 4) -> int:
    mlp = _linear(width, hidden) + _linear(hidden, width)
    return maps * _linear(width, width) + mlp + 4 * width


BLOCK_MODELS = (
    _misconception("times_heads", lambda width, hidden, heads: _block(width, hidden, 4 * heads)),
    _misconception("three_maps", lambda width, hidden, heads: _block(width, hidden, 3)),
    _misconception(
        "no_biases",
        lambda width, hidden, heads: 4 * width * width + 2 * width * hidden + 4 * width,
    ),
    _misconception("no_norms", lambda width, hidden, heads: _block(width, hidden) - 4 * width),
    _misconception(
        "one_linear", lambda width, hidden, heads: _block(width, hidden) - _linear(hidden, width)
    ),
)

# deep_gradient: the derivative of a stack of x + f(x)

SLOPE_CASES: list[Case] = [
    {"slopes": [0.5, 0.1]},
    {"slopes": [0.1, -0.3, 0.2]},
    {"slopes": [0.05, 0.02, -0.04, 0.1, 0.3]},
]
SLOPE_MODELS = (
    _misconception("no_residual", lambda slopes: math.prod(slopes)),
    _misconception("one_path", lambda slopes: 1 + math.prod(slopes)),
    _misconception("summed", lambda slopes: sum(1 + slope for slope in slopes)),
    _misconception("only_first_order", lambda slopes: 1 + sum(slopes)),
)

EXERCISES = (
    LECTURE.exercise(
        "normalised",
        NORM_CASES,
        NORM_MODELS,
        (
            "Which numbers belong to one word? batch[place] is its row.",
            "Subtract the mean of the row, then divide by its standard deviation.",
            "The variance is the mean of (value - mean) ** 2 over the row.",
        ),
    ),
    LECTURE.exercise(
        "block_parameters",
        BLOCK_CASES,
        BLOCK_MODELS,
        (
            "Three parts have weights: attention, the MLP, and the two norms.",
            "A linear map from a to b numbers has a * b weights and b biases.",
            "Attention has 4 maps from width to width; a norm has 2 * width numbers.",
        ),
    ),
    LECTURE.exercise(
        "deep_gradient",
        SLOPE_CASES,
        SLOPE_MODELS,
        (
            "One block is x + f(x). What is its derivative?",
            "It is 1 + slope.",
            "The chain rule multiplies the derivatives of the blocks.",
        ),
    ),
)
