"""How a gradient travels back through time (Lecture 12, gradient flow).

Backpropagation through time multiplies the gradient by Wh once a step. This module measures the
norm of dL/dh_t at every time step, for many weights at once, as the largest singular value of Wh
moves; and it writes out clipping by norm, the usual answer to gradients that explode.

Sources: Bengio, Simard and Frasconi, "Learning Long-Term Dependencies with Gradient Descent is
Difficult" (1994); Pascanu, Mikolov and Bengio, "On the Difficulty of Training Recurrent Neural
Networks" (2013), for the singular values and for clipping by norm.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

CELLS = ("linear", "tanh", "lstm")
WEIGHTS = ("orthogonal", "gaussian")
TEXT = {
    "cell": "Choose a cell from {known}, not {value!r}.",
    "weights": "Choose weights from {known}, not {value!r}.",
    "singular": "A largest singular value must be a finite number above 0, not {value!r}.",
    "none": "Give a list of at least one largest singular value, not {value!r}.",
    "gradients": "Clip at least one gradient, a tensor each.",
    "count": "{name} must be a whole number, at least 1, not {value!r}.",
    "bias": "The forget gate's bias must be a finite number, not {value!r}.",
    "norm": "The largest norm must be a finite number above 0, not {value!r}.",
}


@dataclass(frozen=True)
class GradientNorms:
    """Norms of the gradient at every time step; S singular values, K draws of the weights.

    hidden (S, K, T): norm of dL/dh_t, t = 1 … T; cell_state: norm of dL/dc_t in the same shape
    (None without a cell state). The loss L is the product of h_T and a fixed vector of length 1.
    """

    cell: str
    weights: str
    singular_values: np.ndarray
    hidden: np.ndarray
    cell_state: np.ndarray | None

    @property
    def theory(self) -> np.ndarray:
        """The line σ^(T − t), shape (S, T): exact for a linear RNN with orthogonal weights.

        With any other Wh it is an upper bound for the linear and the tanh RNN.
        """
        steps = self.hidden.shape[-1]
        return self.singular_values[:, None] ** np.arange(steps - 1, -1, -1.0)


def recurrent_weights(
    kind: str, singular_value: float, size: int, generator: torch.Generator
) -> Tensor:
    """Return weights (size, size), float64, whose largest singular value is the one given.

    "orthogonal": all singular values are equal. "gaussian": independent normal numbers, scaled;
    most singular values are smaller than the largest. ValueError for another kind or value.
    """
    if kind not in WEIGHTS:
        raise ValueError(TEXT["weights"].format(known=", ".join(WEIGHTS), value=kind))
    if not (math.isfinite(singular_value) and singular_value > 0):
        raise ValueError(TEXT["singular"].format(value=singular_value))
    drawn = torch.randn(size, size, dtype=torch.float64, generator=generator)
    if kind == "gaussian":
        return singular_value * drawn / torch.linalg.matrix_norm(drawn, 2)
    q, r = torch.linalg.qr(drawn)
    return singular_value * q * r.diagonal().sign()  # the sign makes every rotation as likely


def gradient_flow(
    singular_values: Sequence[float],
    *,
    cell: str = "tanh",
    weights: str = "orthogonal",
    steps: int = 50,
    hidden_size: int = 32,
    draws: int = 8,
    forget_bias: float = 1.0,
    input_scale: float = 0.3,
    seed: int = 0,
) -> GradientNorms:
    """Measure the norm of dL/dh_t by autograd, for all singular values and draws in one pass.

    Each draw has one Wh (for an LSTM one for each gate), one input and one loss; the singular
    value only scales Wh, so that the curves of a draw differ in nothing else. ``input_scale``
    is the standard deviation of the input to each unit. Everything is float64. ValueError for
    an unknown cell or weights, a value that is not above 0, and a count below 1.
    """
    _check(singular_values, cell, steps, hidden_size, draws, forget_bias)
    generator = torch.Generator().manual_seed(seed)
    blocks = 4 if cell == "lstm" else 1
    units = torch.stack(  # (K, H, G H): scaled to each singular value below
        [
            torch.cat(
                [recurrent_weights(weights, 1.0, hidden_size, generator) for _ in range(blocks)],
                dim=1,
            )
            for _ in range(draws)
        ]
    )
    values = torch.tensor([float(s) for s in singular_values], dtype=torch.float64)
    if not bool((values.isfinite() & (values > 0)).all()):
        raise ValueError(TEXT["singular"].format(value=list(singular_values)))
    Wh = (values[:, None, None, None] * units).flatten(0, 1)  # (S K, H, G H)
    shape = (draws, steps, blocks * hidden_size)
    x = input_scale * torch.randn(shape, dtype=torch.float64, generator=generator)
    if cell == "lstm":
        x[..., hidden_size : 2 * hidden_size] += forget_bias
    towards = torch.randn(draws, hidden_size, dtype=torch.float64, generator=generator)
    towards = towards / towards.norm(dim=-1, keepdim=True)
    copies = len(values)
    hidden, cells = _states(cell, x.repeat(copies, 1, 1), Wh)
    (hidden[-1] * towards.repeat(copies, 1)).sum().backward()
    return GradientNorms(
        cell,
        weights,
        values.numpy(),
        _norms(hidden, copies),
        _norms(cells, copies) if cells else None,
    )


def _check(
    singular_values: Sequence[float], cell: str, steps: int, size: int, draws: int, bias: float
) -> None:
    if cell not in CELLS:
        raise ValueError(TEXT["cell"].format(known=", ".join(CELLS), value=cell))
    if np.ndim(singular_values) != 1 or not len(singular_values):
        raise ValueError(TEXT["none"].format(value=singular_values))
    for name, value in {"steps": steps, "hidden_size": size, "draws": draws}.items():
        if not isinstance(value, int) or value < 1:
            raise ValueError(TEXT["count"].format(name=name, value=value))
    if not math.isfinite(bias):
        raise ValueError(TEXT["bias"].format(value=bias))


def _states(cell: str, x: Tensor, Wh: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    """Return h_t and c_t, each T of (B, H), that keep their gradient; x (B, T, G H)."""
    h = x.new_zeros(len(x), Wh.shape[1], requires_grad=True)
    c = torch.zeros_like(h)
    hidden, cells = [], []
    for from_input in x.unbind(1):
        before = from_input + torch.bmm(h[:, None], Wh)[:, 0]  # (B, G H)
        if cell == "lstm":
            i, f, g, o = before.chunk(4, dim=-1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            c.retain_grad()
            cells.append(c)
            h = o.sigmoid() * c.tanh()
        else:
            h = before.tanh() if cell == "tanh" else before
        h.retain_grad()
        hidden.append(h)
    return hidden, cells


def _norms(states: list[Tensor], copies: int) -> np.ndarray:
    """Return the norms of the states' gradients (S, K, T)."""
    norms = torch.stack([state.grad.norm(dim=-1) for state in states], dim=-1)  # (S K, T)
    return norms.unflatten(0, (copies, -1)).numpy()


def clip_by_norm(gradients: Iterable[Tensor], largest: float) -> tuple[list[Tensor], Tensor]:
    """Return the gradients, scaled so that their joint norm is at most ``largest``, and the norm.

    All gradients together are one long vector: one factor scales them all, so the direction is
    kept. Equals `torch.nn.utils.clip_grad_norm_`, its small constant 1e-6 included, but changes
    nothing in place. Pascanu, Mikolov and Bengio (2013). ValueError for a norm that is not > 0,
    and for no gradients.
    """
    if not (math.isfinite(largest) and largest > 0):
        raise ValueError(TEXT["norm"].format(value=largest))
    gradients = list(gradients)
    if not gradients or not all(isinstance(gradient, Tensor) for gradient in gradients):
        raise ValueError(TEXT["gradients"])
    norm = torch.stack([gradient.norm() for gradient in gradients]).norm()
    factor = (largest / (norm + 1e-6)).clamp(max=1.0)
    return [factor * gradient for gradient in gradients], norm
