"""Exercises of lecture attention/05: references equal PyTorch and the blocks of the course.

That each reference passes and each planted misconception is named is tested for all lectures at
once in test_exercises.py.
"""

import pytest
import torch

from utils.exercises.exercise import Registry
from utils.models.language import parameters_of
from utils.models.transformer import EncoderBlock, TransformerSettings

REGISTRY = Registry.of_lectures()


def test_the_norm_is_that_of_pytorch():
    batch = torch.randn(3, 5, generator=torch.Generator().manual_seed(0)).double()
    expected = torch.nn.functional.layer_norm(batch, (5,), eps=0.0)
    found = REGISTRY.find("normalised").reference(batch.tolist(), 1, 4)
    assert found == pytest.approx(expected[1, 4].item())


@pytest.mark.parametrize("heads", [1, 4])
def test_the_count_is_that_of_the_course(heads):
    settings = TransformerSettings(vocabulary=1, width=32, hidden=48, heads=heads)
    found = REGISTRY.find("block_parameters").reference(32, 48, heads)
    assert found == parameters_of(EncoderBlock(settings))


def test_the_gradient_is_that_of_autograd():
    slopes = [0.3, -0.2, 0.7]
    x = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
    y = x
    for slope in slopes:
        y = y + slope * y
    y.backward()
    assert REGISTRY.find("deep_gradient").reference(slopes) == pytest.approx(x.grad.item())
