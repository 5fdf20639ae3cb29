"""Networks of several depths have one size, and can race."""

import pytest
import torch

from utils.datasets.characters import Vocabulary
from utils.models.language import CharacterModel, LanguageSettings, parameters_of
from utils.training.depth import DEPTHS, EMBEDDING, equal_width, parameter_count, racers
from utils.training.race import race


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("layers", DEPTHS)
def test_the_count_is_that_of_the_model(cell, layers):
    settings = LanguageSettings(
        vocabulary=90, embedding=EMBEDDING, hidden=24, layers=layers, cell=cell
    )
    assert parameter_count(90, 24, layers, cell) == parameters_of(CharacterModel(settings))


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize("layers", DEPTHS)
def test_every_depth_has_nearly_the_same_size(cell, layers):
    size = parameter_count(90, equal_width(90, layers, cell), layers, cell)
    assert size == pytest.approx(parameter_count(90, 128, 1), rel=0.02)


def test_the_depths_race():
    vocabulary = Vocabulary("abcdefgh \n")
    ids = torch.randint(len(vocabulary), (5000,), generator=torch.Generator().manual_seed(0))
    field = racers(vocabulary, ids, ids, rate=1e-3, steps=2, depths=(1, 2))
    result, models = race(field, moments=1)
    assert result.names == ("LSTM, 1 layer", "LSTM, 2 layers")
    assert [kind[0].recurrent.num_layers for kind in models] == [1, 2]


def test_bad_input_gets_one_sentence():
    with pytest.raises(ValueError, match="There is no cell 'tanh'"):
        parameter_count(90, 24, 1, "tanh")
    with pytest.raises(ValueError, match="layers must be a whole number"):
        parameter_count(90, 24, 0)
