"""What the lecture on truncated backpropagation claims holds in the numbers it computes."""

import pytest
from claims import execute

PROBE = """
import numpy as np
CLAIMS = ({
    "lengths": memory.lengths.tolist(), "measured": memory.measured.tolist(),
    "a_step": memory.a_step, "slope": slope, "tiny": saved.bytes,
    "by_hand": by_hand, "full": full,
    "cut": [None if g is None else g.item() for g in cut],
    "same_state": [h.item(), states[-1]], "classic": classic,
    "bytes": {name: rows.tolist() for name, rows in without.bytes.items()},
    "seconds": {name: rows.tolist() for name, rows in without.seconds.items()},
    "norms": reaches.norms.tolist(),
    "characters": comparison.characters.tolist(),
    "curves": {name: rows.tolist() for name, rows in comparison.curves.items()},
    "final": {name: rows.tolist() for name, rows in comparison.final.items()},
    "held_out": not set(source.train.names) & set(source.validation.names),
})
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    return execute("recurrent/03_truncated_bptt", PROBE, tmp_path_factory)


def mean(values):
    return sum(values) / len(values)


@pytest.mark.slow
class TestClaims:
    def test_saved_activations_grow_in_a_line_with_the_slope_by_hand(self, executed):
        assert executed.lengths == [8, 16, 32, 64, 128, 256]
        assert executed.a_step == 32_384
        assert executed.slope == pytest.approx(executed.a_step, rel=1e-6)
        over = {
            m - executed.a_step * n
            for n, m in zip(executed.lengths, executed.measured, strict=True)
        }
        assert over == {260}
        assert executed.tiny == 20

    def test_the_factors_of_the_chain_are_autograds_gradients_and_the_cut_ends_them(self, executed):
        assert executed.by_hand == pytest.approx(executed.full, abs=1e-6)
        assert executed.cut[:2] == [None, None]
        assert executed.cut[2:] == pytest.approx(executed.full[2:], abs=1e-7)
        assert executed.same_state[0] == executed.same_state[1]

    def test_the_gradient_is_exactly_zero_beyond_the_cut_and_not_inside(self, executed):
        full = executed.norms[-1]
        for length, models in zip(executed.lengths, executed.norms, strict=True):
            for norms, whole in zip(models, full, strict=True):
                assert all(value == 0 for value in norms[:-length])
                assert all(value > 0 for value in norms[-length:])
                assert norms[-length:] == pytest.approx(whole[-length:], rel=1e-3, abs=1e-9)

    def test_the_full_gradient_is_small_beyond_32_steps(self, executed):
        for norms in executed.norms[-1]:
            assert norms[-33] < 1e-3 * norms[-1]

    def test_forgetting_detach_raises_the_classic_error_or_grows_with_every_chunk(self, executed):
        assert "backward through the graph a second time" in executed.classic
        kept, grows = executed.bytes["detach"], executed.bytes["no detach"]
        assert kept[-1] < 1.05 * kept[0] and grows[-1] > 7.5 * grows[0]
        assert executed.seconds["no detach"][-1] > 3 * executed.seconds["detach"][-1]

    def test_every_run_learned_on_equal_characters_over_three_seeds(self, executed):
        assert executed.held_out
        for rows in executed.curves.values():
            assert len(rows) == 6 and {len(seeds) for seeds in rows} == {3}
            for seeds in rows:
                assert all(curve[-1] < curve[0] - 0.1 for curve in seeds)

    def test_the_longest_chunk_does_not_win_at_equal_characters_and_updates(self, executed):
        ends = [mean(seeds) for seeds in executed.final["carried"]]
        assert min(ends[:2]) < ends[-1] - 0.01

    def test_carrying_gains_most_with_short_chunks(self, executed):
        carried, reset = executed.final["carried"], executed.final["reset"]
        gains = [mean(b) - mean(a) for a, b in zip(carried, reset, strict=True)]
        assert gains[0] > 0.02 and gains[0] > 2 * gains[-1]
        assert abs(gains[-1]) < 0.025

    def test_most_of_the_gain_is_in_reading(self, executed):
        own, read_on = (mean(executed.final[name][0]) for name in ("reset", "reset, read on"))
        carried = mean(executed.final["carried"][0])
        assert own - read_on > 0.02
        assert abs(read_on - carried) < own - carried + 0.02

    def test_it_runs_in_time(self, executed):
        assert executed.report.slowest < 60
        assert executed.report.seconds < 180
