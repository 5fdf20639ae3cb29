"""Scores of places add up to the classifier's logit; covering greys the places that are meant."""

import dataclasses

import pytest
import torch

from utils.analysis.name_attention import (
    GREY,
    cover_places,
    covered,
    grid_features,
    name_attention,
)
from utils.datasets.photographs import load_photograph, square
from utils.models.convnets import load_network


@pytest.fixture(scope="module")
def network():
    return load_network()


@pytest.fixture(scope="module")
def pixels():
    return square(load_photograph("coffee"))[None]


def test_the_mean_of_the_scores_and_the_bias_are_the_logit(network, pixels):
    maps = name_attention(network, pixels, ("espresso", "tripod"))
    numbers = [network.names.index(name) for name in maps.names]
    with torch.inference_mode():
        logits = network.network(network.scale(pixels))[0]
    by_place = maps.scores.mean(1) + network.network._fc.bias[numbers]
    assert torch.allclose(by_place, logits[numbers], atol=1e-4)
    assert torch.allclose(maps.probabilities, logits.softmax(-1)[numbers], atol=1e-5)
    assert maps.weights.shape == (2, 49) and maps.side == 7
    assert torch.allclose(maps.weights.sum(1), torch.ones(2))


def test_without_names_the_likely_ones_are_asked(network, pixels):
    maps = name_attention(network, pixels, top=2)
    assert maps.names == tuple(name for name, _ in network.name_images(pixels, 2)[0])
    assert torch.allclose(
        grid_features(network, pixels).mean(1), network.features(pixels), atol=1e-4
    )


def test_covering_greys_the_places_and_nothing_else(network, pixels):
    changed = (covered(pixels, torch.tensor([0, 8]), 7) != pixels).any(1)[0]
    allowed = torch.zeros(224, 224, dtype=torch.bool)
    allowed[:32, :32] = allowed[32:64, 32:64] = True
    assert not changed[~allowed].any() and changed[allowed].float().mean() > 0.9
    assert (covered(pixels, torch.tensor([0]), 7)[0, :, :32, :32] == GREY).all()


def test_the_places_of_a_name_matter_more_than_others(network, pixels):
    maps = name_attention(network, pixels, ("espresso",))
    found = cover_places(network, pixels, maps, draws=6)
    assert found.whole == pytest.approx(maps.probabilities[0].item(), abs=1e-4)
    assert found.most < found.random.mean() < found.whole
    again = cover_places(network, pixels, maps, draws=6)
    assert torch.equal(found.random, again.random)


def test_wrong_input_gets_one_sentence(network, pixels):
    maps = name_attention(network, pixels, ("espresso",))
    with pytest.raises(ValueError, match=r"one image, uint8 \(1, 3, S, S\)"):
        name_attention(network, pixels.float())
    with pytest.raises(ValueError, match="no name 'coffe'"):
        name_attention(network, pixels, ("coffe",))
    with pytest.raises(ValueError, match="above 0 and below 1, not 1"):
        cover_places(network, pixels, maps, share=1)
    other = dataclasses.replace(network, name="alexnet", network=torch.nn.Linear(2, 2))
    with pytest.raises(ValueError, match="'alexnet' does not"):
        name_attention(other, pixels)
