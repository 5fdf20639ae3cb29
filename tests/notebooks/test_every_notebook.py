"""What a reader and a teacher rely on in every lecture, read from the kept notebooks."""

import ast

import nbformat
import pytest

from utils.publish.files import ROOT

LECTURES = sorted((ROOT / "lectures").glob("*/*.ipynb"))
COURSE_KEYS = {"series", "number", "title", "subtitle", "takeaways", "next"}


@pytest.fixture(params=LECTURES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def kind(cell):
    return cell.metadata.slideshow.slide_type


def test_code_cells_are_short_and_hold_no_output(notebook):
    lengths = sorted(len(cell.source.splitlines()) for cell in code_cells(notebook))
    assert lengths[len(lengths) // 2] <= 6
    assert lengths[int(len(lengths) * 0.9)] <= 15 and lengths[-1] <= 30
    assert not any(cell.outputs or cell.execution_count for cell in code_cells(notebook))


def test_exercises_predictions_and_quiz_are_there(notebook):
    calls = [
        node.func.id
        for cell in code_cells(notebook)
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    assert calls.count("check") >= 2 and calls.count("predict") >= 3 and calls.count("quiz") == 1


def test_every_slide_has_notes_that_open_with_their_minutes(notebook):
    kinds = [kind(cell) for cell in notebook.cells]
    assert kinds.count("notes") == kinds.count("slide")
    notes = [cell for cell in notebook.cells if kind(cell) == "notes"]
    assert all(cell.source.split()[1] == "min." for cell in notes)


def test_every_text_has_a_key_of_its_own(notebook):
    keys = [cell.metadata.key for cell in notebook.cells if cell.cell_type == "markdown"]
    assert len(keys) == len(set(keys))


def test_the_deck_knows_its_title_its_takeaways_and_what_comes_next(notebook):
    assert notebook.metadata.course.keys() >= COURSE_KEYS


def test_the_text_is_as_long_as_a_lecture(notebook):
    """900 to 1,800 words beside the speaker's notes."""
    words = sum(
        len(cell.source.split())
        for cell in notebook.cells
        if cell.cell_type == "markdown" and kind(cell) != "notes"
    )
    assert 900 <= words <= 1800
