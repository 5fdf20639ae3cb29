"""Run the notebooks as a reader would, and export them as self-contained decks and PDFs."""

from utils.publish.browser import measure_slides, watch_deck
from utils.publish.deck import DeckReport, export_deck
from utils.publish.errors import BrowserMissing, DeckError, NotebookFailure, PublishError
from utils.publish.pdf import export_pdf
from utils.publish.runner import RunReport, run_notebook

__all__ = [
    "BrowserMissing",
    "DeckError",
    "DeckReport",
    "NotebookFailure",
    "PublishError",
    "RunReport",
    "export_deck",
    "export_pdf",
    "measure_slides",
    "run_notebook",
    "watch_deck",
]
