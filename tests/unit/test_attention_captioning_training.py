"""Training and judging a captioner: words against captions, looks against true boxes, results."""

import json

import numpy as np
import pytest
import torch

from utils.analysis.caption_focus import force_look, weight_by_word
from utils.datasets.scenes import VOCABULARY, make_scenes
from utils.datasets.words import END, PAD
from utils.plots.attention_03 import named_boxes
from utils.threads import one_thread
from utils.training.attention_captioning import (
    Judgement,
    centres,
    compare_reaches,
    fit_captioner,
    inside,
    judge,
    load_captioner,
    load_reaches,
    new_captioner,
    save_captioner,
    save_reaches,
    true_boxes,
    up_to,
    write,
)
from utils.training.checkpoints import CheckpointError
from utils.training.results import ResultError

SMALL = {"width": 16, "hidden": 24, "embedding": 8, "dilations": (0,)}


@pytest.fixture(scope="module")
def scenes():
    return make_scenes("train", 60)


class Oracle(torch.nn.Module):
    """Writes the true captions and looks at the box of what it names, or ``shift`` cells away."""

    def __init__(self, scenes, shift=0):
        super().__init__()
        self.settings = new_captioner(**SMALL).settings
        self.scenes, self.shift, self.seen = scenes, shift, 0

    def caption(self, pixels, limit):
        rows = slice(self.seen, self.seen + len(pixels))
        self.seen += len(pixels)
        part = self.scenes[rows]
        weights = torch.full((*part.targets.shape, 64), 1e-3)
        row, place, boxes = true_boxes(part.targets, part)
        middle = ((boxes[:, :2] + boxes[:, 2:]) / 16).long().clamp(0, 7)  # column and row
        cell = (middle[:, 1] * 8 + middle[:, 0] + self.shift) % 64
        weights[row, place, cell] = 1.0
        return part.targets, weights


def test_who_writes_the_truth_and_looks_at_it_is_judged_right(scenes):
    judged = judge(Oracle(scenes), scenes)
    assert judged.exact.all() and judged.pointing == 1
    assert len(judged.hit) == int(scenes.counts.sum())
    assert np.abs(judged.offset).max() <= 4.5
    beside = judge(Oracle(scenes, shift=4), scenes)
    assert beside.exact.all() and beside.pointing < 0.05
    assert np.abs(beside.offset).max(1).min() > 16


def test_a_thing_that_is_not_there_has_no_box(scenes):
    words = scenes.targets.clone()
    count = int(scenes.counts.sum())
    row, place, boxes = true_boxes(words, scenes)
    assert len(row) == count
    expected = scenes.boxes[row, scenes.named[row, place + 1]]
    assert torch.equal(boxes, expected)
    absent = next(
        i for i, name in enumerate(VOCABULARY.tokens) if i > 4 and i not in words[0].tolist()
    )
    words[0, 1] = absent
    assert len(true_boxes(words, scenes)[0]) == count - 1


def test_scenes_with_fewer_things_have_shorter_captions(scenes):
    few = up_to(scenes, 2)
    assert len(few) == int((scenes.counts < 3).sum()) and few.counts.max() == 2
    assert few.captions.shape[1] == 7 and (few.captions[:, -1] == END).any()
    words = [few.sentence(row) for row in range(len(few))]
    rows = (scenes.counts < 3).nonzero()[:, 0].tolist()
    assert words == [scenes.sentence(row) for row in rows]


def test_a_picture_gets_the_box_of_the_object_that_a_word_names(scenes):
    row = int((scenes.counts == 3).nonzero()[0, 0])
    words = scenes.sentence(row)
    boxes = named_boxes(scenes, row, words)
    assert [box is None for box in boxes] == [word in ("a", "and") for word in words]
    assert [list(box) for box in boxes if box] == scenes.boxes[row].tolist()
    absent = next(word for word in VOCABULARY.words if word not in words)
    assert named_boxes(scenes, row, [absent, words[1]]) == [None, boxes[1]]


def test_cells_are_numbered_row_after_row():
    points = centres(8, 64)
    assert points[0].tolist() == [4, 4] and points[1].tolist() == [12, 4]
    assert points[8].tolist() == [4, 12]
    assert inside(points, torch.tensor([[8.0, 0, 16, 8]])).nonzero().tolist() == [[0, 1]]


def test_training_learns_and_its_seed_fixes_it(scenes):
    runs = []
    for _ in range(2):
        model = new_captioner(1, **SMALL)
        with one_thread():
            runs.append((fit_captioner(model, scenes, 25, batch_size=12, seed=2), model))
    (first, one), (second, other) = runs
    assert np.array_equal(first, second) and first[-5:].mean() < 0.9 * first[:2].mean()
    words, weights = write(one, scenes)
    assert torch.equal(words, write(other, scenes)[0])
    assert words.shape == scenes.targets.shape and weights.shape == (*words.shape, 64)
    for row in words.tolist():
        assert END not in row or set(row[row.index(END) + 1 :]) <= {PAD}
    assert not one.training


def test_who_names_nothing_has_no_pointing_accuracy():
    empty = np.zeros(0)
    assert np.isnan(Judgement(np.zeros(3, bool), empty, empty, empty, empty).pointing)


def test_a_comparison_is_kept_on_disk(scenes, tmp_path):
    small = {key: value for key, value in SMALL.items() if key != "dilations"}
    grids = {"15": (0,), "47": (1, 1)}
    found = compare_reaches(grids, scenes, scenes, 2, seeds=2, about={"why": "test"}, **small)
    assert found.reach.tolist() == [15, 47] and found.layers.tolist() == [1, 2]
    assert found.exact.shape == found.pointing.shape == (2, 2) and found.peaks.shape == (2, 28, 28)
    path = save_reaches(found, "small", tmp_path)
    again = load_reaches("small", tmp_path)
    assert again.names == found.names and np.array_equal(again.peaks, found.peaks)
    assert np.allclose(again.exact, found.exact, atol=1e-4)
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {"exact": [[1.0]]}))
    with pytest.raises(ResultError, match="make checkpoints NAMES=small"):
        load_reaches("small", tmp_path)


def test_a_captioner_is_kept_on_disk(scenes, tmp_path):
    model = new_captioner(3, **SMALL)
    path = save_captioner("tiny", model, {"steps": 0}, folder=tmp_path)
    again, about = load_captioner("tiny", folder=tmp_path)
    assert about["steps"] == 0 and again.settings == model.settings
    halved = {name: value.half().float() for name, value in model.state_dict().items()}
    for name, value in again.state_dict().items():
        assert torch.equal(value.float(), halved[name])
    record = json.loads(path.read_text())
    record["about"]["words"] = ["a", "cow"]
    path.write_text(json.dumps(record))
    with pytest.raises(CheckpointError, match="not a captioner of these scenes"):
        load_captioner("tiny", folder=tmp_path)


def test_shares_of_the_weight_add_up_and_even_weights_follow_the_areas(scenes):
    even = new_captioner(**SMALL, attention=False)
    found = weight_by_word(even, scenes)
    assert np.allclose(found.share.sum(1), 1, atol=1e-5)
    cells = inside(centres(8, 64), scenes.boxes.flatten(0, 1)).sum(1).view(len(scenes), 3)
    named = cells[scenes.boxes[:, :, 2] > 0].float() / 64
    assert found.share[1, 1] == pytest.approx(named.mean().item(), abs=1e-5)
    assert found.share[3, 1] == 0  # nothing is named behind the last object


def test_a_moved_look_changes_nothing_where_nobody_looks(scenes):
    several = scenes[scenes.counts > 1]
    blind = new_captioner(**SMALL, attention=False)
    forced = force_look(blind, several)
    assert forced.kept == forced.before
    with pytest.raises(ValueError, match="at least two objects"):
        force_look(blind, scenes)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda s: up_to(s, 0), "at most 0 objects"),
        (lambda s: up_to(s, None), "at most None objects"),
        (lambda s: compare_reaches({}, s, s, 1), "at least one grid"),
        (lambda s: fit_captioner(new_captioner(**SMALL), s, 0), "at least 1|steps"),
        (lambda s: compare_reaches({"a": (0,)}, s, s, 1, seeds=1, **_tiny()).at("b"), "grid 'b'"),
    ],
)
def test_wrong_input_gets_one_sentence(wrong, words, scenes):
    with pytest.raises(ValueError, match=words):
        wrong(scenes)


def _tiny():
    return {"width": 8, "hidden": 8, "embedding": 4}
