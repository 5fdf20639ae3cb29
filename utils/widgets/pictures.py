"""Images for the page: checked, and packed as an address of their own."""

import base64
import io
from typing import Any

import numpy as np
from PIL import Image

TEXT = {"image": "The image needs the shape (height, width, 3), not {shape}."}
LARGEST = 320  # pixels of an image's longer side in the page
SHARP = 128  # up to here an image is drawn, and packed, pixel by pixel


def array_of(values: Any) -> np.ndarray:
    """Return a tensor or anything like an array as a numpy array."""
    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)


def pixels_of(image: Any) -> np.ndarray:
    """Return an image (height, width, 3) as bytes; floats are taken as 0 to 1.

    ValueError for another shape.
    """
    pixels = array_of(image)
    if pixels.ndim != 3 or pixels.shape[-1] != 3 or not pixels.size:
        raise ValueError(TEXT["image"].format(shape=pixels.shape))
    if pixels.dtype == np.uint8:
        return pixels
    return (np.clip(pixels, 0, 1) * 255).round().astype(np.uint8)


def address_of(pixels: np.ndarray) -> str:
    """Return the image as an address of its own: PNG for a small one, else JPEG."""
    picture = Image.fromarray(pixels)
    if max(picture.size) > LARGEST:
        picture.thumbnail((LARGEST, LARGEST))
    kind = "PNG" if max(picture.size) <= SHARP else "JPEG"
    buffer = io.BytesIO()
    picture.save(buffer, kind, optimize=True, quality=85)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f"data:image/{kind.lower()};base64,{data}"
