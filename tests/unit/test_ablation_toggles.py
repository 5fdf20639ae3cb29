"""AblationToggles shows the measured numbers, and its picture states what it shows."""

import dataclasses

import numpy as np
import pytest

from utils.training.transformer_ablations import EVERY_WAY, SWITCHES, Ablations
from utils.widgets import AblationToggles
from utils.widgets.ablation_toggles.widget import PARTS, ablation_data, shortened


def result():
    """Return made-up measurements of the right shapes: 16 ways, R = 3, E = 2, M = 1."""
    exact = np.random.default_rng(0).random((16, 3, 2))
    answers = tuple(("cent " * (1 + way)).strip() for way in range(16))
    return Ablations(
        np.array(EVERY_WAY),
        np.array([300, 600]),
        exact,
        exact[:, :, -1] / 2,
        np.ones((16, 3)),
        ("one hundred",),
        ("cent",),
        tuple((answer,) for answer in answers),
    )


def test_the_view_holds_the_measured_numbers():
    found = result()
    data = ablation_data(found)
    assert np.array(data["exact"]["mean"]) == pytest.approx(found.exact.mean(axis=1), abs=1e-4)
    assert np.array(data["test"]["low"]) == pytest.approx(found.test.min(axis=1), abs=1e-4)
    assert np.array(data["test"]["high"]) == pytest.approx(found.test.max(axis=1), abs=1e-4)
    assert data["seeds"] == 3
    assert data["answers"][0] == ["cent"]
    assert PARTS == SWITCHES  # the view and the experiment mean the same by a column


def test_the_alt_text_states_the_finding():
    found = result()
    scores = found.test.mean(axis=1)
    view = AblationToggles(found, off=["positions"])
    assert f"without positions: {scores[2]:.0%}" in view.alt
    assert f"{scores[0]:.0%}" in view.alt
    assert view.state["row"] == 2
    assert "without" not in AblationToggles(found).alt
    assert 'data-view="ablation_toggles"' in view.html()


def test_an_answer_without_end_is_cut():
    assert shortened("un deux") == "un deux"
    long = "six cent mille trois cent soixante quinze"
    assert shortened(long) == long
    assert shortened("un " * 30) == "un " * 13 + "…"
    assert len(shortened("soixante " * 30)) <= 42


def test_a_right_answer_is_whole_however_long():
    long = "cent " * 20 + "un"
    found = dataclasses.replace(result(), target=(long,), answers=((long,),) * 16)
    assert ablation_data(found)["answers"][0] == [long]


def test_what_cannot_be_shown_gets_one_sentence():
    found = result()
    with pytest.raises(ValueError, match=r"not trained: \['colour'\]"):
        AblationToggles(found, off=["colour"])
    some = dataclasses.replace(found, on=found.on[:5])
    with pytest.raises(ValueError, match="every way to set the 4 switches, not 5"):
        AblationToggles(some)
    with pytest.raises(ValueError, match="what load_ablations returns, not NoneType"):
        AblationToggles(None)
