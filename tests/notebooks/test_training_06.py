"""What the lecture on training at scale claims holds in the numbers the notebook computes."""

import pytest
from claims import execute

PROBE = """
largest = lambda a, b: float(abs(a - b).max())
CLAIMS = ({
    "devices": [run.device, run.backend], "workers": len(run.weights),
    "apart": {name: float(curve[-1]) for name, curve in apart.items()},
    "between": {name: largest(one.weights[0], one.weights[1]) for name, one in runs.items()},
    "broken": {name: float(curve[-1]) for name, curve in broken.items()},
    "own_apart": largest(run.gradients[0, 0], run.gradients[1, 0]),
    "mean_apart": largest(run.combined[0], combined.numpy()),
    "watched": [len(run.combined), largest(run.gradients.mean(axis=0), run.combined)],
    "tiny": [halves.tolist(), normalise(values).tolist()],
    "steps_timed": [len(times.sizes), times.ratio.min().item()],
    "ratio": times.ratio.tolist(), "waiting": (times.communicate
        / (times.compute + times.communicate))[:, -1].tolist(),
    "two_ways": [descend(0.0, r, x[:2], x[2:]) / descend(0.0, 2 * r, x) for r in (0.001, 0.1)],
    "rates": dict(zip(calm.recipes, calm.rates.tolist())),
    "peaks": {name: float(rough.loss[name, 512].mean(axis=0).max()) for name in rough.recipes},
    "ends": {name: float(rough.loss[name, 512].mean(axis=0)[-1]) for name in rough.recipes},
    "started": started, "lost": float(lost),
    "seeds": [calm.test.shape[2], rough.test.shape[2]],
    "batches": calm.batches.tolist(), "steps": calm.steps.tolist(),
    "calm": {name: calm.test[i].mean(axis=1).tolist() for i, name in enumerate(calm.recipes)},
    "rough": {name: rough.test[i].mean(axis=1).tolist() for i, name in enumerate(rough.recipes)},
    "helps": helps, "repairs": [bool(value) for value in repairs], "held": held,
})
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    return execute("training/06_training_at_scale", PROBE, tmp_path_factory)


@pytest.mark.slow
class TestClaims:
    def test_two_workers_give_the_weights_of_one_process(self, executed):
        """60 steps on the combined batch: equal up to rounding, so float64 is far closer."""
        assert executed.workers == 2
        assert executed.apart["average"] < 1e-5
        assert executed.apart["ddp"] < 1e-5
        assert executed.apart["float64"] < 1e-13

    def test_workers_that_average_stay_exactly_equal_and_silent_ones_do_not(self, executed):
        assert all(executed.between[name] == 0 for name in ("average", "ddp", "sum", "unequal"))
        assert executed.between["none"] > 1e-3

    def test_the_workers_disagree_and_their_mean_is_the_whole_batch_s_gradient(self, executed):
        assert executed.own_apart > 1e-3
        assert executed.mean_apart < 1e-6

    def test_in_every_watched_step_both_used_the_mean_of_what_they_found(self, executed):
        steps, apart = executed.watched
        assert steps == 3 and apart < 1e-7

    def test_each_way_to_break_it_is_far_off_and_weighing_repairs_unequal_shares(self, executed):
        assert executed.broken.pop("48 + 16, weighted") < 1e-5
        assert min(executed.broken.values()) > 1e-3

    def test_halves_are_normalised_differently(self, executed):
        halves, whole = executed.tiny
        assert max(abs(a - b) for a, b in zip(halves, whole, strict=True)) > 0.5

    def test_a_step_was_timed_with_one_worker_and_with_two(self, executed):
        """How much faster depends on the machine; twice is the most that two workers can give."""
        sizes, slowest = executed.steps_timed
        assert sizes == 3 and 0 < slowest < 2

    def test_a_small_network_gets_slower_with_two_workers_because_it_waits(self, executed):
        assert executed.ratio[0] < 1
        assert executed.waiting[0] > 0.5 and executed.waiting[0] > executed.waiting[-1]

    def test_after_a_worker_died_training_goes_on_without_a_difference(self, executed):
        assert executed.started == 20
        assert executed.lost == 0

    def test_the_same_rate_loses_much_at_large_batches(self, executed):
        assert min(executed.seeds) >= 8
        assert executed.batches[0] == 32 and executed.batches[-1] == 1024
        same = executed.calm["same rate"]
        assert same[0] > 0.92 and same[-1] < same[0] - 0.1

    def test_linear_scaling_repairs_until_the_rate_is_too_high(self, executed):
        same, linear = executed.calm["same rate"], executed.calm["linear scaling"]
        at = executed.batches.index(256)
        assert linear[at] > same[at] + 0.015
        assert linear[at] > linear[0] - 0.03
        assert linear[-1] < same[-1] - 0.1
        assert executed.calm["rate chosen again"][-1] > same[-1] + 0.1
        assert executed.rates["rate chosen again"][-1] < executed.rates["linear scaling"][-1]

    def test_two_small_steps_are_one_large_step_only_at_a_small_rate(self, executed):
        small, large = executed.two_ways
        assert abs(small - 1) < 0.01 and large < 0.9

    def test_warm_up_repairs_a_rough_start_and_not_a_calm_one(self, executed):
        """At batch 512 the rough start gains much; at 256 the calm start gains nothing."""
        gain, error = executed.helps["rough"][2]
        assert gain > 3 * error and gain > 0.05
        gain, error = executed.helps["calm"][1]
        assert abs(gain) < max(3 * error, 0.01)
        assert executed.repairs == [False, True]

    def test_after_a_rough_start_the_loss_climbs_and_the_run_ends_higher(self, executed):
        peaks, ends = executed.peaks, executed.ends
        assert peaks["linear scaling"] > 2 * peaks["linear + warm-up"]
        assert ends["linear scaling"] > 1.5 * ends["linear + warm-up"]

    def test_even_warm_up_has_a_limit(self, executed):
        """At 512 and above, the rate of the small batch is better than both."""
        rough = executed.rough
        for at in (-2, -1):
            scaled = max(rough["linear scaling"][at], rough["linear + warm-up"][at])
            assert rough["same rate"][at] > scaled

    def test_it_runs_in_time(self, executed):
        assert executed.report.slowest < 60
        assert executed.report.seconds < 180
