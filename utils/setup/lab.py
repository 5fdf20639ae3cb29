"""Opens JupyterLab on the course map: ``python lab.py --port 8888``.

Loopback only, always with a token. What Jupyter keeps (trust, layout, settings, history) stays
in the checkout's ``.jupyter`` folder, so the reader's own Jupyter is neither used nor changed;
the course's two settings are defaults in ``utils/setup/jupyter`` that the reader can override.
"""

import argparse
import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Path(__file__).resolve().parent / "jupyter"
ADDRESS = "127.0.0.1"
MAP = "lectures/README.md"
TRIES = 50
TEXT = {
    "port": "PORT must be a whole number from 1 to 65535, not {value!r}.",
    "busy": "Port {wanted} is busy, so JupyterLab uses {port}.",
    "all_busy": "Ports {first} to {last} are all busy; name a free one: make lab PORT=9000",
    "read_only": (
        "This checkout is read-only: notebooks open and run, but cannot be saved here; "
        "Jupyter's own files are in {state} until the next restart of the machine."
    ),
    "starting": "JupyterLab opens on the course map in some seconds: {address}",
    "stop": "Stop it here with Ctrl+C, twice.",
}


class LabError(Exception):
    """JupyterLab cannot be opened; the message says what to do."""


def parse_port(value: str) -> int:
    """Return a port number; raise `LabError` for anything else."""
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 65535:
        raise LabError(TEXT["port"].format(value=value))
    return int(value)


def is_free(port: int) -> bool:
    """Say whether a server could listen on a port of this machine's loopback address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return False
        return True


def free_port(wanted: int, tries: int = TRIES) -> int:
    """Return the first free port from ``wanted`` on; raise `LabError` if ``tries`` are busy."""
    candidates = range(wanted, min(wanted + tries, 65536))
    for port in candidates:
        if is_free(port):
            return port
    raise LabError(TEXT["all_busy"].format(first=wanted, last=candidates[-1]))


def state_folder(root: Path) -> tuple[Path, bool]:
    """Return the folder for Jupyter's own files, and whether it lies in the checkout.

    In a checkout that cannot be written it is a new temporary folder.
    """
    folder = root / ".jupyter"
    try:
        folder.mkdir(exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="lectures-jupyter-")), False
    if os.access(folder, os.W_OK):
        return folder, True
    return Path(tempfile.mkdtemp(prefix="lectures-jupyter-")), False


def environment(state: Path, base: Mapping[str, str], root: Path = ROOT) -> dict[str, str]:
    """Return the variables that keep Jupyter inside ``state`` and give the course's settings."""
    kept = {
        "JUPYTER_CONFIG_DIR": state / "config",
        "JUPYTER_DATA_DIR": state / "data",
        "JUPYTER_RUNTIME_DIR": state / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": state / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": state / "workspaces",
        "IPYTHONDIR": state / "ipython",
        "JUPYTER_CONFIG_PATH": CONFIG,
    }
    # Notebooks import utils from here, wherever they lie and whatever is installed.
    paths = [str(root), *filter(None, [base.get("PYTHONPATH")])]
    named = {name: str(path) for name, path in kept.items()}
    token = base.get("JUPYTER_TOKEN") or secrets.token_hex(24)
    extra = {"JUPYTER_TOKEN": token, "PYTHONPATH": os.pathsep.join(paths)}
    return {**base, **named, **extra}


def command(port: int, root: Path, variables: Mapping[str, str]) -> list[str]:
    """Return the command that starts JupyterLab, with a browser only where there is a screen."""
    options = [
        f"--ServerApp.ip={ADDRESS}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{MAP}",
        "--Application.log_level=WARN",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")
    if not has_screen(variables):
        options.append("--no-browser")
    return [sys.executable, "-m", "jupyterlab", *options]


def has_screen(variables: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Say whether a browser can be opened here."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    return platform != "linux" or any(variables.get(name) for name in screens)


def trust(root: Path, data: Path) -> int:
    """Sign the course's own notebooks, so that their views are alive; return how many."""
    from nbformat import read
    from nbformat.sign import NotebookNotary

    data.mkdir(parents=True, exist_ok=True)
    notary = NotebookNotary(data_dir=str(data))
    paths = sorted((root / "lectures").glob("*/*.ipynb"))
    for path in paths:
        notary.sign(read(path, as_version=4))
    return len(paths)


def start(port: int) -> None:
    """Become JupyterLab, on this port or the next free one."""
    found = free_port(port)
    if found != port:
        _say("busy", wanted=port, port=found)
    state, inside = state_folder(ROOT)
    if not inside:
        _say("read_only", state=state)
    variables = environment(state, os.environ)
    trust(ROOT, state / "data")
    token = variables["JUPYTER_TOKEN"]
    _say("starting", address=f"http://{ADDRESS}:{found}/lab/tree/{MAP}?token={quote(token)}")
    _say("stop")
    os.chdir(ROOT)
    line = command(found, ROOT, variables)
    os.execve(line[0], line, variables)


def _say(key: str, **values: object) -> None:
    print(TEXT[key].format(**values), flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 1 after a clear sentence where JupyterLab cannot start."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", default="8888", help="the port to use, or the next free one")
    try:
        start(parse_port(parser.parse_args(arguments).port))
    except LabError as problem:
        print(problem, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
