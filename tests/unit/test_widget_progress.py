"""The bar of long work: it is seen while the work runs, it goes away, and no deck has it."""

import sys
from pathlib import Path

import nbformat
import pytest

from utils.publish.deck import export_deck
from utils.publish.runner import run_notebook
from utils.widgets import progress, show_progress

sys.path.insert(0, str(Path(__file__).parents[1] / "notebooks"))
from making import saved

WORK = """import time
from utils.widgets import show_progress

for done in range(1, 5):
    time.sleep(0.3)
    show_progress(done, {total})"""


class Shown:
    """What a notebook would show: every view of one output, the newest last."""

    def __init__(self):
        self.views, self.metadata, self.outputs = [], [], 0

    def display(self, view, **options):
        assert options.pop("display_id") and options.pop("raw")
        self.outputs += 1
        self.update(view, raw=True, **options)
        return self

    def update(self, view, *, raw, metadata):
        assert raw
        self.views.append(view["text/plain"])
        self.metadata.append(metadata)


class Shell:
    """What IPython tells about the cell that runs."""

    execution_count = 1


@pytest.fixture
def shown(monkeypatch):
    """A notebook to show bars in, where the time that passes is told by the test."""
    shown, clock = Shown(), iter(range(1, 1000))
    monkeypatch.setattr(progress, "_bar", progress._Bar())
    monkeypatch.setattr(progress, "get_ipython", Shell)
    monkeypatch.setattr(progress, "display", shown.display)
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    return shown


def test_one_bar_grows_and_goes_away(shown):
    for done in (5, 10, 20):
        show_progress(done, 20)
    assert shown.views == ["25%", "50%", ""] and shown.outputs == 1
    assert all(each == {"live_only": True} for each in shown.metadata)


def test_a_share_is_enough_and_one_bar_serves_all_work_of_a_cell(shown):
    for share in (0.5, 1.0, 0.25, 1.0):
        show_progress(share)
    assert shown.views == ["50%", "", "25%", ""] and shown.outputs == 1


def test_another_cell_has_a_bar_of_its_own(shown, monkeypatch):
    show_progress(0.5)  # this cell was stopped
    monkeypatch.setattr(Shell, "execution_count", 2)
    show_progress(0.25)
    assert shown.views == ["50%", "25%"] and shown.outputs == 2


def test_work_that_is_done_at_once_shows_no_bar(shown):
    show_progress(1, 1)
    assert shown.views == []


def test_quick_steps_are_not_all_shown(shown, monkeypatch):
    monkeypatch.setattr(progress.time, "monotonic", lambda: 7.0)
    for done in range(1, 1000):
        show_progress(done, 1000)
    assert shown.views == ["0%"]


def test_outside_a_notebook_nothing_is_shown(capsys):
    show_progress(1, 2)
    assert capsys.readouterr() == ("", "")


@pytest.mark.slow
@pytest.mark.parametrize(("total", "left"), [(4, ""), (8, "50%")])
def test_a_notebook_keeps_what_was_left_and_a_deck_nothing(tmp_path, total, left):
    path = saved(tmp_path, WORK.format(total=total))
    out = tmp_path / "out.ipynb"
    run_notebook(path, out=out, echo=lambda line: None)
    outputs = nbformat.read(out, 4).cells[0].outputs
    assert [output.data["text/plain"] for output in outputs] == [left]
    export_deck(out, tmp_path / "deck.html")
    assert "how far the work" not in (tmp_path / "deck.html").read_text()
