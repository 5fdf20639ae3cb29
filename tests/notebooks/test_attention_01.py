"""What the lecture on the bottleneck claims holds in the numbers that the notebook computes."""

import pytest
from claims import execute

PROBE = """
CLAIMS = {
    "handed": [state.size for state in states.values()],
    "lengths": list(states),
    "curve": curve.matches.tolist(),
    "labels": curve.labels,
    "live": [float(live_share), curve.about["test_exact"][0]],
    "arithmetic": [float(expected), float(falls_to)],
    "words": words_right.tolist(),
    "probe": {
        "recent": float(probe.last[recent].mean()), "old": float(probe.last[old].mean()),
        "guess": float(probe.guess[old].mean()), "own": float(probe.own.min()),
        "sentences": probe.sentences,
    },
    "places": shares.tolist(),
    "small": [found.matches.tolist() for found in by_size],
    "reversed": turned.matches[0].tolist(),
    "full": {name: kept.curve(name).matches.mean(axis=0).tolist() for name in kept.names},
}
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    return execute("attention/01_the_bottleneck", PROBE, tmp_path_factory)


@pytest.mark.slow
class TestClaims:
    def test_the_state_has_one_size_for_every_source(self, executed):
        assert executed.handed == [384, 384, 384]
        assert executed.lengths[0] == 1 and executed.lengths[-1] >= 25

    def test_exact_match_falls_with_the_length_of_the_source(self, executed):
        assert executed.labels[-1] == "28–30" and len(executed.curve) >= 3
        for seed in executed.curve:
            assert min(seed[:3]) > 0.97 and seed[0] > seed[5] > seed[9] and seed[-1] < 0.7

    def test_the_shipped_weights_give_the_kept_numbers(self, executed):
        now, kept = executed.live
        assert now == pytest.approx(kept, abs=0.01)

    def test_arithmetic_explains_only_a_part(self, executed):
        expected, measured = executed.arithmetic
        assert expected > measured + 0.2 and expected < 0.99
        assert executed.words[-1] < executed.words[2] - 0.01

    def test_a_linear_probe_names_the_last_words_and_few_old_ones(self, executed):
        probe = executed.probe
        assert probe["sentences"] >= 500
        assert probe["recent"] > 0.9 and probe["old"] < 0.5
        assert probe["guess"] < probe["old"] < probe["recent"] - 0.4

    def test_from_its_own_state_every_word_is_named(self, executed):
        assert executed.probe["own"] > 0.97

    def test_mistakes_are_in_the_middle(self, executed):
        shares = executed.places
        assert shares[0] > 0.99 and min(shares[3:8]) < shares[0] - 0.015
        assert shares[-1] > min(shares[3:8]) + 0.01

    def test_more_units_move_the_fall_to_longer_sentences(self, executed):
        means = [[sum(b) / len(b) for b in zip(*seeds, strict=True)] for seeds in executed.small]
        assert all(len(seeds) >= 3 for seeds in executed.small)
        assert all(mean[0] > mean[-1] + 0.3 for mean in means)
        assert means[2][2] > means[1][2] + 0.05 > means[0][2] + 0.1

    def test_reading_from_the_end_helps_every_seed_and_still_falls(self, executed):
        for plain, turned in zip(executed.small[1], executed.reversed, strict=True):
            assert sum(turned[2:]) > sum(plain[2:]) + 0.1
            assert turned[0] > turned[-1] + 0.2

    def test_at_full_size_more_units_help_and_reading_from_the_end_helps_most(self, executed):
        long = {name: sum(shares[5:]) / 5 for name, shares in executed.full.items()}
        assert long["96 units"] < long["192 units"] - 0.05 < long["384 units"] - 0.1
        assert long["192 units, reversed"] > long["384 units"] + 0.05
        assert long["192 units, GRU"] < long["192 units"]
        assert all(shares[0] > shares[-1] + 0.5 for shares in executed.full.values())

    def test_it_runs_in_time(self, executed):
        assert executed.report.slowest < 60
        assert executed.report.seconds < 180
