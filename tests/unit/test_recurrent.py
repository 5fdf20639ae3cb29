"""The written-out recurrent networks are PyTorch's, step by step, gradients included."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from benchmarks.recurrent import per_gate_lstm, per_gate_weights, readable_lstm
from utils.models import recurrent as module
from utils.models.recurrent import GRU, LSTM, RNN

EXACT = {"atol": 1e-6, "rtol": 0}
KINDS = [RNN, LSTM, GRU]
SIZE = st.integers(1, 6)


def pair(kind, D, H, layers=1, seed=0):
    """PyTorch's module in float64 and our copy of it."""
    torch.manual_seed(seed)
    theirs = kind.twin(D, H, layers, batch_first=True).double()
    return theirs, kind.from_torch(theirs)


def start(kind, layers, N, H):
    h = torch.randn(layers, N, H, dtype=torch.float64)
    return (h, torch.randn_like(h)) if kind is LSTM else h


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20, deadline=None)
@given(N=SIZE, T=SIZE, D=SIZE, H=SIZE, layers=st.integers(1, 3), seed=st.integers(0, 99))
def test_modules_equal_pytorch_values_and_gradients(kind, N, T, D, H, layers, seed):
    theirs, ours = pair(kind, D, H, layers, seed)
    x = torch.randn(N, T, D, dtype=torch.float64)
    state = start(kind, layers, N, H)
    results = []
    for module_ in (theirs, ours):
        own = x.clone().requires_grad_()
        hidden, last = module_(own, state)
        last = last if isinstance(last, tuple) else (last,)
        (hidden.square().sum() + sum(part.cos().sum() for part in last)).backward()
        results.append((hidden, *last, own.grad))
    for wanted, given_ in zip(*results, strict=True):
        assert given_.dtype == torch.float64
        torch.testing.assert_close(given_, wanted, **EXACT)
    for layer, own in enumerate(ours.layer_weights()):
        for name, weight in (("weight_ih", own[0]), ("weight_hh", own[1]), ("bias_ih", own[2])):
            wanted = getattr(theirs, f"{name}_l{layer}").grad
            torch.testing.assert_close(
                weight.grad, wanted.T if wanted.dim() > 1 else wanted, **EXACT
            )
        if kind is GRU:
            torch.testing.assert_close(
                own[3].grad, getattr(theirs, f"bias_hh_l{layer}").grad, **EXACT
            )


@pytest.mark.parametrize("kind", KINDS)
def test_a_sequence_is_its_steps_one_after_another(kind):
    _, ours = pair(kind, 3, 4)
    own = ours.layer_weights()[0]
    x, h = torch.randn(2, 5, 3, dtype=torch.float64), torch.zeros(2, 4, dtype=torch.float64)
    sequence = getattr(module, kind.__name__.lower())(x, h, *own)
    step = getattr(module, f"{kind.__name__.lower()}_step")
    c = torch.zeros_like(h)
    for t in range(5):
        if kind is LSTM:
            h, c = step(x[:, t], h, c, *own)
        else:
            h = step(x[:, t], h, *own)
        torch.testing.assert_close(sequence[:, t], h, **EXACT)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("kind", KINDS)
def test_the_dtype_of_the_input_is_kept(kind, dtype):
    own = [weight.to(dtype) for weight in kind(3, 4).layer_weights()[0]]
    layer = getattr(module, kind.__name__.lower())
    assert (
        layer(torch.ones(2, 3, 3, dtype=dtype), torch.zeros(2, 4, dtype=dtype), *own).dtype == dtype
    )


@pytest.mark.parametrize("layer", ["rnn", "lstm", "gru"])
def test_gradients_pass_gradcheck(layer):
    kind = {"rnn": RNN, "lstm": LSTM, "gru": GRU}[layer]
    own = [w.detach().double().requires_grad_() for w in kind(2, 3).layer_weights()[0]]
    x = torch.randn(2, 3, 2, dtype=torch.float64, requires_grad=True)
    h = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(getattr(module, layer), (x, h, *own))


def test_a_context_is_one_more_input_and_needs_its_weights():
    Wx, Wh, b = (torch.randn(*shape) for shape in ((3, 16), (4, 16), (16,)))
    Wc, context = torch.randn(5, 16), torch.randn(2, 5)
    x, h, c = torch.randn(2, 3), torch.randn(2, 4), torch.randn(2, 4)
    given_ = module.lstm_step(x, h, c, Wx, Wh, b, context, Wc)
    joined = module.lstm_step(torch.cat([x, context], 1), h, c, torch.cat([Wx, Wc]), Wh, b)
    for one, other in zip(given_, joined, strict=True):
        torch.testing.assert_close(one, other)
    with pytest.raises(ValueError, match="together, or neither"):
        module.lstm_step(x, h, c, Wx, Wh, b, context=context)


def test_stacked_functions_are_the_stacked_module():
    _, ours = pair(GRU, 3, 4, layers=3)
    x, h0 = torch.randn(2, 5, 3, dtype=torch.float64), start(GRU, 3, 2, 4)
    given_ = module.stacked(module.gru, x, h0, ours.layer_weights())
    torch.testing.assert_close(given_, ours(x, h0)[0], **EXACT)


def test_a_trace_shows_the_gates_that_made_the_states():
    _, ours = pair(LSTM, 3, 4)
    x, h0 = torch.randn(2, 6, 3, dtype=torch.float64), torch.randn(2, 4, dtype=torch.float64)
    c0 = torch.randn_like(h0)
    trace = module.lstm_trace(x, h0, c0, *ours.layer_weights()[0])
    before = torch.cat([c0[:, None], trace.c[:, :-1]], dim=1)
    torch.testing.assert_close(trace.c, trace.f * before + trace.i * trace.g, **EXACT)
    torch.testing.assert_close(trace.h, trace.o * trace.c.tanh(), **EXACT)
    torch.testing.assert_close(trace.h, ours(x, (h0[None], c0[None]))[0], **EXACT)


@pytest.mark.parametrize("kind", KINDS)
def test_a_learned_start_begins_at_zero_and_takes_a_gradient(kind):
    plain = kind(3, 4, 2, generator=torch.Generator().manual_seed(1))
    learned = kind(3, 4, 2, learned_start=True, generator=torch.Generator().manual_seed(1))
    x = torch.randn(2, 5, 3)
    torch.testing.assert_close(plain(x)[0], learned(x)[0])
    learned(x)[0].sum().backward()
    assert learned.start.grad.abs().min() > 0
    with torch.no_grad():
        learned.start += 0.5
    assert not torch.allclose(plain(x)[0][:, 0], learned(x)[0][:, 0])


def test_state_is_carried_over_a_cut():
    _, ours = pair(LSTM, 3, 4, layers=2)
    x = torch.randn(2, 7, 3, dtype=torch.float64)
    whole, end = ours(x)
    first, state = ours(x[:, :3])
    second, last = ours(x[:, 3:], state)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole, **EXACT)
    for one, other in zip(last, end, strict=True):
        torch.testing.assert_close(one, other, **EXACT)


def test_the_per_gate_loop_of_the_benchmark_does_the_same_work():
    _, ours = pair(LSTM, 3, 4)
    own = ours.layer_weights()[0]
    x, h0 = torch.randn(2, 5, 3, dtype=torch.float64), torch.randn(2, 4, dtype=torch.float64)
    given_ = per_gate_lstm(x, h0, per_gate_weights(*own))
    torch.testing.assert_close(given_, module.lstm(x, h0, *own), **EXACT)


def test_the_readable_lstm_is_fast_enough_to_train():
    """At most three times nn.LSTM's time, and faster than eight products a time step."""
    for _ in range(3):  # other work on the machine may spoil a try
        figures = readable_lstm(repeats=11)
        if all(figure.met for figure in figures):
            return
    pytest.fail("; ".join(f"{figure.name}: {figure.measured}" for figure in figures))


@pytest.mark.parametrize("layer", [module.rnn, module.lstm, module.gru])
@pytest.mark.parametrize("shape", [(2, 3), (2, 0, 3)])
def test_an_input_without_time_steps_is_refused(layer, shape):
    weights = {module.rnn: RNN, module.lstm: LSTM, module.gru: GRU}[layer](3, 4).layer_weights()[0]
    with pytest.raises(ValueError, match=r"shape \(N, T, D\) with at least one time step"):
        layer(torch.zeros(shape), torch.zeros(2, 4), *weights)


@pytest.mark.parametrize(
    ("theirs", "sentence"),
    [
        (nn.GRU(3, 4), "come from a LSTM, not from GRU"),
        (nn.LSTM(3, 4, bidirectional=True), "one-directional"),
        (nn.LSTM(3, 4, bias=False), "with biases"),
        (nn.LSTM(3, 4, proj_size=2), "plain"),
    ],
)
def test_only_plain_modules_can_be_copied(theirs, sentence):
    with pytest.raises(ValueError, match=sentence):
        LSTM.from_torch(theirs)


def test_relu_is_not_tanh():
    with pytest.raises(ValueError, match="and tanh"):
        RNN.from_torch(nn.RNN(3, 4, nonlinearity="relu"))


@pytest.mark.parametrize("sizes", [(0, 4), (3, 0), (3, 4, 0), (3.0, 4)])
def test_a_size_below_one_is_refused(sizes):
    with pytest.raises(ValueError, match="whole number, at least 1"):
        RNN(*sizes)


def lstm_parts(steps=5, batch=3, size=2, hidden=4):
    """Return from_input (T, N, 4H), h0, c0 and Wh, float64, all with a gradient."""
    generator = torch.Generator().manual_seed(0)
    shapes = ((steps, batch, 4 * hidden), (batch, hidden), (batch, hidden), (hidden, 4 * hidden))
    return [
        torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_()
        for shape in shapes
    ]


class TestBackThroughTime:
    """The backward pass of the LSTM, written out, is the derivative of its plain loop."""

    def test_it_is_the_numerical_derivative(self):
        assert torch.autograd.gradcheck(module._BackThroughTime.apply, lstm_parts())

    @pytest.mark.parametrize("steps", [1, 6])
    @pytest.mark.parametrize("used", ["hidden", "cells", "last cell", "both"])
    def test_it_is_that_of_autograd_whatever_the_loss_looks_at(self, steps, used):
        parts = lstm_parts(steps)

        def loss(found):
            hidden, cells = found
            weights = torch.linspace(-1, 2, hidden.numel(), dtype=torch.float64).view_as(hidden)
            return {
                "hidden": (weights * hidden).sum(),
                "cells": (weights * cells).sum(),
                "last cell": cells[-1, 0].sum(),
                "both": (weights * hidden * cells).sum(),
            }[used]

        written, plain = (
            torch.autograd.grad(loss(way(*parts)), parts)
            for way in (module._BackThroughTime.apply, module.lstm_loop)
        )
        for own, wanted in zip(written, plain, strict=True):
            torch.testing.assert_close(own, wanted, rtol=0, atol=1e-12)

    def test_a_second_derivative_is_refused_and_not_wrong(self):
        parts = lstm_parts()
        hidden, _ = module._BackThroughTime.apply(*parts)
        (first,) = torch.autograd.grad((hidden**2).sum(), parts[0], create_graph=True)
        with pytest.raises(RuntimeError, match="differentiate twice"):
            first.sum().backward()

    def test_the_transforms_of_torch_func_see_the_plain_loop(self):
        generator = torch.Generator().manual_seed(1)
        x = torch.randn(6, 3, 5, 2, generator=generator)
        h0 = torch.zeros(3, 4)
        Wx, Wh, b = (torch.randn(n, 16, generator=generator) for n in (2, 4, 1))
        mapped = torch.func.vmap(lambda own: module.lstm(own, h0, Wx, Wh, b[0]))(x)
        one_by_one = torch.stack([module.lstm(own, h0, Wx, Wh, b[0]) for own in x])
        torch.testing.assert_close(mapped, one_by_one)
        gradient = torch.func.grad(lambda W: module.lstm(x[0], h0, Wx, W, b[0]).sum())(Wh)
        W = Wh.clone().requires_grad_()
        module.lstm(x[0], h0, Wx, W, b[0]).sum().backward()
        torch.testing.assert_close(gradient, W.grad)


X, H0 = torch.zeros(2, 3, 4), torch.zeros(2, 6)
PLAIN = (torch.zeros(4, 6), torch.zeros(6, 6), torch.zeros(6))
GATED = (torch.zeros(4, 24), torch.zeros(6, 24), torch.zeros(24))


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda: module.rnn(X[..., :3], H0, *PLAIN), "Wx take 4 numbers a time step, not 3"),
        (lambda: module.lstm(X, H0, *PLAIN), "Wx \\(D, 4H\\) and Wh \\(H, 4H\\), not"),
        (lambda: module.rnn(X, H0, *GATED), "Wx \\(D, H\\) and Wh \\(H, H\\), not"),
        (lambda: module.lstm(X, H0[:, :5], *GATED), "shape \\(2, 6\\).* not \\(2, 5\\)"),
        (lambda: module.rnn(X, H0[:1], *PLAIN), "shape \\(2, 6\\).* not \\(1, 6\\)"),
        (lambda: module.rnn(X.double(), H0, *PLAIN), "not torch.float64 and torch.float32"),
        (lambda: module.rnn(X.long(), H0, *PLAIN), "not torch.int64 and torch.float32"),
        (
            lambda: module.stacked(module.rnn, X, H0[None], [PLAIN] * 2),
            "has 2 layers, but the state has 1",
        ),
        (lambda: RNN(4, 6)(X, torch.zeros(2, 2, 6)), "has 1 layers, but the state has 2"),
        (lambda: LSTM(4, 6)(X, H0[None]), "pair of tensors"),
        (lambda: LSTM(5, 6)(X), "Wx take 5 numbers a time step, not 4"),
        (lambda: GRU(5, 6)(X), "Wx take 5 numbers a time step, not 4"),
        (lambda: RNN(True, 6), "whole number, at least 1, not True"),
    ],
)
def test_parts_that_do_not_fit_are_told_in_one_sentence(act, sentence):
    with pytest.raises(ValueError, match=sentence):
        act()
