"""Decks in a real browser: they fit, they ask for nothing, and keys go where they should."""

import sys
from pathlib import Path

import pytest

from utils.publish import export_deck, export_pdf, measure_slides, watch_deck
from utils.publish.browser import launch, offline_page, open_deck

sys.path.insert(0, str(Path(__file__).parents[1] / "notebooks"))
from making import code, notebook, printed, shown, text

pytestmark = pytest.mark.browser

SLIDER = """<div class="dll-view" id="v7"><input type="range" min="0" max="9" value="3"
aria-label="rate"><div role="slider" tabindex="0" id="knob">rate</div><output>3</output></div>
<script type="module">
const root = document.getElementById("v7"), input = root.querySelector("input");
input.addEventListener("input", () => { root.querySelector("output").value = input.value; });
root.dataset.ready = "true";
</script>"""
BRACKETS = r"$$\left(\frac{\frac{a}{b}}{\frac{c}{d}}\right) = (x)$$"
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture(scope="module")
def browser():
    """One Chromium for all tests of this file."""
    with launch() as chromium:
        yield chromium


def good_cells():
    """A deck with one of everything; three slides between the title and the end."""
    return [
        text("# Rates", "slide"),
        text("2 min. SECRET for the speaker", "notes"),
        text("## A formula\n\n" + BRACKETS, "slide"),
        text("appears later", "fragment"),
        text("## A view", "slide"),
        code("view", outputs=(shown(html=SLIDER, plain="view"), printed("junk", "stderr"))),
        text("## A figure", "slide"),
        code("plot()", outputs=(shown(png=PIXEL),)),
    ]


@pytest.fixture(scope="module")
def deck(tmp_path_factory):
    """The good deck."""
    path = tmp_path_factory.mktemp("deck") / "deck.html"
    export_deck(notebook(*good_cells()), path)
    return path


@pytest.fixture
def page(browser, deck):
    """The good deck, open on its first slide."""
    with offline_page(browser) as page:
        open_deck(page, deck)
        yield page


def made(tmp_path, *cells):
    """Return the path of a deck of cells."""
    export_deck(notebook(*cells), tmp_path / "made.html")
    return tmp_path / "made.html"


def at(page) -> int:
    """Return the index of the slide on show."""
    return page.evaluate("Reveal.getIndices().h")


def test_a_good_deck_asks_for_nothing_logs_nothing_fits_and_opens_at_once(browser, deck):
    seen = watch_deck(deck, browser=browser)
    assert seen.requests == () and seen.errors == ()
    assert seen.open_seconds <= 1
    assert measure_slides(deck, browser=browser) == []


def test_the_audience_never_sees_the_notes(page):
    assert "SECRET" in page.content()
    for _ in range(page.evaluate("Reveal.getTotalSlides()")):
        assert "SECRET" not in page.locator("body").inner_text()
        page.keyboard.press("PageDown")
    assert not page.locator("aside.notes").first.is_visible()


def test_the_speaker_sees_the_notes(page):
    with page.expect_popup() as opened:
        page.keyboard.press("s")
    speaker = opened.value
    speaker.locator(".speaker-controls-notes .value", has_text="SECRET").wait_for()
    current = speaker.frame_locator("#current-slide iframe")
    current.locator("h1", has_text="Rates").wait_for()


def test_brackets_grow_with_what_they_hold(page):
    page.keyboard.press("PageDown")
    tall, short = page.evaluate(
        "[...document.querySelectorAll('.present math mo')].filter(o => o.textContent === '(')"
        ".map(o => o.getBoundingClientRect().height)"
    )
    assert tall > 2 * short
    assert page.evaluate("document.fonts.check('30px \"STIX Two Math Deck\"')")


def test_one_key_goes_through_fragments_and_slides(page):
    page.keyboard.press("ArrowRight")
    fragment = page.locator(".fragment")
    assert at(page) == 1 and "visible" not in fragment.get_attribute("class")
    page.keyboard.press("ArrowRight")
    assert at(page) == 1 and "visible" in fragment.get_attribute("class")
    page.keyboard.press("ArrowRight")
    assert at(page) == 2


@pytest.mark.parametrize("target", ["#v7 input", "#knob"])
def test_keys_of_a_focused_widget_do_not_turn_the_slide(page, target):
    page.evaluate("Reveal.slide(2)")
    page.locator(target).focus()
    for key in ("ArrowRight", "ArrowLeft", "ArrowRight", "Space", "PageDown", "t"):
        page.keyboard.press(key)
    assert at(page) == 2
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    assert at(page) == 3


def test_a_widget_is_alive(page):
    page.evaluate("Reveal.slide(2)")
    page.locator("#v7 input").press("ArrowRight")
    assert page.locator("#v7 output").inner_text() == "4"


@pytest.mark.parametrize(("height", "smallest", "largest"), [(200, 1.4, 1.4), (500, 1, 1.2)])
def test_a_view_grows_as_far_as_its_slide_has_room(browser, tmp_path, height, smallest, largest):
    ready = f'<div class="dll-view" data-ready="true" style="height:{height}px">view</div>'
    cells = [text("## A view", "slide"), code("v", outputs=(shown(html=ready),))]
    path = made(tmp_path, text("# T", "slide"), *cells)
    with offline_page(browser) as page:
        open_deck(page, path)
        page.keyboard.press("PageDown")
        page.locator("section.present[data-fitted=done]").wait_for()
        grown = page.locator(".dll-view").bounding_box()["height"] / height
    assert smallest <= round(grown, 2) <= largest
    assert measure_slides(path, browser=browser) == []


def test_light_and_dark_follow_the_system_and_the_key(browser, deck):
    with offline_page(browser, color_scheme="dark") as page:
        open_deck(page, deck)
        paper = "getComputedStyle(document.body).backgroundColor"
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        dark = page.evaluate(paper)
        page.keyboard.press("t")
        assert page.evaluate("document.documentElement.dataset.theme") == "light"
        assert page.evaluate(paper) != dark
        page.locator("[data-go=theme]").click()
        assert page.evaluate(paper) == dark


def test_the_pdf_has_one_page_a_slide(browser, deck, tmp_path):
    report = export_pdf(deck, tmp_path / "deck.pdf", browser=browser)
    assert report.pages == 5
    assert report.path.read_bytes().startswith(b"%PDF")


OVERFULL = {
    "too many lines": text("## Much\n\n" + "\n".join(f"- line {i}" for i in range(20)), "slide"),
    "a wide line of code": code("x = '" + "y" * 200 + "'", "slide", tags=("show-code",)),
    "code beyond its box": code("x = '" + "y" * 74 + "'", "slide", tags=("show-code",)),
    "a long print": code("p", "slide", outputs=(printed("row\n" * 60),)),
    "a wide table": text("|" + "wide column|" * 14 + "\n|" + "-|" * 14, "slide"),
    "a long formula": text(
        "## F\n\n$$" + "+".join(f"x_{{{i}}}" for i in range(60)) + "$$", "slide"
    ),
    "a box that scrolls": code(
        "v",
        "slide",
        outputs=(
            shown(html="<div style='height:200px;overflow:auto'>" + "<p>a</p>" * 30 + "</div>"),
        ),
    ),
}


@pytest.mark.parametrize("case", OVERFULL)
def test_an_over_full_slide_is_reported(case, browser, tmp_path):
    found = measure_slides(made(tmp_path, text("# T", "slide"), OVERFULL[case]), browser=browser)
    assert {report.slide for report in found} == {2}
    assert "by" in found[0].detail and "px" in found[0].detail


def test_an_overflow_that_only_a_fragment_causes_is_reported(browser, tmp_path):
    cells = [text("# T", "slide"), text("## Fits", "slide")]
    cells += [text("\n\n".join(["line"] * 5), "fragment") for _ in range(4)]
    assert measure_slides(made(tmp_path, *cells), browser=browser)


def test_what_is_hidden_does_not_count(browser, tmp_path):
    hidden = "<div style='display:none'>" + "<p>x</p>" * 90 + "</div>"
    hidden += (
        "<div style='position:absolute;width:1px;height:1px;overflow:hidden'>for readers</div>"
    )
    cells = [text("# T", "slide"), code("v", "slide", outputs=(shown(html="<p>a</p>" + hidden),))]
    cells.append(text("long notes\n\n" * 90, "notes"))
    assert measure_slides(made(tmp_path, *cells), browser=browser) == []


@pytest.mark.parametrize(("height", "fits"), [(200, True), (2000, False)])
def test_a_list_in_a_view_may_scroll_but_must_fit_as_a_box(height, fits, browser, tmp_path):
    rows = f"<div role='listbox' style='height:{height}px;overflow:auto'>{'<p>a</p>' * 90}</div>"
    view = f'<div class="dll-view" data-ready="true">{rows}</div>'
    path = made(tmp_path, text("# T", "slide"), code("v", "slide", outputs=(shown(html=view),)))
    assert (measure_slides(path, browser=browser) == []) == fits


def test_a_view_that_never_comes_alive_is_reported(browser, tmp_path, monkeypatch):
    monkeypatch.setattr("utils.publish.browser.READY_SECONDS", 0.2)
    broken = '<div class="dll-view">poster</div><script type="module">throw Error("no")</script>'
    path = made(tmp_path, text("# T", "slide"), code("v", "slide", outputs=(shown(html=broken),)))
    assert "did not come alive" in str(measure_slides(path, browser=browser)[0])
    assert any("no" in error for error in watch_deck(path, browser=browser).errors)


def test_a_request_that_only_a_browser_sees_is_reported(browser, tmp_path):
    sly = (
        '<script>const i = new Image(); i["s" + "rc"] = "https:" + "//example.org/a.png";</script>'
    )
    path = made(tmp_path, text("# T", "slide"), code("v", "slide", outputs=(shown(html=sly),)))
    assert any("example.org" in url for url in watch_deck(path, browser=browser).requests)
