"""What passes a deep stack of fresh Transformer blocks: the gradient, and what differs by place.

Source: Dong, Cordonnier and Loukas, "Attention is not all you need: pure attention loses rank
doubly exponentially with depth" (2021), for the places that become alike without residuals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from utils.models.transformer import EncoderBlock, TransformerSettings

TEXT = {
    "depth": "Each depth must be a whole number, at least 1, not {value!r}.",
    "few": (
        "Give at least one kind of block, one depth and one seed, not {kinds}, {depths} and "
        "{seeds!r}."
    ),
}


@dataclass(frozen=True)
class Reach:
    """K kinds of block, D depths, R seeds.

    depths (D,): numbers of blocks. gradient (K, D, R): norm of the loss's gradient at the input of
    the first block, divided by that at the output of the last one. spread (K, D, R): how far the
    outputs of the places differ from their mean, as a share of their norm: 0 where all are alike.
    """

    names: tuple[str, ...]
    depths: np.ndarray
    gradient: np.ndarray
    spread: np.ndarray


def reach(
    kinds: Mapping[str, dict],
    depths: Sequence[int],
    seeds: int = 3,
    places: int = 12,
    width: int = 32,
) -> Reach:
    """Measure stacks of fresh blocks; ``kinds``: name -> settings such as residual and norm.

    The loss is a random sum of all outputs, so that it asks for nothing special. ValueError for a
    depth below 1.
    """
    if not kinds or not len(depths) or not isinstance(seeds, int) or seeds < 1:
        raise ValueError(TEXT["few"].format(kinds=len(kinds), depths=len(depths), seeds=seeds))
    if wrong := [depth for depth in depths if not isinstance(depth, int) or depth < 1]:
        raise ValueError(TEXT["depth"].format(value=wrong[0]))
    shape = (places, width)
    found = np.array(
        [
            [[_passed(own, depth, seed, shape) for seed in range(seeds)] for depth in depths]
            for own in kinds.values()
        ]
    )
    return Reach(tuple(kinds), np.array(depths), found[..., 0], found[..., 1])


def _passed(own: dict, depth: int, seed: int, shape: tuple[int, int]) -> tuple[float, float]:
    """Return gradient and spread of one stack, in float64."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        settings = TransformerSettings(vocabulary=1, width=shape[1], **own)
        blocks = [EncoderBlock(settings).double() for _ in range(depth)]
        start = torch.randn(1, *shape, dtype=torch.float64, requires_grad=True)
        wanted = torch.randn(1, *shape, dtype=torch.float64)
    x = start
    for block in blocks:
        x, _ = block(x)
    (x * wanted).sum().backward()
    x = x.detach()
    apart = (x - x.mean(dim=1, keepdim=True)).norm() / x.norm()
    return float(start.grad.norm() / wanted.norm()), float(apart)
