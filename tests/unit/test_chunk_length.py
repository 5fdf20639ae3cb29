"""ChunkLength shows the measured numbers, and its picture states what it shows."""

import dataclasses

import numpy as np
import pytest

from utils.training.truncation import ChunkComparison, Reach, SavedMemory
from utils.widgets import ChunkLength, decode
from utils.widgets.chunk_length.widget import chunk_data

LENGTHS = np.array([8, 16, 32])


def results():
    """Return made-up measurements of the right shapes: L = 3, S = 2, T = 32, E = 3."""
    memory = SavedMemory(LENGTHS, 1000 * LENGTHS + 260, 1000)
    fall = 0.5 * 0.7 ** np.arange(32)[::-1]
    inside = np.arange(32) >= 32 - LENGTHS[:, None]
    norms = np.repeat((fall * inside)[:, None], 2, axis=1)
    curve = 2 + np.random.default_rng(0).random((3, 2, 3))
    curves = {"carried": curve, "reset": curve + 0.1}
    final = {name: rows[:, :, -1] for name, rows in curves.items()}
    comparison = ChunkComparison(
        LENGTHS, 2048 // LENGTHS, np.array([10, 20, 30]), curves, final, np.ones((3, 2)), {}
    )
    return memory, Reach(LENGTHS, norms), comparison


def test_the_view_holds_the_measured_numbers():
    memory, found, comparison = results()
    data = chunk_data(memory, found, comparison)
    assert data["megabytes"] == pytest.approx((memory.measured / 1e6).round(4))
    logs = decode(data["reach"])
    norms = found.norms.mean(axis=1)
    assert np.array_equal(np.isnan(logs), norms == 0)
    assert logs[norms > 0] == pytest.approx(np.log10(norms[norms > 0]), abs=0.02)
    bits = comparison.curves["reset"] / np.log(2)
    assert np.array(data["mean"][1]) == pytest.approx(bits.mean(axis=1), abs=1e-4)
    assert np.array(data["low"][1]) == pytest.approx(bits.min(axis=1), abs=1e-4)


def test_the_alt_text_states_memory_reach_and_both_losses():
    memory, found, comparison = results()
    view = ChunkLength(memory, found, comparison, length=16)
    assert "0.02 MB" in view.alt and "exactly 0 beyond 16 steps" in view.alt
    for mode in ("carried", "reset"):
        assert f"{comparison.final[mode][1].mean() / np.log(2):.3f}" in view.alt
    assert 'data-view="chunk_length"' in view.html()


def test_what_cannot_be_shown_gets_one_sentence():
    memory, found, comparison = results()
    with pytest.raises(ValueError, match="no chunk length 5"):
        ChunkLength(memory, found, comparison, length=5)
    other = dataclasses.replace(found, lengths=np.array([8, 16, 64]))
    with pytest.raises(ValueError, match="same chunk lengths"):
        ChunkLength(memory, other, comparison)
