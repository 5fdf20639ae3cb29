"""The experiments of lecture attention/01: sizes, reversed sources, answers and places."""

import numpy as np
import pytest
import torch

from utils.datasets.words import PAD, WordVocabulary, pairs_of
from utils.training.bottlenecks import (
    Bottlenecks,
    Network,
    answered,
    compare_networks,
    load_bottlenecks,
    reverse_source,
    right_by_place,
    save_bottlenecks,
)
from utils.training.results import ResultError
from utils.training.translation import exact_matches, length_curve

WORDS = WordVocabulary(tuple("abcdef"))


@pytest.fixture(scope="module")
def pairs():
    """Sentences of one to three letters; the translation is the same letters."""
    letters = [(a,) for a in "abcdef"] + [(a, b) for a in "abc" for b in "def"]
    sentences = [*letters, *[("a", b, "c") for b in "abcdef"]]
    return pairs_of(sentences, sentences, WORDS, WORDS)


def test_a_reversed_source_keeps_its_padding_behind(pairs):
    turned = reverse_source(pairs)
    for row in range(len(pairs)):
        assert turned.sentences(row)[0] == pairs.sentences(row)[0][::-1]
        assert turned.sentences(row)[1] == pairs.sentences(row)[1]
        length = int(pairs.source_lengths[row])
        assert (turned.source[row, length:] == PAD).all()
        assert (turned.source[row, :length] != PAD).all()
    assert torch.equal(reverse_source(turned).source, pairs.source)


@pytest.fixture(scope="module")
def found(pairs) -> Bottlenecks:
    networks = (Network("8", 8), Network("8 reversed", 8, reverse=True))
    return compare_networks(networks, (pairs,) * 3, 60, rate=1e-2, seeds=2, width=1, about={"a": 1})


def test_every_network_is_trained_with_every_seed(found, pairs):
    assert found.names == ("8", "8 reversed")
    assert found.matches.shape == (2, 2, 3) and found.seconds.shape == (2, 2)
    assert found.sentences.tolist() == [6, 9, 6]
    assert (found.parameters == found.parameters[0]).all()
    assert found.curve("8 reversed").labels == ["1", "2", "3"]
    again = compare_networks((Network("8", 8),), (pairs,) * 3, 60, rate=1e-2, seeds=1, width=1)
    assert np.array_equal(again.matches[0, 0], found.matches[0, 0])


def test_a_comparison_is_kept_on_disk(found, tmp_path):
    save_bottlenecks(found, "kept", tmp_path)
    kept = load_bottlenecks("kept", tmp_path)
    np.testing.assert_allclose(kept.matches, found.matches, atol=1e-4)
    assert kept.names == found.names
    text = (tmp_path / "kept.json").read_text()
    (tmp_path / "kept.json").write_text(text.replace('"8", ', ""))
    with pytest.raises(ResultError, match="cannot be read"):
        load_bottlenecks("kept", tmp_path)


def test_no_network_and_an_unknown_name_are_refused(found, pairs):
    with pytest.raises(ValueError, match="at least one network"):
        compare_networks((), (pairs,) * 3, 5)
    with pytest.raises(ValueError, match="at least one seed"):
        compare_networks([Network("8", 8)], (pairs,) * 3, 5, seeds=0)
    with pytest.raises(ValueError, match=r"no network '9'.*8 reversed"):
        found.curve("9")


def test_failures_come_first_and_answers_are_words(pairs):
    answers = pairs.outputs.clone()
    answers[2, 0] = WORDS.encode(("a",))[0]  # "c" becomes "a"
    right = (answers == pairs.outputs).all(1).numpy()
    curve = length_curve("", [right], pairs.source_lengths, width=1)
    rows = answered(curve, pairs, [answers, pairs.outputs], each=3)
    assert [len(row) for row in rows] == [3, 3, 3]
    assert rows[0][0].source == ("c",) and rows[0][0].answers == (("a",), ("c",))
    assert rows[0][1].source == ("a",)
    assert all(len(one.source) == length for length, row in enumerate(rows, 1) for one in row)


def test_places_are_judged_one_by_one_with_true_words_as_input(pairs):
    class Model(torch.nn.Module):
        """Right everywhere but at the second word of each sentence."""

        def forward(self, source, lengths, inputs):
            logits = torch.nn.functional.one_hot(pairs.outputs, len(WORDS)).float()
            logits[:, 1] = -logits[:, 1]
            return logits

    places, shares = right_by_place(Model(), pairs, width=1)
    assert places.tolist() == [1, 2, 3, 4]
    assert shares[[0, 2, 3]].tolist() == [1, 1, 1] and shares[1] == 0


def test_more_units_learn_the_copy_better(pairs):
    networks = (Network("2", 2), Network("32", 32))
    found = compare_networks(networks, (pairs,) * 3, 120, rate=1e-2, seeds=1, width=1)
    assert found.matches[1].mean() > found.matches[0].mean()


def test_a_reversed_network_is_measured_on_reversed_sources(pairs):
    """Measured on sources in the other order it would be another number."""
    from utils.training.bottlenecks import train_network

    turned = reverse_source(pairs)
    network = Network("16", 16, reverse=True)
    model, _ = train_network(network, turned, turned, 150, rate=1e-2)
    found = compare_networks((network,), (pairs,) * 3, 150, rate=1e-2, seeds=1, width=3)
    assert found.matches[0, 0, 0] == pytest.approx(exact_matches(model, turned).mean())
    assert exact_matches(model, turned).mean() > exact_matches(model, pairs).mean()
