"""Gradients through depth: plain layers, residual layers, and stacks of LSTM layers.

Lecture recurrent/06 sets these beside gradients through time (`utils.training.gradient_flow`):
the cell state is to time steps what a residual connection is to layers.

Sources: He, Zhang, Ren and Sun, "Identity mappings in deep residual networks" (2016); Srivastava,
Greff and Schmidhuber, "Highway networks" (2015).
"""

import numpy as np
import torch
from torch import Tensor

from utils.models.recurrent import lstm

TEXT = {"size": "{name} must be a whole number, at least 1, not {value!r}."}


def _check(**sizes: int) -> None:
    for name, value in sizes.items():
        if not isinstance(value, int) or value < 1:
            raise ValueError(TEXT["size"].format(name=name, value=value))


def layer_gradients(
    residual: bool, *, layers: int = 50, width: int = 32, draws: int = 8, seed: int = 0
) -> np.ndarray:
    """Return the norm of dL/dx_k after each layer, (draws, layers): k = 1 … layers.

    A layer is x_{k+1} = F(x_k), if residual x_k + F(x_k); F(x) = tanh(x W), W Gaussian and fresh in
    each layer, scaled so that its largest singular value is 1. L is the product of the last x
    and a vector of length 1. float64. ValueError for a size below 1.
    """
    _check(layers=layers, width=width, draws=draws)
    generator = torch.Generator().manual_seed(seed)
    options = {"generator": generator, "dtype": torch.float64}
    W = torch.randn(draws, layers, width, width, **options)
    W = W / torch.linalg.matrix_norm(W, 2)[..., None, None]
    x = 0.3 * torch.randn(draws, 1, width, **options)
    states = []
    for own in W.unbind(1):
        x = x.requires_grad_() if x.is_leaf else x
        moved = torch.tanh(x @ own)
        x = x + moved if residual else moved
        states.append(x)
    return _norms(states, width, options)


def stack_gradients(
    residual: bool,
    *,
    layers: int = 10,
    steps: int = 20,
    width: int = 32,
    draws: int = 8,
    seed: int = 0,
) -> np.ndarray:
    """Return the norm of dL/dh at each layer of a fresh stack of LSTM layers, (draws, layers).

    The norm is over all time steps of the layer's hidden states (1, T, H). Weights are drawn as
    PyTorch draws them, forget bias 1; a residual layer adds its input to its output. L is the
    product of the top layer's last hidden state and a vector of length 1. float64. ValueError for
    a size below 1.
    """
    _check(layers=layers, steps=steps, width=width, draws=draws)
    generator = torch.Generator().manual_seed(seed)
    options = {"generator": generator, "dtype": torch.float64}
    return np.concatenate(
        [_one_stack(residual, layers, (1, steps, width), options) for _ in range(draws)]
    )


def _one_stack(residual: bool, layers: int, shape: tuple[int, ...], options: dict) -> np.ndarray:
    width = shape[-1]
    x = torch.randn(shape, **options).requires_grad_()
    states = []
    for _ in range(layers):
        Wx, Wh, b = (
            (2 * torch.rand(size, **options) - 1) * width**-0.5
            for size in ((width, 4 * width), (width, 4 * width), (4 * width,))
        )
        b[width : 2 * width] += 1
        moved = lstm(x, x.new_zeros(1, width), Wx, Wh, b)
        x = x + moved if residual else moved
        states.append(x)
    return _norms(states, width, options)


def _norms(states: list[Tensor], width: int, options: dict) -> np.ndarray:
    """Return the norms of the gradients of a random loss at the last place, (draws, K)."""
    towards = torch.randn(len(states[-1]), width, **options)
    towards = towards / towards.norm(dim=-1, keepdim=True)
    loss = (states[-1][:, -1] * towards).sum()
    gradients = torch.autograd.grad(loss, states)
    return torch.stack([g.flatten(1).norm(dim=1) for g in gradients], dim=1).numpy()
