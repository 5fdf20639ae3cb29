"""Exercises of lecture attention/06: references equal the course's own code and PyTorch."""

import numpy as np
import pytest
import torch

from utils.analysis.heads import pattern_score
from utils.exercises.exercise import Registry
from utils.models.minilm import pool

REGISTRY = Registry.of_lectures()


def test_the_score_is_that_of_the_analysis():
    weights = np.random.default_rng(0).dirichlet(np.ones(6), 6)
    found = REGISTRY.find("previous_score").reference(weights.tolist())
    assert found == pytest.approx(pattern_score(weights, np.eye(6, k=-1, dtype=bool)))


def test_the_mean_has_the_direction_of_the_pooled_vector():
    states = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    reference = REGISTRY.find("pooled").reference
    own = torch.tensor([reference(states.tolist(), 3, index) for index in range(3)])
    expected = pool(states[None], torch.tensor([3]))[0]
    assert torch.allclose(own / own.norm(), expected, atol=1e-6)


def test_likeness_is_the_cosine_of_pytorch():
    a, b = torch.randn(2, 5, generator=torch.Generator().manual_seed(1)).double()
    found = REGISTRY.find("likeness").reference(a.tolist(), b.tolist())
    assert found == pytest.approx(torch.cosine_similarity(a, b, dim=0).item())
