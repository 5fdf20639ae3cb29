"""The experiments of the lecture on early stopping (Lecture 11): networks that overfit in seconds.

A few hundred digits and a network with far more parameters than examples. A share of the
training labels is made wrong on purpose, and the result says how large that share is. Labels
for validation and test are right, unless an experiment says otherwise.
"""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap
from torch.nn import functional as F

from utils.datasets.digits import CLASSES, Digits, Split
from utils.models.classifiers import mlp
from utils.training.early_stopping import Watch, check_patience, check_seed, check_watch, replay
from utils.training.history import batch_order, evaluation_steps
from utils.training.schedules import check_steps

HIDDEN = 128  # 26,506 parameters: fifty times as many as there are examples
EXAMPLES, RATE, MOMENTUM, BATCH, EVERY = 500, 0.01, 0.9, 50, 10

TEXT = {
    "wrong": "The share of wrong labels must be at least 0 and below 1, not {value!r}.",
    "examples": "A small set needs from {least} to {most} examples, not {value!r}.",
    "seeds": "An experiment needs a whole number of seeds, at least one seed, not {value!r}.",
    "shares": "Give at least one share of wrong labels, in a list.",
    "draws": "Give at least one size in a list, and at least one draw of each.",
    "size": "A validation part needs a whole number of digits, not {value!r}.",
    "sizes": "A validation part must leave digits for the rest: from 1 to {most}, not {value!r}.",
}


def network(seed: int) -> nn.Module:
    """Return the network of this lecture: (N, 1, 14, 14) -> logits (N, 10), one hidden layer."""
    return mlp(seed, hidden=HIDDEN)


@dataclass(frozen=True)
class SmallSet:
    """A few training digits. given: the labels that training sees; true: the right ones, (N,)."""

    images: Tensor
    given: Tensor
    true: Tensor

    @property
    def mislabelled(self) -> Tensor:
        """Which examples carry a wrong label, bool (N,)."""
        return self.given != self.true

    def inside(self, data: Digits) -> Digits:
        """Return ``data`` with this set, and its given labels, as the training part."""
        return dataclasses.replace(data, train=Split(self.images, self.given))


def small_set(data: Digits, wrong: float, seed: int, examples: int = EXAMPLES) -> SmallSet:
    """Draw ``examples`` training digits and give a share ``wrong`` of them a wrong label.

    A wrong label is one of the nine other classes, each as likely as the others. The same seed
    draws the same digits for every share. Raises ValueError for a share or number out of range.
    """
    check_seed(seed)
    if not isinstance(wrong, float | int | np.floating) or not 0 <= wrong < 1:
        raise ValueError(TEXT["wrong"].format(value=wrong))
    if not BATCH <= examples <= len(data.train):
        values = {"least": BATCH, "most": len(data.train), "value": examples}
        raise ValueError(TEXT["examples"].format(**values))
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(len(data.train), generator=generator)[:examples]
    true = data.train.labels[chosen]
    given = true.clone()
    changed = torch.randperm(examples, generator=generator)[: round(wrong * examples)]
    shift = torch.randint(1, CLASSES, changed.shape, generator=generator)
    given[changed] = (given[changed] + shift) % CLASSES
    return SmallSet(data.train.images[chosen], given, true)


@dataclass(frozen=True)
class Curves:
    """Curves of R seeds over E evaluations, under one condition. Arrays are numpy.

    wrong: the share of training labels that are wrong. eval_steps: (E,). Others are (R, E):
    train_loss, train_accuracy: on the given labels of the training digits. val_loss,
    val_accuracy, test_accuracy: on held-out digits. learned_wrong, answers_right: of the
    mislabelled training digits, the share answered with the wrong label they carry, and with
    the right one; NaN without such digits. val_right: bool (R, E, V), which validation digits
    were answered right.
    """

    wrong: float
    eval_steps: np.ndarray
    train_loss: np.ndarray
    train_accuracy: np.ndarray
    val_loss: np.ndarray
    val_accuracy: np.ndarray
    test_accuracy: np.ndarray
    learned_wrong: np.ndarray
    answers_right: np.ndarray
    val_right: np.ndarray

    @property
    def peak(self) -> int:
        """The evaluation with the highest mean validation accuracy over all seeds."""
        return int(self.val_accuracy.mean(axis=0).argmax())

    def fall(self) -> np.ndarray:
        """Return how much validation accuracy each seed loses from the peak to the end, (R,).

        The peak is one step for all seeds, so that no seed's luckiest step counts.
        """
        return self.val_accuracy[:, self.peak] - self.val_accuracy[:, -1]


def overfit(
    data: Digits,
    wrong: Sequence[float] = (0.0, 0.1, 0.2, 0.3),
    seeds: int = 16,
    steps: int = 600,
    examples: int = EXAMPLES,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[Curves, ...]:
    """Train ``seeds`` networks at each share of wrong labels; return one Curves a share.

    Every seed draws its own digits, wrong labels, first weights and order of batches. Raises
    ValueError for no seeds, no shares, no steps, and as :func:`small_set` does.
    """
    _check_seeds(seeds)
    check_steps(steps)
    if not isinstance(wrong, Sequence | np.ndarray) or not len(wrong):
        raise ValueError(TEXT["shares"])
    found = []
    for share in wrong:
        sets = [small_set(data, share, seed, examples) for seed in range(seeds)]
        found.append(_curves(data, share, sets, steps))
        if on_progress:
            on_progress(len(found), len(wrong))
    return tuple(found)


def _curves(data: Digits, share: float, sets: Sequence[SmallSet], steps: int) -> Curves:
    """Train one network a set and measure it at each evaluation."""
    given = torch.stack([one.given for one in sets])  # (R, N)
    true = torch.stack([one.true for one in sets])
    own = torch.stack([one.images for one in sets])
    rows = []
    for answer in _train_together(sets, steps):
        train, val = answer(own), answer(data.validation.images)  # (R, N, C), (R, V, C)
        guess, wrong = train.argmax(-1), given != true
        val_right = val.argmax(-1) == data.validation.labels
        rows.append(
            (
                _losses(train, given),
                (guess == given).float().mean(1),
                _losses(val, data.validation.labels.expand(len(sets), -1)),
                val_right.float().mean(1),
                (answer(data.test.images).argmax(-1) == data.test.labels).float().mean(1),
                (wrong & (guess == given)).sum(1) / wrong.sum(1),
                (wrong & (guess == true)).sum(1) / wrong.sum(1),
                val_right,
            )
        )
    measured = [torch.stack(column, dim=1).numpy() for column in zip(*rows, strict=True)]
    return Curves(share, evaluation_steps(steps, EVERY), *measured)


def _losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Return each copy's mean loss (R,) of logits (R, N, C) on labels (R, N)."""
    return F.cross_entropy(logits.mT, labels, reduction="none").mean(1)


def _train_together(sets: Sequence[SmallSet], steps: int) -> Iterator[Callable[[Tensor], Tensor]]:
    """Train one network a set, all at once, with seeds 0, 1, ….

    At each evaluation, yield a function from images, shared (M, 1, S, S) or one set a copy
    (R, M, 1, S, S), to logits (R, M, C).
    """
    networks = [network(seed) for seed in range(len(sets))]
    weights, _ = stack_module_state(networks)  # name -> (R, ...)
    optimizer = torch.optim.SGD(weights.values(), lr=RATE, momentum=MOMENTUM)
    images = torch.stack([one.images for one in sets])  # (R, N, 1, S, S)
    given = torch.stack([one.given for one in sets])
    order = torch.stack(
        [batch_order(len(one.given), BATCH, steps, seed) for seed, one in enumerate(sets)], 1
    )
    copies = torch.arange(len(sets))[:, None]

    def answer(inputs: Tensor) -> Tensor:
        forward = vmap(
            partial(_forward, networks[0]), in_dims=(0, 0 if inputs.dim() == 5 else None)
        )
        return forward(weights, inputs)

    evaluations = set(evaluation_steps(steps, EVERY).tolist())
    for done, batch in enumerate(order, start=1):  # batch (R, B)
        loss = _losses(answer(images[copies, batch]), given[copies, batch]).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if done in evaluations:
            with torch.no_grad():
                yield answer


def _forward(model: nn.Module, weights: dict[str, Tensor], images: Tensor) -> Tensor:
    return functional_call(model, weights, (images,))


@dataclass(frozen=True)
class Stops:
    """Early stopping replayed on the curves of R seeds; each (R,).

    best_step, stop_step: steps. kept, last: test accuracy of the kept weights, and of the weights
    at the very end of the run that did not stop. compute: steps done over steps of the full run.
    """

    best_step: np.ndarray
    stop_step: np.ndarray
    kept: np.ndarray
    last: np.ndarray
    compute: np.ndarray

    @property
    def gain(self) -> np.ndarray:
        """Test accuracy gained over the last weights, (R,), paired by seed."""
        return self.kept - self.last


def stop_each(curves: Curves, patience: int, watch: Watch = "val_accuracy") -> Stops:
    """Replay ``patience`` on the curves of every seed. Raises ValueError as ``replay`` does."""
    stops = [replay(row, patience, watch) for row in getattr(curves, check_watch(watch))]
    best = np.array([stop.best_at for stop in stops])
    at = np.array([stop.stop_at for stop in stops])
    test, steps = curves.test_accuracy, curves.eval_steps
    kept = test[np.arange(len(test)), best]
    return Stops(steps[best], steps[at], kept, test[:, -1], steps[at] / steps[-1])


def mean_and_error(values: np.ndarray) -> tuple[float, float]:
    """Return the mean of values (R,) over seeds and its standard error."""
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))


@dataclass(frozen=True)
class ValidationSize:
    """What happens when only some validation digits choose; sizes: (Z,), others (Z, R).

    promised: validation accuracy of the kept weights, on the digits that chose them. honest: of
    the same weights on the other validation digits. test: on test digits. Means over draws.
    """

    sizes: np.ndarray
    promised: np.ndarray
    honest: np.ndarray
    test: np.ndarray


def validation_sizes(
    curves: Curves, sizes: Sequence[int] = (10, 30, 100, 300), draws: int = 50, seed: int = 0
) -> ValidationSize:
    """Choose the best evaluation with few validation digits, drawn ``draws`` times a size.

    Nothing is trained: the curves say which validation digits each network answered right.
    Raises ValueError for a size that leaves no other validation digits, no sizes and no draws.
    """
    _check_sizes(sizes)
    if not isinstance(draws, int | np.integer) or draws < 1:
        raise ValueError(TEXT["draws"])
    digits = curves.val_right.shape[2]
    if bad := [size for size in sizes if not 1 <= size < digits]:
        raise ValueError(TEXT["sizes"].format(most=digits - 1, value=bad[0]))
    generator = np.random.default_rng(seed)
    drawn = [
        [_choose(curves, generator.permutation(digits), size) for _ in range(draws)]
        for size in sizes
    ]
    means = np.mean(drawn, axis=1)  # (Z, 3, R)
    return ValidationSize(np.array(sizes), means[:, 0], means[:, 1], means[:, 2])


def _choose(curves: Curves, order: np.ndarray, size: int) -> np.ndarray:
    """Return (promised, honest, test) of each seed's best evaluation on ``size`` digits, (3, R)."""
    chosen = curves.val_right[:, :, order[:size]].mean(axis=2)  # (R, E)
    others = curves.val_right[:, :, order[size:]].mean(axis=2)
    best = chosen.argmax(axis=1)
    rows = np.arange(len(best))
    return np.stack([chosen[rows, best], others[rows, best], curves.test_accuracy[rows, best]])


@dataclass(frozen=True)
class Budget:
    """One budget of labelled digits, spent in three ways; test accuracies.

    sizes: (Z,) digits kept aside for validation. kept: (Z, R) trained on the others, best
    weights kept. again: (Z, R) trained on all digits, as many steps as the stopped run's best.
    last: (R,) trained on all digits to the end.
    """

    sizes: np.ndarray
    kept: np.ndarray
    again: np.ndarray
    last: np.ndarray


def spend_labels(
    data: Digits,
    sizes: Sequence[int] = (25, 50, 100, 200),
    wrong: float = 0.3,
    patience: int = 10,
    seeds: int = 16,
    steps: int = 600,
    on_progress: Callable[[int, int], None] | None = None,
) -> Budget:
    """Split 500 labelled digits into a training and a validation part, and stop early.

    Nobody checked these labels: the same share is wrong in both parts. Training again on all
    digits follows Goodfellow et al., "Deep Learning" (2016), algorithm 7.2. Raises ValueError
    for no seeds, a wrong patience, or a size that leaves less than a batch for training.
    """
    _check_seeds(seeds)
    check_steps(steps)
    check_patience(patience)
    _check_sizes(sizes)
    if bad := [size for size in sizes if not 1 <= size <= EXAMPLES - BATCH]:
        raise ValueError(TEXT["sizes"].format(most=EXAMPLES - BATCH, value=bad[0]))
    full = [small_set(data, wrong, seed) for seed in range(seeds)]
    _, test = _accuracies(data, full, 0, steps)  # (R, E)
    kept, again = [], []
    for done, size in enumerate(sizes, start=1):
        if on_progress:
            on_progress(done, len(sizes) + 1)
        validation, part = _accuracies(data, full, size, steps)
        best = [replay(row, patience).best_at for row in validation]
        kept.append(part[np.arange(seeds), best])
        again.append(test[np.arange(seeds), best])
    if on_progress:
        on_progress(len(sizes) + 1, len(sizes) + 1)
    return Budget(np.array(sizes), np.stack(kept), np.stack(again), test[:, -1])


def _accuracies(
    data: Digits, full: Sequence[SmallSet], size: int, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Keep ``size`` digits of each set for validation; return (validation, test), (R, E) each."""
    cut = len(full[0].given) - size
    parts = [SmallSet(one.images[:cut], one.given[:cut], one.true[:cut]) for one in full]
    images = torch.stack([one.images[cut:] for one in full])
    labels = torch.stack([one.given[cut:] for one in full])
    validation, test = [], []
    for answer in _train_together(parts, steps):
        if size:
            validation.append((answer(images).argmax(-1) == labels).float().mean(1))
        test.append((answer(data.test.images).argmax(-1) == data.test.labels).float().mean(1))
    stacked = torch.stack(validation, 1).numpy() if size else np.empty((len(full), 0))
    return stacked, torch.stack(test, 1).numpy()


def _check_sizes(sizes: Sequence[int]) -> None:
    if np.ndim(sizes) != 1 or not len(sizes):
        raise ValueError(TEXT["draws"])
    if bad := [size for size in sizes if not isinstance(size, int | np.integer)]:
        raise ValueError(TEXT["size"].format(value=bad[0]))


def _check_seeds(seeds: int) -> None:
    if not isinstance(seeds, int | np.integer) or seeds < 1:
        raise ValueError(TEXT["seeds"].format(value=seeds))
