"""Exercises of lecture recurrent/06: the references equal PyTorch and the gate itself.

That each reference passes and each planted misconception is named is tested for all lectures at
once in test_exercises.py.
"""

import pytest
import torch

from utils.exercises.exercise import Registry
from utils.models.language import parameters_of

REGISTRY = Registry.of_lectures()


def test_the_unit_is_that_of_pytorch():
    cell = torch.nn.LSTMCell(1, 1).double()
    h, c, x = (torch.tensor([[value]], dtype=torch.float64) for value in (0.3, -1.2, 0.7))
    sums = x @ cell.weight_ih.T + cell.bias_ih + h @ cell.weight_hh.T + cell.bias_hh
    found = REGISTRY.find("lstm_unit").reference(*sums[0].tolist(), c.item())
    assert found == pytest.approx(cell(x, (h, c))[0].item())


def test_the_share_is_the_gate_at_every_step():
    gate = torch.sigmoid(torch.tensor(1.5)).item()
    assert REGISTRY.find("share_kept").reference(1.5, 4) == pytest.approx(gate**4)


@pytest.mark.parametrize("layers", [1, 2, 5])
def test_the_parameters_are_those_of_pytorch(layers):
    found = REGISTRY.find("stack_parameters").reference(7, 6, layers)
    assert found == parameters_of(torch.nn.LSTM(7, 6, layers))
