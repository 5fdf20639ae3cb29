"""Measured results on disk: one JSON file each, so that every notebook shows the same numbers."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from utils.files import write_atomically

RESULTS = Path(__file__).resolve().parents[2] / "data" / "results"
_FORMAT = 1
TEXT = {
    "missing": "There is no result {name!r}. Make it with: make checkpoints NAMES={name}.",
    "damaged": (
        "The result {name!r} cannot be read. Restore its file, or make it again with: "
        "make checkpoints NAMES={name}."
    ),
}

Result = TypeVar("Result")


class ResultError(RuntimeError):
    """A kept result that is missing or damaged; the message says what to do."""


def save_result(result: Any, name: str, folder: Path = RESULTS, *, indent: int | None = 1) -> Path:
    """Write a dataclass of arrays and plain values as ``name``.json; return the path.

    Numbers in arrays keep four digits behind the point.
    """
    record = {key: _plain(value) for key, value in asdict(result).items()}
    text = json.dumps({"format": _FORMAT, **record}, indent=indent, ensure_ascii=False)
    return write_atomically(folder / f"{name}.json", f"{text}\n".encode())


def _plain(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    return (value.round(4) if value.dtype.kind == "f" else value).tolist()


def load_result(
    name: str, make: Callable[[dict], Result], arrays: tuple[str, ...], folder: Path = RESULTS
) -> Result:
    """Return what ``make`` makes of a kept record, whose ``arrays`` are numpy arrays again.

    ``make`` raises ValueError where shapes do not fit. ResultError where the file is missing or
    damaged, or does not say where its numbers come from.
    """
    try:
        record = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        if record.pop("format") != _FORMAT or not record["about"]:
            raise ValueError(name)
        return make({k: np.array(v) if k in arrays else v for k, v in record.items()})
    except FileNotFoundError:
        raise ResultError(TEXT["missing"].format(name=name)) from None
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OSError):
        raise ResultError(TEXT["damaged"].format(name=name)) from None
