"""The experiments of lecture attention/02: equal time with attention, and where it looks.

`contest` trains a translator without attention and one with it, side by side, for the same time.
`compare_scores` trains translators of dates with each score and each first state of the decoder,
and asks how often the largest weight lies on the true source word.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from utils.datasets.dates import Dates
from utils.datasets.words import NO_SOURCE, Pairs, Sentence
from utils.models.attention_seq2seq import STARTS, AttentionSettings, AttentionTranslator
from utils.models.seq2seq import SequenceToSequence, TranslationSettings
from utils.threads import one_thread
from utils.training.race import Racer
from utils.training.results import RESULTS, load_result, save_result
from utils.training.schedules import cosine, with_warmup
from utils.training.transformer_races import begin_translation
from utils.training.translation import (
    LIMIT,
    TranslationHistory,
    exact_matches,
    fit_translation,
)
from utils.training.translators import Translator

WITHOUT, WITH = "without attention", "with attention"
SCORES = ("dot", "scaled", "additive")
DATE_RATE, DATE_STEPS, DATE_WARMUP = 1e-2, 600, 20
TEXT = {
    "alignment": "These pairs do not know their alignment: give dates.",
    "weights": "Weights of {given} do not fit these pairs, which need {wanted}.",
    "row": "There are pairs 0 to {last}, not {value!r}.",
}


def attention_translator(train: Pairs, seed: int = 0, **changed: object) -> AttentionTranslator:
    """Return the translator with attention for some pairs; ``changed`` replaces settings.

    The cell, as that of `plain_translator`, did best on validation numbers in short trials.
    """
    own = {"embedding": 48, "hidden": 96, "cell": "gru", "score": "scaled", "start": "learned"}
    sizes = (len(train.source_words), len(train.target_words))
    return AttentionTranslator(AttentionSettings(*sizes, **own | changed), seed=seed)


def plain_translator(train: Pairs, seed: int = 0, **changed: object) -> SequenceToSequence:
    """Return the translator without attention for some pairs; ``changed`` replaces settings."""
    own = {"embedding": 48, "hidden": 192, "cell": "lstm"}
    sizes = (len(train.source_words), len(train.target_words))
    return SequenceToSequence(TranslationSettings(*sizes, **own | changed), seed=seed)


def contest(
    train: Pairs, validation: Pairs, steps: tuple[int, int], hidden: tuple[int, int] = (192, 96)
) -> tuple[Racer, Racer]:
    """Return the racers without and with attention, with their updates and hidden sizes."""
    makers = (plain_translator, attention_translator)
    rates = {WITHOUT: 3e-3, WITH: 5e-3}
    racers = []
    for (name, rate), make, own, size in zip(rates.items(), makers, steps, hidden, strict=True):

        def new(pairs: Pairs, seed: int, make: Callable = make, size: int = size):
            return make(pairs, seed, hidden=size)

        racers.append(Racer(name, begin_translation(new, train, validation), rate, own))
    return tuple(racers)


# Dates: where does it look, and where should it?


def train_dates_attending(
    dates: Dates,
    steps: int = DATE_STEPS,
    *,
    score: str = "scaled",
    start: str = "learned",
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[Translator, TranslationHistory]:
    """Train a translator of dates with attention from scratch, on one thread: GRUs of 64 units."""
    sizes = {"embedding": 32, "hidden": 64}
    model = attention_translator(dates.train, seed, **sizes, score=score, start=start)
    schedule = with_warmup(cosine(DATE_RATE, steps - DATE_WARMUP), DATE_WARMUP)
    parts = (dates.train, dates.validation)
    options = {"seed": seed, "evaluate_every": steps, "on_progress": on_progress}
    with one_thread():
        history = fit_translation(model, *parts, schedule, steps, **options)
    return Translator.of(model, dates.train), history


@torch.no_grad()
def weights_on(model: AttentionTranslator, pairs: Pairs) -> Tensor:
    """Return where a decoder looks when it reads the true words: weights (N, T, S)."""
    return model.weights(pairs.source, pairs.source_lengths, pairs.inputs)


def true_places(pairs: Pairs) -> Tensor:
    """Return the true source place of each output (N, T), NO_SOURCE for none.

    ValueError for pairs whose alignment is not known.
    """
    if pairs.alignment is None:
        raise ValueError(TEXT["alignment"])
    return pairs.alignment[:, 1:]


def aligned(weights: Tensor, pairs: Pairs) -> float:
    """Return the share of output words whose largest weight (N, T, S) is on the true source.

    ValueError for weights of another shape, and where the alignment is not known.
    """
    truth = true_places(pairs)
    wanted = (*truth.shape, pairs.source.shape[1])
    if tuple(weights.shape) != wanted:
        raise ValueError(TEXT["weights"].format(given=tuple(weights.shape), wanted=wanted))
    known = truth >= 0
    return float((weights.argmax(-1) == truth)[known].float().mean())


Look = tuple[Tensor, Sentence, Sentence, list[int] | None]


def look(translator: Translator, sentence: Sentence, truth: Sequence[int] | None = None) -> Look:
    """Return what a translator with attention does with a sentence, for an AttentionMap.

    That is: weights (T, S), the S source words, the T words that it writes (with END, if it gets
    there), and the true source place of each, NO_SOURCE where ``truth`` ends, None where it is not
    known. ValueError for a sentence that it cannot read.
    """
    source = translator.encode(sentence)
    words, weights = translator.model.translate(source, LIMIT)
    tokens = tuple(translator.target_words.tokens[word] for word in words.tolist())
    if truth is not None:
        truth = [*truth, *[NO_SOURCE] * len(tokens)][: len(tokens)]
    return weights, tuple(sentence), tokens, truth


def look_at(translator: Translator, pairs: Pairs, row: int) -> Look:
    """Return `look` for one of some pairs whose alignment is known.

    The truth is that of the right translation, word by word. ValueError for another row.
    """
    if not isinstance(row, int) or not 0 <= row < len(pairs.source):
        raise ValueError(TEXT["row"].format(last=len(pairs.source) - 1, value=row))
    count = int(pairs.target_lengths[row])
    return look(translator, pairs.sentences(row)[0], true_places(pairs)[row, :count].tolist())


@dataclass(frozen=True)
class Scores:
    """Translators of dates: S scores, B first states of the decoder, R seeds.

    exact (S, B, R): share of test dates right in every word. aligned (S, B, R): share of their
    words whose largest weight lies on the true source word. seconds (S, B, R) of training.
    about: where the numbers come from, plain JSON values.
    """

    scores: tuple[str, ...]
    starts: tuple[str, ...]
    exact: np.ndarray
    aligned: np.ndarray
    seconds: np.ndarray
    about: dict = field(default_factory=dict)

    def of(self, score: str, start: str) -> tuple[np.ndarray, np.ndarray]:
        """Return exact and aligned (R,) of one score and one first state."""
        place = self.scores.index(score), self.starts.index(start)
        return self.exact[place], self.aligned[place]


def compare_scores(
    dates: Dates,
    scores: Sequence[str] = SCORES,
    starts: Sequence[str] = STARTS,
    *,
    seeds: int = 5,
    steps: int = DATE_STEPS,
    about: dict | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Scores:
    """Train a translator of dates with every score, every first state and every seed."""
    runs = [(c, s, r) for c in scores for s in starts for r in range(seeds)]
    found = []
    for done, (score, start, seed) in enumerate(runs, 1):
        translator, history = train_dates_attending(
            dates, steps, score=score, start=start, seed=seed
        )
        share = aligned(weights_on(translator.model, dates.test), dates.test)
        right = float(exact_matches(translator.model, dates.test).mean())
        found.append((right, share, history.seconds[-1]))
        if on_progress:
            on_progress(done / len(runs))
    shape = (len(scores), len(starts), seeds)
    exact, share, seconds = (np.reshape(row, shape) for row in zip(*found, strict=True))
    return Scores(tuple(scores), tuple(starts), exact, share, seconds, about or {})


def save_scores(result: Scores, name: str, folder: Path = RESULTS) -> Path:
    """Write a comparison of scores as ``name``.json; return the path."""
    return save_result(result, name, folder, indent=None)


def load_scores(name: str, folder: Path = RESULTS) -> Scores:
    """Return a kept comparison of scores; ResultError where it is missing or damaged."""
    return load_result(name, _scores, ("exact", "aligned", "seconds"), folder)


def _scores(record: dict) -> Scores:
    lists = {name: tuple(record[name]) for name in ("scores", "starts")}
    found = Scores(**record | lists)
    if found.exact.shape != found.aligned.shape or found.exact.shape[:2] != (
        len(found.scores),
        len(found.starts),
    ):
        raise ValueError(found.scores)
    return found
