"""The shipped captioners are right on scenes that nobody has seen; the kept result is their kin."""

import dataclasses

import pytest

from utils.datasets.scenes import VOCABULARY, Scenes, make_scenes
from utils.models.language import parameters_of
from utils.training import attention_captioning_recipe as recipes
from utils.training import captioning
from utils.training.attention_captioning import judge, load_captioner, load_reaches
from utils.training.recipes import RECIPES


def test_it_captions_new_scenes_and_looks_at_what_it_names():
    model, about = load_captioner("attention_captions")
    judged = judge(model, make_scenes("test", 150, seed=7))
    assert judged.exact.mean() > 0.95 and judged.pointing > 0.95
    assert about["parameters"] == parameters_of(model)
    assert len(about["test_exact"]) == about["recipe"]["seeds"] == 3


def test_one_vector_is_enough_for_new_scenes_and_attention_is_not_worse():
    model, about = captioning.load_captioner("scene_captions")
    scenes = make_scenes("test", 300, seed=7)
    judged = captioning.judge(model, scenes)
    assert judged.exact.mean() > 0.95 and judged.placed.mean() > 0.98
    assert about["parameters"] == parameters_of(model)
    with_attention, other = load_captioner("attention_captions")
    assert judge(with_attention, scenes).exact.mean() > judged.exact.mean() - 0.02
    assert min(other["test_exact"]) > max(about["test_exact"])


def test_the_kept_comparison_is_that_of_the_recipe():
    found = load_reaches("attention_reach")
    assert found.names == tuple(recipes.GRIDS)
    assert found.about["recipe"] == dataclasses.asdict(recipes.ReachRecipe())
    assert found.exact.shape == (len(found.names), found.about["recipe"]["seeds"])
    assert (found.peaks.sum((1, 2)) > 1_000).all()


@pytest.fixture
def few_scenes(monkeypatch):
    parts = [make_scenes(split, 9) for split in ("train", "validation", "test")]
    few = Scenes(*parts, VOCABULARY)
    monkeypatch.setattr(recipes, "load_scenes", lambda: few)


@pytest.mark.parametrize("name", ["attention_captions", "attention_reach"])
def test_a_recipe_says_how_far_it_is_and_what_it_made(name, few_scenes, monkeypatch, tmp_path):
    kept = {
        "save_captioner": lambda name, model, about: tmp_path / f"{name}.json",
        "save_reaches": lambda found, name: tmp_path / f"{name}.json",
    }
    for function, stand_in in kept.items():
        monkeypatch.setattr(recipes, function, stand_in)
    monkeypatch.setattr(recipes, "GRIDS", {"15": (0,)})
    makers = {
        "attention_captions": recipes.captions_maker(recipes.CaptionRecipe((0,), 1, 1)),
        "attention_reach": recipes.reaches_maker(recipes.ReachRecipe(1, 1)),
    }
    said = []
    assert makers[name](RECIPES[name], said.append)
    assert said[0].startswith(f"{name}: {RECIPES[name].title}.")
    assert said[-1] == f"{name}: made {name}.json."
