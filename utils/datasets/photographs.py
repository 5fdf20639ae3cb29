"""Real photographs: those that scikit-image carries, and the reader's own image file.

Only files inside the installed package are used: scikit-image would download its others.
"""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

CREDITS = {
    "cat": "Chelsea the cat, by Stefan van der Walt, CC0",
    "coffee": "Cup of coffee, by Rachel Michetti, CC0",
    "rocket": "Falcon 9 with DSCOVR, by SpaceX, public domain",
    "astronaut": "Eileen Collins, by NASA, public domain",
    "camera": "Photographer, by Lav Varshney, CC0",
}
MOST_PIXELS = 100_000_000
LONGEST = 200  # characters of a path that is told
TEXT = {
    "name": "There is no photograph {value!r}. Choose one of: {names}.",
    "missing": "There is no file {path}; give the path of an image, for example a JPEG or a PNG.",
    "folder": "{path} is a folder; give the path of one image in it.",
    "denied": "{path} may not be read; allow it, or give a copy that you may read.",
    "not_image": "{path} is not an image that can be read; give a JPEG, PNG, GIF or WebP file.",
    "damaged": "{path} is a damaged image: it ends too early or holds wrong data. Use another.",
    "size": "The side of a picture is a whole number of pixels, at least 1, not {value!r}.",
    "large": "{path} has {pixels:,} pixels, more than {most:,}; make it smaller first.",
}


@dataclass(frozen=True)
class Photograph:
    """A photograph: its name, pixels uint8 (H, W, 3), and who made it."""

    name: str
    pixels: np.ndarray
    credit: str = ""


def load_photograph(name: str) -> Photograph:
    """Return a photograph that scikit-image carries. Raises ValueError for another name."""
    if not isinstance(name, str) or name not in CREDITS:
        raise ValueError(TEXT["name"].format(value=name, names=", ".join(CREDITS)))
    from skimage import data  # takes a second, so only when it is needed

    pixels = np.asarray(getattr(data, name)())
    if pixels.ndim == 2:  # a grey photograph
        pixels = np.repeat(pixels[:, :, None], 3, axis=2)
    return Photograph(name, np.ascontiguousarray(pixels[:, :, :3]), CREDITS[name])


def read_photograph(path: Path | str) -> Photograph:
    """Return the reader's own image file, upright, transparent parts on white.

    An image with finer values than 8 bits (a scan, a scientific picture) is stretched: its darkest
    value becomes black, its brightest white.

    Raises:
        FileNotFoundError: no such file, or a folder.
        PermissionError: a file that may not be read.
        ValueError: a file that is no image, is damaged, or is larger than 100 million pixels.
    """
    path = _existing(path)
    try:
        count, pixels = _decoded(path)
    except UnidentifiedImageError:
        raise ValueError(TEXT["not_image"].format(path=path.name)) from None
    except Image.DecompressionBombError:
        count, pixels = 2 * MOST_PIXELS, None
    except PermissionError:
        raise PermissionError(TEXT["denied"].format(path=path)) from None
    except Exception:  # Pillow raises many kinds for a damaged file
        raise ValueError(TEXT["damaged"].format(path=path.name)) from None
    if pixels is None:
        words = TEXT["large"].format(path=path.name, pixels=count, most=MOST_PIXELS)
        raise ValueError(words)
    return Photograph(path.name, pixels)


def _decoded(path: Path) -> tuple[int, np.ndarray | None]:
    """Return how many pixels an image file says that it has, and them, unless they are too many."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # our sentences say what a reader needs to know
        with Image.open(path) as image:
            count = image.width * image.height
            small = count <= MOST_PIXELS
            return count, _on_white(ImageOps.exif_transpose(image)) if small else None


def _existing(path: Path | str) -> Path:
    try:
        path = Path(path).expanduser()
        folder, file = path.is_dir(), path.is_file()
    except (OSError, RuntimeError, TypeError):  # too long, nobody's home, no path at all
        folder = file = False
    if not file:
        shown = str(path) if len(str(path)) <= LONGEST else f"{str(path)[:LONGEST]}…"
        raise FileNotFoundError(TEXT["folder" if folder else "missing"].format(path=shown))
    return path


def _on_white(image: Image.Image) -> np.ndarray:
    if image.mode.startswith(("I", "F")):
        image = _stretched(np.asarray(image, dtype=np.float64))
    ground = Image.new("RGBA", image.size, "white")
    return np.asarray(Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB"))


def _stretched(values: np.ndarray) -> Image.Image:
    """Return values (H, W) as a grey image from black to white; what is no number is black."""
    known = np.isfinite(values)
    low, high = (values[known].min(), values[known].max()) if known.any() else (0, 1)
    share = (np.where(known, values, low) - low) / max(high - low, np.finfo(float).tiny)
    return Image.fromarray((255 * share).round().astype(np.uint8))


def square(photograph: Photograph, size: int = 224) -> Tensor:
    """Return the middle of a photograph as uint8 (3, size, size): as high as wide, resized.

    Raises ValueError for a size that is not a whole number of pixels, at least 1.
    """
    if not isinstance(size, int) or size < 1:
        raise ValueError(TEXT["size"].format(value=size))
    side = min(photograph.pixels.shape[:2])
    image = ImageOps.fit(Image.fromarray(photograph.pixels), (side, side))
    small = image.resize((size, size), Image.Resampling.BICUBIC)
    return torch.from_numpy(np.array(small)).permute(2, 0, 1)
