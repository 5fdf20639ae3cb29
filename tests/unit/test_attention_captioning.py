"""The captioner with attention: each cell sees what its layers allow, weights are one a word."""

import pytest
import torch

from utils.datasets.words import END, PAD, START
from utils.models.attention_captioning import (
    AttentionCaptioner,
    AttentionCaptionerSettings,
    Grid,
)


def settings(**changed):
    own = {"words": 7, "side": 64, "width": 16, "embedding": 8, "hidden": 12}
    return AttentionCaptionerSettings(**own | changed)


def model(**changed):
    return AttentionCaptioner(settings(**changed), seed=3).eval()


def images(count=2, side=64):
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(0))


def sighted(grid, side):
    """Return how many rows and columns of an image change one cell in the middle."""
    image = images(1, side).double().requires_grad_()
    middle = (side // 16) * (side // 8) + side // 16
    grid(image)[0, middle].sum().backward()
    seen = image.grad[0].abs().sum(0) > 0
    return int(seen.any(1).sum()), int(seen.any(0).sum())


@pytest.mark.parametrize("dilations", [(), (0, 0), (1,), (1, 0), (1, 1), (1, 2)])
def test_a_cell_sees_as_many_pixels_as_its_reach_says(dilations):
    own = settings(dilations=dilations, side=160, width=32)
    grid = Grid(own).double().eval()
    assert sighted(grid, 160) == (own.reach, own.reach)


def test_logits_and_weights_of_true_words_have_one_row_a_word():
    own, inputs = model(), torch.tensor([[START, 3, 4], [START, 5, 6]])
    logits, weights = own(images(), inputs)
    assert logits.shape == (2, 3, 7) and weights.shape == (2, 3, 64)
    assert torch.allclose(weights.sum(-1), torch.ones(2, 3))
    # What is read later changes nothing before.
    other, _ = own(images(), torch.tensor([[START, 3, 6], [START, 5, 6]]))
    assert torch.equal(logits[0, :2], other[0, :2]) and not torch.equal(logits[0, 2], other[0, 2])


def test_the_context_is_the_mean_of_the_cells_under_their_weights():
    own = model()
    grid, state = own.grid(images()), torch.randn(2, 12)
    context, weights = own.look(state, grid)
    for row in (0, 1):
        pairs = zip(weights[row], grid[row], strict=True)
        assert torch.allclose(context[row], sum(w * cell for w, cell in pairs), atol=1e-6)
    mean, even = model(attention=False).look(state, grid)
    assert torch.allclose(mean, grid.mean(1)) and torch.allclose(even, torch.full((2, 64), 1 / 64))


def test_what_it_writes_itself_agrees_with_reading_its_own_words():
    own = model()
    words, weights = own.caption(images(6), limit=5)
    inputs = torch.cat([torch.full((6, 1), START), words[:, :-1]], dim=1)
    logits, read = own(images(6), inputs)
    for row, sentence in enumerate(words.tolist()):
        count = sentence.index(END) + 1 if END in sentence else len(sentence)
        assert logits[row, :count].argmax(-1).tolist() == sentence[:count]
        assert torch.allclose(weights[row, :count], read[row, :count], atol=1e-6)
        assert set(sentence[count:]) <= {PAD}


def test_the_seed_fixes_the_weights():
    same, other = model().state_dict(), AttentionCaptioner(settings(), seed=4).state_dict()
    assert all(torch.equal(value, model().state_dict()[name]) for name, value in same.items())
    assert any(not torch.equal(value, other[name]) for name, value in same.items())
    again = AttentionCaptionerSettings(**model().about())
    assert again == settings()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: settings(words=0), "words must be a whole number, at least 1, not 0"),
        (lambda: settings(side=60), "multiple of 8 pixels, not 60"),
        (lambda: settings(dilations=(1, -1)), "0 .* or more"),
        (lambda: settings(dilations=None), "0 .* or more, not None"),
        (lambda: model().grid(images(1, 32)), r"shape \(N, 3, 64, 64\)"),
        (lambda: model().grid((images() * 255).byte()), "floats from 0 to 1"),
        (lambda: model().caption(images(), limit=0), "at least 1 word, not 0"),
    ],
)
def test_wrong_input_gets_one_sentence(wrong, words):
    with pytest.raises(ValueError, match=words):
        wrong()
