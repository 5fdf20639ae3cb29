"""Recurrent networks of several depths and of two kinds, for a race on characters (Lecture 12).

Every network gets nearly as many parameters as a network of one layer, so its width falls with
its depth. `racers` gives one `Racer` each; `utils.training.race` finds the updates that fit into
equal time, or lets all do equally many, and lets them run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from utils.datasets.characters import Vocabulary
from utils.models.language import CharacterModel, LanguageSettings
from utils.training.race import Racer
from utils.training.transformer_races import CharacterRun

EMBEDDING, HIDDEN = 32, 128  # of the network with one layer
GATES = {"rnn": 1, "gru": 3, "lstm": 4}
TEXT = {
    "cell": "There is no cell {cell!r}. Choose one of: {known}.",
    "size": "{name} must be a whole number, at least 1, not {value!r}.",
    "one": "{name}, 1 layer",
    "more": "{name}, {layers} layers",
    "residual": "{name}, {layers} layers, residual",
    "bias": "forget bias {bias:g}",
}


@dataclass(frozen=True)
class Kind:
    """One kind of network: its cell, its layers, and whether its layers are residual.

    forget_bias: what is added to PyTorch's small random biases of an LSTM's forget gates.
    """

    cell: str = "lstm"
    layers: int = 1
    residual: bool = False
    forget_bias: float = 1.0

    @property
    def name(self) -> str:
        """What the kind is called in a picture."""
        if self.forget_bias != 1:
            return TEXT["bias"].format(bias=self.forget_bias)
        text = TEXT["residual" if self.residual else "one" if self.layers == 1 else "more"]
        return text.format(name=self.cell.upper(), layers=self.layers)


DEPTHS = tuple(Kind(layers=layers) for layers in (1, 2, 3, 5))
RESIDUAL, GRU = Kind(layers=5, residual=True), Kind("gru")
FORGET_BIASES = tuple(Kind(forget_bias=float(bias)) for bias in (-2, 0, 1, 4))
# Peaks of the learning rate that did best in trials of 10 and 17 seconds on validation data, of
# 3e-3, 6e-3, 8e-3, 1.2e-2 and 1.6e-2. Five plain layers need the largest one.
RATES = dict.fromkeys((*DEPTHS, RESIDUAL, GRU, *FORGET_BIASES), 8e-3) | {DEPTHS[-1]: 1.6e-2}


def parameter_count(vocabulary: int, hidden: int, layers: int, cell: str = "lstm") -> int:
    """Return the number of parameters of a character model with V symbols and H units a layer.

    ValueError for an unknown cell and for a size below 1.
    """
    if cell not in GATES:
        raise ValueError(TEXT["cell"].format(cell=cell, known=", ".join(GATES)))
    for name, value in {"vocabulary": vocabulary, "hidden": hidden, "layers": layers}.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(TEXT["size"].format(name=name, value=value))
    inputs = EMBEDDING + (layers - 1) * hidden  # of all layers together
    recurrent = GATES[cell] * hidden * (inputs + layers * (hidden + 2))  # PyTorch has two biases
    return vocabulary * EMBEDDING + recurrent + (hidden + 1) * vocabulary


def equal_width(vocabulary: int, layers: int, cell: str = "lstm") -> int:
    """Return the width whose model is nearest in size to the LSTM with one layer of `HIDDEN`."""
    wanted = parameter_count(vocabulary, HIDDEN, 1)

    def distance(hidden: int) -> int:
        return abs(parameter_count(vocabulary, hidden, layers, cell) - wanted)

    return min(range(1, 4 * HIDDEN), key=distance)


class ResidualStack(nn.Module):
    """The layers of an `nn.LSTM`, each but the first with a residual connection: x + layer(x).

    ``forward(x, state)`` takes and returns what `nn.LSTM` with ``batch_first=True`` does.
    """

    def __init__(self, layers: nn.LSTM) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_one_layer(layers, k) for k in range(layers.num_layers))

    @property
    def num_layers(self) -> int:
        """The number of layers."""
        return len(self.layers)

    def forward(
        self, x: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        last = []
        for k, layer in enumerate(self.layers):
            own = None if state is None else (state[0][k : k + 1], state[1][k : k + 1])
            found, own = layer(x, own)
            x = x + found if k else found
            last.append(own)
        h, c = (torch.cat(part) for part in zip(*last, strict=True))
        return x, (h, c)


def _one_layer(layers: nn.LSTM, k: int) -> nn.LSTM:
    """Return layer k as a network of its own, with the same weights."""
    weights = [name for name, _ in layers.named_parameters() if name.endswith(f"_l{k}")]
    first = getattr(layers, f"weight_ih_l{k}")
    own = nn.LSTM(first.shape[1], layers.hidden_size, batch_first=True)
    own.load_state_dict({name[:-1] + "0": getattr(layers, name).detach() for name in weights})
    return own


def make_model(kind: Kind, vocabulary: Vocabulary, seed: int = 0) -> CharacterModel:
    """Return a fresh model of one kind, nearly as large as the LSTM with one layer."""
    settings = LanguageSettings(
        vocabulary=len(vocabulary),
        embedding=EMBEDDING,
        hidden=equal_width(len(vocabulary), kind.layers, kind.cell),
        layers=kind.layers,
        cell=kind.cell,
    )
    model = CharacterModel(settings, seed=seed)
    if kind.cell == "lstm":
        model.raise_forget_bias(kind.forget_bias - 1)  # the model has added 1 already
    if kind.residual:
        model.recurrent = ResidualStack(model.recurrent)
    return model


def racers(
    vocabulary: Vocabulary,
    train: Tensor,
    validation: Tensor,
    kinds: Sequence[Kind] = DEPTHS,
    *,
    steps: int | Sequence[int] = 1,
    rates: Mapping[Kind, float] = RATES,
) -> list[Racer]:
    """Return a racer for each kind; train (C,) and validation (C',).

    ``steps``: the number of updates of all, or of each.
    """
    each = [steps] * len(kinds) if isinstance(steps, int) else steps
    return [
        _racer(kind, vocabulary, train, validation, rates[kind], own)
        for kind, own in zip(kinds, each, strict=True)
    ]


def _racer(
    kind: Kind, vocabulary: Vocabulary, train: Tensor, validation: Tensor, rate: float, steps: int
) -> Racer:
    def begin(seed: int) -> CharacterRun:
        return CharacterRun(make_model(kind, vocabulary, seed), train, validation, seed)

    return Racer(kind.name, begin, rate, steps)
