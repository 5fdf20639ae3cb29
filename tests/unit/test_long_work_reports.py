"""Long experiments tell how far they are: always forward, never more than all, all at the end."""

from dataclasses import replace
from functools import partial

import pytest

from utils.datasets.clips import load_clips
from utils.datasets.dates import load_dates
from utils.datasets.digits import load_digits
from utils.datasets.scenes import make_scenes
from utils.training import (
    attention_captioning,
    captioning,
    ensembles,
    hyperparameters,
    overfitting,
    recall,
    sequences,
    translating_dates,
)
from utils.training.attending import train_dates_attending
from utils.training.large_batches import large_batches


@pytest.fixture(scope="module")
def digits():
    return load_digits(14)


def few_dates():
    """Forty dates: enough to see that a run runs."""
    dates, rows = load_dates("fr"), slice(0, 40)
    parts = {name: getattr(dates, name)[rows] for name in ("train", "validation", "test")}
    return replace(dates, **parts)


TINY = {"width": 16, "hidden": 24, "embedding": 8}
# Called with the digits; each returns the experiment, short, without its callback.
EXPERIMENTS = {
    "overfit": lambda d: partial(overfitting.overfit, d, [0.0, 0.3], 2, 12, 64),
    "spend_labels": lambda d: partial(overfitting.spend_labels, d, (25, 50), seeds=2, steps=12),
    "rate_and_decay": lambda d: partial(hyperparameters.rate_and_decay, d, steps=2, seeds=1),
    "spend_alike": lambda d: partial(ensembles.spend_alike, d, steps=4, members=2, repeats=2),
    "large_batches": lambda d: partial(
        large_batches, d, batches=(64, 128), epochs=1, seeds=2, choose_again=True
    ),
    "compare": lambda d: partial(sequences.compare, load_clips(), seeds=1, steps=2),
    "small_captioner": lambda d: partial(
        captioning.small_captioner, make_scenes("train", 8), steps=2, **TINY
    ),
    "small_captioner with attention": lambda d: partial(
        attention_captioning.small_captioner, make_scenes("train", 8), (0,), steps=2
    ),
    "train_dates": lambda d: partial(translating_dates.train_dates, few_dates(), 2),
    "train_dates_attending": lambda d: partial(train_dates_attending, few_dates(), 200),
    "compare_ways": lambda d: partial(
        translating_dates.compare_ways, few_dates(), seeds=1, steps=2, evaluate_every=1
    ),
    "train_until_unsolved": lambda d: partial(
        recall.train_until_unsolved, "LSTM", (2, 4), seeds=1, updates=1
    ),
}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_reports_rise_to_all_of_the_work(name, digits):
    told = []
    EXPERIMENTS[name](digits)(on_progress=lambda done, total: told.append(done / total))
    assert told[-1] == 1 and max(told) == 1 and min(told) > 0
    assert sorted(set(told)) == told  # always forward
