"""What the lecture on image captioning claims holds in the numbers it computes."""

import pytest
from claims import execute

PROBE = """
import numpy as np
def least_sure(rows):
    steps = [caption_steps(model, test.pixels[row : row + 1]) for row in rows]
    return float(np.median([min(chance[0] for chance in one.chances) for one in steps]))
right = np.flatnonzero(found.exact)[:30].tolist()
CLAIMS = ({
    "step_error": step_error, "every": every, "first": first,
    "early": early.exact.mean(), "losses": [losses[0], losses[-20:].mean()],
    "exact": found.exact.mean(), "placed": found.placed.mean(), "named": found.named.mean(),
    "by_count": [found.exact[test.counts.numpy() == n].mean() for n in (1, 2, 3)],
    "seeds": about["test_exact"], "greedy": caption[:-1], "true": list(test.sentence(2)),
    "gains": gains, "kinds": kinds, "mistakes": len(found.mistakes),
    "rise": {name: (each.score[-1] - each.score[0]).mean() for name, each in searched.items()},
    "near": found.exact[smallest < 8].mean(), "far": found.exact[smallest >= 15].mean(),
    "order": middle.tolist(), "unsure": [least_sure(found.mistakes.tolist()), least_sure(right)],
    "told": plots.spelled(told, VOCABULARY),
})
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    probe = PROBE.replace("CLAIMS = (", "CLAIMS = _plain(")
    plain = """
def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.item() if hasattr(value, "item") else value
"""
    return execute("recurrent/07_image_captioning", plain + probe, tmp_path_factory)


@pytest.mark.slow
class TestClaims:
    def test_the_image_is_a_bias_of_its_own(self, executed):
        assert executed.step_error < 1e-6

    def test_an_image_seen_once_is_not_learned_in_the_same_time(self, executed):
        assert executed.every > 0.5 > 0.1 > executed.first

    def test_the_small_one_learns_in_front_of_the_reader(self, executed):
        assert executed.losses[1] < 0.5 < 2 < executed.losses[0]
        assert 0.3 < executed.early < 0.95

    def test_held_out_captions_are_exact_and_objects_named(self, executed):
        assert executed.exact >= 0.95 and min(executed.seeds) >= 0.95
        assert executed.placed >= 0.98 and executed.named >= 0.98
        assert min(executed.by_count) >= 0.9

    def test_the_greedy_loop_writes_the_true_caption(self, executed):
        assert executed.greedy == executed.true

    def test_a_beam_finds_better_scores_and_hardly_better_captions(self, executed):
        assert all(rise >= -1e-6 for rise in executed.rise.values())
        assert all(abs(gain) < 0.05 for gain in executed.gains.values())

    def test_failures_are_shown_and_most_stand_where_middles_are_close(self, executed):
        assert 4 <= executed.mistakes == sum(executed.kinds.values())
        assert executed.near < executed.far and executed.far > 0.98
        assert executed.unsure[0] < executed.unsure[1]

    def test_the_order_has_a_soft_edge(self, executed):
        assert executed.order[0] < 0.2 and executed.order[-1] > 0.8
        assert all(0 <= value <= 1 for value in executed.order)

    def test_outside_its_data_it_writes_fluent_sentences(self, executed):
        four, upon, tiny, same = executed.told
        assert four.count("and") < 3 and "star" not in upon
        assert "cat" not in tiny and same == "a ball and a ball"

    def test_it_runs_in_time(self, executed):
        assert executed.report.seconds < 180 and executed.report.slowest < 60
