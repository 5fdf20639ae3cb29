"""Two small image classifiers for experiments that a reader repeats in seconds.

Both take digits (N, 1, S, S) and return logits (N, 10). They are ordinary modules: the same
object is trained by the plain loop and, as many copies at once, by ``utils.training.sweeps``.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

TEXT = {"model": "There is no model {value!r}. Choose one of: {names}."}


def mlp(seed: int = 0, init_scale: float = 1.0, size: int = 14, hidden: int = 32) -> nn.Module:
    """Return a network with one hidden layer: (N, 1, size, size) -> logits (N, 10).

    ``seed`` fixes the weights; ``init_scale`` multiplies them (see :func:`initialise`).
    """
    with torch.random.fork_rng(devices=[]):  # modules draw weights of their own as they are made
        model = nn.Sequential(
            nn.Flatten(),  # (N, 1, size, size) -> (N, size * size)
            nn.Linear(size * size, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 10),
        )
    return initialise(model, seed, init_scale)


def cnn(seed: int = 0, init_scale: float = 1.0, size: int = 14) -> nn.Module:
    """Return two 3x3 convolutions with pooling and a classifier: (N, 1, size, size) -> (N, 10)."""
    with torch.random.fork_rng(devices=[]):
        model = nn.Sequential(
            nn.Conv2d(1, 6, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),  # (N, 6, size/2, size/2)
            nn.Conv2d(6, 12, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),  # (N, 12, size/4, size/4)
            nn.Flatten(),
            nn.Linear(12 * (size // 4) ** 2, 10),
        )
    return initialise(model, seed, init_scale)


def initialise(model: nn.Module, seed: int, scale: float = 1.0) -> nn.Module:
    """Draw every weight from a normal distribution of variance 2/inputs; set every bias to 0.

    The last layer starts a hundred times smaller, so that the first guess is "all classes
    alike" and the first loss is ln C. Source: He et al., "Delving deep into rectifiers" (2015).
    The draws come from their own generator: the global random state is left alone.
    """
    generator = torch.Generator().manual_seed(seed)
    weights = [p for p in model.parameters() if p.dim() > 1]
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter.zero_()
                continue
            deviation = math.sqrt(2 / parameter[0].numel()) * scale
            deviation *= 0.01 if parameter is weights[-1] else 1.0
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * deviation)
    return model


MODELS: dict[str, Callable[..., nn.Module]] = {"mlp": mlp, "cnn": cnn}


def build(name: str, seed: int = 0, init_scale: float = 1.0) -> nn.Module:
    """Return the model called ``name``. Raises ValueError for a name that is not in MODELS."""
    if name not in MODELS:
        raise ValueError(TEXT["model"].format(value=name, names=", ".join(MODELS)))
    return MODELS[name](seed=seed, init_scale=init_scale)


def accuracy(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the share of right answers: logits (..., N, C), labels (N,) -> (...) in 0..1."""
    return (logits.argmax(-1) == labels).to(logits.dtype).mean(-1)
