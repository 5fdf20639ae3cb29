"""What the lecture on self-attention claims holds in the numbers it computes."""

import pytest
from claims import execute

PROBE = """
CLAIMS = {
    "weights": weights.tolist(), "output": y.tolist(), "agree": agree,
    "largest": {name: table.mean(axis=1).tolist() for name, table in found.largest.items()},
    "gradient": {name: table.mean(axis=1).tolist() for name, table in found.gradient.items()},
    "deviation": found.deviation["not scaled"].mean(axis=1).tolist(), "widths": found.widths,
    "moved": moved, "same": same, "broken": broken, "mask_error": mask_error,
    "future": {name: each.from_future for name, each in readings.items()},
    "sums": {name: each.sums.tolist() for name, each in readings.items()},
    "both": {str(count): shares.tolist() for count, shares in runs.both.items()},
    "parameters": [runs.parameters[1], runs.parameters[2]],
    "looks": runs.weight[2].tolist(),
    "head_peaks": each_head[:, 1:].argmax(-1).tolist(),
    "far": {name: rows.mean(axis=0).tolist() for name, rows in far.accuracy.items()},
    "far_parameters": far.parameters, "limit": far.limit, "looking": far.looking.tolist(),
    "steps": steps, "lengths": lengths, "twice": twice, "cheaper": cheaper,
    "milliseconds": {kind: (1e3 * costs.median(kind)).tolist() for kind in steps},
    "cost_lengths": costs.lengths,
}
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    return execute("attention/04_self_attention", PROBE, tmp_path_factory)


@pytest.mark.slow
class TestClaims:
    def test_the_three_words_are_worked_out_as_told(self, executed):
        assert executed.weights[2] == pytest.approx([0.05, 0.89, 0.05], abs=0.005)
        assert executed.output[2] == pytest.approx([0.89, 0.95], abs=0.005)
        assert executed.agree < 1e-6

    def test_without_the_root_the_softmax_saturates_as_the_width_grows(self, executed):
        largest, gradient = executed.largest["not scaled"], executed.gradient["not scaled"]
        assert executed.widths[-1] == 1024
        assert largest == sorted(largest) and largest[-1] > 0.93
        assert gradient[-1] < 0.08 and gradient[1:] == sorted(gradient[1:], reverse=True)
        for width, deviation in zip(executed.widths, executed.deviation, strict=True):
            assert deviation == pytest.approx(width**0.5, rel=0.05)

    def test_with_the_root_the_width_changes_nothing(self, executed):
        for table in (executed.largest, executed.gradient):
            assert max(table["scaled"][1:]) - min(table["scaled"][1:]) < 0.03
        assert executed.gradient["scaled"][-1] > 4 * executed.gradient["not scaled"][-1]

    def test_at_a_small_width_the_root_is_no_magic(self, executed):
        place = executed.widths.index(4)
        assert executed.gradient["not scaled"][place] > executed.gradient["scaled"][place]

    def test_self_attention_does_not_know_the_order_until_positions_are_added(self, executed):
        assert executed.moved < 1e-6 and executed.same < 1e-12
        assert executed.broken > 0.05

    def test_the_gradient_from_the_future_is_exactly_zero_with_the_right_mask_only(self, executed):
        assert executed.mask_error < 1e-6
        assert executed.future["right"] == 0.0
        for fault in ("no mask", "after softmax", "transposed", "inverted"):
            assert executed.future[fault] > 0.5

    def test_each_fault_can_be_told_by_its_row_sums(self, executed):
        assert executed.sums["right"] == pytest.approx([1] * 5)
        assert executed.sums["transposed"] == pytest.approx([1] * 5)
        assert min(executed.sums["after softmax"]) < 0.3
        assert executed.sums["inverted"] == pytest.approx([1, 1, 1, 1, 0])

    def test_two_heads_solve_what_one_cannot_with_as_many_parameters(self, executed):
        assert min(executed.both["2"]) > 0.99
        assert max(executed.both["1"]) < 0.95 and len(executed.both["1"]) == 5
        assert executed.parameters[0] == executed.parameters[1]

    def test_on_most_seeds_one_head_answers_one_question_only(self, executed):
        assert sorted(executed.both["1"])[1] < 0.3

    def test_each_of_two_heads_has_a_place_of_its_own(self, executed):
        for heads in executed.looks:
            assert sorted(head.index(max(head)) for head in heads) == [0, 1]
            assert min(max(head) for head in heads) > 0.95
        before, first = list(range(11)), [0] * 11
        assert sorted(executed.head_peaks) == sorted([before, first])

    def test_in_a_picture_self_attention_does_not_care_about_the_distance(self, executed):
        own = executed.far["self-attention"]
        assert min(own) > 0.8 and max(own) - min(own) < 0.08
        assert min(own) > executed.limit - 0.08
        assert min(executed.looking) > 0.9

    def test_two_convolutions_guess_beyond_two_cells(self, executed):
        near, two, three, four = executed.far["convolution"]
        assert near > 0.3 and two > 0.2
        assert max(three, four) < 0.17
        parameters = executed.far_parameters
        assert parameters["convolution"] > 4 * parameters["self-attention"]

    def test_the_global_average_is_between_them_at_every_distance(self, executed):
        for share in executed.far["global average"]:
            assert 0.25 < share < 0.55

    def test_the_path_is_one_for_self_attention_and_grows_for_the_others(self, executed):
        expected = [length - 1 for length in executed.lengths]
        assert executed.steps["RNN"] == executed.steps["convolution"] == expected
        assert executed.steps["self-attention"] == [1] * len(expected)

    def test_the_time_of_self_attention_grows_fastest(self, executed):
        assert 1.5 < executed.twice["RNN"] < 2.7
        assert 3 < executed.twice["self-attention"] < 5.5
        assert executed.twice["convolution"] < 3

    def test_self_attention_is_cheaper_than_the_rnn_when_short_and_dearest_when_long(
        self, executed
    ):
        assert {64, 128} <= set(executed.cheaper) and 2048 not in executed.cheaper
        last = {kind: row[-1] for kind, row in executed.milliseconds.items()}
        assert max(last, key=last.get) == "self-attention"
        assert min(last, key=last.get) == "convolution"

    def test_it_runs_in_time(self, executed):
        assert executed.report.slowest < 60
        assert executed.report.seconds < 180
