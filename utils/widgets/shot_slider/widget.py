"""ShotSlider: drag the number of labelled examples a class (Lecture 11, transfer learning).

Everything was learned beforehand. The view shows how accuracy grows in three ways, which emoji of
the test data each way names, and which labelled emoji lie nearest in feature space.
"""

import base64
import io
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from utils.datasets.emoji import Emoji, name_of, picture_of
from utils.widgets.poster import figure_png, new_figure
from utils.widgets.view import View

if TYPE_CHECKING:
    from torch import Tensor

    from utils.training.transfer import ShotCurves

TEXT = {
    "label": "Test accuracy against labelled examples a class, and the emoji that were asked.",
    "slider": "Examples a class",
    "method": "Answers of",
    "emoji": "Emoji",
    "chartTitle": "test accuracy (bands: all draws)",
    "shotsTitle": "labelled examples a class",
    "gridTitle": "test emoji; ✕ = wrong answer",
    "nearTitle": "nearest labelled emoji",
    "legend": "{name} {mean}",
    "guess": "guessing",
    "right": "✓ {answer}",
    "wrong": "✕ {answer}",
    "place": "{place} of {count}",
    "summary": (
        "Labelled examples a class: {shots}. Test accuracy: {all}. Of the {count} emoji shown, "
        "{method} names {right} right. {name} is {truth}; the answer is {answer} ({verdict}). "
        "Nearest labelled: {near}."
    ),
    "isRight": "right",
    "isWrong": "wrong",
}
MESSAGES = {
    "alt": "{name}: test accuracy {first:.2f} to {last:.2f}, from {low} to {high} labelled "
    "examples a class.",
    "parts": "The curves were not made with these emoji: they hold {curves} test answers, and "
    "there are {emoji} test emoji.",
    "empty": "ShotSlider needs at least one number of labelled examples and one draw.",
}
TILE = 48  # pixels of one emoji in the picture that the page carries
COLUMNS = 15
SHOWN = 5  # emoji of each class
NEAR = 4


def slider_data(curves: "ShotCurves", emoji: Emoji, near: "list[Tensor]") -> dict[str, Any]:
    """Return what the view draws: accuracies, answers of the first draw, neighbours, one picture.

    ``near``: for each number of shots the positions of the nearest labelled emoji (N, 4 or more)
    among those of the first draw, best first. Raises ValueError where the parts do not fit.
    """
    if not curves.shots or curves.answered.shape[2] < 1:
        raise ValueError(MESSAGES["empty"])
    if curves.answered.shape[3] != len(emoji.test):
        values = {"curves": curves.answered.shape[3], "emoji": len(emoji.test)}
        raise ValueError(MESSAGES["parts"].format(**values))
    shown = _shown(emoji)
    places = [found.numpy()[shown, :NEAR] for found in near]  # K × (G, 4)
    used = np.unique(np.concatenate([each.ravel() for each in places]))
    characters = [emoji.test.characters[i] for i in shown]
    labelled = [emoji.train.characters[i] for i in used]
    accuracy = curves.accuracy
    return {
        "shots": list(curves.shots),
        "methods": list(curves.methods),
        "names": list(emoji.names),
        "mean": accuracy.mean(axis=2).round(4).tolist(),
        "low": accuracy.min(axis=2).round(4).tolist(),
        "high": accuracy.max(axis=2).round(4).tolist(),
        "truth": emoji.test.labels[shown].tolist(),
        "emoji": [name_of(character) for character in characters],
        "answered": curves.answered[:, :, 0, :][:, :, shown].tolist(),
        "labelled": emoji.train.labels[used].tolist(),
        "labelledNames": [name_of(character) for character in labelled],
        "near": [np.searchsorted(used, each).tolist() for each in places],
        "sheet": sheet([*characters, *labelled]),
        "tile": TILE,
        "columns": COLUMNS,
    }


def _shown(emoji: Emoji) -> np.ndarray:
    """Return the positions of the first test emoji of each class."""
    labels = emoji.test.labels.numpy()
    return np.concatenate([np.flatnonzero(labels == c)[:SHOWN] for c in range(len(emoji.names))])


def sheet(characters: list[str]) -> str:
    """Return one picture of all emoji, side by side in rows, as the address of a PNG."""
    rows = -(-len(characters) // COLUMNS)
    canvas = Image.new("RGB", (COLUMNS * TILE, rows * TILE), "white")
    for place, character in enumerate(characters):
        corner = (place % COLUMNS * TILE, place // COLUMNS * TILE)
        canvas.paste(picture_of(character, TILE), corner)
    buffer = io.BytesIO()
    canvas.quantize(128, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def describe(data: dict[str, Any]) -> str:
    """Return the finding in one sentence a way: the alt text."""
    ends = {"low": data["shots"][0], "high": data["shots"][-1]}
    return " ".join(
        MESSAGES["alt"].format(name=name.capitalize(), first=row[0], last=row[-1], **ends)
        for name, row in zip(data["methods"], data["mean"], strict=True)
    )


def poster(data: dict[str, Any]) -> bytes:
    """Return the picture for readers without scripts: the accuracies."""
    figure = new_figure()
    axes = figure.subplots()
    styles = zip(("#0b62b8", "#b35900", "#57606a"), ("-", "--", ":"), strict=True)
    for index, (colour, dash) in enumerate(styles):
        mean = data["mean"][index]
        name = data["methods"][index]
        axes.plot(data["shots"], mean, "o", color=colour, linestyle=dash, label=name)
        axes.fill_between(
            data["shots"], data["low"][index], data["high"][index], color=colour, alpha=0.15
        )
    axes.set(xscale="log", xlabel=TEXT["shotsTitle"], ylabel=TEXT["chartTitle"], ylim=(0, 1))
    axes.set_xticks(data["shots"], [str(count) for count in data["shots"]])
    axes.minorticks_off()
    axes.legend(frameon=False)
    return figure_png(figure)


class ShotSlider(View):
    """The view of :class:`ShotCurves` on emoji, alive without a kernel.

    ``near`` holds, for each number of shots, the nearest labelled emoji of each test emoji in
    the first draw (see :func:`slider_data`). ``selected`` is the number of shots shown first.
    """

    def __init__(
        self,
        curves: "ShotCurves",
        emoji: Emoji,
        near: "list[Tensor]",
        *,
        selected: int | None = None,
    ) -> None:
        data = slider_data(curves, emoji, near)
        first = data["shots"].index(selected) if selected in data["shots"] else 0
        state = {"data": data, "selected": first, "method": 0, "emoji": 0, "text": TEXT}
        super().__init__("shot_slider", state, poster=poster(data), alt=describe(data))
