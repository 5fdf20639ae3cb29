"""How the captioner of lecture attention/03 and its comparison of receptive fields are made."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from utils.datasets.scenes import load_scenes
from utils.models.language import parameters_of
from utils.training.attention_captioning import (
    compare_reaches,
    fit_captioner,
    judge,
    new_captioner,
    save_captioner,
    save_reaches,
)
from utils.training.attention_recipe import Make, maker

if TYPE_CHECKING:
    from utils.training.recipes import Recipe

GRIDS = {
    "15": (0, 0, 0),
    "31": (1, 0, 0),
    "47": (1, 1, 0),
    "63": (1, 1, 1),
    "79": (1, 1, 2),
    "127": (1, 2, 4),
    "127, seven layers": (1,) * 7,
}


@dataclass(frozen=True)
class CaptionRecipe:
    """The captioners that are compared by seed; the first one's weights are shipped."""

    dilations: tuple[int, ...] = (1, 1, 1)
    steps: int = 600
    seeds: int = 3


@dataclass(frozen=True)
class ReachRecipe:
    """Updates and seeds of each grid."""

    steps: int = 400
    seeds: int = 3


def captions_maker(settings: CaptionRecipe) -> Make:
    """Return the function that trains the captioner with several seeds and ships the first."""

    def work(recipe: Recipe, progress: Callable[[float], None]) -> list[str]:
        scenes, models, about = load_scenes(), [], _about(recipe, settings)
        for seed in range(recipe.seed, recipe.seed + settings.seeds):
            model = new_captioner(seed, dilations=settings.dilations)
            fit_captioner(model, scenes.train, settings.steps, seed=seed)
            models.append(model)
            progress(len(models) / settings.seeds)
        judged = [judge(model, scenes.test) for model in models]
        about["test_exact"] = [round(float(one.exact.mean()), 4) for one in judged]
        about["test_pointing"] = [round(one.pointing, 4) for one in judged]
        about["parameters"] = parameters_of(models[0])
        return [save_captioner(recipe.name, models[0], about).name]

    return maker(work)


def reaches_maker(settings: ReachRecipe) -> Make:
    """Return the function that compares grids by how many pixels a cell can see."""

    def work(recipe: Recipe, progress: Callable[[float], None]) -> list[str]:
        scenes = load_scenes()
        found = compare_reaches(
            GRIDS,
            scenes.train,
            scenes.test,
            settings.steps,
            seeds=settings.seeds,
            about=_about(recipe, settings),
            on_progress=progress,
        )
        return [save_reaches(found, recipe.name).name]

    return maker(work)


def _about(recipe: Recipe, settings: CaptionRecipe | ReachRecipe) -> dict:
    """Return where the numbers come from."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {"recipe": asdict(settings), "seed": recipe.seed, "python": version}
