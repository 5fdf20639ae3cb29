"""EarlyStopping: move the patience by slider and on its panel, choose a seed and other labels."""

from benchmarks.drag import drag
from cases.acting import changes, try_slider

CELLS = (
    """
from utils.datasets.digits import load_digits
from utils.training.overfitting import overfit
from utils.widgets import EarlyStopping
stopped_runs = overfit(load_digits(14), (0.0, 0.3), seeds=3, steps=300)
EarlyStopping(*stopped_runs, seed=1)
""",
)


def drive(host):
    view = host.view("early_stopping")
    summary = view.locator("[data-role=summary]")
    summary.wait_for()
    try_slider(host, view, "Patience")
    try_slider(host, view, "Seed")
    canvas = view.locator("canvas").first
    width = canvas.evaluate("canvas => canvas.clientWidth")
    left = (0.58 * width + 50) / width  # where the axis of patience begins
    changes(view, lambda: drag(host.page, canvas, (0.95, 0.5), (left, 0.5)))
    assert summary.inner_text().startswith("Patience 1:")
    choose = view.get_by_role("combobox", name="Training labels")
    changes(view, lambda: choose.select_option("all right"))
    choose.focus()
    changes(view, lambda: host.page.keyboard.press("ArrowDown"))
    assert "gained" in summary.inner_text()
