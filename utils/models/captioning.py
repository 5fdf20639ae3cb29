"""Image captioning: a convolutional network reads the image, a recurrent one writes the caption.

The whole image becomes one vector v. It enters the recurrence beside the last word and the last
state (Lecture 12): h_t = tanh(x_t Wx + h_{t-1} Wh + v Wv + b). For one image v Wv is the same at
every time step: the image is a bias of its own. Letters: N batch, C features of an image, T
words, D embedding, H hidden size, V tokens.

Sources: Vinyals et al., "Show and Tell: A Neural Image Caption Generator" (2015), which shows the
image at the first step only; Karpathy and Fei-Fei, "Deep Visual-Semantic Alignments for
Generating Image Descriptions" (2015), for the term v Wv.
"""

from dataclasses import asdict, dataclass
from itertools import pairwise
from numbers import Integral

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.datasets.words import END, PAD, START
from utils.models.recurrent import lstm_step, rnn_step

CELLS = ("rnn", "lstm")
ENTERS = ("every step", "first step")
HALVES = 3  # layers that halve the side of the grid
MIXING = 2  # layers behind them that keep the grid
KEPT = 24  # channels of each cell that the whole-image vector is made from
TEXT = {
    "size": "{name} must be a whole number, at least 1, not {value!r}.",
    "choice": "{name} is one of {names}, not {value!r}.",
    "side": "The side of the images must be a multiple of {step} pixels, not {value!r}.",
    "images": "Images need the shape (N, 3, {side}, {side}) and floats from 0 to 1, not {given}. "
    "Make an image of an object with draw_scene.",
    "limit": "Write at least 1 word, not {value!r}.",
    "width": "A beam keeps at least 1 caption, not {value!r}; {most} are the most.",
    "one": "Beam search reads one image at a time, not {value}.",
}

WIDEST = 1000  # beam: each caption in it costs a step of the network for every word
State = tuple[Tensor, Tensor]  # hidden state and cell state (N, H); a plain RNN keeps the second 0


@dataclass(frozen=True)
class CaptionerSettings:
    """What fixes the shape of a captioner.

    words: number of tokens V. side: pixels of an image's side. width: channels of the grid.
    features: C. cell: rnn or lstm. enters: the time steps at which the image enters.
    """

    words: int
    side: int = 64
    width: int = 64
    features: int = 192
    embedding: int = 32
    hidden: int = 128
    cell: str = "lstm"
    enters: str = "every step"

    def __post_init__(self) -> None:
        for name in ("words", "side", "width", "features", "embedding", "hidden"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ValueError(TEXT["size"].format(name=name, value=value))
        for name, names in (("cell", CELLS), ("enters", ENTERS)):
            value = getattr(self, name)
            if value not in names:
                fields = {"names": " or ".join(map(repr, names)), "value": value}
                raise ValueError(TEXT["choice"].format(name=name, **fields))
        if self.side % 2**HALVES:
            raise ValueError(TEXT["side"].format(step=2**HALVES, value=self.side))


def check_images(images: Tensor, side: int) -> None:
    """Raise ValueError unless images are floats (N, 3, side, side) from 0 to 1, at least one."""
    if not isinstance(images, Tensor):
        given = type(images).__name__
    elif images.shape[1:] != (3, side, side) or not len(images) or not images.is_floating_point():
        given = f"{tuple(images.shape)} of {images.dtype}"
    elif not (images.min() >= 0 and images.max() <= 1):  # NaN is neither
        given = f"values from {images.min():g} to {images.max():g}"
    else:
        return
    raise ValueError(TEXT["images"].format(side=side, given=given))


def layer(inputs: int, outputs: int, kernel: int, **space: int) -> nn.Sequential:
    """Return a convolution with batch normalisation and ReLU."""
    convolution = nn.Conv2d(inputs, outputs, kernel, bias=False, **space)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())


class ImageEncoder(nn.Module):
    """Images (N, 3, S, S), floats from 0 to 1 -> one vector each (N, C).

    Convolutions make a grid of S/8 × S/8 cells. One matrix turns all its cells, places and all,
    into C numbers: a mean over the cells would lose where things are.
    """

    def __init__(self, settings: CaptionerSettings) -> None:
        super().__init__()
        self.side, width = settings.side, settings.width
        sizes = (3, (width + 1) // 2, (width + 1) // 2, width)
        halves = [layer(*pair, 3, stride=2, padding=1) for pair in pairwise(sizes)]
        mixing = [layer(width, width, 3, padding=1) for _ in range(MIXING)]
        self.grid = nn.Sequential(*halves, *mixing, layer(width, KEPT, 1))
        cells = (settings.side // 2**HALVES) ** 2
        self.head = nn.Linear(KEPT * cells, settings.features)

    def forward(self, images: Tensor) -> Tensor:
        """Return v (N, C). ValueError for what are no images of this side."""
        check_images(images, self.side)
        return F.relu(self.head(self.grid(images).flatten(1)))


@dataclass(frozen=True)
class Hypothesis:
    """A caption in a beam: its tokens with END, if it has one, and its log-probability."""

    tokens: tuple[int, ...]
    score: float

    @property
    def is_done(self) -> bool:
        """Whether it ends with END."""
        return bool(self.tokens) and self.tokens[-1] == END


class Captioner(nn.Module):
    """Images -> captions. ``seed`` fixes the weights; an LSTM's forget bias begins at 1."""

    def __init__(self, settings: CaptionerSettings, *, seed: int = 0) -> None:
        super().__init__()
        self.settings = settings
        D, H = settings.embedding, settings.hidden
        outputs = 4 * H if settings.cell == "lstm" else H
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.encoder = ImageEncoder(settings)
            self.embedding = nn.Embedding(settings.words, D, padding_idx=PAD)
            self.Wx, self.Wh, self.Wv = (
                nn.Parameter(torch.empty(inputs, outputs).uniform_(-(H**-0.5), H**-0.5))
                for inputs in (D, H, settings.features)
            )
            self.b = nn.Parameter(torch.zeros(outputs))
            self.head = nn.Linear(H, settings.words)
        if settings.cell == "lstm":
            with torch.no_grad():
                self.b[H : 2 * H] = 1.0

    def begin(self, images: Tensor) -> tuple[Tensor, State]:
        """Return what the image adds at each step (N, H or 4H), and the first state, 0."""
        from_image = self.encoder(images) @ self.Wv
        zero = from_image.new_zeros(len(images), self.settings.hidden)
        return from_image, (zero, zero)

    def step(
        self, words: Tensor, state: State, from_image: Tensor, is_first: bool = False
    ) -> tuple[Tensor, State]:
        """Read words (N,). Return the logits of the next word (N, V) and the next state."""
        h, c = state
        x = self.embedding(words)
        enters = is_first or self.settings.enters == "every step"
        b = self.b + from_image if enters else self.b
        if self.settings.cell == "lstm":
            h, c = lstm_step(x, h, c, self.Wx, self.Wh, b)
        else:
            h = rnn_step(x, h, self.Wx, self.Wh, b)
        return self.head(h), (h, c)

    def forward(self, images: Tensor, inputs: Tensor) -> Tensor:
        """Return the logits (N, T, V) after each of the true words (N, T)."""
        from_image, state = self.begin(images)
        logits = []
        for place, words in enumerate(inputs.unbind(1)):
            step, state = self.step(words, state, from_image, place == 0)
            logits.append(step)
        return torch.stack(logits, dim=1)

    @torch.no_grad()
    def greedy(self, images: Tensor, limit: int = 16) -> Tensor:
        """Return the most likely word of each step (N, T), up to END, then PAD.

        ValueError for a limit below 1.
        """
        if limit < 1:
            raise ValueError(TEXT["limit"].format(value=limit))
        from_image, state = self.begin(images)
        words = torch.full((len(images),), START, device=images.device)
        is_going, written = torch.ones_like(words, dtype=torch.bool), []
        while len(written) < limit and is_going.any():
            logits, state = self.step(words, state, from_image, not written)
            words = logits.argmax(-1).where(is_going, torch.tensor(PAD, device=images.device))
            is_going = is_going & (words != END)
            written.append(words)
        return torch.stack(written, dim=1)

    @torch.no_grad()
    def beam(self, image: Tensor, width: int = 4, limit: int = 16) -> list[list[Hypothesis]]:
        """Return the ``width`` best captions after each step; the last list is the answer.

        image (1, 3, S, S). A caption that is done stays in the beam as it is. The best comes
        first. ValueError for a width outside 1..1000, a limit below 1, and for more than one image.
        """
        if not isinstance(width, Integral) or not 1 <= width <= WIDEST:
            raise ValueError(TEXT["width"].format(value=width, most=WIDEST))
        if limit < 1:
            raise ValueError(TEXT["limit"].format(value=limit))
        if len(image) != 1:
            raise ValueError(TEXT["one"].format(value=len(image)))
        from_image, state = self.begin(image)
        kept, states, steps = [Hypothesis((), 0.0)], [state], []
        while len(steps) < limit and not all(each.is_done for each in kept):
            kept, states = self._widen(kept, states, from_image, width)
            steps.append(kept)
        return steps

    def _widen(
        self, kept: list[Hypothesis], states: list[State], from_image: Tensor, width: int
    ) -> tuple[list[Hypothesis], list[State]]:
        """Write one more word to each caption in every way; keep the best."""
        found: list[tuple[Hypothesis, State]] = []
        for each, state in zip(kept, states, strict=True):
            if each.is_done:
                found.append((each, state))
                continue
            last = torch.tensor([each.tokens[-1] if each.tokens else START])
            logits, after = self.step(last, state, from_image, not each.tokens)
            scores, tokens = logits[0].log_softmax(-1).topk(min(width, logits.shape[-1]))
            for score, token in zip(scores.tolist(), tokens.tolist(), strict=True):
                found.append((Hypothesis((*each.tokens, token), each.score + score), after))
        found.sort(key=lambda pair: -pair[0].score)
        return [pair[0] for pair in found[:width]], [pair[1] for pair in found[:width]]

    def about(self) -> dict:
        """Return the settings as plain values, from which the same model can be made again."""
        return asdict(self.settings)
