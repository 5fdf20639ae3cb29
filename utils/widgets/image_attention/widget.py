"""ImageAttention: plays a caption word by word over the image, with the weights of each word.

The weights stand on a grid of equal cells over the image. Dark cells have small weights; the
largest is outlined, and so is the true box of the object that a word names, where there is one.
"""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from utils.widgets import codec
from utils.widgets.pictures import address_of, array_of, pixels_of
from utils.widgets.poster import figure_png, new_figure
from utils.widgets.view import View

TEXT = {
    "label": "An image, darkened where the attention weight of the current word is small.",
    "keys": (
        "Keys: left and right choose a word; Space plays; with Shift, the arrows choose a cell."
    ),
    "example": "Example",
    "word": "Word",
    "place": "{place} of {count}",
    "play": "▶ Play",
    "pause": "❚❚ Pause",
    "next": "Next word ▶",
    "says": (
        "Word {place} of {count}, “{word}”: the largest weight is {weight}, in row {row} of "
        "{rows}, column {column} of {columns}."
    ),
    "hit": "✓ It lies in the true box, which has {share} of the weight.",
    "miss": "✗ It lies outside the true box, which has {share} of the weight.",
    "here": "The outlined cell has {weight}.",
    "score": "In this caption {hits} of {known} object words point into their box.",
    "legend": (
        "bright: more weight · white box: largest weight · dashed orange box: the true object"
    ),
    "legendPlain": "bright: more weight · white box: largest weight",
}
MESSAGES = {
    "none": "ImageAttention needs at least one example.",
    "example": (
        "An example is (image, words, weights) or (image, words, weights, boxes), "
        "not a tuple of {count}."
    ),
    "words": "Give the words as a sequence of at least one string, not {value!r}.",
    "shape": (
        "The weights need the shape {wanted}: a row for each word and a weight for each cell of "
        "the grid; not {given}."
    ),
    "square": "{cells} cells are not a square grid; give grid=(rows, columns).",
    "range": "Attention weights are finite and at least 0; these are not.",
    "boxes": "Give one box or None for each of the {count} words, not {have}.",
    "box": (
        "A box is (left, top, right, bottom) in pixels of the image, which is {width} wide and "
        "{height} high; {value!r} is not one."
    ),
    "word": "The first word shown is a number from 0 to {last}, not {value!r}.",
    "name": "{place}. {words}",
    "alt": "Attention weights over an image for each word of “{caption}”.",
    "score": " {hits} of {known} object words have their largest weight in the true box.",
}
SHOWN = 48  # characters of a caption in the list of examples

Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels


def _words(values: Any) -> list[str]:
    is_list = isinstance(values, Sequence) and not isinstance(values, str)
    if not is_list or not values or not all(isinstance(word, str) for word in values):
        raise ValueError(MESSAGES["words"].format(value=values))
    return list(values)


def _packed(weights: Any, count: int, grid: tuple[int, int] | None) -> dict[str, Any]:
    """Return the weights (T, rows, columns), packed between 0 and the largest."""
    values = array_of(weights).astype(np.float64)
    if grid is None:
        grid = values.shape[1:] if values.ndim == 3 else _square(values.shape[-1])
    if values.ndim < 2 or values.reshape(len(values), -1).shape != (count, grid[0] * grid[1]):
        wanted = (count, *grid)
        raise ValueError(MESSAGES["shape"].format(wanted=wanted, given=values.shape))
    if not np.isfinite(values).all() or values.min() < 0:
        raise ValueError(MESSAGES["range"])
    return codec.encode(values.reshape(count, *grid), 0, values.max() or 1.0)


def _square(cells: int) -> tuple[int, int]:
    side = round(cells**0.5)
    if side * side != cells or not cells:
        raise ValueError(MESSAGES["square"].format(cells=cells))
    return side, side


def _shares(boxes: Any, count: int, size: tuple[int, int]) -> list[list[float] | None]:
    """Return each word's box as shares of the image's width and height."""
    if boxes is None:
        return [None] * count
    if len(boxes) != count:
        raise ValueError(MESSAGES["boxes"].format(count=count, have=len(boxes)))
    return [None if box is None else _share(box, *size) for box in boxes]


def _share(box: Any, width: int, height: int) -> list[float]:
    values = [float(value) for value in box]
    message = MESSAGES["box"].format(width=width, height=height, value=box)
    if len(values) != 4:
        raise ValueError(message)
    left, top, right, bottom = values
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        raise ValueError(message)
    shares = (left / width, top / height, right / width, bottom / height)
    return [round(share, 4) for share in shares]


def example_data(
    image: Any, words: Any, weights: Any, boxes: Any = None, grid: tuple[int, int] | None = None
) -> dict[str, Any]:
    """Return what the view draws of one caption. Raises ValueError with one sentence."""
    pixels, words = pixels_of(image), _words(words)
    height, width = pixels.shape[:2]
    return {
        "image": address_of(pixels),
        "size": [width, height],
        "words": words,
        "weights": _packed(weights, len(words), grid),
        "boxes": _shares(boxes, len(words), (width, height)),
    }


def hits(data: dict[str, Any]) -> list[bool]:
    """Return for each word with a box whether the middle of its largest cell lies inside."""
    weights = codec.decode(data["weights"])
    rows, columns = weights.shape[1:]
    found = []
    for each, box in zip(weights, data["boxes"], strict=True):
        if box is None:
            continue
        row, column = divmod(int(each.argmax()), columns)
        x, y = (column + 0.5) / columns, (row + 0.5) / rows
        found.append(box[0] <= x <= box[2] and box[1] <= y <= box[3])
    return found


def describe(data: dict[str, Any]) -> str:
    """Return the caption, and how many of its object words point right: the alt text."""
    words = MESSAGES["alt"].format(caption=" ".join(data["words"]))
    found = hits(data)
    if not found:
        return words
    return words + MESSAGES["score"].format(hits=sum(found), known=len(found))


def poster(image: Any, data: dict[str, Any]) -> bytes:
    """Return the picture for readers without scripts: the image once for each word."""
    pixels, weights = pixels_of(image), codec.decode(data["weights"])
    count = len(data["words"])
    columns = min(count, 7)
    rows = -(-count // columns)
    figure = new_figure(1.5 * columns, 1.75 * rows)
    for place, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
        axes.axis("off")
        if place >= count:
            continue
        light = weights[place] / (weights[place].max() or 1)
        mask = Image.fromarray((255 * (0.22 + 0.78 * light)).astype(np.uint8))
        shown = np.asarray(mask.resize(pixels.shape[1::-1], Image.Resampling.NEAREST)) / 255
        axes.imshow((pixels * shown[..., None]).astype(np.uint8), interpolation="nearest")
        axes.set_title(data["words"][place].replace("$", r"\$"), fontsize=11)
    few = Image.open(io.BytesIO(figure_png(figure))).convert("RGB").quantize(64)
    buffer = io.BytesIO()
    few.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


class ImageAttention(View):
    """The view of a caption's attention over its image, alive without a kernel.

    ``image`` (height, width, 3) of bytes or of floats from 0 to 1; ``words`` (T strings);
    ``weights`` (T, rows, columns) or (T, rows * columns), at least 0; ``boxes`` for each word the
    true box (left, top, right, bottom) in pixels, or None; ``grid`` (rows, columns) where the
    cells are no square. In place of the image, a list of examples (image, words, weights, boxes)
    to choose from. ``word`` is the word shown first. Raises ValueError with one sentence for
    shapes that do not fit.
    """

    def __init__(
        self,
        image: Any,
        words: Sequence[str] | None = None,
        weights: Any = None,
        *,
        boxes: Sequence[Box | None] | None = None,
        grid: tuple[int, int] | None = None,
        word: int = 0,
    ) -> None:
        given = list(image) if words is None else [(image, words, weights, boxes)]
        if not given:
            raise ValueError(MESSAGES["none"])
        for one in given:
            if not 3 <= len(one) <= 4:
                raise ValueError(MESSAGES["example"].format(count=len(one)))
        examples = [example_data(*one, grid=grid) for one in given]
        last = len(examples[0]["words"]) - 1
        if not isinstance(word, int | np.integer) or not 0 <= word <= last:
            raise ValueError(MESSAGES["word"].format(last=last, value=word))
        named = [{**data, "name": _name(i, data["words"])} for i, data in enumerate(examples)]
        super().__init__(
            "image_attention",
            {"examples": named, "word": int(word), "text": _texts(examples)},
            poster=poster(given[0][0], examples[0]),
            alt=describe(examples[0]),
        )


def _name(place: int, words: Sequence[str]) -> str:
    joined = " ".join(words)
    short = joined if len(joined) <= SHOWN else joined[: SHOWN - 1] + "…"
    return MESSAGES["name"].format(place=place + 1, words=short)


def _texts(examples: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Return the strings; without any box the legend names none."""
    has_box = any(box is not None for data in examples for box in data["boxes"])
    return TEXT if has_box else {**TEXT, "legend": TEXT["legendPlain"]}
