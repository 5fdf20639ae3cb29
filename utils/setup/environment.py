"""Makes the course's environment, or brings it up to date: ``python environment.py .venv``.

Standard library only, and readable by old interpreters, so that a Python that is too old is
told so in a sentence. A stamp holds the hash of the lists of packages: a second run is quick.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NEEDED = (3, 11)
LISTS = ("pyproject.toml", "constraints.txt")
STAMP = ".course-stamp"
# JupyterLab runs a CommonJS program from the environment. Without this file node would take the
# word of the checkout's package.json for it, which says "module", and that program would fail.
NODE_KIND = '{"type": "commonjs"}\n'
TEXT = {
    "old": "Python {needed} or newer is needed, this is {found}; name one: make PYTHON=python3.12",
    "no_venv": "This Python cannot make environments; on Debian install python3-venv.",
    "making": "[1/2] Making the environment {venv} with Python {found}",
    "installing": "[2/2] Installing the packages; the first time takes some minutes",
    "failed": "Installing did not end well (see above); the next make tries again.",
    "ready": "The environment {venv} is ready.",
    "read_only": "This checkout is read-only: the environment is used as it is, without updates.",
    "no_place": "{folder} cannot be written; make the environment elsewhere: make VENV=/path/venv",
}


class SetupError(Exception):
    """The environment cannot be made; the message says what to do."""


def check_python(version: tuple[int, ...], needed: tuple[int, ...] = NEEDED) -> None:
    """Raise `SetupError` where a Python version is older than the course needs."""
    if tuple(version[:2]) < needed:
        shown = {"needed": _dotted(needed), "found": _dotted(version[:3])}
        raise SetupError(TEXT["old"].format(**shown))


def check_venv_module() -> None:
    """Raise `SetupError` where this Python was packed without ``venv`` or ``ensurepip``."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as error:
        raise SetupError(TEXT["no_venv"]) from error


def fingerprint(root: Path) -> str:
    """Return the hash (hex) of the lists of packages in a checkout; a missing list counts too."""
    digest = hashlib.sha256()
    for name in LISTS:
        path = root / name
        digest.update(name.encode() + b"\0" + (path.read_bytes() if path.exists() else b""))
    return digest.hexdigest()


def python_of(venv: Path) -> Path:
    """Return the path of an environment's interpreter."""
    return venv / "bin" / "python"


def is_ready(venv: Path, root: Path) -> bool:
    """Say whether the environment was completely installed from the lists as they are now."""
    stamp = venv / STAMP
    same = stamp.exists() and stamp.read_text(encoding="ascii") == fingerprint(root)
    return same and starts(venv)


def starts(venv: Path) -> bool:
    """Say whether an environment's Python starts: it does not once its base Python has gone."""
    python = python_of(venv)
    try:
        return subprocess.run([str(python), "-c", ""], capture_output=True).returncode == 0
    except OSError:
        return False


def make(venv: Path, root: Path) -> None:
    """Make or update an environment; raise `SetupError` where that cannot be done."""
    check_venv_module()
    if not starts(venv):
        _say("making", venv=venv, found=_dotted(sys.version_info[:3]))
        _run([sys.executable, "-m", "venv", "--clear", str(venv)], root)
    _say("installing")
    constraints = root / "constraints.txt"
    limits = ["-c", constraints.name] if constraints.exists() else []
    install = [str(python_of(venv)), "-m", "pip", "install", *limits, "-e", ".[publish,test]"]
    _run([*install, "--disable-pip-version-check"], root)
    (venv / "package.json").write_text(NODE_KIND, encoding="ascii")
    (venv / STAMP).write_text(fingerprint(root), encoding="ascii")
    _say("ready", venv=venv)


def ensure(venv: Path, root: Path = ROOT) -> None:
    """Bring an environment up to date; do nothing where it is, or where nothing can be written."""
    if is_ready(venv, root):
        return
    if not os.access(root, os.W_OK):
        if not starts(venv):
            raise SetupError(TEXT["no_place"].format(folder=root))
        _say("read_only")
        return
    make(venv, root)


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)


def _say(key: str, **values: object) -> None:
    print(TEXT[key].format(**values), flush=True)


def _run(command: list[str], folder: Path) -> None:
    if subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL).returncode:
        raise SetupError(TEXT["failed"])


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 0 if the environment can be used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("venv", type=Path, help="folder of the environment")
    try:
        check_python(tuple(sys.version_info))
        ensure(Path(os.path.abspath(parser.parse_args(arguments).venv)))  # noqa: PTH100
    except SetupError as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(TEXT["failed"], file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
