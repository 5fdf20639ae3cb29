"""Where publishing reads and writes: the course's notebooks and `build/`."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
SOURCE_SUFFIXES = {".py", ".js", ".json", ".css", ".j2"}


def lecture_notebooks(root: Path = ROOT) -> list[Path]:
    """Return every notebook of the course in the order of the lectures."""
    found = (root / "lectures").rglob("*.ipynb")
    return sorted(path for path in found if ".ipynb_checkpoints" not in path.parts)


def _sources(root: Path) -> Iterator[Path]:
    """Yield the files that a notebook's results depend on, besides the notebook.

    `utils/publish` is left out but for its runner: the look of a deck changes no result.
    """
    for path in sorted((root / "utils").rglob("*")):
        inside_publish = "publish" in path.relative_to(root).parts[:2]
        if path.suffix in SOURCE_SUFFIXES and (not inside_publish or path.name == "runner.py"):
            yield path
    for path in sorted((root / "data").rglob("*")):
        if path.is_file() and "cache" not in path.relative_to(root).parts:
            yield path


def fingerprint(notebook: Path, root: Path = ROOT) -> str:
    """Return a SHA-256 over the notebook and all code and data that it may use."""
    digest = hashlib.sha256(notebook.read_bytes())
    for path in _sources(root):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def executed_path(notebook: Path) -> Path:
    """Return where the executed copy of `notebook` lives."""
    return BUILD / "notebooks" / f"{notebook.stem}.ipynb"


def is_up_to_date(notebook: Path, executed: Path | None = None, root: Path = ROOT) -> bool:
    """Say whether an executed copy exists that was made from exactly this notebook and code."""
    executed = executed or executed_path(notebook)
    if not executed.exists():
        return False
    try:
        made_from = nbformat.read(executed, as_version=4).metadata.get("executed", {})
    except (ValueError, AttributeError, nbformat.reader.NotJSONError):
        return False
    return made_from.get("fingerprint") == fingerprint(notebook, root)
