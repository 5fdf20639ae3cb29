"""A caption's steps are what the captioner would write; the view packs them, names wrong input."""

import re

import pytest
import torch

from utils.analysis.caption_steps import CaptionSteps, caption_steps
from utils.datasets.scenes import VOCABULARY, make_scenes
from utils.datasets.words import PAD, START
from utils.threads import one_thread
from utils.training.captioning import fit_captioner, new_captioner
from utils.widgets import CaptionStepper


@pytest.fixture(scope="module")
def trained():
    scenes = make_scenes("train", 60)
    model = new_captioner(0, features=16, embedding=8, hidden=24)
    with one_thread():
        fit_captioner(model, scenes, 40)
    return model, scenes.pixels[2:3]


@pytest.fixture(scope="module")
def steps(trained):
    return caption_steps(*trained, shown=4, width=3)


def test_the_best_words_are_the_greedy_caption(trained, steps):
    model, image = trained
    greedy = [t for t in model.greedy(image)[0].tolist() if t != PAD]
    assert len(steps.words) == len(greedy) == len(steps.beams)
    assert [row[0] for row in steps.choices] == list(steps.words)
    assert all(row[0] == steps.words for row in steps.becomes)
    for row in steps.chances:
        assert list(row) == sorted(row, reverse=True) and 0 < sum(row) <= 1 + 1e-6


def test_another_word_is_followed_by_what_the_model_writes_after_it(trained, steps):
    model, image = trained
    known = {"END": 2} | {token: i for i, token in enumerate(VOCABULARY.tokens)}
    for place in (0, 1):
        for choice, caption in zip(steps.choices[place], steps.becomes[place], strict=True):
            assert caption[:place] == steps.words[:place] and caption[place] == choice
            tokens = [known[word] for word in caption]
            logits = model(image, torch.tensor([[START, *tokens[:-1]]]))[0]
            assert logits[place + 1 :].argmax(-1).tolist() == tokens[place + 1 :]


def test_beams_hold_the_best_captions_and_their_probabilities(trained, steps):
    model, image = trained
    found = model.beam(image, 3)
    for place, row in enumerate(steps.beams):
        kept = found[min(place, len(found) - 1)]
        assert [chance for _, chance in row] == pytest.approx(
            [torch.tensor(one.score).exp().item() for one in kept]
        )
        assert len({words for words, _ in row}) == 3


SIMPLE = CaptionSteps(
    ("a", "cat", "END"),
    (("a", "cat"), ("cat", "dog"), ("END", "and")),
    ((0.9, 0.1), (0.6, 0.4), (0.99, 0.01)),
    ((("a", "cat", "END"), ("cat", "END")),) * 3,
    ((((("a",)), 0.9),), ((("a", "cat"), 0.5),), ((("a", "cat", "END"), 0.5),)),
)
IMAGE = torch.rand(16, 16, 3, generator=torch.Generator().manual_seed(0))


def test_the_page_gets_image_choices_and_captions():
    view = CaptionStepper([(IMAGE, SIMPLE, "a cat"), (IMAGE, SIMPLE)], word=1)
    first, second = view.state["examples"]
    assert first["image"].startswith("data:image/png;base64,") and first["size"] == [16, 16]
    assert first["becomes"][0] == ["a cat", "cat"] and first["truth"] == "a cat"
    assert second["truth"] is None and second["name"] == "2. a cat"
    assert first["beams"][1] == [{"words": "a cat", "chance": 0.5}]
    assert view.state["word"] == 1
    assert "least sure word is “cat” with 60%" in view.alt


def test_it_is_small(trained, steps):
    image = trained[1][0].permute(1, 2, 0)
    assert len(CaptionStepper([(image, steps)] * 3).html()) < 130_000


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda t: CaptionStepper([]), "at least one example"),
        (lambda t: CaptionStepper([(IMAGE,)]), "not a tuple of 1"),
        (lambda t: CaptionStepper([(IMAGE[0], SIMPLE)]), r"shape \(height, width, 3\)"),
        (lambda t: CaptionStepper([(IMAGE, SIMPLE, 3)]), "one string, not 3"),
        (lambda t: CaptionStepper([(IMAGE, SIMPLE)], word=3), "from 0 to 2, not 3"),
        (lambda t: caption_steps(*t, shown=0), "at least 1 word, not 0"),
        (lambda t: caption_steps(*t, width=0), "at least 1 caption, not 0"),
    ],
)
def test_wrong_input_gets_one_sentence(wrong, words, trained):
    with pytest.raises(ValueError, match=words) as raised:
        wrong(trained)
    assert re.fullmatch(r"[^\n]+\.", str(raised.value))
