"""A character language model: embedding, recurrent layers, a linear layer (Lecture 12).

It reads characters as numbers and gives, at every time step, a logit for each character that
could come next. Source of the idea: Karpathy, "The Unreasonable Effectiveness of Recurrent
Neural Networks" (2015).
"""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from utils.models.recurrent import GRU, LSTM, RNN

BUILT_IN = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
WRITTEN_OUT = {"rnn": RNN, "lstm": LSTM, "gru": GRU}
TEXT = {
    "cell": "There is no cell {value!r}. Choose one of: {names}.",
    "size": "{name} must be a whole number, at least 1, not {value!r}.",
    "empty": "There is no text. Give at least one character.",
    "ids": "Characters enter as whole numbers of shape (N, T), not {given}.",
    "unknown": "The model knows the characters 0 to {last}, not {value}.",
    "dropout": "Dropout must lie from 0 up to, but not including, 1, not {value!r}.",
}

State = Tensor | tuple[Tensor, Tensor]


@dataclass(frozen=True)
class LanguageSettings:
    """What fixes the shape of a language model.

    vocabulary: number of characters V. embedding: D. hidden: H. cell: rnn, lstm or gru.
    dropout: share of hidden states set to 0 in training, above each recurrent layer.
    """

    vocabulary: int
    embedding: int = 64
    hidden: int = 256
    layers: int = 1
    cell: str = "lstm"
    dropout: float = 0.0

    def __post_init__(self) -> None:
        for name in ("vocabulary", "embedding", "hidden", "layers"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ValueError(TEXT["size"].format(name=name, value=value))
        if self.cell not in BUILT_IN:
            names = ", ".join(BUILT_IN)
            raise ValueError(TEXT["cell"].format(value=self.cell, names=names))
        if not 0 <= self.dropout < 1:
            raise ValueError(TEXT["dropout"].format(value=self.dropout))


class CharacterModel(nn.Module):
    """Characters (N, T) -> logits of the next character (N, T, V) and the state to carry on.

    ``built_in=True`` uses PyTorch's fast kernels, False the layers of `utils.models.recurrent`.
    ``seed`` fixes the weights. An LSTM's forget gates begin with a bias of 1, so that the cell
    state lasts from the start (Jozefowicz et al., 2015).
    """

    def __init__(self, settings: LanguageSettings, *, built_in: bool = True, seed: int = 0) -> None:
        super().__init__()
        self.settings = settings
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.embedding = nn.Embedding(settings.vocabulary, settings.embedding)
            self.recurrent = self._recurrent(built_in)
            self.dropout = nn.Dropout(settings.dropout)
            self.head = nn.Linear(settings.hidden, settings.vocabulary)
        if settings.cell == "lstm":
            self.raise_forget_bias(1.0)

    def _recurrent(self, built_in: bool) -> nn.Module:
        own = self.settings
        sizes = (own.embedding, own.hidden, own.layers)
        if not built_in:
            return WRITTEN_OUT[own.cell](*sizes)
        between = own.dropout if own.layers > 1 else 0.0
        return BUILT_IN[own.cell](*sizes, batch_first=True, dropout=between)

    def raise_forget_bias(self, amount: float) -> None:
        """Add ``amount`` to the forget gates' bias of every layer of an LSTM."""
        hidden = self.settings.hidden
        with torch.no_grad():
            for name, weight in self.recurrent.named_parameters():
                if name.startswith("bias_ih") or name.endswith(".b"):
                    weight[hidden : 2 * hidden] += amount

    def forward(self, ids: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Return the logits (N, T, V) and the last state, for ids (N, T) int64.

        Raises ValueError for an empty text and for numbers that stand for no character.
        """
        hidden, state = self.recurrent(self._embedded(ids), state)  # (N, T, H)
        return self.head(self.dropout(hidden)), state

    def _embedded(self, ids: Tensor) -> Tensor:
        """Return the embedding (N, T, D) of each character."""
        if not isinstance(ids, Tensor) or ids.dtype not in (torch.int32, torch.int64):
            given = ids.dtype if isinstance(ids, Tensor) else type(ids).__name__
            raise ValueError(TEXT["ids"].format(given=given))
        if ids.dim() != 2:
            raise ValueError(TEXT["ids"].format(given=tuple(ids.shape)))
        if not ids.numel():
            raise ValueError(TEXT["empty"])
        try:
            return self.embedding(ids)
        except IndexError:  # asked only then: a look at all ids costs time at every step
            last = self.embedding.num_embeddings - 1
            wrong = ids[(ids < 0) | (ids > last)][0]
            raise ValueError(TEXT["unknown"].format(last=last, value=int(wrong))) from None

    def about(self) -> dict:
        """Return the settings as plain values, from which the same model can be made again."""
        return asdict(self.settings)


def parameters_of(model: nn.Module) -> int:
    """Return the number of parameters."""
    return sum(weight.numel() for weight in model.parameters())


def detached(state: State | None) -> State | None:
    """Return the same state, cut from the graph: no gradient flows further back."""
    if state is None or isinstance(state, Tensor):
        return None if state is None else state.detach()
    return tuple(part.detach() for part in state)
