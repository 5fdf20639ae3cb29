"""ShotSlider and ImageNamer: honest numbers, true pictures, one sentence for wrong input."""

import base64
import io
import json
import re

import numpy as np
import pytest
import torch
from PIL import Image

from utils.datasets.emoji import load_emoji, picture_of
from utils.datasets.photographs import load_photograph
from utils.models.convnets import load_network
from utils.training.transfer import METHODS, ShotCurves
from utils.widgets import ShotSlider
from utils.widgets.image_namer import ImageNamer
from utils.widgets.shot_slider import widget as module


@pytest.fixture(scope="module")
def emoji():
    return load_emoji(32, ("face", "building", "sky"))


@pytest.fixture(scope="module")
def curves(emoji):
    """Ways that are right on all, half and none of the test emoji, with 1 and 3 examples."""
    labels = emoji.test.labels.numpy()
    answered = np.repeat(labels[None, None, None], 3, axis=0).repeat(2, axis=1).repeat(4, axis=2)
    answered[1, ..., ::2] = (labels[::2] + 1) % 3
    answered[2] = (labels + 1) % 3
    answered[0, :, 3] = (labels + 1) % 3  # the fourth draw went wrong
    return ShotCurves((1, 3), answered, labels, (), emoji.names)


@pytest.fixture(scope="module")
def near():
    random = np.random.default_rng(0)
    return [torch.from_numpy(random.integers(0, 48, (36, 6))) for _ in range(2)]


@pytest.fixture(scope="module")
def view(curves, emoji, near):
    return ShotSlider(curves, emoji, near, selected=3)


def test_the_numbers_are_those_of_the_curves(view, curves):
    data = view.state["data"]
    assert data["methods"] == list(METHODS)
    assert data["mean"] == [[0.75, 0.75], [0.5, 0.5], [0, 0]]
    assert data["low"][0] == [0, 0] and data["high"][0] == [1, 1]
    assert view.state["selected"] == 1
    for method, row in enumerate(data["answered"]):
        right = np.mean(np.array(row[0]) == np.array(data["truth"]))
        assert right == pytest.approx((1, 0.4, 0)[method])
    assert "Frozen features: test accuracy 0.75 to 0.75, from 1 to 3" in view.alt


def test_every_emoji_and_neighbour_is_shown_by_its_own_picture(view, emoji, near):
    data = view.state["data"]
    png = base64.b64decode(data["sheet"].partition(",")[2])
    sheet = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)

    def difference(place, character):
        top, left = place // data["columns"] * 48, place % data["columns"] * 48
        tile = sheet[top : top + 48, left : left + 48]
        return np.abs(tile - np.asarray(picture_of(character, 48)).astype(int)).mean()

    shown = module._shown(emoji)
    for row, at in enumerate(shown):
        assert difference(row, emoji.test.characters[at]) < 6
        for k in range(2):
            for rank, place in enumerate(data["near"][k][row]):
                truth = int(near[k][at, rank])
                assert difference(len(shown) + place, emoji.train.characters[truth]) < 6
                assert data["labelled"][place] == int(emoji.train.labels[truth])


def test_the_html_stands_alone(view):
    html = view.html()
    assert not re.search(r"(src|href)=.(?!data:)|@import|url\(|https?://", html)
    island = re.search(r'data-role="state">(.*?)</script>', html, re.DOTALL).group(1)
    assert json.loads(island) == view.state
    assert len(html) < 400_000


def test_parts_that_do_not_fit_are_refused(curves, near):
    other = load_emoji(32, ("face", "sky"))
    with pytest.raises(ValueError, match="36 test answers, and there are 24"):
        ShotSlider(curves, other, near)
    empty = ShotCurves((), np.empty((3, 0, 1, 36)), curves.labels, (), curves.names)
    with pytest.raises(ValueError, match="at least one"):
        ShotSlider(empty, other, [])


@pytest.fixture(scope="module")
def namer():
    return ImageNamer(load_network())


def test_the_readers_own_file_is_named(namer, tmp_path):
    path = tmp_path / "mine.png"
    Image.fromarray(load_photograph("coffee").pixels).save(path)
    namer.name("")
    assert "Type the path" in namer.problem
    namer.command = {"path": f"  {path} ", "count": "1"}
    assert namer.answers[0][0] == "espresso" and namer.problem == ""
    assert namer.picture.startswith("data:image/png;base64,") and namer.file == "mine.png"


def test_a_file_that_is_no_image_is_told_and_the_old_answer_goes(namer, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("<script>alert(1)</script>")
    namer.name(str(path))
    assert "not an image" in namer.problem and namer.answers == [] and namer.picture == ""
    namer.name(str(tmp_path / "none.png"))
    assert "no file" in namer.problem
    bundle = namer._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "with a kernel" in data["text/html"]
