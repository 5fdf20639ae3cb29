"""Exercises of lecture recurrent/04: the references equal what the course measures with.

That each reference passes and each planted misconception is named is tested for all lectures at
once in test_exercises.py.
"""

import numpy as np
import pytest

from utils.analysis.hidden_units import auc, ranks
from utils.analysis.selection import best_then
from utils.exercises import check
from utils.exercises.exercise import Registry

REGISTRY = Registry.of_lectures()
NAMES = ("auc_of_unit", "held_out_score", "extra_loss")


def reference(name):
    return REGISTRY.find(name).reference


@pytest.mark.parametrize("name", NAMES)
def test_every_planted_misconception_is_named(name):
    exercise = REGISTRY.find(name)
    assert len(exercise.misconceptions) >= 2
    for model in exercise.misconceptions:
        assert check(name, model.example).misconception == model.name
    assert check(name, exercise.reference).passed


def test_the_auc_is_that_of_the_ranks():
    draw = np.random.default_rng(0)
    values = draw.integers(-3, 4, 40).astype(np.float32)
    inside = draw.random(40) < 0.4
    expected = auc(ranks(values[:, None]), inside)[0]
    found = reference("auc_of_unit")(values[inside].tolist(), values[~inside].tolist())
    assert found == pytest.approx(expected)


def test_the_held_out_score_is_that_of_the_experiment():
    draw = np.random.default_rng(0)
    for first, second in draw.random((20, 2, 9)):
        expected = best_then(first, second)[1]
        assert reference("held_out_score")(first.tolist(), second.tolist()) == pytest.approx(
            expected
        )


def test_the_extra_loss_is_the_difference_of_two_means():
    draw = np.random.default_rng(0)
    intact, rise = draw.random((2, 30))
    inside = draw.random(30) < 0.3
    found = reference("extra_loss")(intact.tolist(), (intact + rise).tolist(), inside.tolist())
    assert found == pytest.approx(rise[inside].mean() - rise[~inside].mean())
