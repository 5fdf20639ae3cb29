"""AttentionMap: step, hover, pin and choose by keys and mouse; take picture and numbers away."""

from cases.acting import changes, try_slider

CELLS = (
    """
import torch
from utils.models.attention import attention
from utils.widgets import AttentionMap
turn_words = ["red", "green", "blue", "one", "two", "</script><b>"]
torch.manual_seed(0)
turn_table, turn_out = torch.nn.Embedding(6, 16), torch.nn.Linear(16, 6)
turn_asks, turn_places = (torch.nn.Parameter(torch.randn(6, 16)) for _ in range(2))
turn_parts = [*turn_table.parameters(), *turn_out.parameters(), turn_asks, turn_places]
turn_optimizer = torch.optim.Adam(turn_parts, 0.05)
for _ in range(150):
    turn_x = torch.randint(6, (64, 6))
    turn_seen, _ = attention(turn_asks, turn_places, turn_table(turn_x))
    turn_loss = torch.nn.functional.cross_entropy(turn_out(turn_seen).mT, turn_x.flip(1))
    turn_optimizer.zero_grad()
    turn_loss.backward()
    turn_optimizer.step()

def turn(sentence):
    words = sentence.split()
    if len(words) != 6 or not set(words) <= set(turn_words):
        raise ValueError("Give six of these words: " + " ".join(turn_words))
    x = torch.tensor([turn_words.index(word) for word in words])
    with torch.no_grad():
        seen, weights = attention(turn_asks, turn_places, turn_table(x))
        said = [turn_words[i] for i in turn_out(seen).argmax(-1)]
    return weights, words, said, [5, 4, 3, 2, 1, 0]

turn_sentences = ["red green blue one two </script><b>", "one one two red blue two"]
AttentionMap([turn(sentence) for sentence in turn_sentences], step=2)
""",
)
FORM = "AttentionMap([turn('two two red blue one one')], live=turn)"  # in a cell after CELLS


def drive(host):
    view = host.view("attention_map")
    words = view.locator("[data-role=summary]")
    words.wait_for()
    page = host.page
    assert "2 of 2 largest weights lie on the true source" in words.inner_text()
    try_slider(host, view, "Decoded")
    canvas = view.locator("canvas").first
    canvas.focus()
    changes(view, lambda: page.keyboard.press("End"))
    assert "6 of 6 largest weights" in words.inner_text()
    changes(view, lambda: page.keyboard.press("ArrowLeft"))
    changes(view, lambda: view.get_by_role("button", name="Next").click())
    changes(view, lambda: view.get_by_role("button", name="Back").click())
    changes(view, lambda: view.get_by_role("combobox", name="Example").select_option("1"))
    changes(view, lambda: view.get_by_role("combobox", name="Example").select_option("0"))
    pin(view, page, canvas, words)
    take(view, page)


def ask(host):
    """The reader's own sentence becomes a map; a wrong one is told, and the last map stays."""
    form = host.view("own_sentence")
    words = form.locator("[data-role=summary]")
    words.get_by_text("“two”").wait_for()
    field = form.get_by_role("textbox", name="Your own sentence")
    for wrong, told in (("", "Type a sentence"), ("red cow", "six of these words")):
        field.fill(wrong)
        form.get_by_role("button", name="Read it").click()
        form.get_by_role("alert").get_by_text(told).wait_for()
    assert "“two”" in words.inner_text()
    field.fill("blue one two red one </script><b>")
    field.press("Enter")
    words.get_by_text("“blue”").wait_for()
    assert form.get_by_role("alert").inner_text() == ""
    form.locator("canvas").press("Home")
    form.locator("canvas").press("ArrowRight")
    words.get_by_text("“</script><b>”").first.wait_for()


def pin(view, page, canvas, words):
    """Keys and the mouse pin an output and a source; the pin stays while the pointer leaves."""
    changes(view, lambda: canvas.press("ArrowUp"))
    assert words.inner_text().startswith("Output token 5 of 6") and "Pinned" in words.inner_text()
    changes(view, lambda: canvas.press("Shift+ArrowRight"))
    canvas.press("Enter")
    assert "Pinned" not in words.inner_text()
    box = canvas.bounding_box()
    at = {"x": box["width"] * 0.01, "y": box["height"] * 0.5}
    changes(view, lambda: canvas.hover(position=at))
    assert words.inner_text().startswith("Source token")
    canvas.click(position=at)
    view.get_by_role("button", name="Save SVG").hover()
    assert words.inner_text().startswith("Source token") and "Pinned" in words.inner_text()
    canvas.press("Home")
    assert "Nothing is decoded" in words.inner_text()
    canvas.press("End")


def take(view, page):
    """PNG and SVG are saved from the page itself; the numbers reach the clipboard."""
    files = {}
    for kind in ("PNG", "SVG"):
        with page.expect_download() as saved:
            view.get_by_role("button", name=f"Save {kind}").click()
        files[kind] = saved.value.path().read_bytes()
        assert saved.value.suggested_filename == f"attention-1.{kind.lower()}"
    assert files["PNG"].startswith(b"\x89PNG") and len(files["PNG"]) > 5_000
    assert b"&#60;/script&#62;" in files["SVG"] and b"<b>" not in files["SVG"]
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    view.get_by_role("button", name="Copy numbers").click()
    view.get_by_text("Copied").wait_for()
    copied = page.evaluate("() => navigator.clipboard.readText()").replace("\r", "")
    assert numbers_fit(copied)
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(Error()) }")
    view.get_by_role("button", name="Copy numbers").click()
    area = view.get_by_role("textbox", name="The weights")
    area.wait_for()
    assert area.input_value() == copied
    assert area.evaluate("a => a.selectionEnd - a.selectionStart === a.value.length")


def numbers_fit(table):
    """Say whether the table has the tokens and, in each row, weights that add up to 1."""
    head, *rows = [line.split("\t") for line in table.split("\n")]
    assert head == ["", "red", "green", "blue", "one", "two", "</script><b>"]
    return len(rows) == 6 and all(abs(sum(map(float, row[1:])) - 1) < 0.02 for row in rows)
