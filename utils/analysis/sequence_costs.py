"""RNN, convolution, self-attention: what a longer sequence costs, and how far apart its ends are.

Lecture attention/04; the comparison is that of Vaswani et al., "Attention Is All You Need"
(2017), table 1, here measured.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from utils.models.attention import MultiHeadAttention
from utils.threads import one_thread

KINDS = ("RNN", "convolution", "self-attention")
TEXT = {
    "lengths": "Choose at least one length, each a whole number of at least 2, not {value!r}.",
    "kind": "There is no kind {value!r}. Choose one of: {names}.",
}
KERNEL = 3


def layer(kind: str, width: int, seed: int = 0) -> Callable[[Tensor], Tensor]:
    """Return one layer of a kind, (N, T, E) -> (N, T, E); a convolution sees 3 places.

    Raises ValueError for an unknown kind.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if kind == "RNN":
            recurrent = nn.RNN(width, width, batch_first=True)
            return lambda x: recurrent(x)[0]
        if kind == "convolution":
            convolution = nn.Conv1d(width, width, KERNEL, padding=KERNEL // 2)
            return lambda x: convolution(x.transpose(1, 2)).transpose(1, 2)
        if kind == "self-attention":
            heads = MultiHeadAttention(width, 1)
            return lambda x: heads(x)[0]
    raise ValueError(TEXT["kind"].format(value=kind, names=", ".join(KINDS)))


@dataclass(frozen=True)
class Costs:
    """``seconds``: kind -> (L, R), forward and backward at each of L lengths in R rounds.

    They are seconds of one processor core: what else runs on the machine does not count.
    """

    lengths: tuple[int, ...]
    seconds: dict[str, np.ndarray]

    def median(self, kind: str) -> np.ndarray:
        """Return the median of the rounds, seconds (L,)."""
        return np.median(self.seconds[kind], axis=1)


@one_thread()
def measure_costs(
    lengths: Sequence[int],
    *,
    width: int = 64,
    batch: int = 4,
    rounds: int = 5,
    on_progress: Callable[[int, int], None] | None = None,
) -> Costs:
    """Time one layer of each kind, forward and backward, on one core, the kinds taking turns.

    Raises ValueError for a length below 2.
    """
    listed = isinstance(lengths, Sequence) and len(lengths)
    if not listed or any(not isinstance(length, int) or length < 2 for length in lengths):
        raise ValueError(TEXT["lengths"].format(value=lengths))
    layers = {kind: layer(kind, width) for kind in KINDS}
    seconds = {kind: np.empty((len(lengths), rounds)) for kind in KINDS}
    for row, length in enumerate(lengths):
        x = torch.randn(batch, length, width, requires_grad=True)
        for kind in KINDS:
            _timed(layers[kind], x)  # the first run also sets things up
        for turn in range(rounds):
            for kind in KINDS:
                seconds[kind][row, turn] = _timed(layers[kind], x)
        if on_progress:
            on_progress(row + 1, len(lengths))
    return Costs(tuple(lengths), seconds)


def _timed(function: Callable[[Tensor], Tensor], x: Tensor) -> float:
    start = time.process_time()
    function(x).sum().backward()
    return time.process_time() - start


def layers_between(kind: str, length: int, width: int = 4) -> int:
    """Return how many layers it takes until the first place reaches the last one.

    Layers are put on each other until the gradient of the last output with respect to the first
    input is not 0. An RNN needs one layer, but as many steps inside it; see `steps_between`.

    Raises ValueError for a length below 2.
    """
    if not isinstance(length, int) or length < 2:
        raise ValueError(TEXT["lengths"].format(value=length))
    x = torch.randn(1, length, width, dtype=torch.float64, requires_grad=True)
    y, count = x, 0
    while True:
        one = layer(kind, width, seed=count)
        y, count = _as_double(one, y), count + 1
        gradient = torch.autograd.grad(y[0, -1].sum(), x, retain_graph=True)[0]
        if gradient[0, 0].abs().sum() > 0:
            return count


def _as_double(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    return function(x.float()).double()


def steps_between(kind: str, length: int) -> int:
    """Return how many operations, one after the other, lie between the first and the last place.

    For an RNN the steps of its one layer, else the layers that `layers_between` finds.
    """
    layers = layers_between(kind, length)
    return layers * (length - 1) if kind == "RNN" else layers
