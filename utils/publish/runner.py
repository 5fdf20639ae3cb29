"""Run a notebook as a careful reader would: fresh kernel, no network, nothing hidden.

A notebook passes only if no cell raises, no widget swallows an error, nothing unexpected is
written to stderr, nothing reaches for the network, and every cell and the whole keep their time.
"""

import difflib
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from utils.files import write_atomically
from utils.publish.errors import NotebookFailure
from utils.publish.files import ROOT, executed_path, fingerprint, lecture_notebooks

TEXT = {
    "missing": "{name}: there is no such notebook; give its path, such as {example}",
    "folder": "{name}: this is a folder; give the path of a notebook, such as {example}",
    "unreadable": "{name}: this is not a notebook that Jupyter can read ({why})",
    "cell": "{name}, cell [{number}] `{line}`: {problem}",
    "notebook": "{name}: {problem}",
    "raised": "it raised {error}",
    "hidden": "a widget hides an error: {error}",
    "callback": "the kernel logged an error outside the cell, as a broken callback does: {error}",
    "stderr": "it wrote an unexpected warning to stderr: {error}",
    "network": "it tried to reach {where}, but the course must run without a network",
    "slow_cell": "it took longer than {limit:g} s, the most that a cell may take",
    "slow_notebook": "the notebook took longer than {limit:g} s, the most that it may take",
    "dead": "the kernel died while this cell ran; it may need too much memory",
    "progress": "  [{number:>2}/{total}] {seconds:5.1f} s  {line}",
}
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
# A kernel that is being stopped may find its own sockets closed, and logs that.
CLOSED_SOCKET = "zmq.error.ZMQError: Socket operation on non-socket"
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# tqdm's own two forms, whole lines: "name:  40%|████ | 4/10 [00:01<00:02, 3.9it/s]" and "7it [..]".
_PROGRESS = re.compile(
    r"[^|]*\d{1,3}%\|.*\|\s*[\d.]+\w?/[\d.?]+\w?\s*\[.*\].*|[^|]*\d+\w*it \[.*\].*"
)


@dataclass(frozen=True)
class CellTiming:
    """How long one code cell took: its number as Jupyter shows it, seconds, its first line."""

    number: int
    seconds: float
    line: str


@dataclass(frozen=True)
class RunReport:
    """A notebook that ran cleanly: where the executed copy is and what each cell took."""

    path: Path
    executed: Path
    seconds: float
    cells: tuple[CellTiming, ...]

    @property
    def slowest(self) -> float:
        """Seconds of the slowest cell; 0 if there is no code."""
        return max((cell.seconds for cell in self.cells), default=0.0)


def first_line(source: str) -> str:
    """Return the first line of code that is not a comment, shortened to 60 characters."""
    lines = [line.strip() for line in source.splitlines()]
    code = [line for line in lines if line and not line.startswith(("#", "%"))]
    line = (code or lines or [""])[0]
    return line if len(line) <= 60 else f"{line[:59]}…"


def is_progress(text: str) -> bool:
    """Say whether every line of a stderr text is a tqdm progress bar."""
    lines = [line.strip() for line in re.split(r"[\r\n]+", _ANSI.sub("", text))]
    return all(_PROGRESS.fullmatch(line) for line in lines if line)


def _one_line(text: str) -> str:
    """Return the line of a log or traceback that says most: its last one."""
    lines = [line.strip() for line in _ANSI.sub("", text).splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _error_text(output: Mapping[str, Any]) -> str:
    value = _one_line(str(output.get("evalue", "")).split("\n")[0])
    return f"{output.get('ename', 'Exception')}: {value}" if value else str(output.get("ename"))


def output_problems(outputs: Iterable[Mapping[str, Any]], *, hidden: bool) -> Iterator[str]:
    """Yield a sentence for each error and each unexpected stderr text in a list of outputs."""
    for output in outputs:
        kind = output.get("output_type")
        if kind == "error":
            yield TEXT["hidden" if hidden else "raised"].format(error=_error_text(output))
        elif kind == "stream" and output.get("name") == "stderr":
            text = output.get("text", "")
            if not is_progress(text):
                yield TEXT["stderr"].format(error=_warning_line(text))


def _warning_line(text: str) -> str:
    lines = [line.strip() for line in _ANSI.sub("", text).splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"Warning|Error|Exception", line)]
    return (telling or lines or [""])[-1 if "Traceback" in text else 0]


def hidden_problems(notebook: NotebookNode) -> list[str]:
    """Return what went wrong inside the Output widgets of an executed notebook."""
    states = notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    outputs = [output for model in states.values() for output in model["state"].get("outputs", [])]
    return list(output_problems(outputs, hidden=True))


@dataclass
class _Watch:
    """What the run has seen so far; its hooks raise on the first problem."""

    name: str
    nb: NotebookNode
    scratch: Path
    timeout: float
    total: float
    echo: Callable[[str], None]
    client: NotebookClient | None = None
    started: float = field(default_factory=time.monotonic)
    cell_started: float = 0.0
    number: int = 0
    timings: list[CellTiming] = field(default_factory=list)
    log_read: int = 0

    def elapsed(self) -> float:
        return time.monotonic() - self.started

    def limit(self, cell: NotebookNode) -> float:
        """Return the seconds that the cell may take: its own share or what is left of the total."""
        return max(0.1, min(self.timeout, self.total - self.elapsed()))

    def fail(self, problem: str, cell: NotebookNode | None = None) -> None:
        if cell is None:
            raise NotebookFailure(TEXT["notebook"].format(name=self.name, problem=problem))
        line = first_line(cell.source)
        raise NotebookFailure(
            TEXT["cell"].format(name=self.name, number=self.number, line=line, problem=problem)
        )

    def on_start(self, cell: NotebookNode, cell_index: int) -> None:
        if not self.number:  # what a kernel logs while it starts is no fault of the notebook
            self.log_read = len(self._kernel_log())
        self.number += 1
        self.cell_started = time.monotonic()

    def on_done(self, cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]) -> None:
        seconds = time.monotonic() - self.cell_started
        self.timings.append(CellTiming(self.number, seconds, first_line(cell.source)))
        for problem in self.problems(cell):
            self.fail(problem, cell)
        total = sum(c.cell_type == "code" and bool(c.source.strip()) for c in self.nb.cells)
        self.echo(TEXT["progress"].format(total=total, **vars(self.timings[-1])))

    def problems(self, cell: NotebookNode) -> Iterator[str]:
        """Yield what is wrong after a cell, the cause before its consequences."""
        yield from self.network_problems()
        raises_on_purpose = "raises-exception" in cell.metadata.get("tags", [])
        if not raises_on_purpose:
            yield from output_problems(cell.outputs, hidden=False)
        states = self.client.widget_state.values()
        hidden = [output for state in states for output in state.get("outputs", [])]
        yield from output_problems(hidden, hidden=True)
        yield from self.kernel_log_problems()

    def network_problems(self) -> Iterator[str]:
        log = self.scratch / "network.log"
        if log.exists():
            yield TEXT["network"].format(where=log.read_text().splitlines()[0])

    def _kernel_log(self) -> str:
        return (self.scratch / "kernel.log").read_text(errors="replace")

    def kernel_log_problems(self, *, is_over: bool = False) -> Iterator[str]:
        """Yield what the kernel logged since the last look; ``is_over``: it was stopped since."""
        log = self._kernel_log()
        new, self.log_read = log[self.log_read :], len(log)
        if is_over and _one_line(new) == CLOSED_SOCKET:
            return
        if new.strip():
            yield TEXT["callback"].format(error=_one_line(new))

    def on_slow(self, cell: NotebookNode) -> None:
        if self.elapsed() >= self.total:
            self.fail(TEXT["slow_notebook"].format(limit=self.total), cell)
        self.fail(TEXT["slow_cell"].format(limit=self.timeout), cell)


def kernel_environment(scratch: Path) -> dict[str, str]:
    """Return the environment of the kernel: the offline guard, the course's code, no profile."""
    guard = Path(__file__).parent / "offline"
    unwanted = ("MPLBACKEND", "GOMP_SPINCOUNT")
    environment = {k: v for k, v in os.environ.items() if k not in unwanted}
    paths = [str(guard), str(ROOT), environment.get("PYTHONPATH", "")]
    return environment | {
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "COURSE_NETWORK_LOG": str(scratch / "network.log"),
        "IPYTHONDIR": str(scratch / "ipython"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        # Threads that spin while they wait slow each other many times over on a shared machine.
        "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "passive"),
    }


def _example(path: Path) -> str:
    """Return the lecture whose path is most like what was asked for."""
    lectures = {each.stem: each for each in lecture_notebooks()}
    near = difflib.get_close_matches(path.stem, lectures, n=1, cutoff=0)
    return "/".join(lectures[near[0]].relative_to(ROOT).parts) if near else "lectures/NAME.ipynb"


def read_notebook(path: Path) -> NotebookNode:
    """Read a notebook; raise `NotebookFailure` with one sentence if that cannot be done."""
    if not path.is_file():
        problem = TEXT["folder" if path.is_dir() else "missing"]
        raise NotebookFailure(problem.format(name=path.name, example=_example(path)))
    try:
        return nbformat.read(path, as_version=4)
    except Exception as error:  # nbformat raises many kinds for one cause: a damaged file
        why = _one_line(str(error)) or type(error).__name__
        raise NotebookFailure(TEXT["unreadable"].format(name=path.name, why=why[:80])) from error


def _client(watch: _Watch, folder: Path) -> NotebookClient:
    return NotebookClient(
        watch.nb,
        kernel_name="python3",
        timeout_func=watch.limit,
        allow_errors=True,  # the watch raises with a clearer sentence
        store_widget_state=True,
        resources={"metadata": {"path": str(folder)}},
        on_cell_execute=watch.on_start,
        on_cell_executed=watch.on_done,
    )


def _execute(watch: _Watch, folder: Path) -> None:
    """Run all cells in a fresh kernel; turn every way to fail into a `NotebookFailure`."""
    watch.client = _client(watch, folder)
    with (watch.scratch / "kernel.log").open("wb") as log:
        try:
            watch.client.execute(env=kernel_environment(watch.scratch), stdout=log, stderr=log)
        except CellTimeoutError:
            watch.on_slow(_running_cell(watch))
        except DeadKernelError:
            watch.fail(TEXT["dead"], _running_cell(watch))
        except CellExecutionError as error:
            watch.fail(TEXT["raised"].format(error=_one_line(str(error))), _running_cell(watch))


def _running_cell(watch: _Watch) -> NotebookNode:
    code = [c for c in watch.nb.cells if c.cell_type == "code" and c.source.strip()]
    return code[max(watch.number - 1, 0)]


def run_notebook(
    path: Path | str,
    *,
    timeout: float = 60,
    total: float = 180,
    out: Path | None = None,
    echo: Callable[[str], None] | None = None,
) -> RunReport:
    """Execute a notebook in a fresh kernel without a network and save the executed copy.

    `timeout` and `total` are seconds for one cell and for all. The copy goes to
    `build/notebooks/` unless `out` names a file. `echo` receives a line per cell; the default
    prints it. Raises `NotebookFailure` with one sentence on the first problem.
    """
    path = Path(path).resolve()
    out = out or executed_path(path)
    nb = read_notebook(path)
    made_from = fingerprint(path)
    with tempfile.TemporaryDirectory() as scratch:
        watch = _Watch(path.name, nb, Path(scratch), timeout, total, echo or _print_now)
        _execute(watch, path.parent)
        for problem in [*watch.kernel_log_problems(is_over=True), *hidden_problems(nb)]:
            watch.fail(problem)
    seconds = watch.elapsed()
    if seconds > total:
        watch.fail(TEXT["slow_notebook"].format(limit=total))
    nb.metadata["executed"] = {
        "fingerprint": made_from,
        "seconds": round(seconds, 1),
        "folder": os.path.relpath(path.parent, ROOT),
    }
    write_atomically(out, nbformat.writes(nb).encode())
    return RunReport(path, out, seconds, tuple(watch.timings))


def _print_now(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
