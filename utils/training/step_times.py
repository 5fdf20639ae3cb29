"""How long a step takes with one worker and with two, and how much of it is communication.

The times are those of this machine, at this moment: worker 0's median over the steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from utils.training.worker_plans import Plan, WorkerRun

SIZES = (("mlp", 64, 60), ("cnn", 64, 40), ("cnn", 1024, 12))  # model, combined batch, steps
WAYS = {"one": ("alone", 1), "threads": ("alone", 2), "two": ("average", 1)}
NAMES = {
    "one": "1 worker",
    "threads": "1 worker, 2 threads",
    "two": "2 workers",
}


def timing_plans() -> list[Plan]:
    """Return the plans to time: each size in each way, for two workers."""
    return [
        Plan(f"{model}-{batch}-{way}", model, steps, batch, combine=combine, threads=threads)
        for model, batch, steps in SIZES
        for way, (combine, threads) in WAYS.items()
    ]


@dataclass(frozen=True)
class StepTimes:
    """Seconds of a step: sizes (G,), ways (Y,), compute and communicate (G, Y)."""

    sizes: tuple[str, ...]
    ways: tuple[str, ...]
    compute: np.ndarray
    communicate: np.ndarray

    @property
    def ratio(self) -> np.ndarray:
        """How many times faster two workers are than one with one thread, (G,)."""
        total = self.compute + self.communicate
        return total[:, 0] / total[:, -1]


def step_times(runs: Mapping[str, WorkerRun]) -> StepTimes:
    """Return the median times of :func:`timing_plans`; the first steps, which warm up, left out."""
    table = np.array(
        [[_medians(runs[f"{model}-{batch}-{way}"]) for way in WAYS] for model, batch, _ in SIZES]
    )  # (G, Y, 2)
    sizes = tuple(f"{model}, batch {batch}" for model, batch, _ in SIZES)
    return StepTimes(sizes, tuple(NAMES[way] for way in WAYS), table[..., 0], table[..., 1])


def _medians(run: WorkerRun) -> tuple[float, float]:
    first = max(1, len(run.compute) // 10)
    return float(np.median(run.compute[first:])), float(np.median(run.communicate[first:]))
