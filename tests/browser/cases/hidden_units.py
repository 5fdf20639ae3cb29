"""HiddenUnits: choose units by slider and list, search by a property, brush by mouse and keys."""

from benchmarks.drag import drag
from cases.acting import changes, try_slider

CELLS = (
    """
import numpy as np
from utils.analysis.hidden_units import auc, ranks, read_texts
from utils.datasets.characters import UNKNOWN_SYMBOL
from utils.datasets.code import VOCABULARY, read_text
from utils.training.checkpoints import load_language_model
from utils.widgets import HiddenUnits
code_model, _, _ = load_language_model("code_lstm")
def states_on(text):
    ids = read_text(text).ids
    return VOCABULARY.decode(ids), read_texts(code_model, [ids]).cell[:, ::8], {}
""",
    """
typed_code = '''
def greet(name, times=2):
    # greet </script> <!-- \U0001f389 \t tab
    if name and times > 1:
        return "hello " + name + "!" * times
    return {"name": name, "long": "LONG"}
'''.replace("LONG", 200 * "x") * 3
code_seen, code_states, _ = states_on(typed_code)
code_truth = read_text(typed_code).truth
code_scores = auc(ranks(code_states), code_truth.string)
HiddenUnits(
    code_states, code_seen, truth={"string": code_truth.string, "comment": code_truth.comment},
    scores={"string": np.maximum(code_scores, 1 - code_scores)}, live=states_on,
    contexts={8 * u: [(code_seen[:60], 30)] for u in range(64)}, numbers=range(0, 512, 8),
)
""",
)


def drive(host):
    view = host.view("hidden_units")
    words = view.locator("[data-role=summary]")
    words.wait_for()
    try_slider(host, view, "Unit")
    search = view.get_by_role("combobox", name="Rank units by")
    search.select_option("=string")
    units = view.get_by_role("option").filter(has_text="unit")
    best, second = units.nth(0), units.nth(1)
    second.click()
    changes(view, lambda: best.click())
    assert best.get_attribute("aria-selected") == "true"
    changes(view, lambda: host.page.keyboard.press("ArrowDown"))
    assert second.get_attribute("aria-selected") == "true"
    changes(view, lambda: search.select_option("=comment"))
    assert "“comment”" in words.inner_text()
    brush(host, view, words)


def brush(host, view, words):
    """Brush by mouse and by keys; the list is ranked anew each time."""
    units = view.get_by_role("option").filter(has_text="unit")
    pane = view.get_by_role("application")
    canvas = view.locator("canvas").first
    width = canvas.evaluate("canvas => canvas.clientWidth")

    def at(column, row):
        return 9 * (column + 0.5) / width, (23 * row + 10) / (12 * 23)

    changes(view, lambda: drag(host.page, canvas, at(16, 4), at(20, 4)))
    assert "5 characters brushed" in words.inner_text()
    first = units.all_inner_texts()
    host.page.keyboard.down("Control")
    changes(view, lambda: drag(host.page, canvas, at(16, 2), at(19, 2)))
    host.page.keyboard.up("Control")
    assert "9 characters brushed" in words.inner_text()
    assert units.all_inner_texts() != first
    pane.press("Home")
    for _ in range(3):
        pane.press("Shift+ArrowRight")
    assert "4 characters brushed" in words.inner_text()
    changes(view, lambda: pane.press("Shift+ArrowDown"))
    changes(view, lambda: pane.press("PageDown"))
    assert pane.evaluate("pane => pane.scrollTop") > 0
    host.page.mouse.move(0, 0)
    changes(view, lambda: pane.press("ArrowUp"))
