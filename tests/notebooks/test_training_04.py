"""What the lecture on ensembles claims holds in the numbers the notebook computes."""

import pytest
from claims import execute

PROBE = """
CLAIMS = {
    "by_size": sizes.mean(axis=1).tolist(),
    "spread": [float(row.std()) for row in sizes],
    "copies": [float(accuracy(together, digits.test.labels)), float(alone[0])],
    "snapshot_points": points,
    "gains": {name: list(value) for name, value in gains.items()},
    "over_longer": [team, error],
    "compute": dict(zip(alike.names, alike.compute, strict=True)),
    "repeats": alike.test.shape[1],
    "saved": (mean - last).tolist(),
    "spread_of_last": [float(last.std()), float(mean.std())],
    "pair": [float(accuracy(p, test.labels)) for p in outputs],
    "ema_error": abs(ours - theirs.module.weight.item()),
    "hand": int(said.mean(dim=0).argmax()),
}
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    return execute("training/04_model_ensembles", PROBE, tmp_path_factory)


@pytest.mark.slow
class TestClaims:
    def test_more_members_are_better_and_the_first_few_bring_most(self, executed):
        one, four, sixteen = (executed.by_size[n - 1] for n in (1, 4, 16))
        assert sixteen - one > 0.005
        assert four - one > 0.5 * (sixteen - one)
        assert executed.spread[15] < executed.spread[0]

    def test_copies_of_one_network_gain_nothing(self, executed):
        assert executed.copies[0] == executed.copies[1]

    def test_a_sure_member_outweighs_two_that_are_not(self, executed):
        assert executed.hand == 1

    def test_averaged_snapshots_are_better_than_the_newest(self, executed):
        assert executed.snapshot_points > 0.2

    def test_at_equal_cost_nothing_clearly_beats_one_long_run(self, executed):
        assert executed.repeats >= 8
        for name, (mean, error) in executed.gains.items():
            if executed.compute[name] == 1:
                assert abs(mean) < 2 * error + 0.3, name

    def test_fully_trained_members_gain_and_cost_four_times_as_much(self, executed):
        mean, error = executed.gains["long members"]
        assert executed.compute["long members"] == 4
        assert mean > 2 * error

    def test_at_four_times_the_cost_members_beat_one_longer_run(self, executed):
        mean, error = executed.over_longer
        assert executed.compute["longer run"] == 4
        assert mean > 2 * error

    def test_averaged_weights_save_a_run_whose_rate_is_too_high(self, executed):
        assert len(executed.saved) >= 8
        assert sum(executed.saved) / len(executed.saved) > 1
        assert executed.spread_of_last[1] < executed.spread_of_last[0]
        assert executed.ema_error < 1e-6

    def test_weights_of_two_runs_cannot_be_averaged_but_their_answers_can(self, executed):
        first, second, weights, answers = executed.pair
        assert weights < min(first, second) - 0.03
        assert answers >= min(first, second)

    def test_it_runs_in_time(self, executed):
        assert executed.report.slowest < 60
        assert executed.report.seconds < 180
