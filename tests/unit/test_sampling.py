"""Texts at several temperatures equal those written one at a time; measures count what they say."""

import numpy as np
import pytest
import torch

from utils.datasets.characters import Vocabulary
from utils.models.language import CharacterModel, LanguageSettings
from utils.models.transformer import CharacterTransformer, TransformerSettings
from utils.training.language_model import sample
from utils.training.sampling import known_share, repeated_share, words_of, write

VOCABULARY = Vocabulary("abcd \n")


@pytest.fixture(scope="module", params=["lstm", "gru", "transformer"])
def model(request):
    if request.param == "transformer":
        sizes = {"vocabulary": len(VOCABULARY), "width": 8, "heads": 2, "longest": 6}
        return CharacterTransformer(TransformerSettings(**sizes), seed=1).double()
    settings = LanguageSettings(len(VOCABULARY), 4, 8, cell=request.param)
    return CharacterModel(settings, seed=1).double()


def test_each_text_is_the_one_that_is_written_alone(model):
    found = write(model, VOCABULARY, "ab", temperatures=[0.3, 1.5], seeds=[0, 4], characters=40)
    for temperature, row in zip(found.temperatures, found.texts, strict=True):
        for seed, text in zip(found.seeds, row, strict=True):
            settings = {"temperature": temperature, "seed": seed}
            assert text == sample(model, VOCABULARY, "ab", 40, **settings)


def test_the_logits_are_those_after_the_prompt_and_unknown_is_never_drawn(model):
    found = write(model, VOCABULARY, "ab", temperatures=[1.0], seeds=range(3))
    with torch.no_grad():
        logits = model(VOCABULARY.encode("ab")[None])[0][0, -1].numpy()
    assert found.logits[:-1] == pytest.approx(logits[:-1])
    assert found.logits[-1] == -np.inf and found.chances(2.0)[-1] == 0
    assert found.chances(0.5).sum() == pytest.approx(1)
    assert "\ufffd" not in "".join(found.texts[0])


def test_an_empty_prompt_begins_after_a_newline(model):
    options = {"temperatures": [1.0], "seeds": [0], "characters": 20}
    empty = write(model, VOCABULARY, "", **options)
    assert empty.texts == write(model, VOCABULARY, "\n", **options).texts


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"temperatures": [1.0, 0.0]}, "above 0"),
        ({"temperatures": [float("nan")]}, "above 0"),
        ({"temperatures": []}, "at least one temperature"),
        ({"temperatures": 1.0}, "at least one temperature"),
        ({"seeds": []}, "at least one seed"),
        ({"seeds": 3}, "at least one seed"),
        ({"characters": 0}, "at least 1"),
    ],
)
def test_wrong_settings_are_told_in_one_sentence(model, wrong, words):
    options = {"temperatures": [1.0], "seeds": [0], "characters": 5} | wrong
    with pytest.raises(ValueError, match=words) as error:
        write(model, VOCABULARY, "a", **options)
    assert "\n" not in str(error.value)


def test_words_are_counted_without_the_ends_that_may_be_cut():
    assert words_of("Return self.value + x2") == ["return", "self", "value"]
    assert known_share(["aa good good bad zz"], {"good"}) == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="nothing to count"):
        known_share(["one", "a b"], {"one"})
    with pytest.raises(ValueError, match="in a text, not in 3"):
        words_of(3)


def test_a_loop_repeats_and_fresh_text_does_not():
    assert repeated_share("abcdefghijkl" * 10) > 0.8
    assert repeated_share("".join(chr(65 + i) for i in range(50))) == 0
    assert repeated_share("short") == 0
