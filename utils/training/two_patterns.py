"""A task with two answers at every place: one head has to share itself, two heads need not.

Lecture attention/04. Each sequence is random symbols. At every place the model must name the
symbol just before and the first symbol of the sequence. A head mixes values by one set of
weights. From one mixture of two symbols, a linear read-out must then tell which was which.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.models.attention import MultiHeadAttention, Positions
from utils.threads import one_thread

QUESTIONS = ("symbol before", "first symbol")
TEXT = {
    "heads": "Give a list of at least one number of heads, not {value!r}.",
    "size": "{name} must be a whole number, at least {least}, not {value!r}.",
}


@dataclass(frozen=True)
class PatternTask:
    """Sequences of ``length`` random symbols out of ``symbols``."""

    symbols: int = 40
    length: int = 12

    def __post_init__(self) -> None:
        for name, least in (("symbols", 2), ("length", 3)):
            value = getattr(self, name)
            if not isinstance(value, int) or value < least:
                raise ValueError(TEXT["size"].format(name=name, least=least, value=value))

    def draw(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return symbols (N, T) and answers (N, T − 1, 2), for the places from the second on."""
        x = torch.randint(self.symbols, (count, self.length), generator=generator)
        before, first = x[:, :-1], x[:, :1].expand(-1, self.length - 1)
        return x, torch.stack([before, first], dim=-1)


class PatternModel(nn.Module):
    """Embedding, position, one layer of H heads, one linear read-out for both questions.

    The number of parameters does not depend on the number of heads.
    """

    def __init__(self, task: PatternTask, heads: int, width: int = 32, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.embedding = nn.Embedding(task.symbols, width)
            self.positions = Positions(task.length, width, "learned", deviation=1.0)
            self.attention = MultiHeadAttention(width, heads)
            self.readout = nn.Linear(width, 2 * task.symbols)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (N, T, 2, V) and weights (N, H, T, T) for symbols (N, T)."""
        places = self.positions(self.embedding(x))
        mixed, weights = self.attention(places, need_weights=True)
        return self.readout(mixed).unflatten(-1, (2, -1)), weights


@dataclass(frozen=True)
class PatternRuns:
    """Each number of heads over S seeds, on new sequences.

    ``accuracy``: heads -> (S, 2), one column a question; ``both``: heads -> (S,), the share of
    places with two right answers. ``weight``: heads -> (S, H, 2), the mean
    attention of each head to the place before and to the first place. ``parameters``: heads ->
    number. ``chance``: accuracy of a guess.
    """

    accuracy: dict[int, np.ndarray]
    both: dict[int, np.ndarray]
    weight: dict[int, np.ndarray]
    parameters: dict[int, int]
    chance: float


def train_pattern_model(
    task: PatternTask, heads: int, *, updates: int = 300, seed: int = 0, rate: float = 1e-2
) -> PatternModel:
    """Return a model trained with Adam on fresh sequences, 64 an update."""
    generator = torch.Generator().manual_seed(seed)
    model = PatternModel(task, heads, seed=seed)
    optimizer = torch.optim.Adam(model.parameters(), rate)
    for _ in range(updates):
        x, answers = task.draw(64, generator)
        logits, _ = model(x)
        loss = F.cross_entropy(logits[:, 1:].flatten(0, 2), answers.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


@one_thread()  # these models are too small to share out
def compare_heads(
    counts: tuple[int, ...] = (1, 2),
    *,
    seeds: int = 6,
    updates: int = 300,
    on_progress: Callable[[int, int], None] | None = None,
) -> PatternRuns:
    """Train each number of heads over the seeds and ask them about 500 new sequences.

    Raises ValueError without heads or a seed, and for heads that do not divide the width.
    """
    if not isinstance(counts, tuple | list) or not counts:
        raise ValueError(TEXT["heads"].format(value=counts))
    if not isinstance(seeds, int) or seeds < 1:
        raise ValueError(TEXT["size"].format(name="seeds", least=1, value=seeds))
    task, done = PatternTask(), 0
    x, answers = task.draw(500, torch.Generator().manual_seed(10_000))
    accuracy: dict[int, list[np.ndarray]] = {count: [] for count in counts}
    both: dict[int, list[float]] = {count: [] for count in counts}
    weight: dict[int, list[np.ndarray]] = {count: [] for count in counts}
    parameters = {}
    for seed in range(seeds):
        for count in counts:
            model = train_pattern_model(task, count, updates=updates, seed=seed)
            with torch.no_grad():
                logits, weights = model(x)
            right = logits[:, 1:].argmax(-1) == answers  # (N, T − 1, 2)
            accuracy[count].append(right.float().mean((0, 1)).numpy())
            both[count].append(right.all(-1).float().mean().item())
            weight[count].append(weight_on_patterns(weights))
            parameters[count] = sum(p.numel() for p in model.parameters())
            done += 1
            if on_progress:
                on_progress(done, seeds * len(counts))
    return PatternRuns(
        {count: np.stack(rows) for count, rows in accuracy.items()},
        {count: np.array(shares) for count, shares in both.items()},
        {count: np.stack(rows) for count, rows in weight.items()},
        parameters,
        1 / task.symbols,
    )


def weight_on_patterns(weights: Tensor) -> np.ndarray:
    """Return the mean weight (H, 2) to the place before and to the first place.

    weights (N, H, T, T); the first two places are left out, where both are the same or missing.
    """
    mean = weights.mean(0)  # (H, T, T)
    before = mean.diagonal(-1, 1, 2)[:, 1:].mean(-1)
    first = mean[:, 2:, 0].mean(-1)
    return torch.stack([before, first], dim=-1).numpy()
