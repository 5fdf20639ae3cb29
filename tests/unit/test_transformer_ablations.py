"""Switches take parts of a Transformer away, and what is measured of that can be kept."""

import numpy as np
import pytest

from utils.datasets.numbers import spell
from utils.datasets.words import WordVocabulary, pairs_of
from utils.training.results import ResultError
from utils.training.transformer_ablations import (
    EVERY_WAY,
    compare_ablations,
    compare_norms,
    load_ablations,
    load_norms,
    save_ablations,
    up_to,
    without,
)
from utils.training.transformer_ablations import changed_settings as changed
from utils.training.transformer_races import transformer_translator


def tens(numbers):
    """Number words as pairs, so small that a Transformer learns them in a second."""
    words = [[spell(n, language) for n in numbers] for language in ("en", "fr")]
    return pairs_of(*words, *(WordVocabulary.of(sentences) for sentences in WORDS))


WORDS = [[spell(n, language) for n in range(1000)] for language in ("en", "fr")]
HELD_OUT = tens(range(22, 100, 7))
TRAIN = tens([n for n in range(100) if n not in range(22, 100, 7)])
BAG = tens([408, 804])


def test_every_switch_changes_its_part_and_every_way_is_there():
    assert changed(without()) == {}
    assert changed(without("heads", "norm")) == {"norm": "none", "heads": 1}
    assert len(set(EVERY_WAY)) == 16
    assert EVERY_WAY[0] == without()
    model = transformer_translator(TRAIN, **changed(without("residual", "positions", "heads")))
    assert model.settings.residual is False
    assert model.encoder.embed.positions is None
    assert model.encoder.blocks[0].attention.heads == 1


def test_two_ways_are_trained_measured_and_kept(tmp_path):
    ways, facts = [without(), without("positions")], {"made": "here"}
    result = compare_ablations(
        TRAIN, HELD_OUT, BAG, ways, seeds=2, steps=8, moments=2, examples=[0, 1], about=facts
    )
    assert result.updates.tolist() == [4, 8]
    assert result.exact.shape == (2, 2, 2)
    assert (result.seconds > 0).all()
    assert result.source == ("four hundred and eight", "eight hundred and four")
    assert result.target == ("quatre cent huit", "huit cent quatre")
    assert result.row(off=["positions"]) == 1
    # A model without positions sees a bag of words, whatever it has learned.
    assert result.answers[1][0] == result.answers[1][1]
    save_ablations(result, "tiny", tmp_path)
    again = load_ablations("tiny", tmp_path)
    assert again.on.dtype == bool and again.row() == 0
    assert again.answers == result.answers
    np.testing.assert_allclose(again.exact, result.exact, atol=1e-4)


def test_a_model_learns_with_all_parts():
    result = compare_ablations(TRAIN, HELD_OUT, HELD_OUT, [without()], steps=60, moments=1)
    assert result.test[0, 0] > 0.4  # 0.75 where it was written


def test_norms_are_compared_at_every_rate_and_kept(tmp_path):
    rates = [1e-3, 1e-2]
    result = compare_norms(TRAIN, HELD_OUT, rates, seeds=1, steps=2, about={"made": "here"})
    assert result.exact.shape == (3, 2, 1)
    save_ablations(result, "norms", tmp_path)
    again = load_norms("norms", tmp_path)
    assert again.names == ("pre", "post", "none")
    np.testing.assert_allclose(again.exact, result.exact, atol=1e-4)


@pytest.mark.parametrize("load", [load_ablations, load_norms])
def test_a_missing_or_damaged_result_says_what_to_do(tmp_path, load):
    with pytest.raises(ResultError, match="Make it with: make checkpoints NAMES=gone"):
        load("gone", tmp_path)
    (tmp_path / "half.json").write_text('{"format": 1, "about": {"a": 1}, "names": ["pre"]}')
    with pytest.raises(ResultError, match="Restore its file"):
        load("half", tmp_path)


def test_only_short_sentences_are_kept():
    assert up_to(TRAIN, 1).source_lengths.max() == 1
    with pytest.raises(ValueError, match="at least 1 word, not 0"):
        up_to(TRAIN, 0)
    with pytest.raises(ValueError, match="at least 1 word, not 'nine'"):
        up_to(TRAIN, "nine")


@pytest.mark.parametrize("way", [(True,), (True, True, True, 1)])
def test_a_way_sets_every_switch(way):
    with pytest.raises(ValueError, match="each of the 4 switches residual, norm, positions, heads"):
        changed(way)


def test_a_way_that_was_not_trained_is_named():
    result = compare_ablations(TRAIN, HELD_OUT, HELD_OUT, [without()], steps=1, moments=1)
    for off in (["norm"], ["nonsense"]):
        with pytest.raises(ValueError, match=f"not trained: {off}".replace("[", r"\[")):
            result.row(off=off)
