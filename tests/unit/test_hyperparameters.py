"""The experiments of choosing hyperparameters: each is what it says, on few digits and steps."""

import dataclasses
import math

import numpy as np
import pytest
import torch

from utils.datasets.digits import load_digits
from utils.training import hyperparameters as experiments
from utils.training import sick_curves as gallery
from utils.training.history import batch_order
from utils.training.search import successive_halving
from utils.training.sweeps import Trial, sweep


@pytest.fixture(scope="module")
def digits():
    return load_digits(14)


class TestLogUniform:
    def test_every_power_of_ten_gets_its_share(self):
        drawn = experiments.log_uniform(1e-4, 1.0, 40_000, np.random.default_rng(0))
        counts, _ = np.histogram(np.log10(drawn), [-4, -3, -2, -1, 0])
        assert counts.sum() == 40_000  # none outside
        assert abs(counts / 10_000 - 1).max() < 0.05  # five standard errors

    @pytest.mark.parametrize("ends", [(0, 1), (1, 0.1), (0.1, 0.1), (0.1, math.inf), (-1, 1)])
    def test_an_impossible_range_is_one_clear_sentence(self, ends):
        with pytest.raises(ValueError, match="above 0, the lower first"):
            experiments.log_uniform(*ends, 3, np.random.default_rng(0))

    @pytest.mark.parametrize("count", [0, -1, 2.5, "3"])
    def test_no_draws(self, count):
        with pytest.raises(ValueError, match="at least 1 value"):
            experiments.log_uniform(0.1, 1, count, np.random.default_rng(0))


class TestSurfaces:
    @pytest.mark.parametrize(
        ("make", "name", "setting"),
        [
            (experiments.rate_and_decay, "weight decay", "weight_decay"),
            (experiments.rate_and_momentum, "momentum", "momentum"),
        ],
    )
    def test_a_cell_is_the_training_with_its_two_values(self, digits, make, name, setting):
        surface = make(digits, steps=6, seeds=1)
        assert surface.names == ("learning rate", name) and surface.score.shape == (30, 16)
        row, column = 20, 9
        values = {"learning_rate": surface.first[row], setting: surface.second[column]}
        alone = sweep("mlp", digits, [Trial(**values)], steps=6, evaluate_every=6)
        assert surface.score[row, column] == pytest.approx(alone.final_accuracy()[0], abs=0.003)

    def test_a_training_that_diverged_scores_as_a_guess(self, digits):
        lost = sweep("mlp", digits, [Trial(1e6), Trial(0.01)], steps=5)
        assert lost.diverged[0]
        assert experiments.final_scores(lost)[0] == pytest.approx(0.1)


class TestFirstLosses:
    def test_the_loss_of_a_guess_is_ln_c_and_faults_are_far_from_it(self, digits):
        losses = experiments.first_losses(digits, seeds=3)
        assert losses["last layer small"] == pytest.approx(math.log(10), abs=0.02)
        assert losses["PyTorch's own"] == pytest.approx(math.log(10), abs=0.15)
        assert losses["last layer as the others"].min() > 2.5
        assert losses["pixels 0 to 255"].min() > 10


class TestSmallSample:
    def test_a_sound_network_learns_all_digits_and_a_dead_one_none(self, digits):
        sound = experiments.overfit_sample(digits, steps=60, seeds=2)
        assert (sound.steps_to_all() > 0).all() and (sound.accuracy[:, -1] == 1).all()
        dead = experiments.overfit_sample(digits, "all weights 0", steps=60, seeds=2)
        assert dead.steps_to_all().tolist() == [-1, -1] and dead.loss[:, -1].min() > 1.5

    def test_a_softmax_too_many_keeps_the_loss_above_a_floor(self, digits):
        result = experiments.overfit_sample(digits, "softmax twice", steps=60, seeds=1)
        floor = -torch.log_softmax(torch.eye(10)[0], 0)[0].item()
        assert floor == pytest.approx(1.461, abs=0.001) and result.loss.min() > floor

    def test_mixed_labels_are_learned_too(self, digits):
        result = experiments.overfit_sample(digits, "labels mixed up", steps=60, seeds=2)
        assert (result.accuracy[:, -1] == 1).all() and result.val_accuracy.max() < 0.35

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"fault": "rain"}, "no fault 'rain'"),
            ({"examples": 0}, "from 1 to 3000"),
            ({"examples": 1.5}, "whole number of digits"),
            ({"seeds": 0}, "at least one seed"),
            ({"seeds": 1.5}, "whole number of seeds"),
            ({"seeds": "a"}, "whole number of seeds"),
            ({"steps": 0}, "at least 1, not 0"),
        ],
    )
    def test_bad_settings(self, digits, settings, message):
        with pytest.raises(ValueError, match=message):
            experiments.overfit_sample(digits, **settings)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda d: experiments.rate_and_decay(d, first_seed=-1), "at least 0, not -1"),
        (lambda d: experiments.first_steps(d, 5), "rates in a list, not 5"),
        (lambda d: experiments.random_stage(d, None, (1e-5, 0.1), 5), "pair of numbers"),
        (lambda d: experiments.random_stage(d, ("a", "b"), (1e-5, 0.1), 5), "two finite numbers"),
        (lambda d: experiments.random_stage(d, (0.01, 0.1), (1e-5, 0.1), 5, seed=-1), "seed"),
        (lambda d: experiments.final_test(d, {"chosen": 0.1}, 5), "from a name to a Trial"),
        (lambda d: experiments.halve(d, experiments.random_trials(3), factor=1), "2 or more"),
        (lambda d: experiments.compare_halving(d, factor=1), "2 or more, not of 1"),
    ],
)
def test_settings_that_no_experiment_can_use_get_one_sentence(digits, call, words):
    with pytest.raises(ValueError, match=words):
        call(digits)


def test_first_steps_tell_where_the_loss_falls_and_where_it_is_lost(digits):
    result = experiments.first_steps(digits, [1e-5, 0.02, 1e6], steps=40, seeds=2)
    assert result.falls().tolist() == [False, True, False]
    assert result.span() == (0.02, 0.02) and np.isinf(result.end()[2])
    with pytest.raises(ValueError, match="falls at none of these rates"):
        dataclasses.replace(result, loss=np.full_like(result.loss, np.log(10))).span()


class TestStages:
    def test_settings_come_from_the_ranges_and_the_best_ones_bound_the_next(self, digits):
        stage = experiments.random_stage(digits, (0.001, 0.1), (1e-4, 0.01), 20, settings=8)
        assert ((stage.rates >= 0.001) & (stage.rates < 0.1)).all()
        assert ((stage.decays >= 1e-4) & (stage.decays < 0.01)).all()
        assert stage.score[stage.best] == stage.score.max()
        (low, high), _ = stage.around_best()
        best_two = stage.rates[np.argsort(-stage.score)[:2]]
        assert (low, high) == (best_two.min(), best_two.max())

    def test_curves_belong_to_their_setting(self, digits):
        stage = experiments.random_stage(digits, (0.001, 0.1), (1e-4, 0.01), 20, settings=4)
        trial = Trial(learning_rate=stage.rates[2], weight_decay=stage.decays[2], seed=1)
        alone = sweep("mlp", digits, [trial], steps=20)
        np.testing.assert_allclose(stage.curves(2)[1], alone.loss[0], atol=1e-4)
        np.testing.assert_allclose(stage.validation(2)[1], alone.val_accuracy[0], atol=0.003)


def test_the_final_test_reads_test_digits_with_fresh_seeds(digits):
    trial = Trial(0.02)
    result = experiments.final_test(digits, {"a": trial, "b": Trial(0.001)}, steps=20, seeds=2)
    assert set(result) == {"a", "b"} and result["a"].shape == (2,)
    model = experiments.mlp(1001)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    for batch in batch_order(len(digits.train), 32, 20, 1001):
        loss = torch.nn.functional.cross_entropy(
            model(digits.train.images[batch]), digits.train.labels[batch]
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert result["a"][1] == pytest.approx(experiments.evaluate(model, digits.test)[1], abs=0.003)


class TestHalving:
    def test_going_on_gives_what_training_from_the_start_gives(self, digits):
        trials = experiments.random_trials(9, seed=3)
        goes_on = experiments.going_on(digits, most_steps=40)
        first, kept = goes_on(trials, 10), trials[2:6]
        second = goes_on(kept, 40)
        whole = sweep("mlp", digits, trials, steps=40, evaluate_every=10)
        np.testing.assert_allclose(first, whole.val_accuracy[:, 0], atol=0.003)
        np.testing.assert_allclose(second, whole.val_accuracy[2:6, -1], atol=0.003)

    def test_a_trial_that_diverges_is_nan_and_harms_nobody(self, digits):
        goes_on = experiments.going_on(digits, most_steps=6)
        scores = goes_on([Trial(1e6), Trial(0.02)], 6)
        assert math.isnan(scores[0]) and scores[1] > 0.1
        assert math.isnan(goes_on([Trial(1e6)], 6)[0])

    def test_halving_trains_fewer_and_fewer_and_its_winner_is_good(self, digits):
        trials = (*experiments.random_trials(8, seed=1), Trial(0.03))
        result = experiments.halve(digits, trials, first_steps=10)
        assert [len(one.trained) for one in result.rounds] == [9, 3]
        assert result.rounds[-1].score.max() > 0.5

    def test_the_comparison_replays_halving_at_an_equal_budget(self, digits):
        result = experiments.compare_halving(digits, pool=12, trials=9, first_steps=4, resamples=20)
        cost = successive_halving(range(9), lambda rows, steps: list(rows), 4).cost
        assert result.updates == cost == 9 * 4 + 3 * 8
        assert result.trials == (9, cost // 12) and len(result.halving) == 20
        assert 0 <= result.chance() <= 1 and not np.isnan(result.halving).any()


class TestSickCurves:
    def test_a_run_differs_from_the_healthy_one_only_where_it_should(self, digits):
        curves = gallery.sick_curves(digits, ("healthy", "wrong labels", "decayed"), 2, steps=40)
        healthy = sweep("mlp", digits, [Trial(0.02, seed=s) for s in range(2)], steps=40)
        np.testing.assert_allclose(curves["healthy"].loss, healthy.loss, atol=1e-4)
        np.testing.assert_allclose(
            curves["healthy"].val_accuracy[:, -1], healthy.final_accuracy(), atol=0.003
        )
        assert curves["wrong labels"].loss[:, 20:].mean() > curves["healthy"].loss[:, 20:].mean()

    def test_sorted_digits_come_class_by_class(self, digits):
        order = gallery._order(digits.train.labels, gallery.RUNS["wrong order"], 10, seed=0)
        seen = digits.train.labels[order].flatten()
        assert (seen.diff() >= 0).all() and seen[0] == 0 and seen[-1] == 1

    def test_the_remedy_is_paired_by_seed(self, digits):
        curves = gallery.sick_curves(digits, ("healthy", "rate too low"), 2, steps=40)
        gain = gallery.remedy_gain(curves, "rate too low")
        ends = [curves[name].val_accuracy[:, -1] for name in ("healthy", "rate too low")]
        np.testing.assert_allclose(gain, ends[0] - ends[1])
        assert curves["healthy"].loss_between(1, 1) == pytest.approx(math.log(10), abs=0.02)

    def test_every_cause_has_its_words(self):
        for words in (gallery.TEXT[name] for name in ("signs", "remedies")):
            assert set(words) == set(gallery.CAUSES)
        assert sorted(gallery.CASES.values()) == sorted(gallery.CAUSES)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ((("rain",),), "no run 'rain'"),
            (((),), "at least one run"),
            ((None,), "in a list, not None"),
            ((("healthy",), 0), "one seed"),
            ((("healthy",), 1.5), "whole number of seeds"),
        ],
    )
    def test_bad_arguments(self, digits, arguments, message):
        with pytest.raises(ValueError, match=message):
            gallery.sick_curves(digits, *arguments)
