"""What is lost without one hidden unit: its cell state is kept at 0, and the loss is compared.

A unit that tells where strings are should cost most inside strings. Units drawn at random say
how much any unit costs. Source: Meyes et al., "Ablation Studies in Artificial Neural Networks"
(2019).
"""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from utils.analysis.hidden_units import SIDE_BY_SIDE, kept_units, read_part
from utils.datasets.code import VOCABULARY, CodePart
from utils.datasets.code_truth import PROPERTIES
from utils.models.language import CharacterModel

TEXT = {
    "property": "There is no property {value!r}. Choose one of: {names}.",
    "none": "Give at least one unit to switch off.",
    "random": "Compare with 1 to {most} random units, not {value!r}.",
    "unmeasured": "Unit {value!r} was not switched off here; these were: {units}.",
    "lengths": "Give lengths of lines that grow, from 1, such as (1, 20, 40), not {value!r}.",
    "lines": "No line of {length} characters ends in this text. Take more text or other lengths.",
}
LENGTHS = (1, 20, 40, 60)  # characters in a line, from which each group of lines begins


@dataclass(frozen=True)
class Ablation:
    """The rise of the loss, in nats a character, without one unit, on F files.

    name: the property; unit: the unit switched off. inside, outside: mean rise over the
    characters where the property holds and where it does not; the loss at a character is that on
    the next one, so the end of a string counts as inside. difference: inside minus outside,
    with its 90 % band low, high over files drawn again with replacement.
    random_units: (R,) others, each switched off alone; random_inside, random_outside: (R,).
    """

    name: str
    unit: int
    inside: float
    outside: float
    difference: float
    low: float
    high: float
    random_units: np.ndarray
    random_inside: np.ndarray
    random_outside: np.ndarray


@dataclass(frozen=True)
class LineEnds:
    """The rise of the loss, in nats, at the ends of lines, without one unit.

    lengths: (B,) the shortest line of each group; a group ends where the next begins. count:
    (B,) lines. rise: (B,) mean rise of the loss on the newline that ends them, with its 90 % band
    low, high (B,) over files drawn again with replacement. random_rise: (R, B) without each of R
    random units.
    """

    unit: int
    lengths: np.ndarray
    count: np.ndarray
    rise: np.ndarray
    low: np.ndarray
    high: np.ndarray
    random_rise: np.ndarray


@dataclass(frozen=True)
class Rises:
    """The rise of the loss at each of C characters without one unit, for U units and R random ones.

    units: (U,) and random_units: (R,), each switched off alone. rise: float32 (U, C) and
    random_rise: (R, C), in nats; the loss at a character is that on the next one, NaN at the last
    of a file.
    """

    part: CodePart
    units: np.ndarray
    rise: np.ndarray
    random_units: np.ndarray
    random_rise: np.ndarray

    def inside(self, name: str, unit: int) -> Ablation:
        """Compare the rise inside a property and outside. ValueError for an unknown one."""
        _check_property(name)
        rise, inside = self._of(unit), getattr(self.part.truth, name)
        # The last character of a file has no next one to lose.
        own = [float(np.nanmean(rise[where])) for where in (inside, ~inside)]
        theirs = [np.nanmean(self.random_rise[:, where], axis=1) for where in (inside, ~inside)]
        inner, outer = (_drawn_means(rise, w, self.part.starts) for w in (inside, ~inside))
        low, high = _band(inner - outer)
        return Ablation(name, unit, *own, own[0] - own[1], low, high, self.random_units, *theirs)

    def at_line_ends(self, unit: int, lengths: Sequence[int] = LENGTHS) -> LineEnds:
        """Compare the rise where lines of different lengths end; empty lines do not count.

        Raises ValueError for lengths that do not grow, and for one that no line has.
        """
        bounds = np.asarray(lengths)
        listed = bounds.ndim == 1 and len(bounds) and bounds.dtype.kind in "iu"
        if not listed or bounds[0] < 1 or (np.diff(bounds) <= 0).any():
            raise ValueError(TEXT["lengths"].format(value=lengths))
        rise, newline = self._of(unit), self.part.ids.numpy() == VOCABULARY.encode("\n").item()
        ends = np.append(newline[1:], False) & ~newline & ~np.isnan(rise)
        group = np.digitize(self.part.truth.column + 1, bounds) - 1  # the first column is 0
        where = [ends & (group == b) for b in range(len(bounds))]
        for place, own in enumerate(where):
            if not own.any():
                raise ValueError(TEXT["lines"].format(length=length_names(bounds)[place]))
        bands = [_band(_drawn_means(rise, own, self.part.starts)) for own in where]
        return LineEnds(
            unit,
            bounds,
            np.array([own.sum() for own in where]),
            np.array([rise[own].mean() for own in where]),
            *np.array(bands).T,
            np.stack([self.random_rise[:, own].mean(axis=1) for own in where], axis=1),
        )

    def _of(self, unit: int) -> np.ndarray:
        if unit not in self.units:
            names = ", ".join(map(str, self.units))
            raise ValueError(TEXT["unmeasured"].format(value=unit, units=names))
        return self.rise[list(self.units).index(unit)]


def measure_rises(
    model: CharacterModel,
    part: CodePart,
    units: Sequence[int],
    *,
    random: int = 10,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Rises:
    """Read a text without each of these units alone, and without each of ``random`` others.

    Raises ValueError for no units, one that the model does not have, and a number of random units
    that it does not have.
    """
    if not len(units):
        raise ValueError(TEXT["none"])
    own = np.array(list(dict.fromkeys(units)))
    others = _others(model, list(own), random, seed)
    rise = _rises(model, part, [*own, *others], on_progress)
    return Rises(part, own, rise[: len(own)], others, rise[len(own) :])


def ablate(
    model: CharacterModel,
    part: CodePart,
    units: Mapping[str, int] | Sequence[tuple[str, int]],
    *,
    random: int = 10,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[Ablation, ...]:
    """Switch each unit off alone, then ``random`` other units, and compare the loss.

    ``units`` names the unit of each property, or gives pairs of a property and a unit. The random
    units are the same for all of them. Raises ValueError for an unknown property or unit, and for
    a number of random units that the model does not have.
    """
    pairs = list(units.items() if isinstance(units, Mapping) else units)
    for name, _ in pairs:
        _check_property(name)
    own, more = [unit for _, unit in pairs], {"random": random, "seed": seed}
    rises = measure_rises(model, part, own, on_progress=on_progress, **more)
    return tuple(rises.inside(name, unit) for name, unit in pairs)


def extra_rises(
    model: CharacterModel, part: CodePart, name: str, units: Sequence[int]
) -> np.ndarray:
    """Return how much more the loss rises inside a property without each unit alone, (U,) nats.

    To choose, among units that tell a property, the one that the network needs for it; `ablate`
    then confirms it on other files. Raises ValueError for an unknown property or unit, and for
    no units.
    """
    _check_property(name)
    if not len(units):
        raise ValueError(TEXT["none"])
    inside = getattr(part.truth, name)
    rises = _rises(model, part, units)  # (U, C)
    return np.nanmean(rises[:, inside], axis=1) - np.nanmean(rises[:, ~inside], axis=1)


def length_names(lengths: Sequence[int]) -> list[str]:
    """Return "20 to 39" for each group of lines, and "60 or more" for the last."""
    last = [f"{length - 1}" for length in lengths[1:]]
    spans = [f"{first} to {end}" for first, end in zip(lengths, last, strict=False)]
    return [*spans, f"{lengths[-1]} or more"]


def _check_property(name: str) -> None:
    if name not in PROPERTIES:
        raise ValueError(TEXT["property"].format(value=name, names=", ".join(PROPERTIES)))


def _rises(
    model: CharacterModel,
    part: CodePart,
    units: Sequence[int],
    on_progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """Return the rise of the loss at each character without each unit alone, (U, C)."""
    losses = []
    for off in ([], *([int(unit)] for unit in units)):
        losses.append(read_losses(model, part, off))
        if on_progress:
            on_progress(len(losses), 1 + len(units))
    return np.stack(losses[1:]) - losses[0]


def read_losses(model: CharacterModel, part: CodePart, ablate: Sequence[int] = ()) -> np.ndarray:
    """Return `read_part`'s loss on the next character, float32 (C,), without keeping the states.

    PyTorch's own LSTM is some times faster. It has no switch for a unit, but a closed input gate
    is one: what starts at 0 and is never written to stays 0.
    """
    if not isinstance(model.recurrent, nn.LSTM):
        return read_part(model, part, ablate).loss
    closed = _closed(model, ablate)
    files = [part.ids[a:b].long() for a, b in pairwise(part.starts)]
    order = sorted(range(len(files)), key=lambda f: len(files[f]))
    found: dict[int, np.ndarray] = {}
    for first in range(0, len(order), SIDE_BY_SIDE):
        batch = order[first : first + SIDE_BY_SIDE]
        found |= zip(batch, _padded_losses(closed, [files[f] for f in batch]), strict=True)
    return np.concatenate([found[f] for f in range(len(files))])


def _closed(model: CharacterModel, ablate: Sequence[int]) -> CharacterModel:
    """Return a copy of the model in which the input gates of these units are always closed."""
    closed, keep = deepcopy(model).eval(), kept_units(model, ablate)
    with torch.no_grad():
        for layer, row in enumerate(keep):
            off = torch.nonzero(row == 0).flatten()
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                # The input gate's rows come first in PyTorch's order i, f, g, o.
                shut = -1e4 if name == "bias_ih" else 0.0
                getattr(closed.recurrent, f"{name}_l{layer}")[off] = shut
    return closed


@torch.no_grad()
def _padded_losses(model: CharacterModel, files: Sequence[torch.Tensor]) -> list[np.ndarray]:
    """Return the losses of files (C_f,) read side by side, NaN at each file's last character."""
    ids = nn.utils.rnn.pad_sequence(list(files), batch_first=True)  # (N, T)
    logits, _ = model(ids)
    losses = F.cross_entropy(logits[:, :-1].transpose(1, 2), ids[:, 1:], reduction="none")
    losses = F.pad(losses, (0, 1), value=torch.nan)
    for row, file in enumerate(files):
        losses[row, len(file) - 1] = torch.nan
    return [losses[row, : len(file)].numpy() for row, file in enumerate(files)]


def _others(model: CharacterModel, chosen: list[int], count: int, seed: int) -> np.ndarray:
    """Return units drawn without replacement, none of the chosen among them."""
    units = np.arange(model.settings.layers * model.settings.hidden)
    units = units[~np.isin(units, chosen)]
    if not 1 <= count <= len(units):
        raise ValueError(TEXT["random"].format(most=len(units), value=count))
    return np.random.default_rng(seed).choice(units, count, replace=False)


def _band(means: np.ndarray) -> tuple[float, float]:
    """Return the 5th and 95th percentile of what the files drawn again give; NaN does not count."""
    low, high = np.nanpercentile(means, [5, 95])
    return float(low), float(high)


def _drawn_means(
    rise: np.ndarray, where: np.ndarray, starts: np.ndarray, draws: int = 500
) -> np.ndarray:
    """Return the mean rise at places, (draws,), over files drawn again, the same at each call.

    NaN where the drawn files have no such place.
    """
    where = where & ~np.isnan(rise)
    files = [slice(a, b) for a, b in pairwise(starts)]
    sums = np.array([(rise[f][where[f]].sum(), where[f].sum()) for f in files])  # (F, 2)
    drawn = np.random.default_rng(0).integers(len(sums), size=(draws, len(sums)))
    rises, counts = sums[drawn].sum(axis=1).T  # (draws,) each
    return np.divide(rises, counts, out=np.full(draws, np.nan), where=counts > 0)
