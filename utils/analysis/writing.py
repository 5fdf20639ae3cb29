"""Two ways through a decoder: all true words at once, as in training, or one word after another."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from utils.datasets.words import END, START, Sentence
from utils.models.seq2seq import SequenceToSequence
from utils.models.transformer import Transformer
from utils.threads import one_thread

TEXT = {
    "lengths": "Each length must be a whole number, at least 1, not {value!r}.",
    "few": "Give at least one length and 4 words, not {lengths} lengths and {words!r} words.",
}
AT_ONCE, ONE_BY_ONE = "all at once", "word by word"


@dataclass(frozen=True)
class Writing:
    """L lengths in words; milliseconds (2, L) of a sentence, all at once and word by word.

    differs: the largest difference between the logits of the two ways.
    """

    lengths: np.ndarray
    milliseconds: np.ndarray
    differs: float

    def times(self) -> dict[str, np.ndarray]:
        """Return the milliseconds (L,) of each way by its name."""
        return dict(zip((AT_ONCE, ONE_BY_ONE), self.milliseconds, strict=True))


@torch.no_grad()
def step_by_step(model: SequenceToSequence, source: Tensor, inputs: Tensor) -> Tensor:
    """Return the logits (N, T, V) after each of the words (N, T), read one after another."""
    encoded = model.encoder(source)
    state, found = model.decoder.begin(encoded), []
    for words in inputs.T:
        logits, state = model.decoder.step(words, state, encoded)
        found.append(logits)
    return torch.stack(found, dim=1)


@torch.no_grad()
def compare_writing(
    model: SequenceToSequence, lengths: Sequence[int], *, words: int = 20, repeats: int = 9
) -> Writing:
    """Time both ways on sentences of random tokens below ``words``; the shortest counts.

    ValueError for a length below 1.
    """
    if not lengths or not isinstance(words, int) or words < 4:
        raise ValueError(TEXT["few"].format(lengths=len(lengths), words=words))
    if wrong := [n for n in lengths if not isinstance(n, int) or n < 1]:
        raise ValueError(TEXT["lengths"].format(value=wrong[0]))
    draw = torch.Generator().manual_seed(0)
    times, differs = [], 0.0
    with one_thread():
        for length in lengths:
            source, inputs = torch.randint(3, words, (2, 1, length), generator=draw)
            ways = [
                partial(model, source, None, inputs),
                partial(step_by_step, model, source, inputs),
            ]
            differs = max(differs, float((ways[0]() - ways[1]()).abs().max()))
            times.append([_best(way, repeats) for way in ways])
    return Writing(np.array(lengths), np.array(times).T, differs)


def _best(work: Callable[[], object], repeats: int) -> float:
    """Return the shortest time of some calls in milliseconds: other work only adds to it."""
    spent = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return 1000 * min(spent)


@torch.no_grad()
def look_back(model: Transformer, source: Tensor, limit: int = 60) -> tuple[Tensor, Tensor]:
    """Return what a Transformer writes for one source (S,), and the weights of cross-attention.

    The words (T,) end with END, if it was reached; the weights are (L, H, T, S) of L layers.
    """
    words = model.greedy(source[None], limit=limit)  # (1, T)
    inputs = torch.cat([words.new_full((1, 1), START), words[:, :-1]], dim=1)
    _, weights = model.decoder.look(inputs, model.encoder(source[None]))
    return words[0], torch.stack([crossed[0] for _, crossed in weights])


def tokens(words: Tensor, decode: Callable[[Tensor], Sentence]) -> tuple[str, ...]:
    """Return the words (T,) as text; the last one is END where it was written."""
    ended = words[-1] == END
    return (*decode(words), "END") if ended else tuple(decode(words))
