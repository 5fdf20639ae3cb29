"""Large batches: equal epochs, rates from validation digits, results from test digits."""

import dataclasses

import numpy as np
import pytest
import torch

from utils.datasets.digits import Split
from utils.training.large_batches import FACTORS, large_batches, scale_rate, steps_in


@pytest.fixture(scope="module")
def result(digits):
    return large_batches(digits, batches=(8, 32, 128), epochs=3, seeds=2, choose_again=True)


def test_every_batch_size_sees_the_examples_equally_often(result, digits):
    assert result.steps.tolist() == [3 * 400 // 8, 3 * 400 // 32, 3 * 400 // 128]
    shapes = {batch: rows.shape for (_, batch), rows in result.loss.items()}
    assert shapes == {8: (2, 150), 32: (2, 37), 128: (2, 9)}


def test_the_scaled_rate_grows_with_the_batch_and_the_same_rate_does_not(result):
    same, linear, warm, again = result.rates
    assert set(same) == {result.base_rate}
    np.testing.assert_allclose(linear / result.base_rate, [1, 4, 16])
    np.testing.assert_allclose(warm, linear)
    assert again[0] == result.base_rate
    assert all(rate / result.base_rate in FACTORS for rate in again.tolist())


def test_at_the_first_batch_size_scaling_changes_nothing(result):
    assert np.array_equal(result.at("same rate", 8), result.at("linear scaling", 8))


def test_choices_see_validation_digits_and_results_test_digits(digits):
    """Useless test labels change the results and no rate."""
    wrong = Split(digits.test.images, (digits.test.labels + 1) % 10)
    spoiled = dataclasses.replace(digits, test=wrong)
    settings = {"batches": (16, 64), "epochs": 2, "seeds": 2, "choose_again": True}
    good, bad = (large_batches(data, **settings) for data in (digits, spoiled))
    assert np.array_equal(good.rates, bad.rates)
    assert bad.test[:, 0].max() < 0.2 < good.test[:, 0].min()


def test_a_gain_is_paired_by_seed(result):
    gain, error = result.gain("linear scaling", "same rate", 128)
    difference = result.at("linear scaling", 128) - result.at("same rate", 128)
    assert gain == pytest.approx(difference.mean())
    assert error == pytest.approx(abs(difference[0] - difference[1]) / 2)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"seeds": 1}, "At least two seeds"),
        ({"batches": (32,)}, "at least two batch sizes"),
        ({"batches": (64, 32)}, "the smallest first"),
        ({"batches": (0, 32)}, "at least one example"),
        ({"batches": (32, 4096), "epochs": 1}, "no step in 1 epochs"),
        ({"batches": 32}, "at least two batch sizes"),
        ({"batches": (32.5, 64)}, "at least one example, not 32.5"),
        ({"seeds": float("nan")}, "At least two seeds"),
        ({"epochs": 0}, "whole number, at least 1, not 0"),
        ({"epochs": 1.5}, "whole number, at least 1, not 1.5"),
        ({"init_scale": float("nan")}, "finite number above 0, not nan"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_one_sentence(digits, settings, words):
    with pytest.raises(ValueError, match=words):
        large_batches(digits, **settings)


def test_steps_and_rates_by_hand():
    assert steps_in(10, 3000, 1024) == 29
    assert scale_rate(0.04, 32, 256) == pytest.approx(0.32)
    with pytest.raises(ValueError, match="above 0"):
        scale_rate(0, 32, 64)
    with pytest.raises(ValueError, match="at least one example"):
        scale_rate(0.1, 0, 64)
    with pytest.raises(ValueError, match="at least one example, not nan"):
        scale_rate(0.1, 32, float("nan"))


def test_a_second_run_gives_the_same_numbers_whatever_was_drawn_before(digits):
    settings = {"batches": (32, 128), "epochs": 1, "seeds": 2, "choose_again": True}
    first = large_batches(digits, **settings)
    torch.rand(1)
    again = large_batches(digits, **settings)
    assert np.array_equal(first.test, again.test) and np.array_equal(first.rates, again.rates)
    assert all(np.array_equal(first.loss[key], again.loss[key]) for key in first.loss)
