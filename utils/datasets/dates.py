"""Dates, English to French or Korean, in the long and full formats of CLDR, with true alignment.

"Monday, March 1, 2021" becomes "lundi 1 mars 2021" or "2021년 3월 1일 월요일". A source is
American or British, with or without the day of the week, so that the order of its words differs
from date to date. The alignment is known, not guessed: every word of a CLDR pattern stands for
one field (day of the week, day, month, year), and both sentences are made from such a pattern.
The package Babel brings the patterns. Punctuation is left out.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

import numpy as np
from babel.dates import get_date_format

from utils.datasets.words import NO_SOURCE, Pairs, Sentence, WordVocabulary, pairs_of

FIRST, LAST = date(1900, 1, 1), date(2099, 12, 31)
LANGUAGES = {"fr": "French", "ko": "Korean"}
ORDERS = ("en_US", "en_GB")  # "March 1, 2021" and "1 March 2021"
FORMATS = ("long", "full")  # without and with the day of the week
PARTS = {"train": 12_000, "validation": 1_000, "test": 2_000}  # dates
TEXT = {
    "language": "Dates go to one of: {names}; not to {value!r}.",
    "order": "English dates are written as one of: {names}; not as {value!r}.",
    "format": "A date's format is one of: {names}; not {value!r}.",
    "range": "The dates of the course lie from {first} to {last}; {value} does not.",
}


@dataclass(frozen=True)
class Dates:
    """Three parts that share no date, each with its alignment, and the target's language."""

    train: Pairs
    validation: Pairs
    test: Pairs
    language: str


@dataclass(frozen=True)
class Written:
    """A date as words, and for each word the field of the pattern (E, d, M or y) it stands for."""

    words: Sentence
    fields: tuple[str, ...]


def write(day: date, locale: str, style: str) -> Written:
    """Return a date in the ``style`` (long or full) of a CLDR ``locale``, such as en_US or fr.

    Raises ValueError for a date outside 1900 to 2099 or another style.
    """
    if not FIRST <= day <= LAST:
        raise ValueError(TEXT["range"].format(first=FIRST, last=LAST, value=day))
    if style not in FORMATS:
        raise ValueError(TEXT["format"].format(value=style, names=", ".join(FORMATS)))
    pattern = get_date_format(style, locale=locale)
    words = split_words(pattern.apply(day, locale))
    return Written(words, _fields(pattern.pattern))


def split_words(text: str) -> Sentence:
    """Return the words of a date as a reader writes it, without commas and full stops."""
    return tuple(re.sub(r"[,.]", " ", text).split())


@lru_cache
def _fields(pattern: str) -> tuple[str, ...]:
    """Return the one field letter in each word of a CLDR pattern, "" for a word without one."""
    found = (re.findall(r"[EdMy]", re.sub(r"'[^']*'", "", word)) for word in pattern.split())
    return tuple(letters[0] if letters else "" for letters in found)


def align(source: Written, target: Written) -> tuple[int, ...]:
    """Return for each target word the position of the source word with the same field.

    NO_SOURCE where the source does not say it, for instance the day of the week.
    """
    places = {field: place for place, field in enumerate(source.fields) if field}
    return tuple(places.get(field, NO_SOURCE) for field in target.fields)


def translate(
    day: date, language: str, order: str = "en_US", style: str = "full"
) -> tuple[Sentence, Sentence, tuple[int, ...]]:
    """Return a date in English, in ``language``, and the alignment (one position a target word).

    Raises ValueError as `write` does, and for another language or order of the English words.
    """
    check_language(language)
    if order not in ORDERS:
        raise ValueError(TEXT["order"].format(value=order, names=", ".join(ORDERS)))
    source, target = write(day, order, style), write(day, language, style)
    return source.words, target.words, align(source, target)


def check_language(language: str) -> str:
    """Return the language; ValueError unless it is fr or ko."""
    if language not in LANGUAGES:
        names = ", ".join(f"{key} ({name})" for key, name in LANGUAGES.items())
        raise ValueError(TEXT["language"].format(value=language, names=names))
    return language


def part_of(day: date) -> str:
    """Return the part that a date belongs to, by its SHA-256: about 70 %, 10 % and 20 %."""
    tenth = hashlib.sha256(day.isoformat().encode()).digest()[0] % 10
    return ("test", "test", "validation")[tenth] if tenth < 3 else "train"


def draw_dates(seed: int = 0) -> dict[str, list[date]]:
    """Return as many different dates of each part as `PARTS` wants, in random order."""
    generator = np.random.default_rng(seed)
    found: dict[str, list[date]] = {part: [] for part in PARTS}
    days = np.arange(FIRST.toordinal(), LAST.toordinal() + 1)
    for ordinal in generator.permutation(days).tolist():
        day = date.fromordinal(ordinal)
        part = part_of(day)
        if len(found[part]) < PARTS[part]:
            found[part].append(day)
    return found


@cache
def load_dates(language: str = "fr") -> Dates:
    """Return 12,000 dates for training, 1,000 for validation, 2,000 for test, each with alignment.

    Each date is written once, in one of two orders and one of two formats, drawn with a fixed
    seed. The result is shared between callers: do not change it. Raises ValueError for another
    language than fr and ko.
    """
    check_language(language)
    words = vocabularies(language)
    generator = np.random.default_rng(1)
    parts = []
    for days in draw_dates().values():
        drawn = generator.integers(2, size=(len(days), 2)).tolist()
        made = [
            translate(day, language, ORDERS[order], FORMATS[style])
            for day, (order, style) in zip(days, drawn, strict=True)
        ]
        sources, targets, alignment = zip(*made, strict=True)
        parts.append(pairs_of(sources, targets, *words, alignment))
    return Dates(*parts, language=language)


@cache
def vocabularies(language: str) -> tuple[WordVocabulary, WordVocabulary]:
    """Return all words that dates from 1900 to 2099 need, English and ``language``."""
    return tuple(
        WordVocabulary.of(write(day, locale, "full").words for day in _days_with_every_word())
        for locale in ("en_US", language)
    )


def _days_with_every_word() -> Iterator[date]:
    """Yield dates that hold every day of the week, day of the month, month and year."""
    yield from (date(2024, 1, day) for day in range(1, 32))
    yield from (date(2024, month, 1) for month in range(1, 13))
    yield from (date(year, 1, 1) for year in range(FIRST.year, LAST.year + 1))
