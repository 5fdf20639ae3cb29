"""ShotSlider: drag the number of examples, choose a way, click on an emoji."""

from benchmarks.drag import drag
from cases.acting import changes, try_slider

CELLS = (
    """
from utils.datasets.emoji import load_emoji
from utils.models.convnets import load_network
from utils.training.transfer import prepare
few_emoji = load_emoji(64, ("face", "mammal", "building"))
lite = load_network()
few_train, few_test = (
    prepare(lite, part.images, part.labels, few_emoji.names)
    for part in (few_emoji.train, few_emoji.test)
)
""",
    """
import torch
from utils.training.transfer import nearest, shot_curves
from utils.widgets import ShotSlider
few_curves = shot_curves(lite, few_train, few_test, (1, 2, 4), draws=1)
few_near = []
for (few_drawn,) in few_curves.chosen:
    few_places, _ = nearest(few_test.features, few_train.features[few_drawn], 3)
    few_near.append(torch.from_numpy(few_drawn)[few_places])
ShotSlider(few_curves, few_emoji, few_near)
""",
)


def drive(host):
    view = host.view("shot_slider")
    words = view.locator("[data-role=summary]")
    words.wait_for()
    try_slider(host, view, "Examples a class")
    try_slider(host, view, "Emoji")
    view.get_by_role("slider", name="Examples a class").press("Home")
    choose = view.get_by_role("combobox", name="Answers of")
    changes(view, lambda: choose.select_option("2"))
    canvas = view.locator("canvas").first
    width = canvas.evaluate("canvas => canvas.clientWidth")
    height = canvas.evaluate("canvas => canvas.clientHeight")
    grid = (width - 320 - 134 - 5 * 36, 28) if width >= 940 else (0, 366)
    x, y = grid[0] + 134 + 18 + 36, grid[1] + 36 + 18
    box = canvas.bounding_box()
    scale = box["width"] / width
    changes(view, lambda: host.page.mouse.click(box["x"] + x * scale, box["y"] + y * scale))
    assert "is mammal" in words.inner_text()
    chart = (46, grid[0] - 34) if width >= 940 else (46, width - 18)
    at = [(chart[0] + (chart[1] - chart[0]) * share) / width for share in (0.1, 0.95)]
    changes(view, lambda: drag(host.page, canvas, (at[0], 150 / height), (at[1], 150 / height)))
    assert words.inner_text().startswith("Labelled examples a class: 4.")
