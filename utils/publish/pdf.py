"""Print a deck as a PDF: one page a slide, every fragment shown, no notes."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from utils.files import write_atomically
from utils.publish.browser import _given, offline_page, open_deck
from utils.publish.errors import DeckError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TEXT = {"pages": "{name}: the PDF has {pages} pages for {slides} slides; does a slide overflow?"}


@dataclass(frozen=True)
class PdfReport:
    """A printed deck: its file, size in bytes and pages."""

    path: Path
    size: int
    pages: int


def count_pages(pdf: bytes) -> int:
    """Return the pages of a PDF that Chromium printed."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def export_pdf(
    deck: Path | str, out: Path | str, *, browser: "Browser | None" = None, theme: str = "light"
) -> PdfReport:
    """Print a deck to `out`; raise `DeckError` if its pages are not its slides."""
    deck, out = Path(deck), Path(out)
    with _given(browser) as chromium, offline_page(chromium) as page:
        open_deck(page, deck, f"?print-pdf&theme={theme}")
        page.locator(".pdf-page").first.wait_for(state="attached")
        page.evaluate("document.fonts.ready")
        slides = page.evaluate("Reveal.getTotalSlides()")
        content = page.pdf(prefer_css_page_size=True, print_background=True)
    pages = count_pages(content)
    if pages != slides:
        raise DeckError(TEXT["pages"].format(name=deck.stem, pages=pages, slides=slides))
    write_atomically(out, content)
    return PdfReport(out, len(content), pages)
