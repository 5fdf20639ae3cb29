"""Exercises of lecture recurrent/05: references equal autograd, PyTorch and the gate itself.

That each reference passes and each planted misconception is named is tested for all lectures at
once in test_exercises.py.
"""

import pytest
import torch

from utils.exercises.exercise import Registry

REGISTRY = Registry.of_lectures()


def test_the_gradient_through_tanh_steps_is_autograds():
    generator = torch.Generator().manual_seed(0)
    for _ in range(5):
        w = torch.randn((), dtype=torch.float64, generator=generator).item()
        first = torch.tensor(0.4, dtype=torch.float64, requires_grad=True)
        states = [first]
        for _ in range(6):
            x = torch.randn((), dtype=torch.float64, generator=generator)
            states.append(torch.tanh(w * states[-1] + x))
        (expected,) = torch.autograd.grad(states[-1], first)
        reference = REGISTRY.find("gradient_through").reference
        assert reference(w, [h.item() for h in states]) == pytest.approx(expected.item())


@pytest.mark.parametrize("largest", [0.5, 100.0])
def test_the_factor_is_that_of_pytorch(largest):
    pieces = [torch.tensor([3.0, 4.0]), torch.tensor([12.0])]
    parameters = [torch.zeros_like(piece, requires_grad=True) for piece in pieces]
    for parameter, piece in zip(parameters, pieces, strict=True):
        parameter.grad = piece.clone()
    torch.nn.utils.clip_grad_norm_(parameters, largest)
    factor = REGISTRY.find("clip_factor").reference([p.tolist() for p in pieces], largest)
    for parameter, piece in zip(parameters, pieces, strict=True):
        torch.testing.assert_close(parameter.grad, factor * piece)


def test_gates_with_the_bias_multiply_to_the_share():
    bias = REGISTRY.find("bias_that_keeps").reference(0.3, 40)
    assert torch.sigmoid(torch.tensor(bias)).item() ** 40 == pytest.approx(0.3, rel=1e-4)
