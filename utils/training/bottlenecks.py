"""The experiments of lecture attention/01: what makes one vector hold a longer sentence.

`compare_networks` trains translators without attention that differ in their hidden size, or in
the order in which they read, and measures each one's exact match against the source's length.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from utils.datasets.words import PAD, Pairs, Sentence
from utils.models.language import parameters_of
from utils.models.seq2seq import SequenceToSequence, TranslationSettings
from utils.threads import one_thread
from utils.training.results import RESULTS, load_result, save_result
from utils.training.schedules import cosine, with_warmup
from utils.training.translation import (
    LengthCurve,
    exact,
    exact_matches,
    fit_translation,
    length_curve,
)

EMBEDDING, RATE, WARMUP = 48, 3e-3, 50
TEXT = {
    "none": "Give at least one network and at least one seed.",
    "name": "There is no network {value!r}. Choose one of: {names}.",
}


@dataclass(frozen=True)
class Network:
    """A translator without attention. reverse: it reads the source from its end."""

    name: str
    hidden: int
    cell: str = "lstm"
    reverse: bool = False


@dataclass(frozen=True)
class Bottlenecks:
    """K networks, R seeds of each, B bins of source lengths.

    first, last (B,): the lengths of each bin. sentences (B,): how many are in it. matches
    (K, R, B): share of held-out sentences right in every word. hidden, parameters (K,): sizes.
    seconds (K, R): of training. about: where the numbers come from, plain JSON values.
    """

    names: tuple[str, ...]
    hidden: np.ndarray
    parameters: np.ndarray
    first: np.ndarray
    last: np.ndarray
    sentences: np.ndarray
    matches: np.ndarray
    seconds: np.ndarray
    about: dict = field(default_factory=dict)

    def curve(self, name: str) -> LengthCurve:
        """Return the curve of one network. ValueError for a name that is not there."""
        if name not in self.names:
            raise ValueError(TEXT["name"].format(value=name, names=", ".join(self.names)))
        matches = self.matches[self.names.index(name)]
        return LengthCurve(name, self.first, self.last, matches, self.sentences, self.about)


def reverse_source(pairs: Pairs) -> Pairs:
    """Return the same pairs with the words of each source in reversed order, then PAD."""
    places = torch.arange(pairs.source.shape[1])
    back = pairs.source_lengths[:, None] - 1 - places  # (N, S), negative in the padding
    turned = pairs.source.gather(1, back.clamp_min(0))
    return replace(pairs, source=torch.where(back >= 0, turned, PAD), alignment=None)


def train_network(
    network: Network,
    train: Pairs,
    validation: Pairs,
    steps: int,
    *,
    rate: float = RATE,
    seed: int = 0,
) -> tuple[SequenceToSequence, float]:
    """Train one network from scratch, on one thread; return it and its seconds.

    The sentences must already be in the order in which the network reads.
    """
    sizes = (len(train.source_words), len(train.target_words), EMBEDDING, network.hidden)
    model = SequenceToSequence(TranslationSettings(*sizes, network.cell), seed=seed)
    schedule = with_warmup(cosine(rate, steps - WARMUP), WARMUP)
    with one_thread():
        history = fit_translation(
            model, train, validation, schedule, steps, seed=seed, evaluate_every=steps
        )
    return model, float(history.seconds[-1])


def compare_networks(
    networks: Sequence[Network],
    parts: tuple[Pairs, Pairs, Pairs],
    steps: int,
    *,
    rate: float = RATE,
    seeds: int = 3,
    width: int = 3,
    about: dict | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Bottlenecks:
    """Train every network with every seed; measure on the last of (train, validation, test).

    ``width``: of a bin of lengths, in words. ValueError for no networks or seeds.
    """
    if not networks or not isinstance(seeds, int) or seeds < 1:
        raise ValueError(TEXT["none"])
    right, seconds, sizes = [], [], []
    for network in networks:
        own = tuple(reverse_source(part) for part in parts) if network.reverse else parts
        for seed in range(seeds):
            model, spent = train_network(network, *own[:2], steps, rate=rate, seed=seed)
            right.append(exact_matches(model, own[2]))
            seconds.append(spent)
            if on_progress:
                on_progress(len(right) / (len(networks) * seeds))
        sizes.append(parameters_of(model))
    curve = length_curve("", right, parts[2].source_lengths, width)
    shape = (len(networks), seeds)
    return Bottlenecks(
        tuple(network.name for network in networks),
        np.array([network.hidden for network in networks]),
        np.array(sizes),
        curve.first,
        curve.last,
        curve.sentences,
        curve.matches.reshape(*shape, -1),
        np.reshape(seconds, shape),
        about or {},
    )


def save_bottlenecks(result: Bottlenecks, name: str, folder: Path = RESULTS) -> Path:
    """Write a comparison as ``name``.json, numbers to four digits; return the path."""
    return save_result(result, name, folder, indent=None)


def load_bottlenecks(name: str, folder: Path = RESULTS) -> Bottlenecks:
    """Return a kept comparison; ResultError where it is missing or damaged."""
    arrays = ("hidden", "parameters", "first", "last", "sentences", "matches", "seconds")
    return load_result(name, _bottlenecks, arrays, folder)


def _bottlenecks(record: dict) -> Bottlenecks:
    found = Bottlenecks(**record | {"names": tuple(record["names"])})
    if found.matches.shape != (len(found.names), found.seconds.shape[1], len(found.first)):
        raise ValueError(found.names)
    return found


@dataclass(frozen=True)
class Answered:
    """A source sentence, its right translation, and what some models wrote."""

    source: Sentence
    target: Sentence
    answers: tuple[Sentence, ...]


def answered(
    curve: LengthCurve, pairs: Pairs, answers: Sequence[Tensor], each: int = 5
) -> list[list[Answered]]:
    """Return for each bin of a curve some pairs with the answers (N, T) of some models.

    Of each bin the first ``each`` pairs in which the first model is wrong, filled up with right
    ones. See `utils.training.translation.written` for the answers.
    """
    right = exact(answers[0], pairs.outputs)
    lengths = pairs.source_lengths.numpy()
    chosen = []
    for first, last in zip(curve.first, curve.last, strict=True):
        inside = np.flatnonzero((lengths >= first) & (lengths <= last))
        order = inside[np.argsort(right[inside], kind="stable")][:each]
        chosen.append([_answered(pairs, answers, int(row)) for row in order])
    return chosen


def _answered(pairs: Pairs, answers: Sequence[Tensor], row: int) -> Answered:
    words = tuple(pairs.target_words.decode(answer[row]) for answer in answers)
    return Answered(*pairs.sentences(row), words)


@torch.no_grad()
def right_by_place(
    model: SequenceToSequence, pairs: Pairs, width: int = 3
) -> tuple[np.ndarray, np.ndarray]:
    """Return places of the output (B,), the middle of each bin, and the share of words right (B,).

    The decoder reads the true words, so each word is judged alone; END counts as a word.
    """
    right = model(pairs.source, pairs.source_lengths, pairs.inputs).argmax(-1) == pairs.outputs
    words = pairs.outputs != PAD
    starts = [s for s in range(0, words.shape[1], width) if words[:, s : s + width].any()]
    shares = [right[:, s : s + width][words[:, s : s + width]].float().mean() for s in starts]
    return np.array(starts) + (width + 1) / 2, np.array([float(share) for share in shares])
