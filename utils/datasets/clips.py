"""Clips: short films of one moving thing, whose label no single frame gives away (Lecture 12).

A coloured emoji moves over a small frame that has no edge: what leaves on the right comes back
on the left. The label is the direction. Because the start is uniform over all places, the thing
is at every place equally often at every time step, whatever the direction: only the *order* of
the frames tells it. Some frames are lost, as in a bad video call: they are empty, so a model has
to remember across the gap. The glyphs of the three parts differ. Nothing is downloaded or stored.
"""

import functools
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from utils.datasets.emoji import ATTRIBUTION, load_emoji, pictures

# The step of one frame, (rows, columns) in units of the speed. Rows count downwards.
DIRECTIONS: dict[str, tuple[int, int]] = {
    "right": (0, 1),
    "left": (0, -1),
    "down": (1, 0),
    "up": (-1, 0),
}
OPPOSITE = {"right": "left", "left": "right", "down": "up", "up": "down"}
CLASSES = ("mammal", "fruit or vegetable", "prepared food", "sport")  # filled, compact drawings
CLIPS = {"train": 2400, "validation": 600, "test": 1200}
GLYPH_SHARE = 0.5  # of the frame's side
TEXT = {
    "size": "A frame needs a side of at least 16 pixels, not {value!r}.",
    "frames": "A clip needs at least two frames, not {value!r}: one frame holds no motion.",
    "speed": (
        "The speed must be a whole number of pixels from 1 to {most} for frames of {size} pixels, "
        "not {value!r}: from half a frame on, right and left look the same."
    ),
    "start": "A start lies inside the frame, from 0 to {most}; you gave {value}.",
    "direction": "There is no direction {value!r}. Choose one of: {names}.",
    "lost": "The share of lost frames lies from 0 up to, but not including, 1, not {value!r}.",
}

__all__ = [
    "ATTRIBUTION",
    "CLASSES",
    "DIRECTIONS",
    "OPPOSITE",
    "ClipSplit",
    "Clips",
    "clips_through",
    "load_clips",
    "make_clip",
    "still",
]


@dataclass(frozen=True)
class ClipSplit:
    """N clips: frames uint8 (N, T, 3, size, size), labels int64 (N,), and how they were made.

    seen: bool (N, T), False where a frame was lost (it is all white). starts: int64 (N, 2), the
    row and column by which the first frame was moved. characters: N.
    """

    frames: Tensor
    labels: Tensor
    seen: Tensor
    starts: Tensor
    characters: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Clips:
    """Three parts with different glyphs; each direction equally often. ``names``: C directions.

    speed: pixels a frame. size: pixels a side.
    """

    train: ClipSplit
    validation: ClipSplit
    test: ClipSplit
    names: tuple[str, ...]
    speed: int
    size: int

    def ceiling(self, split: ClipSplit) -> np.ndarray:
        """Return the accuracy that nobody can exceed after each frame, (T,), for a part.

        Whoever has seen one place can only guess: 1/C. Two places tell the direction, unless
        they lie half a frame apart: then its opposite leads there too.
        """
        return _certainty(split.seen.numpy(), self.speed, self.size).mean(axis=0)


def _certainty(seen: np.ndarray, speed: int, size: int) -> np.ndarray:
    """Return the share (N, T) of right answers that the frames seen so far allow."""
    times = np.arange(seen.shape[1])
    travel = abs(times[:, None] - times) * speed % size  # (T, T) pixels between two frames
    tells = np.where(travel * 2 == size, 0.5, np.where(travel > 0, 1.0, 0.25))
    pairs = seen[:, :, None] & seen[:, None, :]  # (N, T, T)
    best = np.where(pairs, tells, 0.25)
    return np.stack([best[:, : t + 1, : t + 1].max(axis=(1, 2)) for t in times], axis=1)


def still(character: str, size: int = 24) -> Tensor:
    """Return one emoji in the corner of a white frame, uint8 (3, size, size)."""
    side = max(8, round(GLYPH_SHARE * size))
    return _grounds(pictures((character,), side), size)[0]


def make_clip(
    picture: Tensor, direction: str, start: tuple[int, int], frames: int, speed: int
) -> Tensor:
    """Return one clip (T, 3, size, size): ``picture`` (3, size, size) moved by rows and columns.

    Frame t is the picture, moved by ``start + t * speed`` in the direction; what leaves on one
    side returns on the other. Raises ValueError for an unknown direction, a start outside the
    frame, fewer than two frames, and a speed of 0 or of half a frame and more.
    """
    size = picture.shape[-1]
    _check(size, frames, speed)
    if direction not in DIRECTIONS:
        names = ", ".join(DIRECTIONS)
        raise ValueError(TEXT["direction"].format(value=direction, names=names))
    if not all(0 <= place < size for place in start):
        raise ValueError(TEXT["start"].format(most=size - 1, value=tuple(start)))
    row, column = DIRECTIONS[direction]
    moved = [
        picture.roll((start[0] + t * speed * row, start[1] + t * speed * column), dims=(-2, -1))
        for t in range(frames)
    ]
    return torch.stack(moved)


def clips_through(
    picture: Tensor, place: tuple[int, int], at: int, frames: int, speed: int
) -> dict[str, Tensor]:
    """Return one clip (T, 3, size, size) a direction, all with the same frame at time ``at``.

    There the picture is moved by ``place``; whoever sees this frame alone cannot tell which clip
    it is from. Errors as for :func:`make_clip`.
    """
    size = picture.shape[-1]
    clips = {}
    for name, (row, column) in DIRECTIONS.items():
        travel = at * speed
        start = ((place[0] - travel * row) % size, (place[1] - travel * column) % size)
        clips[name] = make_clip(picture, name, start, frames, speed)
    return clips


def _check(size: int, frames: int, speed: int) -> None:
    if not isinstance(size, int) or size < 16:
        raise ValueError(TEXT["size"].format(value=size))
    if not isinstance(frames, int) or frames < 2:
        raise ValueError(TEXT["frames"].format(value=frames))
    most = (size - 1) // 2
    if not isinstance(speed, int) or not 1 <= speed <= most:
        raise ValueError(TEXT["speed"].format(most=most, size=size, value=speed))


@functools.lru_cache(maxsize=2)
def load_clips(
    size: int = 24, frames: int = 8, speed: int = 3, lost: float = 0.25, seed: int = 0
) -> Clips:
    """Return 2,400 clips to train, 600 for validation and 1,200 for test.

    A clip is T = ``frames`` pictures of ``size`` pixels; the glyph moves ``speed`` pixels a
    frame. Each frame is lost with the chance ``lost``. The seed fixes what starts where and
    which frames are lost; glyphs of one part are in no other part. The result is shared between
    callers: do not change it. ValueError as for :func:`make_clip`, and for a share outside [0, 1).
    """
    _check(size, frames, speed)
    if not 0 <= lost < 1:
        raise ValueError(TEXT["lost"].format(value=lost))
    emoji = load_emoji(max(8, round(GLYPH_SHARE * size)), CLASSES)
    parts = {}
    for number, (part, count) in enumerate(CLIPS.items()):
        generator = torch.Generator().manual_seed(1000 * seed + number)
        glyphs = getattr(emoji, part)
        grounds = _grounds(glyphs.images, size)
        parts[part] = _part(grounds, glyphs.characters, count, frames, speed, lost, generator)
    return Clips(**parts, names=tuple(DIRECTIONS), speed=speed, size=size)


def _grounds(glyphs: Tensor, size: int) -> Tensor:
    """Return each glyph (G, 3, side, side) in the corner of a white frame of ``size``."""
    grounds = torch.full((len(glyphs), 3, size, size), 255, dtype=torch.uint8)
    side = glyphs.shape[-1]
    grounds[..., :side, :side] = glyphs
    return grounds


def _part(
    grounds: Tensor,
    characters: tuple[str, ...],
    count: int,
    frames: int,
    speed: int,
    lost: float,
    generator: torch.Generator,
) -> ClipSplit:
    """Return ``count`` clips: direction and glyph go round in turn; the rest is drawn."""
    labels = torch.arange(count) % len(DIRECTIONS)
    which = torch.arange(count) // len(DIRECTIONS) % len(grounds)
    starts = torch.randint(grounds.shape[-1], (count, 2), generator=generator)
    seen = torch.rand(count, frames, generator=generator) >= lost
    names = tuple(DIRECTIONS)
    plan = zip(which.tolist(), labels.tolist(), starts.tolist(), strict=True)
    clips = torch.stack(
        [
            make_clip(grounds[glyph], names[label], start, frames, speed)
            for glyph, label, start in plan
        ]
    )
    clips[~seen] = 255
    shown = tuple(characters[i] for i in which.tolist())
    return ClipSplit(clips, labels, seen, starts, shown)
