"""Recurrent networks, written out: h_t = f_W(h_{t-1}, x_t), the same W at every time step.

The functions are pure: they keep the dtype, can be differentiated, and have no state of their
own. Each equals its PyTorch counterpart. Letters: N batch, T time steps, D input, H hidden size.
A sequence function projects the input of all time steps in one matrix product, because that
part does not depend on the hidden state; only ``h @ Wh`` must wait for the step before.

Sources: Elman, "Finding Structure in Time" (1990); Hochreiter and Schmidhuber, "Long Short-Term
Memory" (1997), with the forget gate of Gers et al. (2000); Cho et al. (2014) for the GRU.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

sigmoid_backward = torch.ops.aten.sigmoid_backward  # (gradient, sigmoid(x)) -> gradient of x
tanh_backward = torch.ops.aten.tanh_backward
TEXT = {
    "sequence": (
        "The input needs the shape (N, T, D) with at least one time step, not {shape}. "
        "For a single sequence, add a batch dimension: x[None]."
    ),
    "features": "The weights Wx take {wanted} numbers a time step, not {given}.",
    "state": "A state needs the shape {wanted}: a row for each sequence, not {given}.",
    "gates": "These weights need Wx (D, {gates}H) and Wh (H, {gates}H), not {wx} and {wh}.",
    "types": "Input, state and weights need one type of number, not {given}.",
    "layers": "The network has {wanted} layers, but the state has {given}: give each layer one.",
    "pair": "The state of an LSTM is a pair of tensors (h, c).",
    "context": "Give the context and its weights Wc together, or neither.",
    "kind": "Weights come from a {wanted}, not from {given}.",
    "option": "Only a plain, one-directional nn.{kind} with biases{more} can be copied.",
    "size": "{name} must be a whole number, at least 1, not {value!r}.",
}


def rnn_step(x: Tensor, h: Tensor, Wx: Tensor, Wh: Tensor, b: Tensor) -> Tensor:
    """Return the next hidden state (N, H) = tanh(x Wx + h Wh + b).

    x (N, D), h (N, H), Wx (D, H), Wh (H, H), b (H,).
    """
    return torch.tanh(x @ Wx + h @ Wh + b)


def rnn(x: Tensor, h0: Tensor, Wx: Tensor, Wh: Tensor, b: Tensor) -> Tensor:
    """Return the hidden states of all time steps (N, T, H); equals `torch.nn.RNN`.

    x (N, T, D), h0 (N, H); weights as in `rnn_step`. ValueError for an input without time steps.
    """
    h, hidden = h0, []
    for from_input in _projected(x, h0, Wx, Wh, b, gates=1).unbind(0):
        h = torch.tanh(torch.addmm(from_input, h, Wh))
        hidden.append(h)
    return torch.stack(hidden, dim=1)


def lstm_step(
    x: Tensor,
    h: Tensor,
    c: Tensor,
    Wx: Tensor,
    Wh: Tensor,
    b: Tensor,
    context: Tensor | None = None,
    Wc: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the next hidden state and cell state, each (N, H).

    x (N, D), h and c (N, H), Wx (D, 4H), Wh (H, 4H), b (4H,): the gates stand in PyTorch's order
    i, f, g, o. ``context`` (N, C) with Wc (C, 4H) is one more input, for instance the features
    of an image. ValueError for one of these two without the other.
    """
    if (context is None) != (Wc is None):
        raise ValueError(TEXT["context"])
    gates = x @ Wx + h @ Wh + b  # (N, 4H)
    if context is not None:
        gates = gates + context @ Wc
    return _lstm_update(gates, c)


def _lstm_update(gates: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """Return (h, c) from the gates before their activation (N, 4H) and the cell state (N, H)."""
    i, f, g, o = gates.chunk(4, dim=-1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def lstm(x: Tensor, h0: Tensor, Wx: Tensor, Wh: Tensor, b: Tensor) -> Tensor:
    """Return the hidden states of all time steps (N, T, H), from c_0 = 0; equals `torch.nn.LSTM`.

    x (N, T, D), h0 (N, H); weights as in `lstm_step`. ValueError for an input without time steps.
    """
    return lstm_states(x, h0, torch.zeros_like(h0), Wx, Wh, b)[0]


def lstm_states(
    x: Tensor, h0: Tensor, c0: Tensor, Wx: Tensor, Wh: Tensor, b: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the hidden and the cell states of all time steps, each (N, T, H).

    As `lstm`, with a cell state c0 (N, H) to begin from. Its gradient cannot be differentiated
    again, except in the transforms of `torch.func`.
    """
    # torch.func cannot look into a backward pass that is written out.
    every_step = (
        lstm_loop if torch._C._are_functorch_transforms_active() else _BackThroughTime.apply
    )
    hidden, cells = every_step(_projected(x, h0, Wx, Wh, b, gates=4), h0, c0, Wh)
    return hidden.transpose(0, 1), cells.transpose(0, 1)


def lstm_loop(from_input: Tensor, h0: Tensor, c0: Tensor, Wh: Tensor) -> tuple[Tensor, Tensor]:
    """Return the hidden and the cell states (T, N, H), given the input's part (T, N, 4H).

    The plain loop that defines `lstm`; autograd finds its gradient.
    """
    h, c, hidden, cells = h0, c0, [], []
    for own in from_input.unbind(0):
        h, c = _lstm_update(torch.addmm(own, h, Wh), c)
        hidden.append(h)
        cells.append(c)
    return torch.stack(hidden), torch.stack(cells)


class _BackThroughTime(torch.autograd.Function):
    """All time steps of an LSTM, and backpropagation through time, written out.

    Autograd finds the same gradients from `lstm_loop`, step by step, but adds up the gradient of
    Wh in T products. Here it is one product over all time steps, as in the fast kernels.
    """

    @staticmethod
    def forward(
        ctx: torch.autograd.function.FunctionCtx,
        from_input: Tensor,
        h0: Tensor,
        c0: Tensor,
        Wh: Tensor,
    ) -> tuple[Tensor, Tensor]:
        h, c, hidden, cells, kept = h0, c0, [], [], []
        for own in from_input.unbind(0):
            i, f, g, o = torch.addmm(own, h, Wh).chunk(4, dim=-1)
            i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
            kept += [i, f, g, o, c]
            c = torch.addcmul(f * c, i, g)
            kept.append(shown := c.tanh())
            h = o * shown
            hidden.append(h)
            cells.append(c)
        hidden, cells = torch.stack(hidden), torch.stack(cells)
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(h0, Wh, hidden, *kept)
        return hidden, cells

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(
        ctx: torch.autograd.function.FunctionCtx, to_hidden: Tensor | None, to_cells: Tensor | None
    ) -> tuple[Tensor, ...]:
        h0, Wh, hidden, *kept = ctx.saved_tensors
        before = torch.empty(*hidden.shape[:2], Wh.shape[1], dtype=Wh.dtype, device=Wh.device)
        dh = dc = torch.zeros_like(h0)  # gradients of h_t and c_t, from all that comes later
        for t in reversed(range(len(hidden))):
            i, f, g, o, c, shown = kept[6 * t : 6 * t + 6]  # c is the cell state before
            dh = dh if to_hidden is None else dh + to_hidden[t]
            dc = dc if to_cells is None else dc + to_cells[t]
            dc = dc + tanh_backward(dh * o, shown)
            parts = (
                sigmoid_backward(dc * g, i),
                sigmoid_backward(dc * c, f),
                tanh_backward(dc * i, g),
                sigmoid_backward(dh * shown, o),
            )
            torch.cat(parts, dim=-1, out=before[t])  # (N, 4H): before the activations
            dh, dc = before[t] @ Wh.T, dc * f
        dWh = h0.T @ before[0] + hidden[:-1].flatten(0, 1).T @ before[1:].flatten(0, 1)
        return before, dh, dc, dWh


@dataclass(frozen=True)
class LSTMTrace:
    """Everything inside an LSTM at every time step, each (N, T, H).

    h hidden state, c cell state; i, f, o the gates, between 0 and 1; g the candidate, -1 to 1.
    """

    h: Tensor
    c: Tensor
    i: Tensor
    f: Tensor
    g: Tensor
    o: Tensor


def lstm_trace(x: Tensor, h0: Tensor, c0: Tensor, Wx: Tensor, Wh: Tensor, b: Tensor) -> LSTMTrace:
    """Run an LSTM as `lstm_states` does and keep its gates too."""
    h, c = lstm_states(x, h0, c0, Wx, Wh, b)
    before = torch.cat([h0[:, None], h[:, :-1]], dim=1)  # (N, T, H): h_{t-1} at place t
    i, f, g, o = (x @ Wx + before @ Wh + b).chunk(4, dim=-1)
    return LSTMTrace(h, c, i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid())


def gru_step(x: Tensor, h: Tensor, Wx: Tensor, Wh: Tensor, b: Tensor, bh: Tensor) -> Tensor:
    """Return the next hidden state (N, H) of a gated recurrent unit.

    x (N, D), h (N, H), Wx (D, 3H), Wh (H, 3H), b and bh (3H,): PyTorch's order r, z, n. ``bh``
    belongs to the hidden state's product, so its last part is inside the reset product.
    """
    return _gru_update(x @ Wx + b, h, Wh, bh)


def _gru_update(from_input: Tensor, h: Tensor, Wh: Tensor, bh: Tensor) -> Tensor:
    input_r, input_z, input_n = from_input.chunk(3, dim=-1)
    hidden_r, hidden_z, hidden_n = torch.addmm(bh, h, Wh).chunk(3, dim=-1)
    r = torch.sigmoid(input_r + hidden_r)
    z = torch.sigmoid(input_z + hidden_z)
    n = torch.tanh(input_n + r * hidden_n)
    return n + z * (h - n)


def gru(x: Tensor, h0: Tensor, Wx: Tensor, Wh: Tensor, b: Tensor, bh: Tensor) -> Tensor:
    """Return the hidden states of all time steps (N, T, H); equals `torch.nn.GRU`.

    x (N, T, D), h0 (N, H); weights as in `gru_step`. ValueError for an input without time steps.
    """
    h, hidden = h0, []
    for from_input in _projected(x, h0, Wx, Wh, b, gates=3).unbind(0):
        h = _gru_update(from_input, h, Wh, bh)
        hidden.append(h)
    return torch.stack(hidden, dim=1)


def _projected(x: Tensor, h0: Tensor, Wx: Tensor, Wh: Tensor, b: Tensor, gates: int) -> Tensor:
    """Return the input's part of all time steps (T, N, G): one product for all of them."""
    if x.dim() != 3 or x.shape[1] == 0:
        raise ValueError(TEXT["sequence"].format(shape=tuple(x.shape)))
    _check_fit(x, h0, Wx, Wh, gates)
    # Time comes first, so that the part of one time step lies together in memory.
    return x.transpose(0, 1) @ Wx + b


def _check_fit(x: Tensor, h0: Tensor, Wx: Tensor, Wh: Tensor, gates: int) -> None:
    """Raise ValueError unless input, state and weights fit together."""
    hidden = Wh.shape[0]
    if Wh.shape != (hidden, gates * hidden) or Wx.shape[1:] != (gates * hidden,):
        shapes = {"wx": tuple(Wx.shape), "wh": tuple(Wh.shape)}
        raise ValueError(TEXT["gates"].format(gates=gates if gates > 1 else "", **shapes))
    if x.shape[2] != Wx.shape[0]:
        raise ValueError(TEXT["features"].format(wanted=Wx.shape[0], given=x.shape[2]))
    if h0.shape != (len(x), hidden):
        raise ValueError(TEXT["state"].format(wanted=(len(x), hidden), given=tuple(h0.shape)))
    types = dict.fromkeys(str(tensor.dtype) for tensor in (x, h0, Wx, Wh))
    if len(types) > 1:
        raise ValueError(TEXT["types"].format(given=" and ".join(types)))


def _check_layers(h0: Tensor, layers: int) -> None:
    if len(h0) != layers:
        raise ValueError(TEXT["layers"].format(wanted=layers, given=len(h0)))


Layer = Callable[..., Tensor]


def stacked(layer: Layer, x: Tensor, h0: Tensor, weights: Sequence[Sequence[Tensor]]) -> Tensor:
    """Return the top layer's hidden states (N, T, H): each layer reads the one below.

    ``layer`` is `rnn`, `lstm` or `gru`; h0 (L, N, H) and ``weights`` give each layer its own.
    """
    _check_layers(h0, len(weights))
    for h, own in zip(h0, weights, strict=True):
        x = layer(x, h, *own)
    return x


class Recurrent(nn.Module):
    """L recurrent layers, one above the other, around the functions of this module.

    ``forward(x, state)`` takes x (N, T, D) and returns the top layer's hidden states (N, T, H)
    and the last state, as `torch.nn.RNN` with ``batch_first=True`` does: (L, N, H), for an LSTM
    a pair (h, c) of these. Without a state it begins from zero, or with ``learned_start`` from
    a vector for each layer that training may change (only h; an LSTM's c_0 stays zero).
    """

    gates = 1
    names: tuple[str, ...] = ("Wx", "Wh", "b")  # in the order in which the function takes them
    twin: type[nn.RNNBase] = nn.RNN

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        layers: int = 1,
        *,
        learned_start: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        for name, value in {
            "input_size": input_size,
            "hidden_size": hidden_size,
            "layers": layers,
        }.items():
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(TEXT["size"].format(name=name, value=value))
        self.input_size, self.hidden_size, self.layers = input_size, hidden_size, layers
        sizes = [input_size] + [hidden_size] * (layers - 1)
        self.weights = nn.ModuleList(nn.ParameterDict(self._shapes(size)) for size in sizes)
        self.start = nn.Parameter(torch.zeros(layers, hidden_size)) if learned_start else None
        self.reset_parameters(generator)

    def _shapes(self, input_size: int) -> dict[str, Tensor]:
        """Return one layer's weights by name, not drawn yet."""
        wide = self.gates * self.hidden_size
        return {
            "Wx": torch.empty(input_size, wide),
            "Wh": torch.empty(self.hidden_size, wide),
            "b": torch.empty(wide),
        }

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw the weights as PyTorch does, uniform within 1/√H; a learned start begins at 0."""
        bound = self.hidden_size**-0.5
        with torch.no_grad():
            for own in self.layer_weights():
                for weight in own:
                    weight.uniform_(-bound, bound, generator=generator)

    def layer_weights(self) -> list[tuple[Tensor, ...]]:
        """Return each layer's weights as its function takes them, from the bottom layer up."""
        return [tuple(own[name] for name in self.names) for own in self.weights]

    def begin(self, x: Tensor) -> Tensor:
        """Return the h_0 of every layer (L, N, H) for an input (N, T, D)."""
        start = x.new_zeros(self.layers, self.hidden_size) if self.start is None else self.start
        return start[:, None].expand(-1, len(x), -1)

    def forward(self, x: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        last = []
        h0 = self.begin(x) if state is None else state
        _check_layers(h0, self.layers)
        for h, own in zip(h0, self.layer_weights(), strict=True):
            x = self._layer(x, h, *own)
            last.append(x[:, -1])
        return x, torch.stack(last)

    @staticmethod
    def _layer(x: Tensor, h0: Tensor, *weights: Tensor) -> Tensor:
        raise NotImplementedError

    @classmethod
    def from_torch(cls, module: nn.RNNBase) -> "Recurrent":
        """Return a copy of a PyTorch module: its weights, transposed; biases added together.

        Raises ValueError for another kind of module, and for one with two directions, a
        projection, no biases or (nn.RNN) another activation than tanh.
        """
        own = cls(module.input_size, module.hidden_size, module.num_layers)
        own.to(module.weight_ih_l0)
        return own.load_torch(module)

    def load_torch(self, module: nn.RNNBase) -> "Recurrent":
        """Copy the weights of a PyTorch module of the same sizes; see `from_torch`."""
        self._check(module)
        with torch.no_grad():
            for layer, own in enumerate(self.layer_weights()):
                names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
                theirs = [getattr(module, f"{name}_l{layer}") for name in names]
                for weight, value in zip(own, self._converted(*theirs), strict=True):
                    weight.copy_(value)
        return self

    def _check(self, module: nn.RNNBase) -> None:
        if not isinstance(module, self.twin):
            given = type(module).__name__
            raise ValueError(TEXT["kind"].format(wanted=self.twin.__name__, given=given))
        plain = not module.bidirectional and not module.proj_size and module.bias
        if not plain or getattr(module, "nonlinearity", "tanh") != "tanh":
            more = " and tanh" if self.twin is nn.RNN else ""
            raise ValueError(TEXT["option"].format(kind=self.twin.__name__, more=more))

    @staticmethod
    def _converted(wx: Tensor, wh: Tensor, bx: Tensor, bh: Tensor) -> tuple[Tensor, ...]:
        return wx.T, wh.T, bx + bh


class RNN(Recurrent):
    """Stacked vanilla recurrent layers; see `Recurrent`."""

    _layer = staticmethod(rnn)


class GRU(Recurrent):
    """Stacked gated recurrent units; see `Recurrent`."""

    gates = 3
    names = ("Wx", "Wh", "b", "bh")
    twin = nn.GRU
    _layer = staticmethod(gru)

    def _shapes(self, input_size: int) -> dict[str, Tensor]:
        return super()._shapes(input_size) | {"bh": torch.empty(3 * self.hidden_size)}

    @staticmethod
    def _converted(wx: Tensor, wh: Tensor, bx: Tensor, bh: Tensor) -> tuple[Tensor, ...]:
        return wx.T, wh.T, bx, bh


class LSTM(Recurrent):
    """Stacked long short-term memories; see `Recurrent`. The state is a pair (h, c)."""

    gates = 4
    twin = nn.LSTM

    def forward(
        self, x: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        if isinstance(state, Tensor):
            raise ValueError(TEXT["pair"])
        h0, c0 = state or (self.begin(x), x.new_zeros(self.layers, len(x), self.hidden_size))
        _check_layers(h0, self.layers)
        _check_layers(c0, self.layers)
        last_h, last_c = [], []
        for h, c, own in zip(h0, c0, self.layer_weights(), strict=True):
            x, cells = lstm_states(x, h, c, *own)
            last_h.append(x[:, -1])
            last_c.append(cells[:, -1])
        return x, (torch.stack(last_h), torch.stack(last_c))
