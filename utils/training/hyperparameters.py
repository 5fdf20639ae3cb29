"""The experiments of the lecture on choosing hyperparameters (Lecture 11), at notebook size.

Surfaces on which searches are compared; the seven steps of the procedure, one function a step;
and a search that stops bad trials early. Everything is trained here. Settings are chosen on
validation digits; the test digits are used once, by :func:`final_test`.
"""

import dataclasses
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from utils.datasets.digits import Digits, Split, load_digits
from utils.models.classifiers import accuracy, mlp
from utils.threads import one_thread
from utils.training.early_stopping import check_seed
from utils.training.fit import evaluate
from utils.training.history import has_diverged
from utils.training.schedules import check_steps
from utils.training.search import Halving, Surface, check_factor, successive_halving
from utils.training.sweeps import Copies, SweepResult, Trial, grid, sweep

RATE, MOMENTUM = 0.03, 0.9
RATES = np.geomspace(1e-4, 3, 30)
DECAYS = np.geomspace(1e-5, 0.1, 16)
MOMENTA = 1 - np.geomspace(1, 0.01, 16)  # 0 to 0.99: equal ratios of 1 - momentum

TEXT = {
    "rate": "learning rate",
    "weight_decay": "weight decay",
    "momentum": "momentum",
    "range": "A range needs two finite numbers above 0, the lower first, not {low!r} and {high!r}.",
    "count": "Draw a whole number of values, at least 1 value, not {value!r}.",
    "falls": "The loss falls at none of these rates: try others, or more steps.",
    "seeds": "An experiment needs a whole number of seeds, at least one seed, not {value!r}.",
    "interval": "A range is a pair of numbers, the lower first, not {value!r}.",
    "rates": "Give the learning rates in a list, not {value!r}.",
    "settings": "Give the settings as a dictionary from a name to a Trial, not {value!r}.",
    "fault": "There is no fault {value!r}. Choose one of: {names}.",
    "sample": "A small sample needs a whole number of digits, from 1 to {most}, not {value!r}.",
}


def final_scores(result: SweepResult) -> np.ndarray:
    """Return each copy's last validation accuracy, (K,); what a guess scores where it diverged."""
    return np.nan_to_num(result.final_accuracy(), nan=1 / result.classes)


def rate_and_decay(
    data: Digits,
    steps: int = 150,
    seeds: int = 4,
    first_seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Surface:
    """Train 30 learning rates with 16 weight decays; return the Surface of their mean accuracy.

    The seeds are ``first_seed`` and those that follow it.
    """
    count, first = len(_seeds(seeds)), check_seed(first_seed)
    own = range(first, first + count)
    return _surface(data, "weight_decay", DECAYS, steps, own, on_progress)


def rate_and_momentum(data: Digits, steps: int = 150, seeds: int = 4) -> Surface:
    """Train 30 learning rates with 16 momenta: two hyperparameters that act together.

    A momentum m makes a step about 1/(1 - m) times as long, so what counts is their product.
    """
    return _surface(data, "momentum", MOMENTA, steps, _seeds(seeds))


def _surface(
    data: Digits,
    name: str,
    values: np.ndarray,
    steps: int,
    seeds: range,
    on_progress: Callable[[int, int], None] | None = None,
) -> Surface:
    trials = grid(learning_rate=RATES, **{name: values}, seed=seeds)
    options = {"evaluate_every": steps, "group": 128, "on_progress": on_progress}
    result = sweep("mlp", data, trials, steps=steps, **options)
    score = final_scores(result).reshape(len(RATES), len(values), -1).mean(axis=2)
    return Surface((TEXT["rate"], TEXT[name]), RATES, values, score, len(seeds))


def _seeds(count: int) -> range:
    if not _whole(count) or count < 1:
        raise ValueError(TEXT["seeds"].format(value=count))
    return range(count)


def _whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


# Step 1: the first loss


Start = Literal["last layer small", "PyTorch's own", "last layer as the others", "pixels 0 to 255"]


def first_losses(data: Digits, seeds: int = 32) -> dict[Start, np.ndarray]:
    """Return the loss on all training digits before any update, one row a start: name -> (R,).

    The last start is a fault: its pixels go from 0 to 255, as an image file has them.
    """
    low, high = data.train.images.min(), data.train.images.max()
    raw = Split(255 * (data.train.images - low) / (high - low), data.train.labels)
    starts = {
        "last layer small": (mlp, data.train),
        "PyTorch's own": (_pytorch_start, data.train),
        "last layer as the others": (_loud_start, data.train),
        "pixels 0 to 255": (_pytorch_start, raw),
    }
    return {
        name: np.array([evaluate(network(seed), split)[0] for seed in _seeds(seeds)])
        for name, (network, split) in starts.items()
    }


def _pytorch_start(seed: int) -> nn.Module:
    """Return the lecture's network with the weights that PyTorch's layers give themselves."""
    model = mlp(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for module in model:
            if isinstance(module, nn.Linear):
                module.reset_parameters()
    return model


def _loud_start(seed: int) -> nn.Module:
    """Return the lecture's network with its last layer a hundred times larger: not made small."""
    model = mlp(seed)
    with torch.no_grad():
        model[-1].weight.mul_(100)
    return model


# Step 2: overfit a small sample


Fault = Literal["no fault", "all weights 0", "softmax twice", "labels mixed up"]
FAULTS: tuple[Fault, ...] = ("no fault", "all weights 0", "softmax twice", "labels mixed up")


@dataclass(frozen=True)
class SmallSample:
    """Training on a few digits: loss and accuracy on these, (R, S), before each of S updates.

    val_accuracy: (R,) on validation digits at the end. examples: how many digits.
    """

    loss: np.ndarray
    accuracy: np.ndarray
    val_accuracy: np.ndarray
    examples: int

    def steps_to_all(self) -> np.ndarray:
        """Return after how many updates every digit was right at first, (R,); -1: never."""
        every = self.accuracy == 1
        return np.where(every.any(axis=1), every.argmax(axis=1), -1)


def overfit_sample(
    data: Digits, fault: Fault = "no fault", examples: int = 20, steps: int = 200, seeds: int = 8
) -> SmallSample:
    """Train on the same ``examples`` digits at every update, with a fault planted or without.

    "all weights 0" starts there; "softmax twice" gives probabilities to a loss that expects
    logits; "labels mixed up" gives each digit the label of another. Raises ValueError for an
    unknown fault, no seeds, or more digits than there are.
    """
    if fault not in FAULTS:
        raise ValueError(TEXT["fault"].format(value=fault, names=", ".join(FAULTS)))
    check_steps(steps)
    if not _whole(examples) or not 1 <= examples <= len(data.train):
        raise ValueError(TEXT["sample"].format(most=len(data.train), value=examples))
    with one_thread():  # twenty digits are too few to share
        rows = [_overfit_once(data, fault, examples, steps, seed) for seed in _seeds(seeds)]
    loss, right, val = (np.array(column) for column in zip(*rows, strict=True))
    return SmallSample(loss, right, val, examples)


def _overfit_once(data: Digits, fault: Fault, examples: int, steps: int, seed: int) -> tuple:
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(len(data.train), generator=generator)[:examples]
    images, labels = data.train.images[chosen], data.train.labels[chosen]
    if fault == "labels mixed up":
        labels = labels[torch.randperm(examples, generator=generator)]
    model = _faulty(mlp(seed), fault)
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE, momentum=MOMENTUM)
    losses, right = [], []
    for _ in range(steps):
        logits = model(images)
        loss = F.cross_entropy(logits, labels)
        losses.append(loss.item())
        right.append(accuracy(logits, labels).item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses, right, evaluate(model, data.validation)[1]


def _faulty(model: nn.Sequential, fault: Fault) -> nn.Sequential:
    if fault == "all weights 0":
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.zero_()
    if fault == "softmax twice":  # the loss takes the softmax of what is one already
        model.append(nn.Softmax(dim=-1))
    return model


# Step 3: rates that make the loss fall


@dataclass(frozen=True)
class FirstSteps:
    """The loss of the first S updates at each of A rates, R seeds. rates: (A,).

    loss: (A, R, S), infinite once a run has diverged. classes: C; a guess costs ln C.
    """

    rates: np.ndarray
    loss: np.ndarray
    classes: int

    def end(self, window: int = 20) -> np.ndarray:
        """Return the mean loss of the last ``window`` updates over all seeds, (A,)."""
        return self.loss[:, :, -window:].mean(axis=(1, 2))

    def falls(self, share: float = 0.9) -> np.ndarray:
        """Return at which rates the loss ends below ``share`` of ln C, bool (A,)."""
        return self.end() < share * math.log(self.classes)

    def span(self) -> tuple[float, float]:
        """Return the lowest and the highest rate at which the loss falls.

        Raises ValueError if there is none.
        """
        if not self.falls().any():
            raise ValueError(TEXT["falls"])
        return _span(self.rates[self.falls()])


def first_steps(
    data: Digits,
    rates: Iterable[float] = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0),
    steps: int = 100,
    seeds: int = 8,
) -> FirstSteps:
    """Train a hundred updates at rates far apart, with all training digits."""
    if not isinstance(rates, Iterable):
        raise ValueError(TEXT["rates"].format(value=rates))
    rates = np.array(list(rates))
    trials = grid(learning_rate=rates, seed=_seeds(seeds))
    result = sweep("mlp", data, trials, steps=steps, evaluate_every=steps)
    loss = np.where(np.isnan(result.loss), np.inf, result.loss)
    return FirstSteps(rates, loss.reshape(len(rates), seeds, steps), data.classes)


# Steps 4 and 5: coarse, then fine


def log_uniform(low: float, high: float, count: int, generator: np.random.Generator) -> np.ndarray:
    """Return ``count`` values in [low, high) whose logarithms are uniform, (count,).

    Every factor of ten then gets the same share of the draws. Raises ValueError for a range that
    is empty or not above 0, or a count below 1.
    """
    numbers = all(isinstance(end, float | int | np.floating | np.integer) for end in (low, high))
    if not (numbers and math.isfinite(high) and 0 < low < high):
        raise ValueError(TEXT["range"].format(low=low, high=high))
    if not _whole(count) or count < 1:
        raise ValueError(TEXT["count"].format(value=count))
    return np.exp(generator.uniform(math.log(low), math.log(high), count))


@dataclass(frozen=True)
class Stage:
    """One stage of a search: T settings, trained with R seeds for some steps.

    rates, decays: (T,). result: the sweep of T x R copies, the seeds changing fastest.
    """

    rates: np.ndarray
    decays: np.ndarray
    result: SweepResult

    @property
    def score(self) -> np.ndarray:
        """Mean validation accuracy of each setting over its seeds, (T,)."""
        return final_scores(self.result).reshape(len(self.rates), -1).mean(axis=1)

    @property
    def best(self) -> int:
        """The setting with the highest score."""
        return int(self.score.argmax())

    def around_best(self, share: float = 0.25) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return the ranges of rate and decay that the best ``share`` of the settings cover."""
        top = np.argsort(-self.score)[: max(2, round(share * len(self.rates)))]
        return _span(self.rates[top]), _span(self.decays[top])

    def curves(self, setting: int) -> np.ndarray:
        """Return the training losses of a setting's seeds, (R, S)."""
        return self.result.loss.reshape(len(self.rates), -1, len(self.result.steps))[setting]

    def validation(self, setting: int) -> np.ndarray:
        """Return the validation accuracies of a setting's seeds, (R, E)."""
        accuracies = self.result.val_accuracy
        return accuracies.reshape(len(self.rates), -1, accuracies.shape[1])[setting]


def _span(values: np.ndarray) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def random_stage(
    data: Digits,
    rate_range: tuple[float, float],
    decay_range: tuple[float, float],
    steps: int,
    settings: int = 24,
    seeds: int = 2,
    seed: int = 0,
) -> Stage:
    """Draw ``settings`` pairs of rate and weight decay, log-uniform, and train each of them.

    Raises ValueError as :func:`log_uniform`, and for no seeds.
    """
    for ends in (rate_range, decay_range):
        if not isinstance(ends, tuple | list) or len(ends) != 2:
            raise ValueError(TEXT["interval"].format(value=ends))
    generator = np.random.default_rng(check_seed(seed))
    rates = log_uniform(*rate_range, settings, generator)
    decays = log_uniform(*decay_range, settings, generator)
    trials = [
        Trial(learning_rate=float(rate), weight_decay=float(decay), seed=own)
        for rate, decay in zip(rates, decays, strict=True)
        for own in _seeds(seeds)
    ]
    return Stage(rates, decays, sweep("mlp", data, trials, steps=steps))


# Step 7: the test number, once


def final_test(
    data: Digits, settings: dict[str, Trial], steps: int, seeds: int = 16
) -> dict[str, np.ndarray]:
    """Train each setting with seeds no choice has seen; return name -> test accuracies (R,)."""
    right = isinstance(settings, dict) and all(isinstance(v, Trial) for v in settings.values())
    if not right:
        raise ValueError(TEXT["settings"].format(value=settings))
    trials = [
        dataclasses.replace(trial, seed=1000 + seed)
        for trial in settings.values()
        for seed in _seeds(seeds)
    ]
    on_test = dataclasses.replace(data, validation=data.test)
    result = sweep("mlp", on_test, trials, steps=steps, evaluate_every=steps)
    return dict(zip(settings, final_scores(result).reshape(len(settings), seeds), strict=True))


# Other processes, and trials that stop early


def train_one(trial: Trial, steps: int = 100) -> float:
    """Train one network with one thread; return its validation accuracy.

    It loads the digits itself and can be imported by name: what another process needs.
    """
    with one_thread():
        result = sweep("mlp", load_digits(14), [trial], steps=steps, evaluate_every=steps)
    return float(final_scores(result)[0])


def random_trials(count: int, seed: int = 0) -> tuple[Trial, ...]:
    """Draw ``count`` trials: rate from 1e-4 to 3 and weight decay from 1e-5 to 0.1, log-uniform."""
    generator = np.random.default_rng(seed)
    rates = log_uniform(RATES[0], RATES[-1], count, generator)
    decays = log_uniform(DECAYS[0], DECAYS[-1], count, generator)
    pairs = zip(rates.tolist(), decays.tolist(), strict=True)
    return tuple(Trial(learning_rate=rate, weight_decay=decay) for rate, decay in pairs)


def going_on(data: Digits, most_steps: int) -> Callable[[Sequence[Trial], int], np.ndarray]:
    """Return an ``evaluate_steps`` for successive halving that never trains a step twice.

    Each call goes on from where the last one stopped and forgets the trials that are not asked
    for any more. A trial that has diverged scores NaN.
    """
    copies: Copies | None = None
    held: list[Trial] = []
    done = 0

    def evaluate_steps(trials: Sequence[Trial], steps: int) -> np.ndarray:
        nonlocal copies, held, done
        if copies is None:
            held = list(trials)
            copies = Copies("mlp", data, held, np.arange(len(held)), most_steps, batch_size=32)
        copies.drop(np.array([held[row] not in trials for row in copies.alive], dtype=bool))
        while done < steps and len(copies.alive):
            lost = has_diverged(copies.update(done))
            if lost.any():
                copies.drop(lost)
            done += 1
        score = dict.fromkeys(held, math.nan)
        if len(copies.alive):
            values = copies.evaluate(data.validation)[1].tolist()
            score.update(zip((held[row] for row in copies.alive), values, strict=True))
        return np.array([score[trial] for trial in trials])

    return evaluate_steps


@dataclass(frozen=True)
class HalvingComparison:
    """Successive halving and random search with as many updates, drawn R times from one pool.

    halving, random: (R,) validation accuracy of the trial that each chose, fully trained.
    updates: what each of the two could spend. trials: how many each could begin with.
    """

    halving: np.ndarray
    random: np.ndarray
    updates: int
    trials: tuple[int, int]

    def chance(self) -> float:
        """Return the chance that halving wins; a tie counts as half."""
        return float(((self.halving > self.random) + 0.5 * (self.halving == self.random)).mean())


def compare_halving(
    data: Digits,
    pool: int = 320,
    trials: int = 81,
    first_steps: int = 10,
    factor: int = 3,
    resamples: int = 1000,
    seed: int = 0,
) -> HalvingComparison:
    """Train a pool of random trials once, then replay both searches on draws from it.

    The replay reads accuracies that were measured after ``first_steps`` times a power of
    ``factor``, and never one that the search would not have trained for.
    """
    rounds = _rounds(trials, check_factor(factor))
    ends = [first_steps * factor**i for i in range(rounds)]
    everything = random_trials(pool, seed)
    result = sweep("mlp", data, everything, steps=ends[-1], evaluate_every=first_steps, group=pool)
    columns = np.searchsorted(result.eval_steps, ends)
    measured = dict(zip(ends, result.val_accuracy[:, columns].T, strict=True))  # steps -> (pool,)
    generator, halving, random = np.random.default_rng(seed), [], []
    for _ in range(resamples):
        drawn = generator.choice(pool, trials, replace=False)
        one = successive_halving(
            drawn, lambda rows, steps: measured[steps][rows], first_steps, factor
        )
        others = generator.choice(pool, one.cost // ends[-1], replace=False)
        halving.append(measured[ends[-1]][drawn[one.best]])
        random.append(np.nan_to_num(measured[ends[-1]][others], nan=0).max())
    return HalvingComparison(
        np.array(halving), np.array(random), one.cost, (trials, one.cost // ends[-1])
    )


def _rounds(trials: int, factor: int) -> int:
    count = 1
    while trials > factor:
        trials, count = -(-trials // factor), count + 1
    return count


def halve(data: Digits, trials: Sequence[Trial], first_steps: int = 10, factor: int = 3) -> Halving:
    """Run successive halving on trials that really train; see :func:`going_on`."""
    check_factor(factor)  # rounds that keep everybody would never end
    most = first_steps * factor ** (_rounds(len(trials), factor) - 1)
    return successive_halving(trials, going_on(data, most), first_steps, factor)
