"""SamplingBox shows what was sampled; a reader's prompt is checked, escaped and shown."""

import json
import re

import numpy as np
import pytest

from utils.training.sampling import Samples
from utils.widgets import OwnPrompt, SamplingBox
from utils.widgets.sampling_box.own_prompt import LONGEST


def samples(prompt="de", temperatures=(0.5, 1.0)):
    texts = tuple((f"f a{t}", f"l b{t}") for t in temperatures)
    logits = np.array([2.0, 1.0, -np.inf])
    return Samples(prompt, tuple(temperatures), (0, 1), texts, logits, "fl\ufffd")


def test_the_state_holds_the_texts_and_only_what_can_be_drawn():
    state = SamplingBox(samples(), temperature=1.0, seed=1).state
    assert state["data"]["texts"] == [["f a0.5", "l b0.5"], ["f a1.0", "l b1.0"]]
    assert (state["data"]["symbols"], state["data"]["logits"]) == (["f", "l"], [0, -1])
    assert (state["temperature"], state["seed"]) == (1, 1)


def test_the_alt_text_gives_the_chance_at_both_ends():
    expected = 1 / (1 + np.exp(-1 / np.array([0.5, 1.0])))
    alt = SamplingBox(samples()).alt
    assert all(f"{value:.0%}" in alt for value in expected)


def test_a_script_in_a_text_cannot_break_the_page():
    hostile = samples("</script><b>")
    page = SamplingBox(hostile).html()
    island = re.search(r'data-role="state">(.*?)</script>', page, re.DOTALL)[1]
    assert json.loads(island)["data"]["prompt"] == "</script><b>"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: SamplingBox(samples(temperatures=(1.0, 0.5))), "rising"),
        (lambda: SamplingBox(samples(), temperature=0.7), "must be one of"),
        (lambda: SamplingBox(samples(), seed=9), "must be one of"),
    ],
)
def test_wrong_starts_get_one_sentence(wrong, words):
    with pytest.raises(ValueError, match=words):
        wrong()


def test_the_reader_s_prompt_is_written_on():
    box = OwnPrompt(samples, known="de")
    box.command = {"prompt": "dé", "count": 1}
    assert box.problem == "" and "é" in box.note
    assert "d\\u00e9" in box.view or "dé" in box.view


def test_a_prompt_that_is_too_long_and_a_wrong_setting_are_told():
    box = OwnPrompt(lambda prompt: samples(prompt, (2.0, 1.0)))
    box.go_on("x" * (LONGEST + 1))
    assert f"{LONGEST + 1:,}" in box.problem and box.view == ""
    box.go_on("x")
    assert "rising" in box.problem


def test_without_a_kernel_a_sentence_says_so():
    assert "open this notebook with a kernel" in OwnPrompt(samples).static_html()
