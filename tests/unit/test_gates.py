"""Gates shows the numbers of the LSTM that ran; wrong input gets one clear sentence."""

import dataclasses

import numpy as np
import pytest
import torch

from utils.models.recurrent import lstm_trace
from utils.widgets import Gates
from utils.widgets.gates.widget import gates_data, unpacked

TEXT = 'if "</script>":\n\tprint(x) # é\n'
HIDDEN = 9


def run(text=TEXT, hidden=HIDDEN, *, start=0.0, scale=1.0):
    """Return the trace of an LSTM with random weights on random inputs, one a character."""
    generator = torch.Generator().manual_seed(0)
    x, Wx, Wh, b = (
        scale * torch.randn(shape, generator=generator)
        for shape in ((1, len(text), 6), (6, 4 * hidden), (hidden, 4 * hidden), (4 * hidden,))
    )
    state = torch.full((1, hidden), start)
    return lstm_trace(x, torch.zeros(1, hidden), state, Wx, Wh, b)


@pytest.mark.parametrize("start", [0.0, 1.5])
def test_both_equations_hold_to_three_digits_in_the_page(start):
    trace = run(start=start)
    data = gates_data(trace, TEXT, None, 0)
    f, i, g, o, c = (unpacked(data["values"][name]) for name in "figoc")
    assert data["start"] == pytest.approx([start] * HIDDEN, abs=2e-3)
    before = np.concatenate([np.array(data["start"])[:, None], c[:, :-1]], axis=1)
    assert np.abs(f * before + i * g - c).max() < 5e-4
    assert np.abs(o * np.tanh(c) - trace.h[0].T.numpy()).max() < 5e-4


def test_large_cell_states_stay_exact_too():
    trace = run("x" * 300, scale=0.3)
    trace = dataclasses.replace(trace, f=torch.ones_like(trace.f))
    c = (trace.i * trace.g).cumsum(dim=1) + 30
    trace = dataclasses.replace(trace, c=c, h=trace.o * c.tanh())
    data = gates_data(trace, "x" * 300, None, 0)
    gap = np.abs(unpacked(data["values"]["c"]) - c[0].T.numpy()).max()
    assert gap <= 1e-5 * float(c.max() - c.min())


def test_the_text_is_whole_and_cannot_end_the_page_s_script():
    view = Gates(run(), TEXT)
    assert view.state["data"]["text"] == TEXT
    html = view.html()
    assert html.count("</script") == 2  # the ends of the data and of the code
    assert '"</script>' not in html
    assert "\\u003c/script>" in html


def test_half_a_character_is_replaced():
    text = "a\ud800b"
    assert Gates(run(text), text).state["data"]["text"] == "a\ufffdb"


def test_a_wide_layer_shows_the_unit_asked_for_and_the_busiest():
    trace = run(hidden=100)
    cells = np.tanh(trace.c[0].numpy())
    calm = int(cells.std(axis=0).argmin())
    view = Gates(trace, TEXT, unit=calm)
    units = view.state["data"]["units"]
    assert len(units) == 64
    assert units == sorted(units)
    assert units[view.state["row"]] == calm
    assert int(cells.std(axis=0).argmax()) in units
    shown = unpacked(view.state["data"]["values"]["c"])[view.state["row"]]
    assert np.abs(shown - trace.c[0, :, calm].numpy()).max() < 5e-4


def test_chosen_units_stand_in_order_and_a_trace_without_batch_fits():
    trace = run()
    alone = type(trace)(**{name: value[0] for name, value in vars(trace).items()})
    view = Gates(alone, TEXT, unit=2, units=(7, 2))
    assert view.state["data"]["units"] == [2, 7]
    assert view.state["row"] == 0


def test_the_view_opens_where_the_cell_state_changes_most_and_says_what_the_gates_do():
    trace = run()
    view = Gates(trace, TEXT, unit=4)
    cell = np.concatenate([[0.0], trace.c[0, :, 4].numpy()])
    assert view.state["at"] == np.abs(np.diff(np.tanh(cell))).argmax()
    kept = 100 * float(trace.f[0, :, 4].mean())
    flips = int((np.diff(np.sign(cell[1:])) != 0).sum())
    assert "cell state of unit 4 of an LSTM" in view.alt
    assert f"the forget gate keeps {kept:.0f} %" in view.alt
    assert f"changes its sign {flips} times" in view.alt
    assert 'data-view="gates"' in view.html()


def test_a_text_that_does_not_fit_gets_one_sentence():
    for text, words in (("", "not 0"), ("x" * 1001, "at most 1000, not 1001")):
        with pytest.raises(ValueError, match=words):
            Gates(run(), text)
    with pytest.raises(ValueError, match=r"i of shape \(1, T, H\).* T = 3 .* got \(1, 30, 9\)"):
        Gates(run(), "abc")


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("c", lambda c: c.repeat(2, 1, 1), "trace of one text"),
        ("i", lambda i: i[..., :3], r"i of shape"),
        ("g", lambda g: g * torch.nan, "finite numbers in g"),
        ("f", lambda f: f + 1, "f between 0 and 1"),
        ("g", lambda g: g - 2, "g between -1 and 1"),
        ("c", lambda c: c + 0.1, "differ by up to"),
        ("h", lambda h: h.flip(1), "differ by up to"),
    ],
)
def test_a_trace_that_does_not_fit_gets_one_sentence(name, change, words):
    trace = run()
    with pytest.raises(ValueError, match=words):
        Gates(dataclasses.replace(trace, **{name: change(getattr(trace, name))}), TEXT)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"unit": 9}, "no unit 9: the layer's units go from 0 to 8"),
        ({"unit": -1}, "no unit -1"),
        ({"unit": 1.5}, "no unit 1.5"),
        ({"units": (0, 9)}, "no unit 9"),
        ({"units": ()}, "from 1 to 64 different units, not 0"),
        ({"units": (0, 3, 3)}, "different units, not 3"),
        ({"units": (1, 2)}, "Unit 0 is not among the shown units"),
    ],
)
def test_a_unit_that_is_not_there_gets_one_sentence(options, words):
    with pytest.raises(ValueError, match=words):
        Gates(run(), TEXT, **options)
