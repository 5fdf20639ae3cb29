"""What a training run leaves behind, and the order in which it saw its examples."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

TEXT = {
    "batch": "The batch size must be a whole number of at least 1, not {value!r}.",
    "every": "Evaluate every 1 step or more, a whole number, not {value!r}.",
}
DIVERGED_LOSS = 100.0  # a guess at random costs ln 10 = 2.3; far beyond, a run does not return


@dataclass(frozen=True)
class History:
    """Curves of one run. Arrays are numpy; S steps were planned, E of them evaluated.

    rates, loss: (S,) learning rate and training loss of each update, NaN where it did not get to.
    eval_steps: (E,) updates done at each evaluation; val_loss, val_accuracy: (E,).
    diverged_at: the step (1-based) whose loss was not finite or above DIVERGED_LOSS, or -1.
    steps_done: updates done. complete: False after an interruption.
    """

    rates: np.ndarray
    loss: np.ndarray
    eval_steps: np.ndarray
    val_loss: np.ndarray
    val_accuracy: np.ndarray
    diverged_at: int
    steps_done: int
    complete: bool


def batch_order(examples: int, batch_size: int, steps: int, seed: int) -> Tensor:
    """Return the examples of each batch: int64 (steps, batch_size).

    One shuffled pass over the data follows another, so every example is seen equally often.
    Raises ValueError for a batch size that is not a whole number of at least 1.
    """
    if not _counts(batch_size):
        raise ValueError(TEXT["batch"].format(value=batch_size))
    generator = torch.Generator().manual_seed(seed)
    passes = -(-steps * batch_size // examples)
    order = torch.cat([torch.randperm(examples, generator=generator) for _ in range(passes)])
    return order[: steps * batch_size].reshape(steps, batch_size)


def evaluation_steps(steps: int, every: int | None) -> np.ndarray:
    """Return the updates after which to evaluate: every ``every`` steps and at the end.

    None stands for twenty times a run. Raises ValueError for any other ``every`` that is not a
    whole number of at least 1.
    """
    if every is None:
        every = max(1, steps // 20)
    if not _counts(every):
        raise ValueError(TEXT["every"].format(value=every))
    return np.unique(np.append(np.arange(every, steps + 1, every), steps))


def _counts(value: int) -> bool:
    return isinstance(value, int | np.integer) and value >= 1


def has_diverged(loss: np.ndarray | float) -> np.ndarray:
    """Return where a loss is not finite or beyond DIVERGED_LOSS: bool, the shape of ``loss``."""
    return ~(np.asarray(loss) <= DIVERGED_LOSS)  # NaN compares as False
