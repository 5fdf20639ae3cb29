"""EarlyStopping shows what replay decided, and its pictures state what they show."""

import dataclasses

import numpy as np
import pytest

from utils.plots import training_02 as plots
from utils.training.early_stopping import replay
from utils.training.overfitting import Curves
from utils.widgets import EarlyStopping, decode
from utils.widgets.early_stopping.widget import replay_data


def curves(wrong=0.3, seeds=3, evaluations=30, falls=0.2):
    """Return made-up curves: accuracy rises to evaluation 8, then falls."""
    generator = np.random.default_rng(0)
    at = np.arange(evaluations)
    rise = np.minimum(at, 8) / 8
    fall = np.maximum(at - 8, 0) / (evaluations - 9)
    val = 0.5 + 0.3 * rise - falls * fall + generator.normal(0, 0.01, (seeds, evaluations))
    train = np.tile(0.4 + 0.6 * at / evaluations, (seeds, 1))
    right = generator.random((seeds, evaluations, 40)) < val[:, :, None]
    return Curves(
        wrong,
        10 * (at + 1),
        2 - train,
        train,
        2 - val,
        val,
        val - 0.02,
        train / 2,
        1 - train,
        right,
    )


def test_every_patience_shows_what_replay_decides_on_the_exact_values():
    runs = [curves(0.0, falls=0.0), curves()]
    data = replay_data(runs, seeds=2)
    for condition, one in enumerate(runs):
        for seed in range(2):
            row = 2 * condition + seed
            for patience in (1, 4, 20):
                stop = replay(one.val_accuracy[seed], patience)
                assert data["bestAt"][row][patience - 1] == stop.best_at
                assert data["stopAt"][row][patience - 1] == stop.stop_at
                assert data["stopped"][row][patience - 1] == stop.stopped
                test = one.test_accuracy[seed, stop.best_at]
                assert data["kept"][row][patience - 1] == pytest.approx(test, abs=1e-4)
            assert decode(data["valAccuracy"])[row] == pytest.approx(
                one.val_accuracy[seed], abs=0.003
            )


def test_the_alt_text_states_the_stop_the_kept_step_and_both_test_results():
    runs = curves()
    stop = replay(runs.val_accuracy[1], 5)
    view = EarlyStopping(runs, patience=5, seed=1)
    assert f"stops at step {10 * (stop.stop_at + 1)}" in view.alt
    assert f"step {10 * (stop.best_at + 1)} are kept" in view.alt
    assert f"{runs.test_accuracy[1, -1]:.3f} for the last" in view.alt
    assert 'data-view="early_stopping"' in view.html()


def test_curves_that_cannot_be_shown_get_one_sentence():
    good = curves()
    with pytest.raises(ValueError, match="at least one run"):
        EarlyStopping()
    with pytest.raises(ValueError, match="same steps"):
        EarlyStopping(good, curves(evaluations=20))
    lost = dataclasses.replace(good, val_accuracy=np.full_like(good.val_accuracy, np.nan))
    with pytest.raises(ValueError, match="without any validation value"):
        EarlyStopping(lost)


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ({"patience": 0}, "whole number of at least 1, not 0"),
        ({"patience": 2.5}, "whole number of at least 1, not 2.5"),
        ({"patience": 21}, "a patience from 1 to 20, not 21"),
        ({"seed": -1}, "a seed from 0 to"),
        ({"condition": 1}, "a condition from -1 to 0, not 1"),
    ],
)
def test_a_start_out_of_range_gets_one_sentence(start, words):
    with pytest.raises(ValueError, match=words):
        EarlyStopping(curves(), **start)


def test_pictures_state_their_finding():
    one = curves()
    peak = one.eval_steps[one.val_accuracy.mean(axis=0).argmax()]
    assert f"highest at step {peak}" in plots.overfitting(one).alt
    assert "after evaluation 4 and keeps the weights of evaluation 2" in (
        plots.patience_steps([0.5, 0.7, 0.6, 0.6, 0.9], 2).alt
    )
    assert "30 % watch accuracy: +" in plots.gains([curves(0.0, falls=0.0), one], 5).alt
