"""Exercises of lecture recurrent/02: the references equal PyTorch's and the course's own numbers.

That each reference passes and each planted misconception is named is tested for all lectures at
once in test_exercises.py.
"""

import pytest
import torch
from torch import nn
from torch.nn import functional

from utils.exercises.exercise import Registry

REGISTRY = Registry.of_lectures()


def reference(name):
    return REGISTRY.find(name).reference


def test_the_weights_used_are_those_with_a_gradient():
    layer = nn.Embedding(12, 5)
    ids = [3, 7, 3, 3, 0]
    layer(torch.tensor(ids)).sum().backward()
    assert reference("weights_used")(12, 5, ids) == int((layer.weight.grad != 0).sum())


def test_the_chance_is_the_softmax_of_the_divided_logits():
    logits = torch.randn(9, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    for temperature in (0.2, 1.0, 3.0):
        expected = (logits / temperature).softmax(0)
        found = [reference("chance")(logits.tolist(), i, temperature) for i in range(9)]
        assert found == pytest.approx(expected.tolist())


def test_the_perplexity_is_exp_of_pytorchs_mean_loss():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(20, 7, dtype=torch.float64, generator=generator)
    targets = torch.randint(7, (20,), generator=generator)
    each = functional.cross_entropy(logits, targets, reduction="none")
    expected = functional.cross_entropy(logits, targets).exp()
    assert reference("perplexity")(each.tolist()) == pytest.approx(float(expected))
