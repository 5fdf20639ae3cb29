"""UnrolledRNN: step through time by slider, keys, clicks and play; choose a unit and a clip."""

from cases.acting import changes, try_slider

CELLS = (
    """
from utils.datasets.clips import load_clips
from utils.training.sequences import RecurrentModel, trace, train
from utils.widgets import UnrolledRNN
moving = load_clips()
(moving_model,) = train(lambda seed: RecurrentModel(seed=seed), moving, seeds=1, steps=120)
moving_traces = [
    trace(moving_model, frames, label, moving.names)
    for frames, label in zip(moving.test.frames[:3], moving.test.labels[:3], strict=True)
]
UnrolledRNN(moving_traces, step=2)
""",
)


def drive(host):
    view = host.view("unrolled_rnn")
    words = view.locator("[data-role=summary]")
    numbers = view.locator("[data-role=numbers]")
    words.wait_for()
    try_slider(host, view, "Time step")
    canvas = view.locator("canvas").first
    canvas.focus()
    page = host.page
    changes(view, lambda: page.keyboard.press("End"))
    assert words.inner_text().startswith("After 8 of 8 frames")
    changes(view, lambda: page.keyboard.press("ArrowLeft"))
    before = numbers.inner_text()
    page.keyboard.press("ArrowDown")
    assert numbers.inner_text() != before, "a key did not choose another unit"
    unit = view.get_by_role("slider", name="Unit")
    unit.press("Home")
    assert numbers.inner_text().startswith("Unit 0: h₇ = tanh(")
    box = canvas.bounding_box()
    changes(view, lambda: page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + 100))
    changes(view, lambda: view.get_by_role("combobox", name="Clip").select_option("1"))
    canvas.press("Home")
    assert "knows nothing" in words.inner_text()
    view.get_by_role("button", name="Play").click()
    view.get_by_role("button", name="Pause").wait_for()
    words.get_by_text("After 2 of 8").wait_for()
    view.get_by_role("button", name="Pause").click()
    hover_a_unit(host, view, numbers)


def hover_a_unit(host, view, numbers):
    """Point at squares of the first state: the numbers must name the unit under the pointer."""
    canvas = view.locator("canvas").first
    box = canvas.bounding_box()
    scale = box["width"] / canvas.evaluate("canvas => canvas.clientWidth")
    before, seen = numbers.inner_text(), set()
    for y in range(140, 260, 8):
        host.page.mouse.move(box["x"] + 144 * scale, box["y"] + y * scale)
        seen.add(numbers.inner_text())
    assert len(seen - {before}) >= 5, seen
