"""Networks of several depths have one size, and can race."""

import pytest
import torch

from utils.datasets.characters import Vocabulary
from utils.models.language import CharacterModel, LanguageSettings, parameters_of
from utils.training.depth import (
    DEPTHS,
    EMBEDDING,
    GRU,
    RATES,
    RESIDUAL,
    Kind,
    ResidualStack,
    make_model,
    parameter_count,
    racers,
)
from utils.training.race import race

LETTERS = Vocabulary("abcdefgh \n")


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("layers", [1, 2, 3, 5])
def test_the_count_is_that_of_the_model(cell, layers):
    settings = LanguageSettings(
        vocabulary=90, embedding=EMBEDDING, hidden=24, layers=layers, cell=cell
    )
    assert parameter_count(90, 24, layers, cell) == parameters_of(CharacterModel(settings))


@pytest.mark.parametrize("kind", RATES)
def test_every_kind_has_nearly_the_same_size(kind):
    size = parameters_of(make_model(kind, LETTERS))
    assert size == pytest.approx(parameter_count(len(LETTERS), 128, 1), rel=0.02)


def test_kinds_are_named_for_pictures():
    names = [kind.name for kind in (DEPTHS[0], DEPTHS[1], RESIDUAL, GRU)]
    assert names == ["LSTM, 1 layer", "LSTM, 2 layers", "LSTM, 5 layers, residual", "GRU, 1 layer"]


def test_a_residual_stack_adds_each_layer_to_its_input():
    layers = torch.nn.LSTM(4, 6, 2, batch_first=True)
    stack, x = ResidualStack(layers), torch.randn(3, 7, 4)
    first = torch.nn.LSTM(4, 6, batch_first=True)
    first.load_state_dict({k: v for k, v in layers.state_dict().items() if k.endswith("_l0")})
    below = first(x)[0]
    above = layers(x)[0]  # the second layer reads the same input in both
    found, (h, c) = stack(x)
    assert torch.allclose(found, below + above, atol=1e-6)
    assert h.shape == c.shape == (2, 3, 6)


def test_a_residual_stack_goes_on_from_a_state():
    stack = ResidualStack(torch.nn.LSTM(4, 6, 3, batch_first=True))
    x = torch.randn(2, 8, 4)
    whole, last = stack(x)
    front, state = stack(x[:, :5])
    back, end = stack(x[:, 5:], state)
    assert torch.allclose(whole, torch.cat([front, back], dim=1), atol=1e-6)
    assert all(torch.allclose(one, two, atol=1e-6) for one, two in zip(last, end, strict=True))


def test_the_kinds_race():
    ids = torch.randint(len(LETTERS), (5000,), generator=torch.Generator().manual_seed(0))
    kinds = (DEPTHS[0], DEPTHS[1], Kind(layers=2, residual=True))
    field = racers(LETTERS, ids, ids, kinds, steps=(3, 2, 2), rates=dict.fromkeys(kinds, 1e-3))
    result, models = race(field, moments=1)
    assert result.names == tuple(kind.name for kind in kinds)
    assert result.steps.tolist() == [3, 2, 2]
    assert [kind[0].recurrent.num_layers for kind in models] == [1, 2, 2]


def test_bad_input_gets_one_sentence():
    with pytest.raises(ValueError, match="There is no cell 'tanh'"):
        parameter_count(90, 24, 1, "tanh")
    with pytest.raises(ValueError, match="layers must be a whole number"):
        parameter_count(90, 24, 0)
