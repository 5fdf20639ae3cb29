"""Training a language model by truncated backpropagation through time, and sampling from it.

A long text is cut into N streams that are read side by side, T characters at a time. The state
is carried from chunk to chunk; the gradient is not (Lecture 12; Williams and Peng, 1990).
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.datasets.characters import Vocabulary
from utils.models.language import State, detached
from utils.training.history import evaluation_steps, has_diverged
from utils.training.schedules import Schedule, check_steps

TEXT = {
    "empty": "There is no text. Give at least two characters.",
    "ids": "Encode the text with a Vocabulary: it must be a row of numbers (C,), not {given}.",
    "whole": "The characters of a text must be whole numbers, not {given}.",
    "seed": "A seed must be a whole number from 0 to 2⁶³ - 1, not {value!r}.",
    "vocabulary": "The model knows {model} characters, but the vocabulary has {own}.",
    "chunk": (
        "A chunk of {chunk} characters is longer than the text: {streams} streams have {have} "
        "characters each. Take a chunk of at most {have}, fewer streams or more text."
    ),
    "size": "{name} must be a whole number, at least 1, not {value!r}.",
    "rate": "A learning rate must be a finite number, at least 0, not {value!r}.",
    "clip": "Clip the gradient at a norm above 0, or give None, not {value!r}.",
    "temperature": (
        "The temperature must be a finite number above 0, not {value!r}. Near 0 the likeliest "
        "character is taken almost always."
    ),
}

Chunk = tuple[Tensor, Tensor]


def bits(nats: float) -> float:
    """Return a loss in bits a character for a loss in nats a character."""
    return nats / math.log(2)


def _check_size(name: str, value: int) -> int:
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 1:
        raise ValueError(TEXT["size"].format(name=name, value=value))
    return int(value)


def chunks(ids: Tensor, streams: int, length: int, begin: int = 0) -> Iterator[Chunk]:
    """Yield (inputs, targets), int64 (N, T) each: the target is the character after the input.

    The text (C,) becomes N = ``streams`` parallel streams; row n of a chunk goes on where row n
    of the chunk before ended. The last chunk may be shorter. ``begin`` skips as many characters
    of each stream. Raises ValueError for a text too short for one chunk.
    """
    inputs, targets = _streams(ids, _check_size("streams", streams), _check_size("chunk", length))

    def cut() -> Iterator[Chunk]:
        for start in range(begin, inputs.shape[1], length):
            part = slice(start, start + length)
            yield inputs[:, part].long(), targets[:, part].long()

    return cut()


def check_text(ids: Tensor) -> None:
    """Raise ValueError unless ids are a row (C,) of at least two characters."""
    if not isinstance(ids, Tensor):
        raise ValueError(TEXT["ids"].format(given=type(ids).__name__))
    if ids.dim() != 1:
        raise ValueError(TEXT["ids"].format(given=f"a tensor {tuple(ids.shape)}"))
    if len(ids) < 2:
        raise ValueError(TEXT["empty"])


def _streams(ids: Tensor, streams: int, length: int) -> Chunk:
    """Return inputs and targets (N, S), S as long as the text allows."""
    check_text(ids)
    each = (len(ids) - 1) // streams
    if length > each:
        raise ValueError(TEXT["chunk"].format(chunk=length, streams=streams, have=each))
    if ids.is_floating_point():
        raise ValueError(TEXT["whole"].format(given=ids.dtype))
    used = streams * each
    return ids[:used].view(streams, each), ids[1 : used + 1].view(streams, each)


@torch.no_grad()
def language_loss(
    model: nn.Module, ids: Tensor, *, streams: int = 32, chunk: int = 256, carry: bool = True
) -> float:
    """Return the mean loss on a text (C,) in nats a character.

    ``carry=False`` begins every chunk from the start state. Raises ValueError as `chunks` does.
    """
    was_training = model.training
    model.eval()
    total, count, state = 0.0, 0, None
    for inputs, targets in chunks(ids, streams, chunk):
        logits, state = model(inputs, state if carry else None)
        total += F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="sum").item()
        count += targets.numel()
    model.train(was_training)
    return total / count


@dataclass(frozen=True)
class LanguageHistory:
    """Curves of one run. Arrays are numpy; S steps were planned, E evaluations.

    rates, loss, gradient_norm: (S,) learning rate, training loss (nats a character) and the norm
    of the gradient before clipping, NaN where the run did not get to. eval_steps: (E,) updates
    done at each evaluation; val_loss: (E,) nats a character; seconds: (E,) spent in updates.
    diverged_at: the step (1-based) whose loss was not finite or far too large, or -1.
    steps_done: updates done. characters: read in training. complete: False when stopped early.
    """

    rates: np.ndarray
    loss: np.ndarray
    gradient_norm: np.ndarray
    eval_steps: np.ndarray
    val_loss: np.ndarray
    seconds: np.ndarray
    diverged_at: int
    steps_done: int
    characters: int
    complete: bool


class TruncatedBackpropagation:
    """One run of truncated backpropagation through time with Adam, one `update` at a time.

    Each pass over the text begins a little later, at a place drawn from the seed and the pass,
    so that the chunks are not cut at the same characters again. ``carry=False`` begins every
    chunk from the start state. ``clip`` bounds the norm of the gradient; None leaves it.
    The position depends on the number of updates only: see `tensors` and `restore`.
    """

    def __init__(
        self,
        model: nn.Module,
        ids: Tensor,
        *,
        streams: int = 32,
        chunk: int = 128,
        carry: bool = True,
        clip: float | None = 1.0,
        weight_decay: float = 0.0,
        seed: int = 0,
    ) -> None:
        if clip is not None and not (isinstance(clip, int | float) and clip > 0):
            raise ValueError(TEXT["clip"].format(value=clip))
        self.model, self.ids, self.seed = model, ids, check_seed(seed)
        self.streams, self.chunk, self.carry, self.clip = streams, chunk, carry, clip
        inputs, _ = _streams(ids, _check_size("streams", streams), _check_size("chunk", chunk))
        self.each = inputs.shape[1]
        self.optimizer = torch.optim.AdamW(
            model.parameters(), lr=0.0, betas=(0.9, 0.99), weight_decay=weight_decay
        )
        self.steps, self.characters = 0, 0
        self.state: State | None = None
        self._passes, self._chunks = 0, iter(())

    def _next_chunk(self) -> Chunk:
        """Return the next chunk; begin a new pass, from the start state, where none is left."""
        found = next(self._chunks, None)
        while found is None:
            self._chunks, self.state = self._new_pass(), None
            found = next(self._chunks, None)
        return found

    def _new_pass(self) -> Iterator[Chunk]:
        """Return the chunks of the next pass; the first pass begins at the text's beginning."""
        spare = min(self.chunk, self.each - self.chunk + 1)
        draw = np.random.default_rng((self.seed, self._passes))
        begin = int(draw.integers(spare)) if self._passes else 0
        self._passes += 1
        return chunks(self.ids, self.streams, self.chunk, begin)

    def update(self, rate: float) -> tuple[float, float]:
        """Do one step at ``rate``. Return the loss before it and the norm of its gradient.

        Raises ValueError for a rate below 0 or one that is not finite.
        """
        if not 0 <= rate < math.inf:
            raise ValueError(TEXT["rate"].format(value=rate))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        inputs, targets = self._next_chunk()
        logits, state = self.model(inputs, self.state if self.carry else None)
        self.state = detached(state)
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
        self.optimizer.zero_grad()
        loss.backward()
        bound = math.inf if self.clip is None else self.clip
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), bound)
        self.optimizer.step()
        self.steps += 1
        self.characters += targets.numel()
        return loss.item(), norm.item()

    def tensors(self) -> dict[str, Tensor]:
        """Return everything from which the run can go on, by name: weights, moments, state."""
        found = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        names = [name for name, _ in self.model.named_parameters()]
        for number, moments in self.optimizer.state_dict()["state"].items():
            for kind in ("exp_avg", "exp_avg_sq"):
                found[f"{kind}.{names[number]}"] = moments[kind]
        parts = (self.state,) if isinstance(self.state, Tensor) else self.state or ()
        found |= {f"state.{place}": part for place, part in enumerate(parts)}
        return {name: value.detach().clone() for name, value in found.items()}

    def restore(self, tensors: dict[str, Tensor], steps: int) -> None:
        """Go on where another run of the same settings was after ``steps`` updates."""
        weights = {name: tensors[f"model.{name}"] for name in self.model.state_dict()}
        self.model.load_state_dict(weights)
        settings = self.optimizer.state_dict()
        names = [name for name, _ in self.model.named_parameters()]
        settings["state"] = {
            number: {
                "step": torch.tensor(float(steps)),
                "exp_avg": tensors[f"exp_avg.{name}"],
                "exp_avg_sq": tensors[f"exp_avg_sq.{name}"],
            }
            for number, name in enumerate(names)
        }
        self.optimizer.load_state_dict(settings)
        for _ in range(steps - self.steps):
            inputs, _ = self._next_chunk()
            self.characters += inputs.numel()
        self.steps = steps
        parts = [tensors[f"state.{p}"] for p in range(2) if f"state.{p}" in tensors]
        self.state = None if not parts else parts[0] if len(parts) == 1 else tuple(parts)


def fit_language_model(
    model: nn.Module,
    train: Tensor,
    validation: Tensor,
    schedule: Schedule,
    steps: int,
    *,
    streams: int = 32,
    chunk: int = 128,
    carry: bool = True,
    clip: float | None = 1.0,
    weight_decay: float = 0.0,
    seed: int = 0,
    evaluate_every: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> LanguageHistory:
    """Train ``model`` in place on a text (C,) and return its curves; see the class above.

    ``schedule(t)`` is Adam's rate at update t. Evaluates on ``validation`` (C',) every
    ``evaluate_every`` updates (None: twenty times a run). Interrupting the cell, or
    ``should_stop`` answering True, ends the run early: the model keeps its weights, the history
    what was measured. Raises ValueError as `chunks` does, before any training.
    """
    run = TruncatedBackpropagation(
        model,
        train,
        streams=streams,
        chunk=chunk,
        carry=carry,
        clip=clip,
        weight_decay=weight_decay,
        seed=seed,
    )
    curves = LanguageCurves(check_steps(steps), evaluate_every)
    try:
        while run.steps < steps and curves.diverged_at < 0 and not should_stop():
            curves.update(run, schedule(run.steps))
            curves.evaluate(run, lambda: validation_loss(model, validation, carry=carry))
            if on_progress:
                on_progress(run.steps, steps)
    except KeyboardInterrupt:
        pass
    return curves.history(run)


def validation_loss(model: nn.Module, ids: Tensor, *, carry: bool = True) -> float:
    """Return `language_loss` with as many of 32 streams and of 256 characters as the text has."""
    check_text(ids)
    streams = max(1, min(32, len(ids) // 1024))
    chunk = max(1, min(256, (len(ids) - 1) // streams))
    return language_loss(model, ids, streams=streams, chunk=chunk, carry=carry)


class LanguageCurves:
    """The arrays of a history while they fill."""

    def __init__(self, steps: int, evaluate_every: int | None) -> None:
        self.steps, self.diverged_at = steps, -1
        self.eval_steps = evaluation_steps(steps, evaluate_every)
        self.rates, self.loss, self.gradient_norm = np.full((3, steps), np.nan)
        self.val_loss, self.seconds = np.full((2, len(self.eval_steps)), np.nan)
        self.spent = 0.0

    def update(self, run: TruncatedBackpropagation, rate: float) -> None:
        """Let ``run`` do one update and note it."""
        began = time.perf_counter()
        loss, norm = run.update(rate)
        self.spent += time.perf_counter() - began
        place = run.steps - 1
        self.rates[place], self.loss[place], self.gradient_norm[place] = rate, loss, norm
        if bool(has_diverged(torch.tensor(loss))) or not math.isfinite(norm):
            self.diverged_at, self.loss[place] = run.steps, np.nan

    def evaluate(self, run: TruncatedBackpropagation, measure: Callable[[], float]) -> None:
        """Note the validation loss where it is due."""
        column = np.searchsorted(self.eval_steps, run.steps)
        if column < len(self.eval_steps) and self.eval_steps[column] == run.steps:
            self.val_loss[column], self.seconds[column] = measure(), self.spent

    def history(self, run: TruncatedBackpropagation) -> LanguageHistory:
        """Return what was noted so far."""
        return LanguageHistory(
            self.rates,
            self.loss,
            self.gradient_norm,
            self.eval_steps,
            self.val_loss,
            self.seconds,
            self.diverged_at,
            run.steps,
            run.characters,
            run.steps == self.steps or self.diverged_at > 0,
        )


def check_temperature(temperature: float) -> float:
    """Return the temperature. Raises ValueError unless it is finite and above 0."""
    try:
        value = float(temperature)
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value) or value <= 0:
        raise ValueError(TEXT["temperature"].format(value=temperature))
    return value


def check_seed(seed: int) -> int:
    """Return the seed. Raises ValueError unless it is a whole number of at least 0, 63 bits."""
    whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
    if not whole or not 0 <= seed < 2**63:
        raise ValueError(TEXT["seed"].format(value=seed))
    return int(seed)


def cooled(logits: Tensor, temperature: float | Tensor) -> Tensor:
    """Return softmax(logits / temperature) over the last axis, for any temperature above 0.

    The largest logit becomes 0 first. Otherwise a temperature near 0 makes all of them infinite.
    """
    kind = torch.finfo(torch.float32)
    below = logits - logits.amax(-1, keepdim=True)
    return (below / torch.as_tensor(temperature).clamp(kind.tiny, kind.max)).softmax(-1)


def sample(
    model: nn.Module,
    vocabulary: Vocabulary,
    prompt: str = "",
    characters: int = 200,
    *,
    temperature: float = 1.0,
    seed: int = 0,
) -> str:
    """Return a text that the model writes after ``prompt``, without the prompt.

    Each character is drawn from softmax(logits / temperature), never the unknown symbol. An
    empty prompt begins after a newline, as at the top of a file; characters that the vocabulary
    does not hold are read as the unknown symbol. Raises ValueError for a temperature that is
    not above 0, fewer than 1 character, a seed below 0, and a vocabulary of another model.
    """
    return "".join(
        written(
            model,
            vocabulary,
            prompt,
            _check_size("characters", characters),
            temperature=check_temperature(temperature),
            seed=seed,
        )
    )


def drawable(logits: Tensor, vocabulary: Vocabulary) -> Tensor:
    """Return the logits (..., V) without the unknown symbol; ValueError for another V."""
    if logits.shape[-1] != len(vocabulary):
        sizes = {"model": logits.shape[-1], "own": len(vocabulary)}
        raise ValueError(TEXT["vocabulary"].format(**sizes))
    logits = logits.clone()
    logits[..., vocabulary.unknown] = -torch.inf
    return logits


@torch.no_grad()
def written(
    model: nn.Module,
    vocabulary: Vocabulary,
    prompt: str,
    characters: int,
    *,
    temperature: float,
    seed: int,
) -> Iterator[str]:
    """Yield the characters of `sample` one by one, as the model writes them."""
    model.eval()
    generator = torch.Generator().manual_seed(check_seed(seed))
    ids, state = vocabulary.encode(prompt or "\n")[None], None  # (1, T)
    for _ in range(characters):
        logits, state = model(ids, state)
        logits = drawable(logits[0, -1], vocabulary)
        drawn = torch.multinomial(cooled(logits, temperature), 1, generator=generator)
        yield vocabulary.symbols[drawn.item()]
        ids = drawn[None]
