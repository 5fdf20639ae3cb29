"""Recall over a delay: copies trained together are apart, and the cells are the course's own."""

import numpy as np
import pytest
import torch

from utils.models.recurrent import gru, lstm, rnn
from utils.training.recall import (
    CELLS,
    FORGET_BIASES,
    SYMBOLS,
    Recall,
    recall_answers,
    recall_batch,
    recall_weights,
    train_recall,
    train_until_unsolved,
)


def test_the_symbol_stands_first_and_only_there():
    x, symbols = recall_batch(2, 5, 7, torch.Generator().manual_seed(0))
    assert torch.equal(x[:, :, 0, :SYMBOLS].argmax(-1), symbols)
    assert (x[:, :, 0, :SYMBOLS].sum(-1) == 1).all()
    assert (x[:, :, 1:, :SYMBOLS] == 0).all()
    assert (x[:, :, 1:, SYMBOLS] != 0).all()


@pytest.mark.parametrize("cell", dict.fromkeys(CELLS + FORGET_BIASES))
def test_each_copy_is_the_written_out_cell_read_at_its_own_step(cell):
    generator = torch.Generator().manual_seed(1)
    x, _ = recall_batch(2, 3, 9, generator)
    weights = recall_weights(cell, 2, 6, generator)
    found = recall_answers(cell, x, torch.tensor([4, 8]), weights)
    kind = cell.split(",")[0]
    for copy, step in enumerate((4, 8)):
        Wx, Wh, b, bh, out = (weight[copy] for weight in weights.values())
        biases = (b, bh) if kind == "GRU" else (b + bh,)
        layer = {"RNN": rnn, "LSTM": lstm, "GRU": gru}[kind]
        hidden = layer(x[copy], torch.zeros(3, 6), Wx, Wh, *biases)
        torch.testing.assert_close(found[copy], hidden[:, step] @ out)


def test_a_forget_bias_moves_the_forget_gate_and_nothing_else():
    drawn = [
        recall_weights(cell, 2, 6, torch.Generator().manual_seed(1))
        for cell in ("LSTM", "LSTM, forget bias 4")
    ]
    plain, open_ = ({name: w.detach() for name, w in each.items()} for each in drawn)
    moved = {name: open_[name] - plain[name] for name in plain}
    expected = torch.zeros(2, 1, 24)
    expected[..., 6:12] = 4  # gates i, f, g, o of 6 units each
    torch.testing.assert_close(moved.pop("b"), expected)
    assert not any(change.any() for change in moved.values())


def test_a_short_delay_is_learned_and_an_untrained_cell_guesses():
    trained = train_recall("RNN, orthogonal", (2,), seeds=2, updates=120)
    fresh = train_recall("RNN, orthogonal", (2,), seeds=2, updates=1)
    assert (trained.accuracy >= 0.95).all() and (fresh.accuracy < 0.7).all()


def test_the_longest_delay_ends_at_the_first_one_that_is_not_solved():
    accuracy = np.array([[1.0, 0.2, 0.99], [0.96, 0.99, 0.5], [0.97, 0.99, 0.98]])
    assert Recall("RNN", (5, 10, 20), accuracy).longest.tolist() == [20, 0, 5]


@pytest.mark.parametrize("delays", [(), (0,), (5, 5), (10, 5), (1.5,), None, 5])
def test_delays_that_do_not_grow_are_refused(delays):
    with pytest.raises(ValueError, match="Delays must be"):
        train_recall("RNN", delays)


def test_an_unknown_cell_and_a_count_below_one_are_refused():
    with pytest.raises(ValueError, match="Choose a cell"):
        train_recall("CNN", (5,))
    with pytest.raises(ValueError, match="learning rate"):
        train_recall("RNN", (5,), learning_rate=float("nan"))
    with pytest.raises(ValueError, match="held_out must be"):
        train_recall("RNN", (5,), held_out=0)
    with pytest.raises(ValueError, match="seeds must be"):
        train_recall("RNN", (5,), seeds=0)


def test_longer_delays_are_left_out_after_one_that_no_seed_solves():
    found = train_until_unsolved("LSTM", (2, 40, 80), seeds=2, updates=60, learning_rate=0.02)
    assert found.delays == (2, 40) and found.accuracy.shape == (2, 2)
    alone = train_recall("LSTM", (2,), seeds=2, updates=60, learning_rate=0.02)
    assert found.longest.tolist() == alone.longest.tolist() == [2, 2]
    assert (found.accuracy[0] == alone.accuracy[0]).all()
