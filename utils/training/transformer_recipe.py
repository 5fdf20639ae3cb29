"""How the long comparisons of lecture attention/05 are made, and the two models that it ships.

`transformer_words` lets the attention RNN and the Transformer translate number words for the same
time, `code_transformer` lets the LSTM and the character Transformer read code for the same time.
Each ships the Transformer of the first seed; the others keep results only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from utils.datasets.code import VOCABULARY, load_code
from utils.datasets.numbers import load_numbers, spell
from utils.datasets.words import Pairs
from utils.training.attention_recipe import Make, maker
from utils.training.checkpoints import save_language_model
from utils.training.race import Race, Racer, race, save_race
from utils.training.transformer_ablations import (
    EVERY_WAY,
    RATE,
    compare_ablations,
    compare_norms,
    save_ablations,
    up_to,
)
from utils.training.transformer_races import (
    TRANSFORMER,
    bits_a_character,
    translators,
    writers,
)
from utils.training.translation import exact_matches
from utils.training.translators import Translator, save_translator

if TYPE_CHECKING:
    from utils.training.recipes import Recipe

EXAMPLES = (408, 804, 300_576, 600_375)  # held-out numbers; each two have the same English words
GLANCE = 50_000  # characters of the validation text that are read at each moment
EXAM = 300_000  # characters of the test text


@dataclass(frozen=True)
class RaceRecipe:
    """Updates of the recurrent network and of the Transformer that take the same time."""

    steps: tuple[int, int]
    seeds: int = 3
    moments: int = 6


@dataclass(frozen=True)
class AblationRecipe:
    """The settings of the ablations: sentences of up to ``words`` words."""

    words: int = 9
    steps: int = 400
    seeds: int = 3
    moments: int = 4
    rate: float = RATE


@dataclass(frozen=True)
class NormRecipe:
    """The settings of the comparison of norms over learning rates."""

    words: int = 9
    steps: int = 300
    seeds: int = 2
    layers: int = 3
    rates: tuple[float, ...] = (1e-3, 3e-3, 1e-2, 3e-2)


Progress = Callable[[float], None]


def words_maker(settings: RaceRecipe) -> Make:
    """Return the function that races translators of number words and ships the Transformer."""

    def work(recipe: Recipe, progress: Progress) -> list[str]:
        numbers = load_numbers("fr")
        racers = translators(numbers.train, numbers.validation, settings.steps)
        found, models = _raced(racers, recipe, settings, progress)
        tested = [[float(exact_matches(m, numbers.test).mean()) for m in kind] for kind in models]
        facts = _facts(found, tested)
        translator = Translator.of(models[found.of(TRANSFORMER)][0], numbers.train)
        return [_kept(found, recipe), save_translator(recipe.name, translator, facts).name]

    return maker(work)


def code_maker(settings: RaceRecipe) -> Make:
    """Return the function that races models of code and ships the character Transformer."""

    def work(recipe: Recipe, progress: Progress) -> list[str]:
        code = load_code()
        racers = writers(VOCABULARY, code.train.ids, code.validation.ids[:GLANCE], settings.steps)
        found, models = _raced(racers, recipe, settings, progress)
        tested = [
            [bits_a_character(model, code.test.ids[:EXAM]) for model in kind] for kind in models
        ]
        facts = _facts(found, tested)
        model = models[found.of(TRANSFORMER)][0]
        made = save_language_model(recipe.name, model, VOCABULARY, facts).name
        return [_kept(found, recipe), made]

    return maker(work)


def _raced(
    racers: Sequence[Racer], recipe: Recipe, settings: RaceRecipe, progress: Progress
) -> tuple[Race, list[list]]:
    about = _about(recipe, settings)
    counts = {"moments": settings.moments, "about": about}
    return race(racers, settings.seeds, **counts, on_progress=progress)


def _facts(found: Race, tested: list[list[float]]) -> dict:
    """Return what is known of the race, with the scores on test data added to it."""
    found.about["test"] = [[round(score, 4) for score in kind] for kind in tested]
    place = found.of(TRANSFORMER)
    seconds = found.seconds[place, :, -1].round(1).tolist()
    return {
        **{key: value for key, value in found.about.items() if key != "test"},
        "parameters": int(found.parameters[place]),
        "training_seconds": seconds,
        "test": found.about["test"][place],
    }


def _kept(found: Race, recipe: Recipe) -> str:
    return save_race(found, f"{recipe.name}_race").name


def example_rows(test: Pairs, numbers: Sequence[int] = EXAMPLES) -> list[int]:
    """Return the rows of some numbers; ValueError for one that is not there."""
    spelled = [test.sentences(row)[0] for row in range(len(test))]
    return [spelled.index(spell(number)) for number in numbers]


def ablation_maker(settings: AblationRecipe) -> Make:
    """Return the function that trains with every way to set the switches."""

    def work(recipe: Recipe, progress: Progress) -> list[str]:
        parts = _parts(settings.words)
        found = compare_ablations(
            *parts,
            EVERY_WAY,
            seeds=settings.seeds,
            steps=settings.steps,
            moments=settings.moments,
            examples=example_rows(parts[2]),
            about=_about(recipe, settings, parts),
            on_progress=progress,
        )
        return [save_ablations(found, recipe.name).name]

    return maker(work)


def norm_maker(settings: NormRecipe) -> Make:
    """Return the function that trains with every place of the norm at every rate."""

    def work(recipe: Recipe, progress: Progress) -> list[str]:
        parts = _parts(settings.words)
        found = compare_norms(
            *parts[:2],
            settings.rates,
            seeds=settings.seeds,
            steps=settings.steps,
            layers=settings.layers,
            about=_about(recipe, settings, parts),
            on_progress=progress,
        )
        return [save_ablations(found, recipe.name).name]

    return maker(work)


def _parts(words: int) -> tuple[Pairs, Pairs, Pairs]:
    numbers = load_numbers("fr")
    return tuple(up_to(part, words) for part in (numbers.train, numbers.validation, numbers.test))


def _about(recipe: Recipe, settings: object, parts: tuple = ()) -> dict:
    """Return where the numbers come from."""
    pairs = {"pairs": [len(part) for part in parts]} if parts else {}
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {"recipe": asdict(settings), "seed": recipe.seed, "python": version, **pairs}
