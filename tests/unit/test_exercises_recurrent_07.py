"""Exercises of lecture recurrent/07: each wrong idea is named, references equal the course."""

import math

import pytest
import torch

from utils.exercises.exercise import Registry
from utils.models.captioning import Captioner, CaptionerSettings

REGISTRY = Registry.of_lectures()


@pytest.fixture(scope="module")
def model():
    settings = CaptionerSettings(6, side=8, features=1, embedding=1, hidden=1, cell="rnn")
    return Captioner(settings, seed=2).double().eval()


def test_a_step_is_that_of_the_captioner(model):
    image = torch.rand(1, 3, 8, 8, dtype=torch.float64)
    with torch.no_grad():
        from_image, state = model.begin(image)
        state = (torch.full((1, 1), 0.3, dtype=torch.float64), state[1])
        _, (h, _) = model.step(torch.tensor([4]), state, from_image)
        v, x = model.encoder(image).item(), model.embedding.weight[4].item()
    weights = (each.item() for each in (model.Wx, model.Wh, model.Wv, model.b))
    found = REGISTRY.find("state_with_image").reference(x, 0.3, v, *weights)
    assert found == pytest.approx(h.item(), abs=1e-9)


def test_score_and_beam_are_those_of_the_beam_search(model):
    image = torch.rand(1, 3, 8, 8, dtype=torch.float64)
    with torch.no_grad():
        model.head.bias[2] -= 50  # no END: every caption has two words
        first = model(image, torch.tensor([[1]]))[0, 0].softmax(-1)
        second = [model(image, torch.tensor([[1, t]]))[0, 1].softmax(-1) for t in range(6)]
        best = model.beam(image, 2, limit=2)[-1][0]
    rows = [row.tolist() for row in second]
    found = REGISTRY.find("beam_best").reference(first.tolist(), rows, 2)
    assert math.log(found) == pytest.approx(best.score, abs=1e-6)
    chances = [first[best.tokens[0]].item(), rows[best.tokens[0]][best.tokens[1]]]
    assert REGISTRY.find("caption_score").reference(chances) == pytest.approx(best.score, abs=1e-6)
