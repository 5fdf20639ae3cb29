"""Finished trials on the disk, one JSON line each, so that a broken run can go on later."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

TEXT = {
    "unreadable": "The journal {path} cannot be read: give the path of a file, not of a folder.",
    "folder": "The folder of {path} cannot be written, so finished trials cannot be kept there.",
}


def key_of(*settings: object) -> str:
    """Return a short name for settings that print alike, the same in every process."""
    return hashlib.sha256(str(list(settings)).encode()).hexdigest()[:16]


def read_records(path: Path) -> Iterator[dict]:
    """Yield the records of a journal, none if there is no file; damaged lines are left out.

    Raises ValueError with one clear sentence for a folder, or a file that cannot be read.
    """
    try:
        text = path.read_text(errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise ValueError(TEXT["unreadable"].format(path=path.name)) from error
    for line in text.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield record


def append_records(path: Path, records: Iterable[dict]) -> None:
    """Add records in one write, and put them on the disk before returning.

    A line that an earlier run could not finish is ended first, so it spoils no new record.

    Raises OSError with one clear sentence if the folder cannot be written.
    """
    lines = "".join(json.dumps(record) + "\n" for record in records)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            file.write(_line_end(file) + lines.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise OSError(TEXT["folder"].format(path=path.name)) from error


def _line_end(file: BinaryIO) -> bytes:
    """Return what ends the last line of a file: nothing if it is empty or ended already."""
    if not file.seek(0, os.SEEK_END):
        return b""
    file.seek(-1, os.SEEK_END)
    return b"" if file.read(1) == b"\n" else b"\n"
