"""The exercises of lecture training/04: an ensemble's answer, a cyclic rate, a moving average.

A wrong answer is compared with what each known misconception would give on the same inputs.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from utils.exercises.attempts import Case
from utils.exercises.exercise import load_reference
from utils.exercises.numeric import NumberExercises

TEXT = {
    "passed_ensemble_answer": "Each member says probabilities, the average of them decides: a "
    "member that is sure counts more than one that is not.",
    "passed_snapshot_rate": "Your rate falls along half a cosine and returns to its peak at the "
    "start of each cycle.",
    "passed_moving_average": "Your average starts at the first value and moves a little towards "
    "each value after it.",
    "unrecognised": "The numbers are not the expected ones.",
    "compare": "Work the first input out by hand, and compare.",
    "vote": "You let the members vote. A vote forgets how sure each member is.",
    "vote_advice": "Average the probabilities over the members first; take argmax once, at the "
    "end.",
    "average_logits": "You average logits. A member with huge logits then decides alone.",
    "average_logits_advice": "Apply softmax to each member first, then average.",
    "surest_member": "You answer what the surest member says; the others are not heard.",
    "surest_member_advice": "Use mean over the members, not the largest number of all.",
    "softmax_over_members": "Your softmax runs over the members, so it compares members, not "
    "classes.",
    "softmax_over_members_advice": "Each row is one member: softmax(-1) makes a row sum to 1.",
    "mean_of_labels": "You average the numbers of the classes. The mean of class 0 and class 2 "
    "is not class 1.",
    "mean_of_labels_advice": "Average probabilities; a class is only a name.",
    "mean_over_classes": "You average over the classes, so one number is left for each member.",
    "mean_over_classes_advice": "The members stand in the rows: average over dimension 0.",
    "no_restart": "Your rate rises as slowly as it fell. A cyclic rate jumps back to its peak.",
    "no_restart_advice": "Count the steps inside the cycle: step % cycle.",
    "whole_cosine": "Your rate falls and rises inside one cycle. A snapshot needs a low rate at "
    "the end.",
    "whole_cosine_advice": "Go from 0 to pi in one cycle, not to 2 * pi.",
    "straight": "Your rate falls in a straight line, not along a cosine.",
    "straight_advice": "Use 0.5 * peak * (1 + cos(pi * u)), where u is the share of the cycle.",
    "one_step_early": "You are one step early: the first update of a cycle has the peak rate.",
    "one_step_early_advice": "Steps count from 0, so the share of the cycle starts at 0.",
    "twice_the_peak": "Your rate starts at twice the peak: 1 + cos(0) is 2.",
    "twice_the_peak_advice": "Multiply by 0.5.",
    "stays_low": "Your rate is never at its peak again after the first cycle.",
    "stays_low_advice": "step % cycle starts again at 0; min(step, cycle) does not.",
    "starts_at_zero": "Your average starts at 0, so it is too near 0 in the beginning.",
    "starts_at_zero_advice": "Let the first value be the first average.",
    "swapped": "You exchanged the two weights: the newest value gets decay.",
    "swapped_advice": "The old average keeps decay; the new value gets 1 - decay.",
    "plain_mean": "You give all values the same weight. A moving average forgets the old ones.",
    "plain_mean_advice": "At each value: average = decay * average + (1 - decay) * value.",
    "two_values": "You use only the last two values. What came before them must count too.",
    "two_values_advice": "Carry the average along, not the value before.",
    "last_value": "You return the last value itself.",
    "last_value_advice": "Return the average after the last value was taken in.",
}


def _readable(case: Case) -> Case:
    """Return a case with small tensors as lists, so that a reader sees every number."""
    return {
        key: [[round(x, 1) for x in row] for row in value.tolist()]
        if isinstance(value, Tensor)
        else value
        for key, value in case.items()
    }


LECTURE = NumberExercises(TEXT, _readable)
_misconception, _exercise = LECTURE.misconception, LECTURE.exercise


# ensemble_answer: softmax of each member, mean over members, argmax


def _logits() -> list[Case]:
    """Return logits of three members for three classes, (3, 3): one member is often sure."""
    generator = torch.Generator().manual_seed(0)
    drawn = 4 * torch.randn(24, 3, 3, generator=generator, dtype=torch.float64)
    return [{"logits": logits} for logits in drawn.round(decimals=1)]


def _vote(logits):
    return logits.argmax(-1).mode().values


def _surest_member(logits):
    return logits.softmax(-1).max(dim=0).values.argmax()


ANSWER_MODELS = (
    _misconception("vote", _vote),
    _misconception("average_logits", lambda logits: logits.mean(0).argmax()),
    _misconception("surest_member", _surest_member),
    _misconception("softmax_over_members", lambda logits: logits.softmax(0).mean(0).argmax()),
    _misconception("mean_of_labels", lambda logits: logits.argmax(-1).double().mean()),
    _misconception("mean_over_classes", lambda logits: logits.softmax(-1).mean(-1).argmax()),
)

# snapshot_rate: half a cosine in each cycle

RATE_CASES: list[Case] = [
    {"step": step, "peak": peak, "cycle": cycle}
    for peak, cycle in ((0.1, 4), (0.3, 5))
    for step in range(3 * cycle)
]


def _cosine(share: Callable[[int, int], float]) -> Callable[..., float]:
    """Return a rate along half a cosine of ``share(step, cycle)``."""

    def snapshot_rate(step, peak, cycle):
        return 0.5 * peak * (1 + math.cos(math.pi * share(step, cycle)))

    return snapshot_rate


def _straight(step, peak, cycle):
    return peak * (1 - step % cycle / cycle)


def _twice_the_peak(step, peak, cycle):
    return 2 * load_reference("snapshot_rate")(step, peak, cycle)


RATE_MODELS = (
    _misconception("no_restart", _cosine(lambda step, cycle: step / cycle)),
    _misconception("whole_cosine", _cosine(lambda step, cycle: 2 * (step % cycle) / cycle)),
    _misconception("straight", _straight),
    _misconception("one_step_early", _cosine(lambda step, cycle: (step % cycle + 1) / cycle)),
    _misconception("twice_the_peak", _twice_the_peak),
    _misconception("stays_low", _cosine(lambda step, cycle: min(step, cycle) / cycle)),
)

# moving_average: an exponential moving average of numbers

AVERAGE_CASES: list[Case] = [
    {"values": [1.0, 2.0, 0.5], "decay": 0.9},
    {"values": [4.0, 0.0, 0.0, 8.0, 2.0], "decay": 0.6},
    {"values": [3.0, 5.0], "decay": 0.0},
    {"values": [7.0], "decay": 0.8},
]


def _carry(values, old, new, average):
    for value in values:
        average = old * average + new * value
    return average


AVERAGE_MODELS = (
    _misconception("starts_at_zero", lambda v, decay: _carry(v, decay, 1 - decay, 0.0)),
    _misconception("swapped", lambda v, decay: _carry(v, 1 - decay, decay, v[0])),
    _misconception("plain_mean", lambda v, decay: sum(v) / len(v)),
    _misconception("two_values", lambda v, decay: _carry(v[-1:], decay, 1 - decay, (v * 2)[-2])),
    _misconception("last_value", lambda v, decay: v[-1]),
)

EXERCISES = (
    _exercise(
        "ensemble_answer",
        _logits(),
        ANSWER_MODELS,
        (
            "Three steps: logits to probabilities, one average, one answer.",
            "Which dimension holds the classes? Softmax runs there. Which one holds the members?",
            "softmax(-1), then mean(0), then argmax().",
        ),
    ),
    _exercise(
        "snapshot_rate",
        RATE_CASES,
        RATE_MODELS,
        (
            "Where in its cycle is step 0? Where is step cycle?",
            "The remainder step % cycle counts the steps inside a cycle.",
            "With u = (step % cycle) / cycle the rate is 0.5 * peak * (1 + cos(pi * u)).",
        ),
    ),
    _exercise(
        "moving_average",
        AVERAGE_CASES,
        AVERAGE_MODELS,
        (
            "Start with average = values[0]. Which values are still to come?",
            "Each new value moves the average a little: how much is kept, how much is new?",
            "average = decay * average + (1 - decay) * value, for each value after the first.",
        ),
    ),
)
