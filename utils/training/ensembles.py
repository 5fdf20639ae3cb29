"""Ask several networks and average what they say (Lecture 11): independent, snapshots, weights.

An ensemble averages class probabilities of its members. Members can be trained apart, or be
snapshots of one run whose rate returns to its peak several times. Averaging weights instead of
answers gives one network, which costs no more than any other when it is used.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from utils.datasets.digits import Digits
from utils.models.classifiers import accuracy
from utils.training.schedules import ScheduleSpec, check_rate, check_steps
from utils.training.sweeps import Copies, Trial, grid, side_by_side, split_copies

TEXT = {
    "decay": "The decay of a moving average must be at least 0 and below 1, not {value!r}.",
    "cycles": "The number of cycles must be from 1 to {steps} (the steps), not {value!r}.",
    "members": "An ensemble of {wanted} members cannot be drawn from {there} networks.",
    "moment": "Predictions can be kept after step 1 to {steps}, not after {value!r}.",
    "none": "An ensemble needs at least one member.",
    "shape": "Probabilities have the shape (members, images, classes), not {value}.",
    "trials": "There is nothing to train: give at least one trial.",
    "sizes": "Give at least one number of members, and at least one draw.",
    "divide": "{members} members cannot share {steps} updates equally; choose another number.",
    "repeats": "A comparison needs at least 2 repetitions, not {value!r}.",
    "examples": "From 1 to {there} examples can be chosen, not {value!r}.",
}


@dataclass(frozen=True)
class CyclicSchedule:
    """Several cosine schedules one after another, each from ``rate`` to almost 0.

    Source: Huang et al., "Snapshot ensembles" (2017); restarts: Loshchilov and Hutter (2017).
    Raises ValueError for a rate that is not finite and above 0, steps below 1, cycles out of range.
    """

    rate: float
    steps: int
    cycles: int

    def __post_init__(self) -> None:
        check_rate(self.rate)
        check_steps(self.steps)
        if not 1 <= self.cycles <= self.steps:
            raise ValueError(TEXT["cycles"].format(steps=self.steps, value=self.cycles))

    def at(self, step: int) -> float:
        """Return the rate of update ``step``, counted from 0."""
        length = self.steps / self.cycles
        return 0.5 * self.rate * (1 + math.cos(math.pi * (step % length) / length))

    def table(self) -> np.ndarray:
        """Return the rate of every update, float64 (steps,)."""
        return np.array([self.at(step) for step in range(self.steps)])

    @property
    def ends(self) -> tuple[int, ...]:
        """The steps, counted from 1, after which a cycle has ended."""
        return tuple(round(self.steps * (i + 1) / self.cycles) for i in range(self.cycles))


def average(probabilities: Tensor) -> Tensor:
    """Return the mean over members: (..., M, N, C) -> (..., N, C). Rows still sum to 1.

    Raises ValueError where there is no member, or another number of dimensions.
    """
    if probabilities.dim() < 3:
        raise ValueError(TEXT["shape"].format(value=tuple(probabilities.shape)))
    if probabilities.shape[-3] == 0:
        raise ValueError(TEXT["none"])
    return probabilities.mean(-3)


def check_decay(decay: float) -> float:
    """Return ``decay``. Raises ValueError unless 0 <= decay < 1."""
    if not 0 <= decay < 1:  # false for NaN too
        raise ValueError(TEXT["decay"].format(value=decay))
    return decay


@torch.no_grad()
def update_average(averages: Sequence[Tensor], weights: Sequence[Tensor], decay: float) -> None:
    """Move each average towards its weight: a <- decay * a + (1 - decay) * w, in place.

    An exponential moving average forgets what is older than about 1 / (1 - decay) updates.
    Source: Polyak and Juditsky, "Acceleration of stochastic approximation by averaging" (1992).
    """
    for a, w in zip(averages, weights, strict=True):
        a.mul_(decay).add_(w, alpha=1 - decay)


@dataclass(frozen=True)
class Predictions:
    """Class probabilities of R runs after some of their steps, float32.

    steps: (P,) counted from 1. validation: (P, R, N, C), test: (P, R, N', C). averaged_validation
    and averaged_test: the same for the moving average of each run's weights, or None.
    """

    steps: tuple[int, ...]
    validation: Tensor
    test: Tensor
    averaged_validation: Tensor | None = None
    averaged_test: Tensor | None = None


def train(
    data: Digits,
    trials: Sequence[Trial],
    steps: int,
    *,
    model: str = "mlp",
    after: Sequence[int] = (),
    decay: float | None = None,
) -> Predictions:
    """Train all trials at once; keep what they say after some steps, by default the last one.

    With ``decay``, also keep what the moving average of each run's weights says. Raises
    ValueError for no trials, a step out of range or a decay outside [0, 1).
    """
    if not len(trials):
        raise ValueError(TEXT["trials"])
    check_steps(steps)
    after = tuple(after) or (steps,)
    for value in after:
        if not 1 <= value <= steps:
            raise ValueError(TEXT["moment"].format(steps=steps, value=value))
    if decay is not None:
        check_decay(decay)
    parts = split_copies(model, data, tuple(trials), steps)
    kept: list[list[list[Tensor]]] = [[] for _ in parts]
    work = partial(_train_part, data=data, steps=steps, after=after, decay=decay)
    with side_by_side(len(parts)) as each:
        each(lambda both: both[1].extend(work(both[0])), list(zip(parts, kept, strict=True)))
    joined = [torch.cat(pieces, dim=1) for pieces in zip(*kept, strict=True)]
    return Predictions(after, *joined)


def _train_part(
    copies: Copies, *, data: Digits, steps: int, after: Sequence[int], decay: float | None
) -> list[Tensor]:
    """Return validation and test probabilities (P, K, N, C), then those of averaged weights."""
    averages = [p.detach().clone() for p in copies.parameters]
    found: list[list[Tensor]] = [[], []] if decay is None else [[], [], [], []]
    for step in range(steps):
        copies.update(step)
        if decay is not None:
            update_average(averages, copies.parameters, decay)
        if step + 1 not in after:
            continue
        splits = (data.validation.images, data.test.images)
        said = [copies.logits(images).softmax(-1) for images in splits]
        if decay is not None:
            said += [copies.logits(images, averages).softmax(-1) for images in splits]
        for place, probabilities in zip(found, said, strict=True):
            place.append(probabilities)
    return [torch.stack(pieces) for pieces in found]


def accuracy_by_size(
    probabilities: Tensor, labels: Tensor, sizes: Sequence[int], draws: int = 200, seed: int = 0
) -> np.ndarray:
    """Return the accuracy of ensembles of random members: (sizes, draws) in 0..1.

    ``probabilities`` (R, N, C): members are drawn from R networks without repeating one.
    Raises ValueError for a size below 1 or above R, no sizes and no draws.
    """
    if not len(sizes) or draws < 1:
        raise ValueError(TEXT["sizes"])
    there = len(probabilities)
    for wanted in sizes:
        if not 1 <= wanted <= there:
            raise ValueError(TEXT["members"].format(wanted=wanted, there=there))
    generator = torch.Generator().manual_seed(seed)
    orders = [torch.randperm(there, generator=generator) for _ in range(draws)]
    columns = []
    for order in orders:
        counts = torch.arange(1, max(sizes) + 1).view(-1, 1, 1)
        means = probabilities[order[: max(sizes)]].cumsum(0) / counts  # (M, N, C)
        columns.append(accuracy(means, labels)[[size - 1 for size in sizes]])
    return torch.stack(columns, dim=1).numpy()


@dataclass(frozen=True)
class EqualCompute:
    """Ways to spend the same number of updates, R repetitions each, scored on test digits.

    names: the W ways. compute: (W,) updates in multiples of one long run. rates: (W,) the peak
    rate that validation digits chose. validation, test: (W, R) accuracy in 0..1.
    """

    names: tuple[str, ...]
    compute: tuple[int, ...]
    rates: tuple[float, ...]
    validation: np.ndarray
    test: np.ndarray

    def gain(self, name: str, over: str) -> tuple[float, float]:
        """Return the mean gain in test accuracy and its standard error, in points."""
        a, b = (self.test[self.names.index(key)] for key in (name, over))
        error = np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
        return 100 * float(a.mean() - b.mean()), 100 * float(error)


RATES = (0.02, 0.05, 0.1, 0.2)


def spend_alike(
    data: Digits,
    *,
    steps: int = 1200,
    members: int = 4,
    repeats: int = 16,
    on_progress: Callable[[int, int], None] | None = None,
) -> EqualCompute:
    """Compare one long run with the other ways to spend its updates, each at its best rate.

    The rate of each way is the one with the best mean validation accuracy over four seeds; the
    repetitions that are scored have other seeds. Raises ValueError where ``members`` do not divide
    ``steps``, and for fewer than two repetitions.
    """
    if members < 1 or steps % members:
        raise ValueError(TEXT["divide"].format(members=members, steps=steps))
    if repeats < 2:
        raise ValueError(TEXT["repeats"].format(value=repeats))
    rates, scores = [], []
    for way in WAYS:
        tried = way.run(data, RATES, steps, members, range(4))[0].mean(axis=1)
        rates.append(RATES[int(tried.argmax())])
        fresh = range(100, 100 + repeats)
        scores.append(way.run(data, rates[-1:], steps, members, fresh)[:, 0])
        if on_progress:
            on_progress(len(scores), len(WAYS))
    validation, test = np.stack(scores, axis=1)
    names = tuple(way.name for way in WAYS)
    compute = tuple(members if way.dear else 1 for way in WAYS)
    return EqualCompute(names, compute, tuple(rates), validation, test)


def _scores(data: Digits, validation: Tensor, test: Tensor, rates: int) -> np.ndarray:
    """Return accuracies (2, A, R) of probabilities (A * R, N, C) on validation and test digits."""
    found = (accuracy(validation, data.validation.labels), accuracy(test, data.test.labels))
    return torch.stack(found).unflatten(1, (rates, -1)).numpy()


def _cosine(rates: Sequence[float], steps: int, seeds: range) -> list[Trial]:
    return grid(schedule=[ScheduleSpec("cosine", rate, steps) for rate in rates], seed=seeds)


def _long(
    data: Digits, rates: Sequence[float], steps: int, members: int, seeds: range
) -> np.ndarray:
    runs = train(data, _cosine(rates, steps, seeds), steps)
    return _scores(data, runs.validation[-1], runs.test[-1], len(rates))


def _longer(
    data: Digits, rates: Sequence[float], steps: int, members: int, seeds: range
) -> np.ndarray:
    return _long(data, rates, steps * members, members, seeds)


def _snapshots(
    data: Digits, rates: Sequence[float], steps: int, members: int, seeds: range
) -> np.ndarray:
    cyclic = [CyclicSchedule(rate, steps, members) for rate in rates]
    runs = train(data, grid(schedule=cyclic, seed=seeds), steps, after=cyclic[0].ends)
    return _scores(data, runs.validation.mean(0), runs.test.mean(0), len(rates))


def _constant(
    data: Digits, rates: Sequence[float], steps: int, members: int, seeds: range
) -> np.ndarray:
    runs = train(data, grid(learning_rate=rates, seed=seeds), steps)
    return _scores(data, runs.validation[-1], runs.test[-1], len(rates))


def _averaged(
    data: Digits, rates: Sequence[float], steps: int, members: int, seeds: range
) -> np.ndarray:
    runs = train(data, grid(learning_rate=rates, seed=seeds), steps, decay=DECAY)
    return _scores(data, runs.averaged_validation[-1], runs.averaged_test[-1], len(rates))


def _team(
    data: Digits, rates: Sequence[float], steps: int, members: int, seeds: range
) -> np.ndarray:
    """Independent members of ``steps`` updates, as many teams as there are seeds."""
    own = range(members * seeds.start, members * seeds.stop)
    runs = train(data, _cosine(rates, steps, own), steps)
    teams = (runs.validation[-1], runs.test[-1])  # each (A * R * M, N, C)
    averages = (average(part.unflatten(0, (-1, members))) for part in teams)
    return _scores(data, *averages, len(rates))


def _short_team(
    data: Digits, rates: Sequence[float], steps: int, members: int, seeds: range
) -> np.ndarray:
    return _team(data, rates, steps // members, members, seeds)


DECAY = 0.99


@dataclass(frozen=True)
class Way:
    """A way to spend updates: ``run`` returns validation and test accuracies (2, A, R).

    A: how many peak rates it tries, all at once. dear: it spends ``members`` times the updates.
    """

    name: str
    run: Callable[[Digits, Sequence[float], int, int, range], np.ndarray]
    dear: bool = False


WAYS = (
    Way("one long run", _long),
    Way("snapshots of one run", _snapshots),
    Way("short members", _short_team),
    Way("constant rate", _constant),
    Way("averaged weights", _averaged),
    Way("longer run", _longer, dear=True),
    Way("long members", _team, dear=True),
)


def hard_examples(probabilities: Tensor, count: int = 10) -> Tensor:
    """Return the examples on which members disagree most: (M, N, C) -> int64 (count,).

    Disagreement is the mean variance of the members' probabilities over classes. Raises ValueError
    for a count below 1 or above N.
    """
    if not 1 <= count <= probabilities.shape[1]:
        raise ValueError(TEXT["examples"].format(there=probabilities.shape[1], value=count))
    return probabilities.var(0).mean(-1).topk(count).indices
