"""Clipping over a grid of runs: each run is the one that PyTorch would make alone."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from utils.training.clipping import CELL, NO_CLIPPING, Clipping, compare_clipping
from utils.training.recall import recall_answers, recall_batch, recall_weights


@pytest.fixture(scope="module")
def small():
    return compare_clipping(
        (0.1, 1.0), (NO_CLIPPING, 0.2), delay=3, seeds=2, updates=4, hidden_size=5, batch=6
    )


@pytest.mark.parametrize(("rate", "largest"), [(0.1, NO_CLIPPING), (0.1, 0.2), (1.0, 0.2)])
def test_a_run_is_the_one_that_pytorchs_sgd_and_clipping_make(small, rate, largest):
    generator = torch.Generator().manual_seed(0)
    weights = {
        name: weight.detach()[1:].requires_grad_()  # the second seed, alone
        for name, weight in recall_weights(CELL, 2, 5, generator).items()
    }
    optimizer = torch.optim.SGD(weights.values(), lr=rate)
    place = small.at(rate, largest)
    for update in range(4):
        x, symbols = recall_batch(2, 6, 4, generator)
        loss = F.cross_entropy(
            recall_answers(CELL, x[1:], torch.tensor([3]), weights)[0], symbols[1]
        )
        optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(weights.values(), largest)
        optimizer.step()
        assert small.loss[place][1, update] == pytest.approx(loss.item(), rel=1e-4)
        assert small.norm[place][1, update] == pytest.approx(norm.item(), rel=1e-3)


def test_all_runs_of_a_seed_start_alike_and_only_clipped_ones_part(small):
    assert np.ptp(small.loss[..., 0], axis=(0, 1)).max() < 1e-6
    free, clipped = (small.loss[small.at(1.0, limit)] for limit in (NO_CLIPPING, 0.2))
    assert (np.abs(free - clipped)[:, 1:].max(axis=1) > 1e-3).all()
    assert (small.clipped[:, 0] == 0).all()


def test_when_every_update_is_clipped_only_rate_times_largest_norm_counts():
    found = compare_clipping((0.5, 1.0), (0.02, 0.01), delay=3, seeds=3, updates=6)
    assert (found.clipped == 1).all()
    np.testing.assert_allclose(found.loss[0, 0], found.loss[1, 1], rtol=1e-4)
    assert np.abs(found.loss[0, 0] - found.loss[1, 0]).max() > 1e-3


def test_the_updates_needed_end_with_the_first_window_below_the_level():
    loss = np.array([[[[1.0, 0.05, 0.05, 0.05], [1.0, 0.05, 1.0, 0.05]]]])
    accuracy = np.array([[[1.0, 0.94]]])
    found = Clipping(5, (0.1,), (1.0,), loss, 2 * loss, accuracy, accuracy)
    assert found.updates_needed(window=2)[0, 0].tolist()[0] == 3
    assert math.isnan(found.updates_needed(window=2)[0, 0, 1])
    assert found.solved.tolist() == [[1]] and found.clipped[0, 0].tolist() == [0.25, 0.5]


@pytest.mark.parametrize("rate", [0.0, -1.0, math.inf, math.nan])
def test_a_rate_that_is_not_above_zero_is_refused(rate):
    with pytest.raises(ValueError, match="Learning rates must be a list of finite numbers above 0"):
        compare_clipping((0.1, rate))


@pytest.mark.parametrize("largest", [0.0, -1.0, math.nan])
def test_a_largest_norm_that_is_not_above_zero_is_refused(largest):
    with pytest.raises(ValueError, match="Largest norms must be a list of numbers above 0"):
        compare_clipping((0.1,), (1.0, largest))


def test_nothing_to_compare_and_counts_below_one_are_refused():
    with pytest.raises(ValueError, match="Learning rates"):
        compare_clipping(())
    with pytest.raises(ValueError, match=r"Learning rates must be a list .* not 0\.1"):
        compare_clipping(0.1)
    with pytest.raises(ValueError, match="Largest norms"):
        compare_clipping((0.1,), ())
    with pytest.raises(ValueError, match="seeds must be a whole number"):
        compare_clipping((0.1,), (1.0,), seeds=0)
