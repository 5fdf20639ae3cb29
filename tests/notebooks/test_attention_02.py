"""What the lecture on attention claims holds in the numbers that the notebook computes."""

import pytest
from claims import execute

PROBE = """
CLAIMS = {
    "hand_error": hand_error,
    "gradients": (gradient - by_formula).abs().max().item(),
    "masked": attention_weights(torch.ones(2, 1, 3), mask)[1, 0].tolist(),
    "matched": {k: float(v) for k, v in matched.items()},
    "looked": looked,
    "tests": [len(pairs.test) for pairs in dates.values()],
    "own": list(look(korean, split_words("Friday, July 4, 2031"))[2]),
    "scores": {
        f"{name} {score} {start}": [part.tolist() for part in found.of(score, start)]
        for name, found in kept.items() for score in found.scores for start in found.starts
    },
    "curves": [c.matches.tolist() for c in curves],
    "labels": curves[0].labels,
    "spent": [contest.spent(name) for name in contest.names],
    "parameters": contest.parameters.tolist(),
    "early": [float(part.mean()) for part in contest.score[:, :, 0]],
    "live": [float(live_share), curves[1].about["test_exact"][0]],
    "long": [list(read_number("732406518249137")[0].shape), list(read_number("80091")[2])],
}
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    return execute("attention/02_attention", PROBE, tmp_path_factory)


@pytest.mark.slow
class TestClaims:
    def test_the_context_by_hand_is_the_modules_and_pytorchs(self, executed):
        assert executed.hand_error < 1e-6 and executed.gradients < 1e-6

    def test_padding_gets_no_weight(self, executed):
        assert executed.masked == [0.5, 0.5, 0.0]

    def test_the_largest_weight_lies_on_the_true_word_in_both_languages(self, executed):
        assert set(executed.looked) == {"French", "Korean"} and min(executed.tests) >= 1_000
        assert min(executed.looked.values()) >= 0.9
        assert min(executed.matched.values()) >= 0.95

    def test_a_date_of_the_reader_is_translated(self, executed):
        assert executed.own == ["2031년", "7월", "4일", "금요일", "END"]

    @pytest.mark.parametrize("language", ["French", "Korean"])
    def test_with_the_lectures_start_words_are_right_and_weights_elsewhere(
        self, executed, language
    ):
        exact, share = executed.scores[f"{language} scaled last"]
        assert len(exact) >= 5 and min(exact) > 0.98
        assert max(share) < 0.8

    def test_with_the_lectures_start_additive_scores_are_right_in_french_only(self, executed):
        assert min(executed.scores["French additive last"][1]) > 0.95
        assert max(executed.scores["Korean additive last"][1]) < 0.8

    @pytest.mark.parametrize("language", ["French", "Korean"])
    @pytest.mark.parametrize("score", ["scaled", "additive"])
    def test_with_a_learned_start_every_seed_looks_at_the_true_words(
        self, executed, language, score
    ):
        _, share = executed.scores[f"{language} {score} learned"]
        assert len(share) >= 5 and min(share) >= 0.9

    def test_the_plain_dot_product_is_the_least_reliable_in_korean(self, executed):
        means = {
            score: sum(executed.scores[f"Korean {score} learned"][0]) / 5
            for score in ("dot", "scaled", "additive")
        }
        assert means["dot"] < means["scaled"] - 0.05 and means["dot"] < means["additive"] - 0.05
        assert min(executed.scores["Korean dot learned"][0]) < 0.5

    def test_with_attention_no_length_falls(self, executed):
        without, with_attention = executed.curves
        assert executed.labels[-1] == "28–30" and len(with_attention) >= 3
        assert all(min(seed) >= 0.95 for seed in with_attention)
        assert all(seed[-1] < 0.75 for seed in without)

    def test_attention_had_no_more_time_and_fewer_parameters(self, executed):
        assert executed.spent[1] <= 1.03 * executed.spent[0]
        assert executed.parameters[1] < 0.5 * executed.parameters[0]

    def test_it_learns_in_a_fifth_of_the_time(self, executed):
        assert executed.early[1] > 0.95 > executed.early[0] + 0.3

    def test_the_shipped_weights_give_the_kept_numbers(self, executed):
        now, kept = executed.live
        assert now == pytest.approx(kept, abs=0.005)
        shape, words = executed.long
        assert shape[1] >= 20 and " ".join(words) == "quatre vingt mille quatre vingt onze END"

    def test_it_runs_in_time(self, executed):
        assert executed.report.slowest < 60
        assert executed.report.seconds < 180
