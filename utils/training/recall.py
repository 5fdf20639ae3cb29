"""How long a cell can remember: recall of the first symbol over a delay (Lecture 12).

The first of the inputs is one of a few symbols; what follows is noise. After the delay the model
names the symbol. All delays and seeds of a cell are trained at once: their weights stand side by
side and one batched product moves them all. The task follows Hochreiter and Schmidhuber (1997).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from utils.threads import one_thread
from utils.training.schedules import check_rate

SYMBOLS = 4
INPUTS = SYMBOLS + 1  # one-hot symbol, and one number of noise
CELLS = ("RNN", "RNN, orthogonal", "LSTM", "LSTM, forget bias 1", "GRU")
FORGET_BIAS = "LSTM, forget bias "
FORGET_BIASES = ("LSTM", *(f"{FORGET_BIAS}{bias}" for bias in (1, 2, 4)))  # PyTorch's own is near 0
GATES = {"RNN": 1, "LSTM": 4, "GRU": 3}
SOLVED = 0.95
TEXT = {
    "cell": "Choose a cell from {known}, not {value!r}.",
    "count": "{name} must be a whole number, at least 1, not {value!r}.",
    "delays": "Delays must be a list of whole numbers, at least 1, each longer than the one "
    "before, not {value!r}.",
}


@dataclass(frozen=True)
class Recall:
    """Held-out accuracy (E, S) of one cell for each of E delays and S seeds."""

    cell: str
    delays: tuple[int, ...]
    accuracy: np.ndarray

    @property
    def longest(self) -> np.ndarray:
        """The longest delay of each seed (S,) up to which every delay is solved; 0 for none."""
        solved = np.cumprod(self.accuracy >= SOLVED, axis=0)  # (E, S)
        return (solved * np.array(self.delays)[:, None]).max(axis=0)


def recall_batch(
    copies: int, count: int, steps: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Return inputs (copies, count, steps, INPUTS) and the symbols to recall (copies, count)."""
    symbols = torch.randint(SYMBOLS, (copies, count), generator=generator)
    x = torch.zeros(copies, count, steps, INPUTS)
    x[:, :, 0, :SYMBOLS] = F.one_hot(symbols, SYMBOLS).float()
    x[:, :, 1:, SYMBOLS] = torch.randn(copies, count, steps - 1, generator=generator)
    return x, symbols


def train_recall(
    cell: str,
    delays: Sequence[int],
    *,
    seeds: int = 5,
    updates: int = 300,
    hidden_size: int = 32,
    batch: int = 32,
    learning_rate: float = 3e-3,
    held_out: int = 256,
    seed: int = 0,
) -> Recall:
    """Train one model a delay and seed, all at once, and return their held-out accuracy.

    A delay of d means d inputs of noise between the symbol and the answer. Adam, fresh sequences
    for each update, each copy's gradient clipped to a norm of 1. ValueError for an unknown cell,
    delays that do not grow, and a count below 1.
    """
    sizes = {"hidden_size": hidden_size, "batch": batch, "held_out": held_out}
    _check(cell, delays, {"seeds": seeds, "updates": updates, **sizes})
    check_rate(learning_rate)
    generator = torch.Generator().manual_seed(seed)
    copies, steps = len(delays) * seeds, max(delays) + 1
    last = torch.tensor(list(delays)).repeat_interleave(seeds)  # step of each copy's answer
    weights = recall_weights(cell, copies, hidden_size, generator)
    optimizer = torch.optim.Adam(weights.values(), lr=learning_rate)
    with one_thread():  # the products are small: two threads would mostly wait for each other
        for _ in range(updates):
            x, symbols = recall_batch(copies, batch, steps, generator)
            logits = recall_answers(cell, x, last, weights)
            # The sum keeps the copies apart: no copy's gradient knows of another.
            loss = F.cross_entropy(logits.flatten(0, 1), symbols.flatten(), reduction="none")
            optimizer.zero_grad()
            (loss.sum() / batch).backward()
            _clip_copies(weights)
            optimizer.step()
    with torch.no_grad():
        x, symbols = recall_batch(copies, held_out, steps, generator)
        right = recall_answers(cell, x, last, weights).argmax(-1) == symbols
    accuracy = right.double().mean(dim=1).unflatten(0, (len(delays), seeds))
    return Recall(cell, tuple(delays), accuracy.numpy())


def train_until_unsolved(
    cell: str,
    delays: Sequence[int],
    *,
    on_progress: Callable[[int, int], None] | None = None,
    **options: int,
) -> Recall:
    """Train delay after delay, and stop after the first one that no seed solves.

    The longest delay of a seed cannot lie beyond it, so nothing is lost but time. ``options`` are
    those of :func:`train_recall`; the result holds the delays that were trained.
    """
    _check(cell, delays, {})
    found: list[Recall] = []
    for delay in delays:
        found.append(train_recall(cell, (delay,), **options))
        solved = found[-1].longest.any()
        if on_progress:
            on_progress(len(found), len(delays) if solved else len(found))
        if not solved:
            break
    accuracy = np.concatenate([each.accuracy for each in found])
    return Recall(cell, tuple(delays[: len(found)]), accuracy)


def _check(cell: str, delays: Sequence[int], counts: dict[str, int]) -> None:
    known = dict.fromkeys(CELLS + FORGET_BIASES)
    if cell not in known:
        raise ValueError(TEXT["cell"].format(known="; ".join(known), value=cell))
    listed = isinstance(delays, Sequence) and len(delays) > 0
    whole = listed and all(isinstance(delay, int) and delay >= 1 for delay in delays)
    if not whole or sorted(set(delays)) != list(delays):
        raise ValueError(TEXT["delays"].format(value=delays))
    for name, value in counts.items():
        if not isinstance(value, int) or value < 1:
            raise ValueError(TEXT["count"].format(name=name, value=value))


def recall_weights(
    cell: str, copies: int, size: int, generator: torch.Generator
) -> dict[str, Tensor]:
    """Return the weights of all copies, drawn as PyTorch does: uniform within 1/√H."""
    wide = GATES[cell.split(",")[0]] * size
    shapes = {
        "Wx": (INPUTS, wide),
        "Wh": (size, wide),
        "b": (1, wide),
        "bh": (1, wide),
        "out": (size, SYMBOLS),
    }
    weights = {
        name: (2 * torch.rand(copies, *shape, generator=generator) - 1) * size**-0.5
        for name, shape in shapes.items()
    }
    if cell == "RNN, orthogonal":
        weights["Wh"] = torch.linalg.qr(torch.randn(copies, size, size, generator=generator))[0]
        weights["b"].zero_()
        weights["bh"].zero_()
    if cell.startswith(FORGET_BIAS):
        weights["b"][..., size : 2 * size] += float(cell.removeprefix(FORGET_BIAS))
    return {name: weight.requires_grad_() for name, weight in weights.items()}


def recall_answers(cell: str, x: Tensor, last: Tensor, weights: dict[str, Tensor]) -> Tensor:
    """Return each copy's logits (B, N, SYMBOLS) at its own last step; x (B, N, T, INPUTS).

    ``last`` (B,) must not fall: a copy that has answered drops out, and the others go on.
    """
    h = x.new_zeros(len(x), x.shape[1], weights["Wh"].shape[1])
    c, answered, start = h, [], 0
    for end, ready in zip(
        *(found.tolist() for found in last.unique(return_counts=True)), strict=True
    ):
        part = x[len(x) - len(h) :, :, start : end + 1]  # of the copies that still run
        projected = part.flatten(1, 2).bmm(weights["Wx"]) + weights["b"]  # (B, N steps, G H)
        for from_input in projected.unflatten(1, part.shape[1:3]).unbind(2):
            from_state = torch.baddbmm(weights["bh"], h, weights["Wh"])
            h, c = _step(cell.split(",")[0], from_input, from_state, h, c)
        answered.append(h[:ready].bmm(weights["out"][:ready]))
        h, c, start = h[ready:], c[ready:], end + 1
        weights = {name: weight[ready:] for name, weight in weights.items()}
    return torch.cat(answered)


def _step(
    kind: str, from_input: Tensor, from_state: Tensor, h: Tensor, c: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the next h and c, each (B, N, H); see `utils.models.recurrent` for the cells."""
    if kind == "RNN":
        return torch.tanh(from_input + from_state), c
    if kind == "LSTM":
        i, f, g, o = (from_input + from_state).chunk(4, dim=-1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c
    (input_r, input_z, input_n), (r, z, n) = from_input.chunk(3, -1), from_state.chunk(3, -1)
    z = torch.sigmoid(input_z + z)
    n = torch.tanh(input_n + torch.sigmoid(input_r + r) * n)
    return n + z * (h - n), c


def _clip_copies(weights: dict[str, Tensor], largest: float = 1.0) -> None:
    """Clip by norm, each copy by its own norm; the factor is that of `clip_by_norm`."""
    gradients = [weight.grad for weight in weights.values()]
    norm = torch.stack([gradient.flatten(1).norm(dim=1) for gradient in gradients]).norm(dim=0)
    factor = (largest / (norm + 1e-6)).clamp(max=1.0)[:, None, None]
    for gradient in gradients:
        gradient.mul_(factor)
