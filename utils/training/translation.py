"""Training and measuring sequence-to-sequence models (Lecture 12).

`fit_translation` trains with the true words as the decoder's input (teacher forcing) or with its
own. `written` writes freely, `exact_matches` says which sentences come out right in every word,
and `length_curve` sorts that by the length of the source. A curve can be kept on disk, so that
another notebook shows the same numbers.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, pad

from utils.datasets.words import PAD, Pairs
from utils.models.seq2seq import SequenceToSequence
from utils.training.history import evaluation_steps, has_diverged
from utils.training.results import RESULTS, load_result, save_result
from utils.training.schedules import Schedule, check_steps

LIMIT = 60  # words after which a decoder that never writes END is stopped
TEXT = {
    "batch": "A batch needs at least 1 pair, not {value!r}.",
    "clip": "Clip the gradient at a norm above 0, not {value!r}.",
    "width": "Give bins of at least 1 word, not {value!r}.",
}


@dataclass(frozen=True)
class TranslationHistory:
    """Curves of one run. S updates were planned, E evaluations.

    loss (S,): nats a word, NaN where the run did not get to. eval_steps (E,): updates done;
    exact (E,): share of validation sentences that are right in every word; seconds (E,): spent
    in updates so far. diverged_at: the update (1-based) whose loss was not finite, or -1.
    """

    loss: np.ndarray
    eval_steps: np.ndarray
    exact: np.ndarray
    seconds: np.ndarray
    diverged_at: int
    steps_done: int

    def steps_to(self, share: float) -> float:
        """Return the updates after which ``exact`` first reached a share; infinite if never."""
        return float(next(iter(self.eval_steps[self.exact >= share]), math.inf))


def length_batches(lengths: Tensor, size: int, seed: int = 0) -> Iterator[Tensor]:
    """Yield the rows of one batch after another, without end: (B,) int64 each.

    Every pass sorts by length, shuffled among equals, and cuts: a batch holds sources of nearly
    one length, so little is padding. The batches of a pass come in random order.
    """
    if not isinstance(size, int) or size < 1:
        raise ValueError(TEXT["batch"].format(value=size))
    generator = torch.Generator().manual_seed(seed)
    while True:
        order = torch.argsort(lengths + torch.rand(len(lengths), generator=generator))
        batches = order.split(size)
        for place in torch.randperm(len(batches), generator=generator).tolist():
            yield batches[place]


def sentence_loss(logits: Tensor, outputs: Tensor) -> Tensor:
    """Return the mean loss in nats a word: logits (N, T, V), outputs (N, T); PAD does not count."""
    return cross_entropy(logits.flatten(0, 1), outputs.flatten(), ignore_index=PAD)


def update(
    model: SequenceToSequence,
    optimizer: torch.optim.Optimizer,
    rate: float,
    batch: Pairs,
    *,
    teacher_forcing: bool = True,
    clip: float = 1.0,
) -> float:
    """Do one step at ``rate`` and return the loss before it, in nats a word."""
    for group in optimizer.param_groups:
        group["lr"] = rate
    if teacher_forcing:
        logits = model(batch.source, batch.source_lengths, batch.inputs)
    else:
        logits = model.run_free(batch.source, batch.source_lengths, batch.outputs.shape[1])
    loss = sentence_loss(logits, batch.outputs)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), clip)
    optimizer.step()
    return loss.item()


def fit_translation(
    model: SequenceToSequence,
    train: Pairs,
    validation: Pairs,
    schedule: Schedule,
    steps: int,
    *,
    batch_size: int = 64,
    teacher_forcing: bool = True,
    clip: float = 1.0,
    seed: int = 0,
    evaluate_every: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> TranslationHistory:
    """Train ``model`` in place with Adam and return its curves.

    ``schedule(t)`` is the rate of update t; ``seed`` fixes the batches. Without teacher forcing
    the decoder reads its own last answer, at every step. Interrupting the cell, or
    ``should_stop`` answering True, ends the run early: the model keeps its weights, the history
    what was measured. Raises ValueError for a number of updates or a batch below 1, or a clip
    that is not above 0.
    """
    if not clip > 0:
        raise ValueError(TEXT["clip"].format(value=clip))
    curves = _Curves(check_steps(steps), evaluate_every)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.0)
    batches = length_batches(train.source_lengths, batch_size, seed)
    try:
        while curves.done < steps and curves.diverged_at < 0 and not should_stop():
            began, rate, batch = time.perf_counter(), schedule(curves.done), train[next(batches)]
            loss = update(model, optimizer, rate, batch, teacher_forcing=teacher_forcing, clip=clip)
            curves.add(loss, time.perf_counter() - began)
            curves.evaluate(lambda: exact_matches(model, validation).mean())
            if on_progress:
                on_progress(curves.done, steps)
    except KeyboardInterrupt:
        pass
    return curves.history()


class _Curves:
    """The arrays of a history while they fill."""

    def __init__(self, steps: int, evaluate_every: int | None) -> None:
        self.eval_steps = evaluation_steps(steps, evaluate_every)
        self.loss = np.full(steps, np.nan)
        self.exact, self.seconds = np.full((2, len(self.eval_steps)), np.nan)
        self.done, self.diverged_at, self.spent = 0, -1, 0.0

    def add(self, loss: float, seconds: float) -> None:
        self.loss[self.done] = loss
        self.done += 1
        self.spent += seconds
        if bool(has_diverged(loss)):
            self.diverged_at, self.loss[self.done - 1] = self.done, np.nan

    def evaluate(self, measure: Callable[[], float]) -> None:
        column = np.searchsorted(self.eval_steps, self.done)
        if column < len(self.eval_steps) and self.eval_steps[column] == self.done:
            self.exact[column], self.seconds[column] = measure(), self.spent

    def history(self) -> TranslationHistory:
        return TranslationHistory(
            self.loss, self.eval_steps, self.exact, self.seconds, self.diverged_at, self.done
        )


def written(model: SequenceToSequence, pairs: Pairs, batch_size: int = 512) -> Tensor:
    """Return what the model writes for each source, greedily: (N, T) up to END, then PAD."""
    model.eval()
    parts = []
    for rows in torch.arange(len(pairs)).split(batch_size):
        part = pairs[rows]
        parts.append(model.greedy(part.source, part.source_lengths, LIMIT))
    model.train()
    return torch.cat(same_width(parts))


def same_width(rows: Sequence[Tensor]) -> list[Tensor]:
    """Return tensors (N, T) of different T, all filled up with PAD to the widest."""
    widest = max(part.shape[1] for part in rows)
    return [pad(part, (0, widest - part.shape[1]), value=PAD) for part in rows]


def exact(answers: Tensor, outputs: Tensor) -> np.ndarray:
    """Return which sentences are right in every word and end in time: bool (N,).

    answers (N, A) and outputs (N, T) hold words, END, then PAD; A and T may differ.
    """
    answers, outputs = same_width([answers, outputs])
    return (answers == outputs).all(dim=1).numpy()


def exact_matches(model: SequenceToSequence, pairs: Pairs) -> np.ndarray:
    """Return which pairs the model translates right in every word: bool (N,)."""
    return exact(written(model, pairs), pairs.outputs)


@dataclass(frozen=True)
class LengthCurve:
    """Exact match against the length of the source, on held-out pairs.

    first, last (B,): the lengths of each bin, both inside it. matches (R, B): share of sentences
    right in every word, for R models. sentences (B,): how many there are in a bin. name: of the
    kind of model. about: where the numbers come from, plain JSON values.
    """

    name: str
    first: np.ndarray
    last: np.ndarray
    matches: np.ndarray
    sentences: np.ndarray
    about: dict = field(default_factory=dict)

    def error(self) -> np.ndarray:
        """Return the standard error of each share, (R, B), from the number of sentences."""
        return np.sqrt(self.matches * (1 - self.matches) / self.sentences)

    @property
    def labels(self) -> list[str]:
        """The bins in words, such as "28–30"."""
        pairs = zip(self.first.tolist(), self.last.tolist(), strict=True)
        return [f"{a}–{b}" if a < b else f"{a}" for a, b in pairs]


def length_curve(
    name: str,
    right: Sequence[np.ndarray],
    lengths: Tensor,
    width: int = 3,
    about: dict | None = None,
) -> LengthCurve:
    """Return the curve of R models: ``right`` holds for each which of N sentences are exact.

    Bins are ``width`` words wide and begin at 1; a bin without sentences is left out.
    """
    if width < 1:
        raise ValueError(TEXT["width"].format(value=width))
    bins = (lengths.numpy() - 1) // width
    kept = np.unique(bins)
    rows = [[row[bins == b].mean() for b in kept] for row in right]
    counts = np.array([(bins == b).sum() for b in kept])
    first = kept * width + 1
    return LengthCurve(name, first, first + width - 1, np.array(rows), counts, about or {})


def save_curve(curve: LengthCurve, name: str, folder: Path = RESULTS) -> Path:
    """Write a curve as ``name``.json, shares to four digits; return the path."""
    return save_result(curve, name, folder)


def load_curve(name: str, folder: Path = RESULTS) -> LengthCurve:
    """Return a kept curve; ResultError where it is missing or damaged."""
    return load_result(name, _curve, ("first", "last", "matches", "sentences"), folder)


def _curve(record: dict) -> LengthCurve:
    curve = LengthCurve(**record)
    if curve.matches.shape[1:] != curve.first.shape:
        raise ValueError(curve.name)
    return curve


@dataclass(frozen=True)
class AfterMistake:
    """Share of right words at each distance from a sentence's first mistake.

    distance (D,): 1 is the word after it. truth, own (D,): the decoder went on with the true
    words, or with its own. words (D,): how many words each share is of. sentences: how many had
    a mistake and at least one word after it.
    """

    distance: np.ndarray
    truth: np.ndarray
    own: np.ndarray
    words: np.ndarray
    sentences: int


@torch.no_grad()
def after_mistake(model: SequenceToSequence, pairs: Pairs, longest: int = 10) -> AfterMistake:
    """Follow a decoder behind its first mistake, once with the truth and once with its own words.

    Until that mistake both are the same run, so what differs behind it is the input alone.
    """
    outputs, real = pairs.outputs, pairs.outputs != PAD
    truth = model(pairs.source, pairs.source_lengths, pairs.inputs).argmax(-1) == outputs
    own = model.run_free(pairs.source, pairs.source_lengths, outputs.shape[1])
    own = own.argmax(-1) == outputs  # (N, T)
    wrong = ~own & real
    places = torch.arange(outputs.shape[1])
    first = torch.where(wrong.any(1), wrong.int().argmax(1), len(places))
    behind = torch.where(real, places - first[:, None], 0)  # (N, T): 1 right after the mistake
    rows = [behind == d for d in range(1, longest + 1)]
    shares = [[float(found[row].float().mean()) for row in rows] for found in (truth, own)]
    words = np.array([int(row.sum()) for row in rows])
    return AfterMistake(
        np.arange(1, longest + 1), *map(np.array, shares), words, int(rows[0].any(1).sum())
    )


@torch.no_grad()
def word_accuracy(model: SequenceToSequence, pairs: Pairs, width: int = 3) -> np.ndarray:
    """Return the share of words right in teacher forcing, for each bin of `length_curve`: (B,).

    END counts as a word.
    """
    right = model(pairs.source, pairs.source_lengths, pairs.inputs).argmax(-1) == pairs.outputs
    words = pairs.outputs != PAD
    bins = (pairs.source_lengths - 1) // width
    rows = [(bins == b)[:, None] & words for b in bins.unique()]
    return np.array([float(right[row].float().mean()) for row in rows])
