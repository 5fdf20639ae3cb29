"""The readable LSTM against PyTorch's kernels and against a loop with one product a gate."""

import statistics
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from benchmarks.figure import Figure
from benchmarks.turns import Way, in_turns, ratio
from utils.models.recurrent import LSTM, lstm
from utils.threads import granted_cores

N, T, D, H = 32, 64, 64, 128
REPEATS = 31
TEXT = {
    "slower": "readable LSTM, forward and backward, time of nn.LSTM",
    "faster": "readable LSTM, characters a second against the per-gate loop",
    "peer": "nn.LSTM {builtin:,.0f} characters a second",
    "loop": "per-gate loop {loop:,.0f} characters a second, readable {readable:,.0f}",
    "note": (
        "T = {T}, N = {N}, D = {D}, H = {H}; median of the ratios of {repeats} runs, each beside a "
        "run of the other, quartiles {low:.2f} to {high:.2f}; threads, the faster of 1 and {cores} "
        "for each: nn.LSTM {builtin}, readable {readable}, per-gate loop {loop}"
    ),
}

GateWeights = Sequence[tuple[Tensor, Tensor, Tensor]]


def per_gate_weights(Wx: Tensor, Wh: Tensor, b: Tensor) -> GateWeights:
    """Return (Wx, Wh, b) of each gate i, f, g, o on its own, as separate parameters."""
    parts = zip(*(w.detach().chunk(4, dim=-1) for w in (Wx, Wh, b)), strict=True)
    return [tuple(part.clone().requires_grad_() for part in gate) for gate in parts]


def per_gate_lstm(x: Tensor, h0: Tensor, weights: GateWeights) -> Tensor:
    """Return the hidden states (N, T, H) with eight products a time step.

    So is the LSTM from scratch of Zhang et al., "Dive into Deep Learning" (2023), written.
    """
    h, c, hidden = h0, torch.zeros_like(h0), []
    for t in range(x.shape[1]):
        i, f, g, o = (x[:, t] @ Wx + h @ Wh + b for Wx, Wh, b in weights)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        hidden.append(h)
    return torch.stack(hidden, dim=1)


def methods() -> dict[str, Way]:
    """Return the three ways to do the same work: the hidden states of the same input."""
    torch.manual_seed(0)
    theirs = nn.LSTM(D, H, batch_first=True)
    own = LSTM.from_torch(theirs).layer_weights()[0]
    gates = per_gate_weights(*own)
    x, h0 = torch.randn(N, T, D), torch.zeros(N, H)
    return {
        "builtin": lambda: theirs(x)[0],
        "readable": lambda: lstm(x, h0, *own),
        "loop": lambda: per_gate_lstm(x, h0, gates),
    }


def readable_lstm(repeats: int = REPEATS) -> tuple[Figure, ...]:
    """Time the three ways, each with the number of threads that suits it."""
    threads, spent = in_turns(methods(), repeats)
    speed = {name: N * T / statistics.median(values) for name, values in spent.items()}
    slower, faster = ratio(spent, "readable", "builtin"), ratio(spent, "loop", "readable")
    return (
        _figure("slower", slower, 3.0, TEXT["peer"].format(**speed), threads, repeats),
        _figure("faster", faster, 1.0, TEXT["loop"].format(**speed), threads, repeats, True),
    )


def _figure(
    name: str,
    quartiles: tuple[float, float, float],
    reach: float,
    peer: str,
    threads: dict[str, int],
    repeats: int,
    at_least: bool = False,
) -> Figure:
    low, middle, high = quartiles
    sizes = {"T": T, "N": N, "D": D, "H": H, "repeats": repeats, "cores": granted_cores()}
    note = TEXT["note"].format(**sizes, **threads, low=low, high=high)
    return Figure(TEXT[name], middle, "×", reach, peer, note, at_least)
