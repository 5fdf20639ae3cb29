"""What the lecture on early stopping claims holds in the numbers the notebook computes."""

import pytest
from claims import execute

PROBE = """
def _stops(one, patience, watch="val_accuracy"):
    found = experiments.stop_each(one, patience, watch)
    return {"gain": (100 * found.gain).tolist(), "compute": float(found.compute.mean())}

CLAIMS = ({
    "seeds": [len(one.val_accuracy) for one in results] + [len(budget.last)],
    "wrong": [one.wrong for one in results],
    "share": float(small.mislabelled.float().mean()),
    "train_end": [float(one.train_accuracy[:, -1].mean()) for one in results],
    "clean_fall": float(100 * clean.fall().mean()),
    "clean_loss": [float(loss[low]), float(loss[-1])],
    "clean_accuracy": [float(accuracy[low]), float(accuracy[-1])],
    "fall": [(100 * one.fall()).tolist() for one in results],
    "peak_step": int(noisy.eval_steps[noisy.peak]), "end_step": int(noisy.eval_steps[-1]),
    "right_at_peak": float(right), "wrong_at_peak": float(wrong),
    "wrong_at_end": float(noisy.learned_wrong[:, -1].mean()),
    "stops": [[_stops(one, p) for p in (1, 3, 5, 20)] for one in results],
    "loss_stops": [_stops(one, 5, "val_loss")["gain"] for one in results],
    "shown_gain": [float(mean), float(error), gain.tolist()],
    "replayed": [int(named_stop), int(named_best)],
    "stopped": [run.steps_done, run.best_step], "difference": float(difference),
    "really": run.stopped, "full": full.steps_done,
    "promise": (100 * (sizes.promised - sizes.honest).mean(axis=1)).tolist(),
    "chosen_test": sizes.test.mean(axis=1).tolist(),
    "budget_sizes": budget.sizes.tolist(), "kept": (100 * budget.kept).tolist(),
    "again": (100 * budget.again).tolist(), "last": (100 * budget.last).tolist(),
})
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    return execute("training/02_early_stopping", PROBE, tmp_path_factory)


def mean_and_bar(values):
    """Return a mean over seeds and two standard errors."""
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return mean, 2 * (variance / len(values)) ** 0.5


def paired(first, second):
    return mean_and_bar([a - b for a, b in zip(first, second, strict=True)])


@pytest.mark.slow
class TestClaims:
    def test_every_result_has_at_least_eight_seeds(self, executed):
        assert min(executed.seeds) >= 8
        assert executed.wrong == [0.0, 0.1, 0.2, 0.3] and executed.share == pytest.approx(0.3)

    def test_the_network_learns_all_training_digits_by_heart_wrong_labels_too(self, executed):
        assert all(value > 0.95 for value in executed.train_end)
        assert executed.wrong_at_end > 0.9

    def test_with_right_labels_the_loss_rises_again_but_the_accuracy_does_not_fall(self, executed):
        lowest, end = executed.clean_loss
        assert end > 1.05 * lowest
        assert executed.clean_fall < 0.5
        assert executed.clean_accuracy[1] > executed.clean_accuracy[0] - 0.002

    def test_with_wrong_labels_the_accuracy_peaks_and_falls_for_every_seed(self, executed):
        assert 0 < executed.peak_step < executed.end_step / 3
        fall = executed.fall[-1]
        assert min(fall) > 2 and mean_and_bar(fall)[0] > 7
        means = [sum(values) / len(values) for values in executed.fall]
        assert means == sorted(means)  # the more labels are wrong, the deeper the fall

    def test_at_the_peak_most_wrong_labels_are_answered_right(self, executed):
        assert executed.right_at_peak > 0.6 and executed.wrong_at_peak < 0.2

    def test_a_replay_is_the_run_that_really_stopped(self, executed):
        assert executed.really and executed.replayed == executed.stopped
        assert executed.stopped[0] < executed.full and executed.difference == 0

    def test_stopping_gains_test_accuracy_and_the_band_is_far_from_zero(self, executed):
        mean, error, gain = executed.shown_gain
        assert gain == executed.stops[-1][2]["gain"]
        average, bar = mean_and_bar(gain)
        assert mean == pytest.approx(average) and 2 * error == pytest.approx(bar)
        assert average - bar > 8 and min(gain) > 3
        assert sorted(gain)[len(gain) // 2] > 10  # "more than ten points for most seeds"
        for one in executed.stops[1:]:
            average, bar = mean_and_bar(one[2]["gain"])
            assert average > bar

    def test_with_right_labels_stopping_gains_nothing(self, executed):
        for found in executed.stops[0]:
            mean, bar = mean_and_bar(found["gain"])
            assert mean - bar < 0 and mean < 0.2
        assert mean_and_bar(executed.stops[0][0]["gain"])[0] < -0.8  # patience 1 costs most
        assert -1 < mean_and_bar(executed.stops[0][2]["gain"])[0] < -0.2  # "about half a point"

    def test_patience_three_takes_the_whole_gain_and_a_third_of_the_steps(self, executed):
        one, three, five, twenty = executed.stops[-1]
        assert abs(paired(three["gain"], twenty["gain"])[0]) < 1
        assert three["compute"] < 0.3 and five["compute"] < 0.35
        assert sum(one["gain"]) < sum(three["gain"])

    def test_watching_accuracy_gains_more_than_watching_the_loss(self, executed):
        for accuracy, loss in list(zip(executed.stops, executed.loss_stops, strict=True))[2:]:
            mean, bar = paired(accuracy[2]["gain"], loss)
            assert mean > bar
        tenth = paired(executed.stops[1][2]["gain"], executed.loss_stops[1])
        assert abs(tenth[0]) < 1  # "at 10 % we see no difference"

    def test_few_validation_digits_promise_too_much_and_choose_worse(self, executed):
        assert executed.promise == sorted(executed.promise, reverse=True)
        assert executed.promise[0] > 10 and executed.promise[-1] < 3
        assert executed.chosen_test == sorted(executed.chosen_test)

    def test_validation_digits_cost_training_digits_and_training_again_returns_them(self, executed):
        kept = dict(zip(executed.budget_sizes, executed.kept, strict=True))
        again = dict(zip(executed.budget_sizes, executed.again, strict=True))
        for size in (50, 100):
            mean, bar = paired(kept[size], executed.last)
            assert mean - bar > 6 and mean < 12  # "nine points lower"
            assert mean_and_bar(kept[size])[0] > mean_and_bar(kept[200])[0]
        mean, bar = paired(again[200], kept[200])
        assert mean > bar

    def test_it_runs_in_time(self, executed):
        assert executed.report.slowest < 60
        assert executed.report.seconds < 180
