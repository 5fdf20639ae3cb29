"""AttentionHeads packs the weights of all heads into bytes, stays small, and names wrong input."""

import json
import re

import numpy as np
import pytest
import torch

from utils.widgets import AttentionHeads, OwnText, codec

TOKENS = ("[CLS]", "a", "cat", "[SEP]")


def weights(layers=2, heads=3, count=4, seed=0):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(count, 0.3), (layers, heads, count))


def read(sentence):
    words = sentence.split()
    if "?" in words:
        raise ValueError("The vocabulary does not hold '?'.")
    return weights(count=len(words)), words


def test_the_page_gets_one_byte_a_weight_of_every_head():
    given = weights()
    view = AttentionHeads(torch.tensor(given), TOKENS, layer=1, head=2, token=3)
    assert view.state["weights"]["shape"] == [2, 3, 4, 4]
    assert np.abs(codec.decode(view.state["weights"]) - given).max() <= 1 / 508 + 1e-6
    assert [view.state[name] for name in ("layer", "head", "token")] == [1, 2, 3]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_weights_of_every_precision_are_taken_with_or_without_a_graph(dtype):
    given = torch.tensor(weights(), dtype=dtype, requires_grad=True)
    found = codec.decode(AttentionHeads(given, TOKENS).state["weights"])
    assert np.abs(found - weights()).max() < 0.01


def test_the_alt_text_states_how_many_heads_and_where_one_token_looks():
    given = weights()
    given[0, 0, 1] = [0.1, 0.1, 0.7, 0.1]
    words = AttentionHeads(given, TOKENS, token=1).alt
    assert "6 heads in 2 blocks on 4 tokens" in words
    assert "“a” looks most at “cat” (0.70)" in words


def test_found_heads_are_named():
    view = AttentionHeads(weights(), TOKENS, found={(1, 2): "next token 0.66"})
    assert view.state["found"] == [{"layer": 1, "head": 2, "name": "next token 0.66"}]


def test_12_by_12_heads_on_64_tokens_weigh_at_most_0_85_megabytes():
    view = AttentionHeads(weights(12, 12, 64), [f"word{i}" for i in range(64)])
    assert len(view.html().encode()) <= 850_000


def test_12_by_12_heads_on_128_tokens_are_drawn():
    view = AttentionHeads(weights(12, 12, 128), [f"word{i}" for i in range(128)])
    assert view.state["weights"]["shape"] == [12, 12, 128, 128]


def test_a_token_that_looks_like_markup_stays_text():
    evil = ("</script><b>", "<!--", "$x_", "🎉")
    page = AttentionHeads(weights(), evil).html()
    island = re.search(r'data-role="state">(.*?)</script>', page, re.DOTALL)[1]
    assert json.loads(island)["tokens"] == list(evil)
    assert "<b>" not in page and "<!--" not in page
    assert not re.search(r"https?://", page)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: AttentionHeads(weights()[0], TOKENS), r"with 4 tokens, not \(3, 4, 4\)"),
        (lambda: AttentionHeads(weights(count=5), TOKENS), r"not \(2, 3, 5, 5\)"),
        (lambda: AttentionHeads(weights() * 3, TOKENS), "from 0 to 1; these reach"),
        (lambda: AttentionHeads(weights() * np.nan, TOKENS), "hold NaN"),
        (lambda: AttentionHeads(weights(), "abcd"), "sequence of at least one string"),
        (lambda: AttentionHeads(weights(), ()), "sequence of at least one string"),
        (lambda: AttentionHeads(weights(1, 1, 129), ["a"] * 129), "at most 128 tokens, not 129"),
        (lambda: AttentionHeads(weights(), TOKENS, head=3), "head must be .* 0 to 2, not 3"),
        (lambda: AttentionHeads(weights(), TOKENS, token=0.5), "token must be"),
        (lambda: AttentionHeads(weights(), TOKENS, found={(2, 0): "x"}), "layer must be"),
        (lambda: AttentionHeads(weights(), TOKENS, live="text"), "not 'text'"),
        (lambda: AttentionHeads(weights() * np.inf, TOKENS), "from 0 to 1"),
        (lambda: AttentionHeads("x", TOKENS), "weights must be numbers"),
        (lambda: AttentionHeads([[1], [1, 2]], TOKENS), "weights must be numbers"),
        (lambda: AttentionHeads(weights() * 1j, TOKENS), "weights must be numbers"),
        (lambda: AttentionHeads(None, TOKENS), "weights must be numbers"),
        (lambda: AttentionHeads(weights()[:0], TOKENS), "need the shape"),
        (lambda: AttentionHeads(weights(), TOKENS, layer=True), "layer must be"),
        (lambda: AttentionHeads(weights(), TOKENS, found=[(0, 1)]), "found names heads"),
        (lambda: AttentionHeads(weights(), TOKENS, found={1: "x"}), "found names heads"),
    ],
)
def test_wrong_input_gets_one_sentence(wrong, words):
    with pytest.raises(ValueError, match=words):
        wrong()


def test_the_readers_own_sentence_keeps_the_head_and_a_wrong_one_is_told():
    first = AttentionHeads(weights(), TOKENS, head=2, found={(0, 2): "separator"})
    form = OwnText(read, first, {(0, 2): "separator"})
    assert "[CLS]" in form.view
    form.command = {"prompt": "</script> dog", "count": 1}
    assert "dog" in form.view and "[CLS]" not in form.view and form.problem == ""
    assert '"head": 2' in form.view or '"head":2' in form.view
    before = form.view
    for wrong, words in (("  ", "Type a sentence"), ("what ?", "does not hold")):
        form.go_on(wrong)
        assert words in form.problem and form.view == before
    form.go_on("x " * 129)
    assert "at most 128 tokens" in form.problem


def test_a_live_view_shows_its_form_and_another_one_the_plain_page():
    with pytest.raises(NotImplementedError):
        AttentionHeads(weights(), TOKENS)._ipython_display_()
    form = OwnText(read, AttentionHeads(weights(), TOKENS))
    assert 'data-view="attention_heads"' in form.static_html()
    assert "open this notebook with a kernel" in form.static_html()
