"""Data-parallel training: several workers, one batch, one set of weights.

Each worker holds a copy of the network and takes its share of every batch. It computes the
gradient of its share; the workers average their gradients (all-reduce); everyone makes the same
update. With equal shares that average is the gradient of the whole batch, so the weights are
those of one process. Source: Goyal et al., "Accurate, large minibatch SGD" (2017).

This module is what each worker runs, once per process, under ``torchrun``:
``torchrun --nproc-per-node=2 -m utils.training.distributed FOLDER``. FOLDER holds ``plans.json``
and receives one file a finished plan. ``utils.training.torchrun.launch`` does all that.

Workers talk over gloo on processors. Where there is a GPU for each worker they use them, and
NCCL. Where there are fewer GPUs than workers, the workers share them: the same numbers, no gain
in speed, and gloo again, because NCCL refuses two workers on one GPU.
"""

import os
import signal
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.distributed.elastic.multiprocessing.errors import record
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from utils.datasets.digits import Digits, Split, load_digits
from utils.models.classifiers import build
from utils.training.fit import fit
from utils.training.history import batch_order
from utils.training.schedules import constant
from utils.training.worker_plans import (
    DTYPES,
    PLANS,
    Plan,
    checkpoint_path,
    read_arrays,
    read_plans,
    read_run,
    write_arrays,
)

TEXT = {
    "start": "Start the workers with: torchrun --nproc-per-node=2 -m utils.training.distributed "
    "FOLDER. FOLDER holds the file {plans}, which launch(plans, folder=FOLDER) writes.",
    "plans": "{path} is not there or holds no plans; launch(plans, folder=FOLDER) writes it.",
}
PATIENCE = timedelta(seconds=60)  # a worker that hears nothing for so long gives up


def all_reduce_mean(vector: Tensor, weight: float) -> Tensor:
    """Return the sum over all workers of ``weight * vector`` (P,).

    With a weight of 1 / workers that is the mean, the same on each.
    Every worker must call it.
    """
    total = weight * vector
    if total.is_cuda and dist.get_backend() == "gloo":
        total = total.cpu()  # gloo adds in the processor's memory
    dist.all_reduce(total, op=dist.ReduceOp.SUM)
    return total.to(vector.device)


def gradient_of(model: nn.Module, share: Split) -> tuple[Tensor, float]:
    """Return the gradient (P,) of the mean loss over ``share``, and that loss."""
    loss = F.cross_entropy(model(share.images), share.labels)
    model.zero_grad()
    loss.backward()
    return parameters_to_vector(p.grad for p in model.parameters()), loss.item()


def placement(rank: int, workers: int, gpus: int) -> tuple[str, str]:
    """Return (device, backend) of one worker on a machine with ``gpus`` GPUs."""
    if gpus >= workers:
        return f"cuda:{rank}", "nccl"
    if gpus:
        return f"cuda:{rank % gpus}", "gloo"
    return "cpu", "gloo"


def one_process(plan: Plan) -> np.ndarray:
    """Return the weights after each step (S, P) if one process takes the whole batches of ``plan``.

    The loop is ``fit``, which knows nothing of workers; here it runs on the processor.
    """
    dtype, whole = DTYPES[plan.dtype], load_digits(14)
    parts = (whole.train, whole.validation, whole.test)
    data = Digits(*(Split(part.images.to(dtype), part.labels) for part in parts))
    model, path = build(plan.model, plan.seed).to(dtype), []

    def note(done: int, steps: int) -> None:
        path.append(parameters_to_vector(model.parameters()).detach().numpy().copy())

    settings = {"batch_size": plan.batch_size, "momentum": plan.momentum, "seed": plan.seed}
    fit(model, data, constant(plan.rate), plan.steps, **settings, on_progress=note)
    return np.stack(path)


class _Worker:
    """One worker on one plan: its copy of the network, its share of each batch, its records."""

    def __init__(self, plan: Plan, device: str) -> None:
        self.plan, self.device = plan, device
        self.rank, self.workers = dist.get_rank(), dist.get_world_size()
        torch.set_num_threads(plan.threads)
        dtype = DTYPES[plan.dtype]
        self.model = build(plan.model, plan.seed).to(device, dtype)
        self.forward = DistributedDataParallel(self.model) if plan.combine == "ddp" else self.model
        self.optimizer = torch.optim.SGD(
            self.model.parameters(), lr=plan.rate, momentum=plan.momentum
        )
        train = load_digits(14).train
        self.data = Split(train.images.to(device, dtype), train.labels.to(device))
        self.order = batch_order(len(train), plan.batch_size, plan.steps, plan.seed).to(device)
        self._share(plan.shares_of(self.workers))
        self.loss, self.seconds = np.zeros(plan.steps), np.zeros((2, plan.steps))
        self.path, self.own, self.used = [], [], []

    def _share(self, shares: Sequence[int]) -> None:
        first = sum(shares[: self.rank])
        self.mine = slice(first, first + shares[self.rank])
        plain = {"sum": 1.0, "weighted": shares[self.rank] / self.plan.batch_size}
        self.weight = plain.get(self.plan.combine, 1 / self.workers)

    def step(self, step: int) -> None:
        """Take my share of the batch, combine the gradients, make the update that all make."""
        chosen = self.order[step, self.mine]
        share = Split(self.data.images[chosen], self.data.labels[chosen])
        began = self._now()
        gradient, self.loss[step] = gradient_of(self.forward, share)
        computed = self._now()
        combined = self._combine(gradient)
        communicated = self._now()
        self._update(combined)
        self.seconds[:, step] = self._now() - communicated + computed - began, 0
        self.seconds[1, step] = communicated - computed
        self._keep(step, gradient, combined)

    def _combine(self, gradient: Tensor) -> Tensor:
        if self.plan.combine in ("average", "weighted", "sum"):
            return all_reduce_mean(gradient, self.weight)
        return gradient  # DDP has already averaged it; "none" and "alone" ask nobody

    def _update(self, gradient: Tensor) -> None:
        place = 0
        for parameter in self.model.parameters():
            count = parameter.numel()
            parameter.grad = gradient[place : place + count].view_as(parameter)
            place += count
        self.optimizer.step()

    def _now(self) -> float:
        if self.device != "cpu":
            torch.cuda.synchronize(self.device)
        return time.perf_counter()

    def _keep(self, step: int, gradient: Tensor, combined: Tensor) -> None:
        if step < self.plan.watch:
            self.own.append(gradient.detach().cpu())
            self.used.append(combined.detach().cpu())
        if self.plan.watch:
            self.path.append(self.weights())

    def weights(self) -> Tensor:
        """Return a copy of all parameters as one vector (P,)."""
        return parameters_to_vector(self.model.parameters()).detach().cpu().clone()

    def velocity(self) -> Tensor:
        """Return the optimiser's momentum of all parameters as one vector (P,)."""
        states = [self.optimizer.state[p]["momentum_buffer"] for p in self.model.parameters()]
        return parameters_to_vector(states).cpu()

    def restore(self, kept: dict[str, np.ndarray]) -> int:
        """Go back to a checkpoint; return how many steps it had done."""
        done = int(kept["done"])
        vector_to_parameters(self._vector(kept["weights"]), self.model.parameters())
        velocity = self._vector(kept["velocity"])
        for parameter, part in zip(
            self.model.parameters(), velocity.split(self._sizes()), strict=True
        ):
            self.optimizer.state[parameter]["momentum_buffer"] = part.view_as(parameter).clone()
        self.loss[:done] = kept["loss"][self.rank, :done]
        return done

    def _sizes(self) -> list[int]:
        return [parameter.numel() for parameter in self.model.parameters()]

    def _vector(self, values: np.ndarray) -> Tensor:
        return torch.from_numpy(values).to(self.device, DTYPES[self.plan.dtype])


def _gathered(values: Tensor) -> np.ndarray:
    """Return the workers' tensors of one shape, stacked: (W, ...)."""
    parts: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(parts, values.numpy())
    return np.stack(parts)


def _stack(vectors: list[Tensor], worker: _Worker) -> Tensor:
    return torch.stack(vectors) if vectors else worker.weights().new_zeros(0, sum(worker._sizes()))


def _train(worker: _Worker, folder: Path) -> int:
    """Do all steps of the worker's plan, from its checkpoint if there is one; return its start."""
    plan, path = worker.plan, checkpoint_path(folder, worker.plan)
    kept = read_arrays(path, plan) if plan.checkpoint_every else None
    start = worker.restore(kept) if kept else 0
    for step in range(start, plan.steps):
        if plan.dies == (worker.rank, step):
            os.kill(os.getpid(), signal.SIGKILL)
        worker.step(step)
        if plan.checkpoint_every and (step + 1) % plan.checkpoint_every == 0:
            _checkpoint(worker, path, step + 1)
    return start


def _checkpoint(worker: _Worker, path: Path, done: int) -> None:
    """Let worker 0 write all that is needed to go on; the others only tell their losses."""
    loss = _gathered(torch.from_numpy(worker.loss))
    if worker.rank == 0:
        arrays = {
            "weights": worker.weights().numpy(),
            "velocity": worker.velocity().numpy(),
            "loss": loss,
            "done": np.array(done),
        }
        write_arrays(path, worker.plan, arrays)


def _run(plan: Plan, folder: Path, device: str) -> None:
    """Carry one plan out and let worker 0 write its result."""
    worker = _Worker(plan, device)
    start = 0
    if plan.combine != "alone" or worker.rank == 0:
        start = _train(worker, folder)
    dist.barrier()
    compute, communicate = worker.seconds[:, start:]
    arrays = {
        "weights": _gathered(worker.weights()),
        "loss": _gathered(torch.from_numpy(worker.loss)),
        "gradients": _gathered_kept(worker),
        "combined": _stack(worker.used, worker).numpy(),
        "path": _stack(worker.path, worker).numpy(),
        "compute": compute,
        "communicate": communicate,
        "started_at": np.array(start),
        "place": np.array([device, dist.get_backend()]),
    }
    if worker.rank == 0:
        write_arrays(folder / f"{plan.name}.npz", plan, arrays)


def _gathered_kept(worker: _Worker) -> np.ndarray:
    if worker.plan.combine == "alone":
        return _stack(worker.own, worker).numpy()[None]
    return _gathered(_stack(worker.own, worker))


@record
def main(folder: Path) -> None:
    """Join the other workers and carry out every plan of the folder that is not finished.

    Raises ValueError for a folder without plans, or plans that so many workers cannot share.
    """
    plans = _plans(folder)
    rank, workers = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    device, backend = placement(rank, workers, torch.cuda.device_count())
    if device != "cpu":
        torch.cuda.set_device(device)
    dist.init_process_group(backend, timeout=PATIENCE)
    try:
        for plan in plans:
            finished = read_run(folder, plan) is not None
            dist.barrier()  # everybody has looked before anybody writes
            if not finished:
                _run(plan, folder, device)
        dist.barrier()  # nobody hangs up while another still listens
    finally:
        dist.destroy_process_group()


def _plans(folder: Path) -> list[Plan]:
    try:
        return read_plans(folder)
    except (OSError, TypeError, AttributeError, ValueError):
        raise ValueError(TEXT["plans"].format(path=folder / PLANS)) from None


def start(arguments: list[str]) -> None:
    """Be one worker; what cannot be started ends in one sentence, not in where it was noticed."""
    if len(arguments) != 1 or not {"RANK", "WORLD_SIZE"} <= os.environ.keys():
        sys.exit(TEXT["start"].format(plans=PLANS))
    try:
        main(Path(arguments[0]))
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    start(sys.argv[1:])
