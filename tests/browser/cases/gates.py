"""Gates: choose a unit and a character by sliders, keys and drags; the equations must hold."""

import re

from benchmarks.drag import drag
from cases.acting import changes, try_slider

CELLS = (
    '''
import torch
from utils.analysis.hidden_units import lstm_weights
from utils.models.recurrent import lstm_trace
from utils.training.checkpoints import load_language_model
from utils.widgets import Gates
gates_model, gates_vocabulary, _ = load_language_model("code_lstm")
GATES_TEXT = """def greet(name, loud=False):
    # no </script> ends this
\tif loud and name != "":
        return "HELLO, " + name.upper()
    return f"hello, {name}"

for line in open("names.txt"):
    print(greet(line.strip()))
"""
gates_input = gates_model.embedding(gates_vocabulary.encode(GATES_TEXT)[None]).detach()
gates_zero = torch.zeros(1, gates_model.settings.hidden)
with torch.no_grad():
    gates_trace = lstm_trace(gates_input, gates_zero, gates_zero, *lstm_weights(gates_model)[0])
Gates(gates_trace, GATES_TEXT, unit=126)
''',
)
NUMBER = r"\(?(−?\d\.\d+)\)?"
CELL_SUM = re.compile(rf"= {NUMBER} · {NUMBER} \+ {NUMBER} · {NUMBER} = .* = {NUMBER}$")


def drive(host):
    view = host.view("gates")
    words = view.locator("[data-role=summary]")
    words.wait_for()
    assert words.inner_text().startswith("Unit 126 at character")
    try_slider(host, view, "Character")
    try_slider(host, view, "Unit")
    view.get_by_role("slider", name="Character").press("Home")
    canvas = view.locator("canvas").first
    canvas.focus()
    changes(view, lambda: host.page.keyboard.press("ArrowDown"))
    changes(view, lambda: host.page.keyboard.press("End"))
    assert "the end of a line" in words.inner_text()
    changes(view, lambda: host.page.keyboard.press("ArrowLeft"))
    equation_holds(view)
    changes(view, lambda: drag(host.page, canvas, (0.1, 0.05), (0.3, 0.05)))
    equation_holds(view)
    changes(view, lambda: drag(host.page, canvas, (0.4, 0.7), (0.8, 0.7)))
    equation_holds(view)


def equation_holds(view):
    """The written numbers of f · c + i · g = c must agree, as far as their digits go."""
    first = view.locator("[data-role=numbers] > div").first.inner_text()
    f, before, i, g, c = (
        float(number.replace("−", "-")) for number in CELL_SUM.search(first).groups()
    )
    assert abs(f * before + i * g - c) <= 0.0006 * (3 + abs(before)), first
