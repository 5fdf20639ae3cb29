"""How the course's translator of number words is made, with its curve against sentence length.

Several seeds are trained; the first one's weights are shipped, the curve keeps all of them. A
second recipe keeps curves only: half as many updates, once with teacher forcing, once without.
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
    "curve": "{name}: made the curve {path}.",
    "made": "{name}: made {path}, {size:.2f} MB.",
}
FEEDING = {"true_words": True, "own_words": False}  # what the decoder reads in training


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
        run = _Run(recipe, settings, say)
        models = run.train()
        if models is None:
            return False
        run.save(models)
        return True

    return make


def feeding_maker(settings: TranslationRecipe) -> Callable[[Recipe, Say], bool]:
    """Return the function that keeps two curves: with teacher forcing, and without."""

    def make(recipe: Recipe, say: Say) -> bool:
        run = _Run(recipe, settings, say)
        for name, way in FEEDING.items():
            models = run.train(teacher_forcing=way)
            if models is None:
                return False
            run.save_curve(f"{recipe.name}_{name}", name.replace("_", " "), models)
        return True

    return make


class _Run:
    """All seeds of one recipe."""

    def __init__(self, recipe: Recipe, settings: TranslationRecipe, say: Say) -> None:
        self.recipe, self.settings, self.say = recipe, settings, say
        fields = {"name": recipe.name, "title": recipe.title, "minutes": recipe.minutes}
        say(TEXT["begin"].format(**fields))
        self.numbers = load_numbers(settings.language)
        self.seconds: list[float] = []

    def train(self, teacher_forcing: bool = True) -> list[SequenceToSequence] | None:
        """Return a model of every seed; None where one was stopped or diverged."""
        models, self.seconds = [], []
        for seed in range(self.recipe.seed, self.recipe.seed + self.settings.seeds):
            model, history = self._train(seed, teacher_forcing)
            if not self._good(history, seed):
                return None
            models.append(model)
        return models

    def _train(
        self, seed: int, teacher_forcing: bool
    ) -> tuple[SequenceToSequence, TranslationHistory]:
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
            teacher_forcing=teacher_forcing,
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

    def _about(self, models: list[SequenceToSequence], right: list[np.ndarray]) -> dict:
        """Return where the numbers of these models come from."""
        return {
            "recipe": asdict(self.settings),
            "seed": self.recipe.seed,
            "parameters": parameters_of(models[0]),
            "training_pairs": len(self.numbers.train),
            "training_seconds": self.seconds,
            "python": f"{sys.version_info.major}.{sys.version_info.minor}",
            "test_exact": [round(float(row.mean()), 4) for row in right],
        }

    def save_curve(self, name: str, title: str, models: list[SequenceToSequence]) -> dict:
        """Keep the curve of all models on the test numbers; return what it says of itself."""
        test = self.numbers.test
        right = [exact_matches(model, test) for model in models]
        about = self._about(models, right)
        path = save_curve(length_curve(title, right, test.source_lengths, about=about), name)
        self.say(TEXT["curve"].format(name=self.recipe.name, path=path.name))
        return about

    def save(self, models: list[SequenceToSequence]) -> None:
        """Save the first model, and the curve of all of them."""
        name = self.recipe.name
        about = self.save_curve(name, "without attention", models)
        translator = Translator.of(models[0], self.numbers.train)
        path = save_translator(name, translator, about, storage=self.settings.storage)
        size = path.with_suffix(".safetensors").stat().st_size / 1e6
        self.say(TEXT["made"].format(name=name, path=path.name, size=size))
