"""The recipes of lectures attention/01 and 02: what they keep, and when they keep nothing."""

import functools
from types import SimpleNamespace

import pytest

from utils.datasets.dates import load_dates
from utils.datasets.numbers import load_numbers
from utils.training import attention_recipe
from utils.training.attending import WITH, WITHOUT, load_scores
from utils.training.attention_recipe import (
    BottleneckRecipe,
    ContestRecipe,
    ScoresRecipe,
    bottleneck_maker,
    contest_maker,
    scores_maker,
)
from utils.training.bottlenecks import Network, load_bottlenecks
from utils.training.race import load_race
from utils.training.recipes import Recipe
from utils.training.translation import load_curve
from utils.training.translators import load_translator


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Few pairs, and everything that is kept goes into a folder of the test's."""
    numbers, dates = load_numbers("fr"), load_dates("fr")
    few = SimpleNamespace(
        train=numbers.train[:120], validation=numbers.validation[:40], test=numbers.test[:60]
    )
    days = SimpleNamespace(
        train=dates.train, validation=dates.validation[:40], test=dates.test[:60]
    )
    monkeypatch.setattr(attention_recipe, "load_numbers", lambda language: few)
    monkeypatch.setattr(attention_recipe, "load_dates", lambda language: days)
    monkeypatch.setattr(attention_recipe, "NETWORKS", (Network("4", 4), Network("6", 6, "gru")))
    for name in ("translator", "curve", "race", "bottlenecks", "scores"):
        real = getattr(attention_recipe, f"save_{name}")
        into = functools.partial(real, folder=tmp_path)
        monkeypatch.setattr(attention_recipe, f"save_{name}", into)
    return tmp_path


def made(maker, settings, lines):
    recipe = Recipe("tiny", "a small run", 1, 0, maker(settings))
    return recipe.make(recipe, lines.append)


def test_a_contest_leaves_two_curves_the_race_and_the_translator_with_attention(folder):
    lines = []
    assert made(contest_maker, ContestRecipe((3, 2), (8, 6), seeds=2, moments=1), lines)
    curves = [load_curve(f"tiny_{name}", folder) for name in ("without", "with")]
    found, (translator, about) = (
        load_race("tiny_race", folder),
        load_translator("tiny", folder=folder),
    )
    assert [curve.name for curve in curves] == list(found.names) == [WITHOUT, WITH]
    assert all(len(curve.matches) == len(curve.about["test_exact"]) == 2 for curve in curves)
    assert about["parameters"] == found.parameters[1] and about["model"]["score"] == "scaled"
    assert hasattr(translator.model.decoder, "look") and "tiny.json" in lines[-1]


def test_networks_and_scores_are_kept_with_their_settings(folder):
    assert made(bottleneck_maker, BottleneckRecipe(steps=60, seeds=1), [])
    assert load_bottlenecks("tiny", folder).names == ("4", "6")
    assert made(scores_maker, ScoresRecipe(steps=21, seeds=1, languages=("fr",)), [])
    kept = load_scores("tiny_fr", folder)
    assert kept.exact.shape == (3, 2, 1) and kept.about["recipe"]["steps"] == 21


def test_a_stopped_run_saves_nothing_and_says_so(folder, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(attention_recipe, "race", interrupted)
    lines = []
    assert not made(contest_maker, ContestRecipe(), lines)
    assert "stopped" in lines[-1] and not list(folder.iterdir())
