"""The measures of lecture attention/04: saturation, influence, and the ways to mask."""

import numpy as np
import pytest
import torch

from utils.analysis.self_attention import (
    MASKS,
    influence,
    read_mask,
    saturation,
    softmax_jacobian,
    unnamed,
)


@pytest.fixture(scope="module")
def found():
    return saturation((1, 4, 64, 256), queries=128, seeds=4)


@pytest.fixture(scope="module")
def readings():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(5, 4, generator=generator)
    maps = [torch.randn(4, 4, generator=generator) for _ in range(3)]
    return {name: read_mask(masked, x, maps) for name, masked in MASKS.items()}


def test_the_deviation_of_a_score_is_the_root_of_the_width(found):
    for row, width in enumerate(found.widths):
        assert found.deviation["not scaled"][row] == pytest.approx(width**0.5, rel=0.1)
        assert found.deviation["scaled"][row] == pytest.approx(1, rel=0.1)


def test_without_the_scale_the_softmax_saturates_and_with_it_nothing_moves(found):
    largest, gradient = (
        table["not scaled"].mean(axis=1) for table in (found.largest, found.gradient)
    )
    assert (np.diff(largest) > 0).all() and largest[-1] > 0.85
    assert gradient[-1] < 0.5 * gradient[1]
    for table in (found.largest, found.gradient):
        assert np.ptp(table["scaled"][1:].mean(axis=1)) < 0.03


def test_at_width_one_the_scale_changes_nothing(found):
    np.testing.assert_array_equal(found.largest["scaled"][0], found.largest["not scaled"][0])


def test_the_jacobian_of_the_softmax_is_autograds():
    scores = torch.randn(5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    expected = torch.autograd.functional.jacobian(lambda e: e.softmax(-1), scores)
    torch.testing.assert_close(softmax_jacobian(scores.softmax(-1)), expected)
    assert softmax_jacobian(torch.tensor([0.0, 1.0, 0.0])).abs().max() == 0


def test_influence_is_the_norm_of_the_jacobian_of_each_pair_of_places():
    W = torch.tensor([[3.0, 0.0], [0.0, 4.0]])
    x = torch.randn(3, 2, generator=torch.Generator().manual_seed(0))
    found = influence(lambda inputs: inputs.cumsum(0) @ W, x)
    torch.testing.assert_close(found, 5 * torch.ones(3, 3).tril())


def test_the_right_mask_lets_nothing_through_from_the_future_not_even_rounding(readings):
    assert readings["right"].from_future == 0.0
    assert (np.triu(readings["right"].weights, 1) == 0).all()
    np.testing.assert_allclose(readings["right"].sums, 1, rtol=1e-6)
    assert (np.diag(readings["right"].influence) > 0).all()


def test_each_classic_fault_leaks(readings):
    for name in ("after softmax", "transposed", "inverted"):
        assert readings[name].from_future > 0.1


def test_each_fault_shows_in_its_own_way(readings):
    after, turned, inverted = (readings[n] for n in ("after softmax", "transposed", "inverted"))
    assert (np.triu(after.weights, 1) == 0).all()
    assert after.sums[0] < 0.9 and after.sums[-1] == pytest.approx(1)
    assert (np.tril(turned.weights, -1) == 0).all() and (np.diag(turned.weights) > 0).all()
    assert (np.tril(inverted.weights) == 0).all()
    assert inverted.sums[-1] == 0 and inverted.influence[-1].max() == 0


def test_unnamed_readings_are_the_same_ones_in_an_order_of_the_seed(readings):
    letters = unnamed(readings, 3)
    assert list(letters) == ["A", "B", "C", "D"]
    assert {id(each) for each in letters.values()} == {id(each) for each in readings.values()}
    assert list(unnamed(readings, 3).values()) == list(letters.values())
    orders = {tuple(id(each) for each in unnamed(readings, seed).values()) for seed in range(20)}
    assert len(orders) > 5


@pytest.mark.parametrize("widths", [[], [0], [2.5]])
def test_widths_that_cannot_be_get_one_sentence(widths):
    with pytest.raises(ValueError, match="at least one width, each a whole number above 0"):
        saturation(widths)
    with pytest.raises(ValueError, match="seeds must be a whole number, at least 1, not 0"):
        saturation([4], seeds=0)


@pytest.mark.parametrize("shape", [(3,), (0, 4), (2, 3, 4)])
def test_influence_takes_one_sequence(shape):
    with pytest.raises(ValueError, match="One sequence"):
        influence(lambda x: x, torch.zeros(*shape))
