"""Starts the workers of data-parallel training with ``torchrun``, on this machine alone.

No network is needed: workers meet on 127.0.0.1, at a port that is free. A worker that dies ends
the others; what was finished stays in the folder, and the next start goes on from there.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from utils.training.worker_plans import (
    Plan,
    WorkerRun,
    checkpoint_path,
    read_arrays,
    read_run,
    write_plans,
)

ROOT = Path(__file__).resolve().parents[2]
FAILURES = "failures.json"
LOOPBACK = "127.0.0.1"
TEXT = {
    "workers": "Training needs a whole number of workers, at least 1, not {value!r}.",
    "empty": "There is nothing to do: give the workers at least one plan.",
    "plans": "Give the workers a list of plans, not {value!r}.",
    "folder": "The folder {path} cannot be made or written; give another one.",
    "twins": "Two plans are named {name!r}; give one another name.",
    "timeout": "The timeout must be above 0 seconds, not {value!r}.",
    "dies": "There is no worker {worker} that could die; workers count from 0 to {last}.",
    "died": "Worker {worker} of {workers} died in plan {plan!r}: {why}. {kept}",
    "slow": "The workers took longer than {limit:g} s and were stopped. {kept}",
    "broken": "torchrun ended early ({why}). {kept}",
    "signal": "the system ended it (signal {number})",
    "kept": "{done} of {total} plans are finished{steps}; start again to go on.",
    "steps": ", and step {done} of {plan!r} is kept",
}


class WorkersStopped(RuntimeError):
    """The workers ended early. ``finished`` holds the runs that were complete, by name."""

    def __init__(self, message: str, finished: dict[str, WorkerRun]) -> None:
        super().__init__(message)
        self.finished = finished


def launch(
    plans: Sequence[Plan],
    workers: int = 2,
    *,
    folder: Path | str | None = None,
    timeout: float = 120.0,
) -> dict[str, WorkerRun]:
    """Start ``workers`` processes under torchrun, let them carry out ``plans``; return the runs.

    Finished runs and checkpoints stay in ``folder`` (by default one that is deleted at the end);
    a plan that is finished there is not run again.

    Raises:
        ValueError: no plan, two of one name, no worker, a batch that cannot be shared.
        OSError: a folder that cannot be made or written.
        WorkersStopped: a worker died, or all took longer than ``timeout`` seconds.
    """
    _check(plans, workers, timeout)
    if folder is None:
        with tempfile.TemporaryDirectory() as scratch:
            return launch(plans, workers, folder=Path(scratch), timeout=timeout)
    folder = _prepared(Path(folder), plans)
    problem = _run(command(folder, workers), folder, timeout)
    runs = {plan.name: read_run(folder, plan) for plan in plans}
    finished = {name: run for name, run in runs.items() if run}
    if len(finished) == len(plans):  # what torchrun says after the last plan changes nothing
        return finished
    raise WorkersStopped(_sentence(problem, plans, workers, folder, finished, timeout), finished)


def _prepared(folder: Path, plans: Sequence[Plan]) -> Path:
    """Return the folder with the plans in it, and with no failure of an earlier start."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FAILURES).unlink(missing_ok=True)
        write_plans(folder, plans)
    except OSError as error:
        raise type(error)(TEXT["folder"].format(path=folder)) from None
    return folder


def _check(plans: Sequence[Plan], workers: int, timeout: float) -> None:
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise ValueError(TEXT["workers"].format(value=workers))
    if not isinstance(timeout, int | float) or not timeout > 0:
        raise ValueError(TEXT["timeout"].format(value=timeout))
    listed = isinstance(plans, list | tuple)
    if not listed or not all(isinstance(plan, Plan) for plan in plans):
        raise ValueError(TEXT["plans"].format(value=plans))
    if not plans:
        raise ValueError(TEXT["empty"])
    names = [plan.name for plan in plans]
    for plan in plans:
        if names.count(plan.name) > 1:
            raise ValueError(TEXT["twins"].format(name=plan.name))
        if plan.dies and plan.dies[0] not in range(workers):
            raise ValueError(TEXT["dies"].format(worker=plan.dies[0], last=workers - 1))
        plan.shares_of(workers)


def command(folder: Path, workers: int) -> list[str]:
    """Return the command line: torchrun, on the loopback address, with this many processes."""
    where = [f"--master-addr={LOOPBACK}", f"--master-port={free_port()}"]
    size = ["--nnodes=1", f"--nproc-per-node={workers}", f"--local-addr={LOOPBACK}"]
    torchrun = [sys.executable, "-m", "utils.training.torchrun", *size, *where]
    return [*torchrun, "-m", "utils.training.distributed", str(folder)]


def free_port() -> int:
    """Return a port of the loopback address that nobody uses now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


def environment() -> dict[str, str]:
    """Return the workers' environment: one thread each, and sockets on the loopback only."""
    names = (
        {name for _, name in socket.if_nameindex()} if hasattr(socket, "if_nameindex") else set()
    )
    loopback = next((name for name in ("lo", "lo0") if name in names), None)
    own = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive", "TORCH_CPP_LOG_LEVEL": "ERROR"}
    if loopback:  # without it, gloo asks for this machine's name, which may have no address
        own |= {"GLOO_SOCKET_IFNAME": loopback, "NCCL_SOCKET_IFNAME": loopback}
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, **own, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}


def _run(arguments: list[str], folder: Path, timeout: float) -> str | None:
    """Run torchrun to its end; return None, or what went wrong: "slow" or "ended"."""
    with (folder / "torchrun.log").open("wb") as log:
        process = subprocess.Popen(
            arguments,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            return "ended" if process.wait(timeout) else None
        except subprocess.TimeoutExpired:
            return "slow"
        finally:
            _stop(process)


def _stop(process: subprocess.Popen) -> None:
    """End torchrun, which ends its workers; do nothing if it has ended."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        process.send_signal(how)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            continue


def _sentence(
    problem: str | None,
    plans: Sequence[Plan],
    workers: int,
    folder: Path,
    finished: dict[str, WorkerRun],
    timeout: float,
) -> str:
    """Say in one line who died and why, and what is kept."""
    open_plan = next(plan for plan in plans if plan.name not in finished)
    kept = _kept(open_plan, plans, finished, folder)
    if problem == "slow":
        return TEXT["slow"].format(limit=timeout, kept=kept)
    failure = _first_failure(folder)
    if failure is None:
        return TEXT["broken"].format(why=_last_line(folder / "torchrun.log"), kept=kept)
    number = -failure["exitcode"]
    why = TEXT["signal"].format(number=number) if number > 0 else failure["message"]
    return TEXT["died"].format(
        worker=failure["rank"], workers=workers, plan=open_plan.name, why=why, kept=kept
    )


def _kept(plan: Plan, plans: Sequence[Plan], finished: dict[str, WorkerRun], folder: Path) -> str:
    arrays = read_arrays(checkpoint_path(folder, plan), plan)
    steps = TEXT["steps"].format(done=int(arrays["done"]), plan=plan.name) if arrays else ""
    return TEXT["kept"].format(done=len(finished), total=len(plans), steps=steps)


def _first_failure(folder: Path) -> dict | None:
    """Return the failure that caused the others.

    A worker that was killed comes before one that then missed it. SIGTERM is no cause: with it,
    torchrun ends the workers that are left.
    """
    try:
        failures = json.loads((folder / FAILURES).read_text())
    except (OSError, ValueError):
        return None

    def lateness(failure: dict) -> tuple[bool, bool, float]:
        code = failure["exitcode"]
        return code == -signal.SIGTERM, code >= 0, failure["time"]

    return min(failures, key=lateness)


def _last_line(path: Path) -> str:
    lines = [line.strip() for line in path.read_text(errors="replace").splitlines()]
    return next((line for line in reversed(lines) if line), "it said nothing")


def _without_names(name: str = "") -> str:
    """Stand in for ``socket.getfqdn``, which would ask a name server for this machine's name."""
    return name or "localhost"


def _one_line(message: object) -> str:
    """Return what a worker said last, without where it stood in its code."""
    said = message["message"] if isinstance(message, dict) and "message" in message else message
    return " ".join(str(said).split())[:200]


def main(arguments: list[str]) -> int:
    """Be torchrun, on a machine that may have no name server; write down who failed."""
    from torch.distributed import run
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

    socket.getfqdn = _without_names  # torchrun only wants the name for its log
    try:
        run.main(arguments)
    except ChildFailedError as error:
        failures = [
            {
                "rank": rank,
                "exitcode": failure.exitcode,
                "time": failure.timestamp,
                "message": _one_line(failure.message),
            }
            for rank, failure in error.failures.items()
        ]
        (Path(arguments[-1]) / FAILURES).write_text(json.dumps(failures))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
