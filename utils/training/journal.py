"""Finished trials on the disk, one JSON line each, so that a broken run can go on later."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

TEXT = {
    "folder": "The folder of {path} cannot be written, so finished trials cannot be kept there.",
}


def key_of(*settings: object) -> str:
    """Return a short name for settings that print alike, the same in every process."""
    return hashlib.sha256(str(list(settings)).encode()).hexdigest()[:16]


def read_records(path: Path) -> Iterator[dict]:
    """Yield the records of a journal, none if there is no file; damaged lines are left out."""
    if not path.exists():
        return
    for line in path.read_text(errors="replace").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield record


def append_records(path: Path, records: Iterable[dict]) -> None:
    """Add records in one write, and put them on the disk before returning.

    Raises OSError with one clear sentence if the folder cannot be written.
    """
    lines = "".join(json.dumps(record) + "\n" for record in records)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise OSError(TEXT["folder"].format(path=path.name)) from error
