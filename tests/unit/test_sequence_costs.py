"""What a longer sequence costs each kind of layer, and how far apart its two ends are."""

import numpy as np
import pytest
import torch

from utils.analysis.sequence_costs import (
    KINDS,
    Costs,
    layer,
    layers_between,
    measure_costs,
    steps_between,
)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_keeps_the_shape_and_a_seed_fixes_it(kind):
    x = torch.randn(2, 5, 8)
    assert layer(kind, 8)(x).shape == x.shape
    assert torch.equal(layer(kind, 8, seed=1)(x), layer(kind, 8, seed=1)(x))
    assert not torch.equal(layer(kind, 8, seed=1)(x), layer(kind, 8, seed=2)(x))


@pytest.mark.parametrize("length", [2, 7, 20])
def test_the_path_between_the_ends(length):
    assert layers_between("RNN", length) == 1
    assert steps_between("RNN", length) == length - 1
    assert (
        steps_between("convolution", length) == layers_between("convolution", length) == length - 1
    )
    assert steps_between("self-attention", length) == 1


def test_costs_are_counted_for_each_length_and_round():
    told = []
    costs = measure_costs([2, 4], width=4, batch=1, rounds=3, on_progress=lambda *d: told.append(d))
    assert costs.lengths == (2, 4) and told == [(1, 2), (2, 2)]
    assert set(costs.seconds) == set(KINDS)
    assert all(each.shape == (2, 3) and (each > 0).all() for each in costs.seconds.values())


def test_the_median_is_that_of_the_rounds():
    costs = Costs((2, 4), {"RNN": np.array([[1.0, 9.0, 2.0], [3.0, 3.0, 8.0]])})
    assert costs.median("RNN").tolist() == [2.0, 3.0]


def test_measuring_leaves_the_number_of_threads_as_it_was():
    before = torch.get_num_threads()
    measure_costs([2], width=4, batch=1, rounds=1)
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("lengths", [[], [1], [4, 2.5], None, 5])
def test_lengths_that_cannot_be_get_one_sentence(lengths):
    with pytest.raises(ValueError, match="at least one length, each a whole number of at least 2"):
        measure_costs(lengths)


@pytest.mark.parametrize("length", [0, 1, 2.5])
def test_two_ends_that_cannot_be_get_one_sentence(length):
    with pytest.raises(ValueError, match="each a whole number of at least 2, not"):
        steps_between("RNN", length)


def test_an_unknown_kind_gets_one_sentence():
    with pytest.raises(ValueError, match=r"no kind 'LSTM'\. Choose one of: RNN, convolution"):
        layer("LSTM", 4)
