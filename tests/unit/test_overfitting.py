"""The experiments on overfitting: what was made wrong is known, and copies train as one would."""

import math

import numpy as np
import pytest
import torch

from utils.datasets.digits import load_digits
from utils.training import overfitting
from utils.training.early_stopping import train_and_stop
from utils.training.overfitting import (
    overfit,
    small_set,
    spend_labels,
    stop_each,
    validation_sizes,
)


@pytest.fixture(scope="module")
def digits():
    return load_digits(14)


@pytest.fixture(scope="module")
def curves(digits):
    return overfit(digits, (0.3,), seeds=2, steps=100)[0]


def test_exactly_the_share_that_was_asked_for_is_wrong(digits):
    for share, count in ((0.0, 0), (0.1, 50), (0.3, 150)):
        small = small_set(digits, share, seed=3)
        assert int(small.mislabelled.sum()) == count
        assert small.given.min() >= 0 and small.given.max() <= 9
    clean, noisy = small_set(digits, 0.0, seed=3), small_set(digits, 0.3, seed=3)
    assert torch.equal(clean.images, noisy.images) and torch.equal(clean.true, noisy.true)


def test_validation_and_test_labels_stay_right(digits):
    inside = small_set(digits, 0.3, seed=0).inside(digits)
    assert inside.validation is digits.validation and inside.test is digits.test


def test_copies_trained_together_are_the_runs_of_the_plain_loop(digits, curves):
    for seed in (0, 1):
        small = small_set(digits, 0.3, seed)
        model = overfitting.network(seed)
        run = train_and_stop(model, small.inside(digits), 99, steps=100, seed=seed)
        np.testing.assert_array_equal(run.eval_steps, curves.eval_steps)
        np.testing.assert_allclose(run.val_loss, curves.val_loss[seed], atol=2e-3)
        np.testing.assert_allclose(run.val_accuracy, curves.val_accuracy[seed], atol=4e-3)


def test_the_shares_of_wrong_labels_are_counted_among_the_wrong_ones_only(curves):
    together = curves.learned_wrong + curves.answers_right
    assert (together <= 1 + 1e-6).all() and curves.answers_right.max() > 0.5
    assert curves.val_right.mean(axis=2) == pytest.approx(curves.val_accuracy, abs=1e-6)


def test_stopping_reads_the_test_accuracy_at_the_step_it_names(curves):
    stops = stop_each(curves, 2)
    for row, step in enumerate(stops.best_step):
        column = list(curves.eval_steps).index(step)
        assert stops.kept[row] == curves.test_accuracy[row, column]
    assert stops.gain == pytest.approx(stops.kept - curves.test_accuracy[:, -1])
    assert (stops.compute <= 1).all() and (stops.stop_step >= stops.best_step).all()


def test_few_validation_digits_promise_more_than_others_give(curves):
    found = validation_sizes(curves, sizes=(10, 500), draws=40)
    gap = (found.promised - found.honest).mean(axis=1)
    assert gap[0] > gap[1] + 0.03


def test_a_label_budget_has_one_row_a_size_and_one_column_a_seed(digits):
    budget = spend_labels(digits, sizes=(50, 100), seeds=2, steps=40)
    assert budget.kept.shape == budget.again.shape == (2, 2) and budget.last.shape == (2,)
    assert budget.kept.min() > 0.2 and budget.again.max() < 1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda d: small_set(d, 1.0, 0), "below 1, not 1.0"),
        (lambda d: small_set(d, -0.1, 0), "at least 0"),
        (lambda d: small_set(d, 0.3, 0, examples=5000), "from 50 to 3000"),
        (lambda d: overfit(d, seeds=0), "at least one seed, not 0"),
        (lambda d: overfit(d, seeds=2.5), "whole number of seeds"),
        (lambda d: overfit(d, wrong=[]), "at least one share"),
        (lambda d: overfit(d, wrong=0.3), "in a list"),
        (lambda d: overfit(d, steps=0), "steps, at least 1, not 0"),
        (lambda d: spend_labels(d, sizes=(500,)), "from 1 to 450, not 500"),
        (lambda d: small_set(d, "a", 0), "below 1, not 'a'"),
        (lambda d: small_set(d, math.nan, 0), "below 1, not nan"),
        (lambda d: small_set(d, 0.3, "a"), "at least 0, not 'a'"),
        (lambda d: spend_labels(d, sizes=()), "at least one size"),
        (lambda d: spend_labels(d, sizes=25), "at least one size in a list"),
        (lambda d: spend_labels(d, sizes=(1.5,)), "whole number of digits, not 1.5"),
        (lambda d: spend_labels(d, patience=0), "whole number of at least 1, not 0"),
    ],
)
def test_bad_settings_get_one_sentence(digits, call, words):
    with pytest.raises(ValueError, match=words) as caught:
        call(digits)
    assert "\n" not in str(caught.value)


def test_what_the_curves_cannot_answer_gets_one_sentence(curves):
    with pytest.raises(ValueError, match="choose one of: val_accuracy, val_loss"):
        stop_each(curves, 3, "accuracy")
    with pytest.raises(ValueError, match="at least one size in a list"):
        validation_sizes(curves, None)
    with pytest.raises(ValueError, match=r"whole number of digits, not 1\.5"):
        validation_sizes(curves, [1.5])
    with pytest.raises(ValueError, match="at least one draw"):
        validation_sizes(curves, [10], draws="a")


def test_a_validation_part_as_large_as_all_digits_gets_one_sentence(curves):
    with pytest.raises(ValueError, match="from 1 to 999, not 1000"):
        validation_sizes(curves, sizes=(1000,))
    with pytest.raises(ValueError, match="at least one size"):
        validation_sizes(curves, sizes=())
    with pytest.raises(ValueError, match="at least one draw"):
        validation_sizes(curves, draws=0)
