"""The races of lecture attention/05 are fair, keep what they found, and ship what they trained."""

from functools import partial
from types import SimpleNamespace

import pytest
import torch

from utils.datasets.code import VOCABULARY, load_code
from utils.datasets.numbers import load_numbers, spell
from utils.models.language import parameters_of
from utils.training import transformer_recipe as recipes
from utils.training.checkpoints import load_language_model
from utils.training.language_model import language_loss
from utils.training.race import load_race
from utils.training.recipes import RECIPES, Recipe
from utils.training.transformer_races import (
    bits_a_character,
    lstm_writer,
    rnn_translator,
    transformer_translator,
    transformer_writer,
)
from utils.training.translators import load_translator


@pytest.fixture(scope="module")
def numbers():
    return load_numbers("fr")


@pytest.fixture
def folder(tmp_path, monkeypatch, numbers):
    for name in ("save_race", "save_translator", "save_language_model"):
        monkeypatch.setattr(recipes, name, partial(getattr(recipes, name), folder=tmp_path))
    few = SimpleNamespace(**{p: getattr(numbers, p)[:20] for p in ("train", "validation", "test")})
    ids = SimpleNamespace(ids=load_code().test.ids[:5_000])
    monkeypatch.setattr(recipes, "load_numbers", lambda language: few)
    code = SimpleNamespace(train=ids, validation=ids, test=ids)
    monkeypatch.setattr(recipes, "load_code", lambda: code)
    return tmp_path


def make(name, maker):
    settings = recipes.RaceRecipe((3, 2), seeds=1, moments=1)
    recipe = Recipe(name, "a small race", 1, 0, maker(settings))
    assert recipe.make(recipe, lambda line: None)


def test_the_recipe_for_words_keeps_its_race_and_the_transformer(folder):
    make("tiny", recipes.words_maker)
    kept = load_race("tiny_race", folder)
    translator, about = load_translator("tiny", folder=folder)
    assert kept.names == ("attention RNN", "Transformer")
    assert kept.about["test"][1] == about["test"]
    assert about["parameters"] == parameters_of(translator.model) == kept.parameters[1]


def test_the_recipe_for_code_keeps_its_race_and_the_transformer(folder):
    make("tiny", recipes.code_maker)
    kept = load_race("tiny_race", folder)
    model, vocabulary, about = load_language_model("tiny", folder=folder)
    assert vocabulary == VOCABULARY and kept.names == ("LSTM", "Transformer")
    ids = load_code().test.ids[:5_000]
    assert bits_a_character(model, ids) == pytest.approx(about["test"][0], abs=0.01)


def test_the_racers_of_a_pair_have_nearly_the_same_size(numbers):
    pairs = (
        (rnn_translator(numbers.train), transformer_translator(numbers.train)),
        (lstm_writer(VOCABULARY), transformer_writer(VOCABULARY)),
    )
    for pair in pairs:
        sizes = [parameters_of(model) for model in pair]
        assert max(sizes) < 1.03 * min(sizes)


def test_bits_are_nats_over_ln_2():
    model, ids = lstm_writer(VOCABULARY), load_code().test.ids[:9_000]
    nats = language_loss(model, ids, streams=16, chunk=256)
    assert bits_a_character(model, ids) == pytest.approx(nats / torch.tensor(2.0).log().item())


def test_the_shipped_translator_is_right_on_numbers_that_it_never_saw(numbers):
    translator, about = load_translator("transformer_words")
    rows = range(0, len(numbers.test), 60)
    pairs = [numbers.test.sentences(row) for row in rows]
    right = [translator(source) == tuple(target) for source, target in pairs]
    assert sum(right) / len(right) > 0.9
    assert about["recipe"]["steps"] == list(load_race("transformer_words_race").steps)
    with pytest.raises(ValueError, match="longest"):
        translator(spell(1) * 50)


def test_the_shipped_writer_knows_code_that_it_never_saw():
    model, vocabulary, _ = load_language_model("code_transformer")
    assert vocabulary == VOCABULARY
    assert bits_a_character(model, load_code().test.ids[:20_000]) < 2.4
    assert {"transformer_words", "code_transformer"} <= set(RECIPES)
