"""The weights that the course ships load, are small, and have a recipe that makes them again."""

import json

import pytest

from utils.datasets.code import VOCABULARY, load_code
from utils.models.language import parameters_of
from utils.training.checkpoints import FOLDER, load_language_model
from utils.training.language_model import language_loss, sample
from utils.training.recipes import RECIPES


def test_every_checkpoint_has_a_recipe_and_all_are_small():
    weights = sorted(FOLDER.glob("*.safetensors"))
    assert {path.stem for path in weights} == {path.stem for path in FOLDER.glob("*.json")}
    assert {path.stem for path in weights} <= set(RECIPES)
    assert sum(path.stat().st_size for path in weights) <= 10_000_000
    for path in weights:
        assert json.loads(path.with_suffix(".json").read_text())["bytes"] == path.stat().st_size


@pytest.fixture(scope="module")
def code_lstm():
    return load_language_model("code_lstm")


def test_the_language_model_knows_code_that_it_never_saw(code_lstm):
    """2.27 nats is what the frequencies of pairs of characters leave open on this text."""
    model, vocabulary, about = code_lstm
    assert vocabulary == VOCABULARY
    assert about["parameters"] == parameters_of(model)
    assert language_loss(model, load_code().test.ids[:60_000]) < 1.4


def test_it_writes_lines_of_code(code_lstm):
    model, vocabulary, _ = code_lstm
    text = sample(model, vocabulary, "def main(", 300, temperature=0.5)
    assert text.count("\n") >= 3 and "):\n" in text
