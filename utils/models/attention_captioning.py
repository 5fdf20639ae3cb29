"""A captioner that looks at the image anew before every word (Lecture 13).

A small convolutional network turns the image into a grid of L feature vectors. Before each word
the decoder compares its state with all of them, turns the scores into weights, and reads the
weighted mean: the context. Nobody tells it where an object is: the captions alone train it. How
many pixels one vector of the grid can see is a choice (`Grid`), so that its price can be measured.
Letters: N batch, L cells of the grid, D width of a feature, T words, H hidden size, V tokens.

Sources: Xu et al., "Show, Attend and Tell: Neural Image Caption Generation with Visual Attention"
(2015), for the captioner; Bahdanau, Cho and Bengio (2015), for additive scores.
"""

from dataclasses import asdict, dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from utils.datasets.words import END, PAD, START
from utils.models.attention import additive_scores, attend
from utils.models.captioning import check_images, layer

TEXT = {
    "size": "{name} must be a whole number, at least 1, not {value!r}.",
    "side": "The side of the images must be a multiple of {patch} pixels, not {value!r}.",
    "dilations": "Dilations are whole numbers, 0 (a kernel of one cell) or more, not {value!r}.",
    "limit": "Write at least 1 word, not {value!r}.",
}
PATCH = 8  # pixels of the image's side that one cell of the grid stands for


@dataclass(frozen=True)
class AttentionCaptionerSettings:
    """What fixes the shape of a captioner.

    words: number of tokens. side: pixels of an image's side. width: D. dilations: one layer over
    the grid for each; d > 0 reads 3 × 3 cells that stand d apart, 0 reads the cell alone.
    attention: False gives every cell the same weight at every word.
    """

    words: int
    side: int = 64
    width: int = 64
    dilations: tuple[int, ...] = (1, 1, 0)
    embedding: int = 32
    hidden: int = 96
    attention: bool = True

    def __post_init__(self) -> None:
        for name in ("words", "side", "width", "embedding", "hidden"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ValueError(TEXT["size"].format(name=name, value=value))
        if self.side % PATCH:
            raise ValueError(TEXT["side"].format(patch=PATCH, value=self.side))
        listed = isinstance(self.dilations, tuple)
        if not listed or not all(isinstance(d, int) and d >= 0 for d in self.dilations):
            raise ValueError(TEXT["dilations"].format(value=self.dilations))

    @property
    def cells(self) -> int:
        """Cells along one side of the grid."""
        return self.side // PATCH

    @property
    def reach(self) -> int:
        """Pixels along one side of the square that one cell can see (not cut at the border)."""
        return 15 + 2 * PATCH * sum(self.dilations)


class Grid(nn.Module):
    """Images (N, 3, S, S) -> a grid of features (N, L, D), row after row of its S/8 × S/8 cells.

    Three convolutions with stride 2 make cells that see 15 × 15 pixels each. The layers behind
    them keep the grid; only they decide how much more a cell can see.
    """

    def __init__(self, settings: AttentionCaptionerSettings) -> None:
        super().__init__()
        self.side, width = settings.side, settings.width
        sizes = (3, width // 2, width // 2, width)
        halves = [layer(*pair, 3, stride=2, padding=1) for pair in pairwise(sizes)]
        mixing = [
            layer(width, width, 3, padding=d, dilation=d) if d else layer(width, width, 1)
            for d in settings.dilations
        ]
        self.layers = nn.Sequential(*halves, *mixing)
        self.places = nn.Parameter(0.1 * torch.randn(settings.cells**2, width))

    def forward(self, images: Tensor) -> Tensor:
        check_images(images, self.side)
        x = self.layers(images)  # (N, D, S/8, S/8)
        return x.flatten(2).transpose(1, 2) + self.places  # (N, L, D)


class AttentionCaptioner(nn.Module):
    """Images -> captions, with a look at the grid before every word. ``seed`` fixes the weights.

    The first state is learned and the same for every image: all that the decoder knows of an
    image comes through attention. Each step reads the last word and the context.
    """

    def __init__(self, settings: AttentionCaptionerSettings, *, seed: int = 0) -> None:
        super().__init__()
        self.settings = settings
        width, hidden = settings.width, settings.hidden
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.grid = Grid(settings)
            self.embedding = nn.Embedding(settings.words, settings.embedding, padding_idx=PAD)
            self.start = nn.Parameter(0.5 * torch.randn(hidden))
            reach = hidden**-0.5
            self.Wq, self.Wk, self.v = (
                nn.Parameter(torch.empty(shape).uniform_(-reach, reach))
                for shape in ((hidden, hidden), (width, hidden), (hidden,))
            )
            self.recurrent = nn.GRUCell(settings.embedding + width, hidden)
            self.head = nn.Linear(hidden + width, settings.words)

    def look(self, state: Tensor, grid: Tensor) -> tuple[Tensor, Tensor]:
        """Return the context (N, D) and the weights (N, L): where a state (N, H) looks next."""
        if not self.settings.attention:
            return grid.mean(1), grid.new_full(grid.shape[:2], 1 / grid.shape[1])
        scores = additive_scores(state[:, None], grid, self.Wq, self.Wk, self.v)  # (N, 1, L)
        context, weights = attend(scores, grid)
        return context[:, 0], weights[:, 0]

    def step(
        self, words: Tensor, state: Tensor, grid: Tensor, weights: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Read words (N,). Return the logits of the next (N, V), the state, the weights (N, L).

        ``weights`` makes it look there, whatever its state asks for.
        """
        if weights is None:
            context, weights = self.look(state, grid)
        else:
            context = (weights[:, None] @ grid)[:, 0]  # (N, D)
        state = self.recurrent(torch.cat([self.embedding(words), context], dim=-1), state)
        return self.head(torch.cat([state, context], dim=-1)), state, weights

    def begin(self, grid: Tensor) -> Tensor:
        """Return the state before the first word (N, H)."""
        return self.start.expand(len(grid), -1)

    def forward(self, images: Tensor, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (N, T, V) and weights (N, T, L) where it reads the true words (N, T)."""
        grid = self.grid(images)
        state, steps = self.begin(grid), []
        for words in inputs.unbind(1):
            logits, state, weights = self.step(words, state, grid)
            steps.append((logits, weights))
        logits, weights = (torch.stack(part, dim=1) for part in zip(*steps, strict=True))
        return logits, weights

    @torch.no_grad()
    def caption(self, images: Tensor, limit: int = 16) -> tuple[Tensor, Tensor]:
        """Return the most likely words (N, T) up to END, then PAD, and their weights (N, T, L).

        ValueError for a limit below 1.
        """
        if limit < 1:
            raise ValueError(TEXT["limit"].format(value=limit))
        grid = self.grid(images)
        state, steps = self.begin(grid), []
        words = torch.full((len(images),), START)
        going = torch.ones_like(words, dtype=torch.bool)
        while len(steps) < limit and going.any():
            logits, state, weights = self.step(words, state, grid)
            words = logits.argmax(-1).where(going, torch.tensor(PAD))
            steps.append((words, weights))
            going = going & (words != END)
        words, weights = (torch.stack(part, dim=1) for part in zip(*steps, strict=True))
        return words, weights

    def about(self) -> dict:
        """Return the settings as plain values, from which the same model can be made again."""
        return asdict(self.settings)
