"""The exercises of lecture recurrent/03: the loop over chunks, and the bytes that a chunk keeps.

The loop is judged by its losses and by each loss's gradient: a state that is not detached, or
detached too often, gives the same losses and other gradients.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from utils.exercises import attempts
from utils.exercises.attempts import (
    Case,
    Failed,
    answer,
    brief,
    call_text,
    require_function,
)
from utils.exercises.exercise import Exercise, Misconception, load_reference
from utils.exercises.numeric import NumberExercises
from utils.exercises.verdict import Difference, Verdict

TEXT = {
    "passed_chunk_losses": "The state goes on from chunk to chunk; the gradient stays inside.",
    "passed_chunk_bytes": "Every time step of every stream keeps its numbers, 4 bytes each.",
    "unrecognised": "The numbers are not the expected ones.",
    "compare": "Work the first input out by hand, and compare.",
    "no_losses": "{call} returned {value}. A list of losses (tensors) was expected.",
    "no_losses_advice": "Append the loss of each chunk to a list, and return the list.",
    "values": "losses {losses}; gradients {gradients}",
    "no_detach": "The losses are right. But the gradient runs on into the earlier chunks, and "
    "their graph can never be freed.",
    "no_detach_advice": "After each chunk: state = state.detach().",
    "state_reset": "Every chunk of yours begins from the first state. What the chunk before read "
    "is lost.",
    "state_reset_advice": "Give the name state to the state that the model returns.",
    "loss_detached": "Your losses have no gradient: nothing can learn from them.",
    "loss_detached_advice": "Detach the state, not the loss.",
    "detach_inside": "The losses are right. But you cut inside the chunk, so the gradient reaches "
    "one step only.",
    "detach_inside_advice": "Give the model the whole chunk, and detach once, after it.",
    "skips": "You skip one character between two chunks.",
    "skips_advice": "The next chunk begins where this one ended: start + length.",
    "overlaps": "Your chunks overlap by one character: it is read twice.",
    "overlaps_advice": "The next chunk begins where this one ended: start + length.",
    "drops_rest": "You leave out the short chunk at the end.",
    "drops_rest_advice": "Go on to len(xs). A slice may be shorter than length.",
    "no_bytes": "You count numbers. A float32 number takes 4 bytes.",
    "no_bytes_advice": "Multiply by 4.",
    "one_step": "Your answer does not grow with the chunk. Every time step keeps its own numbers.",
    "one_step_advice": "Multiply by chunk.",
    "one_stream": "You count one stream. All streams are read side by side.",
    "one_stream_advice": "Multiply by streams.",
    "hidden_once": "You count the state once. The next step reads it, and the linear layer reads "
    "a copy.",
    "hidden_once_advice": "Use 2 * hidden.",
    "parameters": "You count weights. They are there once, for any chunk length.",
    "parameters_advice": "Count what one time step computes: width + 2 * hidden + symbols.",
    "squared": "Your answer grows with the square of the chunk. Each step keeps the same amount.",
    "squared_advice": "Multiply by chunk once.",
}
LECTURE = NumberExercises(TEXT)

# chunk_losses: the loop over chunks, the state carried and detached


def _model(weights: Tensor) -> Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Return a vanilla RNN of one unit with weights (from input, from state)."""

    def run(xs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        answers = []
        for x in xs:
            state = torch.tanh(weights[0] * x + weights[1] * state)
            answers.append(state)
        return torch.stack(answers), state

    return run


def _squares(answers: Tensor, targets: Tensor) -> Tensor:
    return ((answers - targets) ** 2).sum()


def _cases() -> list[Case]:
    generator = torch.Generator().manual_seed(0)
    return [
        {
            "xs": torch.randn(size, generator=generator, dtype=torch.float64),
            "ys": torch.randn(size, generator=generator, dtype=torch.float64),
            "length": length,
            "state": torch.tensor(0.3, dtype=torch.float64),
        }
        for size, length in ((6, 3), (7, 2), (5, 4))
    ]


def _answer(attempt: Callable[..., Any], case: Case) -> tuple[list[float], list[float]]:
    """Return the losses and the gradients of each loss, none where a loss has no gradient."""
    weights = torch.tensor([0.8, 0.9], dtype=torch.float64, requires_grad=True)
    first = {"model": _model(weights), "loss_of": _squares}
    losses = answer("chunk_losses", attempt, case, first)
    return _numbers(losses, weights, case)


def _numbers(losses: Any, weights: Tensor, case: Case) -> tuple[list[float], list[float]]:
    try:
        values = [torch.as_tensor(loss).detach().item() for loss in losses]
        grads = [_gradient(loss, weights) for loss in losses]
    except (TypeError, ValueError, RuntimeError):
        call = call_text("chunk_losses", case)
        message = TEXT["no_losses"].format(call=call, value=brief(losses))
        raise Failed(message, TEXT["no_losses_advice"]) from None
    return values, [number for grad in grads for number in grad]


def _gradient(loss: Any, weights: Tensor) -> list[float]:
    if not isinstance(loss, Tensor) or not loss.requires_grad:
        return []
    return torch.autograd.grad(loss, weights, retain_graph=True)[0].tolist()


def _same(first: tuple[list[float], ...], second: tuple[list[float], ...]) -> bool:
    return all(
        len(a) == len(b) and attempts.all_close(a, b) for a, b in zip(first, second, strict=True)
    )


def _words(found: tuple[list[float], list[float]]) -> str:
    losses, gradients = (", ".join(f"{v:.3g}" for v in part[:6]) for part in found)
    return TEXT["values"].format(losses=losses or "–", gradients=gradients or "–")


def check_chunk_losses(attempt: Any) -> Verdict:
    """Judge ``chunk_losses(model, loss_of, xs, ys, length, state) -> one loss a chunk``."""
    name, cases = "chunk_losses", _cases()
    require_function(name, attempt)
    given = [_answer(attempt, case) for case in cases]
    expected = [_answer(load_reference(name), case) for case in cases]
    shown = tuple(
        Difference(call_text(name, case), _words(a), _words(b))
        for case, a, b in zip(cases, expected, given, strict=True)
        if not _same(a, b)
    )
    if not shown:
        return Verdict(name, "passed", TEXT[f"passed_{name}"])
    for model in LOOP_MODELS:
        wrong = [_answer(model.example, case) for case in cases]
        if all(_same(a, b) for a, b in zip(wrong, given, strict=True)):
            return Verdict(name, "wrong", model.message, model.advice, model.name, shown[:2])
    return Verdict(name, "wrong", TEXT["unrecognised"], TEXT["compare"], None, shown[:2])


def _loop(step_over: int = 0, after: Callable[[Tensor], Tensor] = Tensor.detach, rest: int = 1):
    """Return the loop with one thing changed: its stride, what it carries, or its end."""

    def attempt(model, loss_of, xs, ys, length, state):
        losses = []
        end = len(xs) if rest else len(xs) - length + 1
        for start in range(0, end, max(1, length + step_over)):
            part = slice(start, start + length)
            answers, state = model(xs[part], state)
            losses.append(loss_of(answers, ys[part]))
            state = after(state)
        return losses

    return attempt


def _reset(model, loss_of, xs, ys, length, state):
    starts = range(0, len(xs), length)
    return [loss_of(model(xs[s : s + length], state)[0], ys[s : s + length]) for s in starts]


def _loss_detached(*arguments):
    return [loss.detach() for loss in load_reference("chunk_losses")(*arguments)]


def _detach_inside(model, loss_of, xs, ys, length, state):
    ones = load_reference("chunk_losses")(model, loss_of, xs, ys, 1, state)
    return [sum(ones[s : s + length]) for s in range(0, len(xs), length)]


def _misconception(name: str, example: Callable[..., Any]) -> Misconception:
    return LECTURE.misconception(name, example)


LOOP_MODELS = (
    _misconception("no_detach", _loop(after=lambda state: state)),
    _misconception("state_reset", _reset),
    _misconception("loss_detached", _loss_detached),
    _misconception("detach_inside", _detach_inside),
    _misconception("skips", _loop(step_over=1)),
    _misconception("overlaps", _loop(step_over=-1)),
    _misconception("drops_rest", _loop(rest=0)),
)

# chunk_bytes: what one chunk of the vanilla RNN keeps

BYTES_CASES: list[Case] = [
    {"chunk": 8, "streams": 32, "width": 24, "hidden": 64, "symbols": 97},
    {"chunk": 256, "streams": 32, "width": 24, "hidden": 64, "symbols": 97},
    {"chunk": 5, "streams": 3, "width": 2, "hidden": 7, "symbols": 11},
]
BYTES_MODELS = (
    _misconception("no_bytes", lambda t, n, d, h, v: t * n * (d + 2 * h + v)),
    _misconception("one_step", lambda t, n, d, h, v: 4 * n * (d + 2 * h + v)),
    _misconception("one_stream", lambda t, n, d, h, v: 4 * t * (d + 2 * h + v)),
    _misconception("hidden_once", lambda t, n, d, h, v: 4 * t * n * (d + h + v)),
    _misconception("parameters", lambda t, n, d, h, v: 4 * (v * d + d * h + h * h + h * v)),
    _misconception("squared", lambda t, n, d, h, v: 4 * t * t * n * (d + 2 * h + v)),
)

EXERCISES = (
    Exercise(
        "chunk_losses",
        check_chunk_losses,
        (
            "for start in range(0, len(xs), length): what is one chunk of xs, and of ys?",
            "model(part of xs, state) returns the answers and the next state. Keep both.",
            "Append the loss first. Then state = state.detach().",
        ),
        LOOP_MODELS,
    ),
    LECTURE.exercise(
        "chunk_bytes",
        BYTES_CASES,
        BYTES_MODELS,
        (
            "Count the numbers of one time step of one stream first.",
            "Embedding: width. State, and its copy for the linear layer: 2 * hidden. "
            "Log-probabilities: symbols.",
            "Times 4 bytes, times streams, times chunk.",
        ),
    ),
)
