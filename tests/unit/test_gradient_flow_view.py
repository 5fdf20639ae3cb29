"""The view of gradients through time carries what was measured, and refuses what does not fit."""

import numpy as np
import pytest

from utils.training.gradient_flow import gradient_flow
from utils.widgets import GradientFlow
from utils.widgets.gradient_flow.widget import flow_data

VALUES = (0.5, 1.0, 1.5)


def test_the_data_are_powers_of_ten_relative_to_the_last_step():
    flow = gradient_flow(VALUES, cell="linear")
    data = flow_data([flow])
    np.testing.assert_allclose(data["mid"][0], np.log10(flow.theory), atol=0.006)
    assert data["low"] == data["mid"] == data["high"]


def test_the_band_holds_the_median_and_every_draw():
    flow = gradient_flow(VALUES, cell="tanh")
    data = flow_data([flow])
    assert (np.array(data["low"]) <= data["mid"]).all()
    assert (np.array(data["mid"]) <= data["high"]).all()
    relative = np.log10(flow.hidden / flow.hidden[..., -1:])
    assert (relative >= np.array(data["low"][0])[:, None] - 0.006).all()


def test_the_view_begins_at_the_value_nearest_to_the_one_asked_for():
    view = GradientFlow([gradient_flow(VALUES, cell="tanh")], selected=1.1)
    assert view.state["selected"] == 1
    assert "tanh RNN" in view.alt and "10^" in view.alt


@pytest.mark.parametrize(
    ("flows", "words"),
    [
        ([], "at least one measured cell"),
        ([gradient_flow(VALUES, steps=1)], "at least 2 time steps"),
        ([gradient_flow(VALUES), gradient_flow((0.5,), cell="lstm")], "same singular values"),
        ([gradient_flow(VALUES), gradient_flow(VALUES)], "may stand in the view once"),
    ],
)
def test_flows_that_do_not_fit_are_refused(flows, words):
    with pytest.raises(ValueError, match=words):
        GradientFlow(flows)
