"""What the views do to a sweep's curves before they draw them: smooth, tame, and make sendable."""

import math
from typing import Any

import numpy as np

TOP = 1.5  # the loss axis ends at this multiple of ln C: an explosion leaves it, guessing does not


def trailing_mean(loss: np.ndarray, window: int) -> np.ndarray:
    """Return the mean of each value and the ``window - 1`` before it, along the last axis.

    At the beginning the mean is of the values there are. Missing values (NaN) stay missing.
    """
    values = np.nan_to_num(np.asarray(loss, dtype=np.float64), nan=0.0, posinf=0.0)
    sums = np.cumsum(values, axis=-1)
    before = np.concatenate([np.zeros((*sums.shape[:-1], window)), sums], axis=-1)
    counts = np.minimum(np.arange(1, sums.shape[-1] + 1), window)
    mean = (sums - before[..., : sums.shape[-1]]) / counts
    return np.where(np.isfinite(loss), mean, np.nan)


def tame(loss: np.ndarray, guess: float) -> np.ndarray:
    """Cut a loss at 4 times ``guess``, so that one explosion does not drown a running mean."""
    return np.minimum(loss, 4 * guess)


def guessing_loss(classes: int) -> float:
    """Return the loss of a network that knows nothing of ``classes`` classes: ln C."""
    return math.log(classes)


def sendable(values: Any) -> list[float | None]:
    """Return numbers as a list for JSON, None in place of NaN and infinity."""
    return [float(value) if math.isfinite(value) else None for value in np.asarray(values)]


def last_known(rows: np.ndarray) -> np.ndarray:
    """Return the last number of each row that is not missing, (K, E) -> (K,); NaN if all are."""
    known = [row[np.isfinite(row)] for row in rows]
    return np.array([row[-1] if len(row) else np.nan for row in known])
