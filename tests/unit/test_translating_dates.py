"""The lecture's experiments on translators: ways to train, kinds of mistakes, words by length."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from utils.datasets.dates import load_dates
from utils.datasets.words import PAD, WordVocabulary, pairs_of
from utils.plots import recurrent_08 as plots
from utils.training.translating_dates import (
    Ways,
    compare_ways,
    longest_part,
    mistakes,
    new_model,
    train_dates,
)
from utils.training.translation import LengthCurve, word_accuracy

LETTERS = WordVocabulary(tuple("abcde"))
SENTENCES = [tuple("abc"), tuple("de"), tuple("aab"), tuple("edcb")]


@pytest.fixture
def pairs():
    return pairs_of(SENTENCES, SENTENCES, LETTERS, LETTERS)


@pytest.fixture(scope="module")
def few_dates():
    """A hundred dates: enough to see that a run runs."""
    dates = load_dates("fr")
    rows = slice(0, 100)
    return replace(
        dates, train=dates.train[rows], validation=dates.test[rows], test=dates.test[rows]
    )


def test_mistakes_are_sorted_by_what_is_wrong(pairs):
    answers = [tuple("abc"), tuple("ed"), tuple("aac"), tuple("dbce")]
    given = pairs_of(SENTENCES, answers, LETTERS, LETTERS).outputs
    found = mistakes(given, pairs)
    assert (found.right, found.order, found.words) == (0.25, 0.5, 0.25)
    assert found.rows == {"right": (0,), "order": (1, 3), "words": (2,)}
    assert found.swaps == (1,)  # "ed" for "de"; in "dbce" more than two words have moved


def test_the_long_sentences_are_those_with_enough_words(pairs):
    part = longest_part(pairs, 3)
    assert [part.sentences(row)[0] for row in range(len(part))] == [
        s for s in SENTENCES if len(s) >= 3
    ]


def test_every_way_and_seed_is_one_run_that_can_be_made_again(few_dates):
    ways = compare_ways(few_dates, seeds=2, steps=6, evaluate_every=3)
    assert ways.names == ("true words", "own words", "shared weights")
    assert ways.exact.shape == (3, 2, 2) and ways.test.shape == ways.seconds.shape == (3, 2)
    alone, _ = train_dates(few_dates, 6, seed=1, shared=True)
    again, _ = train_dates(few_dates, 6, seed=1, shared=True)
    for a, b in zip(alone.model.parameters(), again.model.parameters(), strict=True):
        assert a.equal(b)
    assert alone.longest == 4


def test_a_way_that_is_none_is_refused(few_dates):
    for nothing in ({"names": ()}, {"seeds": 0}):
        with pytest.raises(ValueError, match="at least one way, with at least one seed"):
            compare_ways(few_dates, **nothing)
    with pytest.raises(ValueError, match=r"no way 'no words'. Choose among: true words, own words"):
        compare_ways(few_dates, ["no words"])


def test_the_updates_to_a_share_are_read_from_the_curves():
    exact = np.array([[[0.1, 0.95, 0.9], [0.0, 0.2, 0.5]]])
    ways = Ways(("true words",), np.array([10, 20, 30]), exact, np.zeros((1, 2)), np.zeros((1, 2)))
    assert ways.steps_to(0.9)["true words"].tolist() == [20, np.inf]
    assert ways.curves("true words")["true words"].shape == (2, 3)


def test_training_does_not_change_the_number_of_threads(few_dates):
    before = torch.get_num_threads()
    train_dates(few_dates, 2)
    assert torch.get_num_threads() == before


def test_the_share_of_words_counts_end_but_no_padding(few_dates):
    model, part = new_model(few_dates), few_dates.test
    with torch.no_grad():  # a decoder that says the same word always
        model.decoder.head.weight.zero_()
        model.decoder.head.bias.zero_()
        model.decoder.head.bias[2] = 1  # END
    expected = [
        float(((part.outputs == 2) & rows).sum() / ((part.outputs != PAD) & rows).sum())
        for rows in (part.source_lengths[:, None] == n for n in (3, 4))
    ]
    np.testing.assert_allclose(word_accuracy(model, part, width=1), expected, rtol=1e-6)


class TestPictures:
    CURVE = LengthCurve(
        "plain", np.array([1, 4]), np.array([3, 6]), np.array([[1.0, 0.5], [0.9, 0.3]]), np.ones(2)
    )

    def test_the_alt_text_states_the_finding(self):
        both = plots.words_and_sentences(self.CURVE, np.array([1.0, 0.98]))
        assert "4–6 source words, 98.0 % of the words are right, and 40 % of the sent" in both.alt
        assert "plain 40 %" in plots.length_curves([self.CURVE]).alt

    def test_what_a_reader_types_is_never_markup(self):
        table = plots.sentences(["a"], [[("<b>", "x")]]).html()
        marked = plots.failures([(("<i>",), ("x", "y"), ("x", "<u>", "z"))]).html()
        assert "<b>" not in table and "&lt;b&gt; x" in table
        assert "<u>" not in marked and marked.count("underline") == 2
