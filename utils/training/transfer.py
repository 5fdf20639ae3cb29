"""Transfer learning: use what a network learned on one task for another (Lecture 11).

A trained network is cut before its classifier. What the classifier read are the *features* of an
image. Three ways to learn new classes from few labelled examples are compared: a new classifier
on the frozen features, fine-tuning of the network's last blocks, and a small network from
scratch. Every choice is made on validation data; the test data is measured once.
"""

import copy
import hashlib
import io
import itertools
import math
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.datasets.digits import Digits, Split
from utils.files import write_atomically
from utils.models.classifiers import initialise
from utils.models.convnets import BLOCKS, EfficientNetLite0, Pretrained
from utils.threads import granted_cores, one_thread
from utils.training.history import batch_order
from utils.training.schedules import check_rate

CACHE = Path(__file__).resolve().parents[2] / "data" / "cache"
CUT = 15  # fine-tuning changes what comes after this many of the 16 blocks
TOGETHER = 4 * 224 * 224  # pixels that go through the network at once: with more it gets slower
SMALL = 32  # pixels of the images that the network from scratch sees
METHODS = ("frozen features", "fine-tuned", "from scratch")
TEXT = {
    "shots": "{shots} labelled examples a class were asked for, but class {name!r} has {there}; "
    "choose at most {there}.",
    "no_shots": "Choose a whole number of labelled examples a class, at least one, not {shots}.",
    "draws": "Give at least one number of examples, and at least one draw of each.",
    "count": "{name} must be a whole number, at least 1, not {value!r}.",
    "names": "There are {classes} classes and {names} names; give each class its name.",
    "labels": "Labels are whole numbers from 0 on, one an image, not {given}.",
    "features": "Features are finite numbers of shape (N, F), not {given}.",
    "wide": "The two kinds of features have {first} and {second} numbers; compare equal ones.",
    "other": "The asked examples have other classes than the labelled ones: {asked}, not {names}.",
    "values": "Give each of the three ways equally many values to try, at least one.",
    "nobody": "With {shots} labelled examples a class nothing is left to ask; choose fewer.",
    "penalty": "A penalty must be a finite number, at least 0, not {value!r}.",
    "blocks": "The network has {most} blocks; cut after 0 to {most} of them, not {value!r}.",
    "grid": "An image is cut into 1 × 1 parts or more, not {value!r}.",
    "classes": "A classifier needs at least two classes, but the labels hold {there}.",
    "damaged": "{path} is damaged (its hash is wrong); the features were computed again.",
    "sizes": "There are {images} images and {labels} labels; give one label an image.",
    "neighbours": "{count} nearest neighbours were asked for, but there are {there} candidates.",
    "kind": "Fine-tuning cuts EfficientNet-Lite0 between its blocks; {name!r} has no such blocks.",
}
Progress = Callable[[int, int], None]


def extract(
    network: Pretrained,
    pixels: Tensor,
    compute: Callable[[Tensor], Tensor] | None = None,
    *,
    cache: Path | None = CACHE,
    batch: int | None = None,
    on_progress: Progress | None = None,
) -> Tensor:
    """Return the features (N, F) of uint8 pixels (N, 3, H, W), computed once and then kept.

    ``compute`` replaces ``network.features``: any function of a batch of pixels. What was
    computed lies in ``cache`` under a name that depends on weights, pixels and function; a
    damaged file is noticed by its hash, told, and made again. ``cache=None`` keeps nothing.
    ``batch``: images that go through the network together; by default as many as suit their size.
    """
    batch = _suitable_batch(pixels) if batch is None else batch
    _check_count("batch", batch)
    compute = compute or network.features
    path = cache and cache / f"features-{_key(network, pixels, compute)}.npz"
    if path and (kept := _read(path)) is not None:
        if on_progress:
            on_progress(len(pixels), len(pixels))
        return kept
    rows, done = [], 0
    for part in pixels.split(batch):
        rows.append(compute(part))
        done += len(part)
        if on_progress:
            on_progress(done, len(pixels))
    values = torch.cat(rows)
    if path:
        _write(path, values)
    return values


def _suitable_batch(pixels: Tensor) -> int:
    """Return a power of two: what a batch's first layers hold should fit a processor's cache."""
    together = TOGETHER // max(1, math.prod(pixels.shape[2:]))
    return 1 << max(1, together).bit_length() - 1


def _key(network: Pretrained, pixels: Tensor, compute: Callable) -> str:
    """Return a name for what will be computed: other weights, images or function, other name."""
    digest = hashlib.sha256(f"{network.digest}{compute.__name__}{tuple(pixels.shape)}".encode())
    digest.update(pixels.contiguous().numpy())
    return digest.hexdigest()[:24]


def _read(path: Path) -> Tensor | None:
    """Return the array that a cache file holds; None where there is none or it is damaged."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            values, digest = stored["values"], str(stored["digest"])
        if hashlib.sha256(values.tobytes()).hexdigest() != digest:
            raise ValueError(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except Exception:  # numpy and zipfile raise many kinds for a damaged file
        warnings.warn(TEXT["damaged"].format(path=path.name), stacklevel=3)
        return None
    return torch.from_numpy(values)


def _write(path: Path, values: Tensor) -> None:
    """Keep an array with its hash; a folder that cannot be written is no fault."""
    array, buffer = values.numpy(), io.BytesIO()
    np.savez(buffer, values=array, digest=hashlib.sha256(array.tobytes()).hexdigest())
    try:
        write_atomically(path, buffer.getvalue())
    except OSError:
        return


@dataclass(frozen=True)
class Examples:
    """N labelled images as each of the three ways reads them, C class names.

    small: (N, 3, 32, 32) float in -1..1. lower: activations after ``CUT`` blocks (N, C', h, w);
    mirrored: the same of the mirrored images, None where a mirror would change the class (as
    with digits). features: (N, 1280). labels: (N,) int64.
    """

    small: Tensor
    lower: Tensor
    mirrored: Tensor | None
    features: Tensor
    labels: Tensor
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)


def prepare(
    network: Pretrained,
    pixels: Tensor,
    labels: Tensor,
    names: Sequence[str],
    *,
    mirror: bool = True,
    on_progress: Progress | None = None,
    cache: Path | None = CACHE,
) -> Examples:
    """Run the lower part of the network once over uint8 pixels (N, 3, H, W) and their mirrors.

    Fine-tuning does not change this part, so what it computes can be kept: the same numbers as
    running it again in every step, at a fraction of the time. ``mirror=False`` leaves the
    mirrored images out, for classes that a mirror changes. Raises ValueError for fewer than
    two classes, labels that do not fit, or a network without blocks.
    """
    body = _blocks_of(network)
    if len(pixels) != len(labels):
        raise ValueError(TEXT["sizes"].format(images=len(pixels), labels=len(labels)))
    if len(names) < (classes := _check_classes(labels)):
        raise ValueError(TEXT["names"].format(classes=classes, names=len(names)))

    @torch.inference_mode()
    def lower_blocks(images: Tensor) -> Tensor:
        return body.lower(network.scale(images), CUT)  # (n, 192, h, w)

    images = torch.cat([pixels, pixels.flip(3)]) if mirror else pixels
    kept = extract(network, images, lower_blocks, cache=cache, on_progress=on_progress)
    lower = kept[: len(pixels)]
    mirrored = kept[len(pixels) :] if mirror else None
    with torch.inference_mode():
        features = torch.cat([body.upper(part, CUT) for part in lower.split(64)])  # (N, 1280)
    small = F.interpolate(pixels.float() / 127.5 - 1, SMALL, mode="area")
    return Examples(small, lower, mirrored, features.clone(), labels, tuple(names))


def _blocks_of(network: Pretrained) -> EfficientNetLite0:
    if not isinstance(network.network, EfficientNetLite0):
        raise ValueError(TEXT["kind"].format(name=network.name))
    return network.network


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _check_count(name: str, value: int) -> None:
    if not _is_whole(value) or value < 1:
        raise ValueError(TEXT["count"].format(name=name, value=value))


def _check_features(features: Tensor) -> None:
    if features.ndim != 2 or not features.is_floating_point():
        given = f"{features.dtype} of shape {tuple(features.shape)}"
    elif not features.isfinite().all():
        given = "values that are no numbers"
    else:
        return
    raise ValueError(TEXT["features"].format(given=given))


def _check_pairs(features: Tensor, labels: Tensor) -> None:
    _check_features(features)
    if len(features) != len(labels):
        raise ValueError(TEXT["sizes"].format(images=len(features), labels=len(labels)))


def _check_classes(labels: Tensor) -> int:
    if labels.dtype != torch.int64 or labels.ndim != 1:
        given = f"{labels.dtype} of shape {tuple(labels.shape)}"
        raise ValueError(TEXT["labels"].format(given=given))
    if len(labels) and labels.min() < 0:
        raise ValueError(TEXT["labels"].format(given=int(labels.min())))
    there = len(labels.unique())
    if there < 2:
        raise ValueError(TEXT["classes"].format(there=there))
    return int(labels.max()) + 1


def draw_shots(labels: Tensor, shots: int, seed: int, names: Sequence[str] = ()) -> Tensor:
    """Return the positions of ``shots`` examples of each class, drawn at random: (C * shots,).

    With the same seed, a larger draw holds the smaller one. Raises ValueError for more shots
    than a class has examples, for less than one, and for fewer than two classes.
    """
    if not _is_whole(shots) or shots < 1:
        raise ValueError(TEXT["no_shots"].format(shots=shots))
    chosen = []
    for label in range(_check_classes(labels)):
        there = torch.nonzero(labels == label).flatten()
        if shots > len(there):
            name = names[label] if len(names) > label else str(label)
            raise ValueError(TEXT["shots"].format(shots=shots, name=name, there=len(there)))
        generator = torch.Generator().manual_seed(1000 * seed + label)
        chosen.append(there[torch.randperm(len(there), generator=generator)[:shots]])
    return torch.cat(chosen)


@dataclass(frozen=True)
class LinearClassifier:
    """Softmax regression on directions: features are scaled to length 1, then ``centre`` leaves.

    centre: (F,). weight: (F, C). bias: (C,).
    """

    centre: Tensor
    weight: Tensor
    bias: Tensor

    def __call__(self, features: Tensor) -> Tensor:
        """Return the logits (N, C) of features (N, F)."""
        return (F.normalize(features, dim=-1) - self.centre) @ self.weight + self.bias


def _check_penalty(value: float) -> None:
    if not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError(TEXT["penalty"].format(value=value))


def fit_classifier(
    features: Tensor, labels: Tensor, penalty: float = 1e-3, steps: int = 60
) -> LinearClassifier:
    """Fit softmax regression to features (N, F) and labels (N,) with all examples in each step.

    The loss is the mean cross-entropy plus ``penalty`` / 2 times the squared weights; it has one
    minimum, which L-BFGS (Liu and Nocedal, 1989) finds. Few examples and many features need the
    penalty: without it the weights grow without end. Raises ValueError for fewer than two classes,
    labels that do not fit, or a penalty below 0.
    """
    classes = _check_classes(labels)
    _check_pairs(features, labels)
    _check_penalty(penalty)
    directions = F.normalize(features, dim=-1)
    centre = directions.mean(0)
    weight = torch.zeros(features.shape[1], classes, requires_grad=True)
    bias = torch.zeros(classes, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [weight, bias], max_iter=steps, line_search_fn="strong_wolfe", tolerance_grad=1e-6
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        logits = (directions - centre) @ weight + bias  # (N, C)
        loss = F.cross_entropy(logits, labels) + penalty / 2 * weight.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return LinearClassifier(centre, weight.detach(), bias.detach())


class Tuned(nn.Module):
    """The upper part of a network and a classifier: activations (N, 192, h, w) -> logits (N, C).

    It starts as the frozen features with their fitted classifier, so that the first update
    improves an answer that is already useful.
    """

    def __init__(self, body: EfficientNetLite0, start: LinearClassifier) -> None:
        super().__init__()
        self.blocks = copy.deepcopy(body._blocks[CUT:])
        self.head, self.norm = copy.deepcopy(body._conv_head), copy.deepcopy(body._bn1)
        self.register_buffer("centre", start.centre)
        self.weight, self.bias = (
            nn.Parameter(start.weight.clone()),
            nn.Parameter(start.bias.clone()),
        )
        self.requires_grad_(True)
        self.eval()  # a few examples are too few to estimate means and variances anew

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (N, C)."""
        for block in self.blocks:
            x = block(x)
        features = F.relu6(self.norm(self.head(x))).mean((2, 3))  # (N, 1280)
        return (F.normalize(features, dim=-1) - self.centre) @ self.weight + self.bias


def fine_tune(
    network: Pretrained,
    examples: Examples,
    chosen: Tensor,
    start: LinearClassifier,
    *,
    rate: float = 1e-3,
    steps: int | None = None,
    batch: int = 16,
    seed: int = 0,
) -> Tuned:
    """Train the last block, the head and the classifier on the ``chosen`` examples.

    The classifier has ten times the rate of the trained blocks: these are good already. Both
    fall in a straight line. Each batch is mirrored or not at random. ``steps``: at least 40, and
    two passes over the examples. Method: AdamW (Loshchilov and Hutter, 2019).
    """
    steps = steps or max(40, 2 * len(chosen) // batch)
    model = Tuned(_blocks_of(network), start)
    slow = [p for name, p in model.named_parameters() if name not in ("weight", "bias")]
    groups = [{"params": slow, "lr": rate}, {"params": [model.weight, model.bias], "lr": 10 * rate}]
    optimizer = torch.optim.AdamW(groups, weight_decay=1e-4)
    fall = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, total_iters=steps)
    order = batch_order(len(chosen), min(batch, len(chosen)), steps, seed)
    generator = torch.Generator().manual_seed(seed)
    for positions in order:
        where = chosen[positions]
        flip = examples.mirrored is not None and torch.rand((), generator=generator) < 0.5
        inputs = (examples.mirrored if flip else examples.lower)[where]
        loss = F.cross_entropy(model(inputs), examples.labels[where])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        fall.step()
    return model


def small_network(classes: int, seed: int = 0, width: int = 16) -> nn.Module:
    """Return three convolutions and a classifier: (N, 3, 32, 32) -> logits (N, classes)."""
    layers: list[nn.Module] = []
    channels = (3, width, 2 * width, 4 * width)
    for inputs, outputs in itertools.pairwise(channels):
        # skip_init draws nothing: the weights come from the seed below, in any thread the same
        layers.append(nn.utils.skip_init(nn.Conv2d, inputs, outputs, 3, padding=1))
        layers += [nn.GroupNorm(4, outputs), nn.ReLU()]
        layers.append(nn.MaxPool2d(2))  # halves height and width
    last = nn.utils.skip_init(nn.Linear, channels[-1] * 16, classes)
    model = nn.Sequential(*layers, nn.Flatten(), last)
    initialise(model, seed)
    for layer in model:
        if isinstance(layer, nn.GroupNorm):
            nn.init.ones_(layer.weight)
    return model


def train_from_scratch(
    examples: Examples,
    chosen: Tensor,
    *,
    rate: float = 1e-3,
    steps: int | None = None,
    batch: int = 24,
    seed: int = 0,
) -> nn.Module:
    """Train a small network with random weights on the ``chosen`` examples alone.

    Each batch is mirrored or not and moved by up to three pixels at random: without that it
    learns the few pictures by heart. Method: AdamW with a rate that falls in a straight line.
    ``steps``: at least 120, and six passes over the examples.
    """
    steps = steps or max(120, 6 * len(chosen) // batch)
    model = small_network(_check_classes(examples.labels), seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=1e-2)
    order = batch_order(len(chosen), min(batch, len(chosen)), steps, seed)
    generator = torch.Generator().manual_seed(seed)
    for step, positions in enumerate(order):
        optimizer.param_groups[0]["lr"] = rate * (1 - step / steps)
        where = chosen[positions]
        images = vary(examples.small[where], generator, examples.mirrored is not None)
        loss = F.cross_entropy(model(images), examples.labels[where])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


def vary(
    images: Tensor, generator: torch.Generator, mirror: bool = True, pixels: int = 3
) -> Tensor:
    """Return images (N, C, H, W) mirrored or not and moved by at most ``pixels``, at random."""
    down, right = torch.randint(2 * pixels + 1, (2,), generator=generator).tolist()
    if mirror and torch.rand((), generator=generator) < 0.5:
        images = images.flip(3)
    height, width = images.shape[2:]
    padded = F.pad(images, (pixels,) * 4, mode="replicate")
    return padded[:, :, down : down + height, right : right + width]


@dataclass(frozen=True)
class Recipe:
    """What is chosen on validation data: the classifier's penalty and the two peak rates."""

    penalty: float = 1e-3
    tune_rate: float = 1e-3
    scratch_rate: float = 1e-3

    def __post_init__(self) -> None:
        """Raise ValueError for a penalty below 0 or a rate that is not above 0."""
        _check_penalty(self.penalty)
        check_rate(self.tune_rate)
        check_rate(self.scratch_rate)


def predictions(
    network: Pretrained, train: Examples, chosen: Tensor, asked: Examples, recipe: Recipe, seed: int
) -> Tensor:
    """Learn from the ``chosen`` examples of ``train`` in each way; return (3, N) answered classes.

    The rows stand in the order of METHODS.
    """
    labels = train.labels[chosen]
    frozen = fit_classifier(train.features[chosen], labels, recipe.penalty)
    tuned = fine_tune(network, train, chosen, frozen, rate=recipe.tune_rate, seed=seed)
    scratch = train_from_scratch(train, chosen, rate=recipe.scratch_rate, seed=seed)
    with torch.inference_mode():
        logits = (frozen(asked.features), tuned(asked.lower), scratch(asked.small))
    return torch.stack([each.argmax(1) for each in logits])


@dataclass(frozen=True)
class ShotCurves:
    """Three ways to learn, against labelled examples a class, over several random draws.

    shots: (K,) examples a class. answered: (3, K, D, N) classes answered on the N asked examples.
    labels: (N,) their true classes. chosen: K lists of D draws, positions of the labelled ones.
    names: C class names. methods: the three ways, in the order of the first axis.
    """

    shots: tuple[int, ...]
    answered: np.ndarray
    labels: np.ndarray
    chosen: tuple[tuple[np.ndarray, ...], ...]
    names: tuple[str, ...]
    methods: tuple[str, ...] = METHODS

    @property
    def accuracy(self) -> np.ndarray:
        """The accuracy of each way, number of shots and draw: (3, K, D) in 0..1."""
        return (self.answered == self.labels).mean(axis=-1)

    def means(self) -> dict[str, np.ndarray]:
        """Return each way's accuracy, the mean over draws: (K,) each."""
        return dict(zip(self.methods, self.accuracy.mean(axis=2), strict=True))

    def by_class(self, method: str) -> np.ndarray:
        """Return the accuracy on each class, the mean over draws: (K, C) in 0..1."""
        right = self.answered[self.methods.index(method)] == self.labels  # (K, D, N)
        one_class = [right[..., self.labels == c] for c in range(len(self.names))]
        return np.stack([rows.mean(axis=(1, 2)) for rows in one_class], axis=1)

    def gain(self, method: str, over: str) -> tuple[np.ndarray, np.ndarray]:
        """Return what one way gains over another: mean and standard error over draws, (K,) each.

        Both ways saw the same labelled examples in each draw, so they are compared draw by draw.
        """
        first, second = (self.accuracy[self.methods.index(name)] for name in (method, over))
        difference = first - second  # (K, D)
        error = difference.std(axis=1, ddof=1) / np.sqrt(difference.shape[1])
        return difference.mean(axis=1), error

    def worth(self, method: str, than: str) -> int | None:
        """Return how many examples a class ``than`` needs to be as good as ``method`` with one.

        None: it does not get there with the most examples that were tried.
        """
        mean = self.accuracy.mean(axis=-1)
        goal = mean[self.methods.index(method), 0]
        enough = np.flatnonzero(mean[self.methods.index(than)] >= goal)
        return self.shots[enough[0]] if len(enough) else None


def shot_curves(
    network: Pretrained,
    train: Examples,
    asked: Examples,
    shots: Sequence[int] = (1, 2, 5, 10),
    draws: int = 6,
    recipe: Recipe | None = None,
    *,
    first_seed: int = 0,
    on_progress: Progress | None = None,
) -> ShotCurves:
    """Learn from 1, 2, 5, 10 … labelled examples a class in each of the three ways.

    Each of the ``draws`` takes other examples of ``train`` and other random weights; what was
    learned answers all of ``asked``. Raises ValueError for more shots than a class has examples,
    for no shots, for no draws, and for asked examples of other classes.
    """
    if not isinstance(shots, Sequence) or not shots or not _is_whole(draws) or draws < 1:
        raise ValueError(TEXT["draws"])
    if asked.names != train.names:
        words = {"asked": ", ".join(asked.names), "names": ", ".join(train.names)}
        raise ValueError(TEXT["other"].format(**words))
    recipe = recipe or Recipe()
    answered = np.empty((len(METHODS), len(shots), draws, len(asked)), dtype=np.int64)
    chosen: list[tuple[np.ndarray, ...]] = []
    seeds = range(first_seed, first_seed + draws)
    jobs = []
    for place, count in enumerate(shots):
        positions = [draw_shots(train.labels, count, seed, train.names) for seed in seeds]
        chosen.append(tuple(each.numpy() for each in positions))
        jobs += [(place, draw, where) for draw, where in enumerate(positions)]

    def learn(job: tuple[int, int, Tensor]) -> None:
        place, draw, where = job
        given = predictions(network, train, where, asked, recipe, seeds[draw])
        answered[:, place, draw] = given.numpy()

    # These networks are too small to share one between the cores: each core takes a draw.
    with ThreadPoolExecutor(granted_cores()) as pool, one_thread():
        for done, _ in enumerate(pool.map(learn, jobs), start=1):
            if on_progress:
                on_progress(done, len(jobs))
    return ShotCurves(tuple(shots), answered, asked.labels.numpy(), tuple(chosen), asked.names)


@dataclass(frozen=True)
class Choice:
    """What each way was tried with, and how well it did on validation data.

    values: for each of METHODS the numbers tried (a penalty or a rate). accuracy: for each the
    mean validation accuracy over draws, one a number. recipe: the best of each.
    """

    values: tuple[tuple[float, ...], ...]
    accuracy: tuple[tuple[float, ...], ...]
    recipe: Recipe

    def table(self) -> dict[str, dict[float, float]]:
        """Return for each way the accuracy of each value tried."""
        rows = zip(METHODS, self.values, self.accuracy, strict=True)
        return {way: dict(zip(values, found, strict=True)) for way, values, found in rows}


def choose_recipe(
    network: Pretrained,
    train: Examples,
    validation: Examples,
    *,
    penalties: Sequence[float] = (1e-4, 1e-3, 1e-2),
    tune_rates: Sequence[float] = (3e-4, 1e-3, 3e-3),
    scratch_rates: Sequence[float] = (3e-4, 1e-3, 3e-3),
    shots: int = 5,
    draws: int = 2,
    first_seed: int = 100,
    on_progress: Progress | None = None,
) -> Choice:
    """Choose penalty and rates by validation accuracy, on draws that the curves do not use.

    Raises ValueError unless each way has as many values to try, and as `shot_curves` does.
    """
    tried = (tuple(penalties), tuple(tune_rates), tuple(scratch_rates))
    if len(set(map(len, tried))) > 1 or not tried[0]:
        raise ValueError(TEXT["values"])
    recipes = [Recipe(*values) for values in zip(*tried, strict=True)]
    accuracy = []
    for recipe in recipes:
        curves = shot_curves(
            network, train, validation, (shots,), draws, recipe, first_seed=first_seed
        )
        accuracy.append(curves.accuracy.mean(axis=(1, 2)))
        if on_progress:
            on_progress(len(accuracy), len(recipes))
    table = np.array(accuracy).T  # (3 ways, 3 values)
    best = [values[i] for values, i in zip(tried, table.argmax(axis=1), strict=True)]
    return Choice(tried, tuple(map(tuple, table.tolist())), Recipe(*best))


def early_features(
    network: Pretrained, blocks: int = 11, grid: int = 3
) -> Callable[[Tensor], Tensor]:
    """Return a function of uint8 pixels (N, 3, H, W): features of an earlier cut, (N, C·grid²).

    It takes what the first ``blocks`` of the 16 blocks give and averages it over ``grid`` ×
    ``grid`` parts of the image, so that a feature still says where it was seen. Raises ValueError
    for a cut that the network does not have, or no parts.
    """
    body = _blocks_of(network)
    if not _is_whole(blocks) or not 0 <= blocks <= len(BLOCKS):
        raise ValueError(TEXT["blocks"].format(most=len(BLOCKS), value=blocks))
    if not _is_whole(grid) or grid < 1:
        raise ValueError(TEXT["grid"].format(value=grid))

    @torch.inference_mode()
    def compute(pixels: Tensor) -> Tensor:
        x = body.lower(network.scale(pixels), blocks)  # (N, C, h, w)
        return F.adaptive_avg_pool2d(x, grid).flatten(1)

    compute.__name__ = f"early_features_{blocks}_{grid}"
    return compute


def joined(*parts: Tensor) -> Tensor:
    """Return several kinds of features (N, F1), (N, F2) … as one, each scaled to length 1."""
    return torch.cat([F.normalize(part, dim=1) for part in parts], dim=1)


def frozen_accuracy(
    train: tuple[Tensor, Tensor],
    asked: tuple[Tensor, Tensor],
    shots: int = 5,
    draws: int = 8,
    penalty: float = 1e-3,
    first_seed: int = 100,
) -> np.ndarray:
    """Return the accuracy of a new classifier on frozen features, one a draw: (draws,).

    ``train`` and ``asked`` are (features (N, F), labels (N,)). Raises ValueError for no draws,
    features and labels that do not fit, and as `draw_shots` does.
    """
    _check_count("draws", draws)
    for features, labels in (train, asked):
        _check_pairs(features, labels)
    _check_width(train[0], asked[0])
    accuracy = []
    for seed in range(first_seed, first_seed + draws):
        chosen = draw_shots(train[1], shots, seed)
        classifier = fit_classifier(train[0][chosen], train[1][chosen], penalty)
        right = classifier(asked[0]).argmax(1) == asked[1]
        accuracy.append(right.float().mean().item())
    return np.array(accuracy)


def split_accuracy(
    features: Tensor,
    labels: Tensor,
    shots: int,
    *,
    splits: int = 20,
    penalty: float = 1e-3,
    first_seed: int = 5000,
) -> np.ndarray:
    """Return the accuracy on all other examples, one for each random choice of ``shots`` a class.

    features (N, F), labels (N,) -> (splits,). One fixed test part is small, and easy or hard by
    chance; many splits average that away. Choose nothing by these numbers: every example is
    asked in some split. Raises ValueError as `draw_shots` does, and for no splits.
    """
    _check_count("splits", splits)
    _check_pairs(features, labels)
    accuracy = []
    for seed in range(first_seed, first_seed + splits):
        chosen = draw_shots(labels, shots, seed)
        asked = torch.ones(len(labels), dtype=torch.bool)
        asked[chosen] = False
        if not asked.any():
            raise ValueError(TEXT["nobody"].format(shots=shots))
        classifier = fit_classifier(features[chosen], labels[chosen], penalty)
        right = classifier(features[asked]).argmax(1) == labels[asked]
        accuracy.append(right.float().mean().item())
    return np.array(accuracy)


def _check_width(first: Tensor, second: Tensor) -> None:
    if first.shape[1] != second.shape[1]:
        words = {"first": first.shape[1], "second": second.shape[1]}
        raise ValueError(TEXT["wide"].format(**words))


def nearest(queries: Tensor, candidates: Tensor, count: int = 4) -> tuple[Tensor, Tensor]:
    """Return the ``count`` candidates (N, F) with the most similar direction to each query (Q, F).

    Gives positions (Q, count), best first, and cosine similarities of the same shape. Raises
    ValueError where there are fewer candidates, and for features that cannot be compared.
    """
    if not _is_whole(count) or not 1 <= count <= len(candidates):
        raise ValueError(TEXT["neighbours"].format(count=count, there=len(candidates)))
    for features in (queries, candidates):
        _check_features(features)
    _check_width(queries, candidates)
    similarity = F.normalize(queries, dim=-1) @ F.normalize(candidates, dim=-1).T  # (Q, N)
    values, positions = similarity.topk(count, dim=-1)
    return positions, values


def enlarge(split: Split, count: int, size: int = 64) -> tuple[Tensor, Tensor]:
    """Return the first ``count`` digits as uint8 pictures (count, 3, size, size), and labels.

    A network for colour photographs reads them too: the grey value stands in all three colours.
    """
    _check_count("count", count)
    _check_count("size", size)
    images = split.images[:count]  # (N, 1, 28, 28)
    grey = (images - images.min()) / (images.max() - images.min()) * 255
    larger = F.interpolate(grey, size, mode="bilinear", align_corners=False)
    return larger.round().to(torch.uint8).repeat(1, 3, 1, 1), split.labels[:count]


def digit_examples(
    network: Pretrained, digits: Digits, on_progress: Progress | None = None
) -> tuple[Examples, Examples]:
    """Return 1,100 digits to learn from and 500 test digits, prepared as the emoji are."""
    names = tuple(str(digit) for digit in range(10))
    parts = (enlarge(digits.train, 1100), enlarge(digits.test, 500))
    train, test = (
        prepare(network, *part, names, mirror=False, on_progress=on_progress) for part in parts
    )
    return train, test
