"""What the attention of a captioner does: where it lies at each kind of word, and what it causes.

`weight_by_word` asks where the weight lies while a word is chosen. `force_look` moves the weight
by hand at one word, and asks whether the word changes: only that shows that the look is a cause.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from utils.datasets.scenes import NO_OBJECT, VOCABULARY, SceneSplit
from utils.datasets.words import END
from utils.models.attention_captioning import AttentionCaptioner
from utils.training.attention_captioning import centres, inside

ON = ("named before", "named now or next", "named later", "background")
WORDS = ("a", "object word", "and", "END")
FIRST = 1  # place in a caption, START left out, of the first object word
TEXT = {"few": "Give scenes with at least two objects; these have fewer."}


@dataclass(frozen=True)
class WordFocus:
    """Mean share of the weight (4, 4) on `ON`, for each of `WORDS`. Rows add up to 1."""

    words: tuple[str, ...]
    on: tuple[str, ...]
    share: np.ndarray


@torch.no_grad()
def weight_by_word(model: AttentionCaptioner, scenes: SceneSplit) -> WordFocus:
    """Return where the weight lies while each kind of word is chosen, reading true words."""
    _, weights = model.eval()(scenes.pixels, scenes.inputs)  # (N, T, L)
    there = torch.arange(scenes.boxes.shape[1]) < scenes.counts[:, None]  # (N, M)
    points = centres(model.settings.cells, model.settings.side)
    within = inside(points, scenes.boxes.flatten(0, 1)).unflatten(0, there.shape)  # (N, M, L)
    within = within & there[..., None]
    share = weights @ within.transpose(1, 2).float()  # (N, T, M)
    named = scenes.named[:, 1:]
    done = (named != NO_OBJECT).cumsum(1) - (named != NO_OBJECT).int()  # objects named before
    order = torch.arange(there.shape[1]) - done[..., None]  # (N, T, M): 0 is now or next
    parts = [(share * choose).sum(-1) for choose in (order < 0, order == 0, order > 0)]
    parts = torch.stack([*parts, 1 - share.sum(-1)], dim=-1)  # (N, T, 4)
    article, link = VOCABULARY.encode(("a", "and")).tolist()
    targets = scenes.targets
    kinds = (targets == article, named != NO_OBJECT, targets == link, targets == END)
    return WordFocus(WORDS, ON, torch.stack([parts[kind].mean(0) for kind in kinds]).numpy())


@dataclass(frozen=True)
class Forced:
    """What a captioner writes as its first object word (N scenes) when its look is moved.

    kept, moved: share of scenes where the word names the first object, or the object to which
    the look was moved. before: share that names the first object when nothing is moved.
    """

    before: float
    kept: float
    moved: float


@torch.no_grad()
def force_look(model: AttentionCaptioner, scenes: SceneSplit, to: str = "own") -> Forced:
    """Make a captioner look at the second object while it names the first one.

    ``to``: "own" takes the weights with which it would name the second object itself, "box"
    spreads the weight evenly over the cells inside the second object's box. ValueError for
    scenes with fewer than two objects.
    """
    if (scenes.counts < 2).any():
        raise ValueError(TEXT["few"])
    _, weights = model.eval()(scenes.pixels, scenes.inputs)
    look = weights[:, FIRST + 3] if to == "own" else _even(model, scenes.boxes[:, 1])
    grid = model.grid(scenes.pixels)
    state = model.begin(grid)
    for place in range(FIRST):
        _, state, _ = model.step(scenes.inputs[:, place], state, grid)
    read = scenes.inputs[:, FIRST]
    usual, forced = (model.step(read, state, grid, given)[0].argmax(-1) for given in (None, look))
    first, second = scenes.targets[:, FIRST], scenes.targets[:, FIRST + 3]
    shares = ((usual == first), (forced == first), (forced == second))
    return Forced(*(each.float().mean().item() for each in shares))


def _even(model: AttentionCaptioner, boxes: Tensor) -> Tensor:
    """Return equal weights (N, L) on the cells whose middle lies in a box (N, 4)."""
    within = inside(centres(model.settings.cells, model.settings.side), boxes).float()
    return within / within.sum(1, keepdim=True)
