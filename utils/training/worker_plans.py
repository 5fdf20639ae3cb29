"""What the workers of data-parallel training are asked to do, and what they leave behind.

A :class:`Plan` goes to them as JSON; a :class:`WorkerRun` comes back as one file a plan. Each file
names the plan that it belongs to, so that old, damaged or foreign files are never taken for it.
"""

import dataclasses
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from utils.files import write_atomically
from utils.models.classifiers import MODELS
from utils.training.schedules import check_rate, check_steps

COMBINE = ("average", "weighted", "sum", "none", "ddp", "alone")
DTYPES = {"float32": torch.float32, "float64": torch.float64}
PLANS = "plans.json"
NAME = r"[A-Za-z0-9-]{1,100}"  # of a plan: it becomes part of a file's name
LEAST = {"seed": 0, "watch": 0, "threads": 1, "checkpoint_every": 0}
TEXT = {
    "name": "A plan's name is made of at most 100 letters, digits and dashes, not {value!r}.",
    "whole": "{name} must be a whole number, at least {least}, not {value!r}.",
    "dies": "Say which worker dies at which step, for example dies=(1, 25), not {value!r}.",
    "combine": "Gradients cannot be combined by {value!r}. Choose one of: {names}.",
    "dtype": "Numbers are float32 or float64, not {value!r}.",
    "model": "There is no model {value!r}. Choose one of: {names}.",
    "momentum": "Momentum must be at least 0 and below 1, not {value!r}.",
    "batch": "The batch must have at least one example, not {value!r}.",
    "checkpoint": (
        "A checkpoint holds one set of weights, so the workers must share them; choose another way "
        "to combine than {value!r}."
    ),
    "shares": (
        "The shares {shares} do not fit: give each of the {workers} workers at least one example, "
        "{batch} together."
    ),
    "divide": (
        "A batch of {batch} cannot be cut into {workers} equal shares. Choose a multiple of "
        "{workers}, or give shares."
    ),
}


@dataclass(frozen=True)
class Plan:
    """One training by all workers together.

    ``batch_size`` is the combined batch, of which each worker takes an equal part, or its number
    of ``shares``. ``combine`` says what becomes of the workers' gradients:

    - "average": their plain mean; "weighted": each counts by its share; "sum": no division;
    - "none": nothing, each worker goes its own way;
    - "ddp": PyTorch's ``DistributedDataParallel`` does it;
    - "alone": worker 0 trains on the whole batch with ``threads`` threads, the others wait.

    The first ``watch`` steps keep each worker's gradient; with any, the weights of every step are
    kept too. Every ``checkpoint_every`` steps, all that is needed to go on is kept on disk.
    ``dies`` is (worker, step): that worker ends itself there, as if memory had run out.

    Raises:
        ValueError: a name, model, dtype, way to combine, rate, momentum or size that cannot be.
    """

    name: str
    model: str = "mlp"
    steps: int = 60
    batch_size: int = 64
    rate: float = 0.05
    momentum: float = 0.9
    seed: int = 0
    dtype: str = "float32"
    combine: str = "average"
    shares: tuple[int, ...] | None = None
    watch: int = 0
    threads: int = 1
    checkpoint_every: int = 0
    dies: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not re.fullmatch(NAME, self.name):
            raise ValueError(TEXT["name"].format(value=self.name))
        _one_of("model", self.model, MODELS)
        _one_of("dtype", self.dtype, DTYPES)
        _one_of("combine", self.combine, COMBINE)
        self._check_numbers()
        if self.checkpoint_every and self.combine in ("none", "alone"):
            raise ValueError(TEXT["checkpoint"].format(value=self.combine))

    def _check_numbers(self) -> None:
        check_rate(self.rate)
        check_steps(self.steps)
        if not isinstance(self.momentum, int | float) or not 0 <= self.momentum < 1:
            raise ValueError(TEXT["momentum"].format(value=self.momentum))
        if not _is_whole(self.batch_size, 1):
            raise ValueError(TEXT["batch"].format(value=self.batch_size))
        for name, least in LEAST.items():
            if not _is_whole(value := getattr(self, name), least):
                raise ValueError(TEXT["whole"].format(name=name, least=least, value=value))
        if self.dies is not None and not _are_whole(self.dies, 0, count=2):
            raise ValueError(TEXT["dies"].format(value=self.dies))

    def shares_of(self, workers: int) -> tuple[int, ...]:
        """Return how many examples of each batch each worker takes.

        Raises ValueError for shares that do not sum to the batch, or a batch that cannot be
        cut into equal parts.
        """
        if self.combine == "alone":
            return (self.batch_size, *[0] * (workers - 1))
        if self.shares is None:
            if self.batch_size % workers:
                raise ValueError(TEXT["divide"].format(batch=self.batch_size, workers=workers))
            return (self.batch_size // workers,) * workers
        fits = _are_whole(self.shares, 1, count=workers) and sum(self.shares) == self.batch_size
        if not fits:
            raise ValueError(
                TEXT["shares"].format(shares=self.shares, workers=workers, batch=self.batch_size)
            )
        return tuple(self.shares)

    @property
    def key(self) -> str:
        """The settings that decide the result, as text: what a checkpoint must agree with."""
        return json.dumps(dataclasses.asdict(self) | {"dies": None}, sort_keys=True)


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _are_whole(values: object, least: int, count: int) -> bool:
    listed = isinstance(values, list | tuple) and len(values) == count
    return listed and all(_is_whole(value, least) for value in values)


def _one_of(kind: str, value: str, names: Any) -> None:
    if not isinstance(value, str) or value not in names:
        raise ValueError(TEXT[kind].format(value=value, names=", ".join(names)))


@dataclass(frozen=True)
class WorkerRun:
    """What W workers leave behind after S steps on P parameters. Arrays are numpy.

    weights: (W, P) each worker's last weights. path: (S, P) worker 0's weights after each step,
    or (0, P). loss: (W, S) mean loss of each worker's share. gradients: (W, R, P) each worker's
    gradient in the first R steps; combined: (R, P) what it used instead. compute, communicate:
    (S,) seconds of worker 0. started_at: steps that a checkpoint had done already. device,
    backend: where worker 0 ran and how workers talked.
    """

    plan: Plan
    weights: np.ndarray
    path: np.ndarray
    loss: np.ndarray
    gradients: np.ndarray
    combined: np.ndarray
    compute: np.ndarray
    communicate: np.ndarray
    started_at: int
    device: str
    backend: str


ARRAYS = ("weights", "path", "loss", "gradients", "combined", "compute", "communicate")


def write_arrays(path: Path, plan: Plan, arrays: dict[str, np.ndarray]) -> None:
    """Write arrays and the plan that they belong to into one file, whole or not at all."""
    buffer = io.BytesIO()
    np.savez(buffer, key=np.array(plan.key), **arrays)
    write_atomically(path, buffer.getvalue())


def read_arrays(path: Path, plan: Plan) -> dict[str, np.ndarray] | None:
    """Return the arrays in ``path``; None if it is missing, damaged or of another plan."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = dict(stored)
    except Exception:  # numpy and zipfile raise many kinds for a damaged file
        return None
    return arrays if str(arrays.pop("key", "")) == plan.key else None


def checkpoint_path(folder: Path, plan: Plan) -> Path:
    """Return where a plan that is on its way keeps its last checkpoint."""
    return folder / f"{plan.name}.checkpoint.npz"


def read_run(folder: Path, plan: Plan) -> WorkerRun | None:
    """Return the finished run of ``plan``; None if there is none in the folder."""
    arrays = read_arrays(folder / f"{plan.name}.npz", plan)
    if arrays is None:
        return None
    device, backend = (str(word) for word in arrays["place"])
    fields = {name: arrays[name] for name in ARRAYS}
    return WorkerRun(
        plan, **fields, started_at=int(arrays["started_at"]), device=device, backend=backend
    )


def write_plans(folder: Path, plans: Sequence[Plan]) -> None:
    """Write what the workers are to do."""
    text = json.dumps([dataclasses.asdict(plan) for plan in plans])
    write_atomically(folder / PLANS, text.encode())


def read_plans(folder: Path) -> list[Plan]:
    """Return what :func:`write_plans` wrote."""
    plans = json.loads((folder / PLANS).read_text())
    lists = ("shares", "dies")  # JSON has no tuples
    return [
        Plan(**{k: tuple(v) if k in lists and v is not None else v for k, v in plan.items()})
        for plan in plans
    ]
