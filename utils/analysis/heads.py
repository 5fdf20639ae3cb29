"""What the heads of an encoder look at: measured patterns, a baseline, and what a head is worth.

A pattern names, for each token that looks, the places where it would look: the token before, the
token after, itself, a separator, another place with the same word. The score of a head is the
weight that lies on these places, on average over the tokens that have such a place. The baseline
is the same score of uniform attention. After Clark et al., "What Does BERT Look At?" (2019).

Letters: N sentences, T tokens, L layers, H heads, P patterns.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from utils.models.attention import padding_mask
from utils.models.minilm import SEPARATORS, MiniLM, pool
from utils.models.minilm import TEXT as MINILM_TEXT
from utils.models.transformer import run_blocks

Places = Callable[[Sequence[str]], np.ndarray]
BATCH = 55  # sentences at once
TEXT = {
    "few": "Give at least {least} sentences; a pattern of {given} says nothing.",
    "words": "Give the words of a sentence as a list, at least {least}, not {given!r}.",
    "places": "Weights and places need the same shape (T, T), not {weights} and {places}.",
    "none": "The pattern has no place in this sentence, so it has no score.",
    "topics": "There must be one topic for each of at least 2 vectors, not {topics} for {vectors}.",
    "finite": "The vectors hold numbers that are not finite.",
    "ranks": (
        "A rank correlation needs two rows of the same length, at least 2 finite numbers each; "
        "these have the shapes {one} and {other}."
    ),
    "unseen": (
        "No sentence has a place for the pattern “{name}”. Add sentences in which it can occur."
    ),
    "half": "There are two halves: 0 and 1, not {value!r}.",
    "name": "There is no pattern {value!r}. Choose one of: {names}.",
}
LEAST = 20


def _shifted(tokens: Sequence[str], by: int) -> np.ndarray:
    return np.eye(len(tokens), k=by, dtype=bool)


def _same_place(tokens: Sequence[str]) -> np.ndarray:
    return np.eye(len(tokens), dtype=bool)


def _is_separator(tokens: Sequence[str]) -> np.ndarray:
    return np.array([token in SEPARATORS for token in tokens])


def _separator(tokens: Sequence[str]) -> np.ndarray:
    """Words that look at [CLS] or [SEP]; what the separators themselves look at is left out."""
    marks = _is_separator(tokens)
    return ~marks[:, None] & marks[None]


def _same_word(tokens: Sequence[str]) -> np.ndarray:
    """The same piece at another place; separators and marks such as the comma do not count."""
    words = np.array(tokens)
    counts = np.array([token[0].isalnum() and token not in SEPARATORS for token in tokens])
    return (words[:, None] == words[None]) & counts[:, None] & ~_same_place(tokens)


def _inner(places: Places) -> Places:
    """Leave out the rows of separators and looks at them: the pattern is one of words."""

    def found(tokens: Sequence[str]) -> np.ndarray:
        words = ~_is_separator(tokens)
        return places(tokens) & words[:, None] & words[None]

    return found


PATTERNS: dict[str, Places] = {
    "previous token": _inner(lambda tokens: _shifted(tokens, -1)),
    "next token": _inner(lambda tokens: _shifted(tokens, 1)),
    "separator": _separator,
    "same word": _same_word,
    "same position": _inner(_same_place),
}


@dataclass(frozen=True)
class HeadScores:
    """How strongly each head shows each pattern.

    names: P. sums (N, L, H, P): weight on the pattern's places, summed over the tokens that have
    one. chance (N, P): the same for uniform attention. counts (N, P): how many tokens have one.
    """

    names: tuple[str, ...]
    sums: np.ndarray
    chance: np.ndarray
    counts: np.ndarray

    @property
    def scores(self) -> np.ndarray:
        """The mean weight (L, H, P) over all tokens that have such a place."""
        return self.sums.sum(axis=0) / self.counts.sum(axis=0)

    @property
    def baseline(self) -> np.ndarray:
        """The scores (P,) of uniform attention."""
        return self.chance.sum(axis=0) / self.counts.sum(axis=0)

    def of(self, name: str) -> np.ndarray:
        """Return the scores (L, H) for one pattern; ValueError for an unknown name."""
        if name not in self.names:
            raise ValueError(TEXT["name"].format(value=name, names=", ".join(self.names)))
        return self.scores[:, :, self.names.index(name)]

    def ranked(self, name: str) -> list[tuple[int, int, float]]:
        """Return (layer, head, score) of all heads, the strongest first."""
        scores = self.of(name)
        order = np.argsort(-scores, axis=None, kind="stable")
        return [
            (int(layer), int(head), float(scores[layer, head]))
            for layer, head in zip(*np.unravel_index(order, scores.shape), strict=True)
        ]

    def half(self, which: int) -> "HeadScores":
        """Return the scores on every second sentence, from the first (0) or the second (1)."""
        if which not in (0, 1):
            raise ValueError(TEXT["half"].format(value=which))
        parts = (self.sums, self.chance, self.counts)
        return HeadScores(self.names, *(part[which::2] for part in parts))

    def agreement(self) -> np.ndarray:
        """Return the correlation (P,) of the 72 scores between the two halves."""
        halves = [self.half(which).scores.reshape(-1, len(self.names)) for which in (0, 1)]
        pairs = zip(*(half.T for half in halves), strict=True)
        return np.array([np.corrcoef(one, other)[0, 1] for one, other in pairs])


def pattern_score(weights: np.ndarray, places: np.ndarray) -> float:
    """Return the mean weight on ``places`` (T, T) over the rows of (T, T) that have a place."""
    if weights.shape != places.shape:
        shapes = {"weights": weights.shape, "places": places.shape}
        raise ValueError(TEXT["places"].format(**shapes))
    rows = places.any(axis=1)
    if not rows.any():
        raise ValueError(TEXT["none"])
    return float((weights * places).sum(axis=1)[rows].mean())


def score_heads(model: MiniLM, sentences: Sequence[str]) -> HeadScores:
    """Measure every pattern in every head. ValueError for fewer than 20 sentences."""
    if isinstance(sentences, str) or not isinstance(sentences, Sequence):
        raise ValueError(MINILM_TEXT["sentences"].format(given=sentences))
    if len(sentences) < LEAST:
        raise ValueError(TEXT["few"].format(least=LEAST, given=len(sentences)))
    sums, chance, counts = [], [], []
    for start in range(0, len(sentences), BATCH):
        reading = model(list(sentences[start : start + BATCH]))
        for place, tokens in enumerate(reading.tokens.pieces):
            wanted = np.stack([found(tokens) for found in PATTERNS.values()])  # (P, T, T)
            rows = wanted.any(axis=2)
            maps = reading.maps(place).numpy()
            sums.append(np.einsum("lhqk,pqk->lhp", maps, wanted.astype(maps.dtype)))
            chance.append(wanted.sum(axis=(1, 2)) / len(tokens))
            counts.append(rows.sum(axis=1))
    for name, count in zip(PATTERNS, np.sum(counts, axis=0), strict=True):
        if not count:
            raise ValueError(TEXT["unseen"].format(name=name))
    return HeadScores(tuple(PATTERNS), np.stack(sums), np.stack(chance), np.stack(counts))


# What a head is worth


def without_each_head(model: MiniLM, sentences: Sequence[str]) -> np.ndarray:
    """Return how far the vectors move if one head is taken away: 1 - cosine (L, H, N).

    The blocks in front of the head give what they gave before, so they are run once.
    """
    tokens, blocks = model.tokens(sentences), model.encoder.blocks
    mask = padding_mask(tokens.lengths, tokens.ids.shape[1])
    moved = np.zeros((len(blocks), model.encoder.settings.heads, len(sentences)))
    with torch.inference_mode():
        whole = pool(model.encoder(tokens.ids, tokens.lengths).states, tokens.lengths)
        x = model.encoder.embed(tokens.ids)
        for layer in range(moved.shape[0]):
            for head in range(moved.shape[1]):
                with model.without_head(layer, head):
                    states, _ = run_blocks(blocks[layer:], x, mask)
                changed = pool(states, tokens.lengths)
                moved[layer, head] = 1 - (whole * changed).sum(dim=1).numpy()
            x, _ = blocks[layer](x, mask)
    return moved


def _check_words(words: Sequence[str], least: int) -> None:
    is_list = isinstance(words, Sequence) and not isinstance(words, str)
    if not is_list or len(words) < least or not all(isinstance(word, str) for word in words):
        raise ValueError(TEXT["words"].format(least=least, given=words))


def word_influence(model: MiniLM, words: Sequence[str]) -> np.ndarray:
    """Return how far the sentence's vector moves if one word is left out: 1 - cosine (W,)."""
    _check_words(words, 2)  # of a single word nothing is left
    shorter = [" ".join([*words[:i], *words[i + 1 :]]) for i in range(len(words))]
    vectors = model.vectors([" ".join(words), *shorter])
    return 1 - (vectors[1:] @ vectors[0]).numpy()


def word_attention(model: MiniLM, words: Sequence[str]) -> np.ndarray:
    """Return the attention that each word receives (W,): mean over layers, heads and tokens.

    A word of several pieces receives the sum of its pieces.
    """
    _check_words(words, 1)
    reading = model([" ".join(words)])
    received = reading.maps().mean(dim=(0, 1, 2)).numpy()
    encoded = model.tokenizer.encode(list(words), is_pretokenized=True)
    found = np.zeros(len(words))
    for place, word in enumerate(encoded.word_ids):
        if word is not None:
            found[word] += received[place]
    return found


# What the vectors know: topics


def nearest_share(vectors: torch.Tensor, topic: Sequence[int]) -> np.ndarray:
    """Return, for each of N unit vectors, whether its nearest other one has the same topic."""
    if len(vectors) < 2 or len(topic) != len(vectors):
        raise ValueError(TEXT["topics"].format(topics=len(topic), vectors=len(vectors)))
    if not vectors.isfinite().all():
        raise ValueError(TEXT["finite"])
    close = vectors @ vectors.T
    close.fill_diagonal_(-torch.inf)
    labels = np.array(topic)
    return labels[close.argmax(dim=1).numpy()] == labels


def word_means(model: MiniLM, sentences: Sequence[str]) -> torch.Tensor:
    """Return the mean of the words' own embeddings (N, E), length 1: no position, no attention.

    What all sentences share (words such as "the") is taken away: the mean over the sentences.
    """
    tokens = model.tokens(sentences)
    table = model.encoder.embed.tokens.weight
    means = torch.stack(
        [table[row[1 : n - 1]].mean(0) for row, n in zip(tokens.ids, tokens.lengths, strict=True)]
    )
    means = means - means.mean(dim=0) if len(sentences) > 2 else means
    return means / means.norm(dim=1, keepdim=True)


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Return Spearman's correlation of two rows of numbers; ties take the order of the row."""
    one, other = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    if one.shape != other.shape or one.ndim != 1 or len(one) < 2 or np.isnan([one, other]).any():
        raise ValueError(TEXT["ranks"].format(one=one.shape, other=other.shape))
    ranks = [values.argsort(kind="stable").argsort() for values in (one, other)]
    return float(np.corrcoef(*ranks)[0, 1])
