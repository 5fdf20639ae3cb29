"""Early stopping: end a run when validation stops getting better, and keep the best weights.

The whole method is in :class:`Patience`. It looks at one validation value at a time and
never ahead, so values that were saved can be replayed: :func:`replay` decides on them as a
training run would have decided. Source: Prechelt, "Early stopping – but when?" (1998).
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from utils.datasets.digits import Digits, Split
from utils.training.fit import evaluate, update
from utils.training.history import batch_order, evaluation_steps
from utils.training.schedules import check_rate, check_steps

Watch = Literal["val_accuracy", "val_loss"]
SIGNS = {"val_accuracy": 1, "val_loss": -1}  # accuracy should grow, loss should fall

TEXT = {
    "patience": "Patience counts evaluations: give a whole number of at least 1, not {value!r}.",
    "watch": "Early stopping cannot watch {value!r}; choose one of: {names}.",
    "empty": "There is nothing to replay: give at least one validation value.",
    "values": "Replay needs the validation values of one run: a list of numbers.",
    "value": "A validation value must be a number (NaN if the run diverged), not {value!r}.",
    "momentum": "The momentum must be at least 0 and below 1, not {value!r}.",
    "seed": "A seed must be a whole number of at least 0, not {value!r}.",
    "nothing": (
        "There are no best weights yet: no evaluation gave a number. "
        "Train longer, or with a lower learning rate."
    ),
    "not_given": (
        "The best weights were not copied: give the model to observe() at each evaluation."
    ),
    "other": "These weights are of another network; restore them into a model of the same shape.",
}


def check_patience(patience: int) -> int:
    """Return ``patience``. Raises ValueError unless it is a whole number of at least 1."""
    whole = isinstance(patience, int | np.integer) and not isinstance(patience, bool)
    if not whole or patience < 1:
        raise ValueError(TEXT["patience"].format(value=patience))
    return int(patience)


def check_watch(watch: Watch) -> Watch:
    """Return ``watch``. Raises ValueError unless it names one of the two things to watch."""
    if watch not in tuple(SIGNS):
        raise ValueError(TEXT["watch"].format(value=watch, names=", ".join(SIGNS)))
    return watch


def check_seed(seed: int) -> int:
    """Return ``seed``. Raises ValueError unless it is a whole number of at least 0."""
    whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
    if not whole or seed < 0:
        raise ValueError(TEXT["seed"].format(value=seed))
    return int(seed)


def copy_weights(model: nn.Module) -> dict[str, Tensor]:
    """Return a copy of all parameters and buffers that later updates cannot change."""
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


class Patience:
    """Decides after each evaluation whether to stop, and keeps a copy of the best weights.

    ``evaluations`` is how many may pass in a row without a new best value. A value that
    is no number (NaN) or infinite is never a best value; an equal value is not better.
    best_step, best_value: where and what the best was, -1 and NaN before the first number.
    waited: evaluations since then. Raises ValueError for a patience that is no whole number
    above 0, or a ``watch`` that is neither "val_accuracy" nor "val_loss".
    """

    def __init__(self, evaluations: int, watch: Watch = "val_accuracy") -> None:
        self.evaluations, self.sign = check_patience(evaluations), SIGNS[check_watch(watch)]
        self.best_step, self.best_value, self.waited = -1, math.nan, 0
        self.weights: dict[str, Tensor] | None = None

    def observe(self, step: int, value: float, model: nn.Module | None = None) -> bool:
        """Take the validation value measured after ``step``; return whether to stop now.

        With a ``model``, its weights are copied whenever the value is a new best. Raises
        ValueError for a value that is not a number.
        """
        value = _number(value)
        if self._is_better(value):
            # the copy takes time: interrupted there, the last best step keeps its own weights
            weights = None if model is None else copy_weights(model)
            self.weights, self.best_step, self.best_value, self.waited = weights, step, value, 0
        else:
            self.waited += 1
        return self.waited >= self.evaluations

    def _is_better(self, value: float) -> bool:
        if not math.isfinite(value):
            return False
        return self.best_step < 0 or self.sign * value > self.sign * self.best_value

    def restore(self, model: nn.Module) -> None:
        """Put the best weights back into ``model``, bit for bit.

        Raises ValueError if no weights were kept, or if they do not fit the model.
        """
        if self.weights is None:
            raise ValueError(TEXT["nothing" if self.best_step < 0 else "not_given"])
        if _shapes(model.state_dict()) != _shapes(self.weights):
            raise ValueError(TEXT["other"])
        model.load_state_dict(self.weights)


def _is_row(values: object) -> bool:
    try:
        return np.ndim(values) == 1
    except ValueError:  # rows of different lengths
        return False


def _number(value: float) -> float:
    if isinstance(value, str):
        raise ValueError(TEXT["value"].format(value=value))
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):  # a tensor of several values is a RuntimeError
        raise ValueError(TEXT["value"].format(value=value)) from None


def _shapes(weights: dict[str, Tensor]) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in weights.items()}


@dataclass(frozen=True)
class Stop:
    """What early stopping did with a list of values; positions in it count from 0.

    stop_at: the last evaluation that was made. best_at: the evaluation whose weights are kept,
    -1 if none was a number. best_value: its value. stopped: False if the values ran out first.
    """

    stop_at: int
    best_at: int
    best_value: float
    stopped: bool


def replay(
    values: Sequence[float] | np.ndarray, patience: int, watch: Watch = "val_accuracy"
) -> Stop:
    """Return where a run with these validation values (E,) stops, and which weights it keeps.

    Raises ValueError for no values, for what is no list of numbers, and for a wrong ``patience``
    or ``watch``.
    """
    stopping = Patience(patience, watch)
    if not _is_row(values):
        raise ValueError(TEXT["values"])
    if not len(values):
        raise ValueError(TEXT["empty"])
    for position, value in enumerate(values):
        if stopping.observe(position, value):
            return Stop(position, stopping.best_step, stopping.best_value, True)
    return Stop(len(values) - 1, stopping.best_step, stopping.best_value, False)


@dataclass(frozen=True)
class StoppedRun:
    """One run with early stopping; E evaluations were made.

    eval_steps, val_loss, val_accuracy: (E,). best_step: the step whose weights the model has
    now. steps_done: updates that were done. stopped: whether patience ended the run.
    """

    eval_steps: np.ndarray
    val_loss: np.ndarray
    val_accuracy: np.ndarray
    best_step: int
    steps_done: int
    stopped: bool


def train_and_stop(
    model: nn.Module,
    data: Digits,
    patience: int,
    *,
    watch: Watch = "val_accuracy",
    rate: float = 0.01,
    steps: int = 600,
    evaluate_every: int = 10,
    batch_size: int = 50,
    momentum: float = 0.9,
    seed: int = 0,
    on_evaluation: Callable[[int, nn.Module], None] = lambda step, model: None,
) -> StoppedRun:
    """Train ``model`` until validation stops getting better; leave it with its best weights.

    ``patience`` counts evaluations, one every ``evaluate_every`` steps. ``on_evaluation(step,
    model)`` is called after each. Interrupting the cell ends the run early: the model then has
    the best weights so far. Raises ValueError for bad settings, and if no evaluation gave a
    number; the model then has the weights it started with.
    """
    check_steps(steps)
    check_rate(rate)
    check_seed(seed)
    if not (isinstance(momentum, float | int) and 0 <= momentum < 1):
        raise ValueError(TEXT["momentum"].format(value=momentum))
    stopping, evaluations = Patience(patience, watch), evaluation_steps(steps, evaluate_every)
    first, curves, done, stopped = copy_weights(model), [], 0, False
    try:
        for done in _updates(model, data, rate, steps, batch_size, momentum, seed):
            if done not in evaluations:
                continue
            loss, accuracy = evaluate(model, data.validation)
            curves.append((done, loss, accuracy))
            stopped = stopping.observe(done, accuracy if watch == "val_accuracy" else loss, model)
            on_evaluation(done, model)
            if stopped:
                break
    except KeyboardInterrupt:
        pass
    if stopping.weights is None:
        model.load_state_dict(first)
    stopping.restore(model)
    measured = np.array(curves).T  # (3, E)
    return StoppedRun(measured[0].astype(int), *measured[1:], stopping.best_step, done, stopped)


def _updates(
    model: nn.Module,
    data: Digits,
    rate: float,
    steps: int,
    batch_size: int,
    momentum: float,
    seed: int,
) -> Iterator[int]:
    """Do one update after another and yield how many are done; end if the run diverges."""
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=momentum)
    train = data.train
    order = batch_order(len(train), batch_size, steps, seed)
    for step, batch in enumerate(order):
        _, diverged = update(
            model, optimizer, rate, Split(train.images[batch], train.labels[batch])
        )
        if diverged:
            return
        yield step + 1
