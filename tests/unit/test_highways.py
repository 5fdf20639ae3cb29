"""Gradients through layers: plain ones vanish, residual ones keep them."""

import numpy as np
import pytest
import torch

from utils.analysis.highways import layer_gradients, stack_gradients


def test_plain_layers_lose_the_gradient_and_residual_ones_keep_it():
    plain, residual = layer_gradients(False), layer_gradients(True)
    assert plain.shape == residual.shape == (8, 50)
    assert plain[:, 0].max() < 1e-9
    assert residual[:, 0].min() > 1
    np.testing.assert_allclose(plain[:, -1], 1)  # L is a product with a vector of length 1


def test_a_plain_layer_cannot_lengthen_a_gradient():
    plain = layer_gradients(False, layers=10)
    assert (np.diff(plain, axis=1) >= 0).all()


def test_a_stack_of_lstm_layers_loses_about_half_a_layer_and_residual_ones_keep_it():
    plain, residual = stack_gradients(False), stack_gradients(True)
    assert plain.shape == residual.shape == (8, 10)
    factor = (np.median(plain[:, -1]) / np.median(plain[:, 0])) ** (1 / 9)
    assert 1.5 < factor < 4
    assert (residual > 0.9).all() and (residual < 2).all()


def test_one_layer_of_a_stack_has_the_gradient_of_its_read_out():
    np.testing.assert_allclose(stack_gradients(False, layers=1, draws=2), 1)


def test_other_random_numbers_are_left_alone():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    layer_gradients(True, layers=2)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("wrong", [{"layers": 0}, {"width": 1.5}, {"draws": -1}])
def test_sizes_below_one_are_refused(wrong):
    with pytest.raises(ValueError, match="must be a whole number"):
        layer_gradients(True, **wrong)
    with pytest.raises(ValueError, match="must be a whole number"):
        stack_gradients(True, **wrong)
