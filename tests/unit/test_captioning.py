"""The captioner: the lecture's equation, one image at every step, greedy search and beam search."""

import itertools

import pytest
import torch
from torch.nn import functional as F

from utils.datasets.words import END, PAD, START
from utils.models.captioning import Captioner, CaptionerSettings
from utils.models.recurrent import lstm_step


def settings(**changed):
    own = {"words": 7, "side": 32, "features": 6, "embedding": 5, "hidden": 8}
    return CaptionerSettings(**own | changed)


def model(**changed):
    return Captioner(settings(**changed), seed=3).eval()


def images(count=2, side=32):
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(0))


INPUTS = torch.tensor([[START, 4, 5], [START, 6, 3]])


def test_a_plain_step_is_the_lectures_equation():
    own = model(cell="rnn").double()
    with torch.no_grad():
        logits = own(images().double(), INPUTS)
        v, h = own.encoder(images().double()), torch.zeros(2, 8, dtype=torch.float64)
        for place in range(3):
            x = own.embedding(INPUTS[:, place])
            h = torch.tanh(x @ own.Wx + h @ own.Wh + v @ own.Wv + own.b)
            torch.testing.assert_close(logits[:, place], own.head(h), atol=1e-9, rtol=0)


def test_an_lstm_takes_the_image_as_the_context_of_its_step():
    own = model(cell="lstm").double()
    with torch.no_grad():
        logits = own(images().double(), INPUTS)
        v = own.encoder(images().double())
        h = c = torch.zeros(2, 8, dtype=torch.float64)
        for place in range(3):
            x = own.embedding(INPUTS[:, place])
            h, c = lstm_step(x, h, c, own.Wx, own.Wh, own.b, context=v, Wc=own.Wv)
            torch.testing.assert_close(logits[:, place], own.head(h), atol=1e-9, rtol=0)


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_the_image_enters_at_every_step_or_at_the_first_one_only(cell):
    for enters, is_new in (("every step", True), ("first step", False)):
        own = model(cell=cell, enters=enters)
        state = (torch.randn(2, 8), torch.randn(2, 8))
        a, b = ((own.begin(each)[0]) for each in (images(), 1 - images()))
        words = torch.tensor([4, 5])
        later = [own.step(words, state, each)[0] for each in (a, b)]
        first = [own.step(words, state, each, True)[0] for each in (a, b)]
        assert torch.equal(*later) is not is_new and not torch.equal(*first)


def with_early_end(own):
    with torch.no_grad():
        own.head.bias[END] += 0.4
        own.head.bias[PAD] -= 9  # a trained one never writes it
    return own


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_greedy_agrees_with_reading_its_own_words_and_stops_at_end(cell):
    own = with_early_end(model(cell=cell))
    words = own.greedy(images(8), limit=6)
    inputs = torch.cat([torch.full((8, 1), START), words[:, :-1]], dim=1)
    logits = own(images(8), inputs)
    for row, caption in enumerate(words.tolist()):
        count = caption.index(END) + 1 if END in caption else len(caption)
        assert logits[row, :count].argmax(-1).tolist() == caption[:count]
        assert set(caption[count:]) <= {PAD}


def score(own, image, caption):
    """Return the log-probability of a caption, word by word."""
    inputs = torch.tensor([[START, *caption[:-1]]])
    chances = own(image, inputs)[0].log_softmax(-1)
    return sum(float(chances[place, token]) for place, token in enumerate(caption))


def test_a_wide_beam_finds_the_best_of_all_captions():
    own = with_early_end(model(words=5))
    image = images(1)
    everything = [
        (*start, END)
        for count in range(3)
        for start in itertools.product([t for t in range(5) if t != END], repeat=count)
    ] + list(itertools.product([t for t in range(5) if t != END], repeat=3))
    with torch.no_grad():
        best = max(everything, key=lambda caption: score(own, image, caption))
        found = own.beam(image, width=200, limit=3)[-1]
        assert found[0].tokens == best
        assert found[0].score == pytest.approx(score(own, image, best), abs=1e-5)
    assert [each.score for each in found] == sorted((e.score for e in found), reverse=True)


def test_a_beam_of_one_is_greedy_and_each_step_adds_a_word():
    own = with_early_end(model())
    for image in images(6).split(1):
        steps = own.beam(image, width=1, limit=6)
        greedy = tuple(token for token in own.greedy(image, 6)[0].tolist() if token != PAD)
        assert steps[-1][0].tokens == greedy
        assert [len(step[0].tokens) for step in steps] == list(range(1, len(greedy) + 1))
        for step in own.beam(image, width=3, limit=6):
            assert len({each.tokens for each in step}) == 3


def test_the_encoder_keeps_places():
    own = model()
    left, right = torch.zeros(2, 1, 3, 32, 32)
    left[..., 8:16, 2:10], right[..., 8:16, 22:30] = 1, 1
    assert not torch.allclose(own.encoder(left), own.encoder(right))


def test_the_seed_fixes_the_weights():
    one, same, other = model(), model(), Captioner(settings(), seed=4)
    for name, value in one.state_dict().items():
        assert torch.equal(value, same.state_dict()[name])
    assert not torch.equal(one.Wv, other.Wv)
    assert CaptionerSettings(**one.about()) == one.settings
    H = one.settings.hidden
    assert (one.b[H : 2 * H] == 1).all() and F.relu(-one.b).sum() == 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: settings(hidden=0), "hidden must be a whole number, at least 1, not 0"),
        (lambda: settings(cell="gru"), "cell is one of 'rnn' or 'lstm', not 'gru'"),
        (lambda: settings(enters="never"), "enters is one of"),
        (lambda: settings(side=36), "multiple of 8 pixels, not 36"),
        (lambda: model().greedy(images(1, 16)), r"shape \(N, 3, 32, 32\)"),
        (lambda: model().greedy((images() * 255).byte()), "floats from 0 to 1"),
        (lambda: model().greedy(images()[:0]), r"not \(0, 3, 32, 32\)"),
        (lambda: model().greedy(255 * images()), "from 0 to 1, not values from"),
        (lambda: model().greedy(torch.full((1, 3, 32, 32), torch.nan)), "values from nan"),
        (lambda: model().greedy("a cat"), "not str"),
        (lambda: model().greedy(images(), limit=0), "at least 1 word, not 0"),
        (lambda: model().beam(images(1), width=0), "at least 1 caption, not 0"),
        (lambda: model().beam(images(1), width=1.5), "at least 1 caption, not 1.5"),
        (lambda: model().beam(images(1), width=10**6), "1000 are the most"),
        (lambda: model().beam(images(1), limit=0), "at least 1 word, not 0"),
        (lambda: model().beam(images(2)), "one image at a time, not 2"),
    ],
)
def test_wrong_input_gets_one_sentence(wrong, words):
    with pytest.raises(ValueError, match=words):
        wrong()
