"""The experiments of the lecture on learning rate schedules (Lecture 11), at notebook size.

Each function trains what it returns; nothing is stored. Rates are chosen on validation digits.
Test digits are used once, with fresh seeds, after every choice has been made.
"""

import dataclasses
import itertools
from dataclasses import dataclass

import numpy as np

from utils.datasets.digits import Digits
from utils.training.range_test import smooth
from utils.training.schedules import ScheduleSpec
from utils.training.sweeps import SweepResult, Trial, sweep

SCHEDULES: dict[str, dict] = {
    "constant": {"name": "constant"},
    "step decay": {"name": "step", "milestones": (0.5, 0.75), "factor": 0.2},
    "cosine": {"name": "cosine"},
    "linear": {"name": "linear"},
    "inverse square root": {"name": "inverse_sqrt", "warmup": 0.1},
    "warm-up + cosine": {"name": "cosine", "warmup": 0.1},
}


def descend_parabola(rate: float, steps: int, curvature: float = 1.0, start: float = 1.0) -> list:
    """Return the weights that gradient descent visits on the loss ½·curvature·w², steps + 1."""
    weights = [start]
    for _ in range(steps):
        gradient = curvature * weights[-1]
        weights.append(weights[-1] - rate * gradient)
    return weights


@dataclass(frozen=True)
class Staircase:
    """Step decay beside the constant rate, 8 seeds each.

    loss: {"constant": (R, S), "step decay": (R, S)} training losses. milestones: steps.
    change: the same keys, (R, M): loss after a milestone over loss before it; 1 is no change.
    """

    loss: dict[str, np.ndarray]
    milestones: tuple[int, ...]
    change: dict[str, np.ndarray]


def staircase(
    data: Digits, rate: float = 0.05, steps: int = 900, seeds: int = 8, window: int = 90
) -> Staircase:
    """Train with and without step decay on small, noisy batches of 8; compare around each decay.

    The loss before a milestone is the mean of ``window`` steps, the loss after it the mean of
    ``window`` steps that begin 10 steps later. Returns a :class:`Staircase` over ``seeds`` seeds.
    """
    specs = {
        "constant": ScheduleSpec("constant", rate, steps),
        "step decay": ScheduleSpec("step", rate, steps, milestones=(0.4, 0.7), factor=0.3),
    }
    trials = [Trial(seed=s, schedule=spec) for spec in specs.values() for s in range(seeds)]
    result = sweep("mlp", data, trials, steps=steps, batch_size=8, evaluate_every=steps)
    loss = dict(zip(specs, result.loss.reshape(2, seeds, steps), strict=True))
    milestones = specs["step decay"].milestone_steps
    change = {
        name: np.stack([_change(rows, at, window) for at in milestones], axis=1)
        for name, rows in loss.items()
    }
    return Staircase(loss, milestones, change)


def _change(loss: np.ndarray, milestone: int, window: int, settle: int = 10) -> np.ndarray:
    before = loss[:, milestone - window : milestone].mean(axis=1)
    after = loss[:, milestone + settle : milestone + settle + window].mean(axis=1)
    return after / before  # (R,)


def schedule_surface(
    data: Digits, rate: float = 0.08, steps: int = 400, seeds: int = 4
) -> SweepResult:
    """Train every setting that the ScheduleExplorer can reach; return the SweepResult.

    Step decay at 15 pairs of decay points, 2 factors and 2 warm-ups; the others at 2 warm-ups.
    """
    points = (0.25, 0.375, 0.5, 0.625, 0.75, 0.875)
    specs = [
        ScheduleSpec("step", rate, steps, milestones=pair, factor=factor, warmup=warmup)
        for pair in itertools.combinations(points, 2)
        for factor in (0.1, 0.3)
        for warmup in (0.0, 0.1)
    ]
    others = itertools.product(("constant", "cosine", "linear", "inverse_sqrt"), (0.0, 0.1))
    specs += [ScheduleSpec(name, rate, steps, warmup=warmup) for name, warmup in others]
    specs.append(ScheduleSpec("one_cycle", rate, steps))
    trials = [Trial(seed=seed, schedule=spec) for spec in specs for seed in range(seeds)]
    return sweep("mlp", data, trials, steps=steps, evaluate_every=steps // 4)


@dataclass(frozen=True)
class Comparison:
    """Schedules at equal budget, each at its own best peak rate.

    names: (C,). rates: (L,) peak rates tried. validation: (C, L, R) validation accuracy.
    best: (C,) peak rate with the best mean validation accuracy. test: (C, R') accuracy on test
    digits with fresh seeds at that rate. steps: updates of every run.
    """

    names: tuple[str, ...]
    rates: np.ndarray
    validation: np.ndarray
    best: np.ndarray
    test: np.ndarray
    steps: int

    def gain(self) -> tuple[np.ndarray, np.ndarray]:
        """Return each schedule's mean test gain over the constant rate and its standard error.

        Paired by seed, in accuracy (0..1), (C,) each.
        """
        difference = self.test - self.test[self.names.index("constant")]
        error = difference.std(axis=1, ddof=1) / np.sqrt(difference.shape[1])
        return difference.mean(axis=1), error

    def loss_of_double_rate(self) -> np.ndarray:
        """Return what doubling the constant rate's best peak rate costs each schedule, (C,).

        Validation accuracy at the constant rate's best peak, less that at twice this peak.
        """
        mean = self.validation.mean(axis=2)
        column = int(mean[self.names.index("constant")].argmax())
        return mean[:, column] - mean[:, min(column + 1, len(self.rates) - 1)]


def compare_schedules(
    data: Digits,
    rates: tuple[float, ...] = (0.01, 0.02, 0.04, 0.08, 0.16),
    steps: int = 400,
    seeds: int = 8,
    test_seeds: int = 16,
) -> Comparison:
    """Choose each schedule's peak rate on validation digits, then test it with fresh seeds."""
    tried = _train_all(data, list(itertools.product(SCHEDULES, rates, range(seeds))), steps)
    validation = tried.reshape(len(SCHEDULES), len(rates), seeds)
    best = np.array(rates)[validation.mean(axis=2).argmax(axis=1)]
    on_test = dataclasses.replace(data, validation=data.test)
    fresh = [
        (name, rate, 100 + seed)
        for name, rate in zip(SCHEDULES, best, strict=True)
        for seed in range(test_seeds)
    ]
    test = _train_all(on_test, fresh, steps).reshape(len(SCHEDULES), test_seeds)
    return Comparison(tuple(SCHEDULES), np.array(rates), validation, best, test, steps)


def _train_all(data: Digits, runs: list[tuple[str, float, int]], steps: int) -> np.ndarray:
    """Train one copy for each (schedule, peak rate, seed); return final accuracies, 0 if lost."""
    trials = [
        Trial(seed=seed, schedule=ScheduleSpec(rate=float(rate), steps=steps, **SCHEDULES[name]))
        for name, rate, seed in runs
    ]
    result = sweep("mlp", data, trials, steps=steps, evaluate_every=steps)
    return np.nan_to_num(result.final_accuracy(), nan=0.0)


@dataclass(frozen=True)
class RateRegions:
    """Which of the swept rates do what: indices into the sweep, in rising order.

    good: final loss at most 1.5 times the lowest. low: below these. high: above these, but not
    lost. lost: diverged.
    """

    low: np.ndarray
    good: np.ndarray
    high: np.ndarray
    lost: np.ndarray


def rate_regions(result: SweepResult) -> RateRegions:
    """Sort the copies of a sweep over constant rates, in rising order, by what became of them."""
    final = result.final_loss()
    best = int(np.argmin(final))
    good = final <= 1.5 * final[best]
    index = np.arange(len(final))
    low = ~good & (index < best)
    high = ~good & (index > best) & ~result.diverged
    return RateRegions(*(np.flatnonzero(mask) for mask in (low, good, high, result.diverged)))


def smoothed(loss: np.ndarray, weight: float = 0.95) -> np.ndarray:
    """Return losses (R, S) smoothed along the steps for a plot."""
    return smooth(np.asarray(loss, dtype=float), weight)
