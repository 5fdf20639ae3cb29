"""Run a lecture with one cell more, look at its deck, and hand what it computed to its test."""

import json
from types import SimpleNamespace

import nbformat
import pytest

from utils.publish import export_deck, run_notebook
from utils.publish.__main__ import check_deck
from utils.publish.files import ROOT

PRINT = "import json as _json\nprint(_json.dumps(CLAIMS))"


def execute(
    name: str, probe: str, tmp_path_factory: pytest.TempPathFactory, **limits: float
) -> SimpleNamespace:
    """Return what ``probe`` puts into ``CLAIMS`` (a dict that JSON can hold), and ``report``.

    ``name`` is the lecture's path below ``lectures/`` without its suffix. The probe is the last
    cell, so it sees every variable of the notebook: the test reads the reader's own numbers.
    Raises DeckError where the deck of this run has an over-full slide, a request, an error, or
    more than 3 MB.
    """
    source = ROOT / "lectures" / f"{name}.ipynb"
    notebook = nbformat.read(source, as_version=4)
    slide = {"slideshow": {"slide_type": "skip"}}
    notebook.cells.append(nbformat.v4.new_code_cell(f"{probe}\n{PRINT}", metadata=slide))
    folder = tmp_path_factory.mktemp(source.stem)
    path, out = folder / source.name, folder / "executed.ipynb"
    nbformat.write(notebook, path)
    report = run_notebook(path, out=out, **limits)
    executed = nbformat.read(out, as_version=4)
    printed = executed.cells.pop().outputs[-1].text
    check_deck(export_deck(executed, folder / "deck.html", name=source.stem).path)
    return SimpleNamespace(report=report, **json.loads(printed))
