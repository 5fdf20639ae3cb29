"""Number words: right in both languages, held-out numbers never trained on, every length there."""

import numpy as np
import pytest

from utils.datasets import numbers
from utils.datasets.numbers import (
    LONGEST,
    PARTS,
    Numbers,
    draw_numbers,
    english_length,
    load_numbers,
    part_of,
    spell,
    vocabularies,
)


@pytest.fixture(scope="module")
def drawn():
    return draw_numbers()


@pytest.fixture
def few(drawn, tmp_path, monkeypatch):
    """Fifty of the test numbers, with a cache of their own."""
    monkeypatch.setattr(numbers, "CACHE", tmp_path)
    return Numbers({"test": drawn["test"][::68]}, "fr")


@pytest.mark.parametrize(
    ("number", "language", "words"),
    [
        (2001, "en", "two thousand and one"),
        (1_300_045, "en", "one million three hundred thousand and forty five"),
        (81, "fr", "quatre vingt un"),
        (80, "fr", "quatre vingts"),
        (71, "fr", "soixante et onze"),
        (200_000, "fr", "deux cent mille"),
        (0, "fr", "zéro"),
        (10_000, "ko", "만"),
        (2_345, "ko", "이 천 삼 백 사 십 오"),
    ],
)
def test_numbers_are_spelled_as_people_do(number, language, words):
    assert spell(number, language) == tuple(words.split())


def test_no_number_is_in_two_parts_and_each_is_where_its_hash_says(drawn):
    sets = {part: set(values.tolist()) for part, values in drawn.items()}
    assert sum(map(len, sets.values())) == len(set.union(*sets.values()))
    assert all(part_of(n) == part for part, held in sets.items() for n in held)


def test_every_length_up_to_thirty_has_its_share(drawn):
    for part, values in drawn.items():
        counts = np.bincount([english_length(n) for n in values.tolist()], minlength=LONGEST + 1)
        assert len(counts) == LONGEST + 1
        assert (counts[5:] == PARTS[part]).all() and counts.max() == PARTS[part]
        assert (counts[1:] > 0).all()  # there are only 28 numbers of one word
    test = np.bincount([english_length(n) for n in drawn["test"].tolist()])
    assert test[1:4].sum() >= 100


def test_the_draw_is_the_same_each_time(drawn):
    again = draw_numbers()
    assert all(drawn[part].tolist() == again[part].tolist() for part in PARTS)


def test_the_length_is_known_without_spelling(drawn):
    values = drawn["test"][::9].tolist() + list(range(0, 2300, 7))
    assert [english_length(n) for n in values] == [len(spell(n)) for n in values]


@pytest.mark.parametrize("language", ["fr", "ko"])
def test_the_vocabulary_holds_every_word(drawn, language):
    english, other = vocabularies(language)
    for value in drawn["train"][::40].tolist():
        assert english.encode(spell(value)).min() > 2
        assert other.encode(spell(value, language)).min() > 2


def test_pairs_are_the_words_of_the_numbers(few):
    for row, value in enumerate(few.values["test"].tolist()):
        assert few.test.sentences(row) == (spell(value), spell(value, "fr"))
    assert few.test.alignment is None


def test_a_second_time_the_words_come_from_the_cache(few, monkeypatch):
    wanted = few.test
    monkeypatch.setattr(numbers, "spell", lambda *_: pytest.fail("spelled again"))
    assert Numbers(few.values, "fr").test.target.equal(wanted.target)


def test_a_damaged_cache_is_said_and_made_again(few):
    wanted, path = few.test, numbers.CACHE / "numbers_fr_test.json"
    for content in (path.read_text().replace("cent", "deux", 1), "{", "[]"):
        path.write_text(content)
        with pytest.warns(UserWarning, match="numbers_fr_test.json is damaged"):
            again = Numbers(few.values, "fr").test
        assert again.target.equal(wanted.target)


def test_a_folder_that_cannot_be_written_is_no_fault(few, monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(numbers, "write_atomically", refuse)
    assert len(few.test) == len(few.values["test"])


@pytest.mark.parametrize("number", [-1, 10**18, 2.5, "7", None, True])
def test_what_is_no_number_is_refused(number):
    with pytest.raises(ValueError, match="whole number from 0 to 999,999,999,999,999,999, not"):
        spell(number)


def test_another_language_is_refused():
    for call in (lambda: spell(5, "de"), lambda: load_numbers("de")):
        with pytest.raises(ValueError, match=r"fr \(French\), ko \(Korean\); not to 'de'"):
            call()
