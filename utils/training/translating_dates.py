"""The experiments of lecture recurrent/08 on dates: ways to train, and one decoding by hand.

Also what a wrong translation of a number looks like: `mistakes` asks whether the words are wrong
or only their order.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from utils.datasets.dates import Dates
from utils.datasets.words import Pairs
from utils.models.seq2seq import SequenceToSequence, TranslationSettings
from utils.threads import one_thread
from utils.training.schedules import cosine
from utils.training.translation import (
    TranslationHistory,
    exact_matches,
    fit_translation,
)
from utils.training.translators import Translator

RATE, EMBEDDING, HIDDEN, BATCH = 1e-2, 32, 64, 64
WAYS = {
    "true words": {},
    "own words": {"teacher_forcing": False},
    "shared weights": {"shared": True},
}
TEXT = {
    "ways": "There is no way {value!r}. Choose among: {names}.",
    "none": "Compare at least one way, with at least one seed.",
}


@dataclass(frozen=True)
class Ways:
    """R runs of each of W ways to train a translator of dates.

    names (W,). eval_steps (E,): updates done. exact (W, R, E): share of validation dates right
    in every word. test (W, R): the same on test dates at the end. seconds (W, R) of training.
    """

    names: tuple[str, ...]
    eval_steps: np.ndarray
    exact: np.ndarray
    test: np.ndarray
    seconds: np.ndarray

    def curves(self, *names: str) -> dict[str, np.ndarray]:
        """Return the (R, E) curves of some ways by name."""
        return {name: self.exact[self.names.index(name)] for name in names}

    def steps_to(self, share: float) -> dict[str, np.ndarray]:
        """Return for each way the updates at which each run first reached a share, (R,)."""
        reached = self.exact >= share
        steps = np.where(reached.any(-1), self.eval_steps[reached.argmax(-1)], np.inf)
        return dict(zip(self.names, steps, strict=True))


def new_model(dates: Dates, *, shared: bool = False, seed: int = 0) -> SequenceToSequence:
    """Return an encoder and a decoder for dates: GRUs with 64 units."""
    sizes = (len(dates.train.source_words), len(dates.train.target_words), EMBEDDING, HIDDEN)
    return SequenceToSequence(TranslationSettings(*sizes), shared=shared, seed=seed)


def train_dates(
    dates: Dates,
    steps: int = 1_000,
    *,
    seed: int = 0,
    shared: bool = False,
    teacher_forcing: bool = True,
    evaluate_every: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[Translator, TranslationHistory]:
    """Train a translator of dates from scratch, with a cosine schedule; return its curves too.

    It uses one thread: a network this small is slower on two.
    """
    model = new_model(dates, shared=shared, seed=seed)
    with one_thread():
        history = fit_translation(
            model,
            dates.train,
            dates.validation,
            cosine(RATE, steps),
            steps,
            batch_size=BATCH,
            teacher_forcing=teacher_forcing,
            seed=seed,
            evaluate_every=evaluate_every,
            on_progress=on_progress,
        )
    return Translator.of(model, dates.train), history


def compare_ways(
    dates: Dates,
    names: Sequence[str] = tuple(WAYS),
    *,
    seeds: int = 5,
    steps: int = 400,
    evaluate_every: int = 50,
    on_progress: Callable[[int, int], None] | None = None,
) -> Ways:
    """Train every way with every seed. ValueError for a way not in `WAYS`, no way, no seed."""
    if not len(names) or not isinstance(seeds, int) or seeds < 1:
        raise ValueError(TEXT["none"])
    for name in names:
        if name not in WAYS:
            raise ValueError(TEXT["ways"].format(value=name, names=", ".join(WAYS)))
    exact, test, seconds = [], [], []
    for name in names:
        for seed in range(seeds):
            run = {**WAYS[name], "seed": seed, "evaluate_every": evaluate_every}
            translator, history = train_dates(dates, steps, **run)
            exact.append(history.exact)
            seconds.append(history.seconds[-1])
            test.append(exact_matches(translator.model, dates.test).mean())
            if on_progress:
                on_progress(len(test), len(names) * seeds)
    shape = (len(names), seeds)
    return Ways(
        tuple(names),
        history.eval_steps,
        np.reshape(exact, (*shape, -1)),
        np.reshape(test, shape),
        np.reshape(seconds, shape),
    )


@dataclass(frozen=True)
class Mistakes:
    """How N sentences come out: right, the same words in another order, or other words.

    right, order, words: shares that sum to 1. rows: which sentences, for each of the three.
    swaps: those of another order in which exactly two words have changed places.
    """

    right: float
    order: float
    words: float
    rows: dict[str, tuple[int, ...]]
    swaps: tuple[int, ...]


def mistakes(answers: Tensor, pairs: Pairs) -> Mistakes:
    """Sort answers (N, T) by what is wrong with them; see `utils.training.translation.written`."""
    rows: dict[str, list[int]] = {"right": [], "order": [], "words": []}
    swaps = []
    for row, answer in enumerate(answers):
        given, wanted = pairs.target_words.decode(answer), pairs.sentences(row)[1]
        same = Counter(given) == Counter(wanted)
        rows["right" if given == wanted else "order" if same else "words"].append(row)
        if same and sum(a != b for a, b in zip(given, wanted, strict=True)) == 2:
            swaps.append(row)
    shares = {kind: len(found) / len(pairs) for kind, found in rows.items()}
    found = {kind: tuple(places) for kind, places in rows.items()}
    return Mistakes(**shares, rows=found, swaps=tuple(swaps))


def longest_part(pairs: Pairs, first: int) -> Pairs:
    """Return the pairs whose source has at least ``first`` words."""
    return pairs[torch.nonzero(pairs.source_lengths >= first)[:, 0]]
