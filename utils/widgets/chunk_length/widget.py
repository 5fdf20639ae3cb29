"""ChunkLength: choose a chunk length; see its memory, its gradient's reach and its loss.

Everything was measured beforehand by `utils.training.truncation`; the view replays it.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from utils.widgets import codec
from utils.widgets.poster import figure_png, new_figure
from utils.widgets.view import View

if TYPE_CHECKING:
    from utils.training.truncation import ChunkComparison, Reach, SavedMemory

TEXT = {
    "label": "Memory, reach of the gradient and validation loss of one chunk length.",
    "length": "Chunk length",
    "training": "State",
    "carried": "carried",
    "reset": "reset",
    "reachTitle": "gradient of the last loss at each step (log scale)",
    "reachAxis": "steps before the last character",
    "memoryTitle": "saved activations (MB)",
    "lossTitle": "validation loss (bits a character)",
    "lengthAxis": "chunk length",
    "charactersAxis": "characters read (thousands)",
    "cut": "cut",
    "zero": "exactly 0",
    "all": "the cut is at the left end",
    "memory": (
        "Chunk length {length}: {memory} MB of saved activations, {times} × those of {first}."
    ),
    "reach": (
        "The gradient reaches {length} steps; the {beyond} steps before the cut get exactly 0."
    ),
    "full": "The gradient reaches all {length} steps.",
    "loss": "State {mode}: {loss} bits a character ({low} to {high} over {seeds} seeds).",
}
MESSAGES = {
    "lengths": "ChunkLength needs memory, reach and losses of the same chunk lengths.",
    "missing": "There is no chunk length {value!r} here. Choose one of: {have}.",
    "alt": (
        "Chunk length {length}: {memory:.2f} MB of saved activations; the gradient is exactly 0 "
        "beyond {length} steps; validation loss {carried:.3f} bits a character with the state "
        "carried and {reset:.3f} with it reset."
    ),
}
MODES = ("carried", "reset")


def chunk_data(
    memory: "SavedMemory", reach: "Reach", comparison: "ChunkComparison"
) -> dict[str, Any]:
    """Return what the view draws: MB, log10 of the norms (missing where 0), bits a character.

    The norms are means over the models. Raises ValueError unless all have the same lengths.
    """
    for other in (reach.lengths, comparison.lengths):
        if not np.array_equal(memory.lengths, other):
            raise ValueError(MESSAGES["lengths"])
    norms = reach.norms.mean(axis=1)  # (L, T)
    logs = np.log10(np.where(norms > 0, norms, np.nan))
    low, high = float(np.floor(np.nanmin(logs))), float(np.ceil(np.nanmax(logs)))
    bits = {mode: comparison.curves[mode] / np.log(2) for mode in MODES}  # (L, S, E)
    return {
        "lengths": memory.lengths.tolist(),
        "megabytes": (memory.measured / 1e6).round(4).tolist(),
        "reach": codec.encode(logs, low, max(high, low + 1)),
        "characters": comparison.characters.tolist(),
        "seeds": int(bits["carried"].shape[1]),
        "mean": [bits[mode].mean(axis=1).round(4).tolist() for mode in MODES],
        "low": [bits[mode].min(axis=1).round(4).tolist() for mode in MODES],
        "high": [bits[mode].max(axis=1).round(4).tolist() for mode in MODES],
    }


def describe(data: dict[str, Any], row: int) -> str:
    """Return the finding at one chunk length in a sentence: the alt text."""
    carried, reset = (data["mean"][mode][row][-1] for mode in range(2))
    return MESSAGES["alt"].format(
        length=data["lengths"][row], memory=data["megabytes"][row], carried=carried, reset=reset
    )


def poster(data: dict[str, Any], row: int) -> bytes:
    """Return the picture for readers without scripts: the three panels at one chunk length."""
    figure = new_figure()
    panels = figure.subplots(1, 3)
    norms = 10 ** codec.decode(data["reach"])[row]
    before = np.arange(len(norms))[::-1]
    panels[0].plot(data["lengths"], data["megabytes"], "o-", color="#57606a")
    panels[0].plot(data["lengths"][row], data["megabytes"][row], "s", ms=10, color="#0b62b8")
    panels[0].set(xlabel=TEXT["lengthAxis"], ylabel=TEXT["memoryTitle"])
    panels[1].semilogy(before, norms, color="#0b62b8")
    panels[1].axvline(data["lengths"][row] - 0.5, color="#b35900", linestyle="--")
    panels[1].set(xlabel=TEXT["reachAxis"], ylabel="‖∂L/∂x‖", xlim=(len(norms), -1))
    for mode, dash in zip(range(2), ("-", "--"), strict=True):
        thousands = np.array(data["characters"]) / 1000
        panels[2].plot(thousands, data["mean"][mode][row], dash, label=TEXT[MODES[mode]])
    panels[2].set(xlabel=TEXT["charactersAxis"], ylabel=TEXT["lossTitle"])
    panels[2].legend(frameon=False)
    return figure_png(figure)


class ChunkLength(View):
    """The view of a chunk length's cost and gain, alive without a kernel.

    ``length`` is shown first. Raises ValueError for a length that was not measured, and unless
    all three results have the same chunk lengths.
    """

    def __init__(
        self,
        memory: "SavedMemory",
        reach: "Reach",
        comparison: "ChunkComparison",
        *,
        length: int = 32,
    ) -> None:
        data = chunk_data(memory, reach, comparison)
        if length not in data["lengths"]:
            have = ", ".join(map(str, data["lengths"]))
            raise ValueError(MESSAGES["missing"].format(value=length, have=have))
        row = data["lengths"].index(length)
        state = {"data": data, "row": row, "mode": 0, "text": TEXT}
        super().__init__("chunk_length", state, poster=poster(data, row), alt=describe(data, row))
