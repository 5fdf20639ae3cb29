"""The exercises of lecture training/06: combine gradients, count bytes, scale a rate.

Each known misconception is a small function; an answer that gives its numbers everywhere has it.
"""

from collections.abc import Callable, Sequence
from typing import Any

from utils.exercises.attempts import (
    Case,
    Failed,
    all_close,
    differences,
    require_function,
    run,
    run_all,
)
from utils.exercises.exercise import Exercise, Misconception, load_reference
from utils.exercises.verdict import Verdict

TEXT = {
    "passed_combine_gradients": "Each example counts once, whichever worker it was on: yours is "
    "the gradient of the combined batch.",
    "passed_ring_bytes": "Your count is right: nearly twice the gradient, however many workers "
    "there are, and nothing at all for one worker alone.",
    "passed_large_batch_rate": "Your rate starts near the small one, climbs in a straight line, "
    "and stays at factor times the rate.",
    "unrecognised": "The numbers are not the expected ones.",
    "compare": "Work the first input out by hand, term by term, and compare.",
    "edge_combine_gradients": "Several workers are right, but not one worker alone.",
    "edge_ring_bytes": "Several workers are right, but not one alone: it has nobody to talk to.",
    "edge_large_batch_rate": "All runs with a warm-up are right, but not a run without one.",
    "edge_advice": "With nothing to share or to wait for, the formula should still hold.",
    "plain_mean": "You take the plain mean of the gradients, so a worker with few examples counts "
    "as much as one with many.",
    "plain_mean_advice": "Multiply each gradient by the worker's number of examples, and divide "
    "the sum by all examples.",
    "sum_of_all": "You add the gradients and divide by nothing: the update grows with the number "
    "of workers.",
    "sum_of_all_advice": "The loss is a mean over the batch, so its gradient is a mean too.",
    "not_divided": "You weigh each gradient by its share, but never divide by all examples.",
    "not_divided_advice": "Divide by sum(shares): the weights must sum to 1.",
    "divides_by_workers": "You divide by the number of workers, not by the number of examples.",
    "divides_by_workers_advice": "The weights are share / sum(shares); they sum to 1.",
    "one_round": "You count one of the two rounds: adding the pieces up, or handing the sums on.",
    "one_round_advice": "Each piece travels W - 1 times while it is added up, and W - 1 times "
    "again until all have the sum.",
    "to_everybody": "You send the whole gradient to every other worker: that grows with each "
    "worker. The ring cuts it into pieces.",
    "to_everybody_advice": "Each message is one piece, 1/W of the gradient; there are 2 (W - 1).",
    "counts_numbers": "You count numbers, not bytes.",
    "counts_numbers_advice": "Multiply by bytes_each: 4 for float32, 2 for float16.",
    "nothing_saved": "You count every piece twice, also the one that a worker has already.",
    "nothing_saved_advice": "A worker sends W - 1 of its W pieces in each of the two rounds.",
    "whole_pieces": "Every message of yours is a whole gradient. In the ring it is one piece.",
    "whole_pieces_advice": "Divide by the number of workers: one piece is 1/W of the gradient.",
    "square_root": "You scale by the square root of the factor. That is another rule; linear "
    "scaling multiplies by the factor itself.",
    "square_root_advice": "The highest rate is factor * rate.",
    "no_warmup": "There is no warm-up: the first step has the full rate already.",
    "no_warmup_advice": "While step < warmup_steps, climb from rate towards factor * rate.",
    "starts_at_zero": "Your climb starts at zero. Here it starts at the small rate, which was "
    "safe from the first step on.",
    "starts_at_zero_advice": "Add to rate the share (step + 1) / warmup_steps of what is missing.",
    "one_step_late": "Your climb is one step late: the last step of the warm-up is not yet at the "
    "full rate.",
    "one_step_late_advice": "Steps count from 0: the share that is climbed is "
    "(step + 1) / warmup_steps.",
    "divides": "Your rate falls as the batch grows.",
    "divides_advice": "A larger batch means fewer steps; each must go further. Multiply.",
    "jumps": "Your rate waits at the small rate and then jumps. A warm-up climbs.",
    "jumps_advice": "Give each step of the warm-up a little more: a straight line.",
}


def _misconception(name: str, example: Callable[..., float]) -> Misconception:
    return Misconception(name, TEXT[name], TEXT[f"{name}_advice"], example)


def _checker(
    name: str, cases: Sequence[Case], edge: Case, models: Sequence[Misconception]
) -> Callable[[Any], Verdict]:
    """Return the check of a function: the reference's numbers, a named idea, or the edge."""

    def check(attempt: Any) -> Verdict:
        require_function(name, attempt)
        given = run_all(name, attempt, cases)
        expected = run_all(name, load_reference(name), cases)
        shown = differences(name, cases, expected, given)
        if not shown:
            return _edge(name, attempt, edge)
        for model in models:
            if all_close(run_all(name, model.example, cases), given):
                return Verdict(name, "wrong", model.message, model.advice, model.name, shown)
        return Verdict(name, "wrong", TEXT["unrecognised"], TEXT["compare"], None, shown)

    return check


def _edge(name: str, attempt: Callable[..., Any], case: Case) -> Verdict:
    expected = [run(name, load_reference(name), case)]
    message, advice, shown = TEXT[f"edge_{name}"], TEXT["edge_advice"], ()
    try:
        shown = differences(name, [case], expected, [run(name, attempt, case)])
        if not shown:
            return Verdict(name, "passed", TEXT[f"passed_{name}"])
    except Failed as failed:
        advice = f"{failed.message} {advice}"
    return Verdict(name, "wrong", message, advice, "no_edge_case", tuple(shown))


# combine_gradients: the gradient of the combined batch from each worker's mean

COMBINE_CASES: list[Case] = [
    {"gradients": [2.0, -1.0], "shares": [3, 1]},
    {"gradients": [0.5, 0.25, -4.0], "shares": [10, 20, 2]},
    {"gradients": [1.0, 3.0], "shares": [8, 8]},
]
COMBINE_MODELS = (
    _misconception("plain_mean", lambda gradients, shares: sum(gradients) / len(gradients)),
    _misconception("sum_of_all", lambda gradients, shares: sum(gradients)),
    _misconception(
        "not_divided",
        lambda gradients, shares: sum(g * s for g, s in zip(gradients, shares, strict=True)),
    ),
    _misconception(
        "divides_by_workers",
        lambda gradients, shares: (
            sum(g * s for g, s in zip(gradients, shares, strict=True)) / len(shares)
        ),
    ),
)

# ring_bytes: what each worker sends in one all-reduce around a ring

RING_CASES: list[Case] = [
    {"parameters": 1000, "workers": 2, "bytes_each": 4},
    {"parameters": 25_000_000, "workers": 8, "bytes_each": 4},
    {"parameters": 600, "workers": 3, "bytes_each": 2},
]
RING_MODELS = (
    _misconception("one_round", lambda p, w, b: (w - 1) / w * p * b),
    _misconception("to_everybody", lambda p, w, b: (w - 1) * p * b),
    _misconception("counts_numbers", lambda p, w, b: 2 * (w - 1) / w * p),
    _misconception("nothing_saved", lambda p, w, b: 2 * p * b),
    _misconception("whole_pieces", lambda p, w, b: 2 * (w - 1) * p * b),
)

# large_batch_rate: linear scaling with a warm-up from the small rate

RATE_CASES: list[Case] = [
    {"step": step, "rate": rate, "factor": factor, "warmup_steps": warmup}
    for rate, factor, warmup, steps in ((0.1, 8, 4, 7), (0.02, 32, 5, 8))
    for step in range(steps)
]


def _climb(share: Callable[[int, int], float]) -> Callable[..., float]:
    """Return a warm-up from rate to factor * rate by ``share(step, warmup_steps)``."""

    def large_batch_rate(step, rate, factor, warmup_steps):
        if step >= warmup_steps:
            return factor * rate
        return rate + (factor - 1) * rate * share(step, warmup_steps)

    return large_batch_rate


def _with_factor(change: Callable[[float], float]) -> Callable[..., float]:
    def large_batch_rate(step, rate, factor, warmup_steps):
        return load_reference("large_batch_rate")(step, rate, change(factor), warmup_steps)

    return large_batch_rate


def _starts_at_zero(step, rate, factor, warmup_steps):
    return factor * rate * min(1.0, (step + 1) / warmup_steps)


RATE_MODELS = (
    _misconception("square_root", _with_factor(lambda factor: factor**0.5)),
    _misconception("no_warmup", _climb(lambda step, warmup: 1.0)),
    _misconception("starts_at_zero", _starts_at_zero),
    _misconception("one_step_late", _climb(lambda step, warmup: step / warmup)),
    _misconception("divides", _with_factor(lambda factor: 1 / factor)),
    _misconception("jumps", _climb(lambda step, warmup: 0.0)),
)

HINTS = {
    "combine_gradients": (
        "How many examples stand behind each number? Their gradients were averaged already.",
        "Gradient times share gives back the sum over that worker's examples.",
        "Add these sums, and divide by the number of all examples.",
    ),
    "ring_bytes": (
        "Cut the gradient into W pieces. How large is one, in bytes?",
        "To add a piece up, it must visit the W - 1 other workers. So must its sum afterwards.",
        "Each worker sends 2 (W - 1) messages, each of 1/W of the gradient.",
    ),
    "large_batch_rate": (
        "Treat the two parts apart: an if for the warm-up, then the constant rate.",
        "After the warm-up the rate is factor * rate. How much of the way is done at step 0?",
        "Add to rate the share (step + 1) / warmup_steps of (factor - 1) * rate.",
    ),
}


def _exercise(
    name: str, cases: Sequence[Case], edge: Case, models: tuple[Misconception, ...]
) -> Exercise:
    return Exercise(name, _checker(name, cases, edge, models), HINTS[name], models)


EXERCISES = (
    _exercise(
        "combine_gradients", COMBINE_CASES, {"gradients": [0.5], "shares": [4]}, COMBINE_MODELS
    ),
    _exercise(
        "ring_bytes", RING_CASES, {"parameters": 10, "workers": 1, "bytes_each": 4}, RING_MODELS
    ),
    _exercise(
        "large_batch_rate",
        RATE_CASES,
        {"step": 0, "rate": 0.1, "factor": 2, "warmup_steps": 0},
        RATE_MODELS,
    ),
)
