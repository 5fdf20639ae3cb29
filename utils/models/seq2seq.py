"""Sequence to sequence: a many-to-one encoder, then a one-to-many decoder with weights of its own.

The encoder reads the source and keeps only its last state; the decoder begins with that state and
writes the target word by word (Lecture 12). What the encoder found on its way is handed over too
(`Encoded`), so that a decoder with attention can extend `Decoder` and nothing else changes.
Letters: N batch, S source words, T target words, D embedding, H hidden size, V target tokens.

Sources: Sutskever, Vinyals and Le, "Sequence to Sequence Learning with Neural Networks" (2014);
Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder" (2014).
"""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from utils.datasets.words import END, PAD, START
from utils.models.language import BUILT_IN, State

TEXT = {
    "size": "{name} must be a whole number, at least 1, not {value!r}.",
    "cell": "There is no cell {value!r}. Choose one of: {names}.",
    "source": "The source needs the shape (N, S) with at least one word, not {shape}.",
    "lengths": "Each sentence needs a length from 1 to {longest}, not {value}.",
    "limit": "Write at least 1 word, not {value!r}.",
}


@dataclass(frozen=True)
class TranslationSettings:
    """What fixes the shape of an encoder and a decoder.

    source, target: number of tokens of each vocabulary. embedding: D. hidden: H. cell: rnn, lstm
    or gru.
    """

    source: int
    target: int
    embedding: int = 64
    hidden: int = 128
    cell: str = "gru"

    def __post_init__(self) -> None:
        for name in ("source", "target", "embedding", "hidden"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ValueError(TEXT["size"].format(name=name, value=value))
        if self.cell not in BUILT_IN:
            names = ", ".join(BUILT_IN)
            raise ValueError(TEXT["cell"].format(value=self.cell, names=names))


@dataclass(frozen=True)
class Encoded:
    """What an encoder knows of N sources.

    states (N, S, H): the hidden state after each word, 0 after the end. mask (N, S): True where
    there is a word. last: the state after the last word, (1, N, H), for an LSTM a pair (h, c).
    """

    states: Tensor
    mask: Tensor
    last: State

    def rows(self, chosen: Tensor) -> "Encoded":
        """Return some of the sources."""
        return Encoded(self.states[chosen], self.mask[chosen], pick(self.last, chosen))


def pick(state: State, chosen: Tensor) -> State:
    """Return the state of some of the sentences; the batch is the second dimension."""
    if isinstance(state, Tensor):
        return state[:, chosen]
    return tuple(part[:, chosen] for part in state)


class Encoder(nn.Module):
    """Source ids (N, S) -> `Encoded`: many to one."""

    def __init__(self, settings: TranslationSettings) -> None:
        super().__init__()
        self.embedding = nn.Embedding(settings.source, settings.embedding, padding_idx=PAD)
        sizes = (settings.embedding, settings.hidden)
        self.recurrent = BUILT_IN[settings.cell](*sizes, batch_first=True)

    def forward(self, source: Tensor, lengths: Tensor | None = None) -> Encoded:
        """Read N sources, each up to its length (N,); without lengths all are S words long.

        ValueError for an empty source or a length outside 1..S.
        """
        if source.dim() != 2 or source.shape[1] == 0:
            raise ValueError(TEXT["source"].format(shape=tuple(source.shape)))
        if lengths is None or bool((lengths == source.shape[1]).all()):
            states, last = self.recurrent(self.embedding(source))  # (N, S, H)
            return Encoded(states, torch.ones_like(source, dtype=torch.bool), last)
        return self._padded(source, lengths)

    def _padded(self, source: Tensor, lengths: Tensor) -> Encoded:
        """Read sources of different lengths; the padding never reaches a state."""
        longest = source.shape[1]
        if wrong := [n for n in lengths.tolist() if not 1 <= n <= longest]:
            raise ValueError(TEXT["lengths"].format(longest=longest, value=wrong[0]))
        packed = pack_padded_sequence(
            self.embedding(source), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        states, last = self.recurrent(packed)
        states, _ = pad_packed_sequence(states, batch_first=True, total_length=longest)
        mask = torch.arange(longest, device=source.device) < lengths.to(source.device)[:, None]
        return Encoded(states, mask, last)


class Decoder(nn.Module):
    """`Encoded` -> target words: one to many.

    `begin` gives the first state, `step` reads one word and gives the logits of the next one,
    `forward` reads a whole target at once (teacher forcing). A decoder with attention overrides
    `step` and `forward`; both see all of `Encoded`, this one looks only at its last state.
    """

    def __init__(self, settings: TranslationSettings) -> None:
        super().__init__()
        self.embedding = nn.Embedding(settings.target, settings.embedding, padding_idx=PAD)
        sizes = (settings.embedding, settings.hidden)
        self.recurrent = BUILT_IN[settings.cell](*sizes, batch_first=True)
        self.head = nn.Linear(settings.hidden, settings.target)

    def begin(self, encoded: Encoded) -> State:
        """Return the state before the first word: all that the decoder gets of the source."""
        return encoded.last

    def step(self, words: Tensor, state: State, encoded: Encoded) -> tuple[Tensor, State]:
        """Return the logits of the next word (N, V) and the state, after reading words (N,)."""
        hidden, state = self.recurrent(self.embedding(words)[:, None], state)  # (N, 1, H)
        return self.head(hidden[:, 0]), state

    def forward(self, inputs: Tensor, encoded: Encoded) -> Tensor:
        """Return the logits (N, T, V) after each of the given words (N, T)."""
        hidden, _ = self.recurrent(self.embedding(inputs), self.begin(encoded))
        return self.head(hidden)


class SequenceToSequence(nn.Module):
    """An encoder and a decoder. ``seed`` fixes the weights.

    ``shared=True`` lets both use one set of recurrent weights, to see what weights of their own
    are worth.
    """

    def __init__(
        self,
        settings: TranslationSettings,
        *,
        decoder: type[Decoder] = Decoder,
        shared: bool = False,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.settings = settings
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.encoder = Encoder(settings)
            self.decoder = decoder(settings)
        if shared:
            self.decoder.recurrent = self.encoder.recurrent

    def forward(self, source: Tensor, lengths: Tensor | None, inputs: Tensor) -> Tensor:
        """Return the logits (N, T, V) in teacher forcing: ``inputs`` (N, T) are the true words."""
        return self.decoder(inputs, self.encoder(source, lengths))

    def run_free(self, source: Tensor, lengths: Tensor | None, words: int) -> Tensor:
        """Return the logits (N, words, V) where each step reads the decoder's own last answer.

        Nothing stops it at END, so that it can be compared with, or trained like, `forward`.
        """
        encoded = self.encoder(source, lengths)
        state, last, logits = self.decoder.begin(encoded), self._start(source), []
        for _ in range(words):
            step, state = self.decoder.step(last, state, encoded)
            last = step.argmax(dim=-1)
            logits.append(step)
        return torch.stack(logits, dim=1)

    @torch.no_grad()
    def greedy(self, source: Tensor, lengths: Tensor | None = None, limit: int = 60) -> Tensor:
        """Return the most likely word of each step (N, T), up to END, then PAD.

        A sentence that is done takes no more part; one that never writes END has ``limit`` words.
        ValueError for a limit below 1.
        """
        if limit < 1:
            raise ValueError(TEXT["limit"].format(value=limit))
        encoded = self.encoder(source, lengths)
        state, words = self.decoder.begin(encoded), self._start(source)
        written = source.new_full((len(source), limit), PAD)
        active = torch.arange(len(source), device=source.device)
        for place in range(limit):
            logits, state = self.decoder.step(words, state, encoded)
            words = logits.argmax(dim=-1)
            written[active, place] = words
            going = (words != END).nonzero()[:, 0]
            if not len(going):
                return written[:, : place + 1]
            if len(going) < len(words):
                active, words = active[going], words[going]
                state, encoded = pick(state, going), encoded.rows(going)
        return written

    def _start(self, source: Tensor) -> Tensor:
        return source.new_full((len(source),), START)

    def about(self) -> dict:
        """Return the settings as plain values, from which the same model can be made again."""
        return asdict(self.settings)
