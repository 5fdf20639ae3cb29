"""The exercises on transfer learning: right answers in any honest form, wrong ideas named."""

import numpy as np
import pytest

from utils.exercises import check, hint, solution
from utils.exercises.training_05 import EXERCISES

PLANTED = [
    pytest.param(exercise.name, model, id=f"{exercise.name}-{model.name}")
    for exercise in EXERCISES
    for model in exercise.misconceptions
]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_the_reference_passes_and_is_what_the_solution_shows(exercise):
    assert check(exercise.name, exercise.reference).passed
    assert exercise.source.strip() in str(solution(exercise.name))
    assert exercise.hints[0] in str(hint(exercise.name, 1))
    assert len(exercise.misconceptions) >= 2


@pytest.mark.parametrize(("name", "model"), PLANTED)
def test_each_planted_idea_is_named(name, model):
    verdict = check(name, model.example)
    assert (verdict.state, verdict.misconception) == ("wrong", model.name)
    assert verdict.advice and verdict.differences


def test_scaled_vectors_and_angles_are_right_too():
    def by_distance(query, features, labels):
        unit = features / np.linalg.norm(features, axis=1, keepdims=True)
        return labels[np.linalg.norm(unit - query / np.linalg.norm(query), axis=1).argmin()]

    assert check("nearest_class", by_distance).passed
    assert check("new_parameters", lambda f, c: (f + 1) * c).passed


def test_an_unknown_mistake_is_wrong_without_a_name():
    assert check("new_parameters", lambda f, c: 7).misconception is None


@pytest.mark.parametrize("answer", [None, ..., {}, dict.fromkeys("ABCD"), {"A": "new classifier"}])
def test_gaps_are_not_tried(answer):
    assert check("what_to_train", answer).state == "not_tried"


@pytest.mark.parametrize("answer", [3, "tune", dict.fromkeys("ABCD", "everything")])
def test_another_form_is_told_how_to_write_it(answer):
    verdict = check("what_to_train", answer)
    assert verdict.state == "error" and "new classifier" in verdict.advice


def test_spelling_does_not_matter():
    answer = {"a": "New Classifier", "b": "earlier_features", "c": "tune some blocks "}
    assert check("what_to_train", {**answer, "d": "TUNE MANY BLOCKS"}).passed
