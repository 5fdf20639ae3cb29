"""Exercises of lecture training/04: the references equal the course's and PyTorch's own numbers.

That each reference passes and each planted misconception is named is tested for all lectures at
once in test_exercises.py.
"""

import math

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from utils.exercises import check
from utils.exercises.exercise import Registry
from utils.training.ensembles import CyclicSchedule, average

REGISTRY = Registry.of_lectures()


def reference(name):
    return REGISTRY.find(name).reference


def test_the_reference_answers_as_the_course_averages():
    logits = torch.randn(5, 20, 10, generator=torch.Generator().manual_seed(0))
    expected = average(logits.softmax(-1)).argmax(-1)
    found = [reference("ensemble_answer")(logits[:, i]) for i in range(20)]
    assert torch.stack(found).equal(expected)


def test_the_reference_rate_is_the_cyclic_schedule():
    rates = [reference("snapshot_rate")(step, 0.1, 8) for step in range(24)]
    assert rates == pytest.approx(CyclicSchedule(0.1, 24, 3).table().tolist(), abs=1e-12)


def test_the_reference_average_equals_pytorchs():
    weight = nn.Linear(1, 1, bias=False, dtype=torch.float64)
    theirs = AveragedModel(weight, multi_avg_fn=get_ema_multi_avg_fn(0.8))
    values = [0.3, -2.0, 5.0, 1.0]
    for value in values:
        weight.weight.data.fill_(value)
        theirs.update_parameters(weight)
    found = reference("moving_average")(values, 0.8)
    assert found == pytest.approx(theirs.module.weight.item(), abs=1e-12)


def test_planted_wrong_answers_of_another_wording_are_named():
    def counts_votes(logits):
        return torch.bincount(logits.argmax(dim=1), minlength=3).argmax()

    def sums_logits(logits):
        return int(logits.sum(dim=0).argmax())

    def bounces(step, peak, cycle):
        return peak * math.cos(math.pi * step / (2 * cycle)) ** 2

    def saw(step, peak, cycle):
        return peak - peak * (step % cycle) / cycle

    def from_nothing(values, decay):
        return sum((1 - decay) * decay ** (len(values) - 1 - i) * v for i, v in enumerate(values))

    assert check("ensemble_answer", counts_votes).misconception == "vote"
    assert check("ensemble_answer", sums_logits).misconception == "average_logits"
    assert check("snapshot_rate", bounces).misconception == "no_restart"
    assert check("snapshot_rate", saw).misconception == "straight"
    assert check("moving_average", from_nothing).misconception == "starts_at_zero"
    assert check("moving_average", lambda values, decay: max(values)).misconception is None


def test_a_wrong_answer_shows_the_logits_in_full():
    verdict = check("ensemble_answer", lambda logits: 0)
    assert "[[" in verdict.differences[0].input and "…" not in verdict.differences[0].input
