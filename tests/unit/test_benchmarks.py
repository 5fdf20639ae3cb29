"""The table of figures says what was measured, and never calls a failure a pass."""

import json

import numpy as np
import pytest

from benchmarks import lab, lecture, training
from benchmarks.__main__ import measure
from benchmarks.figure import Figure, table, write
from utils.training.sweeps import grid


def faster(value, reach=8.0):
    return Figure("speed", value, "×", reach, at_least=True)


@pytest.mark.parametrize(
    ("figure", "word"),
    [
        (faster(8.0), "met"),
        (faster(7.99), "NOT MET"),
        (faster(None), "NOT MET"),
        (faster(float("nan")), "NOT MET"),
        (Figure("delay", 20.0, "ms", 20), "met"),
        (Figure("delay", 20.1, "ms", 20), "NOT MET"),
        (Figure("delay", float("nan"), "ms", 20), "NOT MET"),
        (Figure("requests", 0, "", 0), "met"),
        (Figure("requests", 1, "", 0), "NOT MET"),
        (Figure("size", 5, "MB"), "reported"),
        (Figure("size", None, "MB"), "NOT MET"),
    ],
)
def test_the_verdict_compares_the_value_with_the_reach(figure, word):
    assert figure.verdict == word
    assert word in table([figure]).splitlines()[2]


def test_the_table_is_aligned_and_says_everything():
    figures = [
        faster(9.123),
        Figure("code", 25000, "bytes", 25600, "another: 1.3 MB", "a note"),
    ]
    lines = table(figures).splitlines()
    assert len({len(line) for line in lines[:4]}) == 1
    assert "9.12 ×" in lines[2] and "≥ 8 ×" in lines[2]
    assert "25,000 bytes" in lines[3] and "another: 1.3 MB" in lines[3]
    assert "code: a note" in lines
    assert lines[-1] == "2 of 2 reached."


def test_a_part_that_fails_says_why_counts_as_not_met_and_stops_no_other():
    def broken():
        raise FileNotFoundError("the lecture does not exist")

    first, second = measure({"broken": broken, "sound": lambda: (faster(9.0),)})
    assert first.met is False
    assert "the lecture does not exist" in first.note
    assert second.met
    assert "1 of 2 reached." in table([first, second])


def test_the_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "build" / "bench.json"
    write(path, [faster(9.0), faster(None)], {"cores": 2})
    assert [f["met"] for f in json.loads(path.read_text())["figures"]] == [True, False]
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_what_is_no_number_is_written_as_not_measured(value, tmp_path):
    path = write(tmp_path / "bench.json", [faster(value), faster(9.0)], {"cores": 2})
    lost, kept = json.loads(path.read_text())["figures"]
    assert (lost["value"], lost["met"], kept["value"], kept["met"]) == (None, False, 9.0, True)
    assert "not measured" in table([faster(value)])


@pytest.mark.parametrize("model", ["mlp", "cnn"])
def test_the_loop_does_the_same_work_as_the_sweep(model, digits):
    trials = grid(learning_rate=[1e-3, 0.05, 1e4])
    one_by_one = training.loop(model, digits, trials, steps=8)
    at_once = training.at_once(model, digits, trials, steps=8)
    np.testing.assert_allclose(at_once, one_by_one, rtol=1e-3)
    assert np.isinf(at_once).tolist() == [False, False, True]


def test_a_missing_lecture_is_a_sentence(monkeypatch):
    monkeypatch.setattr(lecture, "NOTEBOOK", lecture.ROOT / "lectures" / "none.ipynb")
    lecture.executed.cache_clear()
    (figure,) = measure({"notebook": lecture.run_all})
    assert figure.note.endswith("none.ipynb does not exist")


def test_an_environment_that_is_not_ready_is_not_measured(monkeypatch):
    monkeypatch.setattr(lab, "is_ready", lambda venv, root: False)
    (figure,) = measure({"lab": lab.make_lab})
    assert figure.met is False and "make env" in figure.note
