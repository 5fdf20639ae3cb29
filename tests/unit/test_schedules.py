"""Schedules are pure, equal PyTorch's schedulers, and refuse settings that mean nothing."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from utils.training import schedules

STEPS = 60


def pytorch_rates(make_scheduler, rate=0.4, steps=STEPS):
    """Return the rates that a live PyTorch scheduler hands out, one a step."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
    scheduler = make_scheduler(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return np.array(rates)


PAIRS = {
    "constant": (
        schedules.constant(0.4),
        lambda o: lr_scheduler.ConstantLR(o, factor=1.0),
    ),
    "step": (
        schedules.step_decay(0.4, (20, 45), 0.2),
        lambda o: lr_scheduler.MultiStepLR(o, [20, 45], gamma=0.2),
    ),
    "cosine": (
        schedules.cosine(0.4, STEPS),
        lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS),
    ),
    "linear": (
        schedules.linear(0.4, STEPS),
        lambda o: lr_scheduler.LinearLR(o, 1.0, 0.0, total_iters=STEPS),
    ),
    "inverse_sqrt": (
        schedules.inverse_sqrt(0.4, 10),
        lambda o: lr_scheduler.LambdaLR(o, lambda t: math.sqrt(10 / max(t + 1, 10))),
    ),
    "exponential": (
        schedules.exponential(0.4, 4.0, STEPS),
        lambda o: lr_scheduler.ExponentialLR(o, 10 ** (1 / (STEPS - 1))),
    ),
    "warm-up": (
        schedules.with_warmup(schedules.constant(0.4), 10),
        lambda o: lr_scheduler.LinearLR(o, 0.1, 1.0, total_iters=9),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_equals_the_pytorch_scheduler(name):
    ours, theirs = PAIRS[name]
    expected = pytorch_rates(theirs)
    np.testing.assert_allclose([ours(t) for t in range(STEPS)], expected, atol=1e-9)


def test_one_cycle_equals_pytorch_at_its_own_length():
    expected = pytorch_rates(lambda o: lr_scheduler.OneCycleLR(o, 0.4, total_steps=STEPS), 0.4, 59)
    ours = schedules.one_cycle(0.4, STEPS)
    np.testing.assert_allclose([ours(t) for t in range(59)], expected, atol=1e-9)


@given(
    name=st.sampled_from(schedules.NAMES),
    warmup=st.sampled_from([0.0, 0.1, 0.3]),
    steps=st.integers(10, 200),
)
def test_a_schedule_has_no_state(name, warmup, steps):
    spec = schedules.ScheduleSpec(name, rate=0.3, steps=steps, warmup=warmup)
    forward = [spec(t) for t in range(steps)]
    backward = [spec(t) for t in reversed(range(steps))]
    assert forward == backward[::-1]
    assert list(spec.table()) == forward
    assert all(0 <= rate <= 0.3 * (1 + 1e-12) for rate in forward)


@pytest.mark.parametrize("name", [n for n in schedules.NAMES if n != "one_cycle"])
def test_warmup_climbs_in_a_straight_line_to_the_peak(name):
    spec = schedules.ScheduleSpec(name, rate=0.5, steps=100, milestones=(0.6,), warmup=0.2)
    np.testing.assert_allclose(spec.table()[:20], 0.5 * np.arange(1, 21) / 20)
    assert spec.table().max() == pytest.approx(0.5)


def test_a_named_schedule_equals_its_function():
    spec = schedules.ScheduleSpec("step", 0.2, 100, milestones=(0.3, 0.8), factor=0.5)
    function = schedules.step_decay(0.2, (30, 80), 0.5)
    assert list(spec.table()) == [function(t) for t in range(100)]


@pytest.mark.parametrize("rate", [0, -0.1, math.nan, math.inf, "fast", None])
def test_a_rate_must_be_finite_and_above_zero(rate):
    for make in (schedules.constant, lambda r: schedules.ScheduleSpec("cosine", rate=r)):
        with pytest.raises(ValueError, match="finite number above 0"):
            make(rate)


def test_an_unknown_schedule_names_those_there_are():
    with pytest.raises(ValueError, match=r"no schedule 'cosin'.*cosine"):
        schedules.ScheduleSpec("cosin")


@pytest.mark.parametrize("milestones", [(0.7, 0.3), (0.5, 0.5), (0.0, 0.5), (0.5, 1.2)])
def test_milestones_out_of_order_are_refused(milestones):
    with pytest.raises(ValueError, match="Milestones must rise"):
        schedules.ScheduleSpec("step", milestones=milestones)


def test_step_milestones_out_of_order_are_refused():
    with pytest.raises(ValueError, match="Milestones must rise"):
        schedules.step_decay(0.1, (50, 20))


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"factor": 0}, "factor"), ({"warmup": 1.0}, "Warm-up"), ({"steps": 0}, "whole number")],
)
def test_other_meaningless_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        schedules.ScheduleSpec("step", **settings)


def test_a_range_test_must_rise():
    with pytest.raises(ValueError, match="low rate below the high rate"):
        schedules.exponential(1.0, 0.1, 10)


@pytest.mark.parametrize("points", [(math.nan,), (0.2, math.nan), (math.nan, 0.5)])
def test_a_milestone_that_is_no_number_is_refused(points):
    with pytest.raises(ValueError, match="Milestones must rise"):
        schedules.ScheduleSpec("step", milestones=points)
    with pytest.raises(ValueError, match="Milestones must rise"):
        schedules.step_decay(0.1, points)


@pytest.mark.parametrize("make", [schedules.cosine, schedules.linear])
@pytest.mark.parametrize("final_rate", [-0.01, 0.2, math.nan])
def test_a_rate_cannot_fall_to_what_is_no_lower_rate(make, final_rate):
    with pytest.raises(ValueError, match="final rate must lie from 0 to the first rate"):
        make(0.1, 50, final_rate)


@pytest.mark.parametrize("rise", [0, 1, 5, -0.1, math.nan])
def test_one_cycle_must_rise_and_fall_within_the_run(rise):
    with pytest.raises(ValueError, match="above 0 and below 1"):
        schedules.one_cycle(0.1, 10, rise)


def test_one_cycle_that_rises_for_one_step_begins_at_its_peak():
    rates = [schedules.one_cycle(0.1, 10, 0.1)(t) for t in range(10)]
    assert rates[0] == pytest.approx(0.1)
    assert rates == sorted(rates, reverse=True)


@pytest.mark.parametrize("steps", [-1, 1.5, math.nan])
def test_a_warmup_is_a_whole_number_of_steps(steps):
    with pytest.raises(ValueError, match="Warm-up must be a whole number"):
        schedules.with_warmup(schedules.constant(0.1), steps)
    with pytest.raises(ValueError, match="Warm-up must be a whole number"):
        schedules.inverse_sqrt(0.1, steps)


@pytest.mark.parametrize(
    "schedule",
    [schedules.constant(0.1), schedules.step_decay(0.1, (3,)), schedules.inverse_sqrt(0.1)],
)
def test_there_is_no_step_before_the_first(schedule):
    with pytest.raises(ValueError, match="0 or more"):
        schedule(-1)
