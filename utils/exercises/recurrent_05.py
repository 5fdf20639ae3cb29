"""The exercises of lecture recurrent/05: a gradient through tanh steps, clipping, a forget bias."""

import math
from collections.abc import Sequence

from utils.exercises.attempts import Case
from utils.exercises.numeric import NumberExercises

TEXT = {
    "passed_gradient_through": "Each step back multiplies by the weight and by the slope of tanh.",
    "passed_clip_factor": "One factor for all gradients: the direction stays.",
    "passed_bias_that_keeps": "A gate near 1 keeps the gradient; its bias must be large.",
    "unrecognised": "The numbers are not the expected ones.",
    "compare": "Work the first input out by hand, and compare.",
    "no_slope": "Each step has one more factor: the slope of tanh. You multiply by w only.",
    "no_slope_advice": "Use w * (1 - h**2).",
    "no_weight": "Each step has one more factor: the weight. You multiply by the slopes only.",
    "no_weight_advice": "Use w * (1 - h**2).",
    "weight_once": "You use the weight once. Every step back multiplies by the same w again.",
    "weight_once_advice": "Put w inside the loop.",
    "first_too": "You also multiply by the slope at h_1. The path begins at h_1: its own slope "
    "comes before it.",
    "first_too_advice": "Use the states after the first: states[1:].",
    "not_the_last": "You use the slopes of the states before each step. The slope of a step is "
    "that of the state it makes.",
    "not_the_last_advice": "Use the states after the first: states[1:].",
    "added": "You add the factors. One path through several steps multiplies them.",
    "added_advice": "Begin with 1.0 and multiply.",
    "linear_slope": "The slope of tanh is 1 - h**2, not 1 - h.",
    "linear_slope_advice": "Square the state.",
    "always": "You also make small gradients longer. Clipping leaves a small gradient as it is.",
    "always_advice": "Return 1.0 where the norm is not above largest.",
    "squared_norm": "You compare the squared norm. The norm is its square root.",
    "squared_norm_advice": "Use math.sqrt.",
    "norms_added": "You add the norms of the parts. All parts together are one long vector.",
    "norms_added_advice": "Add the squares of all numbers, then take one square root.",
    "by_part": "You use the longest part. All parts together are one long vector.",
    "by_part_advice": "Add the squares of all numbers, then take one square root.",
    "by_value": "You clip by the largest number. That is clipping by value, not by norm.",
    "by_value_advice": "Use the square root of the sum of squares.",
    "upside_down": "Your factor is turned round: it makes long gradients longer.",
    "upside_down_advice": "Divide largest by the norm.",
    "one_gate": "Your gate keeps the share in one step. Over all steps the gates multiply.",
    "one_gate_advice": "The gate is the root: share ** (1 / steps).",
    "gate_not_bias": "You return the gate. The bias is what the sigmoid turns into this gate.",
    "gate_not_bias_advice": "Turn the sigmoid round: log(f / (1 - f)).",
    "divided": "You divide the share by the steps. The gates multiply, they do not add.",
    "divided_advice": "The gate is the root: share ** (1 / steps).",
    "logarithm": "You take the logarithm of the gate. That does not turn the sigmoid round.",
    "logarithm_advice": "Use log(f / (1 - f)).",
    "other_sign": "Your sign is turned: this bias closes the gate.",
    "other_sign_advice": "Use log(f / (1 - f)), not log((1 - f) / f).",
}
LECTURE = NumberExercises(TEXT)
_misconception = LECTURE.misconception

# gradient_through: dh_T/dh_1 of one tanh unit


def _product(w: float, states: Sequence[float], slope: float = 1.0) -> float:
    """Return the product of w (1 − h²) over the states; a ``slope`` of 0 leaves 1 − h² out."""
    return math.prod(w * (1 - slope * h**2) for h in states)


THROUGH_CASES: list[Case] = [
    {"w": 2.0, "states": [0.5, 0.5, 0.0]},
    {"w": 0.9, "states": [0.1, -0.6, 0.3, 0.8]},
    {"w": -1.5, "states": [0.2, 0.9, -0.4, 0.7, 0.1]},
]
THROUGH_MODELS = (
    _misconception("no_slope", lambda w, states: _product(w, states[1:], 0.0)),
    _misconception("no_weight", lambda w, states: _product(1.0, states[1:])),
    _misconception("weight_once", lambda w, states: w * _product(1.0, states[1:])),
    _misconception("first_too", lambda w, states: _product(w, states)),
    _misconception("not_the_last", lambda w, states: _product(w, states[:-1])),
    _misconception("added", lambda w, states: sum(w * (1 - h**2) for h in states[1:])),
    _misconception("linear_slope", lambda w, states: math.prod(w * (1 - h) for h in states[1:])),
)

# clip_factor: what all gradients are multiplied by


def _limited(norm: float, largest: float) -> float:
    return min(1.0, largest / norm)


def _norms(gradients: Sequence[Sequence[float]]) -> list[float]:
    return [math.hypot(*gradient) for gradient in gradients]


FACTOR_CASES: list[Case] = [
    {"gradients": [[2.0, 4.0], [4.0]], "largest": 3.0},
    {"gradients": [[0.3, -0.4], [0.0, 1.2]], "largest": 2.0},
    {"gradients": [[-6.0], [2.0, 3.0], [0.0]], "largest": 1.0},
]
FACTOR_MODELS = (
    _misconception("always", lambda grads, largest: largest / math.hypot(*_norms(grads))),
    _misconception(
        "squared_norm", lambda grads, largest: _limited(math.hypot(*_norms(grads)) ** 2, largest)
    ),
    _misconception("norms_added", lambda grads, largest: _limited(sum(_norms(grads)), largest)),
    _misconception("by_part", lambda grads, largest: _limited(max(_norms(grads)), largest)),
    _misconception(
        "by_value",
        lambda grads, largest: _limited(max(abs(g) for grad in grads for g in grad), largest),
    ),
    _misconception(
        "upside_down", lambda grads, largest: max(1.0, math.hypot(*_norms(grads)) / largest)
    ),
)

# bias_that_keeps: the forget bias after which a share of the gradient is left


def _turned_round(forget: float) -> float:
    return math.log(forget / (1 - forget))


BIAS_CASES: list[Case] = [
    {"share": 0.25, "steps": 2},
    {"share": 0.5, "steps": 50},
    {"share": 0.1, "steps": 20},
]
BIAS_MODELS = (
    _misconception("one_gate", lambda share, steps: _turned_round(share)),
    _misconception("gate_not_bias", lambda share, steps: share ** (1 / steps)),
    _misconception("divided", lambda share, steps: _turned_round(share / steps)),
    _misconception("logarithm", lambda share, steps: math.log(share) / steps),
    _misconception("other_sign", lambda share, steps: -_turned_round(share ** (1 / steps))),
)

EXERCISES = (
    LECTURE.exercise(
        "gradient_through",
        THROUGH_CASES,
        THROUGH_MODELS,
        (
            "h_2 = tanh(w * h_1 + …). What is the derivative of h_2 with respect to h_1?",
            "One step gives w * (1 - h_2**2). The next gives w * (1 - h_3**2).",
            "Begin with 1.0. Go through states[1:] and multiply.",
        ),
    ),
    LECTURE.exercise(
        "clip_factor",
        FACTOR_CASES,
        FACTOR_MODELS,
        (
            "Put all gradients into one long vector. What is its length?",
            "norm = math.sqrt(sum of the squares of all numbers).",
            "The factor is largest / norm, but never above 1.",
        ),
    ),
    LECTURE.exercise(
        "bias_that_keeps",
        BIAS_CASES,
        BIAS_MODELS,
        (
            "The gradient of the cell state is multiplied by f at every step: share = f**steps.",
            "f = share ** (1 / steps).",
            "f = 1 / (1 + exp(-b)). Solve this for b.",
        ),
    ),
)
