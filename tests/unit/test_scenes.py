"""Scenes: captions that the image determines, true boxes, and orders that training never saw."""

import itertools

import pytest
import torch

from utils.datasets import scenes
from utils.datasets.scenes import Placed, caption_of, draw_scene, make_scenes
from utils.datasets.words import END, PAD, START


@pytest.fixture(scope="module")
def some():
    return make_scenes("train", 90)


def test_a_caption_names_the_objects_from_left_to_right():
    objects = [Placed("car", 40, 0, 20), Placed("cat", 2, 30, 20)]
    assert caption_of(objects) == ("a", "cat", "and", "a", "car")
    assert caption_of(objects[::-1]) == caption_of(objects)


def test_the_box_is_that_of_the_ink():
    image, boxes = draw_scene([Placed("star", 10, 20, 24)], ground=(255, 255, 255))
    ink = (image.float() - 255).abs().amax(0) > 30
    rows, columns = torch.nonzero(ink, as_tuple=True)
    found = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert (boxes[0] - torch.tensor(found)).abs().max() <= 1


def test_captions_boxes_and_names_belong_together(some):
    for row in range(len(some)):
        words = some.sentence(row)
        count = int(some.counts[row])
        assert len(words) == 3 * count - 1 and some.captions[row, 0] == START
        assert some.captions[row, len(words) + 1] == END
        assert (some.captions[row, len(words) + 2 :] == PAD).all()
        named = some.named[row]
        assert named[named >= 0].tolist() == list(range(count))
        tokens = [scenes.VOCABULARY.tokens[i] for i in some.captions[row][named >= 0]]
        assert all(token in scenes.OBJECTS for token in tokens)
        middles = (some.boxes[row, :count, 0] + some.boxes[row, :count, 2]) / 2
        assert (middles.diff() > 0).all() or count == 1


def test_objects_do_not_overlap_and_lie_inside(some):
    for boxes, count in zip(some.boxes, some.counts, strict=True):
        real = boxes[:count]
        assert real.min() >= 0 and real.max() <= scenes.SIZE
        assert (boxes[count:] == 0).all()
        for a, b in itertools.combinations(real, 2):
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_no_order_of_names_stands_in_two_splits():
    kept = scenes._orders()
    for count, orders in ((2, 132), (3, 1320)):
        parts = [set(kept[split][count]) for split in scenes.SHARES]
        assert sum(map(len, parts)) == len(set().union(*parts)) == orders
    made = {split: make_scenes(split, 60) for split in ("train", "test")}
    for split, part in made.items():
        for row in range(len(part)):
            names = tuple(word for word in part.sentence(row) if word in scenes.OBJECTS)
            assert names in kept[split][len(names)]


def test_the_same_arguments_give_the_same_scenes(some):
    again = make_scenes("train", 90)
    assert torch.equal(again.images, some.images) and torch.equal(again.captions, some.captions)
    assert not torch.equal(make_scenes("train", 90, seed=1).images, some.images)


def test_inputs_and_targets_are_shifted_by_one(some):
    assert torch.equal(some.inputs[:, 1:], some.targets[:, :-1])
    assert some.pixels.min() >= 0 and some.pixels.max() <= 1
    assert len(some[:7]) == 7 and some[:7].images.shape == (7, 3, 64, 64)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: draw_scene([]), "at least one object"),
        (lambda: draw_scene(None), "at least one object"),
        (lambda: draw_scene([Placed("cat", float("nan"), 0, 20)]), "whole pixels, not nan"),
        (lambda: caption_of([Placed("cat", 0, 0, 20.5)]), "whole pixels, not 20.5"),
        (lambda: draw_scene([Placed("cat", 0, 0, 20)], ground="red"), "three numbers"),
        (lambda: draw_scene([Placed("cat", 0, 0, 20)], ground=7), "three numbers"),
        (lambda: draw_scene(["cat"]), "not 'cat'"),
        (lambda: draw_scene([Placed("dragon", 0, 0, 20)]), "no object 'dragon'"),
        (lambda: draw_scene([Placed("cat", 50, 0, 20)]), "must lie in the image"),
        (lambda: draw_scene([Placed("cat", 5, 5, 4)]), "must lie in the image"),
        (lambda: draw_scene([Placed("cat", 0, 0, 20)], ground=(0, 0, 999)), "three numbers"),
        (lambda: caption_of([Placed("cat", 0, 0, 20), Placed("dog", 0, 40, 20)]), "same middle"),
        (lambda: make_scenes("holiday", 3), "no split 'holiday'"),
        (lambda: make_scenes("train", 0), "at least one scene"),
        (lambda: make_scenes("train", 3, seed=-1), "at least 0, not -1"),
    ],
)
def test_what_is_no_scene_gets_one_clear_sentence(act, words):
    with pytest.raises(ValueError, match=words):
        act()
