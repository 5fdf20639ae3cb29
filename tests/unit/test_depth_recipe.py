"""The recipe of lecture recurrent/06 keeps a race, with scores on test data."""

import functools
from types import SimpleNamespace

import torch

from utils.datasets.code import VOCABULARY
from utils.training import depth_recipe
from utils.training.depth import RATES
from utils.training.depth_recipe import KINDS, DepthRecipe, depth_maker
from utils.training.race import load_race, save_race
from utils.training.recipes import Recipe


def test_a_race_is_kept_with_its_settings_and_its_scores_on_test_data(tmp_path, monkeypatch):
    ids = torch.randint(len(VOCABULARY), (5000,), generator=torch.Generator().manual_seed(0))
    part = SimpleNamespace(ids=ids)
    code = SimpleNamespace(train=part, validation=part, test=part)
    monkeypatch.setattr(depth_recipe, "load_code", lambda: code)
    into = functools.partial(save_race, folder=tmp_path)
    monkeypatch.setattr(depth_recipe, "save_race", into)
    recipe = Recipe("tiny", "a small race", 1, 0, depth_maker(DepthRecipe(2, seeds=1, moments=1)))
    lines = []
    assert recipe.make(recipe, lines.append)
    kept = load_race("tiny", tmp_path)
    assert kept.names == tuple(kind.name for kind in KINDS)
    assert kept.steps.tolist() == [2] * len(KINDS)
    assert kept.about["rates"] == [RATES[kind] for kind in KINDS]
    assert all(len(row) == 1 and 0 < row[0] < 20 for row in kept.about["test"])
    assert "tiny.json" in lines[-1]
