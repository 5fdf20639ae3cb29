"""Switching a unit off is charged where it counts: a planted string unit costs inside strings."""

import numpy as np
import pytest
import torch

from utils.analysis.ablation import ablate
from utils.datasets.code import VOCABULARY, load_code
from utils.models.language import CharacterModel, LanguageSettings


@pytest.fixture(scope="module")
def part():
    return load_code().test.sample(20_000, longest=4000)


@pytest.fixture(scope="module")
def planted():
    """A model whose unit 3 opens and closes with the quote ', and lowers the loss inside.

    Built by hand: ' flips nothing else; inside, letters get larger logits from unit 3.
    """
    model = CharacterModel(LanguageSettings(len(VOCABULARY), len(VOCABULARY), 8), seed=0)
    quote = VOCABULARY.encode("'").item()
    newline = VOCABULARY.encode("\n").item()
    with torch.no_grad():
        for weight in model.parameters():
            weight.zero_()
        model.embedding.weight.copy_(torch.eye(len(VOCABULARY)))
        i, f, g, o = (slice(n * 8, n * 8 + 8) for n in range(4))
        wx, wh, b = (
            getattr(model.recurrent, n + "_l0") for n in ("weight_ih", "weight_hh", "bias_ih")
        )
        b[i], b[f], b[o] = -20, 20, 20
        wx[i.start + 3, quote] = 40  # a quote writes …
        b[g.start + 3] = 5
        wh[g.start + 3, 3] = -15  # … +1 from 0, and -1 from +1 …
        wx[f.start + 3, newline] = -40  # … and a newline forgets
        letters = VOCABULARY.encode("abcdefghijklmnopqrstuvwxyz")
        model.head.weight[letters, 3] = 3.0
    return model.eval()


def test_the_planted_unit_costs_inside_and_random_units_cost_nothing(planted, part):
    told = []
    result = ablate(planted, part, "string", 3, random=4, on_progress=lambda *a: told.append(a))
    assert result.inside > 0.1 > result.outside
    assert result.difference == pytest.approx(result.inside - result.outside)
    assert 0 < result.low <= result.difference <= result.high
    assert 3 not in result.random_units and len(set(result.random_units)) == 4
    assert np.abs(result.random_inside).max() == np.abs(result.random_outside).max() == 0
    assert told == [(n, 6) for n in range(1, 7)]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": "loop"}, "no property 'loop'"),
        ({"unit": 8}, "from 0 to 7"),
        ({"random": 0}, "1 to 7 random units"),
        ({"random": 8}, "1 to 7 random units"),
    ],
)
def test_what_cannot_be_ablated_is_refused(planted, part, change, sentence):
    settings = {"name": "string", "unit": 3, "random": 2} | change
    with pytest.raises(ValueError, match=sentence):
        ablate(planted, part, **settings)
