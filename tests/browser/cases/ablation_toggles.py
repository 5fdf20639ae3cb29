"""AblationToggles: switch parts by mouse and keyboard, and choose a way by its bar."""

from cases.acting import changes

CELLS = (
    """
from utils.datasets.numbers import load_numbers as load_toggled_numbers
from utils.training import transformer_ablations as toggled
from utils.widgets import AblationToggles
toggled_pairs = toggled.up_to(load_toggled_numbers("fr").validation, 3)
toggled_result = toggled.compare_ablations(
    toggled_pairs, toggled_pairs, toggled_pairs, steps=12, moments=3, examples=[0, 5])
AblationToggles(toggled_result)
""",
)


def drive(host):
    view = host.view("ablation_toggles")
    summary = view.locator("[data-role=summary]")
    # JupyterLab paints a cell only once it is on the screen: wait for the words themselves.
    summary.wait_for()
    painted = "words => words.innerText.startsWith('All parts:')"
    host.page.wait_for_function(painted, arg=summary.element_handle())
    positions = view.get_by_role("checkbox", name="positions")
    changes(view, positions.click)
    assert summary.inner_text().startswith("Without positions:")
    residual = view.get_by_role("checkbox", name="residual")
    residual.focus()
    changes(view, lambda: host.page.keyboard.press("Space"))
    assert summary.inner_text().startswith("Without residual, positions:")
    assert residual.evaluate("e => document.activeElement === e"), "a key took the focus away"
    canvas = view.locator("canvas").first
    box = canvas.bounding_box()
    wide = canvas.evaluate("canvas => canvas.clientWidth") >= 690
    place = {"x": 0.85 * box["width"], "y": box["height"] * (0.1 if wide else 0.52)}
    changes(view, lambda: canvas.click(position=place))
    changes(view, lambda: host.page.keyboard.press("Space"))
