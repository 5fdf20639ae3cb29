"""Look at a deck in a real browser: does every slide fit, and does the page ask for anything?"""

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from utils.publish import assets
from utils.publish.errors import BrowserMissing

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

TEXT = {
    "missing": "no Chromium was found; put one on the PATH (on Debian: apt-get install chromium)",
    "broken": "{path} does not start ({why}); install Chromium again or mend what it says",
    "no_playwright": "Playwright is not installed; run: pip install -e .[publish]",
    "overflow": "slide {slide} ({title}): {detail}",
}
SIZE = {"width": 1280, "height": 720}
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Chromium as root and in a container needs the first two; the rest keep it from asking a network.
FLAGS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--force-color-profile=srgb",
)
READY_SECONDS = 5.0


@dataclass(frozen=True)
class Overflow:
    """A slide (numbered from 1) whose content does not fit, and what sticks out how far."""

    slide: int
    title: str
    detail: str

    def __str__(self) -> str:
        return TEXT["overflow"].format(**vars(self))


@dataclass(frozen=True)
class DeckWatch:
    """What a deck did while every slide was shown: requests, errors, seconds until usable."""

    requests: tuple[str, ...]
    errors: tuple[str, ...]
    open_seconds: float


def find_chromium() -> str:
    """Return the path of the system's Chromium; raise `BrowserMissing` if there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise BrowserMissing(TEXT["missing"])
    return found


def _last_words(log: str) -> str:
    """Return what a browser that did not start wrote last to stderr, from Playwright's log."""
    said = re.findall(r"\]\[err\] (.*)", log)
    return (said or log.strip().splitlines())[-1].strip()


@contextmanager
def launch(*, headless: bool = True) -> Iterator["Browser"]:
    """Give a Playwright browser on the system's Chromium, closed at the end."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise BrowserMissing(TEXT["no_playwright"]) from error
    path = find_chromium()
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=path, headless=headless, args=list(FLAGS)
            )
        except Error as error:
            why = _last_words(error.message)
            raise BrowserMissing(TEXT["broken"].format(path=path, why=why)) from error
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def _given(browser: "Browser | None") -> Iterator["Browser"]:
    if browser is not None:
        yield browser
        return
    with launch() as own:
        yield own


@contextmanager
def offline_page(browser: "Browser", **options: Any) -> Iterator["Page"]:
    """Give a page at the size of a slide whose every request to a network is refused."""
    context: BrowserContext = browser.new_context(**{"viewport": SIZE, **options})
    context.route(lambda url: not is_local(url), lambda route: route.abort())
    try:
        yield context.new_page()
    finally:
        context.close()


def is_local(url: str) -> bool:
    """Say whether an address needs no network."""
    return url.startswith(("file:", "data:", "blob:", "about:"))


def open_deck(page: "Page", deck: Path | str, query: str = "") -> float:
    """Open a deck and return the seconds until its first slide can be used."""
    began = time.perf_counter()
    page.goto(Path(deck).resolve().as_uri() + query, wait_until="load")
    # Not wait_for_function: it evaluates strings, which the deck's policy rightly refuses.
    page.locator("html[data-deck-ready=true]").wait_for(state="attached")
    return time.perf_counter() - began


def _each_slide(page: "Page") -> Iterator[int]:
    """Show the slides one after another, all their fragments visible; yield their index."""
    for index in range(page.evaluate("Reveal.getTotalSlides()")):
        page.evaluate("(i) => DECK_MEASURE.show(i)", index)
        yield index


def _prepare(page: "Page") -> None:
    page.evaluate(assets.own("measure.js"))


def measure_slides(deck: Path | str, *, browser: "Browser | None" = None) -> list[Overflow]:
    """Return a report for every slide with content beyond 1280 × 720 or cut off inside a box.

    Fragments are all shown, hidden elements and the speaker's notes do not count, and a view must
    come alive before its slide is measured.
    """
    reports = []
    with _given(browser) as chromium, offline_page(chromium) as page:
        open_deck(page, deck)
        _prepare(page)
        for index in _each_slide(page):
            title = page.evaluate("DECK_MEASURE.title()")
            details = page.evaluate("(ms) => DECK_MEASURE.problems(ms)", READY_SECONDS * 1000)
            reports += [Overflow(index + 1, title, detail) for detail in details]
    return reports


def watch_deck(deck: Path | str, *, browser: "Browser | None" = None) -> DeckWatch:
    """Show every slide of a deck with the network blocked; return what it asked for and logged.

    What the deck's own policy refuses counts as a request too.
    """
    requests: list[str] = []
    errors: list[str] = []
    with _given(browser) as chromium, offline_page(chromium) as page:
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        page.add_init_script(
            "window.REFUSED = [];"
            "addEventListener('securitypolicyviolation', e => REFUSED.push(e.blockedURI))"
        )
        seconds = open_deck(page, deck)
        _prepare(page)
        for _ in _each_slide(page):
            page.evaluate("(ms) => DECK_MEASURE.settled(ms)", READY_SECONDS * 1000)
        requests += page.evaluate("REFUSED")
    asked = tuple(dict.fromkeys(url for url in requests if not is_local(url)))
    return DeckWatch(asked, tuple(errors), seconds)
