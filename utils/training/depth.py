"""Recurrent networks of several depths and of two kinds, for a race on characters (Lecture 12).

Every network gets nearly as many parameters as a network of one layer, so its width falls with
its depth. `racers` gives one `Racer` each; `utils.training.race` finds the updates that fit into
equal time, or lets all do equally many, and lets them run.
"""

from collections.abc import Sequence

from torch import Tensor

from utils.datasets.characters import Vocabulary
from utils.models.language import CharacterModel, LanguageSettings
from utils.training.race import Racer
from utils.training.transformer_races import CharacterRun

DEPTHS = (1, 2, 3, 5)
EMBEDDING, HIDDEN = 32, 128  # of the network with one layer
GATES = {"rnn": 1, "gru": 3, "lstm": 4}
TEXT = {
    "cell": "There is no cell {cell!r}. Choose one of: {known}.",
    "size": "{name} must be a whole number, at least 1, not {value!r}.",
    "one": "{name}, 1 layer",
    "more": "{name}, {layers} layers",
}


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


def racers(
    vocabulary: Vocabulary,
    train: Tensor,
    validation: Tensor,
    *,
    rate: float,
    steps: int = 1,
    depths: Sequence[int] = DEPTHS,
    cell: str = "lstm",
) -> list[Racer]:
    """Return a racer for each depth, all of nearly one size; train (C,) and validation (C',)."""
    return [_racer(vocabulary, train, validation, rate, steps, layers, cell) for layers in depths]


def _racer(
    vocabulary: Vocabulary,
    train: Tensor,
    validation: Tensor,
    rate: float,
    steps: int,
    layers: int,
    cell: str,
) -> Racer:
    settings = LanguageSettings(
        vocabulary=len(vocabulary),
        embedding=EMBEDDING,
        hidden=equal_width(len(vocabulary), layers, cell),
        layers=layers,
        cell=cell,
    )

    def begin(seed: int) -> CharacterRun:
        return CharacterRun(CharacterModel(settings, seed=seed), train, validation, seed)

    text = TEXT["one" if layers == 1 else "more"]
    return Racer(text.format(name=cell.upper(), layers=layers), begin, rate, steps)
