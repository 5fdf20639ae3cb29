"""The shipped translator of number words is right on numbers that it never saw."""

import pytest

from utils.datasets.numbers import part_of, spell
from utils.models.language import parameters_of
from utils.training.translation import load_curve
from utils.training.translators import load_translator


@pytest.fixture(scope="module")
def number_words():
    return load_translator("number_words")


def test_it_translates_short_held_out_numbers(number_words):
    """At random, one sentence of three words in 35³ would be right."""
    translator, about = number_words
    held_out = [n for n in range(1_000, 60_000, 83) if part_of(n) == "test"]
    right = [translator(spell(n)) == spell(n, "fr") for n in held_out]
    assert len(held_out) > 100 and sum(right) / len(right) > 0.95
    assert about["parameters"] == parameters_of(translator.model)


def test_its_curve_falls_with_the_length(number_words):
    curve = load_curve("number_words")
    mean = curve.matches.mean(axis=0)
    assert curve.labels[-1] == "28–30" and curve.matches.shape == (3, 10)
    assert mean[:4].min() > 0.95 and mean[-1] < 0.7
    assert curve.about["recipe"] == number_words[1]["recipe"]
