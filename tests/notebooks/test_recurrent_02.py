"""What the lecture on embeddings and language models claims holds in what the notebook computes."""

import math

import pytest
from claims import execute

PROBE = """
CLAIMS = {
    "outputs": outputs, "gradients": gradients,
    "ratios": [each.ratio for each in sizes.values()],
    "first_loss": first_loss,
    "symbols": len(VOCABULARY),
    "val_loss": history.val_loss.tolist(),
    "test_losses": test_losses,
    "known": known.mean(1).tolist(),
    "repeated": repeated.mean(1).tolist(),
    "real": real_code,
    "texts": [len(set(row)) for row in samples.texts],
    "tops": [float(samples.chances(tau).max()) for tau in taus],
    "agreements": {
        name: [each.share, float(np.percentile(each.chance, 97.5))]
        for name, each in agreements.items()
    },
}
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    return execute("recurrent/02_embeddings_and_language_models", PROBE, tmp_path_factory)


@pytest.mark.slow
class TestClaims:
    def test_product_and_look_up_agree_and_look_up_is_quicker(self, executed):
        assert executed.outputs == 0
        assert executed.gradients < 1e-4
        assert executed.ratios[-1] > 10
        assert executed.ratios[-1] > executed.ratios[0]

    def test_the_first_loss_is_that_of_guessing_and_training_lowers_it(self, executed):
        assert abs(executed.first_loss - math.log(executed.symbols)) < 0.05
        assert executed.val_loss[-1] < 2.2
        assert executed.test_losses[1] < executed.test_losses[0] - 0.3

    def test_a_low_temperature_repeats_and_a_high_one_invents(self, executed):
        assert executed.known[0] > 0.95
        assert executed.known[0] - executed.known[-1] > 0.2
        assert executed.repeated[0] > executed.repeated[-1] + 0.05
        assert executed.repeated[-1] < executed.real[1]

    def test_the_most_likely_character_loses_as_the_temperature_rises(self, executed):
        assert executed.tops == sorted(executed.tops, reverse=True)
        assert executed.tops[0] > 2 * executed.tops[-1]
        assert min(executed.texts[3:]) == 8

    def test_trained_rows_hold_groups_and_fresh_ones_do_not(self, executed):
        for name, (share, chance) in executed.agreements.items():
            assert (share > chance) == (name != "untrained"), name

    def test_it_runs_in_time(self, executed):
        assert executed.report.slowest < 60
        assert executed.report.seconds < 180
