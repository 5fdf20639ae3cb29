"""How the captioner of lecture recurrent/07 and its comparison of ways are made."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from utils.datasets.scenes import make_scenes
from utils.models.language import parameters_of
from utils.training.attention_recipe import Make, maker
from utils.training.captioning import (
    compare_ways,
    fit_captioner,
    judge,
    new_captioner,
    save_captioner,
    save_ways,
)

if TYPE_CHECKING:
    from utils.training.recipes import Recipe

WAYS = {
    "RNN, every step": {"cell": "rnn", "enters": "every step"},
    "RNN, first step": {"cell": "rnn", "enters": "first step"},
    "LSTM, every step": {"cell": "lstm", "enters": "every step"},
    "LSTM, first step": {"cell": "lstm", "enters": "first step"},
}
HELD_OUT = {"validation": 900, "test": 1_500}


@dataclass(frozen=True)
class SceneRecipe:
    """The captioners that are compared by seed; the first one's weights are shipped."""

    cell: str = "rnn"
    scenes: int = 30_000
    steps: int = 4_000
    rate: float = 2e-3
    seeds: int = 3


@dataclass(frozen=True)
class WaysRecipe:
    """Training scenes, updates and seeds of each way."""

    scenes: int = 18_000
    steps: int = 1_200
    seeds: int = 3


def scenes_maker(settings: SceneRecipe) -> Make:
    """Return the function that trains the captioner with several seeds and ships the first."""

    def work(recipe: Recipe, progress: Callable[[float], None]) -> list[str]:
        train = make_scenes("train", settings.scenes)
        models, about = [], _about(recipe, settings)
        for seed in range(recipe.seed, recipe.seed + settings.seeds):
            model = new_captioner(seed, cell=settings.cell)
            fit_captioner(model, train, settings.steps, rate=settings.rate, seed=seed)
            models.append(model)
            progress(len(models) / settings.seeds)
        for split, count in HELD_OUT.items():
            scenes = make_scenes(split, count)
            judged = [judge(model, scenes) for model in models]
            about[f"{split}_exact"] = [round(float(one.exact.mean()), 4) for one in judged]
            about[f"{split}_placed"] = [round(float(one.placed.mean()), 4) for one in judged]
        about["parameters"] = parameters_of(models[0])
        return [save_captioner(recipe.name, models[0], about).name]

    return maker(work)


def ways_maker(settings: WaysRecipe) -> Make:
    """Return the function that compares cells, and time steps at which the image enters."""

    def work(recipe: Recipe, progress: Callable[[float], None]) -> list[str]:
        found = compare_ways(
            WAYS,
            make_scenes("train", settings.scenes),
            make_scenes("validation", HELD_OUT["validation"]),
            settings.steps,
            seeds=settings.seeds,
            about=_about(recipe, settings),
            on_progress=progress,
        )
        return [save_ways(found, recipe.name).name]

    return maker(work)


def _about(recipe: Recipe, settings: SceneRecipe | WaysRecipe) -> dict:
    """Return where the numbers come from."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {"recipe": asdict(settings), "seed": recipe.seed, "python": version}
