"""The learning rate range test: one short run whose rate rises from very low to very high.

Source: Smith, "Cyclical learning rates for training neural networks" (2017). Where the smoothed
loss falls fastest, the rate works; where it turns up, the rate is too high.
"""

import copy
from dataclasses import dataclass

import numpy as np
from torch import nn

from utils.datasets.digits import Digits
from utils.training.fit import fit
from utils.training.schedules import exponential

LEAST_STEPS = 10  # below, the average has not seen enough to have a slope
TEXT = {
    "steps": "A range test needs a whole number of steps, at least {least}, not {value!r}.",
    "diverged": (
        "The loss diverged at step {step}, too early to read a rate from it. "
        "Start the range test at a rate below {low:g}."
    ),
}


@dataclass(frozen=True)
class RangeTest:
    """rates, loss, smoothed: (T,) up to where the test ended; the two rates it suggests.

    steepest: the rate at which the smoothed loss falls fastest against log rate.
    turning: the rate at which the smoothed loss is lowest; beyond it the run gets worse.
    """

    rates: np.ndarray
    loss: np.ndarray
    smoothed: np.ndarray
    steepest: float
    turning: float


def range_test(
    model: nn.Module,
    data: Digits,
    low: float = 1e-4,
    high: float = 10.0,
    steps: int = 200,
    *,
    batch_size: int = 32,
    momentum: float = 0.9,
    seed: int = 0,
) -> RangeTest:
    """Raise the rate from ``low`` to ``high`` over ``steps`` and return the loss against it.

    Works on a copy: ``model`` is not changed. Ends early when the copy diverges.
    Raises ValueError for rates that are not finite and above 0, or not in order, for fewer than
    ten steps, or where the copy diverges before ten.
    """
    if not isinstance(steps, int | np.integer) or steps < LEAST_STEPS:
        raise ValueError(TEXT["steps"].format(least=LEAST_STEPS, value=steps))
    history = fit(
        copy.deepcopy(model),
        data,
        exponential(low, high, steps),
        steps,
        batch_size=batch_size,
        momentum=momentum,
        seed=seed,
        evaluate_every=steps,
    )
    seen = np.isfinite(history.loss)
    if seen.sum() < LEAST_STEPS:
        if history.diverged_at < 0:  # fit ends an interrupted run quietly; here nothing is left
            raise KeyboardInterrupt
        raise ValueError(TEXT["diverged"].format(step=history.diverged_at, low=low))
    rates, loss = history.rates[seen], history.loss[seen]
    smoothed = smooth(loss)
    return RangeTest(rates, loss, smoothed, *read_range(rates, smoothed))


def smooth(values: np.ndarray, weight: float = 0.9) -> np.ndarray:
    """Return the exponential moving average along the last axis, without its start-up bias.

    ``weight`` is the share of the past. The correction is Adam's (Kingma and Ba, 2015).
    """
    average, past = np.zeros(values.shape[:-1]), []
    for step in range(values.shape[-1]):
        average = weight * average + (1 - weight) * values[..., step]
        past.append(average / (1 - weight ** (step + 1)))
    return np.stack(past, axis=-1) if past else values.copy()


def read_range(rates: np.ndarray, smoothed: np.ndarray) -> tuple[float, float]:
    """Return (steepest, turning): where the loss falls fastest against log rate, and its lowest.

    The first tenth is passed over: a young average still jumps.
    """
    start = len(rates) // 10
    turning = start + int(np.argmin(smoothed[start:]))
    slope = np.gradient(smoothed, np.log(rates))[start : turning + 1]
    return float(rates[start + int(np.argmin(slope))]), float(rates[turning])
