"""LengthSlider: what is drawn is what was measured, and parts that do not fit are refused."""

from dataclasses import replace

import numpy as np
import pytest

from utils.training.bottlenecks import Answered
from utils.training.translation import LengthCurve
from utils.widgets.length_slider.widget import LengthSlider, slider_data


@pytest.fixture
def curve() -> LengthCurve:
    matches = np.array([[1.0, 0.5], [0.9, 0.3]])
    return LengthCurve("without", np.array([1, 4]), np.array([3, 6]), matches, np.array([9, 9]))


EXAMPLE = Answered(("two",), ("deux",), (("trois",),))


def test_the_view_holds_mean_range_and_sentences(curve: LengthCurve):
    data = slider_data([curve], [[EXAMPLE], [EXAMPLE]])
    assert data["bins"] == ["1–3", "4–6"]
    assert data["mean"] == [[0.95, 0.4]]
    assert data["low"] == [[0.9, 0.3]] and data["high"] == [[1.0, 0.5]]
    assert data["examples"][0] == [{"source": ["two"], "target": ["deux"], "answers": [["trois"]]}]


def test_the_alt_text_states_the_fall_and_the_longest_is_shown_first(curve: LengthCurve):
    view = LengthSlider([curve], [[EXAMPLE], [EXAMPLE]])
    assert "95% of the sentences are right at 1–3" in view.alt and "40% at 4–6" in view.alt
    assert view.state["selected"] == 1


@pytest.mark.parametrize(
    ("curves", "examples", "told"),
    [
        (0, [], "one to three curves, not 0"),
        (4, [[EXAMPLE], [EXAMPLE]], "one to three curves, not 4"),
        (1, [[EXAMPLE], []], "each of the 2 bins"),
        (1, [[EXAMPLE]], "each of the 2 bins"),
        (2, [[EXAMPLE], [EXAMPLE]], "each of the 2 curves, not 1"),
    ],
)
def test_parts_that_do_not_fit_are_refused(curve, curves: int, examples: list, told: str):
    with pytest.raises(ValueError, match=told):
        slider_data([curve] * curves, examples)


def test_curves_with_other_bins_are_refused(curve: LengthCurve):
    other = replace(curve, last=np.array([3, 7]))
    both = replace(EXAMPLE, answers=(("deux",), ("deux",)))
    with pytest.raises(ValueError, match="the same bins"):
        slider_data([curve, other], [[both], [both]])
