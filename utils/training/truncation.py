"""What truncated backpropagation through time costs and gains: memory, reach, validation loss.

Lecture 12: full backpropagation through time keeps the activations of the whole sequence. The
sequence is cut into chunks; the state goes on, the gradient does not (Williams and Peng, 1990).
"""

import itertools
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from utils.datasets.code import VOCABULARY, Code
from utils.models.language import CharacterModel, LanguageSettings, State, detached
from utils.threads import granted_cores, one_thread
from utils.training.language_model import TruncatedBackpropagation, chunks, language_loss

TEXT = {
    "lengths": "Give a list of at least one chunk length; each must be a whole number, at least 1.",
    "count": "{name} must be a whole number, at least 1, not {value!r}.",
    "longest": "The text has {have} characters, but {want} time steps were asked for.",
}
LENGTHS = (8, 16, 32, 64, 128, 256)
CHARACTERS = 2048  # an update reads, whatever the chunk length
SYMBOLS = len(VOCABULARY.symbols)
# The vanilla RNN, written out: its saved activations can be counted by hand.
PLAIN = LanguageSettings(SYMBOLS, embedding=24, hidden=64, cell="rnn")
TRAINED = LanguageSettings(SYMBOLS, embedding=24, hidden=64, cell="lstm")
RATE = 0.01
MODES = ("carried", "reset")
READ_ON = "reset, read on"


def check_lengths(lengths: Sequence[int]) -> tuple[int, ...]:
    """Return the chunk lengths. Raises ValueError unless all are whole and at least 1."""
    if np.ndim(lengths) != 1 or not len(lengths):
        raise ValueError(TEXT["lengths"])
    if not all(isinstance(length, int | np.integer) and length >= 1 for length in lengths):
        raise ValueError(TEXT["lengths"])
    return tuple(int(length) for length in lengths)


def _check_count(name: str, value: int) -> int:
    if not isinstance(value, int) or value < 1:
        raise ValueError(TEXT["count"].format(name=name, value=value))
    return value


# memory


class SavedActivations:
    """Counts the bytes that autograd keeps for the backward pass while the block runs.

    Each storage counts once, however many operations keep it; the storages of ``parameters``
    do not count: they are there anyway.
    """

    def __init__(self, parameters: Iterable[Tensor] = ()) -> None:
        self._known = {weight.untyped_storage().data_ptr() for weight in parameters}
        self._kept: list[Tensor] = []  # alive, so that no address is used twice
        self._hooks = torch.autograd.graph.saved_tensors_hooks(self._keep, lambda kept: kept)
        self.bytes = 0

    def _keep(self, tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in self._known:
            self._known.add(storage.data_ptr())
            self._kept.append(tensor.detach())
            self.bytes += storage.nbytes()
        return tensor

    def __enter__(self) -> "SavedActivations":
        self._hooks.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._hooks.__exit__(*error)
        self._kept.clear()


def chunk_loss(
    model: CharacterModel, inputs: Tensor, targets: Tensor, state: State | None
) -> tuple[Tensor, State]:
    """Return the mean loss of one chunk (N, T) and the state after it, not detached."""
    logits, state = model(inputs, state)
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten()), state


def bytes_a_step(settings: LanguageSettings, streams: int) -> int:
    """Return the bytes that one time step of the written-out vanilla RNN keeps, by hand.

    For each stream: the embedding (D), the state (H) and its copy that the linear layer reads
    (H), the log-probabilities (V), 4 bytes each; the character and its target, 8 bytes each.
    """
    floats = settings.embedding + 2 * settings.hidden + settings.vocabulary
    return streams * (4 * floats + 2 * 8)


@dataclass(frozen=True)
class SavedMemory:
    """lengths (L,); measured (L,) saved bytes of one chunk; a_step: bytes a step, by hand."""

    lengths: np.ndarray
    measured: np.ndarray
    a_step: int

    def line(self) -> tuple[float, float]:
        """Return the slope (bytes a time step) and the start (bytes) of the best line."""
        slope, start = np.polyfit(self.lengths, self.measured, 1)
        return float(slope), float(start)


def saved_memory(
    ids: Tensor, lengths: Sequence[int] = LENGTHS, *, streams: int = 32, seed: int = 0
) -> SavedMemory:
    """Measure the bytes that one chunk of a text (C,) keeps, for each chunk length.

    The model is `PLAIN`, written out. Raises ValueError for a length below 1, and as `chunks`
    does for a chunk longer than the text.
    """
    model = CharacterModel(PLAIN, built_in=False, seed=seed)
    measured = []
    for length in check_lengths(lengths):
        # Copies: a slice of an int64 text would count as the whole text.
        inputs, targets = (part.clone() for part in next(chunks(ids, streams, length)))
        with SavedActivations(model.parameters()) as saved:
            chunk_loss(model, inputs, targets, None)
        measured.append(saved.bytes)
    return SavedMemory(np.array(lengths), np.array(measured), bytes_a_step(PLAIN, streams))


@dataclass(frozen=True)
class DetachCost:
    """K chunks in a row, with and without detach. bytes: what is kept after each chunk;

    seconds: of each backward pass, the shortest of some repetitions. Arrays (K,) by name.
    """

    bytes: dict[str, np.ndarray]
    seconds: dict[str, np.ndarray]


def cost_of_no_detach(
    ids: Tensor, count: int = 8, *, length: int = 32, streams: int = 32, repetitions: int = 3
) -> DetachCost:
    """Measure what ``count`` chunks cost when the state is detached, and when it is not.

    Without detach the graph of all chunks must be kept (``retain_graph=True``). The weights do
    not change: an update would make that old graph useless. Raises ValueError as `chunks` does.
    """
    names = {"detach": True, "no detach": False}
    runs = {
        name: [_chunks_in_a_row(ids, count, length, streams, cut) for _ in range(repetitions)]
        for name, cut in names.items()
    }
    kept = {name: np.array(found[0][0]) for name, found in runs.items()}
    spent = {name: np.min([one[1] for one in found], axis=0) for name, found in runs.items()}
    return DetachCost(kept, spent)


def _chunks_in_a_row(
    ids: Tensor, count: int, length: int, streams: int, cut: bool
) -> tuple[list[int], list[float]]:
    """Return the bytes kept after each chunk, and the seconds of each backward pass."""
    model, state = CharacterModel(PLAIN, built_in=False), None
    parts = chunks(ids, streams, length)
    kept, seconds, before = [], [], 0
    for _ in range(_check_count("count", count)):
        inputs, targets = (part.clone() for part in next(parts))
        with SavedActivations(model.parameters()) as saved:
            loss, state = chunk_loss(model, inputs, targets, state)
        began = time.perf_counter()
        loss.backward(retain_graph=not cut)
        seconds.append(time.perf_counter() - began)
        kept.append(before + saved.bytes)
        state, before = (detached(state), 0) if cut else (state, kept[-1])
    return kept, seconds


# reach


def reach(model: CharacterModel, ids: Tensor, length: int) -> np.ndarray:
    """Return ‖∂L_T/∂x_t‖ for every t (T,), float64: the mean over N texts ids (N, T + 1).

    L_T is the loss of the last character, x_t the embedding at step t. The state is carried and
    detached after each chunk of ``length``; the last chunk ends at T. Beyond it: exactly 0.
    """
    (length,) = check_lengths([length])
    inputs, target = ids[:, :-1].long(), ids[:, -1].long()
    x = model.embedding(inputs).detach().requires_grad_()  # (N, T, D)
    steps, state = x.shape[1], None
    first = steps % length or length  # a short chunk stands first, so that the last is whole
    borders = [0, *range(first, steps + 1, length)]
    for begin, end in itertools.pairwise(borders):
        hidden, state = model.recurrent(x[:, begin:end], detached(state))
    F.cross_entropy(model.head(hidden[:, -1]), target, reduction="sum").backward()
    return x.grad.double().norm(dim=2).mean(dim=0).numpy()


@dataclass(frozen=True)
class Reach:
    """lengths (L,); norms (L, S, T): ‖∂L_T/∂x_t‖ of S trained models for each chunk length."""

    lengths: np.ndarray
    norms: np.ndarray


def reaches(
    models: Sequence[CharacterModel],
    ids: Tensor,
    lengths: Sequence[int] = LENGTHS,
    *,
    steps: int = 256,
    texts: int = 32,
) -> Reach:
    """Measure `reach` of each model on ``texts`` places of a text (C,), for each chunk length.

    Raises ValueError for a text that is too short or a length below 1.
    """
    each = (len(ids) - 1) // _check_count("texts", texts)
    if each < _check_count("steps", steps):
        raise ValueError(TEXT["longest"].format(have=each, want=steps))
    rows = torch.stack([ids[n * each : n * each + steps + 1] for n in range(texts)])
    norms = [[reach(model, rows, length) for model in models] for length in check_lengths(lengths)]
    return Reach(np.array(lengths), np.array(norms))


# validation loss


@dataclass(frozen=True)
class ChunkComparison:
    """Training with chunk lengths (L,) at equal characters and updates, over S seeds.

    curves: mode ("carried", "reset") -> (L, S, E), held-out loss in nats a character after
    characters (E,). Each mode reads as it was trained: carried on, or reset every T characters.
    final: mode -> (L, S), the last of the curves; "reset, read on" was trained with a reset
    state and reads with a carried one. seconds: (L, S) of the updates with a carried
    state. streams (L,). models: trained with a carried state, by chunk length, one a seed.
    """

    lengths: np.ndarray
    streams: np.ndarray
    characters: np.ndarray
    curves: dict[str, np.ndarray]
    final: dict[str, np.ndarray]
    seconds: np.ndarray
    models: dict[int, list[CharacterModel]]

    def gain(self) -> np.ndarray:
        """Return by how much carrying lowers the loss (L, S): each mode reads as it trained."""
        return self.final["reset"] - self.final["carried"]


@dataclass(frozen=True)
class _Run:
    curve: np.ndarray
    read_on: float
    seconds: float
    model: CharacterModel


def compare_chunks(
    code: Code,
    lengths: Sequence[int] = LENGTHS,
    *,
    seeds: int = 3,
    updates: int = 200,
    evaluations: int = 4,
    text: int = 400_000,
    validation: int = 32_000,
    on_progress: Callable[[int, int], None] | None = None,
) -> ChunkComparison:
    """Train the LSTM `TRAINED` with each chunk length, the state carried and reset.

    An update always reads 2,048 characters: chunk length T goes with 2048 / T streams. So all
    runs have equal characters and equal updates. Validation files are never trained on.
    Each core trains one run at a time. Raises ValueError for a length below 1 or too long.
    """
    lengths = check_lengths(lengths)
    train, held_out = code.train.sample(text).ids, code.validation.sample(validation).ids
    plans = [(T, carry, seed) for T in lengths for carry in (True, False) for seed in range(seeds)]
    jobs = [_prepared(train, held_out, *plan) for plan in plans]  # torch's seed is not for threads
    at = np.linspace(0, updates, evaluations + 1).round().astype(int)[1:]
    found: list[_Run] = []
    with (
        one_thread(),
        ThreadPoolExecutor(granted_cores(), initializer=partial(torch.set_num_threads, 1)) as pool,
    ):
        for run in pool.map(lambda job: _trained(*job, held_out, at), jobs):
            found.append(run)
            if on_progress:
                on_progress(len(found), len(plans))
    return _collected(found, lengths, seeds, at)


def _prepared(
    train: Tensor, held_out: Tensor, length: int, carry: bool, seed: int
) -> tuple[TruncatedBackpropagation, int]:
    model = CharacterModel(TRAINED, seed=seed)
    streams = max(1, CHARACTERS // length)
    chunks(held_out, 32, length)  # says now, not after the training, that a chunk is too long
    run = TruncatedBackpropagation(
        model, train, streams=streams, chunk=length, carry=carry, seed=seed
    )
    return run, length


def _trained(run: TruncatedBackpropagation, length: int, held_out: Tensor, at: np.ndarray) -> _Run:
    """Train one run to its end; the rate falls in a straight line. Evaluate after each ``at``."""
    curve, seconds = [], 0.0
    for end in at:
        began = time.perf_counter()
        while run.steps < end:
            run.update(RATE * (1 - run.steps / at[-1]))
        seconds += time.perf_counter() - began
        curve.append(language_loss(run.model, held_out, streams=32, chunk=length, carry=run.carry))
    read_on = language_loss(run.model, held_out, streams=32, chunk=length)
    return _Run(np.array(curve), read_on, seconds, run.model)


def _collected(
    found: Sequence[_Run], lengths: tuple[int, ...], seeds: int, at: np.ndarray
) -> ChunkComparison:
    """Return the runs, which stand in the order length, mode, seed, as arrays."""
    shape = (len(lengths), 2, seeds)
    curves = np.array([run.curve for run in found]).reshape(*shape, -1)
    read_on, seconds = (
        np.array([getattr(run, name) for run in found]).reshape(shape)
        for name in ("read_on", "seconds")
    )
    models = {
        length: [run.model for run in found[2 * seeds * place :][:seeds]]
        for place, length in enumerate(lengths)
    }
    both = dict(zip(MODES, (curves[:, 0], curves[:, 1]), strict=True))
    final = {mode: rows[:, :, -1] for mode, rows in both.items()} | {READ_ON: read_on[:, 1]}
    streams = np.array([max(1, CHARACTERS // length) for length in lengths])
    return ChunkComparison(
        np.array(lengths), streams, at * CHARACTERS, both, final, seconds[:, 0], models
    )
