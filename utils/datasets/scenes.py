"""Scenes: one to three emoji on a plain ground, with a caption and the box of each (Lecture 12).

The caption names the objects from left to right: "a cat and a car". So it is determined by the
image, and a caption is right or wrong. The order of names of a test caption with two or three
objects never occurs in training. Nothing is downloaded or stored: a scene takes 0.3 ms to draw.
"""

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral

import numpy as np
import torch
from torch import Tensor

from utils.datasets.emoji import ATTRIBUTION, glyph
from utils.datasets.words import END, PAD, START, Sentence, WordVocabulary

OBJECTS: dict[str, str] = {
    "ball": "⚽",
    "bee": "🐝",
    "car": "🚗",
    "cat": "🐱",
    "dog": "🐶",
    "fish": "🐟",
    "house": "🏠",
    "lemon": "🍋",
    "pear": "🍐",
    "rocket": "🚀",
    "star": "⭐",
    "tree": "🌲",
}
VOCABULARY = WordVocabulary(("a", "and", *OBJECTS))
SIZE = 64  # pixels of an image's side
SIDES = (18, 26)  # pixels of an object's longer side, smallest and largest
MOST = 3  # objects in a scene
APART = 4  # pixels that the middles of two neighbours differ by, from left to right
LENGTH = 3 * MOST + 1  # tokens of the longest caption with its START and END
NO_OBJECT = -1  # this token names no object
SCENES = {"train": 9000, "validation": 900, "test": 1500}
SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2}  # of the orders of two and three names
TEXT = {
    "none": "A scene needs at least one object.",
    "object": "An object is Placed(name, left, top, side), not {value!r}.",
    "pixels": "The place and the side of an object are whole pixels, not {value!r}.",
    "name": "There is no object {value!r}. Choose among: {names}.",
    "outside": "The {name} must lie in the image: {side} pixels at left {left}, top {top} leave "
    "the {size} × {size} pixels, or are fewer than 8.",
    "order": "The {first} and the {second} have the same middle, so nobody can say which is "
    "further left. Move one of them.",
    "ground": "A ground is three numbers from 0 to 255, not {value!r}.",
    "count": "Ask for at least one scene, not {value!r}.",
    "seed": "A seed must be a whole number of at least 0, not {value!r}.",
    "split": "There is no split {value!r}. Choose among: {names}.",
}

__all__ = [
    "ATTRIBUTION",
    "NO_OBJECT",
    "OBJECTS",
    "SIZE",
    "VOCABULARY",
    "Placed",
    "SceneSplit",
    "Scenes",
    "caption_of",
    "draw_scene",
    "load_scenes",
    "make_scenes",
]


@dataclass(frozen=True)
class Placed:
    """An object in a scene: its name, its left and upper edge, and its side, in pixels."""

    name: str
    left: int
    top: int
    side: int

    @property
    def middle(self) -> float:
        """Pixels from the image's left edge."""
        return self.left + self.side / 2


@dataclass(frozen=True)
class SceneSplit:
    """N scenes.

    images: uint8 (N, 3, size, size). captions: int64 (N, T): START, words, END, then PAD.
    boxes: float32 (N, M, 4): left, top, right, bottom of each object's ink in pixels, in the
    order of the caption; 0 where there are fewer objects. named: int64 (N, T), the object that
    each token of a caption names, NO_OBJECT for the others. counts: int64 (N,), objects.
    """

    images: Tensor
    captions: Tensor
    boxes: Tensor
    named: Tensor
    counts: Tensor

    def __len__(self) -> int:
        return len(self.captions)

    def __getitem__(self, rows: Tensor | slice) -> "SceneSplit":
        parts = (self.images, self.captions, self.boxes, self.named, self.counts)
        return SceneSplit(*(part[rows] for part in parts))

    @property
    def inputs(self) -> Tensor:
        """What the decoder reads in teacher forcing, (N, T-1): START first."""
        return self.captions[:, :-1]

    @property
    def targets(self) -> Tensor:
        """What it should write, (N, T-1): END last."""
        return self.captions[:, 1:]

    @property
    def pixels(self) -> Tensor:
        """The images as floats from 0 to 1."""
        return self.images.float() / 255

    def sentence(self, row: int) -> Sentence:
        """Return the words of one caption."""
        return VOCABULARY.decode(self.captions[row])


@dataclass(frozen=True)
class Scenes:
    """Three parts. No order of two or three names stands in more than one of them."""

    train: SceneSplit
    validation: SceneSplit
    test: SceneSplit
    vocabulary: WordVocabulary


def caption_of(objects: Sequence[Placed]) -> Sentence:
    """Return the caption of a scene: "a", name, "and", "a", name … from left to right.

    Raises ValueError for no object, for what is no object, and where two middles are equal.
    """
    ordered = _in_order(objects)
    words = [("and", "a", each.name) if place else ("a", each.name) for place, each in ordered]
    return tuple(itertools.chain.from_iterable(words))


def _in_order(objects: Sequence[Placed]) -> list[tuple[int, Placed]]:
    """Return the objects from left to right, each with its place."""
    _check(objects)
    ordered = sorted(objects, key=lambda each: each.middle)
    for one, other in itertools.pairwise(ordered):
        if one.middle == other.middle:
            raise ValueError(TEXT["order"].format(first=one.name, second=other.name))
    return list(enumerate(ordered))


def _check(objects: Sequence[Placed]) -> None:
    if not objects:
        raise ValueError(TEXT["none"])
    for each in objects:
        if not isinstance(each, Placed):
            raise ValueError(TEXT["object"].format(value=each))
        for value in (each.left, each.top, each.side):
            if not isinstance(value, Integral):
                raise ValueError(TEXT["pixels"].format(value=value))
        if each.name not in OBJECTS:
            raise ValueError(TEXT["name"].format(value=each.name, names=", ".join(OBJECTS)))


def draw_scene(
    objects: Sequence[Placed], ground: Sequence[int] = (255, 255, 255), size: int = SIZE
) -> tuple[Tensor, Tensor]:
    """Return the image, uint8 (3, size, size), and the objects' boxes, float32 (K, 4).

    Later objects lie over earlier ones. The boxes come in the order of ``objects``. Raises
    ValueError for no object, an unknown name, an object that leaves the image, and a ground that
    is no colour.
    """
    _check(objects)
    if not _is_colour(ground):
        raise ValueError(TEXT["ground"].format(value=ground))
    image = np.empty((size, size, 3), np.float32)
    image[:] = ground
    boxes = [_paste(image, each, size) for each in objects]
    pixels = torch.from_numpy(image.round().astype(np.uint8)).permute(2, 0, 1).contiguous()
    return pixels, torch.tensor(boxes, dtype=torch.float32)


def _is_colour(ground: object) -> bool:
    try:
        return len(ground) == 3 and all(0 <= value <= 255 for value in ground)
    except TypeError:  # words, or a single number
        return False


def _paste(image: np.ndarray, placed: Placed, size: int) -> tuple[int, int, int, int]:
    """Draw one object into an image; return the box of its ink."""
    left, top, side = placed.left, placed.top, placed.side
    if side < 8 or min(left, top) < 0 or max(left, top) + side > size:
        values = {"name": placed.name, "side": side, "left": left, "top": top, "size": size}
        raise ValueError(TEXT["outside"].format(**values))
    color, ink, (first, upper, last, lower) = _drawing(placed.name, side)
    part = image[top : top + side, left : left + side]
    part += ink * (color - part)
    return left + first, top + upper, left + last, top + lower


@functools.cache
def _drawing(name: str, side: int) -> tuple[np.ndarray, np.ndarray, tuple[int, int, int, int]]:
    """Return an object's colours (side, side, 3), its ink (side, side, 1) from 0 to 1, its box."""
    drawn = np.asarray(glyph(OBJECTS[name], side, 1.0), np.float32)
    ink = drawn[..., 3:] / 255
    rows, columns = np.nonzero(ink[..., 0] > 0.1)
    box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    return drawn[..., :3], ink, tuple(int(value) for value in box)


@functools.cache
def _orders() -> dict[str, dict[int, list[tuple[str, ...]]]]:
    """Return, for each split, the orders of one, two and three names that it may use."""
    generator = np.random.default_rng(0)
    found: dict[str, dict[int, list[tuple[str, ...]]]] = {split: {} for split in SHARES}
    for count in range(1, MOST + 1):
        orders = list(itertools.permutations(OBJECTS, count))
        mixed = [orders[place] for place in generator.permutation(len(orders))]
        ends = np.cumsum([round(share * len(mixed)) for share in SHARES.values()])
        parts = np.split(np.arange(len(mixed)), ends[:-1])
        for split, part in zip(SHARES, parts, strict=True):
            found[split][count] = mixed if count == 1 else [mixed[place] for place in part]
    return found


def _arrange(names: Sequence[str], generator: np.random.Generator) -> list[Placed]:
    """Return the objects at places where none overlaps and the order is plain, left to right."""
    count, tries = len(names), 64
    while True:
        sides = generator.integers(SIDES[0], SIDES[1] + 1, (tries, count))
        corners = generator.integers(0, SIZE + 1 - sides, (2, tries, count))
        middles = corners[0] + sides / 2
        is_good = (np.diff(middles, axis=1) >= APART).all(axis=1)
        for one, other in itertools.combinations(range(count), 2):
            pair = (sides[:, one], sides[:, other])
            gaps = np.abs(corners[..., one] - corners[..., other])  # (2, tries)
            first = corners[..., one] < corners[..., other]
            is_good &= (gaps >= np.where(first, *pair)).any(axis=0)
        for row in np.flatnonzero(is_good)[:1]:
            places = zip(names, corners[0, row], corners[1, row], sides[row], strict=True)
            return [Placed(name, int(x), int(y), int(side)) for name, x, y, side in places]


def make_scenes(split: str, count: int, seed: int = 0) -> SceneSplit:
    """Return ``count`` scenes of one to three objects, as often each, from the split's orders.

    The same arguments give the same scenes. Raises ValueError for an unknown split, no scene,
    and a seed below 0.
    """
    if split not in SHARES:
        raise ValueError(TEXT["split"].format(value=split, names=", ".join(SHARES)))
    if not isinstance(count, int) or count < 1:
        raise ValueError(TEXT["count"].format(value=count))
    if not isinstance(seed, int) or seed < 0:
        raise ValueError(TEXT["seed"].format(value=seed))
    generator = np.random.default_rng([seed, list(SHARES).index(split)])
    images = torch.empty(count, 3, SIZE, SIZE, dtype=torch.uint8)
    captions = torch.full((count, LENGTH), PAD)
    boxes = torch.zeros(count, MOST, 4)
    named = torch.full((count, LENGTH), NO_OBJECT)
    counts = torch.arange(count) % MOST + 1
    for row, number in enumerate(counts.tolist()):
        orders = _orders()[split][number]
        objects = _arrange(orders[generator.integers(len(orders))], generator)
        ground = 255 - generator.integers(0, 60, 3)
        images[row], boxes[row, :number] = draw_scene(objects, ground)
        words = VOCABULARY.encode(caption_of(objects))
        captions[row, : len(words) + 2] = torch.tensor([START, *words.tolist(), END])
        named[row, 2 : 3 * number : 3] = torch.arange(number)
    return SceneSplit(images, captions, boxes, named, counts)


@functools.lru_cache(maxsize=1)
def load_scenes() -> Scenes:
    """Return the scenes of the course, about 3 s to draw."""
    parts = {split: make_scenes(split, count) for split, count in SCENES.items()}
    return Scenes(**parts, vocabulary=VOCABULARY)
