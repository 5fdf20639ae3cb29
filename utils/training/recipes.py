"""Makes the checkpoints that the course ships: ``python -m utils.training.recipes NAME …``.

A recipe fixes everything: data, model, seed, number of updates. While a long one trains it keeps,
every two minutes, all it needs to go on, so it can be stopped at any time and started again.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

import numpy as np
import torch

from utils.datasets.code import VOCABULARY, Code, load_code
from utils.models.language import CharacterModel, LanguageSettings, parameters_of
from utils.threads import granted_cores
from utils.training.attention_captioning_recipe import (
    CaptionRecipe,
    ReachRecipe,
    captions_maker,
    reaches_maker,
)
from utils.training.attention_recipe import (
    BottleneckRecipe,
    ContestRecipe,
    ScoresRecipe,
    bottleneck_maker,
    contest_maker,
    scores_maker,
)
from utils.training.captioning_recipe import (
    SceneRecipe,
    WaysRecipe,
    scenes_maker,
    ways_maker,
)
from utils.training.checkpoints import (
    FOLDER,
    CheckpointError,
    load_checkpoint,
    save_checkpoint,
    save_language_model,
)
from utils.training.depth_recipe import DepthRecipe, depth_maker
from utils.training.language_model import (
    LanguageCurves,
    TruncatedBackpropagation,
    bits,
    language_loss,
    validation_loss,
)
from utils.training.schedules import cosine, with_warmup
from utils.training.transformer_recipe import (
    AblationRecipe,
    NormRecipe,
    RaceRecipe,
    ablation_maker,
    code_maker,
    norm_maker,
    words_maker,
)
from utils.training.translation_recipe import (
    TranslationRecipe,
    feeding_maker,
    translation_maker,
)

UNFINISHED = FOLDER.parent / "cache" / "unfinished"
SAVE_EVERY = 120.0  # seconds
TEXT = {
    "about": "Make the checkpoints of the course again, from their recipes.",
    "names": "the checkpoints to make (default: all)",
    "list": "say what the recipes are and how long they take; make nothing",
    "unknown": "There is no recipe {value!r}. Choose among: {names}.",
    "recipe": "{name}: {title}; about {minutes} minutes on two cores, seed {seed}",
    "begin": "{name}: {title}. About {minutes} minutes on two cores; stop it at any time.",
    "resume": "{name}: goes on after {steps:,} of {total:,} updates.",
    "progress": (
        "{name}: update {steps:,} of {total:,}, {minutes:.1f} min; loss {loss:.4f}, "
        "validation {validation:.4f} nats ({bits:.3f} bits) a character"
    ),
    "stopped": "{name}: stopped after {steps:,} updates; the same command goes on from there.",
    "made": "{name}: made {path}, {size:.2f} MB; validation loss {validation:.4f} nats.",
    "diverged": "{name}: the run diverged after {steps:,} updates; nothing was saved.",
}

Say = Callable[[str], None]


@dataclass(frozen=True)
class Recipe:
    """How one checkpoint is made. ``make(say)`` returns whether it was finished."""

    name: str
    title: str
    minutes: int
    seed: int
    make: Callable[["Recipe", Say], bool]


@dataclass(frozen=True)
class LanguageRecipe:
    """The settings of a language model on the standard library's code."""

    embedding: int = 64
    hidden: int = 512
    layers: int = 1
    cell: str = "lstm"
    dropout: float = 0.0
    rate: float = 2e-3
    steps: int = 9_000
    warmup: int = 200
    streams: int = 16
    chunk: int = 128
    clip: float = 1.0
    storage: str = "float16"


def language_maker(settings: LanguageRecipe) -> Callable[[Recipe, Say], bool]:
    """Return the function that trains and saves a language model."""

    def make(recipe: Recipe, say: Say) -> bool:
        run = _LanguageRun(recipe, settings, load_code(), say)
        run.resume()
        return run.finish()

    return make


class _LanguageRun:
    """A language model in training that is kept on disk from time to time."""

    def __init__(self, recipe: Recipe, settings: LanguageRecipe, code: Code, say: Say) -> None:
        self.recipe, self.settings, self.code, self.say = recipe, settings, code, say
        shape = LanguageSettings(
            len(VOCABULARY),
            settings.embedding,
            settings.hidden,
            settings.layers,
            settings.cell,
            settings.dropout,
        )
        self.model = CharacterModel(shape, seed=recipe.seed)
        self.run = TruncatedBackpropagation(
            self.model,
            code.train.ids,
            streams=settings.streams,
            chunk=settings.chunk,
            clip=settings.clip,
            seed=recipe.seed,
        )
        # Validation is only looked at, so that the run is the same however often it is saved.
        self.curves = LanguageCurves(settings.steps, evaluate_every=settings.steps)
        peak = cosine(settings.rate, settings.steps - settings.warmup, settings.rate / 50)
        self.schedule = with_warmup(peak, settings.warmup)

    @property
    def kind(self) -> str:
        """What an unfinished run must agree on to go on: recipe, data and seed."""
        facts = {**asdict(self.settings), "seed": self.recipe.seed, "data": len(self.code.train)}
        return f"unfinished {json.dumps(facts, sort_keys=True)}"

    def resume(self) -> None:
        """Go on with an unfinished run of the same recipe, if there is one."""
        self.say(TEXT["begin"].format(**self._facts()))
        try:
            kept = load_checkpoint(self.recipe.name, self.kind, folder=UNFINISHED)
        except CheckpointError:
            return
        steps = kept.about["steps"]
        self.run.restore(kept.tensors, steps)
        self.curves.spent = kept.about["seconds"]
        self.say(TEXT["resume"].format(name=self.recipe.name, steps=steps, total=self._total))

    def _facts(self) -> dict:
        recipe = self.recipe
        return {"name": recipe.name, "title": recipe.title, "minutes": recipe.minutes}

    @property
    def _total(self) -> int:
        return self.settings.steps

    def keep(self) -> None:
        """Write all that is needed to go on, and say how the run does."""
        about = {"steps": self.run.steps, "seconds": self.curves.spent}
        name = self.recipe.name
        tensors = self.run.tensors()
        save_checkpoint(name, self.kind, tensors, about, storage="float32", folder=UNFINISHED)
        recent = self.curves.loss[max(0, self.run.steps - 100) : self.run.steps]
        validation = validation_loss(self.model, self.code.validation.ids[:200_000])
        self.say(
            TEXT["progress"].format(
                name=name,
                steps=self.run.steps,
                total=self._total,
                minutes=self.curves.spent / 60,
                loss=np.nanmean(recent),
                validation=validation,
                bits=bits(validation),
            )
        )

    def finish(self) -> bool:
        """Train to the end and save; return False where the run was stopped or diverged."""
        name, kept_at = self.recipe.name, time.monotonic()
        try:
            while self.run.steps < self._total:
                self.curves.update(self.run, self.schedule(self.run.steps))
                if self.curves.diverged_at > 0:
                    self.say(TEXT["diverged"].format(name=name, steps=self.run.steps))
                    return False
                if time.monotonic() - kept_at > SAVE_EVERY:
                    self.keep()
                    kept_at = time.monotonic()
        except KeyboardInterrupt:
            self.keep()
            self.say(TEXT["stopped"].format(name=name, steps=self.run.steps))
            return False
        self._save()
        return True

    def _save(self) -> None:
        validation = language_loss(self.model, self.code.validation.ids)
        about = {
            "recipe": asdict(self.settings),
            "seed": self.recipe.seed,
            "updates": self.run.steps,
            "training_characters": self.run.characters,
            "validation_nats": round(validation, 4),
            "python": f"{sys.version_info.major}.{sys.version_info.minor}",
            "files": len(self.code.train.names),
            "parameters": parameters_of(self.model),
        }
        name, storage = self.recipe.name, self.settings.storage
        path = save_language_model(name, self.model, VOCABULARY, about, storage=storage)
        size = path.with_suffix(".safetensors").stat().st_size / 1e6
        self.say(TEXT["made"].format(name=name, path=path.name, size=size, validation=validation))
        for left in UNFINISHED.glob(f"{name}.*"):
            left.unlink()


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "code_lstm",
            "an LSTM on the standard library, for the search for interpretable units",
            20,
            0,
            language_maker(LanguageRecipe()),
        ),
        Recipe(
            "number_words",
            "encoder and decoder for number words, English to French, three seeds",
            8,
            0,
            translation_maker(TranslationRecipe()),
        ),
        Recipe(
            "feeding",
            "curves of number words for training with true words and with own words",
            12,
            0,
            feeding_maker(TranslationRecipe(steps=2_000)),
        ),
        Recipe(
            "depth_time",
            "recurrent networks of several depths on code, for the same time, three seeds",
            15,
            0,
            depth_maker(DepthRecipe((12_300, 11_100, 9_200, 8_400, 8_050, 3_780))),
        ),
        Recipe(
            "depth_updates",
            "recurrent networks of several depths on code, as many updates each, three seeds",
            10,
            0,
            depth_maker(DepthRecipe(5_000)),
        ),
        Recipe(
            "scene_captions",
            "a captioner of emoji scenes from one vector an image, three seeds",
            10,
            0,
            scenes_maker(SceneRecipe()),
        ),
        Recipe(
            "caption_ways",
            "captioners: RNN or LSTM, image at every step or at the first, three seeds of each",
            12,
            0,
            ways_maker(WaysRecipe()),
        ),
        Recipe(
            "attention_words",
            "number words without and with attention, for the same time, three seeds",
            12,
            0,
            contest_maker(ContestRecipe()),
        ),
        Recipe(
            "bottlenecks",
            "number words without attention: hidden sizes, and the source reversed",
            7,
            0,
            bottleneck_maker(BottleneckRecipe()),
        ),
        Recipe(
            "attention_scores",
            "dates with attention: three scores, two first states, five seeds",
            6,
            0,
            scores_maker(ScoresRecipe()),
        ),
        Recipe(
            "transformer_words",
            "number words: attention RNN and Transformer for the same time, three seeds",
            8,
            0,
            words_maker(RaceRecipe((1_900, 1_700))),
        ),
        Recipe(
            "code_transformer",
            "code: LSTM and Transformer for the same time, three seeds",
            6,
            0,
            code_maker(RaceRecipe((4_800, 2_200))),
        ),
        Recipe(
            "transformer_ablations",
            "Transformers without residuals, norms, positions or more heads, three seeds of each",
            7,
            0,
            ablation_maker(AblationRecipe()),
        ),
        Recipe(
            "transformer_norms",
            "Transformers with the norm in three places, at four learning rates",
            3,
            0,
            norm_maker(NormRecipe()),
        ),
        Recipe(
            "attention_captions",
            "a captioner with attention over emoji scenes, three seeds",
            3,
            0,
            captions_maker(CaptionRecipe()),
        ),
        Recipe(
            "attention_reach",
            "captioners whose cells see 15 to 127 pixels, three seeds of each",
            15,
            0,
            reaches_maker(ReachRecipe()),
        ),
    )
}


def main(arguments: Iterable[str] | None = None) -> int:
    """Run the command; return 1 if a recipe was not finished."""
    parser = argparse.ArgumentParser(prog="python -m utils.training.recipes")
    parser.description = TEXT["about"]
    parser.add_argument("names", nargs="*", metavar="NAME", help=TEXT["names"])
    parser.add_argument("--list", action="store_true", help=TEXT["list"])
    options = parser.parse_args(None if arguments is None else list(arguments))
    for name in set(options.names) - set(RECIPES):
        parser.error(TEXT["unknown"].format(value=name, names=", ".join(RECIPES)))
    chosen = [RECIPES[name] for name in options.names or RECIPES]
    if options.list:
        for recipe in chosen:
            print(TEXT["recipe"].format(**_listed(recipe)))
        return 0
    torch.set_num_threads(min(torch.get_num_threads(), granted_cores()))
    finished = [recipe.make(recipe, _say) for recipe in chosen]
    return 0 if all(finished) else 1


def _listed(recipe: Recipe) -> dict:
    fields = ("name", "title", "minutes", "seed")
    return {field: getattr(recipe, field) for field in fields}


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
