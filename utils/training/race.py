"""Several kinds of model trained side by side on one task, so that their clocks can be compared.

The models take turns, update by update, on one thread, and the clocks count the seconds of the
processor: other work on the machine does not count. Each kind has its own number of updates:
`affordable_steps` finds how many fit into the same time. What a model trains on, and what it is
measured by, its `Run` knows.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from torch import nn

from utils.models.language import parameters_of
from utils.threads import one_thread
from utils.training.results import RESULTS, load_result, save_result
from utils.training.schedules import cosine, with_warmup

WARMUP = 0.05  # share of the updates
TEXT = {
    "nobody": "Nobody takes part. Give at least one racer.",
    "size": "{name} must be a whole number, at least 1, not {value!r}.",
    "names": "Two racers have the name {name!r}. Give each its own.",
    "budget": "Give a time above 0 seconds, not {value!r}.",
}


class Run(Protocol):
    """A model in training."""

    model: nn.Module

    def update(self, rate: float) -> object:
        """Do one step at a learning rate."""

    def measure(self) -> float:
        """Return the score on validation data."""


@dataclass(frozen=True)
class Racer:
    """One kind of model. ``begin(seed)`` starts a run; rate: peak of a cosine with warm-up."""

    name: str
    begin: Callable[[int], Run]
    rate: float
    steps: int

    def rate_at(self, step: int) -> float:
        """Return the learning rate of one update."""
        warmup = round(WARMUP * self.steps)
        return with_warmup(cosine(self.rate, self.steps - warmup), warmup)(step)


@dataclass(frozen=True)
class Race:
    """K kinds, R seeds, E moments of measuring.

    steps, parameters (K,): updates in all, and size. done (E,): share of the updates done.
    score (K, R, E): on validation data. seconds (K, R, E): of the processor, in updates so far.
    about: where the numbers come from, plain JSON values.
    """

    names: tuple[str, ...]
    steps: np.ndarray
    parameters: np.ndarray
    done: np.ndarray
    score: np.ndarray
    seconds: np.ndarray
    about: dict = field(default_factory=dict)

    def of(self, name: str) -> int:
        """Return the row of a kind."""
        return self.names.index(name)

    def final(self, name: str) -> np.ndarray:
        """Return the last scores of a kind, (R,)."""
        return self.score[self.of(name), :, -1]

    def spent(self, name: str) -> float:
        """Return the mean seconds that a run of a kind took."""
        return float(self.seconds[self.of(name), :, -1].mean())


class _Lane:
    """One run with its clock and its measurements."""

    def __init__(self, racer: Racer, seed: int, moments: Sequence[float]) -> None:
        self.racer, self.run = racer, racer.begin(seed)
        self.due = [round(share * racer.steps) for share in moments]
        self.done, self.spent = 0, 0.0
        self.score: list[float] = []
        self.seconds: list[float] = []

    @property
    def share(self) -> float:
        return self.done / self.racer.steps

    def update(self) -> None:
        """Do one update, and measure where it is due."""
        began = time.process_time()
        self.run.update(self.racer.rate_at(self.done))
        self.spent += time.process_time() - began
        self.done += 1
        while len(self.score) < len(self.due) and self.done >= self.due[len(self.score)]:
            self.score.append(self.run.measure())
            self.seconds.append(self.spent)


def race(
    racers: Sequence[Racer],
    seeds: int = 1,
    *,
    moments: int = 8,
    about: dict | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> tuple[Race, list[list[nn.Module]]]:
    """Train every racer with every seed; return the race and the models, [kind][seed].

    The least advanced run always goes next. ValueError without racers, for two of one name, and
    for a number of seeds, moments or updates below 1.
    """
    _check(racers, seeds, moments)
    done = np.arange(1, moments + 1) / moments
    lanes = [[_Lane(racer, seed, done) for racer in racers] for seed in range(seeds)]
    with one_thread():
        for row in lanes:  # one seed after another, its kinds in turns
            while (lane := min(row, key=lambda lane: lane.share)).share < 1:
                lane.update()
                if on_progress:
                    on_progress(float(np.mean([lane.share for row in lanes for lane in row])))
    score, seconds = (
        np.array([[getattr(row[k], what) for row in lanes] for k in range(len(racers))])
        for what in ("score", "seconds")
    )
    models = [[row[k].run.model for row in lanes] for k in range(len(racers))]
    sizes = np.array([parameters_of(kind[0]) for kind in models])
    steps = np.array([racer.steps for racer in racers])
    names = tuple(racer.name for racer in racers)
    return Race(names, steps, sizes, done, score, seconds, about or {}), models


def _check(racers: Sequence[Racer], seeds: int, moments: int) -> None:
    if not racers:
        raise ValueError(TEXT["nobody"])
    sizes = {"seeds": seeds, "moments": moments} | {f"steps of {r.name}": r.steps for r in racers}
    for name, value in sizes.items():
        if not isinstance(value, int | np.integer) or value < 1:
            raise ValueError(TEXT["size"].format(name=name, value=value))
    names = [racer.name for racer in racers]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(TEXT["names"].format(name=twice[0]))


def affordable_steps(racers: Sequence[Racer], seconds: float, *, turns: int = 30) -> dict[str, int]:
    """Return how many updates of each racer fit into so many seconds on this machine.

    Each does ``turns`` updates, in turns with the others; the median of its times counts.
    """
    if not seconds > 0:
        raise ValueError(TEXT["budget"].format(value=seconds))
    runs = {racer.name: (racer, racer.begin(0)) for racer in racers}
    spent: dict[str, list[float]] = {name: [] for name in runs}
    with one_thread():
        for name, (racer, run) in list(runs.items()) * turns:
            began = time.process_time()
            run.update(racer.rate)
            spent[name].append(time.process_time() - began)
    return {name: max(1, int(seconds / statistics.median(times))) for name, times in spent.items()}


def save_race(result: Race, name: str, folder: Path = RESULTS) -> Path:
    """Write a race as ``name``.json, numbers to four digits; return the path."""
    return save_result(result, name, folder, indent=None)


def load_race(name: str, folder: Path = RESULTS) -> Race:
    """Return a kept race; ResultError where it is missing or damaged."""
    return load_result(name, _race, ("steps", "parameters", "done", "score", "seconds"), folder)


def _race(record: dict) -> Race:
    found = Race(**record | {"names": tuple(record["names"])})
    shape = (len(found.names), found.score.shape[1], len(found.done))
    if found.score.shape != shape or found.seconds.shape != shape:
        raise ValueError(found.names)
    return found
