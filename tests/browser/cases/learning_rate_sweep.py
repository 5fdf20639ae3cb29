"""LearningRateSweep: drag the rate on the slider and on the curve of final losses."""

from benchmarks.drag import drag
from cases.acting import changes, try_slider

DATA = """
import numpy as np
from utils.datasets.digits import load_digits
from utils.training.sweeps import grid, sweep
from utils.widgets import LearningRateSweep
data = load_digits(14)
"""
TRAIN = """
rates = sweep("mlp", data, grid(learning_rate=np.geomspace(1e-4, 10, 64)), steps=300)
LearningRateSweep(rates)
"""
CELLS = (DATA, TRAIN)
FORM = "LearningRateSweep.live(data, steps=3000)"


def drive(host):
    view = host.view("learning_rate_sweep")
    view.locator("[data-role=summary]").wait_for()
    try_slider(host, view, "Learning rate")
    canvas = view.locator("canvas").first
    changes(view, lambda: drag(host.page, canvas, (0.9, 0.5), (0.65, 0.5)))
    assert "Too low" in view.locator("[data-role=summary]").inner_text()
