"""What a captioner could have written: the words it chose among, and the captions of a beam.

`caption_steps` follows one caption word by word. For each step it keeps the most likely words
with their probabilities, what the captioner would write after each of them, and the best captions
of a beam. Idea: greedy search and beam search of Lecture 12.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from utils.datasets.scenes import VOCABULARY
from utils.datasets.words import END, START
from utils.models.captioning import Captioner

LIMIT = 16  # words
TEXT = {"shown": "Show at least 1 word, not {value!r}.", "end": "END"}


@dataclass(frozen=True)
class CaptionSteps:
    """One caption of T words, END included, as greedy search writes it.

    words (T,). choices (T, K): the most likely words of each step, the best first; chances
    (T, K): their probabilities. becomes (T, K): the whole caption if that word is taken and
    greedy search goes on. beams (T, B): the best captions after so many words, each with its
    probability; a caption that is done stays as it is.
    """

    words: tuple[str, ...]
    choices: tuple[tuple[str, ...], ...]
    chances: tuple[tuple[float, ...], ...]
    becomes: tuple[tuple[tuple[str, ...], ...], ...]
    beams: tuple[tuple[tuple[tuple[str, ...], float], ...], ...]


def spelled(tokens: list[int]) -> tuple[str, ...]:
    """Return words of tokens up to END, which is shown too."""
    if END in tokens:
        tokens = tokens[: tokens.index(END) + 1]
    return tuple(TEXT["end"] if t == END else VOCABULARY.tokens[t] for t in tokens)


@torch.no_grad()
def caption_steps(
    model: Captioner, image: Tensor, *, shown: int = 5, width: int = 3
) -> CaptionSteps:
    """Follow the caption of one image (1, 3, S, S).

    ``shown`` words a step, and a beam of ``width``. ValueError where one of them is below 1.
    """
    if shown < 1:
        raise ValueError(TEXT["shown"].format(value=shown))
    model.eval()
    from_image, state = model.begin(image)
    written, rows = [], []
    while len(written) < LIMIT and END not in written:
        last = torch.tensor([written[-1] if written else START])
        logits, state = model.step(last, state, from_image, not written)
        values, tokens = logits[0].softmax(-1).topk(min(shown, logits.shape[-1]))
        becomes = [_greedy_after(model, from_image, [*written, t]) for t in tokens.tolist()]
        rows.append((spelled_each(tokens), tuple(values.tolist()), tuple(becomes)))
        written.append(int(tokens[0]))
    choices, chances, becomes = zip(*rows, strict=True)
    found = [
        tuple((spelled(list(each.tokens)), _power(each.score)) for each in step)
        for step in model.beam(image, width, LIMIT)
    ]
    beams = tuple(found[min(place, len(found) - 1)] for place in range(len(written)))
    return CaptionSteps(spelled(written), choices, chances, becomes, beams)


def spelled_each(tokens: Tensor) -> tuple[str, ...]:
    """Return the word of each token (K,), also of those after END."""
    return tuple(spelled([token])[0] for token in tokens.tolist())


def _power(score: float) -> float:
    return float(torch.tensor(score).exp())


def _greedy_after(model: Captioner, from_image: Tensor, begun: list[int]) -> tuple[str, ...]:
    """Return the caption that begins with these tokens and goes on greedily."""
    zero = from_image.new_zeros(1, model.settings.hidden)
    state, written = (zero, zero), []
    while len(written) < LIMIT and END not in written:
        last = torch.tensor([written[-1] if written else START])
        logits, state = model.step(last, state, from_image, not written)
        place = len(written)
        written.append(begun[place] if place < len(begun) else int(logits.argmax()))
    return spelled(written)
