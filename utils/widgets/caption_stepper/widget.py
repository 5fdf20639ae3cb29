"""CaptionStepper: step through a caption, see the words it was chosen among, take another one.

Everything was computed beforehand: the most likely words of each step, what the captioner writes
after each of them, and the best captions of a beam. Nothing is trained or predicted here.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from utils.widgets.pictures import address_of, pixels_of
from utils.widgets.poster import drawable, figure_png, new_figure
from utils.widgets.view import View

if TYPE_CHECKING:
    from utils.analysis.caption_steps import CaptionSteps

TEXT = {
    "label": "An image, its caption, the most likely next words and the best captions of a beam.",
    "example": "Example",
    "word": "Word",
    "choice": "Take",
    "place": "{place} of {count}",
    "rank": "{rank}. {word}",
    "first": "first word",
    "after": "next word after “{before}”",
    "beam": "beam: the {count} best captions after {place} words",
    "says": "Word {place} of {count}: “{word}” has {chance}.",
    "greedy": "It is the most likely word; greedy search takes it and ends with “{caption}”.",
    "other": (
        "It is number {rank}; greedy search would take “{best}”. If “{word}” is taken, the "
        "caption becomes “{caption}”."
    ),
    "right": "✓ This is the true caption.",
    "wrong": "✗ The true caption is “{truth}”.",
}
MESSAGES = {
    "none": "CaptionStepper needs at least one example.",
    "example": "An example is (image, steps) or (image, steps, true caption), not a tuple of "
    "{count}.",
    "truth": "The true caption is one string, not {value!r}.",
    "word": "The first word shown is a number from 0 to {last}, not {value!r}.",
    "name": "{place}. {words}",
    "alt": "The captioner writes “{caption}”; its least sure word is “{word}” with {chance:.0%}.",
}


def example_data(image: Any, steps: "CaptionSteps", truth: str | None = None) -> dict[str, Any]:
    """Return what the view draws of one caption. Raises ValueError with one sentence."""
    if not isinstance(truth, str | None):
        raise ValueError(MESSAGES["truth"].format(value=truth))
    pixels = pixels_of(image)
    height, width = pixels.shape[:2]
    return {
        "image": address_of(pixels),
        "size": [width, height],
        "words": list(steps.words),
        "truth": truth,
        "choices": [list(row) for row in steps.choices],
        "chances": [_shares(row) for row in steps.chances],
        "becomes": [[" ".join(_plain(caption)) for caption in row] for row in steps.becomes],
        "beams": [
            [{"words": " ".join(words), "chance": _share(chance)} for words, chance in row]
            for row in steps.beams
        ],
    }


def _plain(words: Sequence[str]) -> Sequence[str]:
    """Return a caption without its END, as the true one is written."""
    return words[:-1] if words[-1] == "END" else words


def _shares(row: Sequence[float]) -> list[float]:
    return [_share(value) for value in row]


def _share(value: float) -> float:
    return min(1.0, round(float(value), 5))


def describe(data: dict[str, Any]) -> str:
    """Return the caption and its least sure word: the alt text."""
    place = int(np.argmin([row[0] for row in data["chances"]]))
    words = {"caption": data["becomes"][0][0], "word": data["words"][place]}
    return MESSAGES["alt"].format(**words, chance=data["chances"][place][0])


def poster(image: Any, data: dict[str, Any]) -> bytes:
    """Return the picture for readers without scripts: image, caption, probabilities."""
    figure = new_figure(9.0, 3.6)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.8))
    left.imshow(pixels_of(image))
    left.axis("off")
    words = [drawable(word) for word in data["words"]]
    right.bar(range(len(words)), [row[0] for row in data["chances"]], color="#0b62b8")
    right.set_xticks(range(len(words)), words, rotation=30)
    right.set(ylim=(0, 1.05), ylabel="probability of the word")
    return figure_png(figure)


class CaptionStepper(View):
    """The view of captions and of the choices behind them, alive without a kernel.

    ``examples`` is a list of (image, steps) or (image, steps, true caption): the image (height,
    width, 3) of bytes or of floats from 0 to 1, the steps from
    `utils.analysis.caption_steps.caption_steps`, the true caption as one string. ``word`` is the
    word shown first. Raises ValueError with one sentence for what does not fit.
    """

    def __init__(self, examples: Sequence[tuple], *, word: int = 0) -> None:
        if not len(examples):
            raise ValueError(MESSAGES["none"])
        for one in examples:
            if not 2 <= len(one) <= 3:
                raise ValueError(MESSAGES["example"].format(count=len(one)))
        found = [example_data(*one) for one in examples]
        last = len(found[0]["words"]) - 1
        if not isinstance(word, int | np.integer) or not 0 <= word <= last:
            raise ValueError(MESSAGES["word"].format(last=last, value=word))
        for place, data in enumerate(found, 1):
            data["name"] = MESSAGES["name"].format(place=place, words=data["becomes"][0][0])
        state = {"examples": found, "example": 0, "word": int(word), "choice": 0, "text": TEXT}
        picture = poster(examples[0][0], found[0])
        super().__init__("caption_stepper", state, poster=picture, alt=describe(found[0]))
