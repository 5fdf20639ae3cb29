"""What chunks cost and gain: bytes to the byte, a reach that ends at the cut, honest curves."""

import numpy as np
import pytest
import torch

from utils.datasets.code import load_code
from utils.models.language import CharacterModel, LanguageSettings
from utils.plots import recurrent_03 as plots
from utils.training.truncation import (
    PLAIN,
    TRAINED,
    SavedActivations,
    bytes_a_step,
    compare_chunks,
    cost_of_no_detach,
    reach,
    reaches,
    saved_memory,
)


@pytest.fixture(scope="module")
def text():
    return torch.randint(0, 90, (20_000,), generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def comparison():
    return compare_chunks(
        load_code(),
        (16, 64),
        seeds=2,
        updates=6,
        evaluations=2,
        text=60_000,
        validation=8_000,
    )


def test_what_is_saved_counts_each_storage_once_and_no_parameter():
    weight = torch.ones(10, 10, requires_grad=True)
    x = torch.ones(5, 10)
    with SavedActivations([weight]) as saved:
        h = torch.tanh(x @ weight)
        (h * h).sum()
    assert saved.bytes == 4 * (5 * 10 + 5 * 10)  # x for the product; h for tanh and for h * h
    with SavedActivations() as saved:
        x @ weight
    assert saved.bytes == 4 * 50  # the product with constants keeps no weight, only x


@pytest.mark.parametrize("streams", [1, 8, 32])
def test_saved_bytes_are_a_straight_line_with_the_slope_by_hand(text, streams):
    found = saved_memory(text, (8, 16, 64, 256), streams=streams)
    slope, start = found.line()
    assert found.a_step == bytes_a_step(PLAIN, streams)
    assert slope == pytest.approx(found.a_step, rel=1e-9)
    assert start == pytest.approx(4 * 64 + 4, abs=1)  # one zero state, and one mean


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("length", [1, 5, 8, 24])
def test_the_gradient_is_the_full_one_inside_the_last_chunk_and_zero_beyond(text, cell, length):
    settings = LanguageSettings(97, embedding=4, hidden=6, cell=cell)
    model = CharacterModel(settings, seed=1).double()
    ids = text[: 3 * 25].view(3, 25)
    full, cut = reach(model, ids, 24), reach(model, ids, length)
    assert (full > 0).all()
    assert (cut[:-length] == 0).all()
    assert cut[-length:] == pytest.approx(full[-length:], rel=1e-9)


def test_without_detach_memory_grows_with_every_chunk(text):
    found = cost_of_no_detach(text, count=6)
    kept, grows = found.bytes["detach"], found.bytes["no detach"]
    assert kept[1:].max() == kept[1:].min()
    assert grows[-1] > 5.5 * grows[0]
    assert (np.diff(grows) > 0.9 * grows[0]).all()


def test_without_detach_the_last_chunk_costs_more_time(text):
    ratio = 0.0
    for _ in range(4):  # other work of the machine may slow any one of them
        seconds = cost_of_no_detach(text, count=6).seconds
        ratio = max(ratio, seconds["no detach"][-1] / seconds["detach"][-1])
        if ratio > 2:
            break
    assert ratio > 2


def test_every_length_reads_the_same_characters_and_names_what_it_measured(comparison):
    assert (comparison.streams * comparison.lengths == 2048).all()
    assert comparison.characters.tolist() == [3 * 2048, 6 * 2048]
    assert comparison.curves["carried"].shape == (2, 2, 2)
    assert (comparison.curves["carried"][:, :, 1] < comparison.curves["carried"][:, :, 0]).all()
    assert np.array_equal(comparison.final["reset"], comparison.curves["reset"][:, :, -1])
    assert [len(comparison.models[length]) for length in (16, 64)] == [2, 2]


def test_the_same_call_gives_the_same_numbers(comparison):
    again = compare_chunks(
        load_code(), (64,), seeds=1, updates=6, evaluations=2, text=60_000, validation=8_000
    )
    for mode in again.final:
        assert np.array_equal(again.final[mode][0, :1], comparison.final[mode][1, :1])


def test_bad_lengths_get_one_sentence(text):
    for wrong in ([0], [-3], [], [2.5], 4, None):
        with pytest.raises(ValueError, match="at least 1"):
            saved_memory(text, wrong)
    with pytest.raises(ValueError, match="longer than the text"):
        saved_memory(text, [5000])
    with pytest.raises(ValueError, match="longer than the text"):
        compare_chunks(load_code(), (5000,), text=60_000, validation=8_000)
    model = CharacterModel(TRAINED)
    with pytest.raises(ValueError, match="time steps were asked for"):
        reaches([model], text[:100], (8,))
    with pytest.raises(ValueError, match="at least 1"):
        reach(model, text[:50].view(1, 50), 0)
    with pytest.raises(ValueError, match="count must be a whole number"):
        cost_of_no_detach(text, count=0)


def test_pictures_state_their_finding(text, comparison):
    found = saved_memory(text, (8, 16, 32, 64))
    assert f"{found.a_step:,} bytes a time step" in plots.memory(found).alt
    seen = reaches(comparison.models[64], text, (8, 32), steps=32, texts=4)
    assert "exactly 0 at the 24 steps before" in plots.reach(seen, 8).alt
    bits = comparison.final["carried"][0].mean() / np.log(2)
    assert f"carried: {bits:.2f} at 16" in plots.losses(comparison).alt
    gain = comparison.gain()[0].mean() / np.log(2)
    assert f"gains {gain:.3f} bits" in plots.gains(comparison).alt
