"""What the lecture on choosing hyperparameters claims holds in the notebook's own numbers."""

import itertools
import math

import pytest
from claims import execute

PROBE = """
def _chances(result):
    return [(100 * part).tolist() for part in result.chance()]

CLAIMS = ({
    "cells": list(surface.score.shape), "seeds": surface.seeds, "shares": surface.shares(),
    "momentum_shares": momentum_surface.shares(),
    "budgets": decay_result.budgets.tolist(), "resamples": decay_result.grid.shape[1],
    "chance": _chances(decay_result), "again": [(100 * again_chance).tolist(),
        (100 * again_band).tolist()],
    "together": _chances(momentum_result),
    "together_gain": (100 * momentum_result.gain()[0]).tolist(),
    "gain": [(100 * part).tolist() for part in decay_result.gain()],
    "ties": decay_result.ties.tolist(), "values": decay_result.first_values.tolist(),
    "by_hand": [float(won + tie / 2), float(same)],
    "first": {name: values.tolist() for name, values in first.items()},
    "samples": {
        name: [one.loss[:, -1].tolist(), one.accuracy[:, -1].tolist(), one.val_accuracy.tolist(),
               one.steps_to_all().tolist()]
        for name, one in samples.items()
    },
    "falls": steps_result.falls().tolist(), "ends": steps_result.end()[:-1].tolist(),
    "lost": bool(np.isinf(steps_result.end()[-1])), "span": rate_span,
    "coarse": coarse.score.tolist(), "fine": fine.score.tolist(), "rate_range": rate_range,
    "best_rate": float(best_rate), "rates": [float(coarse.rates.min()), float(coarse.rates.max())],
    "test": {name: (100 * values).tolist() for name, values in test.items()},
    "gains": {name: (100 * values).tolist() for name, values in gains.items()},
    "curves": {
        name: {
            "parts": [one.loss_between(a, a + 49).tolist() for a in range(1, 600, 50)],
            "train": one.train_accuracy[:, -1].tolist(), "val": one.val_accuracy[:, -1].tolist(),
            "best": one.val_accuracy.max(axis=1).tolist(),
            "leap": [one.loss[:, :9][:, -1].tolist(), one.loss[:, 9].tolist()],
        }
        for name, one in curves.items()
    },
    "pool": bool(np.allclose(here.score, elsewhere.score, atol=0.002)),
    "left": [len(part.trained) for part in halving.rounds], "cost": halving.cost,
    "halving": [halving_result.updates, halving_result.chance(),
                float(100 * (halving_result.halving - halving_result.random).mean()),
                len(halving_result.halving)],
})
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    return execute("training/03_choosing_hyperparameters", PROBE, tmp_path_factory)


def mean_and_bar(values):
    """Return a mean over seeds and two standard errors."""
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return mean, 2 * (variance / len(values)) ** 0.5


@pytest.mark.slow
class TestSearch:
    def test_the_surface_is_large_and_one_hyperparameter_decides(self, executed):
        assert executed.cells == [30, 16] and executed.seeds >= 4
        rate, decay = executed.shares
        assert rate > 0.9 and decay < 0.05
        rate, momentum = executed.momentum_shares
        assert rate + momentum < 0.85  # the rest belongs to both together

    def test_random_search_wins_more_often_over_at_least_500_resamples(self, executed):
        assert executed.resamples >= 500 and executed.budgets == [4, 9, 16, 25, 36]
        for chance, band in zip(*executed.chance, strict=True):
            assert chance - band > 50 and chance < 85  # clearly, and far from always
        assert max(executed.ties) < 0.1

    def test_it_wins_on_a_surface_of_other_seeds_too(self, executed):
        for chance, band in zip(*executed.again, strict=True):
            assert chance - band > 50

    def test_the_text_says_honestly_how_the_two_surfaces_differ(self, executed):
        later = zip(executed.chance[0][3:], executed.again[0][3:], strict=True)
        assert any(abs(one - other) > executed.chance[1][3] for one, other in later)

    def test_what_random_search_wins_is_small_and_gets_smaller(self, executed):
        gain, band = executed.gain
        assert all(g > b for g, b in zip(gain, band, strict=True))
        assert gain[-1] < 0.7 < gain[1] < 3

    def test_random_search_tries_more_values_of_what_matters(self, executed):
        for budget, (grid, random) in zip(executed.budgets, executed.values, strict=True):
            assert grid == math.isqrt(budget) and random > 1.8 * grid

    def test_where_two_act_together_the_grid_wins_with_few_trials(self, executed):
        chance, band = executed.together
        assert all(chance[i] + band[i] < 50 for i in (0, 1, 2))
        assert chance[-1] > chance[0]  # and what is won shrinks
        gain = executed.together_gain
        assert gain[0] < -1 and abs(gain[-1]) < abs(gain[0]) / 4

    def test_counting_by_hand_is_what_utils_counts(self, executed):
        by_hand, counted = executed.by_hand
        assert by_hand == pytest.approx(counted, abs=1e-12)


@pytest.mark.slow
class TestSevenSteps:
    def test_the_first_loss_is_ln_c_and_each_fault_is_seen_in_it(self, executed):
        first = executed.first
        assert all(abs(v - math.log(10)) < 0.02 for v in first["last layer small"])
        assert all(abs(v - math.log(10)) < 0.15 for v in first["PyTorch's own"])
        assert min(first["last layer as the others"]) > 2.45
        assert min(first["pixels 0 to 255"]) > 10
        assert all(len(values) >= 8 for values in first.values())

    def test_a_sound_network_learns_a_small_sample_and_two_faults_are_found(self, executed):
        loss, right, validation, steps = executed.samples["no fault"]
        assert min(right) == 1 and max(loss) < 0.01 and 0 < min(steps) <= max(steps) < 60
        assert len(loss) >= 8 and min(validation) < 0.6  # it says nothing about new digits
        loss, right, _, steps = executed.samples["all weights 0"]
        assert max(right) < 0.5 and set(steps) == {-1}
        assert min(executed.samples["softmax twice"][0]) > 1.461

    def test_mixed_labels_pass_that_check_and_only_validation_shows_them(self, executed):
        loss, right, validation, _ = executed.samples["labels mixed up"]
        assert min(right) == 1 and max(loss) < 0.01 and sum(validation) / len(validation) < 0.2

    def test_the_loss_falls_in_the_middle_of_the_rates_only(self, executed):
        assert executed.falls == [False] * 3 + [True] * 3 + [False] * 2
        assert executed.span == [0.001, 0.1] and executed.lost
        assert all(abs(value - math.log(10)) < 0.1 for value in executed.ends[:3])

    def test_the_fine_search_is_inside_the_coarse_one_and_better(self, executed):
        low, high = executed.rates
        assert 0.001 <= low < executed.rate_range[0] <= executed.best_rate
        assert executed.best_rate <= executed.rate_range[1] <= high <= 0.1
        assert max(executed.fine) > max(executed.coarse) + 0.02
        spread = [max(part) - min(part) for part in (executed.coarse, executed.fine)]
        assert spread[1] < spread[0] / 4

    def test_the_search_wins_about_a_point_on_test_digits(self, executed):
        guess, chosen = executed.test["first guess: 0.01"], executed.test["chosen"]
        mean, bar = mean_and_bar([a - b for a, b in zip(chosen, guess, strict=True)])
        assert len(chosen) == 16 and mean - bar > 0.3 and mean < 2


@pytest.mark.slow
class TestSickCurves:
    def curve(self, executed, name):
        one = executed.curves[name]
        return [sum(part) / len(part) for part in one["parts"]], one

    def test_the_healthy_run_falls_and_its_gap_is_small(self, executed):
        loss, one = self.curve(executed, "healthy")
        assert loss[-1] < 0.3 and min(one["val"]) > 0.89
        assert max(a - b for a, b in zip(one["train"], one["val"], strict=True)) < 0.09

    def test_a_rate_too_high_never_falls_and_gets_worse(self, executed):
        loss, one = self.curve(executed, "rate too high")
        assert min(loss) > 1.3 and loss[-1] > loss[0] and max(one["val"]) < 0.6

    def test_a_rate_too_low_falls_at_every_stage_and_is_not_done(self, executed):
        loss, _ = self.curve(executed, "rate too low")
        assert all(a > b for a, b in itertools.pairwise(loss)) and loss[-1] > 1.3
        drops = [a - b for a, b in itertools.pairwise(loss)]
        assert max(drops) < 4 * min(drops)  # nearly a straight line

    def test_a_bad_start_stands_still_and_then_catches_up(self, executed):
        loss, one = self.curve(executed, "bad start")
        assert abs(loss[0] - math.log(10)) < 0.01 and abs(loss[1] - math.log(10)) < 0.05
        assert loss[-1] < 0.4 and min(one["val"]) > 0.87

    def test_overfitting_parts_training_from_validation(self, executed):
        _, one = self.curve(executed, "overfitting")
        assert min(one["train"]) == 1 and max(one["val"]) < 0.83

    def test_the_plateau_is_noisy_at_one_height_and_decay_helps(self, executed):
        loss, one = self.curve(executed, "needs decay")
        decayed, _ = self.curve(executed, "decayed")
        assert loss[0] > 1.2 and 0.4 < loss[-1] < 0.9 and loss[4] - loss[-1] < 0.3
        assert decayed[-1] < 0.7 * loss[-1] and min(one["val"]) > 0.75

    def test_sorted_digits_make_the_loss_leap_and_accuracy_stay_low(self, executed):
        _, one = self.curve(executed, "wrong order")
        before, after = one["leap"]
        assert max(before) < 0.2 and min(after) > 3 and max(one["val"]) < 0.5

    def test_mixed_labels_leave_validation_at_a_guess(self, executed):
        loss, one = self.curve(executed, "wrong labels")
        assert min(loss) > 2 and max(one["best"]) < 0.35 and sum(one["val"]) < 3 * 0.25

    def test_every_remedy_gains_and_the_order_is_as_the_text_says(self, executed):
        means = {name: sum(v) / len(v) for name, v in executed.gains.items()}
        assert len(means) == 7 and min(means.values()) > 0
        costliest = sorted(means, key=means.get)[-3:]
        assert set(costliest) == {"wrong labels", "wrong order", "rate too high"}
        assert min(means, key=means.get) == "bad start" and means["bad start"] < 4


@pytest.mark.slow
class TestOptional:
    def test_other_processes_find_the_same_accuracies(self, executed):
        assert executed.pool

    def test_halving_wins_at_an_equal_number_of_updates(self, executed):
        updates, chance, points, repetitions = executed.halving
        assert updates == executed.cost == 2430 and executed.left == [81, 27, 9, 3]
        assert repetitions >= 500 and 0.6 < chance < 0.95 and 0.3 < points < 4

    def test_it_runs_in_time(self, executed):
        assert executed.report.slowest < 60
        assert executed.report.seconds < 180
