"""What a Transformer is without its parts: residuals, layer norm, positions, more than one head.

Every part is a switch. `compare_ablations` trains one translator of number words for each way to
set the switches; `compare_norms` asks at which learning rates a layer norm is needed, and where.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path

import numpy as np
import torch

from utils.datasets.words import Pairs
from utils.threads import one_thread
from utils.training.race import Racer, race
from utils.training.results import RESULTS, load_result, save_result
from utils.training.transformer_races import begin_translation, transformer_translator
from utils.training.translation import exact_matches, written

SWITCHES = ("residual", "norm", "positions", "heads")
# What a switch that is off changes in the settings.
OFF = {
    "residual": {"residual": False},
    "norm": {"norm": "none"},
    "positions": {"positions": "none"},
    "heads": {"heads": 1},
}
EVERY_WAY = tuple(product((True, False), repeat=len(SWITCHES)))
RATE = 3e-3
TEXT = {
    "switches": "Set each of the {wanted} switches {names} to True or False, not {value!r}.",
    "missing": "These switches were not trained: {value!r}.",
    "word": "Ask for sentences of at least 1 word, not {value!r}.",
}

Way = tuple[bool, ...]


@dataclass(frozen=True)
class Ablations:
    """C ways to set the switches, R seeds, E moments of measuring, M example sentences.

    on (C, 4): which of `SWITCHES` are on. updates (E,): done at each moment. exact (C, R, E):
    share of validation sentences right in every word. test (C, R): the same at the end on test
    sentences. seconds (C, R): of the processor, in updates. source, target (M,): example
    sentences; answers (C, M): what the first seed's model writes for them. about: where the
    numbers come from.
    """

    on: np.ndarray
    updates: np.ndarray
    exact: np.ndarray
    test: np.ndarray
    seconds: np.ndarray
    source: tuple[str, ...]
    target: tuple[str, ...]
    answers: tuple[tuple[str, ...], ...]
    about: dict = field(default_factory=dict)

    def row(self, *, off: Iterable[str] = ()) -> int:
        """Return the row in which exactly the switches ``off`` are off; ValueError for none."""
        off = set(off)
        wanted = [name not in off for name in SWITCHES]
        rows = np.flatnonzero((self.on == wanted).all(axis=1))
        if not len(rows) or not off <= set(SWITCHES):
            raise ValueError(TEXT["missing"].format(value=sorted(off)))
        return int(rows[0])


def without(*names: str) -> Way:
    """Return the way in which these switches are off and the others on."""
    return check_way(tuple(name not in names for name in SWITCHES))


def check_way(way: Sequence[bool]) -> Way:
    """Return the way; ValueError unless it sets each switch."""
    if len(way) != len(SWITCHES) or not all(isinstance(on, bool) for on in way):
        names = ", ".join(SWITCHES)
        raise ValueError(TEXT["switches"].format(wanted=len(SWITCHES), names=names, value=way))
    return tuple(way)


def changed_settings(way: Sequence[bool]) -> dict:
    """Return what a way changes in the settings of a Transformer."""
    changed: dict = {}
    for name, on in zip(SWITCHES, check_way(way), strict=True):
        changed |= {} if on else OFF[name]
    return changed


def up_to(pairs: Pairs, words: int) -> Pairs:
    """Return the pairs whose source has at most so many words."""
    if not isinstance(words, int) or words < 1:
        raise ValueError(TEXT["word"].format(value=words))
    return pairs[torch.nonzero(pairs.source_lengths <= words)[:, 0]]


def ablation_racer(name: str, train: Pairs, validation: Pairs, steps: int, **changed) -> Racer:
    """Return a Transformer with some settings changed, as a racer."""
    rate = changed.pop("rate", RATE)

    def make(pairs: Pairs, seed: int):
        return transformer_translator(pairs, seed, **changed)

    return Racer(name, begin_translation(make, train, validation), rate, steps)


def compare_ablations(
    train: Pairs,
    validation: Pairs,
    test: Pairs,
    ways: Sequence[Way] = EVERY_WAY,
    *,
    seeds: int = 1,
    steps: int = 600,
    moments: int = 6,
    examples: Sequence[int] = (),
    about: dict | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Ablations:
    """Train one model for each way and seed; ``examples`` are rows of ``test``.

    ValueError for a way that does not set every switch.
    """
    changes = {str(number): changed_settings(way) for number, way in enumerate(ways)}
    racers = [
        ablation_racer(name, train, validation, steps, **changed)
        for name, changed in changes.items()
    ]
    result, models = race(racers, seeds, moments=moments, on_progress=on_progress)
    with one_thread():  # models this small are slower on two
        scores = [[float(exact_matches(m, test).mean()) for m in kind] for kind in models]
        answers = [sentences(kind[0], test, examples) for kind in models]
    pairs = [test.sentences(row) for row in examples]
    return Ablations(
        np.array(ways),
        np.round(result.done * steps).astype(int),
        result.score,
        np.array(scores),
        result.seconds[:, :, -1],
        tuple(" ".join(source) for source, _ in pairs),
        tuple(" ".join(target) for _, target in pairs),
        tuple(answers),
        about or {},
    )


def sentences(model, pairs: Pairs, rows: Sequence[int]) -> tuple[str, ...]:
    """Return what a model writes for some rows, as text."""
    if not len(rows):
        return ()
    answers = written(model, pairs[torch.as_tensor(rows)])
    return tuple(" ".join(pairs.target_words.decode(answer)) for answer in answers)


@dataclass(frozen=True)
class Norms:
    """Exact match (P, L, R) for P places of the norm and L learning rates, R seeds.

    names (P,): pre, post, none. rates (L,). about: where the numbers come from.
    """

    names: tuple[str, ...]
    rates: np.ndarray
    exact: np.ndarray
    about: dict = field(default_factory=dict)


def compare_norms(
    train: Pairs,
    validation: Pairs,
    rates: Sequence[float],
    names: Sequence[str] = ("pre", "post", "none"),
    *,
    seeds: int = 1,
    steps: int = 300,
    layers: int = 2,
    about: dict | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Norms:
    """Train with every place of the norm at every rate; the score is on validation sentences."""
    racers = [
        ablation_racer(
            f"{name} {rate}", train, validation, steps, norm=name, rate=rate, layers=layers
        )
        for name in names
        for rate in rates
    ]
    result, _ = race(racers, seeds, moments=1, on_progress=on_progress)
    exact = result.score[:, :, -1].reshape(len(names), len(rates), seeds)
    return Norms(tuple(names), np.array(rates), exact, about or {})


def save_ablations(result: Ablations | Norms, name: str, folder: Path = RESULTS) -> Path:
    """Write a result as ``name``.json; return the path."""
    return save_result(result, name, folder, indent=None)


def load_ablations(name: str, folder: Path = RESULTS) -> Ablations:
    """Return a kept result; ResultError where it is missing or damaged."""
    return load_result(name, _ablations, ("on", "updates", "exact", "test", "seconds"), folder)


def _ablations(record: dict) -> Ablations:
    texts = {key: tuple(record.pop(key)) for key in ("source", "target")}
    answers = tuple(map(tuple, record.pop("answers")))
    found = Ablations(**record, **texts, answers=answers)
    count = (len(found.on), found.test.shape[1])
    if found.exact.shape != (*count, len(found.updates)) or len(answers) != count[0]:
        raise ValueError(found.exact.shape)
    return replace(found, on=found.on.astype(bool))


def load_norms(name: str, folder: Path = RESULTS) -> Norms:
    """Return kept norms; ResultError where they are missing or damaged."""
    return load_result(name, _norms, ("rates", "exact"), folder)


def _norms(record: dict) -> Norms:
    found = Norms(**record | {"names": tuple(record["names"])})
    if found.exact.shape[:2] != (len(found.names), len(found.rates)):
        raise ValueError(found.exact.shape)
    return found
