"""How the races of lecture recurrent/06 are made: networks of several depths read code.

All have nearly the same number of parameters. In `depth_time` they train for the same time, in
`depth_updates` they do the same number of updates. Only results are kept.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from utils.datasets.code import VOCABULARY, load_code
from utils.training.attention_recipe import Make, maker
from utils.training.depth import DEPTHS, GRU, RATES, RESIDUAL, racers
from utils.training.race import race, save_race
from utils.training.transformer_races import bits_a_character

if TYPE_CHECKING:
    from collections.abc import Callable

    from utils.training.recipes import Recipe

KINDS = (*DEPTHS, RESIDUAL, GRU)
GLANCE = 50_000  # characters of the validation text that are read at each moment
EXAM = 300_000  # characters of the test text


@dataclass(frozen=True)
class DepthRecipe:
    """Updates of each kind, or one number for all of them."""

    steps: int | tuple[int, ...]
    seeds: int = 3
    moments: int = 6


def depth_maker(settings: DepthRecipe) -> Make:
    """Return the function that lets all kinds race and keeps the race, with scores on test data."""

    def work(recipe: Recipe, progress: Callable[[float], None]) -> list[str]:
        code = load_code()
        validation = code.validation.ids[:GLANCE]
        field = racers(VOCABULARY, code.train.ids, validation, KINDS, steps=settings.steps)
        about = {
            "recipe": asdict(settings),
            "rates": [RATES[kind] for kind in KINDS],
            "seed": recipe.seed,
            "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        }
        counts = {"moments": settings.moments, "about": about}
        found, models = race(field, settings.seeds, **counts, on_progress=progress)
        test = code.test.ids[:EXAM]
        found.about["test"] = [
            [round(bits_a_character(model, test), 4) for model in kind] for kind in models
        ]
        return [save_race(found, recipe.name).name]

    return maker(work)
