"""Ensembles: members equal a plain loop's networks, averages equal PyTorch's, bad input is told."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from utils.training.ensembles import (
    CyclicSchedule,
    accuracy_by_size,
    average,
    hard_examples,
    spend_alike,
    train,
    update_average,
)
from utils.training.history import batch_order
from utils.training.schedules import ScheduleSpec
from utils.training.sweeps import Trial, grid, network_of


def plain_loop(data, trial, steps, decay):
    """Train one network as PyTorch's users do; return it and its averaged model."""
    network = network_of("mlp", trial)
    averaged = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(decay))
    averaged.update_parameters(network)  # the first call copies the weights
    optimizer = torch.optim.SGD(network.parameters(), momentum=trial.momentum)
    order = batch_order(len(data.train), 32, steps, trial.seed)
    for chosen, rate in zip(order, trial.rate_table(steps).tolist(), strict=True):
        optimizer.param_groups[0]["lr"] = rate
        loss = F.cross_entropy(network(data.train.images[chosen]), data.train.labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        averaged.update_parameters(network)
    return network, averaged


def test_each_member_and_its_average_equal_a_plain_loop_with_pytorchs_averaged_model(digits):
    trials = grid(schedule=[CyclicSchedule(0.05, 30, 2)], seed=[3, 4])
    found = train(digits, trials, 30, after=(15, 30), decay=0.9)
    for row, trial in enumerate(trials):
        network, averaged = plain_loop(digits, trial, 30, 0.9)
        with torch.no_grad():
            last = network(digits.test.images).softmax(-1)
            mean = averaged(digits.test.images).softmax(-1)
        torch.testing.assert_close(found.test[-1, row], last, atol=1e-4, rtol=0)
        torch.testing.assert_close(found.averaged_test[-1, row], mean, atol=1e-4, rtol=0)
    assert found.validation.shape == (2, 2, 200, 10)
    assert not torch.equal(found.test[0], found.test[1])


def test_the_moving_average_equals_pytorchs_in_float64():
    network = nn.Linear(3, 2, dtype=torch.float64)
    theirs = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(0.97))
    theirs.update_parameters(network)
    ours = [p.detach().clone() for p in network.parameters()]
    generator = torch.Generator().manual_seed(0)
    for _ in range(50):
        with torch.no_grad():
            for p in network.parameters():
                p.add_(torch.randn(p.shape, generator=generator, dtype=p.dtype))
        update_average(ours, list(network.parameters()), 0.97)
        theirs.update_parameters(network)
    for a, b in zip(ours, theirs.module.parameters(), strict=True):
        torch.testing.assert_close(a, b.detach(), atol=1e-12, rtol=0)


def test_one_cycle_is_the_cosine_schedule_and_each_cycle_starts_at_the_peak():
    once = CyclicSchedule(0.1, 40, 1).table()
    np.testing.assert_allclose(once, ScheduleSpec("cosine", 0.1, 40).table(), atol=1e-12)
    cyclic = CyclicSchedule(0.1, 40, 4)
    np.testing.assert_allclose(cyclic.table()[[0, 10, 20, 30]], 0.1)
    assert cyclic.ends == (10, 20, 30, 40)
    assert all(cyclic.at(end - 1) < 0.01 for end in cyclic.ends)


def test_averaging_helps_members_that_err_apart_and_not_copies_of_one():
    labels = torch.tensor([0, 0, 0])
    right, wrong = [0.6, 0.4], [0.4, 0.6]
    apart = torch.tensor([[wrong, right, right], [right, wrong, right], [right, right, wrong]])
    by_size = accuracy_by_size(apart, labels, [1, 3], draws=20)
    np.testing.assert_allclose(by_size[0], 2 / 3)
    np.testing.assert_allclose(by_size[1], 1)
    same = apart[:1].expand(3, -1, -1)
    np.testing.assert_allclose(accuracy_by_size(same, labels, [1, 2, 3], draws=5), 2 / 3)
    torch.testing.assert_close(average(apart).sum(-1), torch.ones(3))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda d: CyclicSchedule(0.1, 10, 0), "cycles"),
        (lambda d: CyclicSchedule(math.nan, 10, 1), "rate"),
        (lambda d: train(d, [Trial()], 10, decay=1.0), "below 1"),
        (lambda d: train(d, [Trial()], 10, decay=math.nan), "below 1"),
        (lambda d: train(d, [Trial()], 10, after=[11]), "step 1 to 10"),
        (lambda d: train(d, [], 10), "at least one trial"),
        (lambda d: train(d, [Trial()], 0), "at least 1"),
        (lambda d: average(torch.zeros(0, 3, 2)), "at least one member"),
        (lambda d: average(torch.zeros(3, 2)), "members, images, classes"),
        (lambda d: accuracy_by_size(torch.zeros(2, 3, 2), d.test.labels[:3], []), "at least one"),
        (lambda d: spend_alike(d, steps=12, members=7), "7 members cannot share 12 updates"),
        (lambda d: spend_alike(d, steps=12, members=4, repeats=1), "at least 2 repetitions"),
        (lambda d: hard_examples(torch.zeros(2, 3, 2), 4), "From 1 to 3 examples"),
        (lambda d: accuracy_by_size(torch.zeros(2, 3, 2), d.test.labels[:3], [3]), "3 members"),
        (lambda d: accuracy_by_size(torch.zeros(2, 3, 2), d.test.labels[:3], [0]), "0 members"),
    ],
)
def test_wrong_input_is_told_in_one_sentence(call, words, digits):
    with pytest.raises(ValueError, match=words) as told:
        call(digits)
    assert "\n" not in str(told.value)
