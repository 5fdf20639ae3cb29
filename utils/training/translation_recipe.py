"""How the course's translator of number words is made, with its curve against sentence length.

Several seeds are trained; the first one's weights are shipped, the curve keeps all of them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from utils.datasets.numbers import load_numbers
from utils.models.language import parameters_of
from utils.models.seq2seq import SequenceToSequence, TranslationSettings
from utils.training.schedules import cosine, with_warmup
from utils.training.translation import (
    TranslationHistory,
    exact_matches,
    fit_translation,
    length_curve,
    save_curve,
)
from utils.training.translators import Translator, save_translator

if TYPE_CHECKING:
    from utils.training.recipes import Recipe, Say

TEXT = {
    "begin": "{name}: {title}. About {minutes} minutes; if it is stopped, it begins again.",
    "progress": "{name}: seed {seed}, update {steps:,} of {total:,}, {minutes:.1f} min",
    "seed": "{name}: seed {seed}, {exact:.3f} of the held-out validation sentences are exact",
    "stopped": "{name}: stopped; nothing was saved. The same command begins again.",
    "diverged": "{name}: seed {seed} diverged; nothing was saved.",
    "made": "{name}: made {path}, {size:.2f} MB, and its curve {curve}.",
}


@dataclass(frozen=True)
class TranslationRecipe:
    """The settings of a translator of number words."""

    language: str = "fr"
    embedding: int = 48
    hidden: int = 192
    cell: str = "lstm"
    rate: float = 3e-3
    steps: int = 4_000
    warmup: int = 100
    batch_size: int = 64
    seeds: int = 3
    storage: str = "float16"


def translation_maker(settings: TranslationRecipe) -> Callable[[Recipe, Say], bool]:
    """Return the function that trains and saves a translator of number words and its curve."""

    def make(recipe: Recipe, say: Say) -> bool:
        fields = {"name": recipe.name, "title": recipe.title, "minutes": recipe.minutes}
        say(TEXT["begin"].format(**fields))
        return _Run(recipe, settings, say).finish()

    return make


class _Run:
    """All seeds of one recipe."""

    def __init__(self, recipe: Recipe, settings: TranslationRecipe, say: Say) -> None:
        self.recipe, self.settings, self.say = recipe, settings, say
        self.numbers = load_numbers(settings.language)
        self.seconds: list[float] = []

    def finish(self) -> bool:
        """Train every seed and save; return False where one was stopped or diverged."""
        models = []
        for seed in range(self.recipe.seed, self.recipe.seed + self.settings.seeds):
            model, history = self._train(seed)
            if not self._good(history, seed):
                return False
            models.append(model)
        self._save(models)
        return True

    def _train(self, seed: int) -> tuple[SequenceToSequence, TranslationHistory]:
        own, train = self.settings, self.numbers.train
        sizes = (len(train.source_words), len(train.target_words), own.embedding, own.hidden)
        model = SequenceToSequence(TranslationSettings(*sizes, own.cell), seed=seed)
        schedule = with_warmup(cosine(own.rate, own.steps - own.warmup), own.warmup)
        began = time.monotonic()

        def progress(steps: int, total: int) -> None:
            if steps % 500 == 0:
                minutes = (time.monotonic() - began) / 60
                fields = {"name": self.recipe.name, "seed": seed, "minutes": minutes}
                self.say(TEXT["progress"].format(steps=steps, total=total, **fields))

        history = fit_translation(
            model,
            train,
            self.numbers.validation,
            schedule,
            own.steps,
            batch_size=own.batch_size,
            seed=seed,
            evaluate_every=own.steps,
            on_progress=progress,
        )
        return model, history

    def _good(self, history: TranslationHistory, seed: int) -> bool:
        name = self.recipe.name
        if history.diverged_at > 0 or not np.isfinite(history.exact[-1]):
            which = "diverged" if history.diverged_at > 0 else "stopped"
            self.say(TEXT[which].format(name=name, seed=seed))
            return False
        self.seconds.append(round(float(history.seconds[-1]), 1))
        self.say(TEXT["seed"].format(name=name, seed=seed, exact=history.exact[-1]))
        return True

    def _save(self, models: list[SequenceToSequence]) -> None:
        """Save the first model, and the curve of all of them on the test numbers."""
        name, test = self.recipe.name, self.numbers.test
        about = {
            "recipe": asdict(self.settings),
            "seed": self.recipe.seed,
            "parameters": parameters_of(models[0]),
            "training_pairs": len(self.numbers.train),
            "training_seconds": self.seconds,
            "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        }
        right = [exact_matches(model, test) for model in models]
        about["test_exact"] = [round(float(row.mean()), 4) for row in right]
        path = save_translator(
            name,
            Translator.of(models[0], self.numbers.train),
            about,
            storage=self.settings.storage,
        )
        curve = length_curve("without attention", right, test.source_lengths, about=about)
        kept = save_curve(curve, name)
        size = path.with_suffix(".safetensors").stat().st_size / 1e6
        self.say(TEXT["made"].format(name=name, path=path.name, size=size, curve=kept.name))
