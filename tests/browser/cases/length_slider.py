"""LengthSlider: choose a length by slider and on the chart, and step through its sentences."""

from benchmarks.drag import drag
from cases.acting import changes, try_slider

CELLS = (
    """
from utils.datasets.numbers import load_numbers
from utils.training import bottlenecks, translation
from utils.widgets import LengthSlider
short_numbers = load_numbers("fr")
short_train, short_test = (
    part[part.source_lengths <= 6] for part in (short_numbers.train, short_numbers.validation))
short_model, _ = bottlenecks.train_network(
    bottlenecks.Network("24 units", 24), short_train, short_test, 120)
short_answers = translation.written(short_model, short_test)
short_curve = translation.length_curve(
    "24 units", [translation.exact(short_answers, short_test.outputs)],
    short_test.source_lengths, width=2)
LengthSlider([short_curve], bottlenecks.answered(short_curve, short_test, [short_answers]))
""",
)


def drive(host):
    view = host.view("length_slider")
    summary = view.locator("[data-role=summary]")
    summary.wait_for()
    page = host.page
    view.get_by_role("slider", name="Source words").focus()
    page.keyboard.press("Home")
    try_slider(host, view, "Source words")
    canvas = view.locator("canvas").first
    changes(view, lambda: drag(page, canvas, (0.9, 0.5), (0.15, 0.5)))
    assert summary.inner_text().startswith("1–2 source words")
    sentence = view.get_by_role("slider", name="Sentence")
    sentence.focus()
    cell = view.locator("td").first
    first = cell.inner_text()
    page.keyboard.press("ArrowRight")
    assert cell.inner_text() != first, "the sentence did not change"
    assert view.locator("td u").count() > 0, "no wrong word is marked"
