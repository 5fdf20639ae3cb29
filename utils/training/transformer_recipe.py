"""How the long comparisons of lecture attention/05 are made; only their results are kept."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from utils.datasets.numbers import load_numbers, spell
from utils.datasets.words import Pairs
from utils.training.transformer_ablations import (
    EVERY_WAY,
    RATE,
    Ablations,
    Norms,
    compare_ablations,
    compare_norms,
    save_ablations,
    up_to,
)

if TYPE_CHECKING:
    from utils.training.recipes import Recipe, Say

TEXT = {
    "begin": "{name}: {title}. About {minutes} minutes; if it is stopped, it begins again.",
    "progress": "{name}: {share:.0%} done",
    "stopped": "{name}: stopped; nothing was saved. The same command begins again.",
    "made": "{name}: made {path}.",
}
EXAMPLES = (408, 804, 300_576, 600_375)  # held-out numbers; each two have the same English words


@dataclass(frozen=True)
class AblationRecipe:
    """The settings of the ablations: sentences of up to ``words`` words."""

    words: int = 12
    steps: int = 600
    seeds: int = 3
    moments: int = 6
    rate: float = RATE


@dataclass(frozen=True)
class NormRecipe:
    """The settings of the comparison of norms over learning rates."""

    words: int = 12
    steps: int = 300
    seeds: int = 2
    layers: int = 3
    rates: tuple[float, ...] = (1e-3, 3e-3, 1e-2, 3e-2)


Make = Callable[["Recipe", "Say"], bool]


def _begin(recipe: Recipe, say: Say) -> Callable[[float], None]:
    """Say what begins; return the callback that says how far it is."""
    facts = {"name": recipe.name, "title": recipe.title, "minutes": recipe.minutes}
    say(TEXT["begin"].format(**facts))
    said = [0.0]

    def progress(share: float) -> None:
        if share - said[0] >= 0.1:
            said[0] = share
            say(TEXT["progress"].format(name=recipe.name, share=share))

    return progress


def _finish(recipe: Recipe, say: Say, work: Callable[[], Ablations | Norms]) -> bool:
    """Do the work and save its result; False where it was stopped."""
    try:
        path = save_ablations(work(), recipe.name)
    except KeyboardInterrupt:
        say(TEXT["stopped"].format(name=recipe.name))
        return False
    say(TEXT["made"].format(name=recipe.name, path=path.name))
    return True


def example_rows(test: Pairs, numbers: Sequence[int] = EXAMPLES) -> list[int]:
    """Return the rows of some numbers; ValueError for one that is not there."""
    spelled = [test.sentences(row)[0] for row in range(len(test))]
    return [spelled.index(spell(number)) for number in numbers]


def ablation_maker(settings: AblationRecipe) -> Make:
    """Return the function that trains with every way to set the switches."""

    def make(recipe: Recipe, say: Say) -> bool:
        progress, parts = _begin(recipe, say), _parts(settings.words)

        def work() -> Ablations:
            return compare_ablations(
                *parts,
                EVERY_WAY,
                seeds=settings.seeds,
                steps=settings.steps,
                moments=settings.moments,
                examples=example_rows(parts[2]),
                about=_about(recipe, settings, parts),
                on_progress=progress,
            )

        return _finish(recipe, say, work)

    return make


def norm_maker(settings: NormRecipe) -> Make:
    """Return the function that trains with every place of the norm at every rate."""

    def make(recipe: Recipe, say: Say) -> bool:
        progress, parts = _begin(recipe, say), _parts(settings.words)

        def work() -> Norms:
            return compare_norms(
                *parts[:2],
                settings.rates,
                seeds=settings.seeds,
                steps=settings.steps,
                layers=settings.layers,
                about=_about(recipe, settings, parts),
                on_progress=progress,
            )

        return _finish(recipe, say, work)

    return make


def _parts(words: int) -> tuple[Pairs, Pairs, Pairs]:
    numbers = load_numbers("fr")
    return tuple(up_to(part, words) for part in (numbers.train, numbers.validation, numbers.test))


def _about(recipe: Recipe, settings: AblationRecipe | NormRecipe, parts: tuple) -> dict:
    """Return where the numbers come from."""
    return {
        "recipe": asdict(settings),
        "seed": recipe.seed,
        "pairs": [len(part) for part in parts],
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
    }
