"""Many rates at once against one after another: the same networks, batches and updates."""

import math
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from torch.nn import functional as F

from benchmarks.figure import Figure
from utils.datasets.digits import Digits, load_digits
from utils.threads import granted_cores
from utils.training.fit import evaluate
from utils.training.history import DIVERGED_LOSS, batch_order
from utils.training.sweeps import Trial, grid, network_of, sweep

BATCH = 32
TRY_STEPS = 20
TEXT = {
    "rates": "{model}: {count} rates × {steps} steps at once",
    "ensemble": "{model}: ensemble of {count} × {steps} steps at once",
    "peer": "plain loop {loop:.2f} s, at once {once:.2f} s",
    "note": (
        "medians of {repeats} alternating repeats; ratios {ratios}; the loop has {loop} of {cores} "
        "threads, whichever is faster; diverged {once_lost} at once, {loop_lost} "
        "in the loop, both stop there; the median copy's last loss differs by {gap:.1g}"
    ),
}


def loop(model: str, data: Digits, trials: tuple[Trial, ...], steps: int) -> np.ndarray:
    """Train the trials one after another in plain PyTorch; return the last losses, (K,)."""
    orders = {t.seed: batch_order(len(data.train), BATCH, steps, t.seed) for t in trials}
    return np.array([_train_one(model, data, trial, orders[trial.seed]) for trial in trials])


def _train_one(model: str, data: Digits, trial: Trial, order: torch.Tensor) -> float:
    network = network_of(model, trial)
    optimizer = torch.optim.SGD(
        network.parameters(), lr=trial.learning_rate, momentum=trial.momentum
    )
    for chosen in order:
        loss = F.cross_entropy(network(data.train.images[chosen]), data.train.labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        value = loss.item()
        if not math.isfinite(value) or value > DIVERGED_LOSS:
            return math.inf
    evaluate(network, data.validation)
    return value


def at_once(model: str, data: Digits, trials: tuple[Trial, ...], steps: int) -> np.ndarray:
    """Train all trials together; return the last losses, (K,)."""
    result = sweep(model, data, trials, steps=steps, batch_size=BATCH, evaluate_every=steps)
    return result.final_loss(window=1)


Method = Callable[[str, Digits, tuple[Trial, ...], int], np.ndarray]


def timed(method: Method, threads: int, *work) -> tuple[float, np.ndarray]:
    """Return the seconds of one run with so many threads, and its last losses."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        began = time.perf_counter()
        losses = method(*work)
        return time.perf_counter() - began, losses
    finally:
        torch.set_num_threads(before)


def best_threads(method: Method, model: str, data: Digits, trials: tuple[Trial, ...]) -> int:
    """Return the thread count, 1 or all granted cores, with which ``method`` is faster."""
    counts = sorted({1, granted_cores()})
    work = (model, data, trials[:8], TRY_STEPS)
    timed(method, 1, *work)  # first use costs more
    return min(counts, key=lambda n: min(timed(method, n, *work)[0] for _ in range(2)))


def speedup(
    key: str, model: str, trials: tuple[Trial, ...], steps: int, repeats: int, reach: float | None
) -> Figure:
    """Return how many times faster the trials train at once than one after another."""
    data = load_digits(14)
    methods = {"loop": loop, "once": at_once}
    # The sweep is used as the notebooks use it; the loop gets whichever suits it better.
    threads = {"loop": best_threads(loop, model, data, trials), "once": granted_cores()}
    timed(at_once, threads["once"], model, data, trials, TRY_STEPS)  # first use costs more
    seconds: dict[str, list[float]] = {name: [] for name in methods}
    losses = {}
    for _ in range(repeats):
        for name, method in methods.items():
            spent, losses[name] = timed(method, threads[name], model, data, trials, steps)
            seconds[name].append(spent)
    middle = {name: statistics.median(values) for name, values in seconds.items()}
    both = np.isfinite(losses["loop"]) & np.isfinite(losses["once"])
    note = TEXT["note"].format(
        repeats=repeats,
        ratios=", ".join(f"{a / b:.1f}" for a, b in zip(*seconds.values(), strict=True)),
        cores=granted_cores(),
        loop=threads["loop"],
        once_lost=int(np.isinf(losses["once"]).sum()),
        loop_lost=int(np.isinf(losses["loop"]).sum()),
        gap=float(np.median(np.abs(losses["loop"] - losses["once"])[both])) if both.any() else 0.0,
    )
    name = TEXT[key].format(model=model, count=len(trials), steps=steps)
    ratio = middle["loop"] / middle["once"]
    return Figure(name, ratio, "×", reach, TEXT["peer"].format(**middle), note, at_least=True)


RATES = grid(learning_rate=np.logspace(-4, 0, 64))


def mlp() -> tuple[Figure, ...]:
    """The dense network: 64 rates × 300 steps."""
    return (speedup("rates", "mlp", RATES, steps=300, repeats=5, reach=8.0),)


def cnn() -> tuple[Figure, ...]:
    """The convolutional network: as many rates, fewer steps, as every step costs the same."""
    return (speedup("rates", "cnn", RATES, steps=40, repeats=3, reach=1.0),)


def ensemble() -> tuple[Figure, ...]:
    """Sixteen members with their own weights and their own batches."""
    members = grid(learning_rate=[0.05], seed=range(16))
    return (speedup("ensemble", "mlp", members, steps=300, repeats=5, reach=None),)
