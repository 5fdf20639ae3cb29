"""The gradient through time, measured: theory, PyTorch's LSTM and clipping agree with it."""

import numpy as np
import pytest
import torch
from torch import nn

from utils.models.recurrent import lstm_states, rnn
from utils.training.gradient_flow import clip_by_norm, gradient_flow, recurrent_weights

VALUES = (0.5, 0.9, 1.0, 1.1, 1.5)


def test_a_linear_rnn_with_orthogonal_weights_follows_the_theory_exactly():
    flow = gradient_flow(VALUES, cell="linear")
    wanted = np.broadcast_to(flow.theory[:, None], flow.hidden.shape)
    np.testing.assert_allclose(flow.hidden, wanted, rtol=1e-9)


@pytest.mark.parametrize("weights", ["orthogonal", "gaussian"])
def test_the_theory_bounds_the_tanh_rnn(weights):
    flow = gradient_flow(VALUES, cell="tanh", weights=weights)
    assert (flow.hidden <= flow.theory[:, None] * (1 + 1e-9)).all()
    assert (flow.hidden[:, :, 0] < 0.5 * flow.theory[:, None, 0]).all()


def test_gaussian_weights_lose_more_than_their_largest_singular_value_says():
    flow = gradient_flow((1.0,), cell="linear", weights="gaussian")
    assert (flow.hidden[:, :, 0] < 0.1 * flow.theory[:, None, 0]).all()


def test_the_cell_state_keeps_a_gradient_that_the_rnn_loses():
    lstm = gradient_flow((0.5,), cell="lstm", forget_bias=4.0)
    rnn_flow = gradient_flow((0.5,), cell="tanh")
    assert (lstm.cell_state[:, :, 0] > 1e6 * rnn_flow.hidden[:, :, 0]).all()


def test_a_closed_forget_gate_loses_the_gradient_too():
    opened = gradient_flow((0.5,), cell="lstm", forget_bias=4.0)
    closed = gradient_flow((0.5,), cell="lstm", forget_bias=-2.0)
    assert (closed.cell_state[:, :, 0] < 1e-6 * opened.cell_state[:, :, 0]).all()


@pytest.mark.parametrize("cell", ["tanh", "lstm"])
def test_the_batched_states_are_those_of_the_written_out_cell(cell):
    from utils.training.gradient_flow import _states

    generator = torch.Generator().manual_seed(0)
    blocks = 4 if cell == "lstm" else 1
    x = torch.randn(1, 7, 5 * blocks, dtype=torch.float64, generator=generator)
    Wh = torch.randn(1, 5, 5 * blocks, dtype=torch.float64, generator=generator)
    hidden, cells = _states(cell, x, Wh)
    zero = x.new_zeros(1, 5)
    own = (torch.eye(5 * blocks, dtype=x.dtype), Wh[0], x.new_zeros(5 * blocks))
    if cell == "lstm":
        wanted, wanted_cells = lstm_states(x, zero, zero, *own)
        torch.testing.assert_close(torch.stack(cells, 1), wanted_cells)
    else:
        wanted = rnn(x, zero, *own)
    torch.testing.assert_close(torch.stack(hidden, 1), wanted)


def test_the_same_seed_gives_the_same_curves():
    first, second = (gradient_flow((0.8,), seed=3) for _ in range(2))
    np.testing.assert_array_equal(first.hidden, second.hidden)


@pytest.mark.parametrize("kind", ["orthogonal", "gaussian"])
def test_the_largest_singular_value_is_the_one_asked_for(kind):
    found = recurrent_weights(kind, 1.3, 20, torch.Generator().manual_seed(1))
    singular = torch.linalg.svdvals(found)
    assert singular.max().item() == pytest.approx(1.3)
    assert (singular.min().item() == pytest.approx(1.3)) is (kind == "orthogonal")


@pytest.mark.parametrize("largest", [0.1, 1.0, 1e6])
def test_clipping_equals_pytorch(largest):
    model = nn.Linear(5, 3).double()
    model(torch.randn(4, 5, dtype=torch.float64)).square().sum().backward()
    clipped, norm = clip_by_norm([p.grad for p in model.parameters()], largest)
    wanted = nn.utils.clip_grad_norm_(model.parameters(), largest)
    torch.testing.assert_close(norm, wanted)
    for ours, theirs in zip(clipped, model.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs.grad)


@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf")])
def test_a_value_that_is_not_above_zero_is_refused(value):
    with pytest.raises(ValueError, match="above 0"):
        gradient_flow((1.0, value))
    with pytest.raises(ValueError, match="above 0"):
        recurrent_weights("gaussian", value, 4, torch.Generator())
    with pytest.raises(ValueError, match="above 0"):
        clip_by_norm([torch.ones(2)], value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"cell": "gru2"}, "Choose a cell"),
        ({"weights": "ones"}, "Choose weights"),
        ({"steps": 0}, "steps must be a whole number"),
        ({"draws": 1.5}, "draws must be a whole number"),
        ({"forget_bias": float("nan")}, "forget gate's bias"),
    ],
)
def test_bad_options_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        gradient_flow((1.0,), **options)


def test_no_singular_value_is_refused():
    with pytest.raises(ValueError, match="at least one largest singular value, not 'ab'"):
        gradient_flow("ab")
    for none in ([], [1.0]):
        with pytest.raises(ValueError, match="at least one gradient, a tensor each"):
            clip_by_norm(none, 1.0)
    with pytest.raises(ValueError, match="at least one"):
        gradient_flow(())
