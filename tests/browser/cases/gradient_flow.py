"""GradientFlow: drag the singular value, on the slider and in the chart; hide a cell."""

from benchmarks.drag import drag
from cases.acting import changes, try_slider

CELLS = (
    """
import numpy as np
from utils.training.gradient_flow import gradient_flow
from utils.widgets import GradientFlow
flow_values = np.linspace(0.5, 1.5, 11)
flow_results = [gradient_flow(flow_values, cell=flow_cell) for flow_cell in ("tanh", "lstm")]
GradientFlow(flow_results)
""",
)


def drive(host):
    view = host.view("gradient_flow")
    words = view.locator("[data-role=summary]")
    words.wait_for()
    try_slider(host, view, "Largest singular value of Wh")
    slider = view.get_by_role("slider", name="Largest singular value of Wh")
    slider.press("Home")
    assert "0.50" in words.inner_text() and "vanished" in words.inner_text()
    changes(view, lambda: view.get_by_role("checkbox", name="LSTM").press("Space"))
    assert "LSTM" not in words.inner_text()
    canvas = view.locator("canvas").first
    changes(view, lambda: drag(host.page, canvas, (0.3, 0.7), (0.3, 0.1)))
    assert "1.50" in words.inner_text()
