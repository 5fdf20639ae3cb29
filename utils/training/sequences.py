"""The experiments of the lecture on sequences and recurrent networks (Lecture 12).

The task is the direction of a moving thing (`utils.datasets.clips`). Three models answer after
every frame: one sees that frame alone, one the mean of the frames so far, one is recurrent. All
have the same input, loss, updates and batches; only what they may remember differs.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap
from torch.nn import functional as F

from utils.datasets.clips import OPPOSITE, Clips, ClipSplit
from utils.models.recurrent import RNN

BLOCK = 3  # pixels of a frame that one number of its features covers
SCALE = 5.0  # brings the features near a standard deviation of 1
HIDDEN = 48
TEXT = {
    "frames": "Frames need the shape (N, T, 3, size, size), their size a multiple of {block}; "
    "this is {shape}.",
    "one": "A trace follows one clip of shape (T, 3, size, size), not {shape}.",
    "seeds": "Train at least one seed, not {value!r}.",
    "steps": "Training needs at least one update, not {value!r}.",
}


def features(frames: Tensor) -> Tensor:
    """Return what a model sees: coarse ink (N, T, D) of uint8 frames (N, T, 3, size, size).

    Ink is 0 on white and grows with darkness; each number is the mean over 3 × 3 pixels, so 24
    pixels a side give D = 64. An empty frame gives zeros. ValueError for another shape.
    """
    shape = tuple(frames.shape) if isinstance(frames, Tensor) else type(frames).__name__
    if len(shape) != 5 or shape[2] != 3 or shape[-1] % BLOCK:
        raise ValueError(TEXT["frames"].format(block=BLOCK, shape=shape))
    ink = 1 - frames.float().mean(dim=2) / 255  # (N, T, size, size)
    return SCALE * F.avg_pool2d(ink, BLOCK).flatten(2)


class RecurrentModel(nn.Module):
    """Features (N, T, D) -> logits after every frame (N, T, C): a vanilla RNN and a linear layer.

    ``learned_start``: h_0 is trained; otherwise it is zero.
    """

    def __init__(
        self,
        inputs: int = 64,
        hidden: int = HIDDEN,
        classes: int = 4,
        *,
        learned_start: bool = False,
        seed: int = 0,
    ) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.recurrent = RNN(inputs, hidden, learned_start=learned_start)
            self.head = nn.Linear(hidden, classes)

    def forward(self, x: Tensor) -> Tensor:
        hidden, _ = self.recurrent(x)  # (N, T, H)
        return self.head(hidden)


class FrameModel(nn.Module):
    """Features (N, T, D) -> logits (N, T, C): a network of its own for each of the T frames.

    The network of frame t has one hidden layer and sees frame t alone.
    """

    def __init__(
        self,
        frames: int = 8,
        inputs: int = 64,
        hidden: int = HIDDEN,
        classes: int = 4,
        seed: int = 0,
    ) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.first = nn.Parameter(torch.randn(frames, inputs, hidden) * inputs**-0.5)
            self.second = nn.Parameter(torch.randn(frames, hidden, classes) * hidden**-0.5)
        self.first_bias = nn.Parameter(torch.zeros(frames, 1, hidden))
        self.second_bias = nn.Parameter(torch.zeros(frames, 1, classes))

    def forward(self, x: Tensor) -> Tensor:
        by_frame = x.transpose(0, 1)  # (T, N, D)
        hidden = torch.relu(by_frame @ self.first + self.first_bias)  # (T, N, H)
        return (hidden @ self.second + self.second_bias).transpose(0, 1)


class MeanModel(FrameModel):
    """As `FrameModel`, but the network of frame t sees the mean of the frames 1 to t."""

    def forward(self, x: Tensor) -> Tensor:
        count = torch.arange(1, x.shape[1] + 1)[:, None]  # (T, 1)
        return super().forward(x.cumsum(dim=1) / count)


def loss_of(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean cross-entropy of the answers after every frame: (N, T, C) and (N,)."""
    return F.cross_entropy(logits.flatten(0, 1), labels.repeat_interleave(logits.shape[1]))


Make = Callable[[int], nn.Module]


def train(make: Make, data: Clips, seeds: int = 5, steps: int = 1000, rate: float = 0.006) -> list:
    """Train one model for each seed, all of them at once, and return them.

    ``make(seed)`` builds a model. Adam; the rate falls to 0 as a cosine; batches of 64 training
    clips. A world without edges has no special place, so each batch is moved by a random number
    of features. Raises ValueError for no seeds or no steps.
    """
    for name, value in {"seeds": seeds, "steps": steps}.items():
        if value < 1:
            raise ValueError(TEXT[name].format(value=value))
    models = [make(seed) for seed in range(seeds)]
    weights, _ = stack_module_state(models)
    optimizer = torch.optim.Adam(weights.values(), lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    losses = vmap(lambda own, x, y: loss_of(functional_call(models[0], own, (x,)), y))
    x = features(data.train.frames)
    order = torch.Generator().manual_seed(0)
    for _ in range(steps):
        rows = torch.randint(len(x), (seeds, 64), generator=order)
        batch = moved(x[rows], order)
        optimizer.zero_grad()
        losses(weights, batch, data.train.labels[rows]).sum().backward()
        optimizer.step()
        schedule.step()
    return [_loaded(model, weights, index) for index, model in enumerate(models)]


def moved(x: Tensor, generator: torch.Generator) -> Tensor:
    """Return features (..., D) of a square frame, all moved by one random row and column."""
    side = round(x.shape[-1] ** 0.5)
    row, column = torch.randint(side, (2,), generator=generator).tolist()
    return x.unflatten(-1, (side, side)).roll((row, column), dims=(-2, -1)).flatten(-2)


def _loaded(model: nn.Module, weights: dict[str, Tensor], index: int) -> nn.Module:
    model.load_state_dict({name: value[index].detach() for name, value in weights.items()})
    return model


@torch.no_grad()
def accuracy(model: nn.Module, split: ClipSplit) -> np.ndarray:
    """Return the share of right answers after each frame, (T,), 0..1."""
    answers = model(features(split.frames)).argmax(dim=-1)  # (N, T)
    return (answers == split.labels[:, None]).double().mean(dim=0).numpy()


MODELS: dict[str, Make] = {
    "one frame": lambda seed: FrameModel(seed=seed),
    "mean of frames": lambda seed: MeanModel(seed=seed),
    "RNN": lambda seed: RecurrentModel(seed=seed),
    "RNN, learned start": lambda seed: RecurrentModel(seed=seed, learned_start=True),
}


@dataclass(frozen=True)
class Comparison:
    """What each model reaches after each frame, over seeds, on clips with other glyphs.

    validation, test: model's name -> accuracy (R, T), 0..1. ceiling: (T,), what nobody can exceed
    on the test clips. trained: model's name -> R models.
    """

    validation: dict[str, np.ndarray]
    test: dict[str, np.ndarray]
    ceiling: np.ndarray
    trained: dict[str, list]

    def best_frame(self) -> tuple[int, np.ndarray]:
        """Return the frame that is best alone, from 1, and its test accuracy (R,).

        The frame is chosen on the validation clips.
        """
        best = int(self.validation["one frame"].mean(axis=0).argmax())
        return best + 1, self.test["one frame"][:, best]

    def start_summary(self) -> tuple[np.ndarray, np.ndarray]:
        """Return what a learned h_0 gains over a zero one, and two standard errors, (T,) each.

        In points of test accuracy, paired by seed.
        """
        gain = 100 * (self.test["RNN, learned start"] - self.test["RNN"])
        return gain.mean(axis=0), 2 * gain.std(axis=0, ddof=1) / np.sqrt(len(gain))


def compare(
    data: Clips,
    seeds: int = 8,
    steps: int = 800,
    on_progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Train every model of :data:`MODELS` with the same updates; measure after each frame."""
    trained = {}
    for name, make in MODELS.items():
        trained[name] = train(make, data, seeds, steps)
        if on_progress:
            on_progress(len(trained), len(MODELS))
    measured = {
        part: {
            name: np.stack([accuracy(model, getattr(data, part)) for model in models])
            for name, models in trained.items()
        }
        for part in ("validation", "test")
    }
    return Comparison(**measured, ceiling=data.ceiling(data.test), trained=trained)


@dataclass(frozen=True)
class Orders:
    """What trained RNNs answer at the end when the order of the frames is changed.

    orders: "in order", "backwards", "shuffled". right, opposite: order -> (R,) share of answers
    that name the direction in which the clip was made, or the opposite one.
    """

    orders: tuple[str, ...]
    right: dict[str, np.ndarray]
    opposite: dict[str, np.ndarray]


@torch.no_grad()
def play_in_orders(models: list, data: Clips, seed: int = 0) -> Orders:
    """Let models answer on the test clips in order, backwards, and each clip shuffled."""
    clips, labels = data.test.frames, data.test.labels
    flipped = torch.tensor([data.names.index(OPPOSITE[name]) for name in data.names])[labels]
    draw = torch.rand(clips.shape[:2], generator=torch.Generator().manual_seed(seed))
    mixed = clips[torch.arange(len(clips))[:, None], draw.argsort(dim=1)]
    right, opposite = {}, {}
    played = {"in order": clips, "backwards": clips.flip(1), "shuffled": mixed}
    for name, frames in played.items():
        x = features(frames)
        answers = torch.stack([model(x)[:, -1].argmax(dim=-1) for model in models])  # (R, N)
        right[name] = (answers == labels).double().mean(dim=1).numpy()
        opposite[name] = (answers == flipped).double().mean(dim=1).numpy()
    return Orders(tuple(played), right, opposite)


@torch.no_grad()
def mistakes(model: nn.Module, split: ClipSplit) -> list[int]:
    """Return the numbers of the clips that the model gets wrong after the last frame."""
    answers = model(features(split.frames))[:, -1].argmax(dim=-1)
    return (answers != split.labels).nonzero()[:, 0].tolist()


@dataclass(frozen=True)
class RNNTrace:
    """One clip inside a trained vanilla RNN, step by step.

    frames: uint8 (T, size, size, 3). hidden: (T + 1, H), h_0 first. from_input: (T, H), x_t Wx.
    from_state: (T, H), h_{t-1} Wh; so hidden[t] = tanh(from_input + from_state + b).
    probabilities: (T, C) after each frame. names: C. truth: the right one's number.
    Wx: (D, H), Wh: (H, H), b: (H,).
    """

    frames: np.ndarray
    hidden: np.ndarray
    from_input: np.ndarray
    from_state: np.ndarray
    probabilities: np.ndarray
    names: tuple[str, ...]
    truth: int
    Wx: np.ndarray
    Wh: np.ndarray
    b: np.ndarray


@torch.no_grad()
def trace(model: RecurrentModel, clip: Tensor, truth: int, names: tuple[str, ...]) -> RNNTrace:
    """Run the model over one clip uint8 (T, 3, size, size) and keep every part of every step.

    Raises ValueError unless it is one clip.
    """
    if clip.dim() != 4:
        raise ValueError(TEXT["one"].format(shape=tuple(clip.shape)))
    x = features(clip[None])  # (1, T, D)
    Wx, Wh, b = model.recurrent.layer_weights()[0]
    start = model.recurrent.begin(x)[0]  # (1, H)
    after = model.recurrent(x)[0][0]  # (T, H)
    hidden = torch.cat([start, after])
    return RNNTrace(
        frames=clip.permute(0, 2, 3, 1).numpy(),
        hidden=hidden.numpy(),
        from_input=(x[0] @ Wx).numpy(),
        from_state=(hidden[:-1] @ Wh).numpy(),
        probabilities=model.head(after).softmax(dim=-1).numpy(),
        names=tuple(names),
        truth=int(truth),
        Wx=Wx.numpy(),
        Wh=Wh.numpy(),
        b=b.numpy(),
    )
