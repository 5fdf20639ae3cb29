"""What single hidden units respond to: read a network's states, score each unit, switch it off.

A unit is scored by how well its value alone tells whether a property holds, such as "inside a
string": the area under the ROC curve (AUC), which is the chance that a character inside has a
larger value than a character outside. 0.5 is chance, 1 is always. Choose units on one set of
files and report their score on another. Source: Karpathy, Johnson and Fei-Fei, "Visualizing
and Understanding Recurrent Networks" (2016); AUC from ranks: Mann and Whitney (1947).
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.datasets.code import VOCABULARY, CodePart, read_text
from utils.datasets.code_truth import PROPERTIES
from utils.models.language import CharacterModel
from utils.threads import granted_cores

SIDE_BY_SIDE = 48  # files that are read at once
STEPS_AT_ONCE = 256  # characters of each before their states are put away
TEXT = {
    "empty": "There is no text. Give at least one character.",
    "lstm": "Cell states are those of an LSTM; this model's cells are {cell!r}.",
    "unit": "A unit is a number from 0 to {last}, not {value!r}.",
    "one_sided": (
        "The property holds at {inside} of {total} characters. A score needs some inside and "
        "some outside: take more text."
    ),
    "length": "There are {states} states and {truth} values of the truth; both need the same.",
    "property": "There is no property {value!r}. Choose one of: {names}.",
    "piece": "A piece has at least 1 character, not {value!r}.",
    "count": "Ask for at least 1 context, not {value!r}.",
    "long": (
        "This text has {have:,} characters; at most {most:,} are read at once. Take a part of it."
    ),
}
LONGEST_OWN = 20_000  # characters of a reader's own text


@dataclass(frozen=True)
class Reading:
    """What an LSTM with L layers of H units did at each of C characters.

    cell: float32 (C, L·H), tanh of the cell state, -1 to 1. hidden: float32 (C, L·H), the hidden
    state. Unit u is unit u % H of layer u // H. loss: float32 (C,), nats lost on the *next*
    character; NaN at the last character of a text.
    """

    cell: np.ndarray
    hidden: np.ndarray
    loss: np.ndarray


def read_part(model: CharacterModel, part: CodePart, ablate: Sequence[int] = ()) -> Reading:
    """Read every file from the start state and return its states, files one after another.

    ``ablate`` keeps the cell state of these units at 0 all the time.
    """
    files = [part.ids[a:b] for a, b in pairwise(part.starts)]
    return read_texts(model, files, ablate)


def read_texts(
    model: CharacterModel, texts: Sequence[Tensor], ablate: Sequence[int] = ()
) -> Reading:
    """As `read_part`, for texts (C_f,) as numbers. Raises ValueError for an empty text."""
    if not texts or any(len(text) == 0 for text in texts):
        raise ValueError(TEXT["empty"])
    keep = kept_units(model, ablate)
    # Written where it stays: two copies of the states are more than a small laptop has room for.
    ends = np.cumsum([len(text) for text in texts])
    size = (int(ends[-1]), keep.numel())
    found = Reading(
        np.empty(size, np.float32), np.empty(size, np.float32), np.empty(size[0], np.float32)
    )
    # Texts of like length are read together, so that little is read in vain.
    order = sorted(range(len(texts)), key=lambda f: -len(texts[f]))
    for first in range(0, len(order), SIDE_BY_SIDE):
        batch = order[first : first + SIDE_BY_SIDE]
        begins = [int(ends[f]) - len(texts[f]) for f in batch]
        _read_batch(model, [texts[f] for f in batch], begins, keep, found)
    return found


def kept_units(model: CharacterModel, ablate: Sequence[int]) -> Tensor:
    """Return 1 for each unit that works and 0 for each that is switched off, (L, H).

    Raises ValueError for a model without cell states and for a unit that it does not have.
    """
    settings = model.settings
    if settings.cell != "lstm":
        raise ValueError(TEXT["lstm"].format(cell=settings.cell))
    keep = torch.ones(settings.layers * settings.hidden)
    for unit in ablate:
        if not 0 <= unit < len(keep):
            raise ValueError(TEXT["unit"].format(last=len(keep) - 1, value=unit))
        keep[unit] = 0
    return keep.view(settings.layers, settings.hidden)


@torch.no_grad()
def _read_batch(
    model: CharacterModel,
    texts: Sequence[Tensor],
    begins: Sequence[int],
    keep: Tensor,
    found: Reading,
) -> None:
    """Read texts side by side, the longest first, and write each into ``found`` where it begins."""
    was_training = model.training
    model.eval()
    ids = nn.utils.rnn.pad_sequence([text.long() for text in texts], batch_first=True)  # (N, T)
    active = [sum(len(text) > t for text in texts) for t in range(ids.shape[1])]
    weights, H = lstm_weights(model), keep.shape[1]
    states = [ids.new_zeros(2, len(texts), H, dtype=torch.float32) for _ in weights]  # h and c
    for start in range(0, ids.shape[1], STEPS_AT_ONCE):
        stop = min(start + STEPS_AT_ONCE, ids.shape[1])
        n = active[start]
        x = model.embedding(ids[:n, start:stop])
        cells, hiddens = [], []
        for layer, own in enumerate(weights):
            h_c = states[layer][:, :n]
            x, cell, states[layer] = _layer_states(x, h_c, active[start:stop], *own, keep[layer])
            hiddens.append(x)
            cells.append(cell)
        following = F.pad(ids[:n, start + 1 : stop + 1], (0, stop - start))[:, : stop - start]
        losses = F.cross_entropy(model.head(x).transpose(1, 2), following, reduction="none")
        parts = (torch.cat(cells, dim=-1), torch.cat(hiddens, dim=-1), losses)
        for values, part in zip((found.cell, found.hidden, found.loss), parts, strict=True):
            for row, text in enumerate(texts[:n]):
                used = min(len(text), stop) - start
                place = begins[row] + start
                values[place : place + used] = part[row, :used].numpy()
    for text, begin in zip(texts, begins, strict=True):
        found.loss[begin + len(text) - 1] = np.nan
    model.train(was_training)


def lstm_weights(model: CharacterModel) -> list[tuple[Tensor, Tensor, Tensor]]:
    """Return each layer's (Wx, Wh, b) as `utils.models.recurrent.lstm` takes them."""
    if not isinstance(model.recurrent, nn.LSTM):
        return [tuple(own) for own in model.recurrent.layer_weights()]
    found = []
    for layer in range(model.recurrent.num_layers):
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        wx, wh, bx, bh = (getattr(model.recurrent, f"{name}_l{layer}") for name in names)
        found.append((wx.T, wh.T, bx + bh))
    return found


def _layer_states(
    x: Tensor, h_c: Tensor, active: list[int], Wx: Tensor, Wh: Tensor, b: Tensor, keep: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the hidden states and tanh of the cell states, (N, T, H), of one layer, and h and c.

    x (N, T, D) goes on from the states h_c (2, N, H). ``active`` (T,) says how many texts, the
    longest first, still have a character at time t; the last states are those of these texts.
    """
    N, T, _ = x.shape
    h, c = h_c
    hidden, cells = x.new_zeros(2, N, T, len(keep))
    Wh = Wh.contiguous()
    for t, from_input in enumerate((x.transpose(0, 1) @ Wx + b).unbind(0)):
        n = active[t]
        i, f, g, o = torch.addmm(from_input[:n], h[:n], Wh).chunk(4, dim=-1)
        c = keep * (f.sigmoid() * c[:n] + i.sigmoid() * g.tanh())
        cells[:n, t] = torch.tanh(c)
        h = o.sigmoid() * cells[:n, t]
        hidden[:n, t] = h
    return hidden, cells, torch.stack([h, c])


def ranks(states: np.ndarray) -> np.ndarray:
    """Return the rank of each value among those of its unit, from 1; equal values share theirs.

    states (C, U) -> float32 (U, C): one row a unit. Do this once, then score many properties.
    """
    rows = np.ascontiguousarray(states.T)  # (U, C)
    found = np.empty(rows.shape, dtype=np.float32)
    with ThreadPoolExecutor(granted_cores()) as pool:  # NumPy sorts outside of Python's lock
        list(pool.map(_rank_row, rows, found))
    return found


def _rank_row(values: np.ndarray, place: np.ndarray) -> None:
    """Write the ranks of values (C,) into place (C,)."""
    order = _order(values)
    ordered = values[order]
    begins = np.append(0, _changes(ordered))
    ends = np.append(begins[1:], len(values))
    place[order] = np.repeat(((begins + ends + 1) / 2).astype(np.float32), ends - begins)


def _order(values: np.ndarray) -> np.ndarray:
    """Return the places of values (C,) from the smallest to the largest.

    As np.argsort, some times faster for float32: NumPy has a radix sort for 16 bits, and the bits
    of a float32, taken as a whole number, stand in the order of the values, but for the sign.
    """
    if values.dtype != np.float32:
        return np.argsort(values)
    bits = (values + np.float32(0)).view(np.uint32)  # + 0: there is only one zero
    bits = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))
    order = np.argsort(bits.astype(np.uint16), kind="stable")
    return order[np.argsort((bits >> 16).astype(np.uint16)[order], kind="stable")]


def auc(ranked: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Return each unit's AUC for a property: float64 (U,), above 0.5 if inside means larger.

    ranked (U, C) from `ranks`; inside bool (C,). Raises ValueError if nothing or everything is
    inside, or for another number of characters.
    """
    if ranked.shape[1] != len(inside):
        raise ValueError(TEXT["length"].format(states=ranked.shape[1], truth=len(inside)))
    count, total = int(inside.sum()), len(inside)
    if not 0 < count < total:
        raise ValueError(TEXT["one_sided"].format(inside=count, total=total))
    rank_sum = ranked[:, inside].sum(axis=1, dtype=np.float64)
    return (rank_sum - count * (count + 1) / 2) / (count * (total - count))


def stratified_auc(values: np.ndarray, inside: np.ndarray, groups: np.ndarray) -> float:
    """Return the AUC of one unit from pairs of the same group only.

    values, inside bool, groups whole numbers: (C,). For "is it the property, or only the place
    in the line that goes with it?": with the place as the group, it cannot be the place. Raises
    ValueError for other lengths, and if no group has some inside and some outside. Source: van
    Elteren, "On the combination of independent two-sample tests of Wilcoxon" (1960), with the
    groups weighted by their pairs.
    """
    for own in (inside, groups):
        if len(own) != len(values):
            raise ValueError(TEXT["length"].format(states=len(values), truth=len(own)))
    won = pairs = 0.0
    for places in np.split(np.argsort(groups, kind="stable"), _changes(np.sort(groups))):
        count = int(inside[places].sum())
        if 0 < count < len(places):
            own = float(auc(ranks(values[places, None]), inside[places])[0])
            won += own * count * (len(places) - count)
            pairs += count * (len(places) - count)
    if not pairs:
        raise ValueError(TEXT["one_sided"].format(inside=int(inside.sum()), total=len(inside)))
    return won / pairs


def _changes(ordered: np.ndarray) -> np.ndarray:
    """Return the places (K,) at which a value differs from the one before."""
    return np.flatnonzero(ordered[1:] != ordered[:-1]) + 1


def correlation(states: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return each unit's Pearson correlation with a number at each character: float64 (U,).

    states (C, U), values (C,). A unit or a number that never changes has correlation 0.
    """
    if len(states) != len(values):
        raise ValueError(TEXT["length"].format(states=len(states), truth=len(values)))
    centred = values - values.mean(dtype=np.float64)
    middle = states.mean(axis=0, dtype=np.float64)
    spread = np.sqrt(np.maximum(np.square(states).mean(0, dtype=np.float64) - middle**2, 0))
    together = centred.astype(np.float32) @ states / len(values)  # the mean drops out
    scale = spread * centred.std()
    return np.divide(together, scale, out=np.zeros(len(scale)), where=scale > 1e-7)


@dataclass(frozen=True)
class UnitScores:
    """How well each of U units tells each property.

    auc: by property, float64 (U,), free of sign: 0.5 to 1. sign: by property, int8 (U,), +1 if
    the unit is larger inside, else -1. depth, column: correlation with the indentation depth and
    the position in the line, float64 (U,), -1 to 1.
    """

    auc: dict[str, np.ndarray]
    sign: dict[str, np.ndarray]
    depth: np.ndarray
    column: np.ndarray

    def best(self, name: str, count: int = 1) -> np.ndarray:
        """Return the numbers of the units that tell a property best, the best first, int64.

        ``name`` is a property of the text, "depth" or "column". ValueError for another one.
        """
        strength = self.strength(name)
        return np.argsort(-strength, kind="stable")[:count]

    def strength(self, name: str) -> np.ndarray:
        """Return each unit's AUC, or the size of its correlation, (U,)."""
        if name in ("depth", "column"):
            return np.abs(getattr(self, name))
        if name not in self.auc:
            names = ", ".join([*self.auc, "depth", "column"])
            raise ValueError(TEXT["property"].format(value=name, names=names))
        return self.auc[name]


def score_units(states: np.ndarray, part: CodePart) -> UnitScores:
    """Score every unit by every property of a text. states (C, U): the cells or the hidden."""
    ranked = ranks(states)
    raw = {name: auc(ranked, getattr(part.truth, name)) for name in PROPERTIES}
    return UnitScores(
        {name: np.maximum(value, 1 - value) for name, value in raw.items()},
        {name: np.where(value >= 0.5, 1, -1).astype(np.int8) for name, value in raw.items()},
        correlation(states, part.truth.depth),
        correlation(states, part.truth.column),
    )


@dataclass(frozen=True)
class ChosenUnit:
    """One unit, chosen on one set of files and scored on others.

    name: the property. unit: its number. sign: +1 or -1, from the files it was chosen on.
    chosen: its score on those files. score: on the other files, with the same sign (so below 0.5
    if the unit means the opposite there). low, high: 90 % band of the score over files.
    """

    name: str
    unit: int
    sign: int
    chosen: float
    score: float
    low: float
    high: float


def choose_unit(
    name: str, scores: UnitScores, states: np.ndarray, part: CodePart, *, draws: int = 200
) -> ChosenUnit:
    """Take the best unit of ``scores`` and score it on the states (C, U) of another part.

    The band comes from drawing the part's files again with replacement (Efron, 1979).
    """
    unit = int(scores.best(name)[0])
    correlates = name in ("depth", "column")
    sign = int(np.sign(getattr(scores, name)[unit])) if correlates else int(scores.sign[name][unit])
    values = sign * states[:, unit : unit + 1]
    truth = getattr(part.truth, name)
    times = _times_drawn(len(part.starts) - 1, draws)
    if correlates:
        score, found = _correlation_of_one(values, truth), _correlations(values, truth, part, times)
    else:
        score, found = float(auc(ranks(values), truth)[0]), _aucs(values[:, 0], truth, part, times)
    low, high = np.percentile(found, [5, 95])
    chosen = float(scores.strength(name)[unit])
    return ChosenUnit(name, unit, sign, chosen, score, float(low), float(high))


def _times_drawn(files: int, draws: int) -> np.ndarray:
    """Return how often each draw takes each file, (draws, F): as many files, with replacement."""
    drawn = np.random.default_rng(0).integers(files, size=(draws, files))
    return (drawn[:, :, None] == np.arange(files)).sum(axis=1)


def _aucs(values: np.ndarray, truth: np.ndarray, part: CodePart, times: np.ndarray) -> np.ndarray:
    """Return the AUC of each draw of files that has some inside and some outside.

    AUC counts pairs, so the pairs of each two files are counted once, and then only weighted.
    """
    spans = list(pairwise(part.starts))
    insides = [values[a:b][truth[a:b]] for a, b in spans]
    outsides = [np.sort(values[a:b][~truth[a:b]]) for a, b in spans]
    joined, owner = np.concatenate(insides), np.repeat(np.arange(len(spans)), [*map(len, insides)])
    won = np.empty((len(spans), len(spans)))  # by the file of the inside, the file of the outside
    for file, outside in enumerate(outsides):
        smaller = np.searchsorted(outside, joined) + np.searchsorted(outside, joined, "right")
        won[:, file] = np.bincount(owner, smaller / 2, minlength=len(spans))
    counts = [np.array([*map(len, own)]) for own in (insides, outsides)]
    pairs = (times @ counts[0]) * (times @ counts[1])
    valid = pairs > 0
    return np.einsum("df,fg,dg->d", times, won, times)[valid] / pairs[valid]


def _correlations(
    values: np.ndarray, truth: np.ndarray, part: CodePart, times: np.ndarray
) -> list[float]:
    """Return the correlation of each draw of files."""
    found = []
    for own in times:
        places = np.repeat(np.arange(len(own)), own)
        chars = np.concatenate([np.arange(*part.starts[f : f + 2]) for f in places])
        found.append(_correlation_of_one(values[chars], truth[chars]))
    return found


def _correlation_of_one(values: np.ndarray, truth: np.ndarray) -> float:
    return float(correlation(values, truth)[0])


def one_piece_each(part: CodePart, length: int, seed: int = 0) -> CodePart:
    """Return one piece of at most ``length`` characters of every file, drawn from the seed.

    A piece begins at a line without indentation, outside strings, so a network that starts there
    knows all that matters. Many short pieces tell more about other files than a few long ones.
    A file without such a place gives its beginning. Raises ValueError below 1 character.
    """
    if length < 1:
        raise ValueError(TEXT["piece"].format(value=length))
    generator = np.random.default_rng(seed)
    spans = [_piece(part, file, length, generator) for file in pairwise(part.starts)]
    places = np.concatenate(spans)
    starts = np.cumsum([0, *map(len, spans)])
    return CodePart(part.names, starts, part.ids[places], part.truth[places])


def _piece(
    part: CodePart, file: tuple[int, int], length: int, generator: np.random.Generator
) -> np.ndarray:
    """Return the places of one piece of a file (first, last + 1)."""
    first, last = map(int, file)
    truth, here = part.truth, slice(first, max(first, last - length) + 1)
    begins = (truth.column[here] == 0) & (truth.depth[here] == 0)
    begins &= ~(truth.string[here] | truth.docstring[here])
    begins &= part.ids[here].numpy() > 1  # neither an empty line nor one that goes on, indented
    found = np.flatnonzero(begins)
    start = first + (int(generator.choice(found)) if len(found) else 0)
    return np.arange(start, min(last, start + length))


def top_contexts(
    states: np.ndarray, part: CodePart, unit: int, sign: int = 1, *, count: int = 6
) -> list[tuple[str, int]]:
    """Return where a unit is largest (smallest for ``sign`` -1), at most one place a file.

    states (C, U) on ``part``. Each context is 40 characters of text before the place and 20 after
    it, as far as the file has them, and the place inside this text. ValueError below one context.
    """
    if count < 1:
        raise ValueError(TEXT["count"].format(value=count))
    values = sign * states[:, unit]
    peaks = [(a + int(np.argmax(values[a:b])), a, b) for a, b in pairwise(part.starts)]
    peaks.sort(key=lambda peak: -values[peak[0]])
    return [_context(part, *peak) for peak in peaks[:count]]


def _context(part: CodePart, place: int, first: int, last: int) -> tuple[str, int]:
    begin = max(int(first), place - 40)
    return VOCABULARY.decode(part.ids[begin : min(int(last), place + 20)]), place - begin


def read_own(
    model: CharacterModel, text: str, units: Sequence[int] | None = None
) -> tuple[str, np.ndarray, dict[str, np.ndarray]]:
    """Return a reader's own text as the network sees it, the states (T, U), and its truth.

    Unknown characters become the unknown symbol. The states are tanh of the cell state, of
    ``units`` or of all. The truth is empty where Python cannot split the text into tokens.
    Raises ValueError for an empty text, more than 20,000 characters, and an unknown unit.
    """
    kept_units(model, () if units is None else units)
    read = read_text(text)
    if len(read.text) > LONGEST_OWN:
        raise ValueError(TEXT["long"].format(have=len(read.text), most=LONGEST_OWN))
    cell = read_texts(model, [read.ids]).cell
    truth = {} if read.truth is None else {name: getattr(read.truth, name) for name in PROPERTIES}
    return VOCABULARY.decode(read.ids), cell if units is None else cell[:, list(units)], truth
