"""What an encoder's last state still knows of each word that it has read.

A linear map is trained to name the word at each place of the source from the last state alone
(a probe, after Alain and Bengio, "Understanding intermediate layers using linear classifier
probes", 2016). A second one names it from the state right after that word. Lecture attention/01.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from utils.datasets.words import Pairs
from utils.models.seq2seq import SequenceToSequence

STRENGTHS = (1.0, 10.0, 100.0)  # of the ridge penalty; the best on validation data is kept
TEXT = {
    "words": "Ask for at least 1 word, not {value!r}.",
    "none": "No sentence has {words} words or more.",
}


@dataclass(frozen=True)
class Remembered:
    """Share of held-out words that a linear map names, by how long ago they were read.

    ago (W,): words read since, 0 for the last one. last (W,): from the encoder's last state.
    own (W,): from the state right after the word. guess (W,): always the most frequent word of
    that place. sentences: held-out ones, each with at least ``W`` words.
    """

    ago: np.ndarray
    last: np.ndarray
    own: np.ndarray
    guess: np.ndarray
    sentences: int


@torch.no_grad()
def remembered(model: SequenceToSequence, parts: Sequence[Pairs], words: int = 25) -> Remembered:
    """Probe the encoder on sentences of at least ``words`` words, at their last ``words`` places.

    ``parts``: training pairs for the probe, validation pairs for its penalty, test pairs for the
    result. ValueError for a number of words below 1, or more than any sentence has.
    """
    if not isinstance(words, int) or words < 1:
        raise ValueError(TEXT["words"].format(value=words))
    last, features, targets = zip(*(_read(model, part, words) for part in parts), strict=True)
    last = [found[:, None].expand(-1, words, -1) for found in last]  # the same at each place
    guess = targets[0].mode(dim=0).values
    return Remembered(
        np.arange(words)[::-1].copy(),
        _named(last, targets),
        _named(features, targets),
        (targets[2] == guess).double().mean(0).numpy(),
        len(targets[2]),
    )


def _read(model: SequenceToSequence, pairs: Pairs, words: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return what is handed over (N, F), and for the last ``words`` words h (N, W, H) and ids."""
    long = pairs.source_lengths >= words
    if not long.any():
        raise ValueError(TEXT["none"].format(words=words))
    source, lengths = pairs.source[long], pairs.source_lengths[long]
    encoded = model.encoder(source, lengths)
    states, last = encoded.states, encoded.last  # (N, S, H), (1, N, H) or two of them
    handed = last[0] if isinstance(last, Tensor) else torch.cat(last, dim=-1)[0]
    places = lengths[:, None] - words + torch.arange(words)  # (N, W)
    chosen = places[..., None].expand(-1, -1, states.shape[-1])
    return handed, states.gather(1, chosen), source.gather(1, places)


def _named(features: Sequence[Tensor], targets: Sequence[Tensor]) -> np.ndarray:
    """Return the share of test words that the best ridge regression names, for each place."""
    tokens = 1 + max(int(target.max()) for target in targets)
    rows = []
    for place in range(features[0].shape[1]):
        inputs = [_with_one(found[:, place]) for found in features]
        wanted = [target[:, place] for target in targets]
        maps = [_ridge(inputs[0], one_hot(wanted[0], tokens), each) for each in STRENGTHS]
        best = max(maps, key=lambda W: _share(inputs[1] @ W, wanted[1]))
        rows.append(_share(inputs[2] @ best, wanted[2]))
    return np.array(rows)


def _with_one(features: Tensor) -> Tensor:
    """Return features (N, F + 1) in float64, with a 1 for the bias."""
    return torch.cat([features.double(), torch.ones(len(features), 1, dtype=torch.float64)], dim=1)


def _ridge(X: Tensor, Y: Tensor, strength: float) -> Tensor:
    """Return the W (F, V) that minimises ‖XW − Y‖² + strength · ‖W‖²."""
    penalty = strength * torch.eye(X.shape[1], dtype=X.dtype)
    return torch.linalg.solve(X.T @ X + penalty, X.T @ Y.to(X.dtype))


def _share(scores: Tensor, wanted: Tensor) -> float:
    return float((scores.argmax(1) == wanted).double().mean())
