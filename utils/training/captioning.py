"""The experiments of lecture recurrent/07: one vector of the whole image, and a caption from it.

`fit_captioner` trains on images and captions. `judge` compares what a captioner writes with the
truth: whole captions, and the words that name objects. `judge_beams` asks what a beam adds to
the greedy search, `compare_ways` at which time steps the image should enter, and in which cell.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.datasets.scenes import NO_OBJECT, OBJECTS, VOCABULARY, SceneSplit
from utils.datasets.words import PAD
from utils.models.captioning import Captioner, CaptionerSettings, Hypothesis
from utils.threads import one_thread
from utils.training.checkpoints import (
    FOLDER,
    CheckpointError,
    fit_weights,
    load_checkpoint,
    save_checkpoint,
)
from utils.training.history import batch_order, has_diverged
from utils.training.results import RESULTS, load_result, save_result
from utils.training.schedules import check_steps, cosine, with_warmup

RATE, BATCH, WARMUP, CLIP = 3e-3, 48, 30, 1.0
SMALL = {"features": 96, "hidden": 96}
SMALL_STEPS = 400  # for scenes of one or two objects
PART = 250  # images judged at a time
LIMIT = 16  # words; the longest true caption has 9 with its END
KIND = "captioner"
TEXT = {
    "most": "No scene has at most {value!r} objects; ask for 1, 2 or 3.",
    "none": "Give at least one way: a name, a cell and where the image enters.",
    "few": "Give at least one width of the beam.",
    "name": "There is no way {value!r}. Choose one of: {names}.",
    "fit": "The checkpoint {name!r} is not a captioner of these scenes. Make it again with: make "
    "checkpoints NAMES={name}.",
}


def up_to(scenes: SceneSplit, most: int) -> SceneSplit:
    """Return the scenes with at most so many objects, their captions without useless padding.

    ValueError where there is no such scene.
    """
    few = scenes[scenes.counts <= most] if isinstance(most, int | np.integer) else ()
    if not len(few):
        raise ValueError(TEXT["most"].format(value=most))
    longest = int((few.captions != PAD).sum(1).max())
    return replace(few, captions=few.captions[:, :longest], named=few.named[:, :longest])


def in_any_order(scenes: SceneSplit, seed: int = 0) -> SceneSplit:
    """Return the scenes with the names of each caption in a random order.

    So do several people caption: each begins where he likes. ``boxes`` and ``named`` stay those
    of the objects from left to right.
    """
    generator = torch.Generator().manual_seed(seed)
    captions = scenes.captions.clone()
    for row, count in enumerate(scenes.counts.tolist()):
        places = 2 + 3 * torch.arange(count)
        captions[row, places] = captions[row, places[torch.randperm(count, generator=generator)]]
    return replace(scenes, captions=captions)


def fit_captioner(
    model: nn.Module,
    train: SceneSplit,
    steps: int,
    *,
    rate: float = RATE,
    batch_size: int = BATCH,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """Train in place on images and captions; return the loss of each update (S,).

    ``model(images, inputs)`` returns the logits of the next words, or a tuple that begins with
    them. The loss is the mean cross entropy of a true word after the true words before it. NaN
    where an interruption, or a loss that is not finite, ended the run. ValueError for steps
    below 1.
    """
    check_steps(steps)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    schedule = with_warmup(cosine(rate, max(steps - WARMUP, 1)), min(WARMUP, steps - 1))
    losses = np.full(steps, np.nan)
    model.train()
    try:
        for step, rows in enumerate(batch_order(len(train), batch_size, steps, seed)):
            for group in optimizer.param_groups:
                group["lr"] = schedule(step)
            losses[step] = _update(model, optimizer, train, rows)
            if has_diverged(losses[step]):
                break
            if on_progress:
                on_progress(step + 1, steps)
    except KeyboardInterrupt:
        pass
    model.eval()
    return losses


def _update(
    model: nn.Module, optimizer: torch.optim.Optimizer, train: SceneSplit, rows: Tensor
) -> float:
    """Do one step on some scenes; return the loss before it."""
    batch = train[rows]
    answer = model(batch.pixels, batch.inputs)
    logits = answer[0] if isinstance(answer, tuple) else answer
    loss = F.cross_entropy(logits.flatten(0, 1), batch.targets.flatten(), ignore_index=PAD)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
    optimizer.step()
    return loss.item()


def new_captioner(seed: int = 0, **changed: object) -> Captioner:
    """Return an untrained captioner of the scenes; ``changed`` replaces settings."""
    return Captioner(CaptionerSettings(len(VOCABULARY), **changed), seed=seed)


def small_captioner(
    train: SceneSplit,
    steps: int = SMALL_STEPS,
    *,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
    **changed: object,
) -> tuple[Captioner, np.ndarray]:
    """Return a small captioner, trained for some seconds on one thread, and its losses (S,)."""
    model = new_captioner(seed, **SMALL | changed)
    with one_thread():
        return model, fit_captioner(model, train, steps, seed=seed, on_progress=on_progress)


# What does it write?


@dataclass(frozen=True)
class Judgement:
    """What a captioner wrote for N scenes with P objects in all.

    words (N, T): tokens, END last, then PAD. exact (N,): every word is right, END included.
    scene (P,): the scene of each object, from left to right. named (P,): the caption has the
    object's name; placed (P,): it has it at the right place. invented (N,): names of objects
    that are not there.
    """

    words: Tensor
    exact: np.ndarray
    scene: np.ndarray
    named: np.ndarray
    placed: np.ndarray
    invented: np.ndarray

    @property
    def mistakes(self) -> np.ndarray:
        """The scenes whose caption is not exact, as numbers."""
        return np.flatnonzero(~self.exact)


def write(model: Captioner, scenes: SceneSplit) -> Tensor:
    """Return the captions (N, T) that a captioner writes, greedily; T is that of the truth."""
    model.eval()
    longest = scenes.targets.shape[1]
    parts = []
    for first in range(0, len(scenes), PART):
        words = model.greedy(scenes[first : first + PART].pixels, longest)
        parts.append(F.pad(words, (0, longest - words.shape[1]), value=PAD))
    return torch.cat(parts)


def compare(words: Tensor, scenes: SceneSplit) -> Judgement:
    """Compare captions (N, T) with the truth; T is that of ``scenes.targets``."""
    targets = scenes.targets
    row, place = (scenes.named[:, 1:] != NO_OBJECT).nonzero(as_tuple=True)
    true = targets[row, place]
    named = (words[row] == true[:, None]).any(1)
    is_object = torch.tensor([token in OBJECTS for token in VOCABULARY.tokens])[words]  # (N, T)
    is_there = (words[:, :, None] == targets[:, None]).any(2)
    found = (
        (words == targets).all(1),
        row,
        named,
        words[row, place] == true,
        (is_object & ~is_there).sum(1),
    )
    return Judgement(words, *(part.numpy() for part in found))


def judge(model: Captioner, scenes: SceneSplit) -> Judgement:
    """Let a captioner write, greedily, and compare with the truth."""
    return compare(write(model, scenes), scenes)


def closest(scenes: SceneSplit) -> np.ndarray:
    """Return the smallest distance from left to right between two objects' middles (N,).

    In pixels, of the boxes; infinite where there is one object.
    """
    middles = (scenes.boxes[..., 0] + scenes.boxes[..., 2]) / 2  # (N, M)
    gaps = middles.diff(dim=1)
    is_pair = torch.arange(1, middles.shape[1]) < scenes.counts[:, None]
    return gaps.masked_fill(~is_pair, torch.inf).amin(1).numpy()


# What does a beam add?


@dataclass(frozen=True)
class Beams:
    """N scenes searched with K widths of the beam.

    widths (K,). score (K, N): log-probability of the best caption found. exact (K, N): it is
    the true one.
    """

    widths: np.ndarray
    score: np.ndarray
    exact: np.ndarray


@torch.no_grad()
def judge_beams(model: Captioner, scenes: SceneSplit, widths: Sequence[int]) -> Beams:
    """Search each scene with each width. ValueError for no width."""
    if not len(widths):
        raise ValueError(TEXT["few"])
    model.eval()
    scores, exact = [], []
    for width in widths:
        best = [model.beam(image, width, LIMIT)[-1][0] for image in scenes.pixels.split(1)]
        scores.append([each.score for each in best])
        truths = [[t for t in row if t != PAD] for row in scenes.targets.tolist()]
        exact.append([list(b.tokens) == t for b, t in zip(best, truths, strict=True)])
    return Beams(np.array(widths), np.array(scores), np.array(exact))


def sentence_of(found: Hypothesis) -> str:
    """Return the words of a caption in a beam, without END."""
    return " ".join(VOCABULARY.decode(torch.tensor(found.tokens)))


# Where should the image enter, and in which cell?


@dataclass(frozen=True)
class Ways:
    """K ways to build a captioner, R seeds of each, judged on held-out scenes.

    names (K,). exact, placed (K, R): shares of exact captions, and of object words at their
    place. loss (K, R): mean of the last 50 updates, nats a word. about: where the numbers come
    from, plain JSON values.
    """

    names: tuple[str, ...]
    exact: np.ndarray
    placed: np.ndarray
    loss: np.ndarray
    about: dict = field(default_factory=dict)

    def at(self, name: str) -> int:
        """Return the place of a way; ValueError for a name that is not there."""
        if name not in self.names:
            raise ValueError(TEXT["name"].format(value=name, names=", ".join(self.names)))
        return self.names.index(name)


def compare_ways(
    ways: dict[str, dict],
    train: SceneSplit,
    held_out: SceneSplit,
    steps: int,
    *,
    seeds: int = 3,
    about: dict | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Ways:
    """Train a captioner for each way, a name and its settings, and seed. ValueError for none."""
    if not ways:
        raise ValueError(TEXT["none"])
    rows = []
    for place, changed in enumerate(ways.values()):
        row = []
        for seed in range(seeds):
            model = new_captioner(seed, **changed)
            with one_thread():
                losses = fit_captioner(model, train, steps, seed=seed)
            judged = judge(model, held_out)
            row.append((judged.exact.mean(), judged.placed.mean(), losses[-50:].mean()))
            if on_progress:
                on_progress((place + (seed + 1) / seeds) / len(ways))
        rows.append(row)
    exact, placed, loss = np.array(rows).transpose(2, 0, 1)
    return Ways(tuple(ways), exact, placed, loss, about or {})


def save_ways(result: Ways, name: str, folder: Path = RESULTS) -> Path:
    """Write a comparison as ``name``.json, numbers to four digits; return the path."""
    return save_result(result, name, folder)


def load_ways(name: str, folder: Path = RESULTS) -> Ways:
    """Return a kept comparison; ResultError where it is missing or damaged."""

    def make(record: dict) -> Ways:
        found = Ways(**record | {"names": tuple(record["names"])})
        if found.exact.shape != found.loss.shape or len(found.exact) != len(found.names):
            raise ValueError(name)
        return found

    return load_result(name, make, ("exact", "placed", "loss"), folder)


# Kept on disk


def save_captioner(
    name: str, model: nn.Module, about: dict, *, kind: str = KIND, folder: Path = FOLDER
) -> Path:
    """Save a captioner in 16 bits, with its words; see `save_checkpoint`."""
    record = {"model": model.about(), "words": VOCABULARY.words, **about}
    return save_checkpoint(name, kind, model.state_dict(), record, folder=folder)


def load_captioner(name: str, *, folder: Path = FOLDER) -> tuple[Captioner, dict]:
    """Return a saved captioner and what its manifest says.

    Raises CheckpointError as `load_checkpoint` does, and for other words than the scenes have.
    """
    return restored(name, KIND, lambda model: Captioner(CaptionerSettings(**model)), folder)


def restored(
    name: str, kind: str, make: Callable[[dict], nn.Module], folder: Path
) -> tuple[nn.Module, dict]:
    """Return `load_captioner`'s answer for any kind; ``make`` turns settings into a model."""
    kept = load_checkpoint(name, kind, folder=folder)
    try:
        if tuple(kept.about["words"]) != VOCABULARY.words:
            raise ValueError(name)
        model = make(kept.about["model"])
    except (KeyError, TypeError, ValueError):
        raise CheckpointError(TEXT["fit"].format(name=name)) from None
    fit_weights(model, kept)
    return model.eval(), kept.about
