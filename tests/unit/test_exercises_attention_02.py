"""Exercises of lecture attention/02: references equal the attention of the course.

That each reference passes and each planted misconception is named is tested for all lectures at
once in test_exercises.py.
"""

import pytest
import torch

from utils.exercises.exercise import Registry
from utils.models.attention import attend, attention_weights, padding_mask

REGISTRY = Registry.of_lectures()


def test_the_context_is_that_of_the_course():
    scores, states = torch.randn(2, 6, generator=torch.Generator().manual_seed(0)).double()
    expected, _ = attend(scores[None], states[:, None])
    found = REGISTRY.find("context").reference(scores.tolist(), states.tolist())
    assert found == pytest.approx(expected.item())


def test_the_padded_weights_are_those_of_the_course():
    scores = torch.randn(5, generator=torch.Generator().manual_seed(0)).double()
    mask = padding_mask(torch.tensor([3]), 5)[0]
    expected = attention_weights(scores[None], mask)[0]
    reference = REGISTRY.find("padded_weight").reference
    found = [reference(scores.tolist(), 3, place) for place in range(5)]
    assert found == pytest.approx(expected.tolist())
