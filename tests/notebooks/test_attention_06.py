"""What the lecture on the inside of MiniLM claims holds in the numbers the notebook computes."""

import pytest
from claims import execute

PROBE = """
CLAIMS = {
    "errors": [state_error, weight_error, embed_error, hand_error],
    "compared": [len(sentences), len(reading.weights), reading.weights[0].shape[1]],
    "by_hand": by_hand.argmax(dim=1).tolist(),
    "best": {n: list(found.ranked(n)[0]) for n in found.names},
    "uniform": dict(zip(found.names, found.baseline.tolist(), strict=True)),
    "measured_on": found.sums.shape[0],
    "agreement": found.agreement().tolist(),
    "halves": [[list(found.half(w).ranked(n)[0][:2]) for w in (0, 1)] for n in found.names[:4]],
    "more_than_half": half.tolist(),
    "pairs": [float(cosine[is_pair].min()), float(cosine[others].max())],
    "shares": [float(hits.mean()) for hits in shares.values()],
    "moved": moved.tolist(),
    "tells": [float(rank_correlation(found.of(n).ravel(), moved.ravel())) for n in found.names],
    "previous": [float(moved[previous]), rank],
    "strongest": [int(i) for i in best_worth],
    "named": [list(map(int, one)) for one in named],
    "agree": [float(np.mean(agree)), float(np.mean(sizes)), sum(map(int, first)), len(first)],
}
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    return execute("attention/06_inside_a_pretrained_transformer", PROBE, tmp_path_factory)


@pytest.mark.slow
class TestClaims:
    def test_states_and_weights_equal_the_reference_on_more_than_100_sentences(self, executed):
        assert max(executed.errors) <= 1e-4
        assert executed.compared == [220, 6, 12]

    def test_head_3_of_block_1_looks_at_the_token_before_already_by_hand(self, executed):
        assert executed.by_hand[1:4] == [0, 1, 2]

    def test_patterns_are_found_on_200_sentences_far_above_uniform_attention(self, executed):
        assert executed.measured_on >= 200
        for name, least in (
            ("previous token", 0.95),
            ("next token", 0.5),
            ("separator", 0.7),
            ("same word", 0.3),
        ):
            score = executed.best[name][2]
            assert score > least and score > 4 * executed.uniform[name]
        assert executed.best["previous token"][:2] == [0, 2]

    def test_no_head_is_there_for_the_same_position(self, executed):
        assert executed.best["same position"][2] < 3 * executed.uniform["same position"] < 0.25

    def test_both_halves_of_the_sentences_find_the_same_heads(self, executed):
        assert min(executed.agreement) > 0.95
        assert all(one == other for one, other in executed.halves)

    def test_separators_take_most_of_the_weight_in_more_heads_than_any_other_pattern(
        self, executed
    ):
        previous, following, separator, word, own = executed.more_than_half
        assert separator > 10 > max(previous, following, word, own)

    def test_sentences_of_one_meaning_lie_closer_than_all_others(self, executed):
        closest_pair, other = executed.pairs
        assert closest_pair > 0.5 > other

    def test_the_blocks_add_to_what_the_words_alone_say_of_the_topic(self, executed):
        whole, words = executed.shares
        assert whole > words + 0.1 and words > 4 * 9 / 219

    def test_the_clearest_head_is_not_the_one_that_is_needed_most(self, executed):
        moved, rank = executed.previous
        assert moved < 0.01 and rank > 10
        assert executed.strongest[0] == 5 and executed.strongest not in executed.named

    def test_no_score_tells_well_how_much_a_head_is_needed(self, executed):
        assert len(executed.tells) == 5 and max(map(abs, executed.tells)) < 0.5

    def test_heads_of_the_last_block_move_the_vector_several_times_as_far(self, executed):
        *others, last = (sum(row) / len(row) for row in executed.moved)
        assert last > 4 * max(others)

    def test_attention_is_a_hint_but_seldom_names_the_word_that_matters_most(self, executed):
        attention, length, first, count = executed.agree
        assert attention > length > 0.3
        assert count == 22 and first < count / 2

    def test_it_runs_in_the_time_it_promises(self, executed):
        assert executed.report.slowest < 60
        assert executed.report.seconds < 180
