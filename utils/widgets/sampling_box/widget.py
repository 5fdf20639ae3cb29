"""SamplingBox: drag the temperature and the seed; read what a character model writes.

The texts were written beforehand, one for each temperature and seed. The bars are computed in the
page from the model's logits for the first character after the prompt. Nothing is trained here.
"""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from utils.widgets.poster import figure_png, new_figure
from utils.widgets.view import View

if TYPE_CHECKING:
    from utils.training.sampling import Samples

TEXT = {
    "label": "Probability of the next character after the prompt.",
    "temperature": "Temperature",
    "seed": "Seed",
    "barsTitle": "next character after the prompt",
    "space": "space",
    "newline": "newline",
    "prompt": "Prompt",
    "summary": (
        "Temperature {temperature}: after the prompt the most likely character is {top} with "
        "{share}. The {count} most likely ones have nine tenths of the probability together. "
        "Seed {seed} drew {drawn} first, which has {chance}."
    ),
}
MESSAGES = {
    "alt": "After the prompt {prompt!r} the model's most likely next character is {top!r}: "
    "{low:.0%} at temperature {first:g}, {high:.0%} at temperature {last:g}.",
    "temperatures": "Give the temperatures in rising order, not {values}.",
    "start": "{name} must be one of {values}, not {value!r}.",
}
SHOWN = 12  # bars


def box_data(samples: "Samples") -> dict[str, Any]:
    """Return what the view draws. Raises ValueError for temperatures out of order."""
    temperatures = list(samples.temperatures)
    if any(a >= b for a, b in pairwise(temperatures)):
        raise ValueError(MESSAGES["temperatures"].format(values=temperatures))
    finite = np.isfinite(samples.logits)
    logits = samples.logits[finite] - samples.logits[finite].max()
    return {
        "prompt": samples.prompt,
        "temperatures": temperatures,
        "seeds": [int(seed) for seed in samples.seeds],
        "texts": [list(row) for row in samples.texts],
        "logits": logits.round(3).tolist(),
        "symbols": [s for s, keep in zip(samples.symbols, finite, strict=True) if keep],
    }


def describe(samples: "Samples") -> str:
    """Return how the most likely character's probability falls with the temperature: the alt."""
    place = int(np.argmax(samples.logits))
    first, last = samples.temperatures[0], samples.temperatures[-1]
    low, high = (float(samples.chances(value)[place]) for value in (first, last))
    values = {"prompt": samples.prompt, "top": samples.symbols[place], "first": first, "last": last}
    return MESSAGES["alt"].format(low=low, high=high, **values)


def poster(data: dict[str, Any], temperature: int, seed: int) -> bytes:
    """Return the picture for readers without scripts: the text and the bars."""
    figure = new_figure(10.0, 4.0)
    left, right = figure.subplots(1, 2, width_ratios=(1.7, 1))
    left.axis("off")
    lines = (data["prompt"] + data["texts"][temperature][seed]).replace("$", r"\$").split("\n")
    left.text(0, 1, "\n".join(line[:64] for line in lines[:16]), va="top", family="monospace")
    scaled = np.array(data["logits"]) / data["temperatures"][temperature]
    chances = np.exp(scaled) / np.exp(scaled).sum()
    order = np.argsort(-chances)[:SHOWN]
    right.barh(range(len(order)), chances[order], color="#0b62b8")
    names = [repr(data["symbols"][i])[1:-1].replace("$", r"\$") for i in order]
    right.set_yticks(range(len(order)), names)
    right.invert_yaxis()
    right.set(title=TEXT["barsTitle"], xlim=(0, 1))
    return figure_png(figure)


class SamplingBox(View):
    """The view of :class:`Samples`, alive without a kernel.

    ``temperature`` and ``seed`` are shown first. Raises ValueError for one that was not sampled.
    """

    def __init__(
        self, samples: "Samples", *, temperature: float | None = None, seed: int | None = None
    ) -> None:
        data = box_data(samples)
        temperature = data["temperatures"][0] if temperature is None else temperature
        seed = data["seeds"][0] if seed is None else seed
        starts = (("temperature", "temperatures", temperature), ("seed", "seeds", seed))
        for name, plural, value in starts:
            if value not in data[plural]:
                given = {"name": name, "values": data[plural], "value": value}
                raise ValueError(MESSAGES["start"].format(**given))
        places = {name: data[plural].index(value) for name, plural, value in starts}
        super().__init__(
            "sampling_box",
            {"data": data, "text": TEXT, **places},
            poster=poster(data, places["temperature"], places["seed"]),
            alt=describe(samples),
        )
