"""The running Python's standard library as character data, with what is true at each character.

Source: ``sysconfig.get_path("stdlib")``; nothing is downloaded or copied. A file's part depends
on its own name only, so it is the same on every machine and for every version of Python: a file
that one version holds out is never trained on by another.
"""

import contextlib
import hashlib
import io
import sys
import sysconfig
import tokenize
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from utils.datasets.characters import TEXT as CHARACTERS_TEXT
from utils.datasets.characters import Vocabulary
from utils.datasets.code_truth import PROPERTIES, Truth, columns, truth_of
from utils.datasets.code_truth import TEXT as TRUTH_TEXT
from utils.files import write_atomically

# Newline and printable ASCII. Tabs, form feeds, accents, … become the unknown symbol.
VOCABULARY = Vocabulary("\n" + "".join(map(chr, range(32, 127))))
CACHE = Path(__file__).resolve().parents[2] / "data" / "cache" / "code.npz"
# Tests repeat each other and hold broken code; encodings and pydoc_data are tables, not programs;
# lib2to3 and idlelib keep copies and tests of other modules; the rest is not the library itself.
EXCLUDED = frozenset(
    [
        "test",
        "tests",
        "idlelib",
        "lib2to3",
        "encodings",
        "pydoc_data",
        "turtledemo",
        "site-packages",
        "dist-packages",
        "__pycache__",
        "__phello__",
    ]
)
EXCLUDED_STARTS = ("_sysconfigdata", "config-", "lib-dynload")
SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}
_FORMAT = 2  # of the cache; raise it when the truth changes
TEXT = {
    "missing": "The standard library of this Python has no source files in {folder}.",
    "damaged": "{path} is damaged (its hash is wrong); it was made again from the library.",
    "sample": "Ask for at least 1 character, not {value!r}.",
    "short": "This part has {have:,} characters; {want:,} were asked for.",
    "file": "There is no file {name!r} in this part.",
}


@dataclass(frozen=True)
class CodePart:
    """Files one after another: F files of C characters in all.

    names: their paths inside the library. starts: (F + 1,) int64, file f is starts[f]:starts[f+1].
    ids: (C,) uint8, the number of each character in VOCABULARY. truth: see `Truth`, (C,).
    """

    names: tuple[str, ...]
    starts: np.ndarray
    ids: Tensor
    truth: Truth

    def __len__(self) -> int:
        return len(self.ids)

    def file(self, name: str) -> "CodePart":
        """Return one file by its name; ValueError if it is not in this part."""
        if name not in self.names:
            raise ValueError(TEXT["file"].format(name=name))
        return self.files([self.names.index(name)])

    def files(self, chosen: list[int]) -> "CodePart":
        """Return the files with these numbers, in this order."""
        spans = [slice(self.starts[f], self.starts[f + 1]) for f in chosen]
        starts = np.cumsum([0, *(span.stop - span.start for span in spans)])
        places = [np.arange(span.start, span.stop) for span in spans]
        places = np.concatenate([np.arange(0), *places])
        names = tuple(self.names[f] for f in chosen)
        return CodePart(names, starts, self.ids[places], self.truth[places])

    def sample(self, characters: int, seed: int = 0, longest: int = 20_000) -> "CodePart":
        """Return whole files drawn without replacement until they have so many characters.

        Files of more than ``longest`` characters are left out, so that one file is never all.
        Raises ValueError below 1 character, and for more than the part has.
        """
        if characters < 1:
            raise ValueError(TEXT["sample"].format(value=characters))
        sizes = np.diff(self.starts)
        order = np.random.default_rng(seed).permutation(np.flatnonzero(sizes <= longest))
        have = sizes[order].sum()
        if have < characters:
            raise ValueError(TEXT["short"].format(have=have, want=characters))
        needed = int(np.searchsorted(np.cumsum(sizes[order]), characters)) + 1
        return self.files([int(f) for f in order[:needed]])

    def text(self) -> str:
        """Return the characters; those outside the vocabulary as the unknown symbol."""
        return VOCABULARY.decode(self.ids)


@dataclass(frozen=True)
class Code:
    """The three parts. Train on one, choose with ``validation``, report ``test``.

    skipped: files that are no text or that Python cannot split into tokens; they are in no part.
    """

    train: CodePart
    validation: CodePart
    test: CodePart
    skipped: tuple[str, ...]


@dataclass(frozen=True)
class ReadText:
    """A reader's own text: ids (T,) int64, and its truth, or None with the reason in ``note``.

    unknown: the characters outside the vocabulary, each once.
    """

    text: str
    ids: Tensor
    truth: Truth | None
    note: str
    unknown: str


def read_text(text: str) -> ReadText:
    """Return a reader's own text, code or not, as data; line ends become "\\n".

    Raises ValueError only for an empty text and for what is no text.
    """
    if not isinstance(text, str):
        raise ValueError(CHARACTERS_TEXT["text"].format(value=text))
    text = one_kind_of_newline(text)
    if not text:
        raise ValueError(TRUTH_TEXT["empty"])
    try:
        truth, note = truth_of(text), ""
    except ValueError as error:
        truth, note = None, str(error)
    return ReadText(text, VOCABULARY.encode(text), truth, note, VOCABULARY.unknown_in(text))


def one_kind_of_newline(text: str) -> str:
    """Return the text with every line end as "\\n"."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def part_of(name: str) -> str:
    """Return the part that a file belongs to, from the SHA-256 of its path in the library."""
    share = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 16**8
    if share < SHARES["train"]:
        return "train"
    return "validation" if share < SHARES["train"] + SHARES["validation"] else "test"


def is_excluded(name: str) -> bool:
    """Return whether a file, by its path in the library, is left out of the data."""
    parts = name.split("/")
    return any(part in EXCLUDED or part.startswith(EXCLUDED_STARTS) for part in parts)


@cache
def load_code(folder: Path | None = None) -> Code:
    """Return the standard library of the running Python (or the .py files under ``folder``).

    About 9 million characters. The first call takes some seconds, later ones read the cache.
    The result is shared between callers: do not change it.

    Raises:
        FileNotFoundError: this Python comes without the source of its library.
    """
    folder = folder or Path(sysconfig.get_path("stdlib"))
    sources = _read_sources(folder)
    if not sources:
        raise FileNotFoundError(TEXT["missing"].format(folder=folder))
    arrays = _cached(CACHE, sources)
    return _assemble(arrays)


def _read_sources(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file that is not excluded, by its path, sorted."""
    found = {path.relative_to(folder).as_posix(): path for path in _walk(folder)}
    return {name: found[name].read_bytes() for name in sorted(found)}


def _walk(folder: Path) -> list[Path]:
    """Return the .py files below a folder, not looking into excluded ones."""
    paths: list[Path] = []
    for entry in folder.iterdir():
        if is_excluded(entry.name):
            continue
        if entry.is_dir():
            paths += _walk(entry)
        elif entry.suffix == ".py":
            paths.append(entry)
    return paths


def decoded(source: bytes) -> str:
    """Return a source file's text in the encoding that it declares, "\\n" at the line ends.

    Raises SyntaxError or UnicodeDecodeError where that is impossible.
    """
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    return one_kind_of_newline(source.decode(encoding))


Arrays = dict[str, np.ndarray]


def _annotate(sources: dict[str, bytes]) -> Arrays:
    """Return names, sizes, ids, flags (one bit a property) and depth of every readable file."""
    names, skipped, ids, flags, depth = [], [], [], [], []
    for name, source in sources.items():
        try:
            text = decoded(source)
            truth = truth_of(text)
        except (SyntaxError, ValueError):  # UnicodeDecodeError is a ValueError
            skipped.append(name)
            continue
        names.append(name)
        ids.append(VOCABULARY.encode(text).numpy().astype(np.uint8))
        flags.append(_packed(truth))
        depth.append(truth.depth)
    empty = [np.zeros(0, np.uint8)]
    return {
        "names": np.array(names, dtype=np.str_),
        "skipped": np.array(skipped, dtype=np.str_),
        "sizes": np.array([len(one) for one in ids], dtype=np.int64),
        "ids": np.concatenate(ids or empty),
        "flags": np.concatenate(flags or empty),
        "depth": np.concatenate(depth or empty),
    }


def _packed(truth: Truth) -> np.ndarray:
    bits = [getattr(truth, name).astype(np.uint8) << b for b, name in enumerate(PROPERTIES)]
    return np.bitwise_or.reduce(bits)


def _assemble(arrays: Arrays) -> Code:
    """Return the parts of annotated files."""
    starts = np.concatenate([[0], np.cumsum(arrays["sizes"])])
    flags = arrays["flags"]
    truth = Truth(
        *(flags & (1 << bit) > 0 for bit in range(len(PROPERTIES))),
        arrays["depth"],
        columns(arrays["ids"] == VOCABULARY.characters.index("\n")),
    )
    names = tuple(map(str, arrays["names"]))
    everything = CodePart(names, starts, torch.from_numpy(arrays["ids"]), truth)
    chosen = {part: [f for f, name in enumerate(names) if part_of(name) == part] for part in SHARES}
    parts = {part: everything.files(files) for part, files in chosen.items()}
    return Code(**parts, skipped=tuple(map(str, arrays["skipped"])))


def _digest(arrays: Arrays) -> str:
    """Return a SHA-256 over the arrays."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape} ".encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()


def _source_digest(sources: dict[str, bytes]) -> str:
    """Return a SHA-256 over the files, the vocabulary and how the truth is found."""
    digest = hashlib.sha256(f"{_FORMAT} {sys.version_info[:2]} {VOCABULARY.symbols}".encode())
    for name, source in sources.items():
        digest.update(f"{name} {len(source)} ".encode())
        digest.update(source)
    return digest.hexdigest()


def _cached(path: Path, sources: dict[str, bytes]) -> Arrays:
    """Return the annotated files from the cache, or anew if it is missing, damaged or older."""
    wanted = _source_digest(sources)
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        source, digest = str(arrays.pop("source")), str(arrays.pop("digest"))
        if digest != _digest(arrays):
            raise ValueError(path)
        if source == wanted:
            return arrays
    except FileNotFoundError:
        pass
    except Exception:  # numpy and zipfile raise many kinds for a damaged file
        warnings.warn(TEXT["damaged"].format(path=path.name), stacklevel=3)
    arrays = _annotate(sources)
    _store(path, {**arrays, "source": np.array(wanted), "digest": np.array(_digest(arrays))})
    return arrays


def _store(path: Path, arrays: Arrays) -> None:
    """Write the cache; a read-only folder is no fault."""
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    with contextlib.suppress(OSError):
        write_atomically(path, content.getvalue())
