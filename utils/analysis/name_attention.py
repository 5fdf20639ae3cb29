"""Where a trained classifier finds the evidence for one of its names, as attention over places.

A network like EfficientNet-Lite0 ends in a grid of feature vectors, their mean, and one row of
weights for each name. That row can ask every place of the grid: its dot product with the place's
features is a score, and the softmax of the scores are weights. The mean of the scores plus the
bias is exactly the name's logit, so the map shows what the classifier adds up. This is no
captioner: nobody trained these weights as attention.

Sources: Zhou et al., "Learning Deep Features for Discriminative Localization" (2016), for the
scores of the places (class activation maps); Zeiler and Fergus, "Visualizing and Understanding
Convolutional Networks" (2014), for covering parts of the image.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from utils.models.attention import attention_weights, dot_scores
from utils.models.convnets import EfficientNetLite0, Pretrained

GREY = 127  # becomes 0 where EfficientNet-Lite0 scales its input
TEXT = {
    "kind": "Only EfficientNet-Lite0 keeps its features in places; {value!r} does not.",
    "pixels": "Give one image, uint8 (1, 3, S, S), not {dtype} {shape}.",
    "name": "The network has no name {value!r}; give one of its 1,000 names.",
    "share": "Cover a share of the image above 0 and below 1, not {value!r}.",
}


@dataclass(frozen=True)
class NameMaps:
    """W names asked of one image with a grid of L places, side × side.

    scores (W, L): how well each place fits each name. weights (W, L): their softmax.
    probabilities (W,): what the classifier gives each name.
    """

    names: tuple[str, ...]
    scores: Tensor
    weights: Tensor
    probabilities: Tensor
    side: int


def grid_features(network: Pretrained, pixels: Tensor) -> Tensor:
    """Return the features of each place (N, L, F) of uint8 pixels (N, 3, S, S).

    Their mean over the places is what the classifier reads. ValueError for another network.
    """
    own = network.network
    if not isinstance(own, EfficientNetLite0):
        raise ValueError(TEXT["kind"].format(value=network.name))
    with torch.inference_mode():
        x = own.lower(network.scale(pixels))
        x = F.relu6(own._bn1(own._conv_head(x)))  # (N, F, h, w)
    return x.flatten(2).transpose(1, 2)


def name_attention(
    network: Pretrained, pixels: Tensor, names: Sequence[str] | None = None, top: int = 3
) -> NameMaps:
    """Return where each of some names finds its evidence; without names, the ``top`` likely ones.

    ValueError for pixels that are not one image, and for a name that the network has not.
    """
    if pixels.dtype != torch.uint8 or pixels.dim() != 4 or len(pixels) != 1:
        raise ValueError(TEXT["pixels"].format(dtype=pixels.dtype, shape=tuple(pixels.shape)))
    places = grid_features(network, pixels)[0]  # (L, F)
    with torch.inference_mode():
        shares = network.network._fc(places.mean(0)).softmax(-1)
        chosen = _numbers(network, names) if names else shares.topk(top).indices.tolist()
        scores = dot_scores(network.network._fc.weight[chosen], places)  # (W, L)
        weights = attention_weights(scores)
    found = tuple(network.names[i] for i in chosen)
    return NameMaps(found, scores, weights, shares[chosen], round(len(places) ** 0.5))


def _numbers(network: Pretrained, names: Sequence[str]) -> list[int]:
    if unknown := [name for name in names if name not in network.names]:
        raise ValueError(TEXT["name"].format(value=unknown[0]))
    return [network.names.index(name) for name in names]


@dataclass(frozen=True)
class Covered:
    """A name's probability with the whole image, and with a part of it grey.

    whole: nothing is grey. most: the places with the most weight. random (R,): as many places,
    drawn R times.
    """

    name: str
    whole: float
    most: float
    random: Tensor


def cover_places(
    network: Pretrained,
    pixels: Tensor,
    maps: NameMaps,
    which: int = 0,
    *,
    share: float = 0.25,
    draws: int = 12,
    seed: int = 0,
) -> Covered:
    """Cover the places where one name has most of its weight, and places drawn at random.

    ValueError for a share that is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise ValueError(TEXT["share"].format(value=share))
    count = max(1, round(share * maps.side**2))
    generator = torch.Generator().manual_seed(seed)
    order = [maps.weights[which].argsort(descending=True)]
    order += [torch.randperm(maps.side**2, generator=generator) for _ in range(draws)]
    images = torch.cat([pixels, *(covered(pixels, row[:count], maps.side) for row in order)])
    with torch.inference_mode():
        logits = network.network(network.scale(images))
    shares = logits.softmax(-1)[:, network.names.index(maps.names[which])]
    return Covered(maps.names[which], shares[0].item(), shares[1].item(), shares[2:])


def covered(pixels: Tensor, places: Tensor, side: int) -> Tensor:
    """Return a copy of one image (1, 3, S, S) in which some places of a grid are grey."""
    mask = torch.zeros(1, 1, side, side)
    mask.view(-1)[places] = 1
    large = F.interpolate(mask, size=pixels.shape[2:], mode="nearest").bool()
    return pixels.masked_fill(large, GREY)
