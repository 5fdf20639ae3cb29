"""HiddenUnits: true numbers, any text, one sentence for wrong input, and a box that answers."""

import json
import re

import numpy as np
import pytest

from utils.widgets import HiddenUnits, codec
from utils.widgets.bundle import bundle
from utils.widgets.hidden_units.own_text import LONGEST, TEXT, unknown_in
from utils.widgets.hidden_units.widget import BEFORE, runs

STRANGE = "if x:\n\ty = '</script><!-- 🎉é\u0301'\r\u2028\x00\ud800 end\n" + "z" * 300
SPAN = slice(10, 30)


def states_of(text, units=5, seed=0):
    """Random states; unit 3 is 0.9 in the span and below elsewhere."""
    values = np.random.default_rng(seed).uniform(-0.8, 0.8, (len(text), units))
    values[SPAN, 3] = 0.9
    return values.astype(np.float32)


def truth_of(text):
    inside = np.zeros(len(text), dtype=bool)
    inside[SPAN] = True
    return inside


def view_of(text=STRANGE, **settings):
    settings = {"truth": {"span": truth_of(text)}, "unit": 3} | settings
    return HiddenUnits(states_of(text), text, **settings)


@pytest.fixture(scope="module")
def view():
    scores = {"span": [0.5, 0.6, 0.4, 0.99, 0.7]}
    return view_of(scores=scores, contexts={3: [("a" * 60 + "XYZ", 60)], 77: [("b", 0)]})


def test_states_come_back_within_one_part_in_254(view):
    packed = view.state["data"]["states"]
    assert packed["shape"] == [5, len(STRANGE)]
    assert np.abs(codec.decode(packed).T - states_of(STRANGE)).max() <= 1 / 254 + 1e-6


def test_truth_travels_as_runs(view):
    assert view.state["data"]["truth"]["span"] == [10, 20, len(STRANGE) - 30]
    assert runs([True, True, False]) == [0, 2, 1]
    assert runs([False]) == [1]


def test_any_text_stands_in_a_page_as_it_is(view):
    html = view.html()
    island = re.search(r'data-role="state">(.*?)</script>', html, re.DOTALL).group(1)
    assert json.loads(island) == view.state
    assert view.state["data"]["text"] == STRANGE.replace("\ud800", "\ufffd")
    assert html.count("<script") == 2 and "<!--" not in html
    assert html.encode("utf-8")
    assert not re.search(r"(src|href)=.(?!data:)|@import|url\(|https?://", html)


def test_contexts_keep_what_is_before_and_after_the_character_that_is_meant(view):
    assert view.state["data"]["contexts"] == {"3": [["a" * BEFORE, "X", "YZ"]]}


def test_a_context_stays_on_one_line():
    view = view_of(contexts={3: [("\n\tx\u0301\x00🎉", 2)]})
    assert view.state["data"]["contexts"]["3"] == [["↵→", "x", "\ufffd\ufffd🎉"]]


def test_the_alt_text_names_unit_and_score(view):
    assert view.alt.startswith("Unit 3 over") and "“span” with an AUC of 0.99" in view.alt


def test_units_may_have_the_numbers_of_a_larger_network():
    view = view_of(numbers=[9, 40, 7, 400, 2], unit=400, contexts={400: [("q", 0)]})
    assert view.state["unit"] == 3 and "Unit 400" in view.alt
    assert list(view.state["data"]["contexts"]) == ["400"]


def test_the_first_search_is_a_property_or_the_brush():
    assert view_of().state["search"] == "=span"
    assert view_of(truth=None).state["search"] == "*"
    both = view_of(scores={"other": [0.5] * 5}, search="span")
    assert both.state["search"] == "=span"


BAD = [
    ({"unit": 5}, "no unit 5"),
    ({"unit": -1}, "no unit -1"),
    ({"truth": {"span": [True]}}, "truth of 'span'"),
    ({"scores": {"span": [0.5] * 4}}, "scores of 'span'"),
    ({"scores": {"span": [0.5, 0.5, 0.5, 0.5, 1.5]}}, "scores of 'span'"),
    ({"scores": {"span": [0.5, 0.5, 0.5, 0.5, np.nan]}}, "scores of 'span'"),
    ({"contexts": {3: [("abc", 3)]}}, "context"),
    ({"contexts": {3: [5]}}, "context"),
    ({"contexts": {3: [("abc",)]}}, "context"),
    ({"numbers": [1, 2, 3]}, "numbers"),
    ({"numbers": [1, 1, 2, 3, 4]}, "numbers"),
    ({"search": "colour"}, "no property 'colour'"),
]


@pytest.mark.parametrize(("settings", "message"), BAD)
def test_what_does_not_fit_is_told_in_one_sentence(settings, message):
    with pytest.raises(ValueError, match=message) as raised:
        view_of(**settings)
    assert "\n" not in str(raised.value) and str(raised.value).endswith(".")


def test_states_that_do_not_fit_the_text_are_refused():
    with pytest.raises(ValueError, match="3 rows of states and 4 characters"):
        HiddenUnits(np.zeros((3, 2)), "four")
    with pytest.raises(ValueError, match=r"\(characters, units\)"):
        HiddenUnits(np.zeros(4), "four")
    with pytest.raises(ValueError, match="take tanh"):
        HiddenUnits(np.full((4, 2), 1.5), "four")
    with pytest.raises(ValueError, match="NaN"):
        HiddenUnits(np.full((4, 2), np.nan), "four")
    with pytest.raises(ValueError, match="at least one character"):
        HiddenUnits(np.zeros((0, 2)), "")


def test_one_character_and_one_unit_are_enough():
    assert "one of 1 units" in HiddenUnits([[0.5]], "x").alt


def test_128_units_and_4000_characters_stay_within_three_quarters_of_a_megabyte():
    text = ("def f(x):\n    return 'a string'  # comment\n" * 100)[:4000]
    states = np.random.default_rng(0).uniform(-1, 1, (4000, 128))
    inside = np.arange(4000) % 40 < 12
    names = ("string", "docstring", "comment", "if_header")
    view = HiddenUnits(
        states,
        text,
        truth=dict.fromkeys(names, inside),
        scores={name: np.linspace(0.5, 0.99, 128) for name in names},
        contexts={unit: [(text[:60], 40)] * 6 for unit in range(20)},
    )
    assert len(view.html().encode()) <= 750_000


def reads(text):
    """A network that knows letters and spaces only."""
    if "explode" in text:
        raise RuntimeError("no memory")
    if text == "refused":
        raise ValueError("Too hard.")
    known = "".join(c if c.isascii() and (c.isalnum() or c == " ") else "\ufffd" for c in text)
    return known, np.full((len(text), 5), 0.25), {"span": np.ones(len(text), dtype=bool)}


@pytest.fixture
def box():
    return view_of(live=reads).own_text


def test_the_readers_text_is_read_and_unknown_characters_are_told(box):
    box.command = {"typed": "a é🎉</script>", "count": "1"}
    assert box.problem == ""
    assert box.answer["text"] == "a ����script�"
    assert np.allclose(codec.decode(box.answer["states"]), 0.25, atol=1 / 254)
    assert box.answer["truth"] == {"span": [0, 13]}
    assert "13 characters" in box.status and "🎉" in box.status and "/" in box.status
    before = box.answer
    box.read("a é🎉</script>")
    assert box.answer != before, "the same text again is shown again"


def test_a_text_that_cannot_be_read_is_told_in_one_sentence(box):
    box.read("")
    assert box.problem == TEXT["empty"]
    box.read("x" * (LONGEST + 1))
    assert "20,001 characters" in box.problem
    box.read("refused")
    assert box.problem == "Too hard." and box.status == ""
    box.read("fine")
    assert box.problem == ""


def test_an_error_of_the_network_is_told_and_raised(box):
    with pytest.raises(RuntimeError):
        box.read("explode")
    assert "RuntimeError: no memory" in box.problem


def test_a_network_with_other_units_is_refused():
    box = view_of(live=lambda text: (text, np.zeros((len(text), 4)))).own_text
    box.read("abc")
    assert "shape" in box.problem


def test_the_box_speaks_to_its_view_and_has_an_html_twin(box):
    view = view_of(live=reads)
    assert f'id="{view.own_text.target}"' in view.html()
    bundle_ = box._repr_mimebundle_()
    data = bundle_[0] if isinstance(bundle_, tuple) else bundle_
    assert "with a kernel" in data["text/html"]


def test_the_cell_shows_the_view_and_below_it_the_box(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda what, raw=False: shown.append(what))
    view = view_of(live=reads)
    view._ipython_display_()
    view_of()._ipython_display_()
    assert "text/html" in shown[0] and shown[1] is view.own_text
    assert len(shown) == 3 and "text/html" in shown[2]


def test_a_view_without_a_network_has_no_box():
    with pytest.raises(ValueError, match="no network"):
        _ = view_of().own_text


def test_characters_of_another_length_are_not_compared():
    assert unknown_in("é", "\ufffd\ufffd") == []
    assert unknown_in("é\ufffd", "\ufffd\ufffd") == ["é"]


def test_the_code_needs_no_text_of_its_own():
    assert not re.search(r'"[A-Z][a-z]+ [a-z]+ [a-z]+', bundle("hidden_units"))
