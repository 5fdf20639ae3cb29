"""Number words, English to French or Korean, spelled by the package num2words.

"two thousand and one" becomes "deux mille un". The numbers have up to 18 digits and are drawn so
that every length of the English sentence, from 1 to 30 words, has its share. A number belongs to
training, validation or test by its hash alone, so no run ever trains on a held-out number.
Commas are left out and hyphens are read as spaces; a Korean word is one syllable.
"""

import contextlib
import hashlib
import json
import warnings
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import version
from itertools import chain
from pathlib import Path

import numpy as np
from num2words import num2words

from utils.datasets.words import Pairs, Sentence, WordVocabulary, pairs_of
from utils.files import write_atomically

LONGEST = 30  # words of an English sentence
LARGEST = 10**18 - 1
LANGUAGES = {"fr": "French", "ko": "Korean"}
PARTS = {"train": 600, "validation": 60, "test": 120}  # of each length, where there are as many
CACHE = Path(__file__).resolve().parents[2] / "data" / "cache"
_VERSION = f"num2words {version('num2words')}, format 1"
TEXT = {
    "language": "Number words go to one of: {names}; not to {value!r}.",
    "number": "Give a whole number from 0 to {largest:,}, not {value!r}.",
    "damaged": "{path} is damaged (its hash is wrong); it was made again.",
}


@dataclass(frozen=True)
class Numbers:
    """Three parts that share no number: `train`, `validation` and `test`, each made when asked for.

    values: the numbers of each part, int64 (N,), row by row. language: fr or ko.
    """

    values: dict[str, np.ndarray]
    language: str

    @cached_property
    def train(self) -> Pairs:
        return self._pairs("train")

    @cached_property
    def validation(self) -> Pairs:
        return self._pairs("validation")

    @cached_property
    def test(self) -> Pairs:
        return self._pairs("test")

    def _pairs(self, part: str) -> Pairs:
        path = CACHE / f"numbers_{self.language}_{part}.json"
        sentences = _spelled(self.values[part], self.language, path)
        return pairs_of(*sentences, *vocabularies(self.language))


def spell(number: int, language: str = "en") -> Sentence:
    """Return the words of a number: ``spell(2001)`` is ("two", "thousand", "and", "one").

    Raises ValueError for what is not a whole number from 0 to 10¹⁸ - 1, or another language
    than en, fr and ko.
    """
    if language != "en":
        check_language(language)
    whole = isinstance(number, int | np.integer) and not isinstance(number, bool)
    if not whole or not 0 <= number <= LARGEST:
        raise ValueError(TEXT["number"].format(largest=LARGEST, value=number))
    text = num2words(int(number), lang=language).replace(",", "").replace("-", " ")
    return tuple(text.replace(" ", "")) if language == "ko" else tuple(text.split())


def check_language(language: str) -> str:
    """Return the language; ValueError unless it is fr or ko."""
    if language not in LANGUAGES:
        names = ", ".join(f"{key} ({name})" for key, name in LANGUAGES.items())
        raise ValueError(TEXT["language"].format(value=language, names=names))
    return language


def english_length(number: int) -> int:
    """Return the number of English words of a whole number, without spelling it."""
    groups = [number // 1000**k % 1000 for k in range(6)]
    words = sum(_group_length(g) + (k > 0) for k, g in enumerate(groups) if g)
    return max(1, words + (number >= 1000 and 0 < groups[0] < 100))  # the "and" of 2001


def _group_length(group: int) -> int:
    hundreds, rest = divmod(group, 100)
    tail = (1 if rest < 20 or rest % 10 == 0 else 2) if rest else 0
    return (2 if hundreds else 0) + (1 if hundreds and rest else 0) + tail


def part_of(number: int) -> str:
    """Return the part that a number belongs to, by its SHA-256: 70 %, 10 % and 20 %."""
    tenth = hashlib.sha256(str(number).encode()).digest()[0] % 10
    return ("test", "test", "validation")[tenth] if tenth < 3 else "train"


def draw_numbers(seed: int = 0) -> dict[str, np.ndarray]:
    """Return the numbers of each part, sorted: of each length as many as `PARTS` wants."""
    generator = np.random.default_rng(seed)
    found: dict[tuple[str, int], set[int]] = {}
    wanted = sum(PARTS.values())
    # Short sentences are few, so all numbers with one group of digits come first.
    short = (group * 1000**k for group in range(1, 1000) for k in range(1, 6))
    for number in chain(range(1000), short, _candidates(generator, 120 * wanted)):
        length = english_length(number)
        if length <= LONGEST:
            part = part_of(number)
            held = found.setdefault((part, length), set())
            if len(held) < PARTS[part]:
                held.add(number)
    return {
        part: np.array(sorted(n for (p, _), held in found.items() if p == part for n in held))
        for part in PARTS
    }


def _candidates(generator: np.random.Generator, count: int):
    """Yield numbers of every magnitude, with groups of three digits that are short or long."""
    groups = generator.choice(6, count, p=(0.04, 0.1, 0.12, 0.14, 0.2, 0.4)) + 1
    kinds = generator.choice(5, (count, 6), p=(0.08, 0.08, 0.08, 0.16, 0.6))
    shorts = np.concatenate([np.arange(1, 20), np.arange(20, 100, 10)])
    drawn = np.stack(
        [
            np.zeros((count, 6), dtype=np.int64),
            generator.choice(shorts, (count, 6)),
            100 * generator.integers(1, 10, (count, 6)),
            generator.integers(1, 100, (count, 6)),
            generator.integers(1, 1000, (count, 6)),
        ]
    )
    chosen = np.take_along_axis(drawn, kinds[None], axis=0)[0]
    chosen[np.arange(6) >= groups[:, None]] = 0
    yield from (chosen * 1000 ** np.arange(6)).sum(axis=1).tolist()


@cache
def load_numbers(language: str = "fr") -> Numbers:
    """Return number words, English to ``language``: 16,440, 1,680 and 3,359 pairs.

    A part is spelled when it is asked for, half a millisecond a pair, and kept in the cache. The
    result is shared between callers: do not change it. Raises ValueError for another language
    than fr and ko.
    """
    return Numbers(draw_numbers(), check_language(language))


@cache
def vocabularies(language: str) -> tuple[WordVocabulary, WordVocabulary]:
    """Return all words that numbers below 10¹⁸ need, English and ``language``."""
    scales = [group * 1000**k for group in (1, 2, 80, 200) for k in range(6)]
    myriads = [10**power for power in range(18)]
    numbers = [*range(200), *range(200, 1000, 100), *scales, *myriads]
    return tuple(WordVocabulary.of(spell(n, lang) for n in numbers) for lang in ("en", language))


def _spelled(numbers: np.ndarray, language: str, path: Path) -> list[list[Sentence]]:
    """Return the English and the other sentences, from the cache if it is good."""
    key = f"{_VERSION}, {hashlib.sha256(numbers.tobytes()).hexdigest()}"
    texts = _cached(path, key)
    if texts is None:
        texts = [[" ".join(spell(n, lang)) for n in numbers.tolist()] for lang in ("en", language)]
        record = {"key": key, "sha256": _digest(texts), "texts": texts}
        with contextlib.suppress(OSError):  # a read-only folder is no fault
            write_atomically(path, json.dumps(record, ensure_ascii=False).encode())
    return [[tuple(text.split(" ")) for text in row] for row in texts]


def _cached(path: Path, key: str) -> list[list[str]] | None:
    """Return what the cache holds for ``key``, None where it is missing, older or damaged."""
    try:
        kept = json.loads(path.read_bytes())
        if kept["key"] != key:
            return None
        if kept["sha256"] != _digest(kept["texts"]):
            raise ValueError(path)
        return kept["texts"]
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, OSError):
        warnings.warn(TEXT["damaged"].format(path=path.name), stacklevel=5)
        return None


def _digest(texts: list[list[str]]) -> str:
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()
