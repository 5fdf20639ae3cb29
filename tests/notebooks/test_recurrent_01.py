"""What the lecture on sequences and RNNs claims holds in the numbers the notebook computes."""

import pytest
from claims import execute

PROBE = """
CLAIMS = ({
    "test": {name: rows.tolist() for name, rows in comparison.test.items()},
    "ceiling": comparison.ceiling.tolist(),
    "best_frame": alone.tolist(),
    "shared_glyphs": len(set(clips.train.characters) & set(clips.test.characters)),
    "same_frame": all(torch.equal(one[3], through["up"][3]) for one in through.values()),
    "other_frames": any(torch.equal(through["left"][4], through[n][4]) for n in ("right", "up")),
    "torch": difference, "copies": gap_of_sums, "first_copy": copies[0].grad.abs().max().item(),
    "recurrent": recurrent, "wide": wide, "of_module": sum(
        p.numel() for p in comparison.trained["RNN"][0].recurrent.parameters()),
    "one_run": reached_once.tolist(),
    "order": {name: [orders.right[name].tolist(), orders.opposite[name].tolist()]
              for name in orders.orders},
    "gain": gain.tolist(), "bar": bar.tolist(),
    "longer": [one.tolist() for one in reached],
    "echo": hidden_states[-1].tolist(),
    "gap_seen": seen[chosen[:4], :4].int().tolist(), "wrong": len(chosen) - 4,
    "frames_of_wrong": [few, usual], "wrong_answers": len(wrong),
})
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    return execute("recurrent/01_sequences_and_rnns", PROBE, tmp_path_factory)


def mean(values):
    return sum(values) / len(values)


def column(rows, at):
    return [row[at] for row in rows]


@pytest.mark.slow
class TestClaims:
    def test_every_model_has_eight_seeds_and_the_test_glyphs_are_held_out(self, executed):
        assert {len(rows) for rows in executed.test.values()} == {8}
        assert executed.shared_glyphs == 0

    def test_one_frame_stands_in_four_clips_that_differ_elsewhere(self, executed):
        assert executed.same_frame and not executed.other_frames

    def test_no_single_frame_is_better_than_a_guess(self, executed):
        assert abs(mean(executed.best_frame) - 0.25) < 0.03
        for at in range(8):
            assert abs(mean(column(executed.test["one frame"], at)) - 0.25) < 0.03

    def test_the_mean_of_the_frames_knows_the_axis_only(self, executed):
        assert 0.44 < mean(column(executed.test["mean of frames"], -1)) < 0.56

    def test_the_rnn_is_right_on_held_out_clips_for_every_seed(self, executed):
        assert min(column(executed.test["RNN"], -1)) >= 0.95
        assert min(column(executed.test["RNN, learned start"], -1)) >= 0.95

    def test_the_rnn_stays_close_to_the_upper_limit_after_every_frame(self, executed):
        assert executed.ceiling == sorted(executed.ceiling)
        for at, limit in enumerate(executed.ceiling):
            reached = mean(column(executed.test["RNN"], at))
            assert limit - 0.03 < reached < limit + 0.02

    def test_two_frames_are_not_enough_because_frames_are_lost(self, executed):
        assert 0.6 < executed.ceiling[1] < 0.72

    def test_one_run_in_the_open_learns_it_too(self, executed):
        assert executed.one_run[0] < 0.32 and executed.one_run[-1] > 0.95

    def test_backwards_it_answers_the_opposite_and_shuffled_it_guesses(self, executed):
        right, opposite = executed.order["in order"]
        assert min(right) > 0.95
        right, opposite = executed.order["backwards"]
        assert min(opposite) > 0.95 and max(right) < 0.05
        right, opposite = map(mean, executed.order["shuffled"])
        assert abs(right - opposite) < 0.06 and right + opposite > 0.85

    def test_a_learned_start_changes_less_than_half_a_point(self, executed):
        assert abs(executed.gain[-1]) < 0.5
        assert executed.bar[-1] < 0.5

    def test_the_same_weights_read_longer_clips(self, executed):
        assert {len(rows) for rows in executed.longer} == {24}
        assert mean(column(executed.longer, -1)) > 0.97
        assert min(column(executed.longer, -1)) > 0.9

    def test_our_rnn_is_the_one_of_pytorch(self, executed):
        assert executed.torch < 1e-12

    def test_parameters_do_not_grow_with_the_number_of_steps(self, executed):
        assert executed.recurrent == executed.of_module == 64 * 48 + 48 * 48 + 48
        assert executed.wide == [(64 * t + 1) * 48 for t in (2, 4, 8, 16, 24)]

    def test_the_gradient_of_the_shared_w_is_the_sum_over_the_steps(self, executed):
        assert executed.copies < 1e-6 and executed.first_copy == 0

    def test_the_state_keeps_a_trace_of_one_pulse(self, executed):
        unit_1, unit_2 = executed.echo[0]
        assert 0 < unit_1 < unit_2 < 0.5

    def test_the_view_steps_through_a_gap_and_through_a_mistake(self, executed):
        assert executed.gap_seen == [[1, 0, 0, 1]] * 4 and executed.wrong == 1

    def test_the_wrong_answers_are_on_clips_that_lost_more_frames(self, executed):
        few, usual = executed.frames_of_wrong
        assert usual == pytest.approx(6, abs=0.1) and few < usual - 0.5
        assert 5 < executed.wrong_answers < 0.02 * 8 * 1200

    def test_it_runs_in_time(self, executed):
        assert executed.report.slowest < 60
        assert executed.report.seconds < 180
