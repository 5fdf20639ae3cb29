"""EnsembleMembers: move the members by slider and on the accuracy panel, choose a digit."""

from benchmarks.drag import drag
from cases.acting import changes, try_slider

CELLS = (
    """
from utils.datasets.digits import load_digits
from utils.training.ensembles import accuracy_by_size, hard_examples, train
from utils.training.sweeps import grid
from utils.widgets import EnsembleMembers
team_digits = load_digits(14)
team_said = train(team_digits, grid(seed=range(16)), 60).test[-1]
team_hard = hard_examples(team_said, 12)
team_sizes = accuracy_by_size(team_said, team_digits.test.labels, range(1, 17))
EnsembleMembers(
    team_said[:, team_hard],
    team_digits.test.images[team_hard].reshape(12, 14, 14),
    team_digits.test.labels[team_hard],
    team_sizes,
    members=3,
)
""",
)


def drive(host):
    view = host.view("ensemble_members")
    summary = view.locator("[data-role=summary]")
    summary.wait_for()
    try_slider(host, view, "Members")
    try_slider(host, view, "Digit")
    canvas = view.locator("canvas").first
    width = canvas.evaluate("canvas => canvas.clientWidth")
    left = (0.56 * width + 80) / width  # where the axis of members begins
    changes(view, lambda: drag(host.page, canvas, (left, 0.5), (0.98, 0.5)))
    assert "16 members say" in summary.inner_text()
    changes(view, lambda: drag(host.page, canvas, (0.95, 0.5), (left, 0.5)))
    assert "one member says" in summary.inner_text()
