"""What self-attention does to scores, to order and to time, measured on the functions themselves.

Lecture attention/04. Sources: Vaswani et al., "Attention Is All You Need" (2017), for the scale
and the mask.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from utils.models.attention import attention, attention_weights, causal_mask, scaled_scores

TEXT = {
    "seeds": "seeds must be a whole number, at least 1, not {value!r}.",
    "widths": "Choose at least one width, each a whole number above 0, not {value!r}.",
    "places": "One sequence (T, D) with at least one place is needed, not {shape}.",
}


@dataclass(frozen=True)
class Saturation:
    """How sharp attention is for queries and keys of width D: arrays (W, S), W widths, S seeds.

    ``largest``: the mean of the largest weight of a row. ``gradient``: how much of a gradient
    passes the softmax, the mean Frobenius norm of its Jacobian. Both for the keys "scaled" and
    "not scaled".
    """

    widths: tuple[int, ...]
    largest: dict[str, np.ndarray]
    gradient: dict[str, np.ndarray]
    deviation: dict[str, np.ndarray]


def saturation(
    widths: Sequence[int], *, keys: int = 16, queries: int = 512, seeds: int = 8
) -> Saturation:
    """Draw queries and keys from N(0, 1) and measure the softmax of their scores.

    Raises ValueError without a width or for one below 1.
    """
    if not widths or any(not isinstance(width, int) or width < 1 for width in widths):
        raise ValueError(TEXT["widths"].format(value=list(widths)))
    if not isinstance(seeds, int) or seeds < 1:
        raise ValueError(TEXT["seeds"].format(value=seeds))
    names = ("scaled", "not scaled")
    found = {what: {n: np.empty((len(widths), seeds)) for n in names} for what in range(3)}
    for w, width in enumerate(widths):
        for seed in range(seeds):
            generator = torch.Generator().manual_seed(seed)
            query = torch.randn(queries, 1, width, generator=generator)
            key = torch.randn(queries, keys, width, generator=generator)
            for name, scale in zip(names, (None, 1.0), strict=True):
                scores = scaled_scores(query, key, scale)[:, 0]  # (queries, keys)
                weights = attention_weights(scores)
                found[0][name][w, seed] = weights.amax(dim=1).mean()
                found[1][name][w, seed] = softmax_jacobian(weights).norm(dim=(1, 2)).mean()
                found[2][name][w, seed] = scores.std()
    return Saturation(tuple(widths), *found.values())


def softmax_jacobian(weights: Tensor) -> Tensor:
    """Return ∂a/∂e (…, K, K) of weights a = softmax(e): diag(a) − a aᵀ."""
    return torch.diag_embed(weights) - weights[..., :, None] * weights[..., None, :]


def influence(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Return ‖∂y_t/∂x_s‖ (T, T): row t says which places s the output at t depends on.

    function: (T, D) -> (T, any); x (T, D). The gradient is that of all numbers of y_t. Raises
    ValueError for anything but one sequence.
    """
    if x.dim() != 2 or not len(x):
        raise ValueError(TEXT["places"].format(shape=tuple(x.shape)))
    jacobian = torch.autograd.functional.jacobian(function, x)  # (T, any, T, D)
    return jacobian.norm(dim=(1, 3))


Masked = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]


def masked_right(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    """Return output and weights with −∞ before the softmax for every later place."""
    return attention(query, key, value, causal_mask(len(query)))


def masked_after_softmax(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    """Return output and weights with zeros after the softmax: a classic fault."""
    weights = attention_weights(scaled_scores(query, key)) * causal_mask(len(query))
    return weights @ value, weights


def masked_transposed(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    """Return output and weights with the mask of queries and keys exchanged: a classic fault."""
    return attention(query, key, value, causal_mask(len(query)).T)


def masked_inverted(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    """Return output and weights where True was taken for "hidden": a classic fault."""
    return attention(query, key, value, ~causal_mask(len(query)))


MASKS: dict[str, Masked] = {
    "right": masked_right,
    "after softmax": masked_after_softmax,
    "transposed": masked_transposed,
    "inverted": masked_inverted,
}


@dataclass(frozen=True)
class MaskReading:
    """One way to mask: ``weights`` (T, T), their ``sums`` (T,), and the ``influence`` (T, T)."""

    weights: np.ndarray
    sums: np.ndarray
    influence: np.ndarray

    @property
    def from_future(self) -> float:
        """The largest gradient that reaches a place from a later one; 0 if nothing leaks."""
        return float(np.triu(self.influence, 1).max())


def read_mask(masked: Masked, x: Tensor, maps: Sequence[Tensor]) -> MaskReading:
    """Return what a way to mask does to the sequence x (T, D) with the maps Wq, Wk, Wv (D, A)."""

    def output(inputs: Tensor) -> Tensor:
        return masked(*(inputs @ W for W in maps))[0]

    weights = masked(*(x @ W for W in maps))[1].detach().numpy()
    return MaskReading(weights, weights.sum(axis=1), influence(output, x).numpy())


def unnamed(readings: Mapping[str, MaskReading], seed: int = 0) -> dict[str, MaskReading]:
    """Return the readings in a random order, under the letters A, B, C … instead of names."""
    order = np.random.default_rng(seed).permutation(len(readings))
    found = list(readings.values())
    return {chr(ord("A") + place): found[index] for place, index in enumerate(order)}
