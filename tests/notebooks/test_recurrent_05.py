"""What the lecture on gradient flow claims holds in the numbers it computes."""

import pytest
from claims import execute

PROBE = """
import numpy as np
def at_first(found):
    middles = np.median(found.hidden[..., 0], axis=1).tolist()
    return dict(zip((round(value, 3) for value in values), middles))
back = torch.ones(2)
for later in [*states[1:], h][::-1]:
    back = (back * (1 - later**2)) @ Wh.T
CLAIMS = ({
    "error": theory_error.item(), "clip_error": clip_error,
    "by_hand": (back - autograd[0]).abs().max().item(),
    "linear": at_first(linear), "tanh": at_first(tanh), "lstm": at_first(lstm),
    "gaussian": gaussian.hidden[-1, :, 0].tolist(), "steps": linear.hidden.shape[-1],
    "bound": float((gaussian.hidden / gaussian.theory[:, None]).max()),
    "tanh_bound": float((tanh.hidden / tanh.theory[:, None]).max()),
    "brakes": brakes,
    "eigen": {name: torch.linalg.eigvals(Wh).abs().max().item() for name, Wh in weights.items()},
    "kept": kept,
    "longest": {each.cell: each.longest.tolist() for each in recalls},
    "accuracy": {each.cell: each.accuracy.mean(axis=1).tolist() for each in recalls},
    "solved": runs.solved.tolist(), "rates": runs.learning_rates,
    "largest": [None if limit == float("inf") else limit for limit in runs.largest],
    "norm": runs.norm[free].max().item(), "first": runs.norm[free][:, 0].max().item(),
    "sigma": [float(np.median(runs.singular_value[place])) for place in (free, kept_norm)],
    "clipped": runs.clipped.mean(axis=-1).tolist(),
    "means": [batches.mean().item(), torch.stack(clipped).mean().item()],
})
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    return execute("recurrent/05_gradient_flow", PROBE, tmp_path_factory)


def middle(values):
    return sorted(values)[len(values) // 2]


@pytest.mark.slow
class TestClaims:
    def test_equal_singular_values_follow_the_theory_line_exactly(self, executed):
        assert executed.steps == 50
        assert executed.error < 1e-9 and executed.by_hand < 1e-6
        for value in ("0.5", "1.0", "1.5"):
            assert executed.linear[value] == pytest.approx(float(value) ** 49, rel=1e-9)

    def test_the_theory_is_a_bound_and_the_tanh_rnn_does_not_explode(self, executed):
        assert executed.tanh_bound < 1 + 1e-9 and executed.bound < 1 + 1e-9
        assert executed.tanh["0.5"] < 1e-14 and executed.tanh["1.0"] < 1e-2
        assert 0.01 < executed.tanh["1.5"] < 100 < executed.linear["1.5"]

    def test_the_slope_of_tanh_explains_where_it_stands(self, executed):
        assert set(executed.brakes) == {"0.5", "1.0", "1.25", "1.5"}
        for value, brake in executed.brakes.items():
            assert 0.2 < brake**49 / executed.tanh[value] < 5
        assert executed.brakes["1.5"] == pytest.approx(1, abs=0.06)

    def test_a_gaussian_matrix_vanishes_although_its_largest_value_is_above_one(self, executed):
        assert max(executed.gaussian) < 0.1
        assert executed.eigen["Orthogonal"] == pytest.approx(1.5, rel=1e-6)
        assert executed.eigen["Gaussian"] < 1

    def test_an_open_forget_gate_keeps_the_gradient_and_a_half_open_one_loses_it(self, executed):
        shares = [executed.kept[f"bias {bias}"] for bias in (0, 1, 2, 4)]
        assert shares == sorted(shares)
        assert shares[0] < 1e-6 and shares[0] > 0.5**49
        assert 1e-3 < shares[1] < 0.1 < shares[2]
        assert executed.lstm["0.5"] > 1e6 * executed.tanh["0.5"]

    def test_the_orthogonal_rnn_solves_the_longest_delay(self, executed):
        reached = {cell: middle(longest) for cell, longest in executed.longest.items()}
        assert reached["RNN, orthogonal"] >= 20 and min(executed.longest["RNN, orthogonal"]) >= 20
        for cell in ("RNN", "LSTM", "LSTM, forget bias 1", "GRU"):
            assert 5 <= reached[cell] <= 20
            assert reached[cell] < reached["RNN, orthogonal"]

    def test_a_forget_bias_of_one_carries_the_lstm_further(self, executed):
        plain, open_gate = executed.accuracy["LSTM"], executed.accuracy["LSTM, forget bias 1"]
        assert min(executed.longest["LSTM, forget bias 1"]) >= 10
        assert middle(executed.longest["LSTM"]) <= middle(executed.longest["RNN"])
        assert open_gate[2] > plain[2] + 0.15

    def test_clipping_saves_the_runs_that_explode(self, executed):
        assert executed.clip_error < 1e-6
        free, kept = self.count(executed, 1.0, None), self.count(executed, 1.0, 0.3)
        assert free <= 1 and kept >= 7
        assert executed.first < 1 and executed.norm > 100
        assert executed.sigma[0] > 10 > 4 > executed.sigma[1]

    def test_clipping_costs_a_run_that_did_not_need_it(self, executed):
        assert self.count(executed, 0.03, None) >= 7
        assert self.count(executed, 0.03, 0.1) <= 1
        assert executed.clipped[0][-1] > 0.95

    def test_the_average_of_clipped_gradients_can_turn_round(self, executed):
        assert executed.means[0] == -1 and executed.means[1] == pytest.approx(1 / 3, abs=1e-4)

    def test_it_runs_in_time(self, executed):
        assert executed.report.slowest < 60
        assert executed.report.seconds < 180

    @staticmethod
    def count(executed, rate, largest):
        row, column = executed.rates.index(rate), executed.largest.index(largest)
        return executed.solved[row][column]
