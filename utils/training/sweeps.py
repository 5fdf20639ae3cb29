"""Train many copies of a network at once, each with its own hyperparameters.

The copies' parameters are stacked along a new first axis K and ``torch.func.vmap`` runs all
forward passes as one. The losses of the copies do not depend on each other, so the gradient
of their sum holds each copy's own gradient. An ordinary loop gives the same curves.

Where torch's threads sleep while they wait, each core works on a part of the copies with one
thread. The parts never wait for each other inside a step, so other work on the machine slows a
sweep only by its share.
"""

import dataclasses
import hashlib
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import vmap

from utils.datasets.digits import Digits, Split
from utils.models.classifiers import accuracy, build
from utils.threads import one_thread, threads_spin
from utils.training.history import batch_order, evaluation_steps, has_diverged
from utils.training.journal import append_records, key_of, read_records
from utils.training.schedules import ScheduleSpec, check_rate, check_steps
from utils.training.workers import as_they_finish

SMALLEST_PART = 16  # copies; below, a step is too short for two threads to share Python
EVALUATED = 32  # examples at a time: more would leave the processor's cache

TEXT = {
    "empty": "A sweep needs at least one trial; this one is empty.",
    "field": "A trial has no setting {value!r}. Choose from: {names}.",
    "momentum": "Momentum must be at least 0 and below 1, not {value!r}.",
    "decay": "Weight decay must be a finite number of at least 0, not {value!r}.",
    "scale": "The initial scale must be a finite number above 0, not {value!r}.",
    "batch": "The batch size must be a whole number from 1 to {examples}, not {value!r}.",
    "seed": "A seed must be a whole number, not {value!r}.",
    "values": "Give the values of {name} as a list, such as [{value!r}].",
    "count": "{name} must be a whole number of at least 1, not {value!r}.",
    "length": "This schedule is {schedule} steps long, but the sweep has {steps} steps.",
    "worker": (
        "A worker of the sweep failed ({error}). {done} of {total} trials are finished"
        "{kept}; run the cell again to train the others."
    ),
    "kept": " and kept in {path}",
}


@dataclass(frozen=True)
class Trial:
    """The hyperparameters of one copy.

    ``seed`` fixes its first weights and its order of batches. A ``schedule`` replaces the
    constant ``learning_rate``; ``init_scale`` multiplies the first weights.

    Raises:
        ValueError: a rate that is not finite and above 0, a momentum outside [0, 1),
            a negative weight decay, an initial scale that is not finite and above 0, a seed
            that is not a whole number.
    """

    learning_rate: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 0.0
    seed: int = 0
    init_scale: float = 1.0
    schedule: ScheduleSpec | None = None

    def __post_init__(self) -> None:
        check_rate(self.learning_rate)
        if not isinstance(self.seed, int | np.integer):
            raise ValueError(TEXT["seed"].format(value=self.seed))
        if not 0 <= self.momentum < 1:
            raise ValueError(TEXT["momentum"].format(value=self.momentum))
        if not (math.isfinite(self.weight_decay) and self.weight_decay >= 0):
            raise ValueError(TEXT["decay"].format(value=self.weight_decay))
        if not (math.isfinite(self.init_scale) and self.init_scale > 0):
            raise ValueError(TEXT["scale"].format(value=self.init_scale))

    @property
    def peak_rate(self) -> float:
        """The schedule's peak rate, or the constant rate."""
        return self.schedule.rate if self.schedule else self.learning_rate

    def rate_table(self, steps: int) -> np.ndarray:
        """Return the learning rate of each update, float64 (steps,)."""
        if self.schedule is None:
            return np.full(steps, self.learning_rate)
        if self.schedule.steps != steps:
            raise ValueError(TEXT["length"].format(schedule=self.schedule.steps, steps=steps))
        return self.schedule.table()


def grid(**settings: Iterable) -> tuple[Trial, ...]:
    """Return the trials of every combination, the last named setting changing fastest.

    ``grid(learning_rate=[0.1, 0.2], seed=range(8))`` gives sixteen.
    Raises ValueError for a setting that trials do not have, or one with no values.
    """
    names = [field.name for field in dataclasses.fields(Trial)]
    for name in settings:
        if name not in names:
            raise ValueError(TEXT["field"].format(value=name, names=", ".join(names)))
        if not isinstance(settings[name], Iterable):
            raise ValueError(TEXT["values"].format(name=name, value=settings[name]))
    combinations = itertools.product(*settings.values())
    return _some(Trial(**dict(zip(settings, values, strict=True))) for values in combinations)


def _some(trials: Iterable[Trial]) -> tuple[Trial, ...]:
    trials = tuple(trials)
    if not trials:
        raise ValueError(TEXT["empty"])
    return trials


@dataclass(frozen=True)
class SweepResult:
    """Curves of K copies over S steps, E of them evaluated. Arrays are numpy.

    steps: (S,) 1..S. loss: (K, S) training loss of each update, NaN where a copy did not get to.
    eval_steps: (E,); val_loss, val_accuracy: (K, E), accuracy in 0..1.
    diverged_at: (K,) the step at which a copy diverged, -1 if it did not.
    steps_done: the least number of steps that every copy has behind it (or diverged before).
    complete: whether all trials ran to their end. classes: C; a first guess costs ln C.
    """

    trials: tuple[Trial, ...]
    steps: np.ndarray
    loss: np.ndarray
    eval_steps: np.ndarray
    val_loss: np.ndarray
    val_accuracy: np.ndarray
    diverged_at: np.ndarray
    steps_done: int
    complete: bool
    classes: int

    @property
    def rates(self) -> np.ndarray:
        """Peak learning rate of each copy, (K,)."""
        return np.array([trial.peak_rate for trial in self.trials])

    @property
    def diverged(self) -> np.ndarray:
        """Which copies diverged, bool (K,)."""
        return self.diverged_at > 0

    def final_loss(self, window: int = 20) -> np.ndarray:
        """Return each copy's mean training loss over its last ``window`` steps, (K,).

        Infinite for a copy that diverged, NaN for one that has not begun.
        """
        if self.steps_done == 0:
            recent = np.full(len(self.trials), np.nan)
        else:
            recent = self.loss[:, max(0, self.steps_done - window) : self.steps_done].mean(axis=1)
        return np.where(self.diverged, np.inf, recent)

    def final_accuracy(self) -> np.ndarray:
        """Return each copy's last validation accuracy, (K,); NaN where it diverged."""
        column = np.searchsorted(self.eval_steps, self.steps_done, side="right") - 1
        if column < 0:
            return np.full(len(self.trials), np.nan)
        return self.val_accuracy[:, column]

    def select(self, keep: Sequence[int] | np.ndarray) -> "SweepResult":
        """Return the result of some copies only: indices, or a bool mask (K,)."""
        index = np.arange(len(self.trials))[np.asarray(keep)]
        return dataclasses.replace(
            self,
            trials=tuple(self.trials[i] for i in index),
            loss=self.loss[index],
            val_loss=self.val_loss[index],
            val_accuracy=self.val_accuracy[index],
            diverged_at=self.diverged_at[index],
        )


def stream(
    model: str,
    data: Digits,
    trials: Iterable[Trial],
    *,
    steps: int,
    batch_size: int = 32,
    evaluate_every: int | None = None,
    chunk: int = 10,
) -> Iterator[SweepResult]:
    """Train all trials together and yield the growing result every ``chunk`` steps.

    Stop by leaving the loop: what was yielded stays valid. ``model`` is a name of
    ``utils.models.classifiers.MODELS``. Raises ValueError for an empty sweep, steps below 1,
    a batch larger than the data, a schedule of another length, or an unknown model.
    """
    trials = _some(trials)
    check_steps(steps)
    _check_count("chunk", chunk)
    if not isinstance(batch_size, int | np.integer) or not 1 <= batch_size <= len(data.train):
        raise ValueError(TEXT["batch"].format(examples=len(data.train), value=batch_size))
    result = _empty_result(trials, steps, evaluate_every, data.classes)
    parts = split_copies(model, data, trials, steps, batch_size)
    return _train(parts, result, data, chunk)


def _check_count(name: str, value: int) -> None:
    if not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(TEXT["count"].format(name=name, value=value))


def split_copies(
    model: str, data: Digits, trials: Sequence[Trial], steps: int, batch_size: int = 32
) -> list["Copies"]:
    """Return the copies of all trials in the parts that :func:`side_by_side` works on."""
    return [
        Copies(model, data, trials, rows, steps, batch_size)
        for rows in np.array_split(np.arange(len(trials)), _part_count(len(trials), data))
    ]


def _part_count(copies: int, data: Digits) -> int:
    """Return into how many parts to split the copies: one a thread, none too small to pay.

    Where torch's threads spin while they wait, they share each operation faster than that.
    """
    if data.train.images.device.type != "cpu" or threads_spin():
        return 1
    return max(1, min(torch.get_num_threads(), copies // SMALLEST_PART))


def _empty_result(
    trials: tuple[Trial, ...], steps: int, evaluate_every: int | None, classes: int
) -> SweepResult:
    evaluations = evaluation_steps(steps, evaluate_every)
    loss = np.full((len(trials), steps), np.nan, dtype=np.float32)
    val = np.full((2, len(trials), len(evaluations)), np.nan, dtype=np.float32)
    never = np.full(len(trials), -1)
    counts = np.arange(1, steps + 1)
    return SweepResult(trials, counts, loss, evaluations, *val, never, 0, False, classes)


def _train(
    parts: Sequence["Copies"], result: SweepResult, data: Digits, chunk: int
) -> Iterator[SweepResult]:
    """Fill ``result`` chunk by chunk; yield a snapshot after each."""
    steps = len(result.steps)
    with side_by_side(len(parts)) as each:
        for first in range(0, steps, chunk):
            last = min(first + chunk, steps)
            each(partial(_advance, result, data, range(first, last)), parts)
            if not any(len(copies.alive) for copies in parts):
                last = steps
            yield _snapshot(result, last, complete=last == steps)
            if last == steps:
                return


@contextmanager
def side_by_side(count: int) -> Iterator[Callable[[Callable, Sequence], None]]:
    """Give a way to call a function on each of ``count`` parts, at the same time if several."""
    if count == 1:  # in this thread: another would have a second team of torch's threads
        yield lambda function, parts: function(parts[0])
        return

    def each(function: Callable, parts: Sequence) -> None:
        with one_thread():
            list(pool.map(function, parts))

    with ThreadPoolExecutor(count) as pool:
        yield each


def _advance(result: SweepResult, data: Digits, steps: range, copies: "Copies") -> None:
    """Do ``steps`` on one part of the copies and write its rows of ``result``."""
    for step in steps:
        if not len(copies.alive):
            return
        loss = copies.update(step)
        result.loss[copies.alive, step] = loss
        diverged = has_diverged(loss)
        if diverged.any():
            lost = copies.alive[diverged]
            result.diverged_at[lost], result.loss[lost, step] = step + 1, np.nan
            copies.drop(diverged)
        column = np.searchsorted(result.eval_steps, step + 1)
        if result.eval_steps[column] == step + 1 and len(copies.alive):
            val_loss, val_accuracy = copies.evaluate(data.validation)
            result.val_loss[copies.alive, column] = val_loss.numpy(force=True)
            result.val_accuracy[copies.alive, column] = val_accuracy.numpy(force=True)


def _snapshot(result: SweepResult, done: int, *, complete: bool) -> SweepResult:
    copied = {
        name: getattr(result, name).copy()
        for name in ("loss", "val_loss", "val_accuracy", "diverged_at")
    }
    return dataclasses.replace(result, **copied, steps_done=done, complete=complete)


def _cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Return each copy's mean loss (K,) as ``F.cross_entropy``: logits (K, N, C), labels (..., N).

    Classes come first: rows of ten numbers are too short for the processor's vectors.
    """
    log_probability = logits.mT.contiguous().log_softmax(1)  # (K, C, N)
    index = labels.unsqueeze(-2).expand(len(logits), 1, -1)  # (K, 1, N)
    return -log_probability.gather(1, index).mean((1, 2))


class Copies:
    """The stacked state of some copies that have not diverged: parameters (K, ...), velocity.

    ``alive`` are their rows in the result. A diverged copy is dropped, so it costs nothing more
    and cannot harm the others.
    """

    def __init__(
        self,
        model: str,
        data: Digits,
        trials: Sequence[Trial],
        rows: np.ndarray,
        steps: int,
        batch_size: int,
    ) -> None:
        self.data, self.alive = data.train, rows
        trials = [trials[row] for row in rows]
        self.network = network_of(model, trials[0])
        self.slots = _take_parameters_out(self.network)
        stacked = _first_weights(model, trials)
        self.parameters = [_as_gradients_lie(p.to(self.data.images)) for p in stacked]
        self.parameters = [p.requires_grad_() for p in self.parameters]
        self.velocity = [torch.zeros_like(p) for p in self.parameters]
        self.rates = self._columns(np.stack([trial.rate_table(steps) for trial in trials], axis=1))
        self.momentum = self._columns([trial.momentum for trial in trials])
        self.decay = self._columns([trial.weight_decay for trial in trials])
        self.decays = any(trial.weight_decay for trial in trials)
        self._order(trials, batch_size, steps)
        self.forward = vmap(self._forward_one, in_dims=(0, None if self.shared else 0))

    def _columns(self, values: Any) -> list[Tensor]:
        """Return values (..., K), once a parameter, as (..., K, 1, ...) to multiply it with."""
        table = self.data.images.new_tensor(values)
        return [table[(..., *[None] * (p.dim() - 1))] for p in self.parameters]

    def _order(self, trials: Sequence[Trial], batch_size: int, steps: int) -> None:
        """Set the examples of each step: (S, N) where all share a seed, else (K, S, N)."""
        examples, device = len(self.data), self.data.labels.device
        orders = {s: batch_order(examples, batch_size, steps, s) for s in {t.seed for t in trials}}
        self.shared = len(orders) == 1
        chosen = [orders[trial.seed] for trial in trials]
        self.order = (chosen[0] if self.shared else torch.stack(chosen)).to(device)

    def _forward_one(self, values: list[Tensor], images: Tensor) -> Tensor:
        """Logits of one copy: images (N, 1, size, size) -> (N, C)."""
        for (module, name), value in zip(self.slots, values, strict=True):
            setattr(module, name, value)
        return self.network(images)

    def update(self, step: int) -> np.ndarray:
        """Do update ``step`` on every copy and return their losses (K,)."""
        chosen = self.order[step] if self.shared else self.order[:, step]
        images, labels = self.data.images[chosen], self.data.labels[chosen]
        loss = _cross_entropy(self.forward(self.parameters, images), labels)  # (K,)
        self._descend(torch.autograd.grad(loss.sum(), self.parameters), step)
        return loss.numpy(force=True)

    @torch.no_grad()
    def _descend(self, gradients: Sequence[Tensor], step: int) -> None:
        """Momentum SGD as ``torch.optim.SGD`` defines it, with each copy's own numbers."""
        for i, gradient in enumerate(gradients):
            if self.decays:
                gradient = gradient + self.decay[i] * self.parameters[i]
            self.velocity[i].mul_(self.momentum[i]).add_(gradient)
            self.parameters[i].addcmul_(self.velocity[i], self.rates[i][step], value=-1)

    @torch.no_grad()
    def logits(self, images: Tensor, weights: list[Tensor] | None = None) -> Tensor:
        """Return what every copy says of the same images: (N, 1, size, size) -> (K, N, C).

        Other ``weights`` of the same shapes may take the place of the copies' own.
        """
        forward = vmap(self._forward_one, in_dims=(0, None))
        weights = self.parameters if weights is None else weights
        return torch.cat([forward(weights, some) for some in images.split(EVALUATED)], dim=1)

    def evaluate(self, split: Split) -> tuple[Tensor, Tensor]:
        """Return the copies' mean loss and accuracy on a whole split, (K,) each."""
        logits = self.logits(split.images)
        return _cross_entropy(logits, split.labels), accuracy(logits, split.labels)

    def drop(self, gone: np.ndarray) -> None:
        """Forget the copies where ``gone`` (K,) is True."""
        keep = torch.from_numpy(~gone).to(self.data.labels.device)
        self.alive = self.alive[~gone]
        kept = [_as_gradients_lie(p.detach()[keep]) for p in self.parameters]
        self.parameters = [p.requires_grad_() for p in kept]
        self.velocity = [_as_gradients_lie(v[keep]) for v in self.velocity]
        self.momentum = [m[keep] for m in self.momentum]
        self.decay = [d[keep] for d in self.decay]
        self.rates = [r[:, keep] for r in self.rates]
        if not self.shared:
            self.order = self.order[keep]


def _take_parameters_out(network: nn.Module) -> list[tuple[nn.Module, str]]:
    """Return where a network's parameters stood, and leave the places free for any tensor.

    ``functional_call`` does this at every call, which takes a third of a small step.
    """
    named = [
        (network.get_submodule(n.rpartition(".")[0]), n) for n, _ in network.named_parameters()
    ]
    slots = [(module, name.rpartition(".")[2]) for module, name in named]
    for module, name in slots:
        delattr(module, name)
    return slots


def _first_weights(model: str, trials: Sequence[Trial]) -> list[Tensor]:
    """Return the stacked first weights of the trials' networks, each parameter (K, ...)."""
    starts = {(trial.seed, trial.init_scale): trial for trial in trials}
    weights = {key: list(network_of(model, t).parameters()) for key, t in starts.items()}
    copies = [weights[trial.seed, trial.init_scale] for trial in trials]
    return [torch.stack(group).detach() for group in zip(*copies, strict=True)]


def _as_gradients_lie(weights: Tensor) -> Tensor:
    """Lay stacked matrices (K, out, in) out as (K, in, out), the order of their gradients.

    The values and the shape stay. Updates then read both in one order, which is quicker.
    """
    return weights.mT.contiguous().mT if weights.dim() == 3 else weights


def sweep(
    model: str,
    data: Digits,
    trials: Iterable[Trial],
    *,
    steps: int,
    batch_size: int = 32,
    evaluate_every: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    executor: Executor | None = None,
    journal: Path | None = None,
    group: int = 64,
) -> SweepResult:
    """Train every trial and return all curves; see :func:`stream` for the arguments it shares.

    Trials run ``group`` at a time. With an ``executor`` (a process pool, Dask's
    ``Client.get_executor()``) groups run side by side. With a ``journal``, each finished group
    is appended to that file (JSON lines), and a later call with the same settings trains only
    what is missing. An interruption, or ``should_stop`` answering True, returns what there is
    with ``complete`` False. ``on_progress`` gets (steps done, steps in all) over all groups.

    Raises:
        ValueError: as :func:`stream`. OSError: the journal's folder cannot be written.
        RuntimeError: a worker of the executor failed; finished trials are in the journal.
    """
    trials = _some(trials)
    check_steps(steps)
    _check_count("group", group)
    settings = {"steps": steps, "batch_size": batch_size, "evaluate_every": evaluate_every}
    run = _Run(model, data, trials, settings, journal, on_progress, should_stop)
    groups = [run.missing[i : i + group] for i in range(0, len(run.missing), group)]
    try:
        if executor is None:
            run.here(groups)
        else:
            run.elsewhere(groups, executor)
    except KeyboardInterrupt:
        pass
    return run.result()


class _Run:
    """A sweep on its way: the merged result, the journal, and what is still missing."""

    def __init__(self, model, data, trials, settings, journal, on_progress, should_stop) -> None:
        self.train = partial(stream, model, data, **settings)
        self.merged = _empty_result(
            trials, settings["steps"], settings["evaluate_every"], data.classes
        )
        self.done_steps = np.zeros(len(trials), dtype=int)
        self.journal = _Journal(journal, model, data, trials, settings) if journal else None
        self.on_progress, self.should_stop = on_progress, should_stop
        finished = self.journal.read() if self.journal else {}
        for index, part in finished.items():
            self._merge([index], part, settings["steps"])
        self.missing = [i for i in range(len(trials)) if i not in finished]

    def here(self, groups: list[list[int]]) -> None:
        """Train the groups one after another in this process."""
        for indices in groups:
            for part in self.train(self._trials(indices)):
                self._merge(indices, part, part.steps_done)
                if self.should_stop():
                    break
            if part.complete:
                self._keep(indices)
            if self.should_stop():
                return

    def elsewhere(self, groups: list[list[int]], executor: Executor) -> None:
        """Train the groups in the executor's workers; merge them as they come."""
        trials = [self._trials(indices) for indices in groups]
        try:
            for place, part in as_they_finish(executor, partial(_last, self.train), trials):
                self._merge(groups[place], part, len(self.merged.steps))
                self._keep(groups[place])
                if self.should_stop():
                    return
        except (ValueError, KeyboardInterrupt):
            raise
        except Exception as error:
            raise RuntimeError(self._worker_sentence(error)) from error

    def _worker_sentence(self, error: Exception) -> str:
        kept = TEXT["kept"].format(path=self.journal.path.name) if self.journal else ""
        steps = len(self.merged.steps)
        return TEXT["worker"].format(
            error=type(error).__name__,
            done=int((self.done_steps == steps).sum()),
            total=len(self.merged.trials),
            kept=kept,
        )

    def _trials(self, indices: list[int]) -> tuple[Trial, ...]:
        return tuple(self.merged.trials[i] for i in indices)

    def _merge(self, indices: list[int], part: SweepResult, done: int) -> None:
        for name in ("loss", "val_loss", "val_accuracy", "diverged_at"):
            getattr(self.merged, name)[indices] = getattr(part, name)
        self.done_steps[indices] = done
        if self.on_progress:
            self.on_progress(int(self.done_steps.sum()), self.merged.loss.size)

    def _keep(self, indices: list[int]) -> None:
        if self.journal:
            self.journal.append(indices, self.merged.select(indices))

    def result(self) -> SweepResult:
        done = int(self.done_steps.min())
        return dataclasses.replace(
            self.merged, steps_done=done, complete=done == len(self.merged.steps)
        )


def _last(train: Callable[..., Iterator[SweepResult]], trials: tuple[Trial, ...]) -> SweepResult:
    """Return a finished group's result: the work of one worker."""
    *_, result = train(trials, chunk=10**9)
    return result


class _Journal:
    """Finished trials in a file, one JSON line each, found again by a hash of their settings."""

    def __init__(self, path, model, data, trials, settings) -> None:
        self.path, self.classes = Path(path), data.classes
        self.settings = settings
        images = data.train.images.numpy(force=True)
        base = [model, str(settings), hashlib.sha256(images.tobytes()).hexdigest()]
        self.keys = [key_of(*base, trial) for trial in trials]
        self.trials = trials

    def read(self) -> dict[int, SweepResult]:
        """Return the finished trials by index. Lines that are damaged or of others are ignored."""
        index_of = {key: i for i, key in enumerate(self.keys)}
        found = {}
        for record in read_records(self.path):
            try:
                index = index_of[record["key"]]
                found[index] = self._result(index, record)
            except (ValueError, KeyError, TypeError):
                continue
        return found

    def _result(self, index: int, record: dict) -> SweepResult:
        empty = _empty_result(
            (self.trials[index],),
            self.settings["steps"],
            self.settings["evaluate_every"],
            self.classes,
        )
        for name in ("loss", "val_loss", "val_accuracy"):
            values = [np.nan if value is None else value for value in record[name]]
            getattr(empty, name)[0] = values
        empty.diverged_at[0] = record["diverged_at"]
        return empty

    def append(self, indices: list[int], part: SweepResult) -> None:
        """Add finished trials to the file."""
        records = []
        for row, index in enumerate(indices):
            record = {"key": self.keys[index], "diverged_at": int(part.diverged_at[row])}
            for name in ("loss", "val_loss", "val_accuracy"):
                values = getattr(part, name)[row].tolist()
                record[name] = [None if math.isnan(value) else value for value in values]
            records.append(record)
        append_records(self.path, records)


def network_of(model: str, trial: Trial) -> nn.Module:
    """Return the network that a trial starts from: what a plain loop must train to agree."""
    return build(model, trial.seed, trial.init_scale)
