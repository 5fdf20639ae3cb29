"""ImageAttention packs image, weights and boxes, counts what points right, names wrong input."""

import base64
import io
import json
import re

import numpy as np
import pytest
import torch
from PIL import Image

from utils.widgets import ImageAttention, codec
from utils.widgets.image_attention.widget import hits

WORDS = ("a", "red", "circle")
BOXES = (None, None, (8, 0, 16, 8))


def pixels(height=16, width=24, seed=0):
    return np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)


def weights(cell=1, shape=(2, 3)):
    """Three words; the last has most of its weight on one cell."""
    values = np.full((3, shape[0] * shape[1]), 0.01)
    values[2, cell] = 1 - values[2, :-1].sum()
    return values.reshape(3, *shape)


def make(image=None, words=WORDS, values=None, **more):
    image = pixels() if image is None else image
    return ImageAttention(image, words, weights() if values is None else values, **more)


def picture(data):
    return Image.open(io.BytesIO(base64.b64decode(data["image"].split(",")[1])))


def test_the_page_gets_the_image_itself_and_one_byte_a_weight():
    image = torch.tensor(pixels()) / 255
    (data,) = make(image, values=torch.tensor(weights()), boxes=BOXES).state["examples"]
    assert np.array_equal(np.asarray(picture(data)), pixels())
    assert data["size"] == [24, 16]
    assert np.abs(codec.decode(data["weights"]) - weights()).max() <= 1 / 500
    assert data["boxes"] == [None, None, [0.3333, 0, 0.6667, 0.5]]


def test_a_large_photograph_becomes_a_small_jpeg():
    view = make(pixels(600, 900))
    data = view.state["examples"][0]
    assert data["image"].startswith("data:image/jpeg") and picture(data).size == (320, 213)
    assert data["size"] == [900, 600]
    assert len(view.html()) < 400_000  # noise, which no format can pack


def test_flat_weights_need_a_square_grid_or_one_that_is_given():
    flat = np.full((3, 4), 0.25)
    assert make(values=flat).state["examples"][0]["weights"]["shape"] == [3, 2, 2]
    flat = weights().reshape(3, 6)
    with pytest.raises(ValueError, match="6 cells are not a square grid"):
        make(values=flat)
    assert make(values=flat, grid=(2, 3)).state["examples"][0]["weights"]["shape"] == [3, 2, 3]


@pytest.mark.parametrize(("cell", "is_hit"), [(1, True), (4, False), (0, False)])
def test_a_word_points_right_where_its_largest_cell_has_its_middle_in_the_box(cell, is_hit):
    view = make(values=weights(cell), boxes=BOXES)
    assert hits(view.state["examples"][0]) == [is_hit]
    assert f"{int(is_hit)} of 1 object words" in view.alt
    assert "object words" not in make(values=weights(cell)).alt


def test_a_list_of_examples_and_a_legend_that_fits():
    view = ImageAttention([(pixels(), WORDS, weights(), BOXES), (pixels(9), WORDS, weights())])
    assert [one["name"][:2] for one in view.state["examples"]] == ["1.", "2."]
    assert "orange" in view.state["text"]["legend"]
    assert "orange" not in make().state["text"]["legend"]


def test_a_word_that_looks_like_markup_stays_text():
    page = make(words=("</script><b>", "<!--", "$x_")).html()
    island = re.search(r'data-role="state">(.*?)</script>', page, re.DOTALL)[1]
    assert json.loads(island)["examples"][0]["words"][0] == "</script><b>"
    assert "<b>" not in page and "<!--" not in page and not re.search(r"https?://", page)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: make(pixels()[..., 0]), r"shape \(height, width, 3\), not \(16, 24\)"),
        (lambda: make(words="a red circle"), "sequence of at least one string"),
        (lambda: make(words=()), "sequence of at least one string"),
        (lambda: make(words=WORDS[:2]), r"shape \(2, 2, 3\).* not \(3, 2, 3\)"),
        (lambda: make(values=np.ones(6)), "cells are not a square|need the shape"),
        (lambda: make(values=-weights()), "finite and at least 0"),
        (lambda: make(values=weights() * np.nan), "finite and at least 0"),
        (lambda: make(grid=(2, 2)), r"need the shape \(3, 2, 2\)"),
        (lambda: make(boxes=BOXES[:2]), "each of the 3 words, not 2"),
        (lambda: make(boxes=(None, None, (8, 0, 8, 8))), "24 wide and 16 high"),
        (lambda: make(boxes=(None, None, (8, 0, 30, 8))), "24 wide and 16 high"),
        (lambda: make(boxes=(None, None, (8, 0, 8))), "is not one"),
        (lambda: make(word=3), "from 0 to 2, not 3"),
        (lambda: ImageAttention([]), "at least one example"),
        (lambda: ImageAttention([(pixels(), WORDS)]), "not a tuple of 2"),
    ],
)
def test_wrong_input_gets_one_sentence(wrong, words):
    with pytest.raises(ValueError, match=words):
        wrong()
