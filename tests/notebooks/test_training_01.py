"""What the lecture on learning rate schedules claims holds in the numbers the notebook computes."""

import nbformat
import pytest
from claims import execute

from utils.publish.files import ROOT

PROBE = """
final = rates_sweep.final_loss()
CLAIMS = ({
    "rates": rates_sweep.rates.tolist(),
    "final": [None if np.isinf(x) else float(x) for x in final],
    "first_loss": float(rates_sweep.loss[~rates_sweep.diverged, 0].mean()),
    "diverged": rates_sweep.diverged.tolist(),
    "low": regions.low.tolist(), "good": regions.good.tolist(),
    "high": regions.high.tolist(), "lost": regions.lost.tolist(),
    "ten_times": outcome,
    "steepest": test.steepest, "turning": test.turning,
    "step_change": stairs.change["step decay"].mean(axis=0).tolist(),
    "constant_change": stairs.change["constant"].mean(axis=0).tolist(),
    "seeds": [len(stairs.loss["constant"]), *comparison.validation.shape[2:]],
    "gain": gain.tolist(), "error": error.tolist(), "names": list(comparison.names),
    "double": comparison.loss_of_double_rate().tolist(),
    "surface_complete": surface.complete,
    "lowest_drawn": plots.rate_sensitivity(comparison).figure.axes[0].get_ylim()[0],
    "lowest_band": float(np.percentile(comparison.validation, 10, axis=2).min()),
})
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    return execute("training/01_learning_rate_schedules", PROBE, tmp_path_factory)


@pytest.mark.slow
class TestClaims:
    def test_there_is_a_rate_above_which_every_run_explodes(self, executed):
        first = executed.lost[0]
        assert all(executed.diverged[first:]) and not any(executed.diverged[:first])

    def test_low_rates_are_slow_and_the_first_loss_is_ln_c(self, executed):
        assert executed.first_loss == pytest.approx(2.303, abs=0.05)
        slow = [executed.final[i] for i in executed.low]
        assert slow[0] > 2 > slow[-1] > executed.final[executed.good[0]]

    def test_ten_times_the_best_rate_learns_almost_nothing_yet_does_not_explode(self, executed):
        assert executed.ten_times == 1

    def test_the_range_test_agrees_with_the_sweep(self, executed):
        good = [executed.rates[i] for i in executed.good]
        assert good[0] / 2 < executed.steepest < good[-1]
        assert good[0] < executed.turning < 4 * good[-1]

    def test_the_loss_falls_at_each_decay_and_not_at_a_constant_rate(self, executed):
        for step, constant in zip(executed.step_change, executed.constant_change, strict=True):
            assert step < 0.93
            assert step < constant - 0.04

    def test_a_schedule_gains_little_over_a_tuned_constant_rate(self, executed):
        assert min(executed.seeds) >= 8
        best = max(range(len(executed.gain)), key=lambda i: executed.gain[i])
        assert 0.002 < executed.gain[best] < 0.02
        assert executed.gain[best] > 2 * executed.error[best]

    def test_schedules_forgive_a_rate_that_is_too_high(self, executed):
        cost = dict(zip(executed.names, executed.double, strict=True))
        assert cost["constant"] > 0.01
        assert all(cost["constant"] > cost[name] + 0.005 for name in cost if name != "constant")

    def test_it_runs_in_time(self, executed):
        assert executed.report.slowest < 60
        assert executed.report.seconds < 180

    def test_the_picture_of_peak_rates_holds_every_band_whole(self, executed):
        assert executed.lowest_drawn < executed.lowest_band


def test_both_forms_that_train_now_are_in_the_notebook():
    cells = nbformat.read(ROOT / "lectures/training/01_learning_rate_schedules.ipynb", 4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    assert "LearningRateSweep.live(digits)" in code and "ScheduleExplorer.live(digits)" in code
