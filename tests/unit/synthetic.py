"""Made-up results for tests of views: the shapes of real sweeps, none of their cost."""

import numpy as np

from utils.training.schedules import ScheduleSpec
from utils.training.sweeps import SweepResult, Trial

GUESS = np.log(10)


def result_of(trials, loss, diverged_at, done=None):
    """A SweepResult of given curves, loss (K, S); accuracy falls out of the loss."""
    steps = loss.shape[1]
    done = steps if done is None else done
    eval_steps = np.arange(steps // 10, steps + 1, steps // 10)
    val_loss = loss[:, eval_steps - 1]
    return SweepResult(
        trials=tuple(trials),
        steps=np.arange(1, steps + 1),
        loss=loss.astype(np.float32),
        eval_steps=eval_steps,
        val_loss=val_loss,
        val_accuracy=np.clip(1 - val_loss / GUESS, 0.1, 1) + 0 * val_loss,
        diverged_at=np.asarray(diverged_at),
        steps_done=done,
        complete=done == steps,
        classes=10,
    )


def rates_result(count=64, steps=300, done=None, seed=0):
    """``count`` rates from 1e-4 to 10: slow below, best near 0.1, noisy above, diverged at 3."""
    random = np.random.default_rng(seed)
    rates = np.geomspace(1e-4, 10, count)
    time = np.arange(steps)
    speed = 0.8 * rates[:, None] / (1 + (rates[:, None] / 0.2) ** 2)
    floor = 0.1 + 2.4 / (1 + (0.8 / rates[:, None]) ** 4)
    loss = floor + (GUESS - floor) * np.exp(-speed * time) + 0.1 * random.random((count, steps))
    loss[:, 0] = GUESS
    gone = np.where(rates > 3, 3 + (10 / rates).astype(int), -1)
    for row, step in enumerate(gone):
        if step >= 0:
            loss[row, :step] = GUESS * 10.0 ** np.arange(step)
            loss[row, step - 1 :] = np.nan
    if done is not None:
        loss[:, done:] = np.nan
    return result_of([Trial(learning_rate=float(rate)) for rate in rates], loss, gone, done)


def schedule_specs(steps=300):
    """A grid of schedules such as a notebook trains."""
    specs = [ScheduleSpec("constant", 0.1, steps), ScheduleSpec("one_cycle", 0.1, steps)]
    for name in ("cosine", "linear", "inverse_sqrt"):
        specs += [ScheduleSpec(name, 0.1, steps, warmup=warmup) for warmup in (0.0, 0.1, 0.2)]
    for factor in (0.1, 0.3):
        for first in (0.2, 0.3, 0.4, 0.5):
            for second in (0.6, 0.7, 0.8, 0.9):
                specs.append(ScheduleSpec("step", 0.1, steps, (first, second), factor))
    return specs


def schedules_result(seeds=2, steps=300):
    """The grid's runs: the loss has a floor that follows the rate, so decays make a staircase."""
    specs = schedule_specs(steps)
    trials = [Trial(learning_rate=s.rate, schedule=s, seed=n) for s in specs for n in range(seeds)]
    random = np.random.default_rng(1)
    loss = np.empty((len(trials), steps))
    for row, trial in enumerate(trials):
        table = trial.schedule.table()
        floor = 0.05 + 4 * table
        loss[row] = floor + (GUESS - floor) * np.exp(-0.6 * np.cumsum(table))
    loss += 0.02 * random.random(loss.shape)
    return result_of(trials, loss, [-1] * len(trials))
