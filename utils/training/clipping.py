"""What clipping the gradient by its norm saves, and what it costs (Lecture 12, gradient flow).

Many copies of one RNN learn the recall task by plain gradient descent: every learning rate with
every largest norm. Copies of one seed start from the same weights and read the same sequences, so
nothing but the rate and the clipping tells them apart.

Source: Pascanu, Mikolov and Bengio, "On the Difficulty of Training Recurrent Neural Networks"
(2013).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from utils.training.recall import SOLVED, recall_answers, recall_batch, recall_weights

CELL = "RNN, orthogonal"
NO_CLIPPING = math.inf
LEARNED = 0.1  # a loss below it (nats): the symbol is recalled nearly always
RATES = (0.03, 0.1, 0.3, 1.0)
LARGEST = (NO_CLIPPING, 3.0, 1.0, 0.3, 0.1)
TEXT = {
    "rates": "Learning rates must be a list of finite numbers above 0, not {value!r}.",
    "largest": "Largest norms must be a list of numbers above 0 (infinity for no clipping), not "
    "{value!r}.",
    "count": "{name} must be a whole number, at least 1, not {value!r}.",
}


@dataclass(frozen=True)
class Clipping:
    """Runs at R learning rates and K largest norms with S seeds and U updates.

    loss (R, K, S, U): training loss (nats), of a fresh batch before each update; norm in the same
    shape: the gradient's norm before clipping. accuracy (R, K, S): on held-out sequences.
    singular_value (R, K, S): the largest singular value of Wh after training. A largest norm of
    infinity means no clipping. A run that diverged has losses that are not finite.
    """

    delay: int
    learning_rates: tuple[float, ...]
    largest: tuple[float, ...]
    loss: np.ndarray
    norm: np.ndarray
    accuracy: np.ndarray
    singular_value: np.ndarray

    @property
    def solved(self) -> np.ndarray:
        """The number of seeds that solve the task, shape (R, K)."""
        return (self.accuracy >= SOLVED).sum(axis=-1)

    @property
    def clipped(self) -> np.ndarray:
        """The share of updates whose gradient was above the largest norm, shape (R, K, S)."""
        return (self.norm > np.array(self.largest)[:, None, None]).mean(axis=-1)

    def updates_needed(self, window: int = 5) -> np.ndarray:
        """Return the updates (R, K, S) until a ``window`` of losses averages below LEARNED.

        NaN for a run that never gets there.
        """
        windows = np.lib.stride_tricks.sliding_window_view(self.loss, window, axis=-1)
        below = windows.mean(axis=-1) < LEARNED
        return np.where(below.any(axis=-1), below.argmax(axis=-1) + window, np.nan)

    def at(self, learning_rate: float, largest: float) -> tuple[int, int]:
        """Return the place (r, k) of a run that was made."""
        return self.learning_rates.index(learning_rate), self.largest.index(largest)


def compare_clipping(
    learning_rates: Sequence[float] = RATES,
    largest: Sequence[float] = LARGEST,
    *,
    delay: int = 20,
    seeds: int = 8,
    updates: int = 200,
    hidden_size: int = 32,
    batch: int = 32,
    held_out: int = 256,
    seed: int = 0,
) -> Clipping:
    """Train an orthogonal tanh RNN on recall with every rate and every largest norm, all at once.

    ValueError for a rate that is not finite and above 0, a largest norm that is not above 0, and
    a count below 1.
    """
    counts = {"delay": delay, "seeds": seeds, "updates": updates, "hidden_size": hidden_size}
    _check(learning_rates, largest, counts)
    shape = (len(learning_rates), len(largest), seeds)
    runs = shape[0] * shape[1]
    generator = torch.Generator().manual_seed(seed)
    weights = {
        name: weight.detach().repeat(runs, 1, 1).requires_grad_()  # (R K S, …)
        for name, weight in recall_weights(CELL, seeds, hidden_size, generator).items()
    }
    rate, limit = (
        table.flatten()
        for table in torch.meshgrid(
            torch.tensor(learning_rates), torch.tensor(largest), indexing="ij"
        )
    )
    rate, limit = rate.repeat_interleave(seeds), limit.repeat_interleave(seeds)
    losses, norms = [], []
    for _ in range(updates):
        loss = _losses(weights, *recall_batch(seeds, batch, delay + 1, generator), runs)
        norms.append(_update(weights, loss, rate, limit))
        losses.append(loss.detach())
    with torch.no_grad():
        x, symbols = recall_batch(seeds, held_out, delay + 1, generator)
        accuracy = (_logits(weights, x, runs).argmax(-1) == symbols.repeat(runs, 1)).double()
        singular = torch.linalg.matrix_norm(weights["Wh"].nan_to_num(), 2)
    return Clipping(
        delay,
        tuple(learning_rates),
        tuple(largest),
        torch.stack(losses, dim=-1).unflatten(0, shape).numpy(),
        torch.stack(norms, dim=-1).unflatten(0, shape).numpy(),
        accuracy.mean(dim=1).unflatten(0, shape).numpy(),
        singular.unflatten(0, shape).numpy(),
    )


def _check(rates: Sequence[float], largest: Sequence[float], counts: dict[str, int]) -> None:
    listed = np.ndim(rates) == 1 and len(rates)
    if not listed or not all(math.isfinite(rate) and rate > 0 for rate in rates):
        raise ValueError(TEXT["rates"].format(value=rates))
    listed = np.ndim(largest) == 1 and len(largest)
    if not listed or not all(limit > 0 for limit in largest):  # NaN is not above 0 either
        raise ValueError(TEXT["largest"].format(value=largest))
    for name, value in counts.items():
        if not isinstance(value, int) or value < 1:
            raise ValueError(TEXT["count"].format(name=name, value=value))


def _logits(weights: dict[str, Tensor], x: Tensor, runs: int) -> Tensor:
    """Return (R K S, N, SYMBOLS): each run reads the sequences of its seed, x (S, N, T, D)."""
    copies = x.repeat(runs, 1, 1, 1)
    last = torch.full((len(copies),), x.shape[2] - 1)
    return recall_answers(CELL, copies, last, weights)


def _losses(weights: dict[str, Tensor], x: Tensor, symbols: Tensor, runs: int) -> Tensor:
    """Return the loss of each run (R K S,)."""
    logits = _logits(weights, x, runs)
    targets = symbols.repeat(runs, 1)
    loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none")
    return loss.unflatten(0, targets.shape).mean(dim=1)


def _update(weights: dict[str, Tensor], loss: Tensor, rate: Tensor, limit: Tensor) -> Tensor:
    """Move every run one step down its own clipped gradient; return the norms before clipping."""
    # The sum keeps the runs apart: no run's gradient knows of another.
    gradients = torch.autograd.grad(loss.sum(), list(weights.values()))
    norm = torch.stack([gradient.flatten(1).norm(dim=1) for gradient in gradients]).norm(dim=0)
    step = rate * (limit / (norm + 1e-6)).clamp(max=1.0)
    with torch.no_grad():
        for weight, gradient in zip(weights.values(), gradients, strict=True):
            weight -= step[:, None, None] * gradient
    return norm
