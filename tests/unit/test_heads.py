"""Heads are scored on the places of a pattern, beside uniform attention, and taken away exactly."""

import numpy as np
import pytest
import torch

from utils.analysis.heads import (
    PATTERNS,
    HeadScores,
    nearest_share,
    pattern_score,
    rank_correlation,
    score_heads,
    without_each_head,
    word_attention,
    word_influence,
    word_means,
)
from utils.datasets.sentences import load_sentences
from utils.models.minilm import load_minilm

TOKENS = ("[CLS]", "the", "cat", "saw", "the", "dog", "[SEP]")


@pytest.fixture(scope="module")
def model():
    return load_minilm()


def places(name, tokens=TOKENS):
    return [tuple(map(int, at)) for at in np.argwhere(PATTERNS[name](tokens))]


def test_each_pattern_names_its_places():
    assert places("previous token") == [(2, 1), (3, 2), (4, 3), (5, 4)]
    assert places("next token") == [(1, 2), (2, 3), (3, 4), (4, 5)]
    assert places("same position") == [(i, i) for i in range(1, 6)]
    assert places("same word") == [(1, 4), (4, 1)]
    assert places("separator") == [(i, j) for i in range(1, 6) for j in (0, 6)]


def test_marks_and_single_words_are_no_same_word():
    assert places("same word", ("[CLS]", "a", ",", "b", ",", "[SEP]")) == []


def test_a_score_is_the_mean_weight_on_the_places():
    weights = np.array([[0.5, 0.5], [0.9, 0.1]])
    wanted = np.array([[False, False], [True, False]])
    assert pattern_score(weights, wanted) == pytest.approx(0.9)
    uniform = np.full((7, 7), 1 / 7)
    assert pattern_score(uniform, PATTERNS["separator"](TOKENS)) == pytest.approx(2 / 7)


def test_perfect_and_uniform_heads_are_told_apart_and_ranked():
    sums = np.zeros((4, 1, 3, 1))
    sums[:, 0, 1] = 5  # every one of 5 tokens looks there
    sums[:, 0, 2] = 1
    found = HeadScores(("x",), sums, np.full((4, 1), 0.5), np.full((4, 1), 5))
    assert found.ranked("x") == [(0, 1, 1.0), (0, 2, 0.2), (0, 0, 0.0)]
    assert found.baseline.tolist() == [0.1]
    assert found.agreement().tolist() == pytest.approx([1.0])
    with pytest.raises(ValueError, match="no pattern 'y'"):
        found.of("y")


def test_the_scores_are_those_of_one_head_after_another(model):
    sentences = load_sentences().text[:24]
    found = score_heads(model, sentences)
    assert found.scores.shape == (6, 12, 5)
    total = rows = 0
    for sentence in sentences:
        reading = model([sentence])
        at = PATTERNS["previous token"](reading.tokens.pieces[0])
        count = at.any(axis=1).sum()
        total += count * pattern_score(reading.maps()[0, 2].numpy(), at)
        rows += count
    assert found.of("previous token")[0, 2] == pytest.approx(total / rows, abs=1e-4)
    with pytest.raises(ValueError, match="at least 20 sentences"):
        score_heads(model, sentences[:3])


def test_a_head_taken_away_by_the_short_way_moves_the_vectors_as_by_the_long_way(model):
    sentences = ["The cat saw the dog.", "It rains."]
    moved = without_each_head(model, sentences)
    whole = model.vectors(sentences)
    with model.without_head(3, 4):
        changed = model.vectors(sentences)
    expected = 1 - (whole * changed).sum(dim=1).numpy()
    assert moved.shape == (6, 12, 2)
    assert np.allclose(moved[3, 4], expected, atol=1e-5)
    assert moved.mean() > 1e-4


def test_words_get_the_attention_and_the_influence_of_their_pieces(model):
    words = ["The", "backpropagation", "works"]
    looks, moves = word_attention(model, words), word_influence(model, words)
    received = model([" ".join(words)]).maps().mean(dim=(0, 1, 2)).numpy()
    assert looks == pytest.approx([received[1], received[2:6].sum(), received[6]], abs=1e-5)
    assert moves.argmax() == 1 and moves.min() > 0


def test_the_nearest_of_a_topic_is_counted():
    vectors = torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])
    assert nearest_share(vectors, [0, 0, 1]).tolist() == [True, True, False]


def test_word_means_ignore_the_order(model):
    found = word_means(model, ["the dog bites", "bites dog the"])
    assert torch.allclose(found[0], found[1], atol=1e-6)


def test_rank_correlation_sees_only_the_order():
    assert rank_correlation(np.array([1, 2, 9.0]), np.array([3, 4, 5.0])) == pytest.approx(1)
    assert rank_correlation(np.array([1, 2, 9.0]), np.array([5, 4, 3.0])) == pytest.approx(-1)


UNIT = torch.eye(3)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda m: word_influence(m, ["rain"]), "list, at least 2, not"),
        (lambda m: word_influence(m, "rain fell"), "words of a sentence as a list"),
        (lambda m: word_attention(m, []), "list, at least 1, not"),
        (lambda m: word_attention(m, "rain"), "words of a sentence as a list"),
        (lambda m: score_heads(m, "rain " * 30), "list of sentences"),
        (lambda m: score_heads(m, None), "list of sentences"),
        (lambda m: score_heads(m, ["The cat saw it."] * 20), "pattern “same word”. Add sentences"),
        (lambda m: score_heads(m, ["It is as it is."] * 20).half(2), "two halves: 0 and 1, not 2"),
        (lambda m: m(["It rains."]).maps(1), "no sentence 1. Choose a whole number from 0 to 0"),
        (lambda m: m(["It rains."]).tokens.unknown(-1), "no sentence -1"),
        (lambda m: pattern_score(np.eye(3), np.eye(4) > 0), "the same shape"),
        (lambda m: pattern_score(np.eye(3), np.zeros((3, 3), bool)), "no place in this sentence"),
        (lambda m: nearest_share(UNIT, [0, 1]), "one topic for each .* not 2 for 3"),
        (lambda m: nearest_share(UNIT[:1], [0]), "at least 2 vectors"),
        (lambda m: nearest_share(UNIT * torch.nan, [0, 0, 1]), "not finite"),
        (lambda m: rank_correlation([1, 2], [1, 2, 3]), "two rows of the same length"),
        (lambda m: rank_correlation([1], [1]), "at least 2 finite numbers"),
        (lambda m: rank_correlation([1, np.nan], [1, 2]), "at least 2 finite numbers"),
    ],
)
def test_wrong_input_gets_one_sentence(model, wrong, words):
    with pytest.raises(ValueError, match=words):
        wrong(model)
