"""The experiments of lecture attention/02: racers, true peaks, and what is kept of them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from utils.datasets.dates import load_dates
from utils.datasets.numbers import load_numbers
from utils.datasets.words import NO_SOURCE
from utils.models.language import parameters_of
from utils.training.attending import (
    WITH,
    WITHOUT,
    Scores,
    aligned,
    attention_translator,
    compare_scores,
    contest,
    load_scores,
    look,
    look_at,
    save_scores,
    train_dates_attending,
    true_places,
    weights_on,
)
from utils.training.results import ResultError
from utils.training.translators import Translator
from utils.widgets.attention_map.widget import example_data


@pytest.fixture(scope="module")
def dates():
    return load_dates("fr")


@pytest.fixture(scope="module")
def reader(dates) -> Translator:
    return Translator.of(attention_translator(dates.train, hidden=16), dates.train)


def test_only_the_largest_weight_counts_and_only_words_with_a_source(dates):
    pairs = dates.test[:2]
    truth = true_places(pairs)
    perfect = torch.nn.functional.one_hot(truth.clamp_min(0), pairs.source.shape[1]).float()
    assert aligned(perfect, pairs) == 1
    assert aligned(0.5 + 0.01 * perfect, pairs) == 1
    wrong = perfect.roll(1, dims=-1)
    assert aligned(wrong, pairs) == 0
    known = int((truth >= 0).sum())
    mixed = perfect.clone()
    mixed[0, 0] = wrong[0, 0]
    assert aligned(mixed, pairs) == pytest.approx((known - 1) / known)


def test_pairs_without_a_known_alignment_are_refused():
    with pytest.raises(ValueError, match="do not know their alignment"):
        true_places(load_numbers("fr").test)


def test_weights_and_rows_that_do_not_fit_are_refused(dates, reader):
    with pytest.raises(ValueError, match=r"Weights of \(1, 2, 3\) do not fit"):
        aligned(torch.zeros(1, 2, 3), dates.test)
    for row in (-1, 10**6, None):
        with pytest.raises(ValueError, match=r"pairs 0 to \d+, not"):
            look_at(reader, dates.test, row)


def test_a_look_holds_words_weights_and_the_truth(dates, reader):
    weights, source, tokens, truth = found = look_at(reader, dates.test, 1)
    assert source == dates.test.sentences(1)[0]
    assert weights.shape == (len(tokens), len(source)) and len(truth) == len(tokens)
    count = int(dates.test.target_lengths[1])
    assert truth[:count] == dates.test.alignment[1, 1 : 1 + count].tolist()
    assert set(truth[count:]) <= {NO_SOURCE}
    assert example_data((weights[:60], source, tokens[:60], truth[:60]))
    assert look(reader, source)[3] is None
    assert torch.equal(look(reader, source)[0], found[0])


@pytest.mark.parametrize("sentence", [(), ("Montag",), ("March",) * 9])
def test_a_sentence_that_it_cannot_read_is_refused(reader, sentence):
    with pytest.raises(ValueError, match=r"empty|does not hold|has 9 words"):
        look(reader, sentence)


@pytest.mark.slow
def test_a_trained_reader_looks_at_the_true_words(dates):
    translator, history = train_dates_attending(dates, 400, score="additive")
    part = dates.validation[:300]
    assert history.exact[-1] > 0.9
    assert aligned(weights_on(translator.model, part), part) > 0.9


def test_scores_are_compared_over_seeds_and_kept(dates, tmp_path):
    few = replace(dates, validation=dates.validation[:200], test=dates.test[:200])
    found = compare_scores(few, ("dot",), seeds=2, steps=25, about={"seed": 0})
    assert found.exact.shape == found.aligned.shape == (1, 2, 2)
    exact, share = found.of("dot", "learned")
    assert exact.shape == (2,) and (share > 0).all()
    save_scores(found, "kept", tmp_path)
    np.testing.assert_allclose(load_scores("kept", tmp_path).aligned, found.aligned, atol=1e-4)
    broken = Scores(
        ("dot", "scaled"), found.starts, found.exact, found.aligned, found.seconds, {1: 1}
    )
    save_scores(broken, "broken", tmp_path)
    with pytest.raises(ResultError, match="cannot be read"):
        load_scores("broken", tmp_path)


def test_both_racers_get_the_same_batches_and_their_own_size():
    numbers = load_numbers("fr")
    small = numbers.train[:200], numbers.validation[:50]
    racers = contest(*small, steps=(5, 4), hidden=(24, 8))
    assert [racer.name for racer in racers] == [WITHOUT, WITH]
    assert [racer.steps for racer in racers] == [5, 4]
    runs = [racer.begin(3) for racer in racers]
    assert torch.equal(next(runs[0].batches), next(runs[1].batches))
    assert parameters_of(runs[0].model) > parameters_of(runs[1].model)
    assert not hasattr(runs[0].model.decoder, "look") and hasattr(runs[1].model.decoder, "look")
