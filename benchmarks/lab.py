"""From ``make lab`` to a page that answers, when everything is installed already."""

import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from benchmarks.figure import Figure
from utils.publish.files import ROOT
from utils.setup.environment import is_ready
from utils.setup.lab import ADDRESS, MAP

LIMIT = 60  # seconds
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
TEXT = {
    "name": "make lab again, until the page answers",
    "not_ready": "the environment is not up to date; run make env first",
    "ended": "JupyterLab ended with status {status}: {log}",
    "late": "the page did not answer within {limit} s",
}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return probe.getsockname()[1]


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=LIMIT) as reply:
            return reply.status == 200
    except (urllib.error.URLError, ConnectionError):
        return False


def _wait(server: subprocess.Popen, url: str, log: Path) -> float:
    """Return the seconds until ``url`` answers; raise `RuntimeError` if it does not."""
    began = time.perf_counter()
    while time.perf_counter() - began < LIMIT:
        if _answers(url):
            return time.perf_counter() - began
        try:
            status = server.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            continue
        tail = log.read_text(errors="replace")[-300:]
        raise RuntimeError(TEXT["ended"].format(status=status, log=tail))
    raise RuntimeError(TEXT["late"].format(limit=LIMIT))


def make_lab() -> tuple[Figure, ...]:
    """Start JupyterLab by ``make lab`` without a screen on a free port, and stop it again."""
    venv = ROOT / ".venv"
    if not is_ready(venv, ROOT):
        raise RuntimeError(TEXT["not_ready"])
    port, token = _free_port(), secrets.token_hex(16)
    variables = {k: v for k, v in os.environ.items() if k not in SCREENS and k[:4] != "MAKE"}
    url = f"http://{ADDRESS}:{port}/lab/tree/{MAP}?token={token}"
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "lab.log"
        with log.open("wb") as output:
            server = subprocess.Popen(
                ["make", "--no-print-directory", "lab", f"PORT={port}", f"VENV={venv}"],
                cwd=ROOT,
                env={**variables, "JUPYTER_TOKEN": token},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            seconds = _wait(server, url, log)
        finally:
            _stop(server)
    return (Figure(TEXT["name"], seconds, "s", 10),)


def _stop(server: subprocess.Popen) -> None:
    """End make and JupyterLab, which share a process group of their own."""
    try:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=15)
    except ProcessLookupError:
        pass
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
