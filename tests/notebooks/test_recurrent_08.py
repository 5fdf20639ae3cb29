"""What the lecture on sequence to sequence claims holds in the numbers the notebook computes."""

import pytest
from claims import execute

PROBE = """
CLAIMS = {
    "matches": {"fr": float(date_match), "ko": float(korean_match)},
    "tests": [len(dates.test), len(korean_dates.test)],
    "overlap": len(
        {tuple(row) for row in dates.train.target.tolist()}
        & {tuple(row) for row in dates.test.target.tolist()}
    ),
    "reordered": [" ".join(row[-1]) for row in rows_of_dates],
    "own": [" ".join(t(split_words("Friday, July 4, 2031"))) for t in (translator, korean)],
    "by_hand": abs(loss.item() - sentence_loss(logits, tiny.outputs).item()),
    "ways": {n: t.tolist() for n, t in zip(ways.names, ways.test, strict=True)},
    "early": {n: float(e[:, 3].mean()) for n, e in zip(ways.names, ways.exact, strict=True)},
    "longer": float(exact_matches(longer.model, dates.test).mean()),
    "curve": curve.matches.tolist(),
    "labels": curve.labels,
    "words": words.tolist(),
    "live": [float(right.mean()), float(longest.mean())],
    "kept": curve.about["test_exact"][0],
    "wrong": [wrong, disordered, len(kinds.swaps)],
    "behind": [
        float(np.average(v, weights=behind.words)) for v in (behind.truth, behind.own)
    ],
    "feeding": {c.name: c.matches.mean(axis=0).tolist() for c in feeding},
}
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    return execute("recurrent/08_sequence_to_sequence", PROBE, tmp_path_factory)


@pytest.mark.slow
class TestClaims:
    def test_held_out_dates_are_translated_into_both_languages(self, executed):
        assert min(executed.tests) >= 1_000 and executed.overlap == 0
        assert min(executed.matches.values()) >= 0.98

    def test_a_date_of_the_reader_is_translated(self, executed):
        assert executed.own == ["vendredi 4 juillet 2031", "2031년 7월 4일 금요일"]

    def test_korean_turns_a_british_date_round(self, executed):
        assert executed.reordered[0] == "2035 December 14 Friday"

    def test_the_loops_by_hand_equal_the_modules(self, executed):
        assert executed.by_hand < 1e-6

    def test_teacher_forcing_learns_in_fewer_updates(self, executed):
        ways = {name: sum(runs) / len(runs) for name, runs in executed.ways.items()}
        assert all(len(runs) >= 5 for runs in executed.ways.values())
        assert ways["true words"] > ways["own words"] + 0.02
        assert executed.early["true words"] > executed.early["own words"] + 0.05

    def test_weights_of_their_own_are_worth_more_than_fewer_weights(self, executed):
        ways = {name: sum(runs) / len(runs) for name, runs in executed.ways.items()}
        assert ways["true words"] > ways["shared weights"] + 0.1
        assert executed.longer > 0.9

    def test_exact_match_falls_with_the_length_of_the_source(self, executed):
        assert executed.labels[0] == "1–3" and executed.labels[-1] == "28–30"
        for seed in executed.curve:
            assert min(seed[:3]) > 0.97 and seed[-1] < 0.7
            assert seed[0] > seed[5] > seed[9]

    def test_words_fall_much_less_than_sentences(self, executed):
        assert executed.words[-1] > 0.97 and executed.words[-1] < executed.words[0]

    def test_the_shipped_weights_give_the_kept_numbers(self, executed):
        assert executed.live[0] == pytest.approx(executed.kept, abs=0.01)
        assert executed.live[1] < 0.7

    def test_many_long_failures_are_words_in_another_order(self, executed):
        wrong, disordered, swapped = executed.wrong
        assert wrong > 100 and disordered > 0.2 * wrong and swapped > 0.5 * disordered

    def test_one_mistake_brings_others_where_the_decoder_reads_its_own_words(self, executed):
        truth, own = executed.behind
        assert truth > 0.95 and own < 0.65

    def test_on_long_sentences_own_words_are_far_behind(self, executed):
        true, own = executed.feeding["true words"], executed.feeding["own words"]
        assert all(a > b for a, b in zip(true[3:], own[3:], strict=True))
        assert max(a - b for a, b in zip(true, own, strict=True)) > 0.2

    def test_it_runs_in_time(self, executed):
        assert executed.report.slowest < 60
        assert executed.report.seconds < 180
