"""Exercises of lecture training/03: what counts as an answer, and which ideas are named.

That each reference passes and each planted misconception is named is tested for all lectures at
once in test_exercises.py.
"""

import math

import numpy as np
import pytest

from utils.exercises import check
from utils.exercises.exercise import Registry
from utils.exercises.training_03 import WORDS
from utils.training.hyperparameters import log_uniform
from utils.training.sick_curves import CASES, CAUSES

REGISTRY = Registry.of_lectures()
TRUTH = REGISTRY.find("find_the_cause").reference


@pytest.mark.parametrize("name", ["rate_from", "first_loss", "find_the_cause"])
@pytest.mark.parametrize("attempt", [5, lambda: 1, lambda *a: None, lambda *a: 1 / 0])
def test_whatever_is_passed_becomes_a_verdict_with_advice(name, attempt):
    verdict = check(name, attempt)
    assert verdict.state in ("wrong", "error") and verdict.advice


def test_the_reference_draws_as_the_course_does():
    rate_from = REGISTRY.find("rate_from").reference
    drawn = log_uniform(1e-4, 1.0, 200, np.random.default_rng(0))
    same = np.random.default_rng(0).uniform(math.log(1e-4), math.log(1.0), 200)
    again = [rate_from(1e-4, 1.0, (value - math.log(1e-4)) / -math.log(1e-4)) for value in same]
    np.testing.assert_allclose(again, drawn)


@pytest.mark.parametrize(
    ("attempt", "idea"),
    [
        (lambda low, high, u: u * high + (1 - u) * low, "uniform"),
        (lambda low, high, u: high * (low / high) ** u, "swapped_ends"),
        (
            lambda low, high, u: math.log10(low) + u * (math.log10(high) - math.log10(low)),
            "forgets_exp",
        ),
        (lambda low, high, u: 10.0 ** round(math.log10(low * (high / low) ** u)), "only_powers"),
    ],
)
def test_wrong_draws_of_another_wording_are_named(attempt, idea):
    assert check("rate_from", attempt).misconception == idea


@pytest.mark.parametrize("right", [lambda low, high, u: low * (high / low) ** u])
def test_another_right_draw_passes(right):
    assert check("rate_from", right).state == "passed"


def test_every_cause_of_the_gallery_is_asked_once():
    assert sorted(TRUTH.values()) == sorted(WORDS) == sorted(CAUSES)
    assert TRUTH == CASES


def test_an_unfinished_dictionary_is_not_tried_and_says_what_is_missing():
    verdict = check("find_the_cause", {**TRUTH, "C": ..., "F": ""})
    assert verdict.state == "not_tried" and "C, F" in verdict.message
    assert check("find_the_cause", dict.fromkeys(TRUTH, ...)).state == "not_tried"


def test_spelling_does_not_matter_and_unknown_words_are_named():
    spelled = {label.lower(): word.replace(" ", "_").upper() for label, word in TRUTH.items()}
    assert check("find_the_cause", spelled).state == "passed"
    verdict = check("find_the_cause", {**TRUTH, "D": "sick"})
    assert verdict.state == "error" and "sick" in verdict.message


def test_a_wrong_cause_is_explained_without_giving_the_right_one_away():
    verdict = check("find_the_cause", {**TRUTH, "H": "rate too low"})
    assert verdict.misconception == "low_or_start"
    assert [shown.expected for shown in verdict.differences] == [""]
    assert check("find_the_cause", {**TRUTH, "B": "healthy"}).misconception == "other_cause"
