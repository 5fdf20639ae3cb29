"""Exercises of lecture training/02: what counts as an answer, and which ideas are named.

That each reference passes and each planted misconception is named is tested for all lectures at
once in test_exercises.py.
"""

import copy
import math

import pytest
import torch

from utils.exercises import check
from utils.exercises.exercise import Registry
from utils.training.early_stopping import replay

REGISTRY = Registry.of_lectures()
NAMES = ("stop_after", "kept_evaluation", "keep_weights")


def test_the_references_agree_with_the_course_s_own_patience():
    """The reader writes what utils does: on 200 random lists, the same stop and the same best."""
    stop_after, kept = (REGISTRY.find(name).reference for name in NAMES[:2])
    generator = torch.Generator().manual_seed(0)
    for patience in (1, 2, 3, 5) * 50:
        values = (torch.randint(0, 9, (12,), generator=generator) / 10).tolist()
        stop = replay(values, patience)
        assert stop_after(values, patience) == stop.stop_at + 1
        assert kept(values, patience) == stop.best_at + 1


def test_two_planted_wrong_answers_of_another_wording_are_named():
    def from_the_first_bad_one(values, patience):
        best, bad = -math.inf, []
        for done, value in enumerate(values, 1):
            best, bad = (value, bad) if value > best else (best, [*bad, done])
            if len(bad) == patience:
                return done
        return len(values)

    def highest_of_all(values, patience):
        return max(range(len(values)), key=lambda at: values[at]) + 1

    assert check("stop_after", from_the_first_bad_one).misconception == "never_resets"
    assert check("kept_evaluation", highest_of_all).misconception == "sees_the_future"


@pytest.mark.parametrize(
    ("attempt", "idea"),
    [
        (lambda model: model.state_dict(), "keeps_reference"),
        (lambda model: copy.copy(model.state_dict()), "keeps_reference"),
        (lambda model: {k: v.detach() for k, v in model.state_dict().items()}, "keeps_reference"),
        (lambda model: {k: v.clone() for k, v in model.named_parameters()}, "misses_buffers"),
        (lambda model: {}, "misses_buffers"),
    ],
)
def test_ways_to_lose_the_best_weights_are_named(attempt, idea):
    verdict = check("keep_weights", attempt)
    assert verdict.misconception == idea and verdict.differences


def test_a_deep_copy_is_right_too():
    assert check("keep_weights", lambda model: copy.deepcopy(model.state_dict())).passed
    assert check("keep_weights", lambda model: copy.deepcopy(model).state_dict()).passed
