"""One readable training loop: stochastic gradient descent with momentum and a schedule.

The whole method is in :func:`update`; :func:`fit` adds what a reader wants around it: progress,
held-out evaluation, a stop that keeps everything, and an end when a run diverges.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from utils.datasets.digits import Digits, Split
from utils.models.classifiers import accuracy
from utils.training.history import History, batch_order, evaluation_steps, has_diverged
from utils.training.schedules import Schedule, check_steps

Progress = Callable[[int, int], None]


def update(
    model: nn.Module, optimizer: torch.optim.Optimizer, rate: float, batch: Split
) -> tuple[float, bool]:
    """Do one step at ``rate``. Return the loss before it, and whether that loss has diverged."""
    for group in optimizer.param_groups:
        group["lr"] = rate
    loss = F.cross_entropy(model(batch.images), batch.labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    value = loss.item()
    return value, bool(has_diverged(value))


@torch.no_grad()
def evaluate(model: nn.Module, split: Split) -> tuple[float, float]:
    """Return (mean loss, accuracy in 0..1) of the model on a whole split."""
    model.eval()
    logits = model(split.images)  # (N, C)
    model.train()
    loss = F.cross_entropy(logits, split.labels)
    return loss.item(), accuracy(logits, split.labels).item()


def fit(
    model: nn.Module,
    data: Digits,
    schedule: Schedule,
    steps: int,
    *,
    batch_size: int = 32,
    momentum: float = 0.9,
    weight_decay: float = 0.0,
    seed: int = 0,
    evaluate_every: int | None = None,
    device: torch.device | str | None = None,
    on_progress: Progress | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> History:
    """Train ``model`` in place and return its curves.

    ``schedule(t)`` is the rate of update t, from 0; ``seed`` fixes the order of the batches.
    Evaluates on ``data.validation`` every ``evaluate_every`` steps (None: twenty times).
    Without ``device``, trains where ``data`` lies. Interrupting the cell, or ``should_stop``
    answering True, ends the run early: the model keeps its weights, the history what was
    measured. Raises ValueError for a number of steps below 1.
    """
    check_steps(steps)
    device = device or data.train.images.device
    model, data = model.to(device), data.to(device)
    optimizer = torch.optim.SGD(
        model.parameters(), lr=0.0, momentum=momentum, weight_decay=weight_decay
    )
    order = batch_order(len(data.train), batch_size, steps, seed).to(device)
    curves = _Curves(steps, evaluate_every)
    try:
        for step in range(steps):
            if should_stop():
                break
            batch = Split(data.train.images[order[step]], data.train.labels[order[step]])
            rate = schedule(step)
            loss, diverged = update(model, optimizer, rate, batch)
            curves.add(step, rate, loss, diverged)
            if diverged:
                break
            curves.evaluate(step + 1, lambda: evaluate(model, data.validation))
            if on_progress:
                on_progress(step + 1, steps)
    except KeyboardInterrupt:
        pass
    return curves.history()


class _Curves:
    """The arrays of a history while they fill."""

    def __init__(self, steps: int, evaluate_every: int | None) -> None:
        self.steps = steps
        self.done, self.diverged_at = 0, -1
        self.eval_steps = evaluation_steps(steps, evaluate_every)
        self.rates, self.loss = np.full((2, steps), np.nan)
        self.val_loss, self.val_accuracy = np.full((2, len(self.eval_steps)), np.nan)

    def add(self, step: int, rate: float, loss: float, diverged: bool) -> None:
        self.rates[step], self.loss[step] = rate, loss
        self.done = step + 1
        if diverged:
            self.loss[step] = np.nan
            self.diverged_at = step + 1

    def evaluate(self, done: int, measure: Callable[[], tuple[float, float]]) -> None:
        column = np.searchsorted(self.eval_steps, done)
        if column < len(self.eval_steps) and self.eval_steps[column] == done:
            self.val_loss[column], self.val_accuracy[column] = measure()

    def history(self) -> History:
        return History(
            self.rates,
            self.loss,
            self.eval_steps,
            self.val_loss,
            self.val_accuracy,
            self.diverged_at,
            self.done,
            self.done == self.steps or self.diverged_at > 0,
        )
