"""A recipe makes the same checkpoint whether or not it was stopped on the way."""

from dataclasses import replace

import pytest
import torch

from utils.datasets.code import Code, load_code
from utils.training import checkpoints, recipes
from utils.training.checkpoints import load_language_model
from utils.training.recipes import RECIPES, LanguageRecipe, Recipe, language_maker, main

TINY = LanguageRecipe(
    embedding=4, hidden=8, steps=30, warmup=3, streams=4, chunk=16, storage="float32"
)


@pytest.fixture(scope="module")
def library():
    data = load_code()
    parts = (data.train, data.validation, data.test)
    return Code(*(part.sample(9000, longest=5000) for part in parts), skipped=())


@pytest.fixture
def folder(tmp_path, monkeypatch, library):
    def save(*arguments, **settings):
        return checkpoints.save_language_model(*arguments, folder=tmp_path / "made", **settings)

    monkeypatch.setattr(recipes, "load_code", lambda: library)
    monkeypatch.setattr(recipes, "save_language_model", save)
    monkeypatch.setattr(recipes, "UNFINISHED", tmp_path / "unfinished")
    return tmp_path


def run(settings=TINY, seed=0, say=lambda line: None):
    recipe = Recipe("tiny", "a small model", 1, seed, language_maker(settings))
    return recipe.make(recipe, say)


def weights(folder):
    return load_language_model("tiny", folder=folder / "made")[0].state_dict()


def stop_after(updates, monkeypatch):
    """Interrupt the run in its update number ``updates``, as a reader does."""
    real = recipes.LanguageCurves.update

    def update(self, training, rate):
        if training.steps == updates:
            raise KeyboardInterrupt
        real(self, training, rate)

    monkeypatch.setattr(recipes.LanguageCurves, "update", update)


def test_a_stopped_recipe_goes_on_to_the_same_weights(folder, monkeypatch):
    assert run()
    wanted = weights(folder)
    lines: list[str] = []
    with monkeypatch.context() as patch:
        stop_after(17, patch)
        assert not run(say=lines.append)
    assert "stopped after 17 updates" in lines[-1]
    assert run(say=lines.append)
    assert any("goes on after 17 of 30" in line for line in lines)
    for name, weight in weights(folder).items():
        torch.testing.assert_close(weight, wanted[name], atol=1e-6, rtol=0)
    assert not list(recipes.UNFINISHED.iterdir())


def test_an_unfinished_run_of_another_recipe_is_not_taken_up(folder, monkeypatch):
    with monkeypatch.context() as patch:
        stop_after(5, patch)
        run()
    for settings, seed in ((replace(TINY, rate=0.1), 0), (TINY, 1)):
        lines: list[str] = []
        with monkeypatch.context() as patch:
            stop_after(1, patch)
            run(settings, seed, lines.append)
        assert not any("goes on after" in line for line in lines)


def test_the_manifest_says_how_it_was_made(folder):
    run()
    about = load_language_model("tiny", folder=folder / "made")[2]
    assert about["recipe"]["steps"] == about["updates"] == 30
    assert about["seed"] == 0
    assert 0 < about["validation_nats"] < 5
    assert about["training_characters"] == 30 * 4 * 16


def test_a_run_that_diverges_saves_nothing(folder):
    lines: list[str] = []
    assert not run(replace(TINY, rate=1e6, clip=1e9), say=lines.append)
    assert "diverged" in lines[-1]
    assert not (folder / "made").exists()


def test_every_recipe_is_listed_with_its_time(capsys):
    assert main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(RECIPES)
    assert all("minutes" in line and "seed" in line for line in lines)


def test_an_unknown_recipe_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["nothing"])
    assert "There is no recipe 'nothing'. Choose among: code_lstm" in capsys.readouterr().err
