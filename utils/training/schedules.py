"""Learning rate schedules as pure functions: step -> rate (Lecture 11, "learning rate decay").

Nothing here has a state. Asking for the rate at step 7 twice, or plotting a schedule before
training with it, changes nothing: a live scheduler that was plotted is a spent scheduler.
Steps count from 0; the rate at step t is the one that update t uses.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

NAMES = ("constant", "step", "cosine", "linear", "inverse_sqrt", "one_cycle")
TEXT = {
    "rate": "A learning rate must be a finite number above 0, not {value!r}.",
    "steps": "A schedule needs a whole number of steps, at least 1, not {value!r}.",
    "name": "There is no schedule {value!r}. Choose one of: {names}.",
    "milestones": "Milestones must rise and lie inside the run, not {value!r}.",
    "factor": "A decay factor must lie above 0 and at most 1, not {value!r}.",
    "warmup": "Warm-up must be a whole number of steps, at least 0, not {value!r}.",
    "fraction": "Warm-up is a fraction of the run, at least 0 and below 1, not {value!r}.",
    "final": "The final rate must lie from 0 to the first rate, {rate:g}, not {value!r}.",
    "rise": "The rise of one cycle is a fraction of the run, above 0 and below 1, not {value!r}.",
    "step": "A step must be a whole number, 0 or more, not {value!r}.",
    "low_high": "The range test needs a low rate below the high rate, not {value!r}.",
}

Schedule = Callable[[int], float]


def check_rate(rate: float) -> float:
    """Return ``rate`` as a float. Raises ValueError unless it is finite and above 0."""
    try:
        value = float(rate)
    except (TypeError, ValueError):
        raise ValueError(TEXT["rate"].format(value=rate)) from None
    if not math.isfinite(value) or value <= 0:
        raise ValueError(TEXT["rate"].format(value=rate))
    return value


def check_steps(steps: int) -> int:
    """Return ``steps``. Raises ValueError unless it is a whole number of at least 1."""
    if not isinstance(steps, int | np.integer) or isinstance(steps, bool) or steps < 1:
        raise ValueError(TEXT["steps"].format(value=steps))
    return int(steps)


def _check_step(step: int) -> int:
    if not step >= 0:
        raise ValueError(TEXT["step"].format(value=step))
    return step


def _check_warmup(steps: int) -> int:
    if not isinstance(steps, int | np.integer) or steps < 0:
        raise ValueError(TEXT["warmup"].format(value=steps))
    return int(steps)


def _check_final(final_rate: float, rate: float) -> float:
    if not 0 <= final_rate <= rate:
        raise ValueError(TEXT["final"].format(value=final_rate, rate=rate))
    return final_rate


def _rise(points: tuple[float, ...]) -> bool:
    """Say whether each point is above the one before; NaN is above nothing."""
    return all(a < b for a, b in pairwise(points))


def constant(rate: float) -> Schedule:
    """Return the schedule that always answers ``rate``."""
    rate = check_rate(rate)

    def at(step: int) -> float:
        _check_step(step)
        return rate

    return at


def step_decay(rate: float, milestones: tuple[int, ...], factor: float = 0.1) -> Schedule:
    """Multiply the rate by ``factor`` at each milestone (a step); PyTorch: ``MultiStepLR``.

    Raises ValueError for milestones that do not rise or are below 1, or a factor outside (0, 1].
    """
    rate = check_rate(rate)
    points = tuple(milestones)
    if not _rise((0, *points)):
        raise ValueError(TEXT["milestones"].format(value=points))
    if not 0 < factor <= 1:
        raise ValueError(TEXT["factor"].format(value=factor))
    return lambda step: rate * factor ** sum(_check_step(step) >= point for point in points)


def cosine(rate: float, steps: int, final_rate: float = 0.0) -> Schedule:
    """Fall from ``rate`` to ``final_rate`` along half a cosine; PyTorch: ``CosineAnnealingLR``.

    Source: Loshchilov and Hutter, "SGDR" (2017). After the last step it stays at the end.
    """
    rate, steps = check_rate(rate), check_steps(steps)
    _check_final(final_rate, rate)

    def at(step: int) -> float:
        progress = min(_check_step(step) / steps, 1.0)
        return final_rate + (rate - final_rate) * 0.5 * (1 + math.cos(math.pi * progress))

    return at


def linear(rate: float, steps: int, final_rate: float = 0.0) -> Schedule:
    """Fall in a straight line from ``rate`` to ``final_rate``; PyTorch: ``LinearLR``."""
    rate, steps = check_rate(rate), check_steps(steps)
    _check_final(final_rate, rate)

    def at(step: int) -> float:
        progress = min(_check_step(step) / steps, 1.0)
        return final_rate + (rate - final_rate) * (1 - progress)

    return at


def inverse_sqrt(rate: float, warmup_steps: int = 0) -> Schedule:
    """Fall as 1/√step; with warm-up, ``rate`` is reached when the warm-up ends.

    The form of Vaswani et al., "Attention is all you need" (2017), section 5.3.
    """
    rate, offset = check_rate(rate), max(_check_warmup(warmup_steps), 1)
    return lambda step: rate * math.sqrt(offset / max(_check_step(step) + 1, offset))


def one_cycle(rate: float, steps: int, rise: float = 0.3) -> Schedule:
    """Rise from rate/25 to ``rate``, then fall to rate/250,000; PyTorch: ``OneCycleLR``.

    Source: Smith and Topin, "Super-convergence" (2018), with two half cosines.
    """
    rate, steps = check_rate(rate), check_steps(steps)
    if not 0 < rise < 1:
        raise ValueError(TEXT["rise"].format(value=rise))
    start, end, peak_step = rate / 25, rate / 25e4, rise * steps - 1

    def at(step: int) -> float:
        if _check_step(step) <= peak_step and peak_step > 0:
            return _half_cosine(start, rate, step / peak_step)
        return _half_cosine(rate, end, min((step - peak_step) / (steps - 1 - peak_step), 1.0))

    return at


def _half_cosine(start: float, end: float, progress: float) -> float:
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * progress))


def exponential(low: float, high: float, steps: int) -> Schedule:
    """Rise from ``low`` to ``high`` by the same factor each step: the range test's schedule."""
    low, high, steps = check_rate(low), check_rate(high), check_steps(steps)
    if low >= high:
        raise ValueError(TEXT["low_high"].format(value=(low, high)))
    return lambda step: low * (high / low) ** (step / max(steps - 1, 1))


def with_warmup(schedule: Schedule, warmup_steps: int) -> Schedule:
    """Climb in a straight line to ``schedule(0)`` in ``warmup_steps``, then start the schedule.

    Update t of the warm-up uses (t + 1) / warmup_steps of that rate, so no update is wasted at
    rate 0. Source: Goyal et al., "Accurate, large minibatch SGD" (2017).
    """
    warmup_steps = _check_warmup(warmup_steps)

    def at(step: int) -> float:
        if _check_step(step) < warmup_steps:
            return schedule(0) * (step + 1) / warmup_steps
        return schedule(step - warmup_steps)

    return at


@dataclass(frozen=True)
class ScheduleSpec:
    """A schedule by name, with its settings as fractions of the run: easy to sweep and to draw.

    Call it with a step (0-based) to get the rate of that update. ``rate`` is the peak;
    ``milestones`` and ``warmup`` are fractions of ``steps`` in (0, 1) and [0, 1).
    ``inverse_sqrt`` without a warm-up starts to fall at once. ``one_cycle`` brings its own
    warm-up and ignores ``warmup``.

    Raises:
        ValueError: an unknown name, a bad rate, milestones out of order, a bad factor or warm-up.
    """

    name: str = "constant"
    rate: float = 0.1
    steps: int = 300
    milestones: tuple[float, ...] = (0.5, 0.75)
    factor: float = 0.1
    warmup: float = 0.0

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            raise ValueError(TEXT["name"].format(value=self.name, names=", ".join(NAMES)))
        check_rate(self.rate)
        check_steps(self.steps)
        points = tuple(self.milestones)
        if not _rise((0.0, *points, 1.0)):
            raise ValueError(TEXT["milestones"].format(value=points))
        if not 0 < self.factor <= 1:
            raise ValueError(TEXT["factor"].format(value=self.factor))
        if not 0 <= self.warmup < 1:
            raise ValueError(TEXT["fraction"].format(value=self.warmup))

    @property
    def warmup_steps(self) -> int:
        """Length of the warm-up in steps; 0 for one_cycle, which has its own."""
        return 0 if self.name == "one_cycle" else round(self.warmup * self.steps)

    @property
    def milestone_steps(self) -> tuple[int, ...]:
        """The milestones in steps, counted from the start of the whole run."""
        return tuple(round(point * self.steps) for point in self.milestones)

    def __call__(self, step: int) -> float:
        """Return the learning rate of update ``step`` (0-based)."""
        _check_step(step)
        if step < self.warmup_steps:
            return self.rate * (step + 1) / self.warmup_steps
        return self._after_warmup(step)

    def _after_warmup(self, step: int) -> float:
        remaining, since = self.steps - self.warmup_steps, step - self.warmup_steps
        if self.name == "constant":
            return self.rate
        if self.name == "step":
            return self.rate * self.factor ** sum(step >= m for m in self.milestone_steps)
        if self.name == "cosine":
            return cosine(self.rate, remaining)(since)
        if self.name == "linear":
            return linear(self.rate, remaining)(since)
        if self.name == "inverse_sqrt":
            return inverse_sqrt(self.rate, self.warmup_steps)(step)
        return one_cycle(self.rate, self.steps)(step)

    def table(self) -> np.ndarray:
        """Return the rates of all updates, float64 (steps,)."""
        return np.array([self(step) for step in range(self.steps)])
