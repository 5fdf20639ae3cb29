"""An encoder and a decoder with attention: a new context for every word (Lecture 13).

Before each word the decoder compares its state with all states of the encoder, turns the scores
into weights, and reads the weighted mean of the states next to its last word. Nobody tells it
where to look: the weights are differentiable, so the words alone train them. Letters: N batch,
S source words, T target words, D embedding, H hidden size, V target tokens.

Sources: Bahdanau, Cho and Bengio, "Neural Machine Translation by Jointly Learning to Align and
Translate" (2015), for the model and additive scores; Luong, Pham and Manning, "Effective
Approaches to Attention-based Neural Machine Translation" (2015), for dot products as scores;
Vaswani et al., "Attention Is All You Need" (2017), for their scale.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from utils.models.attention import additive_scores, attend, dot_scores, scaled_scores
from utils.models.language import State
from utils.models.seq2seq import (
    Decoder,
    Encoded,
    SequenceToSequence,
    TranslationSettings,
)

CELLS: dict[str, type[nn.RNNCellBase]] = {"rnn": nn.RNNCell, "lstm": nn.LSTMCell, "gru": nn.GRUCell}
SCORES: dict[str, Callable[[Tensor, Tensor], Tensor] | None] = {
    "dot": dot_scores,
    "scaled": scaled_scores,
    "additive": None,  # has weights of its own
}
STARTS = ("last", "learned")
TEXT = {"choice": "There is no {name} {value!r}. Choose one of: {names}."}


@dataclass(frozen=True)
class AttentionSettings(TranslationSettings):
    """What fixes the shape of a translator with attention.

    score: dot, scaled or additive. start: the decoder's first state is the encoder's last one, or
    a learned one, the same for every sentence; then all that it knows comes through attention.
    """

    score: str = "scaled"
    start: str = "learned"

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, choices in (("score", tuple(SCORES)), ("start", STARTS)):
            if getattr(self, name) not in choices:
                fields = {"name": name, "value": getattr(self, name), "names": ", ".join(choices)}
                raise ValueError(TEXT["choice"].format(**fields))


class AdditiveScore(nn.Module):
    """`additive_scores` with its weights: Wq (H, H), Wk (H, H), v (H,)."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        reach = hidden**-0.5
        self.Wq, self.Wk, self.v = (
            nn.Parameter(torch.empty(shape).uniform_(-reach, reach))
            for shape in ((hidden, hidden), (hidden, hidden), (hidden,))
        )

    def forward(self, query: Tensor, key: Tensor) -> Tensor:
        return additive_scores(query, key, self.Wq, self.Wk, self.v)


class AttentionDecoder(Decoder):
    """`Encoded` -> target words, with a look at all states of the encoder before every word."""

    def __init__(self, settings: AttentionSettings) -> None:
        super().__init__(settings)
        sizes = (settings.embedding + settings.hidden, settings.hidden)
        self.recurrent = CELLS[settings.cell](*sizes)
        self.score = SCORES[settings.score] or AdditiveScore(settings.hidden)
        self.start = None
        if settings.start == "learned":
            # Not 0: a query of zeros has a score of 0 with every key.
            self.start = nn.Parameter(0.5 * torch.randn(settings.hidden))

    def begin(self, encoded: Encoded) -> State:
        """Return the state before the first word; a learned one has an empty cell."""
        if self.start is None:
            return encoded.last
        start = self.start.expand(1, len(encoded.states), -1)
        return start if isinstance(encoded.last, Tensor) else (start, torch.zeros_like(start))

    def look(self, state: State, encoded: Encoded) -> tuple[Tensor, Tensor]:
        """Return the context (N, H) and the weights (N, S) of a state: where it looks next."""
        hidden = state if isinstance(state, Tensor) else state[0]  # (1, N, H)
        scores = self.score(hidden.transpose(0, 1), encoded.states)  # (N, 1, S)
        context, weights = attend(scores, encoded.states, encoded.mask[:, None])
        return context[:, 0], weights[:, 0]

    def step(self, words: Tensor, state: State, encoded: Encoded) -> tuple[Tensor, State]:
        """Return the logits of the next word (N, V) and the state, after reading words (N,)."""
        state, _ = self._advance(self.embedding(words), state, encoded)
        return self.head(_hidden(state)), state

    def _advance(
        self, embedded: Tensor, state: State, encoded: Encoded
    ) -> tuple[State, tuple[Tensor, Tensor]]:
        """Read one embedded word (N, D) and the context; return the state and what was seen."""
        context, weights = self.look(state, encoded)
        own = state[0] if isinstance(state, Tensor) else tuple(part[0] for part in state)
        new = self.recurrent(torch.cat([embedded, context], dim=-1), own)
        kept = new[None] if isinstance(new, Tensor) else tuple(part[None] for part in new)
        return kept, (context, weights)

    def forward(self, inputs: Tensor, encoded: Encoded) -> Tensor:
        """Return the logits (N, T, V) after each of the given words (N, T)."""
        return self.read(inputs, encoded)[0]

    def read(self, inputs: Tensor, encoded: Encoded) -> tuple[Tensor, Tensor]:
        """Return the logits (N, T, V) and the weights (N, T, S) at each of the words (N, T)."""
        state, hidden, weights = self.begin(encoded), [], []
        for embedded in self.embedding(inputs).unbind(1):
            state, (_, seen) = self._advance(embedded, state, encoded)
            hidden.append(_hidden(state))
            weights.append(seen)
        return self.head(torch.stack(hidden, dim=1)), torch.stack(weights, dim=1)


def _hidden(state: State) -> Tensor:
    """Return the hidden state (N, H)."""
    return state[0] if isinstance(state, Tensor) else state[0][0]


def new_translator(settings: TranslationSettings, seed: int = 0) -> SequenceToSequence:
    """Return the model of some settings: with attention for `AttentionSettings`, else without."""
    if isinstance(settings, AttentionSettings):
        return AttentionTranslator(settings, seed=seed)
    return SequenceToSequence(settings, seed=seed)


class AttentionTranslator(SequenceToSequence):
    """An encoder and a decoder with attention. ``seed`` fixes the weights."""

    def __init__(self, settings: AttentionSettings, *, seed: int = 0) -> None:
        super().__init__(settings, decoder=AttentionDecoder, seed=seed)

    def weights(self, source: Tensor, lengths: Tensor | None, inputs: Tensor) -> Tensor:
        """Return the weights (N, T, S) where the decoder reads the true words (N, T)."""
        return self.decoder.read(inputs, self.encoder(source, lengths))[1]

    @torch.no_grad()
    def translate(self, source: Tensor, limit: int = 60) -> tuple[Tensor, Tensor]:
        """Return what it writes for one source (S,): words (T,) and weights (T, S), END included.

        ValueError for a limit below 1, as in `greedy`.
        """
        words = self.greedy(source[None], limit=limit)  # (1, T), END last if it was reached
        inputs = torch.cat([self._start(source[None])[:, None], words[:, :-1]], dim=1)
        return words[0], self.weights(source[None], None, inputs)[0]
