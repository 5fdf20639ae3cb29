"""Emoji: real coloured glyphs at any size, honest splits, one sentence for what cannot be drawn."""

import numpy as np
import pytest
import torch

from utils.datasets import emoji as module


@pytest.fixture(scope="module")
def small():
    return module.load_emoji(32)


def test_every_class_is_large_enough_and_no_character_stands_twice():
    characters = "".join(module.GROUPS.values())
    assert len(module.GROUPS) >= 10
    assert all(len(group) >= 36 for group in module.GROUPS.values())
    assert len(set(characters)) == len(characters)


@pytest.mark.parametrize("size", [16, 64, 224])
def test_a_glyph_is_coloured_transparent_around_and_centred(size):
    drawing = np.asarray(module.glyph("🍎", size))
    assert drawing.shape == (size, size, 4)
    assert drawing[0, 0, 3] == 0 and drawing[size // 2, size // 2, 3] == 255
    red, green, blue = drawing[size // 2, size // 2, :3].astype(int)
    assert red > green + 60 and red > blue + 60
    rows, columns = np.nonzero(drawing[:, :, 3] > 0)
    longer = max(np.ptp(rows), np.ptp(columns)) + 1
    assert longer == pytest.approx(0.9 * size, abs=2)
    assert rows.min() + rows.max() == pytest.approx(size - 1, abs=2)


def test_the_parts_are_disjoint_balanced_and_the_same_at_every_size(small):
    parts = (small.train, small.validation, small.test)
    assert [len(part) for part in parts] == [12 * 16, 12 * 8, 12 * 12]
    assert all(len(part.labels.bincount().unique()) == 1 for part in parts)
    characters = [c for part in parts for c in part.characters]
    assert len(set(characters)) == len(characters)
    for part in parts:
        for character, label in zip(part.characters, part.labels.tolist(), strict=True):
            assert character in module.GROUPS[small.names[label]]
    few = module.load_emoji(16, ("face", "sky"))
    place = small.names.index("sky")
    assert few.test.characters[12:] == small.test.characters[12 * place : 12 * place + 12]


def test_no_two_pictures_are_alike_and_another_seed_splits_otherwise(small):
    rows = {bytes(image.numpy()) for image in small.train.images}
    assert len(rows) == len(small.train)
    other = module.load_emoji(32, split_seed=1)
    assert other.train.characters != small.train.characters
    assert not torch.equal(other.train.images, small.train.images)


@pytest.mark.parametrize("character", ["a", "", "ab", " ", "\u4e00", "\U0010ffff"])
def test_what_the_font_has_no_glyph_for_is_refused(character):
    with pytest.raises(ValueError, match="no single character"):
        module.glyph(character, 32)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: module.glyph("🍎", 3), "at least 8 pixels"),
        (lambda: module.glyph("🍎", 32, share=0), "above 0"),
        (lambda: module.load_emoji(32, ("face", "dragon")), "no emoji class 'dragon'"),
        (lambda: module.load_emoji(32, ("face",)), "at least two"),
        (lambda: module.load_emoji(32, ("face", "face")), "at least two"),
        (lambda: module.load_emoji(32, ("face")), "at least two"),
        (lambda: module.load_emoji(32, ["face", "hand", "face"]), "'face' is named twice"),
        (lambda: module.load_emoji(32.5, ("face", "hand")), "whole number of pixels"),
    ],
)
def test_bad_input_is_one_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_names_and_the_attribution_are_there():
    assert module.name_of("🐈") == "cat"
    assert "OpenMoji" in module.ATTRIBUTION and "CC BY-SA" in module.ATTRIBUTION
