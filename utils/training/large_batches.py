"""The experiments of the lecture on training at scale: large batches at equal epochs.

A larger batch means fewer updates in the same number of epochs. The linear scaling rule raises
the rate with the batch; warm-up starts it low. Source: Goyal et al., "Accurate, large minibatch
SGD" (2017). Rates are chosen on validation digits; test digits are used once, with fresh seeds.
"""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from utils.datasets.digits import Digits
from utils.training.schedules import ScheduleSpec, check_rate
from utils.training.sweeps import SweepResult, Trial, sweep

BATCHES = (32, 64, 128, 256, 512, 1024)
RATES = (0.01, 0.02, 0.04, 0.08)
FACTORS = (1, 2, 4, 8, 16)
WARMUP = 0.25
RECIPES = ("same rate", "linear scaling", "linear + warm-up")
CHOSEN = "rate chosen again"
FRESH = 100  # seeds from here on have chosen nothing
GUESS = 0.1  # the accuracy of a run that diverged: one class in ten

TEXT = {
    "batch": "A batch has at least one example, not {value!r}.",
    "epochs": "Batches of {batch} from {examples} examples make no step in {epochs} epochs.",
    "whole": "The number of epochs is a whole number, at least 1, not {value!r}.",
    "seeds": "At least two seeds are needed to see how much they differ, not {value!r}.",
    "batches": "Give a list of at least two batch sizes, the smallest first, not {value!r}.",
}


def steps_in(epochs: int, examples: int, batch_size: int) -> int:
    """Return the updates in ``epochs`` passes over the examples.

    Raises ValueError for a batch below 1, or one so large that there is no update, and for epochs
    that are no whole number.
    """
    _check_batch(batch_size)
    if not isinstance(epochs, int) or epochs < 1:
        raise ValueError(TEXT["whole"].format(value=epochs))
    steps = epochs * examples // batch_size
    if steps < 1:
        words = {"batch": batch_size, "examples": examples, "epochs": epochs}
        raise ValueError(TEXT["epochs"].format(**words))
    return steps


def _check_batch(value: int) -> None:
    if not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(TEXT["batch"].format(value=value))


def scale_rate(rate: float, base_batch: int, batch_size: int) -> float:
    """Return the rate of the linear scaling rule: k times the batch, k times the rate.

    Raises ValueError for a rate that is not above 0, or a batch below 1.
    """
    for batch in (base_batch, batch_size):
        _check_batch(batch)
    return check_rate(rate) * batch_size / base_batch


@dataclass(frozen=True)
class LargeBatches:
    """Test accuracy at equal epochs against batch size, several ways to set the rate.

    batches, steps: (B,) examples and updates of a run. recipes: (M,) names. base_rate: the peak
    rate that validation digits chose for the first batch size. rates: (M, B) peak rates.
    test: (M, B, R) accuracy in 0..1 of R fresh seeds; 0.1, a guess, where a run diverged.
    loss: {(recipe, batch): (R, S)} training losses of these runs.
    """

    batches: np.ndarray
    steps: np.ndarray
    recipes: tuple[str, ...]
    base_rate: float
    rates: np.ndarray
    test: np.ndarray
    loss: dict[tuple[str, int], np.ndarray]
    epochs: int

    def at(self, recipe: str, batch: int) -> np.ndarray:
        """Return the test accuracies of one recipe at one batch size, (R,)."""
        return self.test[self.recipes.index(recipe), list(self.batches).index(batch)]

    def gain(self, recipe: str, other: str, batch: int) -> tuple[float, float]:
        """Return how much test accuracy a recipe gains over another, and its standard error.

        Paired by seed, in accuracy (0..1).
        """
        difference = self.at(recipe, batch) - self.at(other, batch)
        error = difference.std(ddof=1) / np.sqrt(len(difference))
        return float(difference.mean()), float(error)


def large_batches(
    data: Digits,
    *,
    init_scale: float = 1.0,
    batches: Sequence[int] = BATCHES,
    epochs: int = 10,
    seeds: int = 8,
    choose_again: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> LargeBatches:
    """Train the mlp for equal epochs at every batch size, with each recipe, on a cosine schedule.

    The peak rate of the first batch size is chosen on validation digits. ``init_scale`` multiplies
    the first weights: above 1, the start is rougher. ``choose_again`` adds the recipe "rate chosen
    again": at each batch size, the best of five rates on validation digits, with warm-up.
    Raises ValueError for batches that do not rise, batches without an update, or one seed.
    """
    if not isinstance(seeds, int) or seeds < 2:
        raise ValueError(TEXT["seeds"].format(value=seeds))
    listed = isinstance(batches, list | tuple) and len(batches) >= 2
    if not listed or sorted(set(batches)) != list(batches):
        raise ValueError(TEXT["batches"].format(value=batches))
    course = _Course(data, init_scale, epochs, seeds)
    base = course.choose(batches[0], [(rate, 0.0) for rate in RATES])
    rows = [_recipes(base, batches[0], batch) for batch in batches]
    tested = []
    for batch, row in zip(batches, rows, strict=True):
        if choose_again:
            row[CHOSEN] = (course.choose_again(base, batches[0], batch), WARMUP)
        tested.append(course.test(batch, row))
        if on_progress:
            on_progress(len(tested), len(batches))
    loss = [
        {(name, b): v for name, v in t[1].items()} for b, t in zip(batches, tested, strict=True)
    ]
    return LargeBatches(
        np.array(batches),
        np.array([course.steps(batch) for batch in batches]),
        tuple(rows[0]),
        base,
        np.array([[rate for rate, _ in row.values()] for row in rows]).T,
        np.stack([accuracies for accuracies, _ in tested], axis=1),
        {key: value for part in loss for key, value in part.items()},
        epochs,
    )


def _recipes(base: float, first: int, batch: int) -> dict[str, tuple[float, float]]:
    """Return the peak rate and the share of warm-up of each recipe."""
    scaled = scale_rate(base, first, batch)
    return dict(zip(RECIPES, ((base, 0.0), (scaled, 0.0), (scaled, WARMUP)), strict=True))


@dataclass(frozen=True)
class _Course:
    """What all runs share."""

    data: Digits
    init_scale: float
    epochs: int
    seeds: int

    def steps(self, batch: int) -> int:
        return steps_in(self.epochs, len(self.data.train), batch)

    def train(
        self, batch: int, settings: Sequence[tuple[float, float]], first_seed: int, data: Digits
    ) -> SweepResult:
        """Train each (peak rate, warm-up) with each seed; settings change slowest."""
        steps = self.steps(batch)
        trials = [
            Trial(
                seed=first_seed + seed,
                init_scale=self.init_scale,
                schedule=ScheduleSpec("cosine", rate, steps, warmup=warmup),
            )
            for rate, warmup in settings
            for seed in range(self.seeds)
        ]
        distinct = list(dict.fromkeys(trials))  # two recipes may agree: train that once
        result = sweep("mlp", data, distinct, steps=steps, batch_size=batch, evaluate_every=steps)
        return result.select([distinct.index(trial) for trial in trials])

    def accuracy(self, result: SweepResult) -> np.ndarray:
        """Return (settings, R); a run that diverged is a guess."""
        return np.nan_to_num(result.final_accuracy(), nan=GUESS).reshape(-1, self.seeds)

    def choose(self, batch: int, settings: Sequence[tuple[float, float]]) -> float:
        """Return the peak rate with the best mean accuracy on validation digits."""
        accuracies = self.accuracy(self.train(batch, settings, 0, self.data))
        return settings[int(accuracies.mean(axis=1).argmax())][0]

    def choose_again(self, base: float, first: int, batch: int) -> float:
        """Choose a rate for one batch size, from the base rate up; the first keeps its own."""
        if batch == first:
            return base
        return self.choose(batch, [(base * factor, WARMUP) for factor in FACTORS])

    def test(
        self, batch: int, row: dict[str, tuple[float, float]]
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Return the recipes' accuracies (M, R) on test digits, and their losses (R, S) each."""
        on_test = dataclasses.replace(self.data, validation=self.data.test)
        result = self.train(batch, list(row.values()), FRESH, on_test)
        loss = result.loss.reshape(len(row), self.seeds, -1)
        return self.accuracy(result), dict(zip(row, loss, strict=True))
