"""AttentionMap packs weights into bytes, keeps tokens as text, and names wrong input."""

import json
import re

import numpy as np
import pytest
import torch

from utils.widgets import AttentionMap, OwnSentence, codec

SOURCE, TARGET = ("March", "3", "2021"), ("3", "mars")
WEIGHTS = np.array([[0.1, 0.9, 0.0], [0.75, 0.05, 0.2]])


def make(weights=WEIGHTS, source=SOURCE, target=TARGET, **more):
    return AttentionMap(weights, source, target, **more)


def read(sentence):
    """Look at the word itself, as a network would that copies."""
    words = sentence.split()
    if "?" in words:
        raise ValueError("The vocabulary does not hold '?'.")
    return np.eye(len(words)), words, words


def test_the_page_gets_one_byte_a_weight():
    view = make(torch.tensor(WEIGHTS, dtype=torch.float32), truth=torch.tensor([1, 0]))
    (data,) = view.state["examples"]
    assert data["weights"]["shape"] == [2, 3]
    assert np.abs(codec.decode(data["weights"]) - WEIGHTS).max() <= 1 / 508 + 1e-6
    assert data["truth"] == [[1], [0]]
    assert (view.state["step"], view.state["row"]) == (2, -1)


def test_the_alt_text_states_where_the_last_token_looks_and_the_score():
    view = make(truth=[1, 2])
    assert "“mars” is on “March” (0.75)" in view.alt
    assert "1 of 2 largest weights lie on the true source" in view.alt
    assert "true source" not in make().alt


def test_several_true_sources_and_none_are_kept():
    (data,) = make(truth=[(0, 1), -1]).state["examples"]
    assert data["truth"] == [[0, 1], []]
    assert "1 of 1" not in make(truth=[-1, -1]).alt


def test_a_list_of_examples_is_named_by_its_sources():
    view = AttentionMap([(WEIGHTS, SOURCE, TARGET), (np.eye(2), "ab", ["x", "y"], None)][:1])
    assert view.state["examples"][0]["name"] == "1. March 3 2021"
    letters = AttentionMap([(np.eye(2), list("ab"), ["x", "y"], [0, 1])])
    assert letters.state["examples"][0]["name"] == "1. ab"


def test_a_token_that_looks_like_markup_stays_text():
    evil = ("</script><b>", "<!--", "$x_")
    page = make(source=evil).html()
    island = re.search(r'data-role="state">(.*?)</script>', page, re.DOTALL)[1]
    assert json.loads(island)["examples"][0]["source"] == list(evil)
    assert "<b>" not in page and "<!--" not in page
    assert not re.search(r"https?://", page)


def test_64_by_64_weights_stay_small():
    names = [f"word{i}" for i in range(64)]
    weights = np.random.default_rng(0).dirichlet(np.ones(64), 64)
    view = make(weights, names, names)
    assert len(json.dumps(view.state)) < 12_000


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: make(WEIGHTS.T), r"here \(2, 3\), not \(3, 2\)"),
        (lambda: make(WEIGHTS * 2), "reach from 0 to 1.8"),
        (lambda: make(-WEIGHTS), "reach from -0.9"),
        (lambda: make(np.where(WEIGHTS == 0, np.nan, WEIGHTS)), "hold NaN"),
        (lambda: make(source="March 3"), "tokens of the source as a sequence"),
        (lambda: make(target=()), "tokens of the output"),
        (lambda: make(target=(3, 4)), "tokens of the output"),
        (lambda: make(np.ones((2, 65)) / 65, ["a"] * 65), "at most 64 tokens a side, not 65"),
        (lambda: make(truth=[1]), "each of the 2 output tokens, not 1"),
        (lambda: make(truth=[1, 3]), "from 0 to 2, or -1 for none; not 3"),
        (lambda: make(truth=[1, 0.5]), "not 0.5"),
        (lambda: make(step=3), "from 0 to 2, not 3"),
        (lambda: make(live="text"), "not 'text'"),
        (lambda: AttentionMap([]), "at least one example"),
        (lambda: AttentionMap([(WEIGHTS, SOURCE)]), "not a tuple of 2"),
    ],
)
def test_wrong_input_gets_one_sentence(wrong, words):
    with pytest.raises((ValueError, TypeError), match=words):
        wrong()


def test_the_readers_own_sentence_becomes_a_map_and_a_wrong_one_a_sentence():
    form = OwnSentence(read, make())
    assert "March" in form.view
    form.command = {"prompt": "</script> dog", "count": 1}
    assert "dog" in form.view and "March" not in form.view and form.problem == ""
    before = form.view
    form.command = {"prompt": "  ", "count": 2}
    assert "Type a sentence" in form.problem
    form.command = {"prompt": "what ?", "count": 3}
    assert "does not hold" in form.problem and form.view == before
    form.go_on("x " * 65)
    assert "at most 64 tokens" in form.problem


def test_a_live_map_shows_its_form_and_another_one_the_plain_page():
    with pytest.raises(NotImplementedError):
        make()._ipython_display_()
    form = OwnSentence(read, make())
    assert 'data-view="attention_map"' in form.static_html()
    assert "open this notebook with a kernel" in form.static_html()
