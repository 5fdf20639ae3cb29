"""Let a character model write at several temperatures, and measure what it wrote (Lecture 12)."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from utils.datasets.characters import Vocabulary
from utils.training.language_model import check_seed, check_temperature, cooled, drawable

TEXT = {
    "size": "{name} must be a whole number, at least 1, not {value!r}.",
    "none": "Give a list of at least one {what}.",
    "text": "Words are counted in a text, not in {value!r}.",
    "words": "None of these texts holds a word, so there is nothing to count.",
}
WORD = re.compile(r"[A-Za-z]{2,}")


@dataclass(frozen=True)
class Samples:
    """What a model wrote after one prompt: a text for each temperature (K) and seed (S).

    texts: K tuples of S texts, without the prompt. logits: (V,) for the first character after the
    prompt, float64; the unknown symbol has -inf, because it is never drawn. symbols: V characters.
    """

    prompt: str
    temperatures: tuple[float, ...]
    seeds: tuple[int, ...]
    texts: tuple[tuple[str, ...], ...]
    logits: np.ndarray
    symbols: str

    def chances(self, temperature: float) -> np.ndarray:
        """Return the probability of each next character (V,): softmax(logits / temperature)."""
        return cooled(torch.from_numpy(self.logits), check_temperature(temperature)).numpy()


@torch.no_grad()
def write(
    model: nn.Module,
    vocabulary: Vocabulary,
    prompt: str,
    *,
    temperatures: Sequence[float],
    seeds: Sequence[int],
    characters: int = 200,
) -> Samples:
    """Write one text for each temperature and seed, all at once as rows of one batch.

    An empty prompt begins after a newline. Raises ValueError for a temperature that is not finite
    and above 0, for no temperature or seed, and for fewer than 1 character.
    """
    for what, values in (("temperature", temperatures), ("seed", seeds)):
        if not np.ndim(values) or not len(values):
            raise ValueError(TEXT["none"].format(what=what))
    settings = [check_temperature(value) for value in temperatures]
    if not isinstance(characters, int) or characters < 1:
        raise ValueError(TEXT["size"].format(name="characters", value=characters))
    model.eval()
    logits, state = model(vocabulary.encode(prompt or "\n")[None])
    first = drawable(logits[0, -1], vocabulary)
    drawn = _draw_rows(model, vocabulary, first, state, settings, seeds, characters)
    texts = [vocabulary.decode(row) for row in drawn]
    rows = [tuple(texts[i : i + len(seeds)]) for i in range(0, len(texts), len(seeds))]
    return Samples(
        prompt,
        tuple(settings),
        tuple(seeds),
        tuple(rows),
        first.double().numpy(),
        vocabulary.symbols,
    )


def _draw_rows(model, vocabulary, first, state, settings, seeds, characters) -> Tensor:
    """Return the drawn numbers (K * S, characters); every row has a generator of its own."""
    generators = [
        torch.Generator().manual_seed(check_seed(seed)) for _ in settings for seed in seeds
    ]
    divide = torch.tensor(settings).repeat_interleave(len(seeds))[:, None]  # (K * S, 1)
    rows = len(generators)
    logits = first.expand(rows, -1)
    state = _repeated(state, rows)
    drawn = torch.empty(rows, characters, dtype=torch.int64)
    for step in range(characters):
        chances = cooled(logits, divide)
        for row, generator in enumerate(generators):
            drawn[row, step] = torch.multinomial(chances[row], 1, generator=generator)
        out, state = model(drawn[:, step : step + 1], state)
        logits = drawable(out[:, -1], vocabulary)
    return drawn


def _repeated(state, rows: int):
    """Return the state of one sequence for ``rows`` sequences: (layers, rows, H), or (rows, t)."""
    if isinstance(state, Tensor) and state.dim() == 2:  # a Transformer's: the last characters
        return state.expand(rows, -1)
    if isinstance(state, Tensor):
        return state.expand(-1, rows, -1).contiguous()
    return tuple(_repeated(part, rows) for part in state)


def words_of(text: str) -> list[str]:
    """Return the words of a text: two letters or more, in small letters. ValueError for no text."""
    if not isinstance(text, str):
        raise ValueError(TEXT["text"].format(value=text))
    return [word.lower() for word in WORD.findall(text)]


def known_share(texts: Sequence[str], known: Collection[str]) -> float:
    """Return the share of the words in ``texts`` that stand in ``known``, 0..1.

    The first and the last word of a text are left out, for they may be cut. Raises ValueError
    where no word is left.
    """
    words = [word for text in texts for word in words_of(text)[1:-1]]
    if not words:
        raise ValueError(TEXT["words"])
    return sum(word in known for word in words) / len(words)


def repeated_share(text: str, length: int = 12) -> float:
    """Return the share of pieces of ``length`` characters that occurred before in the text."""
    pieces = [text[i : i + length] for i in range(len(text) - length + 1)]
    return 1 - len(set(pieces)) / len(pieces) if pieces else 0.0
