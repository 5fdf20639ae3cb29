"""Larger data sets by name, for readers with a network; the course itself never needs them.

The images of MNIST and CIFAR-10 come as `load_digits` gives its digits, so that they fit wherever
digits do. Flickr8k and COCO are photographs with captions that people wrote; their files must be
fetched by hand. All are read by ``torchvision.datasets``.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from utils.datasets.digits import CLASSES, Digits, Split

FOLDER = Path(__file__).resolve().parents[2] / "data" / "cache" / "online"
TEXT = {
    "name": "There is no online data set {name!r}. Choose one of: {names}.",
    "offline": (
        "{title} is not in {folder} and could not be fetched ({why}). Without a network use "
        "{instead}, which is installed with the course."
    ),
    "damaged": "The files of {title} in {folder} are damaged; delete them and load again.",
    "limit": "Ask for at least {least} images, not {value!r}.",
    "captions": (
        "{title} needs its folder of images and its file of captions; {missing} is not there. Get "
        "them from {home}, or use {instead}, which is installed with the course."
    ),
    "file": "{path} does not hold the captions of {title}.",
    "tools": "COCO's captions are read by pycocotools. Install it: pip install -e .[online]",
}
IMAGES = {"mnist": "MNIST", "cifar10": "CIFAR10"}  # our name -> torchvision's
CAPTIONS = {
    "flickr8k": ("Flickr8k", "https://hockenmaier.cs.illinois.edu/8k-pictures.html"),
    "coco": ("CocoCaptions", "https://cocodataset.org"),
}
DIGITS, SCENES = "utils.datasets.digits.load_digits", "utils.datasets.scenes"


def load_images(
    name: str,
    folder: Path | str | None = None,
    *,
    limit: int | None = None,
    seed: int = 0,
    download: bool = True,
) -> Digits:
    """Return "mnist" (N, 1, 28, 28) or "cifar10" (N, 3, 32, 32) in the form of `load_digits`.

    The test part is the data set's own. A tenth of its training images, drawn by ``seed``, is the
    validation part. ``limit`` keeps that many training images and a fifth as many for each of the
    others. Pixels are scaled by the mean and deviation of each channel of the training part.

    Raises:
        ValueError: an unknown name, fewer than 10 images, or damaged files.
        FileNotFoundError: the files are not in ``folder`` and cannot be had.
    """
    if name not in IMAGES:
        raise ValueError(TEXT["name"].format(name=name, names=", ".join(IMAGES)))
    if limit is not None and limit < CLASSES:
        raise ValueError(TEXT["limit"].format(least=CLASSES, value=limit))
    folder = Path(folder or FOLDER)
    pixels, labels = _read(name, folder, True, download)
    test_pixels, test_labels = _read(name, folder, False, download)
    order = torch.from_numpy(np.random.default_rng(seed).permutation(len(labels)))
    held_out, few = len(order) // 10, None if limit is None else limit // 5
    rows = (order[held_out:][:limit], order[:held_out][:few], torch.arange(len(test_labels))[:few])
    sources = ((pixels, labels), (pixels, labels), (test_pixels, test_labels))
    return _scaled(
        [Split(_as_images(x[row]), y[row]) for (x, y), row in zip(sources, rows, strict=True)]
    )


def _read(name: str, folder: Path, train: bool, download: bool) -> tuple[Tensor, Tensor]:
    """Return all pixels as the file holds them, uint8, and labels int64 (N,)."""
    import torchvision.datasets

    title = IMAGES[name]
    try:
        data = getattr(torchvision.datasets, title)(str(folder), train=train, download=download)
    except (OSError, RuntimeError) as error:
        why = type(error).__name__
        words = TEXT["offline"].format(title=title, folder=folder, why=why, instead=DIGITS)
        raise FileNotFoundError(words) from None
    except (AssertionError, ValueError):
        raise ValueError(TEXT["damaged"].format(title=title, folder=folder)) from None
    return torch.as_tensor(data.data), torch.as_tensor(data.targets).long()


def _as_images(pixels: Tensor) -> Tensor:
    """Return grey (N, H, W) or coloured (N, H, W, 3) pixels as float images (N, C, H, W)."""
    if pixels.dim() == 3:
        return pixels[:, None].float()
    return pixels.permute(0, 3, 1, 2).float()


def _scaled(parts: Sequence[Split]) -> Digits:
    """Return the three parts with mean 0 and variance 1 in each channel of the first."""
    deviation, mean = torch.std_mean(parts[0].images, (0, 2, 3), keepdim=True)
    scaled = [Split((part.images - mean) / deviation, part.labels) for part in parts]
    return Digits(*scaled, classes=CLASSES)


def load_captions(
    name: str,
    images: Path | str,
    captions: Path | str,
    transform: Callable[[Any], Any] | None = None,
) -> Any:
    """Return "flickr8k" or "coco": item i is an image and the sentences that people wrote on it.

    ``images`` is the folder of photographs, ``captions`` the file that comes with them;
    ``transform`` is applied to each image (a Pillow image).

    Raises:
        ValueError: an unknown name, or a file without captions.
        FileNotFoundError: the folder or the file is not there.
        ModuleNotFoundError: COCO without pycocotools.
    """
    import torchvision.datasets

    if name not in CAPTIONS:
        raise ValueError(TEXT["name"].format(name=name, names=", ".join(CAPTIONS)))
    title, home = CAPTIONS[name]
    for path in (Path(images), Path(captions)):
        if not path.exists():
            raise FileNotFoundError(
                TEXT["captions"].format(title=title, missing=path, home=home, instead=SCENES)
            )
    try:
        data = getattr(torchvision.datasets, title)(str(images), str(captions), transform)
    except ModuleNotFoundError:
        raise ModuleNotFoundError(TEXT["tools"]) from None
    except (ValueError, LookupError, TypeError, AssertionError):
        raise ValueError(TEXT["file"].format(path=captions, title=title)) from None
    if not len(data):
        raise ValueError(TEXT["file"].format(path=captions, title=title))
    return data
