"""How the long trainings of lectures attention/01 and attention/02 are made.

`attention_words` trains the translators of number words without and with attention side by side
and ships one with attention; the two others keep results only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from utils.datasets.dates import load_dates
from utils.datasets.numbers import load_numbers
from utils.models.seq2seq import SequenceToSequence
from utils.training.attending import WITH, compare_scores, contest, save_scores
from utils.training.bottlenecks import Network, compare_networks, save_bottlenecks
from utils.training.race import race, save_race
from utils.training.translation import exact_matches, length_curve, save_curve
from utils.training.translators import Translator, save_translator

if TYPE_CHECKING:
    from utils.training.recipes import Recipe, Say

TEXT = {
    "begin": "{name}: {title}. About {minutes} minutes; if it is stopped, it begins again.",
    "progress": "{name}: {share:.0%} done",
    "stopped": "{name}: stopped; nothing was saved. The same command begins again.",
    "made": "{name}: made {path}.",
}
NETWORKS = (
    Network("96 units", 96),
    Network("192 units", 192),
    Network("384 units", 384),
    Network("192 units, reversed", 192, reverse=True),
    Network("192 units, GRU", 192, cell="gru"),
)


@dataclass(frozen=True)
class ContestRecipe:
    """Updates without and with attention that take the same time, and hidden sizes."""

    steps: tuple[int, int] = (4_000, 3_000)
    hidden: tuple[int, int] = (192, 96)
    seeds: int = 3
    moments: int = 5


@dataclass(frozen=True)
class BottleneckRecipe:
    """Updates and seeds of each network without attention."""

    steps: int = 1_200
    seeds: int = 2


@dataclass(frozen=True)
class ScoresRecipe:
    """Updates and seeds of each score and first state, for each language of the dates."""

    steps: int = 600
    seeds: int = 5
    languages: tuple[str, ...] = ("fr", "ko")


Make = Callable[["Recipe", "Say"], bool]
Work = Callable[["Recipe", Callable[[float], None]], list[str]]


def maker(work: Work) -> Make:
    """Return the function that does the work, says how far it is and what it has made."""

    def make(recipe: Recipe, say: Say) -> bool:
        facts = {"name": recipe.name, "title": recipe.title, "minutes": recipe.minutes}
        say(TEXT["begin"].format(**facts))
        said = [0.0]

        def progress(share: float) -> None:
            if share - said[0] >= 0.1:
                said[0] = share
                say(TEXT["progress"].format(name=recipe.name, share=share))

        try:
            made = work(recipe, progress)
        except KeyboardInterrupt:
            say(TEXT["stopped"].format(name=recipe.name))
            return False
        say(TEXT["made"].format(name=recipe.name, path=", ".join(made)))
        return True

    return make


def contest_maker(settings: ContestRecipe) -> Make:
    """Return the function that lets both translators train for the same time."""

    def work(recipe: Recipe, progress: Callable[[float], None]) -> list[str]:
        numbers = load_numbers("fr")
        racers = contest(numbers.train, numbers.validation, settings.steps, settings.hidden)
        about = _about(recipe, settings)
        counts = {"moments": settings.moments, "about": about}
        result, models = race(racers, settings.seeds, **counts, on_progress=progress)
        made = [save_race(result, f"{recipe.name}_race").name]
        for kind, own in zip(result.names, models, strict=True):
            facts = {**about, "parameters": int(result.parameters[result.of(kind)])}
            facts["training_seconds"] = result.seconds[result.of(kind), :, -1].round(1).tolist()
            facts["test_exact"] = _kept(f"{recipe.name}_{kind.split()[0]}", kind, own, facts)
            if kind == WITH:
                translator = Translator.of(own[0], numbers.train)
                made.append(save_translator(recipe.name, translator, facts).name)
        return made

    return maker(work)


def _kept(name: str, kind: str, models: list[SequenceToSequence], about: dict) -> list[float]:
    """Keep the curve of some models on the test numbers; return the share of each, right."""
    test = load_numbers("fr").test
    right = [exact_matches(model, test) for model in models]
    shares = [round(float(row.mean()), 4) for row in right]
    facts = {**about, "test_exact": shares}
    save_curve(length_curve(kind, right, test.source_lengths, about=facts), name)
    return shares


def bottleneck_maker(settings: BottleneckRecipe) -> Make:
    """Return the function that compares hidden sizes and orders of reading."""

    def work(recipe: Recipe, progress: Callable[[float], None]) -> list[str]:
        numbers = load_numbers("fr")
        parts = numbers.train, numbers.validation, numbers.test
        counts = {"seeds": settings.seeds, "about": _about(recipe, settings)}
        found = compare_networks(NETWORKS, parts, settings.steps, **counts, on_progress=progress)
        return [save_bottlenecks(found, recipe.name).name]

    return maker(work)


def scores_maker(settings: ScoresRecipe) -> Make:
    """Return the function that compares scores and first states on dates."""

    def work(recipe: Recipe, progress: Callable[[float], None]) -> list[str]:
        made, parts = [], len(settings.languages)
        for place, language in enumerate(settings.languages):
            found = compare_scores(
                load_dates(language),
                seeds=settings.seeds,
                steps=settings.steps,
                about=_about(recipe, settings),
                on_progress=lambda share, place=place: progress((place + share) / parts),
            )
            made.append(save_scores(found, f"{recipe.name}_{language}").name)
        return made

    return maker(work)


def _about(recipe: Recipe, settings: object) -> dict:
    """Return where the numbers come from."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {"recipe": asdict(settings), "seed": recipe.seed, "python": version}
