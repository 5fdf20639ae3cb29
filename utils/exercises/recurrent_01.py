"""The exercises of lecture recurrent/01: one step, many steps with one W, and how many numbers.

A wrong answer is compared with what each known misconception would give on all inputs.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
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
    "passed_rnn_step": "Your step is the recurrence of the lecture: state and input, each times "
    "its own W, added, and through tanh.",
    "passed_unroll": "Your loop carries the state from step to step and keeps each one.",
    "passed_count_parameters": "Three pieces, however long the sequence: Wx, Wh and one b.",
    "unrecognised": "The numbers are not the expected ones.",
    "compare": "Work the first input out by hand, term by term, and compare.",
    "no_numbers": "{call} returned {value}. Numbers were expected.",
    "no_numbers_advice": "Return {wanted}.",
    "rnn_step_wanted": "one tensor of shape (N, H)",
    "unroll_wanted": "a list with one hidden state for each x",
    "count_parameters_wanted": "one number",
    "no_tanh": "Your sum is right, but nothing keeps it between −1 and 1.",
    "no_tanh_advice": "Put torch.tanh around the whole sum.",
    "forgets_h": "Your answer does not depend on h: this step remembers nothing.",
    "forgets_h_advice": "Add h @ Wh inside the tanh.",
    "forgets_x": "Your answer does not depend on x: this step never sees the input.",
    "forgets_x_advice": "Add x @ Wx inside the tanh.",
    "no_bias": "The bias b is missing.",
    "no_bias_advice": "Add b inside the tanh.",
    "bias_twice": "You add b twice, once with each product. There is one b for the whole sum.",
    "bias_twice_advice": "Write x @ Wx + h @ Wh + b.",
    "tanh_apart": "You take the tanh of each part, and then add. The sum can then leave −1 … 1.",
    "tanh_apart_advice": "Add first: tanh of the whole sum.",
    "transposed": "You multiply by Wh on the wrong side. Here a state is a row: h @ Wh.",
    "transposed_advice": "Use h @ Wh, without a transpose.",
    "always_from_start": "Every step of yours begins from the first h. What step 1 learned is lost "
    "at step 2.",
    "always_from_start_advice": "Give the name h to the new state, so that the next step reads it.",
    "only_last": "You return the last state only. Every time step has one.",
    "only_last_advice": "Append h to a list inside the loop, and return the list.",
    "keeps_start": "Your list begins with h_0. It is given, not computed: no x belongs to it.",
    "keeps_start_advice": "Append after the step, not before it.",
    "swapped": "You call step(h, x). The input comes first: step(x, h).",
    "swapped_advice": "Call step(x, h).",
    "backwards": "You read the sequence from its end. The state must meet x_1 first.",
    "backwards_advice": "Go through xs from the first to the last.",
    "new_weights": "Your number grows with the steps: you count new weights for each step. An RNN "
    "uses the same W at every step.",
    "new_weights_advice": "Do not multiply by steps; it does not matter at all.",
    "no_recurrent": "Wh is missing: the weights from the state to the next state.",
    "no_recurrent_advice": "Wh has hidden rows and hidden columns.",
    "two_biases": "You count two biases. PyTorch's nn.RNN really stores two, but they are only "
    "ever added: one is enough, and ours has one.",
    "two_biases_advice": "Count b once: hidden numbers.",
    "without_bias": "The bias b is missing: one number for each hidden unit.",
    "without_bias_advice": "Add hidden.",
}


def _misconception(name: str, example: Any) -> Misconception:
    return Misconception(name, TEXT[name], TEXT[f"{name}_advice"], example)


def _answer(name: str, attempt: Callable[..., Any], case: Case) -> Tensor:
    """Return what ``attempt`` answers for ``case`` as one tensor of floats."""
    value = answer(name, attempt, case)
    try:
        return torch.as_tensor(value, dtype=torch.float64).detach()
    except (TypeError, ValueError, RuntimeError, OverflowError):
        message = TEXT["no_numbers"].format(call=call_text(name, case), value=brief(value))
        advice = TEXT["no_numbers_advice"].format(wanted=TEXT[f"{name}_wanted"])
        raise Failed(message, advice) from None


def _same(first: Sequence[Tensor], second: Sequence[Tensor]) -> bool:
    return all(
        a.shape == b.shape and torch.allclose(a, b, rtol=1e-5, atol=1e-6)
        for a, b in zip(first, second, strict=True)
    )


def _words(value: Tensor) -> str:
    numbers = ", ".join(f"{number:.4g}" for number in value.flatten()[:4].tolist())
    more = ", …" if value.numel() > 4 else ""
    return f"[{numbers}{more}]" if value.dim() else numbers


def _judge(
    name: str, attempt: Any, cases: Sequence[Case], models: Sequence[Misconception]
) -> Verdict:
    """Compare with the reference; name the misconception that gives the same numbers."""
    require_function(name, attempt)
    given = [_answer(name, attempt, case) for case in cases]
    expected = [_answer(name, load_reference(name), case) for case in cases]
    if _same(given, expected):
        return Verdict(name, "passed", TEXT[f"passed_{name}"])
    shown = tuple(
        Difference(call_text(name, case), _words(a), _words(b))
        for case, a, b in zip(cases, expected, given, strict=True)
        if not _same([a], [b])
    )[:3]
    for model in models:
        if _same(given, [_answer(name, model.example, case) for case in cases]):
            return Verdict(name, "wrong", model.message, model.advice, model.name, shown)
    return Verdict(name, "wrong", TEXT["unrecognised"], TEXT["compare"], None, shown)


# rnn_step: one time step


def _step_cases() -> list[Case]:
    generator = torch.Generator().manual_seed(0)
    names, sizes = ("x", "h", "Wx", "Wh", "b"), ((1, 1, 2), (2, 3, 3), (4, 2, 5))
    return [
        {
            name: torch.randn(*shape, generator=generator)
            for name, shape in zip(names, ((n, d), (n, h), (d, h), (h, h), (h,)), strict=True)
        }
        for n, d, h in sizes
    ]


tanh = torch.tanh
STEP_MODELS = (
    _misconception("no_tanh", lambda x, h, Wx, Wh, b: x @ Wx + h @ Wh + b),
    _misconception("forgets_h", lambda x, h, Wx, Wh, b: tanh(x @ Wx + b)),
    _misconception("forgets_x", lambda x, h, Wx, Wh, b: tanh(h @ Wh + b)),
    _misconception("no_bias", lambda x, h, Wx, Wh, b: tanh(x @ Wx + h @ Wh)),
    _misconception("bias_twice", lambda x, h, Wx, Wh, b: tanh((x @ Wx + b) + (h @ Wh + b))),
    _misconception("tanh_apart", lambda x, h, Wx, Wh, b: tanh(x @ Wx + b) + tanh(h @ Wh)),
    _misconception("tanh_apart", lambda x, h, Wx, Wh, b: tanh(x @ Wx) + tanh(h @ Wh + b)),
    _misconception("transposed", lambda x, h, Wx, Wh, b: tanh(x @ Wx + h @ Wh.T + b)),
)


def check_rnn_step(attempt: Any) -> Verdict:
    """Judge ``rnn_step(x, h, Wx, Wh, b) -> next hidden state (N, H)``."""
    return _judge("rnn_step", attempt, _step_cases(), STEP_MODELS)


# unroll: the same step again and again


def _halve_and_add(x: float, h: float) -> float:
    return 0.5 * h + x


def _multiply(x: float, h: float) -> float:
    return h * x + 1


UNROLL_CASES: list[Case] = [
    {"step": _halve_and_add, "xs": [1.0, 0.0, 0.0, 2.0], "h": 0.0},
    {"step": _halve_and_add, "xs": [3.0], "h": 4.0},
    {"step": _multiply, "xs": [2.0, -1.0, 3.0], "h": 1.0},
]


def _unroll(step, xs, h):
    return load_reference("unroll")(step, xs, h)


UNROLL_MODELS = (
    _misconception("always_from_start", lambda step, xs, h: [step(x, h) for x in xs]),
    _misconception("only_last", lambda step, xs, h: _unroll(step, xs, h)[-1]),
    _misconception("only_last", lambda step, xs, h: _unroll(step, xs, h)[-1:]),
    _misconception("keeps_start", lambda step, xs, h: [h, *_unroll(step, xs, h)]),
    _misconception("keeps_start", lambda step, xs, h: [h, *_unroll(step, xs, h)][:-1]),
    _misconception("swapped", lambda step, xs, h: _unroll(lambda x, h: step(h, x), xs, h)),
    _misconception("backwards", lambda step, xs, h: _unroll(step, xs[::-1], h)),
    _misconception("backwards", lambda step, xs, h: _unroll(step, xs[::-1], h)[::-1]),
)


def check_unroll(attempt: Any) -> Verdict:
    """Judge ``unroll(step, xs, h) -> list of the hidden states``, one for each x."""
    return _judge("unroll", attempt, UNROLL_CASES, UNROLL_MODELS)


# count_parameters: what must be stored

COUNT_CASES: list[Case] = [
    {"inputs": d, "hidden": h, "steps": t}
    for d, h, t in ((64, 48, 8), (1, 2, 3), (64, 48, 800), (10, 10, 5))
]
COUNT_MODELS = (
    _misconception("new_weights", lambda d, h, t: t * (d * h + h * h + h)),
    _misconception("new_weights", lambda d, h, t: t * (d * h + h * h) + h),
    _misconception("no_recurrent", lambda d, h, t: d * h + h),
    _misconception("two_biases", lambda d, h, t: d * h + h * h + 2 * h),
    _misconception("without_bias", lambda d, h, t: d * h + h * h),
)


def check_count_parameters(attempt: Any) -> Verdict:
    """Judge ``count_parameters(inputs, hidden, steps) -> number of parameters of an RNN``."""
    return _judge("count_parameters", attempt, COUNT_CASES, COUNT_MODELS)


HINTS = {
    "rnn_step": (
        "Read the shapes: which product turns x (N, D) into (N, H)? Which one keeps h (N, H)?",
        "The three parts x @ Wx, h @ Wh and b are added. Then comes one tanh.",
    ),
    "unroll": (
        "What must be remembered from one x to the next?",
        "Inside the loop: h = step(x, h). The new h replaces the old one.",
        "Begin with an empty list, append h after each step, and return the list.",
    ),
    "count_parameters": (
        "Write down the shape of Wx, of Wh and of b.",
        "Does any of the three shapes contain the number of steps?",
    ),
}

EXERCISES = (
    Exercise("rnn_step", check_rnn_step, HINTS["rnn_step"], STEP_MODELS),
    Exercise("unroll", check_unroll, HINTS["unroll"], UNROLL_MODELS),
    Exercise("count_parameters", check_count_parameters, HINTS["count_parameters"], COUNT_MODELS),
)
