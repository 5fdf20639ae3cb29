"""AttentionHeads: choose head and token by sliders, keys, list and mouse; the reader's sentence."""

from cases.acting import changes, try_slider

CELLS = (
    """
from utils.models.minilm import load_minilm
from utils.widgets import AttentionHeads
inside = load_minilm()

def inside_of(sentence):
    reading = inside([sentence])
    return reading.maps(), list(reading.tokens.pieces[0])

AttentionHeads(*inside_of("The rain fell, and the rain filled the well."),
               found={(0, 2): "previous token", (2, 7): "separator"}, token=2)
""",
)

FORM = "AttentionHeads(*inside_of('The rain fell.'), live=inside_of)"  # in a cell after CELLS


def drive(host):
    view = host.view("attention_heads")
    words = view.locator("[data-role=summary]")
    words.wait_for()
    page = host.page
    assert words.inner_text().startswith("Block 1, head 1: token 3 of 13, “rain”")
    for name in ("Block", "Head", "Token"):
        try_slider(host, view, name)
    choice = view.get_by_role("combobox", name="Found")
    changes(view, lambda: choice.select_option("1"))
    assert "Block 1, head 3" in words.inner_text() and "previous token" in words.inner_text()
    canvas = view.locator("canvas").first
    canvas.focus()
    canvas.press("Home")
    changes(view, lambda: canvas.press("End"))
    assert "token 13 of 13, “[SEP]”" in words.inner_text()
    for key in ("Shift+ArrowLeft", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        changes(view, lambda key=key: page.keyboard.press(key))
    assert "Block 1, head 3: token 12" in words.inner_text()
    by_mouse(view, canvas, words)


def ask(host):
    """The reader's own sentence becomes a view; a wrong one is told, and the last view stays."""
    form = host.view("own_text")
    words = form.locator("[data-role=summary]")
    words.get_by_text("of 6, “[CLS]”").wait_for()
    field = form.get_by_role("textbox", name="Your own sentence")
    for wrong, told in (("", "Type a sentence first"), ("well " * 140, "at most 128")):
        field.fill(wrong)
        form.get_by_role("button", name="Read it").click()
        form.get_by_role("alert").get_by_text(told).wait_for()
    assert "of 6" in words.inner_text()
    field.fill("A </script><b> stays text.")
    field.press("Enter")
    words.get_by_text("of 13").wait_for()
    assert form.get_by_role("alert").inner_text() == ""
    for _ in range(4):
        form.locator("canvas").press("Shift+ArrowRight")
    words.get_by_text("“script”").first.wait_for()


def by_mouse(view, canvas, words):
    """A click on a small map chooses the head; a word is shown while the pointer is on it."""
    before = words.inner_text()
    box = canvas.bounding_box()
    changes(view, lambda: canvas.hover(position={"x": 8, "y": box["height"] - 15}))
    assert "token 1 of 13" in words.inner_text()
    view.get_by_role("slider", name="Head").hover()
    assert words.inner_text() == before
    cell = min(48, ((box["width"] * 0.5 if box["width"] >= 680 else box["width"]) - 26) / 12)
    at = {"x": 26 + 7.5 * cell, "y": 40 + 2.5 * cell}
    changes(view, lambda: canvas.click(position=at))
    assert words.inner_text().startswith("Block 3, head 8")
