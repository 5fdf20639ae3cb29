"""QKV shows the numbers of self-attention; wrong input gets one clear sentence."""

import math

import numpy as np
import pytest
import torch

from utils.models.attention import attention, causal_mask
from utils.widgets import QKV
from utils.widgets.qkv.widget import weights_of

WORDS = ["the", "</script>", "sleeps"]


def parts(seed=0, words=3, width=4, head=2):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(words, width, generator=generator, dtype=torch.float64)
    maps = torch.randn(3, width, head, generator=generator, dtype=torch.float64)
    return x, *maps


@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize("causal", [True, False])
def test_the_weights_are_those_of_the_courses_attention(scaled, causal):
    x, Wq, Wk, Wv = parts()
    view = QKV(WORDS, x, Wq, Wk, Wv, focus=2, scaled=scaled, causal=causal)
    mask = causal_mask(3) if causal else None
    output, weights = attention(x @ Wq, x @ Wk, x @ Wv, mask, None if scaled else 1.0)
    found = weights_of(view.state["data"], scaled, causal)
    assert np.abs(found - weights.numpy()).max() < 1e-5
    shown = ", ".join(f"{number:.2f}" for number in output[2])
    assert view.alt.endswith(f"({shown}).")


def test_the_state_holds_queries_keys_and_values():
    x, Wq, Wk, Wv = parts()
    data = QKV(WORDS, x, Wq, Wk, Wv).state["data"]
    for name, wanted in (("x", x), ("q", x @ Wq), ("k", x @ Wk), ("v", x @ Wv)):
        assert np.abs(np.array(data[name]) - wanted.numpy()).max() < 1e-6


def test_a_word_cannot_end_the_script():
    html = QKV(WORDS, *parts()).html()
    assert html.count("</script") == 2
    assert "\\u003c/script>" in html


def test_queries_and_values_may_differ_in_width():
    x, Wq, Wk, _ = parts()
    view = QKV(WORDS, x, Wq, Wk, np.ones((4, 3)))
    assert len(view.state["data"]["v"][0]) == 3


x, Wq, Wk, Wv = parts()
WRONG = [
    (([], x[:0], Wq, Wk, Wv), {}, "from 1 to 6 words, not 0"),
    ((["a"] * 7, x, Wq, Wk, Wv), {}, "from 1 to 6 words, not 7"),
    (("abc", x, Wq, Wk, Wv), {}, "words as a list of strings, not 'abc'"),
    ((None, x, Wq, Wk, Wv), {}, "words as a list of strings, not None"),
    ((WORDS, "x", Wq, Wk, Wv), {}, "needs numbers in X"),
    ((WORDS, x, [[1], [1, 2]], Wk, Wv), {}, "needs numbers in Wq"),
    ((["a", "b"], x, Wq, Wk, Wv), {}, r"needs X of shape \(2, any\)"),
    ((WORDS, x, Wq[:2], Wk, Wv), {}, r"needs Wq of shape \(4, any\)"),
    ((WORDS, x, Wq, Wk[:, :1], Wv), {}, r"needs Wk of shape \(4, 2\)"),
    ((WORDS, x, Wq, Wk, torch.ones(4, 5)), {}, "at most 3 numbers, and Wv gives 5"),
    ((WORDS, x * math.nan, Wq, Wk, Wv), {}, "finite numbers in X"),
    ((WORDS, x, Wq, Wk, Wv), {"focus": 3}, "no word 3: the words go from 0 to 2"),
]


@pytest.mark.parametrize(("given", "more", "sentence"), WRONG)
def test_wrong_input_gets_one_sentence(given, more, sentence):
    with pytest.raises(ValueError, match=sentence):
        QKV(*given, **more)
