"""The plain loop learns, keeps what it has when stopped, and ends when a run diverges."""

import copy

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from utils.models.classifiers import build, mlp
from utils.training.fit import evaluate, fit
from utils.training.history import batch_order
from utils.training.range_test import range_test
from utils.training.schedules import constant, cosine


def test_it_equals_pytorchs_own_loop_with_a_live_scheduler(digits):
    ours, theirs = mlp(seed=3), mlp(seed=3)
    fit(ours, digits, cosine(0.05, 40), 40, weight_decay=1e-3, seed=5)
    optimizer = torch.optim.SGD(theirs.parameters(), 0.05, momentum=0.9, weight_decay=1e-3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 40)
    for rows in batch_order(400, 32, 40, seed=5):
        optimizer.zero_grad()
        F.cross_entropy(theirs(digits.train.images[rows]), digits.train.labels[rows]).backward()
        optimizer.step()
        scheduler.step()
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)


def test_training_lowers_the_loss_on_held_out_digits(digits):
    model = build("mlp")
    before, _ = evaluate(model, digits.validation)
    history = fit(model, digits, constant(0.03), 120)
    assert before == pytest.approx(np.log(10), abs=0.05)
    assert history.val_loss[-1] < 0.8 < before
    assert history.val_accuracy[-1] > 0.75
    assert history.complete


@pytest.mark.parametrize("how", ["interrupt", "should_stop"])
def test_a_stopped_run_keeps_model_and_history(digits, how):
    model = build("mlp")
    start = copy.deepcopy(model)
    seen = []

    def progress(done, total):
        seen.append(done)
        if how == "interrupt" and done == 15:
            raise KeyboardInterrupt

    stop = (lambda: len(seen) >= 15) if how == "should_stop" else (lambda: False)
    history = fit(
        model, digits, constant(0.03), 60, on_progress=progress, should_stop=stop, evaluate_every=5
    )
    assert (history.steps_done, history.complete) == (15, False)
    assert np.isfinite(history.loss[:15]).all() and np.isnan(history.loss[15:]).all()
    assert np.isfinite(history.val_accuracy[:3]).all()
    assert not torch.equal(model[1].weight, start[1].weight)


def test_a_run_that_explodes_ends_and_says_when(digits):
    history = fit(build("mlp"), digits, constant(50.0), 60)
    assert 0 < history.diverged_at < 60
    assert np.isnan(history.loss[history.diverged_at - 1 :]).all()


def test_every_example_is_seen_equally_often():
    order = batch_order(examples=10, batch_size=5, steps=6, seed=1)
    assert order.flatten().bincount().tolist() == [3] * 10
    assert not torch.equal(order, batch_order(10, 5, 6, seed=2))


def test_the_range_test_leaves_the_model_alone_and_finds_a_rate_that_works(digits):
    model = build("mlp")
    before = copy.deepcopy(model.state_dict())
    test = range_test(model, digits, 1e-4, 10.0, 150)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert 1e-4 < test.steepest < test.turning < 5
    assert len(test.rates) == len(test.loss) == len(test.smoothed)
    history = fit(model, digits, constant(test.steepest), 100)
    assert history.val_accuracy[-1] > 0.7


@pytest.mark.parametrize("limits", [(0, 1), (-1, 1), (1e-3, float("inf")), (1, 0.1)])
def test_a_range_test_over_impossible_rates_is_refused(digits, limits):
    with pytest.raises(ValueError, match=r"finite number above 0|low rate below"):
        range_test(build("mlp"), digits, *limits)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"low": 1e5, "high": 1e8}, r"diverged at step \d.*below 100000"),
        ({"steps": 1}, "at least 10, not 1"),
        ({"steps": 50.5}, "at least 10, not 50.5"),
    ],
)
def test_a_range_test_with_nothing_to_read_says_what_to_do(digits, settings, message):
    with pytest.raises(ValueError, match=message):
        range_test(build("mlp"), digits, **settings)


def test_a_range_test_that_is_interrupted_at_once_stays_interrupted(digits, monkeypatch):
    def interrupted(step):
        raise KeyboardInterrupt

    monkeypatch.setattr("utils.training.range_test.exponential", lambda *limits: interrupted)
    with pytest.raises(KeyboardInterrupt):
        range_test(build("mlp"), digits)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 0}, "batch size must be a whole number of at least 1, not 0"),
        ({"batch_size": 2.5}, "batch size must be a whole number of at least 1, not 2.5"),
        ({"evaluate_every": 0}, "Evaluate every 1 step or more"),
        ({"evaluate_every": -5}, "Evaluate every 1 step or more"),
    ],
)
def test_bad_settings_of_a_run_are_one_clear_sentence(digits, settings, message):
    with pytest.raises(ValueError, match=message):
        fit(build("mlp"), digits, constant(0.1), 3, **settings)


def test_a_cuda_device_is_used_where_there_is_one(digits):
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = build("mlp")
    fit(model, digits, constant(0.03), 3, device=device)
    assert next(model.parameters()).device.type == device
