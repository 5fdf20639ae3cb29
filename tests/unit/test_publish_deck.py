"""A deck holds everything it needs and shows the audience only what is meant for it."""

import re
import sys
from pathlib import Path

import nbformat
import pytest

from utils.publish import outputs
from utils.publish.addresses import external_addresses
from utils.publish.assets import inline_script, offline_css
from utils.publish.deck import LIMIT, export_deck
from utils.publish.errors import DeckError
from utils.publish.formulas import characters, math_font_css, to_mathml
from utils.publish.pdf import count_pages
from utils.publish.slides import group, minutes_of, outline
from utils.widgets.kernel_form import LIVE_ONLY

sys.path.insert(0, str(Path(__file__).parents[1] / "notebooks"))
from making import code, notebook, printed, shown, text


def page_of(tmp_path, *cells, **metadata) -> str:
    """Return the audience's part of a deck: its slides, without reveal.js."""
    export_deck(notebook(*cells, **metadata), tmp_path / "deck.html")
    page = (tmp_path / "deck.html").read_text()
    return page[page.index('<div class="slides">') : page.index('<nav class="deck-bar"')]


def test_cells_become_slides_fragments_and_notes():
    cells = [
        text("# Title", "slide"),
        text("2 min. Say hello", "notes"),
        text("## One", "slide"),
        text("more", "fragment"),
        text("left out", "skip"),
        code("hidden = 1", "slide"),
        text("3 minutes: of an empty slide", "notes"),
        text("## Two", "subslide"),
    ]
    slides = group(cells)
    assert [len(slide.cells) for slide in slides] == [1, 2, 1]
    assert [step.fragment for step in slides[1].steps] == [False, True]
    assert outline(notebook(*cells), "name").minutes == 5
    assert len(slides[1].notes) == 1


@pytest.mark.parametrize(
    ("words", "minutes"),
    [("3 min", 3), ("**2.5 minutes.** Ask", 2.5), ("Ask for 3 min", 0), ("4 mini-batches", 0)],
)
def test_notes_open_with_their_minutes(words, minutes):
    assert minutes_of(text(words, "notes")) == minutes


def test_the_title_is_the_courses_else_the_first_heading_else_the_name(tmp_path):
    cell = text("# The heading\n\nA lead.", "slide")
    assert "<h1>The heading</h1>" in page_of(tmp_path, cell)
    course = {"title": "Rates & $\\eta$", "series": "Training", "number": 1.1}
    page = page_of(tmp_path, cell, course=course)
    assert "<h1>Rates &amp; <math>" in page
    assert "Training · 1.1" in page and "A lead." in page
    assert "The heading" not in page
    assert "<h1>deck</h1>" in page_of(tmp_path, text("no heading"))


def test_the_title_slide_tells_the_minutes_of_all_notes(tmp_path):
    title, notes = text("# The heading", "slide"), text("2 min. Ask.", "notes")
    page = page_of(tmp_path, title, notes, text("## More", "slide"), text("5.5 min.", "notes"))
    assert "<span>7.5 minutes</span>" in page
    assert "minutes</span>" not in page_of(tmp_path, title)


def test_code_is_hidden_unless_it_is_tagged(tmp_path):
    page = page_of(tmp_path, code("hidden = 1"), code("seen = 2", tags=("show-code",)))
    assert "hidden" not in page and "seen" in page


def test_stderr_progress_errors_and_bare_objects_are_not_shown(tmp_path):
    outputs = (
        printed("100%|████| 3/3 [00:00<00:00]", "stderr"),
        shown(plain="<Axes: xlabel='step'> at 0x7f00"),
        shown(plain="[<matplotlib.lines.Line2D at 0x7f12ab>]"),
        shown(plain="0.93"),
    )
    page = page_of(tmp_path, code("train()", outputs=outputs))
    assert "100%" not in page and "Line2D" not in page and "0.93" in page


def test_html_is_preferred_to_every_other_form(tmp_path):
    output = shown(html="<b>live</b>", png="aGk=", plain="text", view="m1")
    page = page_of(tmp_path, code("view", outputs=(output,)))
    assert "<b>live</b>" in page and "aGk=" not in page and "m1" not in page


def widgets(**models) -> dict:
    state = {
        key: {"model_name": name, "model_module": "m", "model_module_version": "1", "state": state}
        for key, (name, state) in models.items()
    }
    entry = {"version_major": 2, "version_minor": 0, "state": state}
    return {"application/vnd.jupyter.widget-state+json": entry}


def test_a_widget_without_an_html_twin_stops_the_build(tmp_path):
    cell = code("slider", outputs=(shown(view="m1", plain="IntSlider()"),))
    with pytest.raises(DeckError, match=r"`slider` shows a widget without a text/html twin"):
        page_of(tmp_path, cell, widgets=widgets(m1=("IntSliderModel", {})))


def test_interact_is_frozen_to_what_it_showed(tmp_path):
    stored = [{"output_type": "stream", "name": "stdout", "text": "loss 0.25\n"}]
    models = widgets(
        box=("VBoxModel", {"children": ["IPY_MODEL_slider", "IPY_MODEL_out"]}),
        slider=("IntSliderModel", {}),
        out=("OutputModel", {"outputs": stored}),
    )
    cell = code("interact(f)", outputs=(shown(view="box", plain="interactive()"),))
    assert "loss 0.25" in page_of(tmp_path, cell, widgets=models)


def test_a_progress_widget_is_left_out(tmp_path):
    models = widgets(
        box=("HBoxModel", {"children": ["IPY_MODEL_bar"]}), bar=("FloatProgressModel", {})
    )
    cell = code("tqdm()", outputs=(shown(view="box", plain="100% 3/3"),))
    assert "3/3" not in page_of(tmp_path, text("words"), cell, widgets=models)


def test_javascript_outputs_stop_the_build(tmp_path):
    with pytest.raises(DeckError, match="application/javascript"):
        page_of(tmp_path, code("run()", outputs=(shown(javascript="alert(1)"),)))


def test_a_formula_that_fails_stops_the_build_and_is_named(tmp_path):
    with pytest.raises(DeckError, match=r"deck: the formula `\\nosuch\{x\}` cannot be set"):
        page_of(tmp_path, text(r"A rate $\nosuch{x}$"))


@pytest.mark.parametrize(
    "tex",
    [
        r"\begin{aligned} a &= b \\ c &= d \end{aligned}",
        r"\operatorname*{arg\,min}_\theta L(\theta)",
        r"\left[\frac{1}{N}\sum_n x_n\right]",
    ],
)
def test_formulas_become_mathml_without_tex_left(tex):
    mathml = to_mathml(tex, display=True)
    assert mathml.startswith("<math") and "\\" not in mathml and "&ApplyFunction" not in mathml


def test_every_way_to_write_a_formula_is_set(tmp_path):
    page = page_of(tmp_path, text("$a$ and $$b$$\n\n\\begin{align*} c &= d \\end{align*}"))
    assert page.count("<math") == 3 and "$" not in page


def test_the_math_font_holds_only_what_is_needed():
    assert math_font_css(set()) == ""
    assert len(math_font_css(set("a+b()𝑎𝑏"))) < 40_000


def test_the_math_font_has_the_root_that_no_text_names():
    assert "√" in characters(to_mathml(r"\sqrt{t}", display=False))
    assert "√" not in characters(to_mathml("t", display=False))


def test_a_line_over_text_is_a_character_of_its_own_that_stretches():
    over, under = (to_mathml(rf"\{side}line{{ab}}", display=False) for side in ("over", "under"))
    assert '<mo stretchy="true">\u203e</mo>' in over
    assert '<mo stretchy="true">\u0332</mo>' in under


def test_script_ends_in_text_stay_text(tmp_path):
    words = "Close with `</script>`."
    page = page_of(tmp_path, text(words), code("p", outputs=(printed("</script><b>x</b>"),)))
    assert page.count("&lt;/script&gt;") == 2 and "</script>" not in page and "<b>" not in page


def test_inlined_scripts_cannot_end_their_element():
    assert "</script" not in inline_script('x = "</script><!-- </SCRIPT>"').lower()


def test_style_imports_are_stripped():
    assert offline_css('@import url("https://fonts.example/css");a{color:red}') == "a{color:red}"


FETCHING = [
    '<img src="https://example.org/a.png">',
    '<img src="beside.png">',
    '<img srcset="data:image/png;base64,AA 1x, //example.org/b.png 2x">',
    '<script src="//cdn.example/x.js"></script>',
    '<link rel="stylesheet" href="https://example.org/a.css">',
    '<iframe src="http://example.org"></iframe>',
    '<p style="background:url(https://example.org/a.png)">x</p>',
    '<style>@import "https://example.org/a.css";</style>',
    '<style>p{background:url("http://example.org/x")}</style>',
    '<script type="module">import d3 from "https://cdn.example/d3.js"</script>',
    '<script>fetch("https://example.org/data.json")</script>',
]


@pytest.mark.parametrize("markup", FETCHING)
def test_every_address_that_would_be_fetched_is_found(markup):
    assert external_addresses(markup)


@pytest.mark.parametrize(
    "markup",
    [
        '<a href="https://arxiv.org/abs/1608.03983">paper</a>',
        '<img src="data:image/png;base64,AA"><svg><use href="#mark"/></svg>',
        "<p>See https://example.org for more</p>",
        '<script>const NS = "http://www.w3.org/2000/svg";</script>',
    ],
)
def test_links_to_follow_and_inlined_data_are_no_requests(markup):
    assert external_addresses(markup) == []


def test_an_external_address_stops_the_build(tmp_path):
    with pytest.raises(DeckError, match=r"would fetch <img src>: https://example.org/a.png"):
        page_of(tmp_path, text("![a](https://example.org/a.png)"))


def test_a_deck_that_is_too_large_stops_the_build(tmp_path):
    output = shown(png="A" * LIMIT)
    with pytest.raises(DeckError, match="at most 3 MB"):
        page_of(tmp_path, code("plot()", outputs=(output,)))


def test_a_notebook_that_was_not_run_is_refused(tmp_path):
    cell = code("x = 1")
    cell.execution_count = None
    with pytest.raises(DeckError, match="run it first"):
        page_of(tmp_path, cell)


def test_the_page_forbids_what_it_does_not_need(tmp_path):
    export_deck(notebook(text("# A", "slide")), tmp_path / "deck.html")
    page = (tmp_path / "deck.html").read_text()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    assert policy.startswith("default-src 'none'") and "http" not in policy
    assert "unsafe-eval" not in policy
    assert not re.search(r"jquery|require\.js|mathjax|mermaid|cdnjs|unpkg", page, re.IGNORECASE)


def test_exporting_leaves_the_callers_notebook_as_it_was(tmp_path):
    nb = notebook(text("# A\n\nlead", "slide"), code("x", outputs=(printed("1", "stderr"),)))
    before = str(nb)
    export_deck(nb, tmp_path / "deck.html")
    assert str(nb) == before


def test_pages_of_a_pdf_are_counted():
    assert count_pages(b"<</Type /Pages /Count 2>> <</Type /Page\n>> <</Type/Page/Parent 1>>") == 2


def test_a_form_that_needs_a_kernel_is_left_out_after_its_stand_in():
    stand_in = nbformat.v4.new_output("display_data", {"text/html": "<p>needs a kernel</p>"})
    form = nbformat.v4.new_output(
        "display_data", {outputs.VIEW: {"model_id": "1"}}, metadata={LIVE_ONLY: True}
    )
    nb = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("form", outputs=[stand_in, form])]
    )
    outputs.settle_outputs(nb)
    assert [list(output.data) for output in nb.cells[0].outputs] == [["text/html"]]
