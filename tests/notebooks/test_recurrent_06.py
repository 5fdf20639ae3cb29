"""What the lecture on the LSTM and on depth claims holds in the numbers it computes."""

import pytest
from claims import execute

PROBE = """
import numpy as np
def middle_of(rows):
    return np.median(rows, axis=0).tolist()
def unit(name, where):
    return getattr(trace, name)[0, where, 126].mean().item()
quiet = torch.ones(len(TEXT), dtype=torch.bool)
quiet[quotes] = False
CLAIMS = ({
    "errors": [cell_error, gru_error, stack_error],
    "identity": (trace.f * torch.cat([torch.zeros_like(trace.c[:, :1]), trace.c[:, :-1]], 1)
                 + trace.i * trace.g - trace.c).abs().max().item() / trace.c.abs().max().item(),
    "path": (gradient.abs() - gates.prod(dim=0)).abs().max().item(),
    "half": left,
    "quote_unit": {f"{name} {place}": unit(name, where) for name in ("f", "i")
                   for place, where in (("quotes", quotes), ("inside", inside))},
    "keeps": keeps, "follows": follows, "half_life": half_life.item(),
    "time": {name: middle_of(rows) for name, rows in through_time.items()},
    "layers": {name: middle_of(rows) for name, rows in through_layers.items()},
    "longest": {each.cell: each.longest.tolist() for each in remembered},
    "on_text": text_race.score[:, :, -1].tolist(),
    "live": {kind.name: live.final(kind.name).tolist() for kind in kinds},
    "live_seconds": [live.spent(kind.name) for kind in kinds],
    "sizes": {name: found.parameters.tolist() for name, found in
              (("time", by_time), ("updates", by_updates))},
    "seconds": [by_time.spent(name) for name in by_time.names],
    "steps": by_updates.steps.tolist(),
    "by_time": {name: by_time.final(name).tolist() for name in by_time.names},
    "by_updates": {name: by_updates.final(name).tolist() for name in by_updates.names},
    "test": {key: dict(zip(found.names, found.about["test"])) for key, found in
             (("time", by_time), ("updates", by_updates))},
    "stack": {str(residual): middle_of(stack_gradients(residual)) for residual in (False, True)},
})
"""
ONE, FIVE, RESIDUAL = "LSTM, 1 layer", "LSTM, 5 layers", "LSTM, 5 layers, residual"
DEPTHS = (ONE, "LSTM, 2 layers", "LSTM, 3 layers", FIVE)


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    return execute("recurrent/06_lstm_and_deep_rnns", PROBE, tmp_path_factory)


def mean(values):
    return sum(values) / len(values)


@pytest.mark.slow
class TestClaims:
    def test_cell_gru_and_stack_equal_pytorch(self, executed):
        assert max(executed.errors) < 1e-6 and executed.errors[0] < 1e-12
        assert executed.identity < 1e-6

    def test_the_gradient_along_the_cell_state_is_the_product_of_the_forget_gates(self, executed):
        assert executed.path < 1e-6
        assert executed.half == pytest.approx(2**-10)

    def test_the_quote_unit_overwrites_at_quotes_and_keeps_inside(self, executed):
        gates = executed.quote_unit
        assert gates["f quotes"] < 0.2 < 0.9 < gates["f inside"]
        assert gates["i quotes"] > 0.7 > 0.35 > gates["i inside"]

    def test_some_units_keep_and_some_follow(self, executed):
        assert executed.keeps > 20 and executed.follows > 100
        assert executed.half_life > 100

    def test_both_highways_keep_the_gradient_and_the_plain_ways_lose_it(self, executed):
        assert executed.time["tanh RNN"][0] < 1e-2 < 0.1 < executed.time["LSTM, forget bias 2"][0]
        assert executed.layers["plain"][0] < 1e-9
        assert 1 < executed.layers["residual"][0] < 100

    def test_a_more_open_gate_remembers_longer(self, executed):
        reached = [sorted(executed.longest[cell])[3] for cell in executed.longest]
        assert len(reached) == 4 and reached == sorted(reached)
        assert reached[0] <= 10 and reached[-1] >= 40

    def test_on_code_the_most_open_gate_starts_worst(self, executed):
        scores = [mean(row) for row in executed.on_text]
        assert scores == sorted(scores)
        assert scores[-1] > scores[0] + 0.1

    def test_five_plain_layers_are_far_behind_and_five_residual_ones_are_not(self, executed):
        one, five, residual = (mean(executed.live[name]) for name in (ONE, FIVE, RESIDUAL))
        assert five > one + 0.3 and residual < five - 0.3
        assert max(executed.live_seconds) < 12

    def test_the_races_are_fair(self, executed):
        for sizes in executed.sizes.values():
            assert max(sizes) / min(sizes) < 1.02
        assert max(executed.seconds) / min(executed.seconds) < 1.15
        assert len(set(executed.steps)) == 1

    def test_a_plain_stack_loses_the_gradient_and_a_residual_one_keeps_it(self, executed):
        plain, residual = executed.stack["False"], executed.stack["True"]
        assert plain == sorted(plain) and plain[0] < 1e-2
        assert min(residual) > 0.5

    def test_it_runs_in_time(self, executed):
        assert executed.report.slowest < 60
        assert executed.report.seconds < 180
