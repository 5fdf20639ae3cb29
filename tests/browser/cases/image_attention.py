"""ImageAttention: step by slider, keys and clicks, play, pause; a reader may want less motion."""

from cases.acting import changes, try_slider

CELLS = (
    """
import numpy as np
import torch
from utils.models.attention import attention
from utils.widgets import ImageAttention
spot_names = ["red", "green", "blue", "and"]
spot_colors = torch.tensor([[1.0, 0.1, 0.1], [0.1, 0.9, 0.1], [0.2, 0.2, 1.0]])
torch.manual_seed(0)
spot_word, spot_cell = torch.nn.Embedding(4, 16), torch.nn.Linear(3, 16)
spot_places = torch.cartesian_prod(torch.arange(6.0), torch.arange(6.0))
spot_parts = [*spot_word.parameters(), *spot_cell.parameters()]
spot_optimizer = torch.optim.Adam(spot_parts, 0.03)

def spot_scene(count):
    colors, at = 0.75 + 0.1 * torch.rand(count, 36, 3), torch.rand(count, 36).argsort(1)[:, :3]
    return colors.scatter(1, at[..., None].expand(-1, -1, 3), spot_colors.expand(count, 3, 3)), at

def spot_look(words, colors):
    return attention(spot_word(words), spot_cell(colors), spot_places.expand(len(colors), 36, 2))

for _ in range(200):
    spot_seen, spot_at = spot_scene(64)
    spot_found, _ = spot_look(torch.arange(3).expand(64, 3), spot_seen)
    spot_loss = (spot_found - spot_places[spot_at]).square().mean()
    spot_optimizer.zero_grad()
    spot_loss.backward()
    spot_optimizer.step()

def spot_example(names):
    colors, at = spot_scene(1)
    words = torch.tensor([[spot_names.index(name) for name in names]])
    with torch.no_grad():
        weights = spot_look(words, colors)[1][0]
    image = colors.reshape(6, 6, 3).numpy().repeat(8, 0).repeat(8, 1)
    corners = [(int(c) % 6 * 8, int(c) // 6 * 8) for c in at[0]]
    boxes = [(x, y, x + 8, y + 8) for x, y in corners] + [None]
    return image, names, weights, [boxes[spot_names.index(name)] for name in names]

ImageAttention([spot_example(["red", "and", "blue"]), spot_example(["blue", "and", "green"])])
""",
)


def drive(host):
    view = host.view("image_attention")
    words = view.locator("[data-role=summary]")
    words.wait_for()
    page = host.page
    assert "2 of 2 object words point into their box" in words.inner_text()
    try_slider(host, view, "Word")
    canvas = view.locator("canvas").first
    canvas.focus()
    changes(view, lambda: page.keyboard.press("Home"))
    changes(view, lambda: page.keyboard.press("End"))
    changes(view, lambda: page.keyboard.press("ArrowLeft"))
    assert words.inner_text().startswith("Word 2 of 3, “and”")
    changes(view, lambda: page.keyboard.press("Shift+ArrowDown"))
    assert "The outlined cell has" in words.inner_text()
    changes(view, lambda: view.get_by_role("combobox", name="Example").select_option("1"))
    assert words.inner_text().startswith("Word 1 of 3, “blue”")
    box = canvas.bounding_box()
    changes(view, lambda: canvas.hover(position={"x": box["width"] / 5, "y": 60}))
    last = {"x": box["width"] * 0.95, "y": 40}
    changes(view, lambda: canvas.click(position=last))
    assert words.inner_text().startswith("Word 3 of 3")
    play(view, page, words)


def play(view, page, words):
    """It plays to the end by itself and can be stopped; with less motion it only steps."""
    button = view.locator("button")
    button.click()
    assert "Pause" in button.inner_text()
    words.get_by_text("Word 2 of 3").wait_for()
    button.click()
    assert "Play" in button.inner_text()
    page.emulate_media(reduced_motion="reduce")
    view.get_by_role("button", name="Next word").click()
    assert words.inner_text().startswith("Word 3 of 3")
    page.wait_for_timeout(1200)
    view.get_by_role("button", name="Next word").click()
    page.wait_for_timeout(1200)
    assert words.inner_text().startswith("Word 1 of 3"), "it moved by itself"
    page.emulate_media(reduced_motion="no-preference")
    view.get_by_role("button", name="Play").wait_for()
