"""What the rows of an embedding layer have learned: directions, neighbours and groups."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from utils.threads import one_thread

TEXT = {
    "shape": "Weights need the shape (V, D) with {symbols} rows, one a symbol, not {shape}.",
    "symbol": "{value!r} is not one of the symbols.",
    "size": "{name} must be a whole number, at least 1, not {value!r}.",
    "table": "Weights need the shape (V, D): finite numbers, at least two rows and columns.",
    "group": "At least two groups need two symbols each.",
}
GROUPS = {
    "small letters": "abcdefghijklmnopqrstuvwxyz",
    "capital letters": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "digits": "0123456789",
    "brackets": "()[]{}",
    "operators": "+-*/%=<>&|^~!@",
    "other marks": " \n\"#$',.:;?\\_`",
}


@dataclass(frozen=True)
class Speed:
    """Median seconds of two ways to embed the same characters, and whether they agree.

    outputs, gradients: the largest difference of the outputs, and of the weights' gradients.
    """

    product: float
    look_up: float
    outputs: float
    gradients: float

    @property
    def ratio(self) -> float:
        """How many times longer the product takes."""
        return self.product / self.look_up


def compare_look_up(
    symbols: int, width: int, characters: int, *, repeats: int = 15, seed: int = 0
) -> Speed:
    """Embed random characters by a one-hot product and by look-up, forward and backward.

    Raises ValueError for a count below 1.
    """
    sizes = {"symbols": symbols, "width": width, "characters": characters, "repeats": repeats}
    for name, value in sizes.items():
        if not isinstance(value, int) or value < 1:
            raise ValueError(TEXT["size"].format(name=name, value=value))
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(symbols, (characters,), generator=generator)
    weights = torch.randn(symbols, width, generator=generator, requires_grad=True)
    factors = torch.randn(characters, width, generator=generator)

    def product() -> tuple[Tensor, Tensor]:
        out = functional.one_hot(ids, symbols).to(weights.dtype) @ weights
        return out, torch.autograd.grad((out * factors).sum(), weights)[0]

    def look_up() -> tuple[Tensor, Tensor]:
        out = functional.embedding(ids, weights)
        return out, torch.autograd.grad((out * factors).sum(), weights)[0]

    pairs = zip(product(), look_up(), strict=True)
    outputs, gradients = (float((a - b).detach().abs().max()) for a, b in pairs)
    with one_thread():  # so that no thread waits for another
        seconds = [_seconds(way) for _ in range(repeats) for way in (product, look_up)]
    return Speed(
        statistics.median(seconds[::2]), statistics.median(seconds[1::2]), outputs, gradients
    )


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def plane(weights: Tensor) -> tuple[np.ndarray, float]:
    """Return each row's place (V, 2) on the two directions of largest variance, and its share.

    Principal component analysis by singular values (Pearson, 1901); the share of the whole
    variance that the two directions hold lies in 0..1. Raises ValueError for weights that are not
    a table of finite numbers.
    """
    is_table = weights.dim() == 2 and min(weights.shape) >= 2
    if not is_table or not torch.isfinite(weights).all():
        raise ValueError(TEXT["table"])
    centred = (weights - weights.mean(0)).double()
    u, s, _ = torch.linalg.svd(centred, full_matrices=False)
    return (u[:, :2] * s[:2]).numpy(), float((s[:2] ** 2).sum() / (s**2).sum())


def similarity(weights: Tensor) -> Tensor:
    """Return the cosine of the angle between every two rows (V, V), after taking the mean off."""
    directions = functional.normalize(weights - weights.mean(0), dim=1)
    return directions @ directions.T


def neighbours(weights: Tensor, symbols: str, symbol: str, count: int = 5) -> list[str]:
    """Return the ``count`` symbols with the most similar direction, nearest first.

    Raises ValueError for a symbol that is not one, or where weights and symbols do not fit.
    """
    _check(weights, symbols)
    if len(symbol) != 1 or symbol not in symbols:
        raise ValueError(TEXT["symbol"].format(value=symbol))
    place = symbols.index(symbol)
    order = similarity(weights)[place].argsort(descending=True)
    return [symbols[i] for i in order.tolist() if i != place][:count]


@dataclass(frozen=True)
class Agreement:
    """Share of symbols whose nearest neighbour is of their own group; the same by chance.

    chance: (R,) after shuffling the rows among the symbols R times.
    """

    share: float
    chance: np.ndarray


def agreement(
    weights: Tensor,
    symbols: str,
    groups: Mapping[str, Sequence[str]] = GROUPS,
    *,
    shuffles: int = 200,
    seed: int = 0,
) -> Agreement:
    """Count how often the nearest neighbour is of the same group, and how often by chance.

    Raises ValueError where weights and symbols do not fit, or fewer than two groups are there.
    """
    _check(weights, symbols)
    of = {symbol: i for i, members in enumerate(groups.values()) for symbol in members}
    kept = [i for i, symbol in enumerate(symbols) if symbol in of]
    labels = np.array([of[symbols[i]] for i in kept])
    if sum(count >= 2 for count in np.bincount(labels, minlength=1)) < 2:
        raise ValueError(TEXT["group"])
    near = similarity(weights[kept]).fill_diagonal_(-2).argmax(1).numpy()
    rng = np.random.default_rng(seed)
    shuffled = [rng.permutation(labels) for _ in range(shuffles)]
    chance = np.array([(mixed[near] == mixed).mean() for mixed in shuffled])
    return Agreement(float((labels[near] == labels).mean()), chance)


def _check(weights: Tensor, symbols: str) -> None:
    if weights.dim() != 2 or len(weights) != len(symbols):
        shape = tuple(weights.shape)
        raise ValueError(TEXT["shape"].format(symbols=len(symbols), shape=shape))
