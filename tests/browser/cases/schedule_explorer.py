"""ScheduleExplorer: drag a decay point, choose another schedule."""

from benchmarks.drag import drag
from cases.acting import changes, try_slider

CELLS = (
    """
from utils.datasets.digits import load_digits
from utils.training.schedules import ScheduleSpec
from utils.training.sweeps import grid, sweep
from utils.widgets import ScheduleExplorer
specs = [ScheduleSpec("constant", 0.05, 100), ScheduleSpec("cosine", 0.05, 100)]
specs += [
    ScheduleSpec("step", 0.05, 100, (first, second))
    for first in (0.2, 0.3, 0.4, 0.5) for second in (0.6, 0.7, 0.8, 0.9)
]
schedules = sweep("mlp", load_digits(14), grid(schedule=specs), steps=100)
ScheduleExplorer(schedules)
""",
)


def drive(host):
    view = host.view("schedule_explorer")
    view.locator("[data-role=summary]").wait_for()
    try_slider(host, view, "First decay")
    view.get_by_role("slider", name="First decay").press("Home")
    canvas = view.locator("canvas").first
    width = canvas.evaluate("canvas => canvas.clientWidth")
    height = canvas.evaluate("canvas => canvas.clientHeight")
    at = [(62 + (width - 84) * share) / width for share in (0.2, 0.5)]
    changes(view, lambda: drag(host.page, canvas, (at[0], 255 / height), (at[1], 255 / height)))
    assert "at step 50," in view.locator("[data-role=summary]").inner_text()
    choose = view.get_by_role("combobox", name="Schedule")
    changes(view, lambda: choose.select_option("cosine"))
