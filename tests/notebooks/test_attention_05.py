"""What the lecture on the Transformer claims holds in the numbers the notebook computes."""

import pytest
from claims import execute

PROBE = """
CLAIMS = {
    "errors": [hand_error, torch_error, decoder_error, writing.differs],
    "rows": [changed_rows(mix), changed_rows(mlp)],
    "leak": leak.tolist(),
    "ratio": float(ratio),
    "spread": stacks.spread[:, -1].mean(axis=1).tolist(),
    "gradient": stacks.gradient[:, -1].mean(axis=1).tolist(),
    "norms": {n: e.mean(axis=1).tolist() for n, e in zip(norms.names, norms.exact, strict=True)},
    "live": float(live_exact),
    "own": " ".join(translator(spell(804))),
    "shipped": " ".join(written),
    "looks": list(looks.shape),
    "peaks": [source[place] for place in looks[-1, 2].argmax(dim=1).tolist()],
    "words": dict(zip(translating.names, translating.about["test"], strict=True)),
    "code": dict(zip(coding.names, coding.about["test"], strict=True)),
    "sizes": [translating.parameters.tolist(), coding.parameters.tolist()],
    "seconds": [[r.spent(n) for n in r.names] for r in (translating, coding)],
    "curves": [r.score.mean(axis=1).tolist() for r in (translating, coding)],
    "parts": {name: scores.tolist() for name, scores in without_part.items()},
    "whole": ablations.test[ablations.row()].tolist(),
    "blind": list(blind),
    "never": float(ablations.test[~ablations.on[:, 0]].max()),
}
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    return execute("attention/05_transformer", PROBE, tmp_path_factory)


def mean(scores):
    return sum(scores) / len(scores)


@pytest.mark.slow
class TestClaims:
    def test_blocks_equal_the_work_by_hand_and_pytorch(self, executed):
        by_hand, encoder, decoder, stepped = executed.errors
        assert by_hand < 1e-5 and max(encoder, decoder) < 1e-12 and stepped < 1e-4

    def test_only_attention_lets_words_exchange_anything(self, executed):
        assert executed.rows == [[True, True, True], [False, False, True]]

    def test_no_place_sees_the_future(self, executed):
        *earlier, last = executed.leak
        assert set(earlier) == {0.0} and last > 0

    def test_writing_takes_many_times_longer_than_one_pass(self, executed):
        assert executed.ratio > 4

    def test_without_residuals_all_words_become_alike_and_the_gradient_needs_one_of_both(
        self, executed
    ):
        whole, no_residual, neither = executed.spread
        assert whole > 0.1 and max(no_residual, neither) < 1e-10
        assert executed.gradient[0] > 0.3 and executed.gradient[2] < 1e-15

    def test_a_transformer_is_trained_in_front_of_the_reader(self, executed):
        assert executed.live > 0.85
        assert executed.own == "huit cent quatre"

    def test_the_shipped_one_translates_and_its_heads_look_at_every_word(self, executed):
        wanted = "cinq cent quatre vingt trois mille deux cent quatorze END"
        assert executed.shipped == wanted
        assert executed.looks == [2, 4, 10, 10]

    def test_the_races_are_fair_in_size_and_time(self, executed):
        for sizes, seconds in zip(executed.sizes, executed.seconds, strict=True):
            assert max(sizes) < 1.03 * min(sizes)
            assert max(seconds) < 1.2 * min(seconds)

    def test_both_translate_nearly_all_and_the_recurrent_network_learns_faster(self, executed):
        assert min(min(scores) for scores in executed.words.values()) > 0.98
        recurrent, transformer = executed.curves[0]
        assert recurrent[1] > transformer[1] + 0.1 and recurrent[0] > transformer[0] + 0.3

    def test_on_code_the_lstm_needs_fewer_bits_with_every_seed(self, executed):
        assert len(executed.code["LSTM"]) == len(executed.code["Transformer"]) == 3
        assert max(executed.code["LSTM"]) < min(executed.code["Transformer"]) - 0.1
        assert max(executed.code["Transformer"]) < 2.5

    def test_the_best_head_is_nearly_an_alignment(self, executed):
        assert executed.peaks[:5] == ["five", "and", "eighty", "eighty", "three"]

    def test_every_part_is_judged_by_three_seeds(self, executed):
        assert all(len(scores) == 3 for scores in (*executed.parts.values(), executed.whole))
        assert mean(executed.whole) > 0.9

    def test_residuals_cannot_go_and_positions_cost_half(self, executed):
        assert executed.never < 0.01
        assert max(executed.parts["positions"]) < 0.6 < min(executed.whole)
        assert executed.blind[0] == executed.blind[1]

    def test_pre_norm_bears_a_learning_rate_that_the_others_do_not(self, executed):
        at_best, at_high = ({n: e[i] for n, e in executed.norms.items()} for i in (1, 2))
        assert min(at_best.values()) > 0.85
        assert at_high["pre"] > 0.8 > at_high["none"] and at_high["none"] > at_high["post"]

    def test_norm_and_heads_cost_little_at_this_size(self, executed):
        for part in ("norm", "heads"):
            assert abs(mean(executed.whole) - mean(executed.parts[part])) < 0.04

    def test_it_runs_in_the_time_it_promises(self, executed):
        assert executed.report.slowest < 60
        assert executed.report.seconds < 180
