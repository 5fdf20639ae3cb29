"""Training runs with one thing wrong, and a healthy one, for reading curves (Lecture 11).

Each run really trains the lecture's network on digits. A sick run differs from the healthy one
in what :data:`RUNS` says and in nothing else, so undoing that is a remedy.
"""

import itertools
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from utils.datasets.digits import Digits, Split
from utils.models.classifiers import mlp
from utils.threads import one_thread
from utils.training.fit import evaluate, update
from utils.training.history import batch_order, evaluation_steps
from utils.training.schedules import ScheduleSpec

STEPS, EVERY, MOMENTUM = 600, 20, 0.9
MEASURED = 1000  # training digits on which training accuracy is measured: as many as validation

TEXT = {
    "run": "There is no run {value!r}. Choose from: {names}.",
    "runs": "Give at least one run, in a list, not {value!r}.",
    "seeds": "A gallery needs a whole number of seeds, at least one seed, not {value!r}.",
    "signs": {
        "healthy": "falls fast, then slowly; a small gap",
        "rate too high": "the loss jumps and does not fall",
        "rate too low": "the loss falls slowly from the first step, like a straight line",
        "bad start": "the loss stands still, then falls at full speed",
        "overfitting": "training is perfect, validation stays far below",
        "needs decay": "falls fast, then stays noisy at one height",
        "wrong order": "the loss comes in waves: it leaps at each new class",
        "wrong labels": "the loss stays near ln C; validation is a guess",
    },
    "remedies": {
        "healthy": "none; perhaps train longer",
        "rate too high": "a lower rate",
        "rate too low": "a higher rate",
        "bad start": "He's first weights",
        "overfitting": "more data; weight decay; stop early",
        "needs decay": "decay the rate when the loss is flat",
        "wrong order": "shuffle the training data",
        "wrong labels": "look at some images with their labels",
    },
}


@dataclass(frozen=True)
class Run:
    """How one run is trained. order: how the training digits come; examples: None for all."""

    rate: float = 0.02
    batch_size: int = 32
    init_scale: float = 1.0
    examples: int | None = None
    order: Literal["shuffled", "sorted"] = "shuffled"
    labels: Literal["right", "mixed up"] = "right"
    milestones: tuple[float, ...] = ()


RUNS: dict[str, Run] = {
    "healthy": Run(),
    "rate too high": Run(rate=0.3),
    "rate too low": Run(rate=0.0003),
    "bad start": Run(init_scale=1e-6),
    "overfitting": Run(examples=100),
    "needs decay": Run(rate=0.03, batch_size=8),
    "wrong order": Run(order="sorted"),
    "wrong labels": Run(labels="mixed up"),
    "decayed": Run(rate=0.03, batch_size=8, milestones=(0.5, 0.75)),
}
CAUSES: tuple[str, ...] = tuple(name for name in RUNS if name != "decayed")
CASES = {  # the letters under which the exercise shows them
    "A": "rate too low",
    "B": "wrong order",
    "C": "needs decay",
    "D": "overfitting",
    "E": "wrong labels",
    "F": "healthy",
    "G": "rate too high",
    "H": "bad start",
}


@dataclass(frozen=True)
class SickCurves:
    """The curves of one kind of run with R seeds. cause: its name in :data:`RUNS`.

    loss: (R, S) training loss of each update. eval_steps: (E,). train_accuracy, val_accuracy:
    (R, E), the first on at most 1,000 of the run's own training digits with their given labels.
    """

    cause: str
    loss: np.ndarray
    eval_steps: np.ndarray
    train_accuracy: np.ndarray
    val_accuracy: np.ndarray

    @property
    def steps(self) -> np.ndarray:
        """The updates, (S,) from 1."""
        return np.arange(1, self.loss.shape[1] + 1)

    def loss_between(self, first: int, last: int) -> np.ndarray:
        """Return the mean loss of updates ``first`` to ``last``, counted from 1, (R,)."""
        return self.loss[:, first - 1 : last].mean(axis=1)


def sick_curves(
    data: Digits, causes: tuple[str, ...] = CAUSES, seeds: int = 4, steps: int = STEPS
) -> dict[str, SickCurves]:
    """Train the runs called ``causes`` and return their curves: name -> :class:`SickCurves`.

    Raises ValueError for a name that is not in :data:`RUNS`, no runs, or no seeds.
    """
    if not isinstance(seeds, int | np.integer) or isinstance(seeds, bool) or seeds < 1:
        raise ValueError(TEXT["seeds"].format(value=seeds))
    if not isinstance(causes, tuple | list) or not causes:
        raise ValueError(TEXT["runs"].format(value=causes))
    if unknown := [name for name in causes if name not in RUNS]:
        raise ValueError(TEXT["run"].format(value=unknown[0], names=", ".join(RUNS)))
    found = {}
    for name in causes:
        with one_thread():  # a batch is too small to share
            rows = [_train(data, RUNS[name], seed, steps) for seed in range(seeds)]
        loss, train, val = (np.array(column) for column in zip(*rows, strict=True))
        found[name] = SickCurves(name, loss, evaluation_steps(steps, EVERY), train, val)
    return found


def _train(data: Digits, run: Run, seed: int, steps: int) -> tuple[list, list, list]:
    """Train once; return losses and training and validation accuracies."""
    train = _training_part(data.train, run, seed)
    model = mlp(seed, run.init_scale)
    optimizer = torch.optim.SGD(model.parameters(), lr=run.rate, momentum=MOMENTUM)
    rate = ScheduleSpec("step", run.rate, steps, milestones=run.milestones, factor=0.2).table()
    measured = Split(train.images[:MEASURED], train.labels[:MEASURED])
    losses, seen, held_out = [], [], []
    for step, batch in enumerate(_order(train.labels, run, steps, seed)):
        loss, _ = update(
            model, optimizer, float(rate[step]), Split(train.images[batch], train.labels[batch])
        )
        losses.append(loss)
        if (step + 1) % EVERY == 0 or step + 1 == steps:
            seen.append(evaluate(model, measured)[1])
            held_out.append(evaluate(model, data.validation)[1])
    return losses, seen, held_out


def _training_part(train: Split, run: Run, seed: int) -> Split:
    chosen = slice(None, run.examples)
    images, labels = train.images[chosen], train.labels[chosen]
    if run.labels == "mixed up":
        generator = torch.Generator().manual_seed(seed)
        labels = labels[torch.randperm(len(labels), generator=generator)]
    return Split(images, labels)


def _order(labels: Tensor, run: Run, steps: int, seed: int) -> Tensor:
    """Return the examples of each batch, int64 (S, B)."""
    if run.order == "shuffled":
        return batch_order(len(labels), run.batch_size, steps, seed)
    by_class = itertools.cycle(labels.argsort(stable=True).tolist())
    order = list(itertools.islice(by_class, steps * run.batch_size))
    return torch.tensor(order).reshape(steps, run.batch_size)


def remedy_gain(curves: dict[str, SickCurves], cause: str) -> np.ndarray:
    """Return how much final validation accuracy the remedy gives, (R,), paired by seed.

    Undoing what is wrong gives the healthy run; the remedy of the plateau is step decay.
    """
    cured = curves["decayed" if cause == "needs decay" else "healthy"]
    return cured.val_accuracy[:, -1] - curves[cause].val_accuracy[:, -1]
