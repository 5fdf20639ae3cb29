"""The library's code: a fixed vocabulary, stable parts, and truth that a reader can check."""

import subprocess
import sys
import token
import tokenize
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.datasets import code as module
from utils.datasets import code_truth
from utils.datasets.characters import UNKNOWN_SYMBOL, Vocabulary
from utils.datasets.code import VOCABULARY, load_code, part_of, read_text
from utils.datasets.code_truth import PROPERTIES, truth_of


def marks(text: str, name: str) -> str:
    """Return the text with | around what is inside."""
    inside = [False, *getattr(truth_of(text), name), False]
    borders = {place for place, (a, b) in enumerate(pairwise(inside)) if a != b}
    letters = [("|" if place in borders else "") + letter for place, letter in enumerate(text)]
    return "".join(letters) + ("|" if len(text) in borders else "")


@pytest.mark.parametrize(
    ("text", "name", "wanted"),
    [
        ('x = "ab" + c\n', "string", 'x = "|ab|" + c\n'),
        ("x = rb'a\\'b'\n", "string", "x = rb'|a\\'b|'\n"),
        ("x = ''\n", "string", "x = ''\n"),
        ("f'{a[\"k\"]} b'\n", "string", "f'|{a[\"k\"]} b|'\n"),
        ("'a'  'b'\n", "string", "'|a|'  '|b|'\n"),
        ('"""ab"""\n', "string", '"""ab"""\n'),
        ('"""ab"""\n', "docstring", '""|"ab""|"\n'),
        ('x = r"""a\n"b" c"""\n', "docstring", 'x = r""|"a\n"b" c""|"\n'),
        ("x = 'a' # b 'c'\ny\n", "comment", "x = 'a' |# b 'c'|\ny\n"),
        ("x = '# no'\n", "comment", "x = '# no'\n"),
        ("if a: b\n", "if_header", "if| a|: b\n"),
        ("if a:\n  b\nelif c[1:2]:\n  d\n", "if_header", "if| a|:\n  b\nelif| c[1:2]|:\n  d\n"),
        ("if (lambda: 1)():\n  b\n", "if_header", "if| (lambda: 1)()|:\n  b\n"),
        ("if lambda: 1:\n  b\n", "if_header", "if| lambda: 1|:\n  b\n"),
        ("if (n := 3) > 2:\n  b\n", "if_header", "if| (n := 3) > 2|:\n  b\n"),
        ("x = a if b else c\n", "if_header", "x = a if b else c\n"),
        ("[a for a in b if c]\nx: int = 1\n", "if_header", "[a for a in b if c]\nx: int = 1\n"),
        ("(a\nif b else c)\n", "if_header", "(a\nif b else c)\n"),
        ("if a and (\n    b):\n  c\n", "if_header", "if| a and (\n    b)|:\n  c\n"),
    ],
)
def test_borders_say_what_is_certain_after_the_character(text, name, wanted):
    assert marks(text, name) == wanted


def test_depth_counts_blocks_and_column_counts_characters():
    text = "def f():\n    if a:\n        b\n    # note\n    c = (1,\n  2)\nd\n"
    truth = truth_of(text)
    by_line = dict(zip(text.split("\n"), depths(text, truth), strict=False))
    assert by_line["        b"] == 2
    assert by_line["    c = (1,"] == by_line["  2)"] == 1  # a line that goes on is no block
    assert by_line["d"] == by_line["def f():"] == 0
    columns = [place - (text.rfind("\n", 0, place) + 1) for place in range(len(text))]
    assert truth.column.tolist() == columns


def depths(text, truth):
    starts = [0, *(place + 1 for place, letter in enumerate(text) if letter == "\n")]
    return [int(truth.depth[start]) for start in starts if start < len(text)]


def test_tokens_of_a_later_python_give_the_same_f_strings(monkeypatch):
    """Python 3.12 has tokens for the parts of an f-string, which may hold other strings."""
    text = "x = f'a{\"b\"}' + rf'''c{d}'''\n"
    start, end = 1001, 1002
    monkeypatch.setattr(code_truth, "_OPENINGS", {start})
    monkeypatch.setattr(code_truth, "_CLOSINGS", {end})

    def at(kind, string, column):
        return tokenize.TokenInfo(kind, string, (1, column), (1, column + len(string)), text)

    tokens = [
        at(start, "f'", 4),
        at(token.STRING, '"b"', 8),
        at(end, "'", 12),
        at(start, "rf'''", 16),
        at(end, "'''", 25),
    ]
    truth = code_truth._mark(text, tokens)
    inside = {
        name: "".join(text[t] for t in np.flatnonzero(getattr(truth, name))) for name in PROPERTIES
    }
    assert inside["string"] == 'a{"b"}'
    assert inside["docstring"] == "'c{d}''"


@pytest.mark.parametrize(
    "text",
    [
        "x = 'open\n",
        '"""never closed',
        "f(\n",
        "  a\n b\n",
        "x = $\n",
        "a\0b\n",
        "def f(:\n\tx\n  y",
    ],
)
def test_text_that_is_no_python_has_no_truth_and_says_so(text):
    with pytest.raises(ValueError, match="cannot split this text into tokens"):
        truth_of(text)
    found = read_text(text)
    assert found.truth is None
    assert found.note.count(".") >= 1 and "not known" in found.note
    assert len(found.ids) == len(found.text)


PIECES = [
    "'",
    '"',
    "\n",
    "\r",
    "\t",
    "\f",
    " ",
    "  ",
    "#",
    "\\",
    "if",
    "elif",
    ":",
    "(",
    ")",
    "f'{",
    "}",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), min_size=1).map("".join).filter(len))
def test_any_text_can_be_read(text):
    found = read_text(text)
    assert len(found.ids) == len(found.text)
    assert (found.truth is None) == bool(found.note)
    if found.truth is not None:
        assert len(found.truth) == len(found.text)
        assert not (found.truth.comment & (found.truth.string | found.truth.docstring)).any()


def test_very_deep_blocks_are_counted_to_255():
    text = "".join(" " * depth + "if a:\n" for depth in range(300)) + " " * 300 + "b\n"
    assert truth_of(text).depth.max() == 255


@pytest.mark.parametrize("reader", [truth_of, read_text])
def test_an_empty_text_is_refused(reader):
    with pytest.raises(ValueError, match="There is no text"):
        reader("")


@pytest.mark.parametrize("reader", [VOCABULARY.encode, read_text])
@pytest.mark.parametrize("value", [None, 5, b"x = 1"])
def test_what_is_no_text_is_refused(reader, value):
    with pytest.raises(ValueError, match="string of characters, not"):
        reader(value)


def test_a_readers_text_keeps_its_length_and_names_what_is_unknown():
    found = read_text("s = 'é'\r\nt = '한'\t# ü\r")
    assert found.text == "s = 'é'\nt = '한'\t# ü\n"
    assert found.unknown == "\téü한"
    shown = "s = '?'\nt = '?'?# ?\n".replace("?", UNKNOWN_SYMBOL)
    assert VOCABULARY.decode(found.ids) == shown
    assert len(found.truth) == len(found.ids) == len(found.text)


def test_the_vocabulary_is_fixed():
    assert len(VOCABULARY) == 97
    assert VOCABULARY.characters[0] == "\n"
    every = "".join(map(chr, range(0x3000)))
    ids = VOCABULARY.encode(every + "\U0001f600\ud800")
    known = [letter for letter, one in zip(every, ids, strict=False) if one != VOCABULARY.unknown]
    assert known == sorted(VOCABULARY.characters)
    assert ids[-2:].tolist() == [96, 96]
    assert VOCABULARY.decode(VOCABULARY.encode(VOCABULARY.symbols)) == VOCABULARY.symbols


@pytest.mark.parametrize("value", [-1, 97])
def test_a_number_that_stands_for_nothing_is_refused(value):
    with pytest.raises(ValueError, match=r"0\.\.96"):
        VOCABULARY.decode(torch.tensor([value]))


@pytest.mark.parametrize("characters", ["aa", f"a{UNKNOWN_SYMBOL}"])
def test_a_vocabulary_holds_each_character_once_and_not_the_unknown_symbol(characters):
    with pytest.raises(ValueError):
        Vocabulary(characters)


def test_the_library_is_split_by_file_and_the_truth_is_that_of_its_text():
    data = load_code()
    parts = {name: getattr(data, name) for name in module.SHARES}
    names = [name for part in parts.values() for name in part.names]
    assert len(names) == len(set(names)) > 300
    assert not any(map(module.is_excluded, names))
    sizes = {name: len(part) for name, part in parts.items()}
    assert sizes["train"] > 5_000_000 and min(sizes.values()) > 300_000
    for part in parts.values():
        assert len(part.truth) == len(part.ids) == part.starts[-1]
    one = parts["test"].sample(1, seed=3)
    wanted = truth_of(one.text())
    for name in (*PROPERTIES, "depth", "column"):
        assert (getattr(one.truth, name) == getattr(wanted, name)).all()


def test_a_files_part_depends_on_its_name_only():
    # Written down once: a change would let models be scored on files that they learnt from.
    wanted = {
        "argparse.py": "train",
        "json/encoder.py": "train",
        "mailcap.py": "validation",
        "getpass.py": "test",
    }
    assert {name: part_of(name) for name in wanted} == wanted
    found = [part_of(f"file_{number}.py") for number in range(4000)]
    assert 0.77 < found.count("train") / 4000 < 0.83


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A small library of its own, with one file that is no Python and some that are left out."""
    files = {f"file_{number}.py": f"if a:\n    x = '{number}'  # n\n" for number in range(40)}
    files |= {"broken.py": "x = (\n", "latin.py": "# coding: latin-1\nx = 'ü'\n", "empty.py": ""}
    files |= {"test/test_a.py": "a\n", "sub/tests/b.py": "b\n", "idlelib/c.py": "c\n"}
    for name, text in files.items():
        path = tmp_path / "lib" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("latin-1"))
    monkeypatch.setattr(module, "CACHE", tmp_path / "cache" / "code.npz")
    load_code.cache_clear()
    yield tmp_path / "lib"
    load_code.cache_clear()


def all_names(data):
    return sorted(name for part in module.SHARES for name in getattr(data, part).names)


def test_files_without_tokens_are_left_out_and_counted(library):
    data = load_code(library)
    assert data.skipped == ("broken.py", "empty.py")
    assert all_names(data) == sorted([f"file_{n}.py" for n in range(40)] + ["latin.py"])


@pytest.mark.parametrize("damage", ["truncated", "altered", "not an archive"])
def test_a_damaged_cache_is_noticed_said_and_rebuilt(library, damage):
    wanted = load_code(library).train.ids
    stored = module.CACHE.read_bytes()
    if damage == "altered":
        with np.load(module.CACHE) as file:
            arrays = {name: file[name].copy() for name in file.files}
        arrays["ids"][7] ^= 1
        np.savez_compressed(module.CACHE, **arrays)
    else:
        module.CACHE.write_bytes(stored[: len(stored) // 2] if damage == "truncated" else b"no")
    load_code.cache_clear()
    with pytest.warns(UserWarning, match="damaged.*made again"):
        assert torch.equal(load_code(library).train.ids, wanted)
    assert module.CACHE.read_bytes() == stored


def test_another_version_of_the_library_is_read_anew_without_a_word(library, recwarn):
    before = all_names(load_code(library))
    (library / "new.py").write_text("y = 1\n")
    load_code.cache_clear()
    assert set(all_names(load_code(library))) - set(before) == {"new.py"}
    assert not recwarn.list


def test_a_folder_that_cannot_be_written_is_no_fault(library, monkeypatch):
    def refuse(*arguments):
        raise PermissionError("read-only")

    monkeypatch.setattr(module, "write_atomically", refuse)
    assert len(load_code(library).train) > 0
    assert not module.CACHE.exists()


def test_a_python_without_its_library_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match="no source files"):
        load_code(tmp_path)


def test_a_sample_is_of_whole_files_each_once():
    part = load_code().validation
    sample = part.sample(30_000, seed=1)
    assert len(set(sample.names)) == len(sample.names) > 1
    assert 30_000 <= len(sample) < 50_000
    for place, name in enumerate(sample.names):
        own = part.file(name)
        span = slice(sample.starts[place], sample.starts[place + 1])
        assert torch.equal(sample.ids[span], own.ids)
        assert (sample.truth.comment[span] == own.truth.comment).all()
    assert sample.names == part.sample(30_000, seed=1).names != part.sample(30_000, seed=2).names


@pytest.mark.parametrize(("characters", "sentence"), [(0, "at least 1"), (10**8, "asked for")])
def test_a_sample_has_at_least_one_and_at_most_all_characters(characters, sentence):
    with pytest.raises(ValueError, match=sentence):
        load_code().test.sample(characters)


def test_an_unknown_file_is_refused():
    with pytest.raises(ValueError, match=r"no file 'nothing\.py'"):
        load_code().test.file("nothing.py")


@pytest.mark.slow
def test_two_processes_at_once_leave_a_whole_cache(library):
    program = (
        "import sys; from pathlib import Path; from utils.datasets import code\n"
        "code.CACHE = Path(sys.argv[1]); print(len(code.load_code(Path(sys.argv[2])).train))"
    )
    command = [sys.executable, "-W", "error", "-c", program, str(module.CACHE), str(library)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    answers = {process.communicate(timeout=60)[0] for process in running}
    assert len(answers) == 1 and all(process.returncode == 0 for process in running)
    assert [path.name for path in module.CACHE.parent.iterdir()] == ["code.npz"]
