"""A question whose answer lies elsewhere: convolution, global average, and self-attention.

Lecture attention/04. Three real digits lie on an empty picture: one red, one green, one blue.
There is also a small square of each colour. Read at a square, a network must name the digit of
the square's colour. It has to look there, wherever that is. A few convolutions, the eye, are
trained first to name what lies in each cell; then one block after the other is put on top.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.datasets.digits import CLASSES, Split, load_digits
from utils.models.image_attention import ImageSelfAttention
from utils.threads import one_thread

COLOURS = 3
CELL, SIDE = 16, 5  # pixels of a cell, and cells on each side of a picture
DIGIT, SQUARE = 14, 6  # pixels of a digit, and of a square
CHANNELS = 48
TEXT = {
    "block": "There is no block {value!r}. Choose one of: {names}.",
    "count": "{name} must be a whole number, at least 1, not {value!r}.",
}


@dataclass(frozen=True)
class Scenes:
    """N pictures with three questions each, one a colour.

    ``images`` (N, 3, 80, 80) from 0 to 1; ``squares`` and ``digits`` (N, 3): their cells, row by
    row; ``labels`` (N, 3): the digit of each colour.
    """

    images: Tensor
    squares: Tensor
    digits: Tensor
    labels: Tensor

    @property
    def distance(self) -> Tensor:
        """Cells from each square to its digit (N, 3), along the longer side."""
        a, b = self.squares, self.digits
        return torch.maximum((a // SIDE - b // SIDE).abs(), (a % SIDE - b % SIDE).abs())


def draw_scenes(digits: Split, count: int, generator: torch.Generator) -> Scenes:
    """Return pictures of digits of 14 × 14 pixels, each digit and each square in its own cell."""
    _check_count("count", count)
    cells = torch.rand(count, SIDE**2, generator=generator).argsort(1)[:, : 2 * COLOURS]
    chosen = torch.randint(len(digits), (count, COLOURS), generator=generator)
    ink = digits.images[:, 0] - digits.images.min()
    ink = F.pad(ink / ink.max(), [(CELL - DIGIT) // 2] * 4)  # (M, 16, 16), from 0 to 1
    square = F.pad(torch.ones(SQUARE, SQUARE), [(CELL - SQUARE) // 2] * 4)
    canvas = torch.zeros(count, COLOURS, SIDE**2, CELL, CELL)
    rows = torch.arange(count)
    for colour in range(COLOURS):
        canvas[rows, colour, cells[:, colour]] = ink[chosen[:, colour]]
        canvas[rows, colour, cells[:, COLOURS + colour]] = square
    # (N, 3, 25, 16, 16) -> (N, 3, 5, 16, 5, 16) -> (N, 3, 80, 80)
    images = canvas.unflatten(2, (SIDE, SIDE)).transpose(3, 4).flatten(4, 5).flatten(2, 3)
    return Scenes(images, cells[:, COLOURS:], cells[:, :COLOURS], digits.labels[chosen])


class Eye(nn.Module):
    """Convolutions that give each cell its features: (N, 3, 80, 80) -> (N, 48, 5, 5).

    ``name`` turns the features of a cell into 10 logits of digits and 3 of colours.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(COLOURS, 16, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, CHANNELS, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(CELL // 4),
            nn.BatchNorm2d(CHANNELS, affine=False),
        )
        self.name = nn.Linear(CHANNELS, CLASSES + COLOURS)

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images)


def train_eye(digits: Split, *, updates: int = 150, batch: int = 32, seed: int = 0) -> Eye:
    """Return an eye trained to name each digit, its colour, and the colour of each square."""
    _check_count("updates", updates)
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        eye = Eye()
    optimizer = torch.optim.Adam(eye.parameters(), 3e-3)
    colours = torch.arange(COLOURS).repeat(2 * batch)
    for _ in range(updates):
        scenes = draw_scenes(digits, batch, generator)
        features = eye(scenes.images)
        things = torch.cat([at_cells(features, scenes.digits), at_cells(features, scenes.squares)])
        said = eye.name(things)  # (2N, 3, 13)
        loss = F.cross_entropy(said[:batch, :, :CLASSES].flatten(0, 1), scenes.labels.flatten())
        loss = loss + F.cross_entropy(said[..., CLASSES:].flatten(0, 1), colours)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return eye.eval()


def at_cells(features: Tensor, cells: Tensor) -> Tensor:
    """Return the features (N, Q, C) of the cells (N, Q) of feature maps (N, C, 5, 5)."""
    rows = torch.arange(len(cells), device=cells.device)[:, None]
    return features.flatten(2).transpose(1, 2)[rows, cells]


class Convolution(nn.Module):
    """Adds to each place of (N, C, H, W) what two convolutions of size 3 see around it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        first, second = (nn.Conv2d(channels, channels, 3, padding=1) for _ in range(2))
        self.layers = nn.Sequential(first, nn.ReLU(), second)

    def forward(self, x: Tensor) -> tuple[Tensor, None]:
        return x + self.layers(x), None


class GlobalAverage(nn.Module):
    """Adds to each place of (N, C, H, W) a function of the average of all places."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        first, second = nn.Linear(channels, 2 * channels), nn.Linear(2 * channels, channels)
        self.layers = nn.Sequential(first, nn.ReLU(), second)

    def forward(self, x: Tensor) -> tuple[Tensor, None]:
        return x + self.layers(x.mean((2, 3)))[:, :, None, None], None


MAKERS: dict[str, Callable[[], nn.Module]] = {
    "convolution": lambda: Convolution(CHANNELS),
    "global average": lambda: GlobalAverage(CHANNELS),
    "self-attention": lambda: ImageSelfAttention(CHANNELS, CHANNELS),
}


class SquareReader(nn.Module):
    """One block on the features of the eye, and an answer read at each square.

    ValueError for an unknown block.
    """

    def __init__(self, block: str, seed: int = 0) -> None:
        super().__init__()
        _check_block(block)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.block = MAKERS[block]()
            layers = (nn.Linear(CHANNELS, 64), nn.ReLU(), nn.Linear(64, CLASSES))
            self.readout = nn.Sequential(*layers)

    def forward(self, features: Tensor, squares: Tensor) -> Tensor:
        """Return logits (N, 3, 10), read at the cells ``squares`` (N, 3)."""
        return self.readout(at_cells(self.block(features)[0], squares))


@dataclass(frozen=True)
class Seen:
    """Scenes with the features (N, 48, 5, 5) that the eye has of them."""

    scenes: Scenes
    features: Tensor


@dataclass(frozen=True)
class FarDigits:
    """What S seeds of each block answer about new pictures.

    ``accuracy``: block -> (S, 4), at the ``distances`` of 1 to 4 cells. ``overall``: block ->
    (S,). ``parameters``: block -> number. ``limit``: accuracy of the eye where it may look at the
    digit itself. ``looking`` (S,): mean attention from a square to the cell of its digit.
    ``seen`` and ``weights`` (N, 25, 25): the pictures, and the attention of the first seed.
    """

    accuracy: dict[str, np.ndarray]
    overall: dict[str, np.ndarray]
    parameters: dict[str, int]
    limit: float
    looking: np.ndarray
    seen: Seen
    weights: Tensor
    distances: tuple[int, ...] = tuple(range(1, SIDE))


def look_at(eye: Eye, digits: Split, count: int, seed: int) -> Seen:
    """Return ``count`` new pictures with the eye's features."""
    scenes = draw_scenes(digits, count, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        features = torch.cat([eye(images) for images in scenes.images.split(250)])
    return Seen(scenes, features)


def train_reader(
    block: str, seen: Seen, *, updates: int = 300, batch: int = 64, seed: int = 0
) -> SquareReader:
    """Return a block and its read-out, trained with Adam and a one-cycle schedule."""
    _check_count("updates", updates)
    model, generator = SquareReader(block, seed), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=updates)
    squares, labels = seen.scenes.squares, seen.scenes.labels
    for _ in range(updates):
        chosen = torch.randint(len(labels), (batch,), generator=generator)
        logits = model(seen.features[chosen], squares[chosen])
        loss = F.cross_entropy(logits.flatten(0, 1), labels[chosen].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return model.eval()


@one_thread()  # these networks are too small to share out
def compare_blocks(
    *,
    seeds: int = 3,
    updates: int = 300,
    pictures: int = 3000,
    eye_updates: int = 150,
    on_progress: Callable[[int, int], None] | None = None,
) -> FarDigits:
    """Train an eye, then each block over the seeds; ask all about 1,000 pictures of test digits.

    Raises ValueError for a count below 1.
    """
    _check_count("seeds", seeds)
    data = load_digits(DIGIT)
    eye = train_eye(data.train, updates=eye_updates)
    train, test = look_at(eye, data.train, pictures, 1), look_at(eye, data.test, 1000, 2)
    found = {name: ([], []) for name in MAKERS}
    parameters, weights = {}, []
    pairs = [(seed, name) for seed in range(seeds) for name in MAKERS]
    for done, (seed, name) in enumerate(pairs, start=1):
        model = train_reader(name, train, updates=updates, seed=seed)
        right = answers(model, test) == test.scenes.labels  # (N, 3)
        found[name][0].append(by_distance(right, test.scenes.distance))
        found[name][1].append(right.float().mean().item())
        parameters[name] = sum(p.numel() for p in model.block.parameters())
        if name == "self-attention":
            weights.append(attention_of(model, test))
        if on_progress:
            on_progress(done, len(pairs))
    return FarDigits(
        {name: np.stack(rows) for name, (rows, _) in found.items()},
        {name: np.array(shares) for name, (_, shares) in found.items()},
        parameters,
        named_by_eye(eye, test),
        np.array([looking_at_digit(each, test.scenes) for each in weights]),
        test,
        weights[0],
    )


@torch.no_grad()
def answers(model: SquareReader, seen: Seen) -> Tensor:
    """Return the digit that the model names at each square (N, 3)."""
    return model(seen.features, seen.scenes.squares).argmax(-1)


@torch.no_grad()
def named_by_eye(eye: Eye, seen: Seen) -> float:
    """Return the accuracy of the eye, read at each digit itself."""
    said = eye.name(at_cells(seen.features, seen.scenes.digits))[..., :CLASSES]
    return (said.argmax(-1) == seen.scenes.labels).float().mean().item()


@torch.no_grad()
def attention_of(model: SquareReader, seen: Seen) -> Tensor:
    """Return the weights (N, 25, 25) of a model with self-attention."""
    return model.block(seen.features, need_weights=True)[1]


def looking_at_digit(weights: Tensor, scenes: Scenes) -> float:
    """Return the mean weight, of N · 3, from a square to the cell of the digit of its colour."""
    rows = torch.arange(len(weights))[:, None]
    return weights[rows, scenes.squares, scenes.digits].mean().item()


def by_distance(right: Tensor, distance: Tensor) -> np.ndarray:
    """Return the share of right answers (4,) at distances of 1 to 4 cells."""
    return np.array([right[distance == cells].float().mean() for cells in range(1, SIDE)])


def _check_block(value: str) -> None:
    if value not in MAKERS:
        raise ValueError(TEXT["block"].format(value=value, names=", ".join(MAKERS)))


def _check_count(name: str, value: int) -> None:
    if not isinstance(value, int) or value < 1:
        raise ValueError(TEXT["count"].format(name=name, value=value))
