"""Early stopping keeps exactly the best weights, and a replay is what a stopped run does."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from utils.datasets.digits import load_digits
from utils.training import early_stopping, overfitting
from utils.training.early_stopping import Patience, copy_weights, replay, train_and_stop
from utils.training.fit import evaluate

VALUES = [0.60, 0.71, 0.78, 0.77, 0.80, 0.79, 0.78, 0.76, 0.79, 0.81]


@pytest.fixture(scope="module")
def noisy():
    """Small, noisy data on which validation accuracy peaks early."""
    digits = load_digits(14)
    return overfitting.small_set(digits, 0.3, seed=0).inside(digits)


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


class TestPatience:
    @pytest.mark.parametrize(
        ("patience", "stop", "best"), [(1, 3, 2), (2, 6, 4), (3, 7, 4), (5, 9, 9)]
    )
    def test_it_stops_after_so_many_evaluations_without_a_new_best(self, patience, stop, best):
        found = replay(VALUES, patience)
        assert (found.stop_at, found.best_at) == (stop, best)
        assert found.best_value == VALUES[best]
        assert found.stopped == (patience < 5)

    def test_a_loss_is_better_when_it_is_lower(self):
        found = replay([2.0, 1.0, 1.5, 1.2, 0.5], 2, "val_loss")
        assert (found.stop_at, found.best_at) == (3, 1)

    def test_an_equal_value_is_no_improvement_so_the_first_best_is_kept(self):
        assert replay([0.5, 0.7, 0.7, 0.7], 2).best_at == 1

    @pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
    def test_what_is_no_number_is_never_best_and_counts_as_waiting(self, bad):
        for watch in ("val_accuracy", "val_loss"):
            assert replay([bad, 0.5, bad, bad, 0.4], 2, watch).best_at == 1
            assert replay([bad, 0.5, bad, bad, 0.4], 2, watch).stop_at == 3
            nothing = replay([bad, bad, bad], 3, watch)
            assert nothing.best_at == -1 and math.isnan(nothing.best_value)

    @pytest.mark.parametrize("patience", [0, -1, 2.5, math.nan, math.inf, True, "3", None])
    def test_a_patience_that_is_no_number_of_evaluations_gets_one_sentence(self, patience):
        with pytest.raises(ValueError, match="whole number of at least 1") as caught:
            replay(VALUES, patience)
        assert str(patience) in str(caught.value) and str(caught.value).count(".") <= 2

    @pytest.mark.parametrize("values", [None, 0.5, "0.5", {}, np.zeros((2, 3)), [[1], [1, 2]]])
    def test_what_is_no_list_of_values_gets_one_sentence(self, values):
        with pytest.raises(ValueError, match="a list of numbers"):
            replay(values, 3)

    @pytest.mark.parametrize("value", [None, "0.6", 1j])
    def test_a_value_that_is_no_number_gets_one_sentence(self, value):
        with pytest.raises(ValueError, match=r"must be a number .* not "):
            replay([0.5, value], 3)

    @pytest.mark.parametrize("watch", ["accuracy", ["val_loss"], None])
    def test_what_cannot_be_watched_gets_one_sentence(self, watch):
        with pytest.raises(ValueError, match="choose one of: val_accuracy, val_loss"):
            replay(VALUES, 3, watch)

    def test_nothing_to_replay_and_nothing_to_watch_get_one_sentence(self):
        with pytest.raises(ValueError, match="at least one validation value"):
            replay([], 3)
        with pytest.raises(ValueError, match="choose one of: val_accuracy, val_loss"):
            replay(VALUES, 3, "accuracy")


class TestWeights:
    def test_the_best_weights_come_back_bit_for_bit_with_buffers(self):
        model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
        stopping, at_best = Patience(9), None
        for step, value in enumerate([0.2, 0.9, 0.3, 0.4]):
            model(torch.randn(5, 3))  # moves the running mean
            with torch.no_grad():
                model[0].weight.normal_()
            stopping.observe(step, value, model)
            at_best = copy_weights(model) if step == 1 else at_best
        assert not same(model.state_dict(), at_best)
        stopping.restore(model)
        assert same(model.state_dict(), at_best)

    def test_weights_that_were_never_given_are_told_from_a_run_without_numbers(self):
        stopping = Patience(2)
        stopping.observe(1, 0.5)
        with pytest.raises(ValueError, match=r"give the model to observe\(\)"):
            stopping.restore(nn.Linear(1, 1))

    def test_an_interruption_while_copying_leaves_the_last_best_whole(self, monkeypatch):
        model, stopping = nn.Linear(1, 1), Patience(3)
        stopping.observe(1, 0.5, model)
        kept = stopping.weights

        def interrupted(model):
            raise KeyboardInterrupt

        monkeypatch.setattr(early_stopping, "copy_weights", interrupted)
        with pytest.raises(KeyboardInterrupt):
            stopping.observe(2, 0.9, model)
        assert (stopping.best_step, stopping.best_value) == (1, 0.5)
        assert stopping.weights is kept

    def test_restoring_nothing_or_into_another_network_gets_one_sentence(self):
        model, stopping = nn.Linear(2, 2), Patience(1)
        with pytest.raises(ValueError, match="no evaluation gave a number"):
            stopping.restore(model)
        stopping.observe(1, 0.5, nn.Linear(2, 3))
        before = copy_weights(model)
        with pytest.raises(ValueError, match="another network"):
            stopping.restore(model)
        assert same(model.state_dict(), before)


class TestARunThatReallyStops:
    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            ({"momentum": 1}, "below 1, not 1"),
            ({"momentum": math.nan}, "below 1, not nan"),
            ({"momentum": "a"}, "below 1, not 'a'"),
            ({"seed": -1}, "whole number of at least 0, not -1"),
            ({"seed": 1.5}, "whole number of at least 0, not 1.5"),
            ({"batch_size": 0}, "batch"),
            ({"evaluate_every": 0}, "1 step or more"),
            ({"rate": 0}, "rate"),
        ],
    )
    def test_settings_that_cannot_be_get_one_sentence(self, noisy, settings, words):
        with pytest.raises(ValueError, match=words):
            train_and_stop(overfitting.network(0), noisy, 3, steps=10, **settings)

    @pytest.mark.parametrize("watch", ["val_accuracy", "val_loss"])
    @pytest.mark.parametrize("patience", [1, 3, 8])
    def test_it_has_the_steps_and_weights_that_the_replay_of_a_full_run_names(
        self, noisy, patience, watch
    ):
        weights = {}
        full = train_and_stop(
            overfitting.network(0),
            noisy,
            10**6,
            steps=300,
            on_evaluation=lambda step, model: weights.update({step: copy_weights(model)}),
        )
        assert not full.stopped and full.steps_done == 300
        named = replay(getattr(full, watch), patience, watch)
        model = overfitting.network(0)
        run = train_and_stop(model, noisy, patience, watch=watch, steps=300)
        assert run.stopped and named.stopped
        assert run.steps_done == full.eval_steps[named.stop_at] < 300
        assert run.best_step == full.eval_steps[named.best_at] < run.steps_done
        assert same(model.state_dict(), weights[run.best_step])
        np.testing.assert_array_equal(run.val_accuracy, full.val_accuracy[: len(run.val_accuracy)])
        assert evaluate(model, noisy.validation)[1] == full.val_accuracy[named.best_at]

    def test_a_run_that_diverges_keeps_its_first_weights_and_says_what_to_do(self, noisy):
        model = overfitting.network(0)
        first = copy_weights(model)
        with pytest.raises(ValueError, match="lower learning rate"):
            train_and_stop(model, noisy, 3, rate=1e4, steps=40)
        assert same(model.state_dict(), first)

    def test_a_run_that_diverges_late_keeps_the_best_weights_it_had(self, noisy, monkeypatch):
        real, calls = early_stopping.update, []

        def breaks(*arguments):
            calls.append(1)
            return (math.nan, True) if len(calls) > 25 else real(*arguments)

        monkeypatch.setattr(early_stopping, "update", breaks)
        run = train_and_stop(overfitting.network(0), noisy, 9, steps=40)
        assert run.steps_done == 25 and run.best_step == 20 and not run.stopped

    def test_interrupting_leaves_the_best_weights_so_far(self, noisy):
        seen = {}

        def interrupt(step, model):
            seen[step] = copy_weights(model)
            if step == 150:
                raise KeyboardInterrupt

        model = overfitting.network(0)
        run = train_and_stop(model, noisy, 100, steps=300, on_evaluation=interrupt)
        assert run.steps_done == 150 and not run.stopped
        assert same(model.state_dict(), seen[run.best_step])
