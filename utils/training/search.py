"""Spend a budget of trials: on a grid, at random, or in rounds that halve the field (Lecture 11).

Grid and random search are compared on a :class:`Surface`: settings that were really trained,
every one of them, so that a search can be repeated a thousand times and trains nothing. Source:
Bergstra and Bengio, "Random search for hyper-parameter optimization" (2012). :func:`search`
evaluates trials of any kind, here or in other processes; :func:`successive_halving` gives most
of its steps to the trials that begin well.
"""

import hashlib
import math
import pickle
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from utils.training.journal import append_records, key_of, read_records
from utils.training.workers import as_they_finish

CONFIDENCE = 1.96  # standard errors on each side of a mean: a band that is right 95 times of 100

TEXT = {
    "shape": "A surface of {first} by {second} values needs as many scores, not {score}.",
    "scores": "Every score of a surface must be an accuracy from 0 to 1; {bad} are not.",
    "order": "The values of {name} must be finite and rise.",
    "square": "A grid needs a budget that is a square, like 4, 9 or 16, not {value!r}.",
    "budget": "A budget on this surface goes from 1 to {most} trials, not {value!r}.",
    "fine": "A surface of {rows} by {columns} trials is too coarse for a {side} by {side} grid.",
    "resamples": "A comparison needs at least 2 resamples, not {value!r}.",
    "none": "A comparison needs at least one budget.",
    "trials": "Give the trials of a search in a list, not {value!r}.",
    "evaluate": "A search needs a function that returns a trial's score, not {value!r}.",
    "executor": "An executor has a method submit, as a process pool has; {value!r} has none.",
    "journal": "The journal of a search must be the path of a file, not {value!r}.",
    "budgets": "Give the budgets of a comparison in a list, like [4, 9, 16], not {value!r}.",
    "seed": "A seed must be a whole number of at least 0, not {value!r}.",
    "arrays": "A surface needs two names, and arrays of numbers for its values and its scores.",
    "numbers": "The scores of a round must be numbers, one for each trial.",
    "empty": "The search space has no points: give at least one trial.",
    "number": "A search needs one number a trial; the trial {trial!r} gave {value!r}.",
    "name": "A journal knows what it holds by the function's module and name: put the function "
    "into a module and import it, or search without a journal.",
    "stopped": "The search stopped: {error} {done} of {total} trials are finished and kept in "
    "{place}; run the cell again to evaluate the others.",
    "memory": "the error's .result",
    "factor": "Each round must keep one trial of a whole number, 2 or more, not of {value!r}.",
    "steps": "The first round needs a whole number of steps, at least 1 step, not {value!r}.",
    "scores_count": "Give one score for each of the {trials} trials, not {scores}.",
}


@dataclass(frozen=True)
class Surface:
    """Validation accuracy at every pair of values of two hyperparameters, all really trained.

    names: what the two are called; the first matters more. first: (A,), second: (B,) values,
    rising. score: (A, B) accuracy in 0..1, a mean over ``seeds`` trainings; a training that
    diverged scores what a guess scores.

    Raises:
        ValueError: shapes that do not fit, values that do not rise, a score outside 0..1.
    """

    names: tuple[str, str]
    first: np.ndarray
    second: np.ndarray
    score: np.ndarray
    seeds: int = 1

    def __post_init__(self) -> None:
        arrays = (self.first, self.second, self.score)
        if not (all(map(_numeric, arrays)) and isinstance(self.names, tuple | list)):
            raise ValueError(TEXT["arrays"])
        if len(self.names) != 2 or self.first.ndim != 1 or self.second.ndim != 1:
            raise ValueError(TEXT["arrays"])
        if not self.score.size:
            raise ValueError(TEXT["empty"])
        sizes = {"first": len(self.first), "second": len(self.second)}
        if self.score.shape != tuple(sizes.values()):
            raise ValueError(TEXT["shape"].format(**sizes, score=self.score.shape))
        for name, values in zip(self.names, (self.first, self.second), strict=True):
            if not (np.isfinite(values).all() and (np.diff(values) > 0).all()):
                raise ValueError(TEXT["order"].format(name=name))
        bad = ~((self.score >= 0) & (self.score <= 1))  # NaN compares as False
        if bad.any():
            raise ValueError(TEXT["scores"].format(bad=bad.sum()))

    @property
    def best(self) -> float:
        """The highest score of the whole surface."""
        return float(self.score.max())

    def shares(self) -> tuple[float, float]:
        """Return how much of the scores' variance each hyperparameter explains alone, in 0..1.

        The variance of the mean over the other one, divided by the variance of all scores.
        """
        total = self.score.var()
        if total == 0:
            return 0.0, 0.0
        first, second = (self.score.mean(axis=axis).var() for axis in (1, 0))
        return float(first / total), float(second / total)

    def score_at(self, points: np.ndarray) -> np.ndarray:
        """Return the scores (..., n) of settings ``points`` (..., n, 2), pairs of indices."""
        return self.score[points[..., 0], points[..., 1]]


def grid_points(
    surface: Surface, budget: int, generator: np.random.Generator | None = None
) -> np.ndarray:
    """Return the settings of a grid of k by k = ``budget``, pairs of indices (budget, 2).

    Each axis is cut into k equal stretches, and the grid takes the same place in each stretch:
    the middle, or with a ``generator`` a random place, one for each axis. Then every setting is
    as likely to be tried as with random search. Raises ValueError for a budget that is no
    square, or more than the surface has settings for.
    """
    side = _side(surface, budget)
    shift = (0.5, 0.5) if generator is None else generator.random(2)
    places = [
        np.floor((np.arange(side) + part) / side * count).astype(int)
        for part, count in zip(shift, surface.score.shape, strict=True)
    ]
    return np.stack(np.meshgrid(*places, indexing="ij"), axis=-1).reshape(-1, 2)


def _side(surface: Surface, budget: int) -> int:
    if not _whole(budget) or budget < 1 or math.isqrt(budget) ** 2 != budget:
        raise ValueError(TEXT["square"].format(value=budget))
    side, (rows, columns) = math.isqrt(budget), surface.score.shape
    if side > min(rows, columns):
        raise ValueError(TEXT["fine"].format(rows=rows, columns=columns, side=side))
    return side


def _numeric(values: object) -> bool:
    return isinstance(values, np.ndarray) and values.dtype.kind in "iuf"


def _whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def random_points(surface: Surface, budget: int, generator: np.random.Generator) -> np.ndarray:
    """Return ``budget`` settings drawn at random, none twice: pairs of indices (budget, 2).

    The values of a surface are spread evenly (on a logarithmic axis), so this draws
    log-uniform values. Raises ValueError for a budget below 1 or above the number of settings.
    """
    if not _whole(budget) or not 1 <= budget <= surface.score.size:
        raise ValueError(TEXT["budget"].format(most=surface.score.size, value=budget))
    drawn = generator.choice(surface.score.size, budget, replace=False)
    return np.stack(np.unravel_index(drawn, surface.score.shape), axis=-1)


@dataclass(frozen=True)
class SearchComparison:
    """Grid and random search at M equal budgets, each repeated R times on one surface.

    budgets: (M,). grid, random: (M, R) the best score that each search found. first_values:
    (M, 2) how many different values of the first hyperparameter a grid and a random search
    tried, in the mean.
    """

    budgets: np.ndarray
    grid: np.ndarray
    random: np.ndarray
    first_values: np.ndarray

    @property
    def ties(self) -> np.ndarray:
        """The share of repetitions in which both found the same score, (M,)."""
        return (self.grid == self.random).mean(axis=1)

    def chance(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the chance that random search wins, and half its 95 % band, (M,) each.

        A tie counts as half a win. The band is for the luck of R repetitions on this surface;
        it does not cover the luck of the seeds that trained the surface.
        """
        wins = (self.random > self.grid) + 0.5 * (self.random == self.grid)
        error = wins.std(axis=1, ddof=1) / math.sqrt(wins.shape[1])
        return wins.mean(axis=1), CONFIDENCE * error

    def gain(self) -> tuple[np.ndarray, np.ndarray]:
        """Return how much better random search's best score is, and half its 95 % band, (M,)."""
        difference = self.random - self.grid
        error = difference.std(axis=1, ddof=1) / math.sqrt(difference.shape[1])
        return difference.mean(axis=1), CONFIDENCE * error


def compare(
    surface: Surface,
    budgets: Sequence[int] = (4, 9, 16, 25),
    resamples: int = 1000,
    seed: int = 0,
) -> SearchComparison:
    """Search ``surface`` on a grid and at random, ``resamples`` times at each budget.

    Each repetition draws the grid's place and the random settings anew. Raises ValueError as
    :func:`grid_points`, for fewer than 2 resamples, for no budgets, and for a seed that is none.
    """
    if not _whole(resamples) or resamples < 2:
        raise ValueError(TEXT["resamples"].format(value=resamples))
    if np.ndim(budgets) != 1:
        raise ValueError(TEXT["budgets"].format(value=budgets))
    if not len(budgets):
        raise ValueError(TEXT["none"])
    if not _whole(seed) or seed < 0:
        raise ValueError(TEXT["seed"].format(value=seed))
    generator = np.random.default_rng(seed)
    best, values = [], []
    for budget in budgets:
        points = [
            np.stack([draw(surface, budget, generator) for _ in range(resamples)])
            for draw in (grid_points, random_points)
        ]  # two of (R, n, 2)
        best.append([surface.score_at(some).max(axis=1) for some in points])
        values.append([_different(some[..., 0]) for some in points])
    grid, random = np.moveaxis(np.array(best), 1, 0)
    return SearchComparison(np.array(budgets), grid, random, np.array(values))


def _different(values: np.ndarray) -> float:
    """Return how many different values a row of (R, n) has in the mean."""
    ordered = np.sort(values, axis=1)
    return float(1 + (np.diff(ordered, axis=1) != 0).sum(axis=1).mean())


@dataclass(frozen=True)
class SearchResult:
    """What a search found. trials: K of them. score: (K,), NaN where it was not evaluated.

    complete: False after an interruption.
    """

    trials: tuple[Any, ...]
    score: np.ndarray
    complete: bool

    def ranked(self) -> np.ndarray:
        """Return the indices of the evaluated trials, the best first; NaN scores are left out."""
        order = np.argsort(-self.score, kind="stable")
        return order[~np.isnan(self.score[order])]


class SearchStopped(RuntimeError):
    """A trial or a worker failed; ``result`` is what the other trials gave."""

    def __init__(self, sentence: str, result: SearchResult) -> None:
        super().__init__(sentence)
        self.result = result


def search(
    trials: Iterable[Any],
    evaluate: Callable[[Any], float],
    executor: Executor | None = None,
    journal: Path | None = None,
) -> SearchResult:
    """Return the score ``evaluate(trial)`` of every trial; more is better.

    With an ``executor`` (a process pool, a thread pool, Dask's ``Client.get_executor()``) the
    trials run in its workers. With a ``journal``, each score is appended to that file (JSON
    lines) as it comes, and a later call with the same function and trials evaluates only what
    is missing. The journal cannot see that a function's code was changed: delete it then. An
    interruption returns what there is.

    Raises:
        ValueError: no trials, something else than a list, a function or an executor, a journal
            that cannot be read, or a function without a name for the journal.
        SearchStopped: ``evaluate`` failed or gave no number, a worker died, or the journal
            cannot be written.
    """
    trials = _listed(trials)
    if not callable(evaluate):
        raise ValueError(TEXT["evaluate"].format(value=evaluate))
    if executor is not None and (isinstance(executor, type) or not hasattr(executor, "submit")):
        raise ValueError(TEXT["executor"].format(value=executor))
    if not isinstance(journal, str | Path | None):
        raise ValueError(TEXT["journal"].format(value=journal))
    kept = _Scores(trials, evaluate, journal)
    try:
        kept.evaluate_missing(evaluate, executor)
    except KeyboardInterrupt:
        pass
    except Exception as error:
        raise SearchStopped(kept.sentence(error), kept.result()) from error
    return kept.result()


def _listed(trials: Iterable[Any]) -> tuple[Any, ...]:
    if not isinstance(trials, Iterable) or isinstance(trials, str):
        raise ValueError(TEXT["trials"].format(value=trials))
    trials = tuple(trials)
    if not trials:
        raise ValueError(TEXT["empty"])
    return trials


class _Scores:
    """The scores of a search on its way, in memory and in the journal."""

    def __init__(self, trials: tuple[Any, ...], evaluate: Callable, journal: Path | None) -> None:
        self.trials, self.journal = trials, Path(journal) if journal else None
        self.score, self.done = np.full(len(trials), np.nan), np.zeros(len(trials), dtype=bool)
        if self.journal:
            name = _identity(evaluate)
            self.keys = [key_of(name, trial) for trial in trials]
            records = list(read_records(self.journal))
            known = {str(record.get("key")): record.get("score") for record in records}
            for place, key in enumerate(self.keys):
                if isinstance(known.get(key), float):
                    self.score[place], self.done[place] = known[key], True

    def evaluate_missing(self, evaluate: Callable, executor: Executor | None) -> None:
        missing = np.flatnonzero(~self.done)
        if executor is None:
            for place in missing:
                self._keep(place, evaluate(self.trials[place]))
            return
        waiting = [self.trials[place] for place in missing]
        for index, value in as_they_finish(executor, evaluate, waiting):
            self._keep(missing[index], value)

    def _keep(self, place: int, value: Any) -> None:
        try:
            score = float(value)
        except (TypeError, ValueError):
            raise ValueError(TEXT["number"].format(trial=self.trials[place], value=value)) from None
        self.score[place], self.done[place] = score, True
        if self.journal:
            append_records(self.journal, [{"key": self.keys[place], "score": score}])

    def sentence(self, error: Exception) -> str:
        return TEXT["stopped"].format(
            error=f"{type(error).__name__}: {error}".rstrip(" .:") + ".",
            done=int(self.done.sum()),
            total=len(self.trials),
            place=self.journal.name if self.journal else TEXT["memory"],
        )

    def result(self) -> SearchResult:
        return SearchResult(self.trials, self.score, bool(self.done.all()))


def _identity(evaluate: Callable) -> str:
    """Return a short name of a function and of all it carries (``functools.partial``)."""
    try:
        return hashlib.sha256(pickle.dumps(evaluate)).hexdigest()
    except Exception:  # pickle raises many kinds for a lambda or a function inside another
        raise ValueError(TEXT["name"]) from None


@dataclass(frozen=True)
class Round:
    """One round of successive halving. trained: (n,) indices; score: (n,) after ``steps`` steps."""

    steps: int
    trained: np.ndarray
    score: np.ndarray


@dataclass(frozen=True)
class Halving:
    """The rounds of successive halving. best: the trial that won the last round."""

    rounds: tuple[Round, ...]
    best: int

    @property
    def cost(self) -> int:
        """Updates in all, when a trial that goes on starts from where it stopped."""
        ends = [0, *(one.steps for one in self.rounds)]
        parts = np.diff(ends)
        return int(sum(len(one.trained) * n for one, n in zip(self.rounds, parts, strict=True)))


def successive_halving(
    trials: Sequence[Any],
    evaluate_steps: Callable[[Sequence[Any], int], Sequence[float]],
    first_steps: int,
    factor: int = 3,
) -> Halving:
    """Train all trials for a few steps, keep the best of every ``factor``, train these longer.

    ``evaluate_steps(trials, steps)`` returns their scores once each has done ``steps`` steps in
    all; a NaN ranks last. Each round has ``factor`` times the steps of the round before, and the
    last round has at most ``factor`` trials. Source: Jamieson and Talwalkar, "Non-stochastic
    best arm identification and hyperparameter optimization" (2016). Raises ValueError for no
    trials, a factor below 2, fewer than 1 step, or scores that do not fit the trials.
    """
    trials = _listed(trials)
    check_factor(factor)
    if not _whole(first_steps) or first_steps < 1:
        raise ValueError(TEXT["steps"].format(value=first_steps))
    left, steps, rounds = np.arange(len(trials)), first_steps, []
    while True:
        score = _scores_of([trials[i] for i in left], evaluate_steps, steps)
        rounds.append(Round(steps, left, score))
        order = np.argsort(-score, kind="stable")  # NaN comes last
        if len(left) <= factor:
            return Halving(tuple(rounds), int(left[order[0]]))
        left, steps = np.sort(left[order[: -(-len(left) // factor)]]), steps * factor


def check_factor(factor: int) -> int:
    """Return ``factor``. Raises ValueError unless it is a whole number of at least 2."""
    if not _whole(factor) or factor < 2:
        raise ValueError(TEXT["factor"].format(value=factor))
    return int(factor)


def _scores_of(trials: Sequence[Any], evaluate_steps: Callable, steps: int) -> np.ndarray:
    given = evaluate_steps(trials, steps)
    try:
        score = np.asarray(given, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(TEXT["numbers"]) from error
    if score.shape != (len(trials),):
        raise ValueError(TEXT["scores_count"].format(trials=len(trials), scores=score.shape))
    return score
