"""The data sets that need a network, read by their real loaders from small files made here."""

import hashlib
import json
import pickle

import numpy as np
import pytest
import torch
from PIL import Image

from utils.datasets import online

GENERATOR = np.random.default_rng(0)


def idx(array: np.ndarray) -> bytes:
    """Return an array in MNIST's file format: type, sizes, then the bytes."""
    head = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return head + array.astype(np.uint8).tobytes()


@pytest.fixture
def mnist(tmp_path):
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part, count in (("train", 100), ("t10k", 30)):
        pixels = GENERATOR.integers(0, 256, (count, 28, 28))
        (raw / f"{part}-images-idx3-ubyte").write_bytes(idx(pixels))
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(idx(np.arange(count) % 10))
    return tmp_path


@pytest.fixture
def cifar(tmp_path, monkeypatch):
    from torchvision.datasets import CIFAR10

    folder = tmp_path / CIFAR10.base_folder
    folder.mkdir()

    def put(name: str, content: dict) -> list[str]:
        written = pickle.dumps(content)
        (folder / name).write_bytes(written)
        return [name, hashlib.md5(written).hexdigest()]

    def batch(count: int) -> dict:
        pixels = GENERATOR.integers(0, 256, (count, 3 * 32 * 32), dtype=np.uint8)
        return {"data": pixels, "labels": [i % 10 for i in range(count)]}

    trains = [put(f"data_batch_{n}", batch(20)) for n in range(1, 6)]
    monkeypatch.setattr(CIFAR10, "train_list", trains)
    monkeypatch.setattr(CIFAR10, "test_list", [put("test_batch", batch(30))])
    names, digest = put("batches.meta", {"label_names": [str(n) for n in range(10)]})
    meta = {"filename": names, "key": "label_names", "md5": digest}
    monkeypatch.setattr(CIFAR10, "meta", meta)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "files", "shape"),
    [("mnist", "mnist", (1, 28, 28)), ("cifar10", "cifar", (3, 32, 32))],
)
def test_images_come_in_the_form_of_the_digits(name, files, shape, request):
    data = online.load_images(name, request.getfixturevalue(files))
    assert [len(part) for part in (data.train, data.validation, data.test)] == [90, 10, 30]
    assert data.train.images.shape == (90, *shape)
    assert data.train.labels.dtype == torch.int64
    assert torch.allclose(data.train.images.mean((0, 2, 3)), torch.zeros(shape[0]), atol=1e-5)
    assert torch.allclose(data.train.images.std((0, 2, 3)), torch.ones(shape[0]), atol=1e-5)
    assert data.test.labels.tolist() == [i % 10 for i in range(30)]


def test_the_same_seed_gives_the_same_parts_and_no_image_is_in_two(mnist):
    first, again, other = (online.load_images("mnist", mnist, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(first.train.images, again.train.images)
    assert not torch.equal(first.train.labels, other.train.labels)
    both = {row.sum().item() for row in first.train.images} & {
        row.sum().item() for row in first.validation.images
    }
    assert both == set()


def test_a_limit_keeps_a_small_part_of_each(mnist):
    data = online.load_images("mnist", mnist, limit=20)
    assert [len(part) for part in (data.train, data.validation, data.test)] == [20, 4, 4]
    with pytest.raises(ValueError, match="at least 10 images"):
        online.load_images("mnist", mnist, limit=3)


@pytest.mark.parametrize("name", list(online.IMAGES))
def test_without_a_network_the_sentence_names_what_is_installed(name, tmp_path, monkeypatch):
    import socket

    def unreachable(*arguments, **settings):
        raise OSError("no network")

    monkeypatch.setattr(socket, "create_connection", unreachable)
    monkeypatch.setattr(socket, "getaddrinfo", unreachable)
    with pytest.raises(FileNotFoundError, match="load_digits"):
        online.load_images(name, tmp_path)
    with pytest.raises(FileNotFoundError, match="load_digits"):
        online.load_images(name, tmp_path, download=False)


def test_a_damaged_file_is_not_read_as_images(mnist):
    (mnist / "MNIST" / "raw" / "train-labels-idx1-ubyte").write_bytes(b"no labels")
    with pytest.raises(ValueError, match="are damaged; delete them"):
        online.load_images("mnist", mnist)


@pytest.fixture
def photographs(tmp_path):
    for name in ("dog.jpg", "cat.jpg"):
        Image.new("RGB", (32, 24), "teal").save(tmp_path / name)
    return tmp_path


def test_flickr_gives_an_image_and_its_sentences(photographs):
    rows = "".join(
        f"<tr><td><a href='x'>https://photographs.example/someone/{name}/</a>"
        f"<ul><li>A {name} sits .</li><li>It waits .</li></ul></td></tr>"
        for name in ("dog", "cat")
    )
    (photographs / "captions.html").write_text(f"<html><body><table>{rows}</table></body></html>")
    for name in ("dog", "cat"):
        (photographs / f"{name}.jpg").rename(photographs / f"{name}_1.jpg")
    data = online.load_captions("flickr8k", photographs, photographs / "captions.html")
    image, sentences = data[0]
    assert len(data) == 2
    assert image.size == (32, 24)
    assert "It waits ." in [sentence.strip() for sentence in sentences]


def test_coco_gives_an_image_and_its_sentences(photographs):
    notes = {
        "images": [{"id": 7, "file_name": "dog.jpg"}],
        "annotations": [
            {"id": 1, "image_id": 7, "caption": "A dog sits."},
            {"id": 2, "image_id": 7, "caption": "It waits."},
        ],
    }
    (photographs / "captions.json").write_text(json.dumps(notes))
    data = online.load_captions("coco", photographs, photographs / "captions.json")
    image, sentences = data[0]
    assert (len(data), image.size) == (1, (32, 24))
    assert sentences == ["A dog sits.", "It waits."]


@pytest.mark.parametrize("name", list(online.CAPTIONS))
def test_captions_that_are_not_there_or_not_captions_get_one_sentence(name, photographs):
    with pytest.raises(FileNotFoundError, match="scenes"):
        online.load_captions(name, photographs / "none", photographs / "captions.json")
    (photographs / "other.json").write_text("[]")
    with pytest.raises(ValueError, match="does not hold the captions"):
        online.load_captions(name, photographs, photographs / "other.json")


def test_an_unknown_name_gets_one_sentence(tmp_path):
    with pytest.raises(ValueError, match="Choose one of: mnist, cifar10"):
        online.load_images("imagenet", tmp_path)
    with pytest.raises(ValueError, match="Choose one of: flickr8k, coco"):
        online.load_captions("imagenet", tmp_path, tmp_path)
