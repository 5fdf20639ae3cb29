"""Dates: CLDR's words, an alignment that is true word by word, and no date in two parts."""

from datetime import date

import pytest

from utils.datasets.dates import (
    FIRST,
    LAST,
    PARTS,
    draw_dates,
    load_dates,
    part_of,
    split_words,
    translate,
    write,
)
from utils.datasets.words import NO_SOURCE

DAY = date(2021, 3, 1)
MONTHS = {"January": ("janvier", "1월"), "July": ("juillet", "7월"), "August": ("août", "8월")}
DAYS = {"Monday": ("lundi", "월요일"), "Sunday": ("dimanche", "일요일")}


@pytest.fixture(scope="module", params=["fr", "ko"])
def dates(request):
    return load_dates(request.param)


@pytest.mark.parametrize(
    ("language", "order", "style", "source", "target", "alignment"),
    [
        ("fr", "en_US", "full", "Monday March 1 2021", "lundi 1 mars 2021", (0, 2, 1, 3)),
        ("fr", "en_GB", "full", "Monday 1 March 2021", "lundi 1 mars 2021", (0, 1, 2, 3)),
        ("fr", "en_US", "long", "March 1 2021", "1 mars 2021", (1, 0, 2)),
        ("ko", "en_US", "full", "Monday March 1 2021", "2021년 3월 1일 월요일", (3, 1, 2, 0)),
        ("ko", "en_GB", "full", "Monday 1 March 2021", "2021년 3월 1일 월요일", (3, 2, 1, 0)),
        ("ko", "en_GB", "long", "1 March 2021", "2021년 3월 1일", (2, 1, 0)),
    ],
)
def test_a_date_in_both_languages_and_its_alignment(
    language, order, style, source, target, alignment
):
    """French exchanges month and day; Korean turns a British date round."""
    found = translate(DAY, language, order, style)
    assert found == (tuple(source.split()), tuple(target.split()), alignment)


def test_aligned_words_mean_the_same(dates):
    """Numbers agree as numbers; names of days and months agree with a table made by hand."""
    column, tables, part = ("fr", "ko").index(dates.language), DAYS | MONTHS, dates.test
    for row in range(0, len(part), 5):
        source, target = part.sentences(row)
        places = part.alignment[row, 1 : len(target) + 1].tolist()
        assert sorted(places) == list(range(len(source)))
        for word, place in zip(target, places, strict=True):
            if source[place].isdigit():
                assert word.rstrip("년일") == source[place]
            elif source[place] in tables:
                assert word == tables[source[place]][column]


def test_the_order_of_the_source_differs_from_date_to_date(dates):
    rows = {tuple(row) for row in dates.test.alignment.tolist()}
    assert len(rows) == 4
    assert (dates.test.alignment[:, 0] == NO_SOURCE).all()


def test_no_date_is_in_two_parts():
    drawn = draw_dates()
    sets = {part: set(days) for part, days in drawn.items()}
    assert {part: len(held) for part, held in sets.items()} == PARTS
    assert sum(map(len, sets.values())) == len(set.union(*sets.values()))
    assert all(part_of(day) == part for part, held in sets.items() for day in held)
    assert drawn == draw_dates()


def test_every_word_of_a_held_out_date_was_trained(dates):
    trained = set(dates.train.source.flatten().tolist())
    assert set(dates.test.source.flatten().tolist()) <= trained


def test_a_reader_may_write_punctuation():
    assert split_words("Monday, March 1, 2021.") == write(DAY, "en_US", "full").words


@pytest.mark.parametrize("day", [date(1899, 12, 31), date(2100, 1, 1)])
def test_a_date_outside_the_range_is_refused(day):
    with pytest.raises(ValueError, match=f"lie from {FIRST} to {LAST}; {day} does not"):
        translate(day, "fr")


def test_other_languages_orders_and_formats_are_refused():
    with pytest.raises(ValueError, match=r"fr \(French\), ko \(Korean\); not to 'de'"):
        load_dates("de")
    with pytest.raises(ValueError, match="en_US, en_GB; not as 'en_AU'"):
        translate(DAY, "fr", "en_AU")
    with pytest.raises(ValueError, match="long, full; not 'short'"):
        translate(DAY, "fr", "en_US", "short")
