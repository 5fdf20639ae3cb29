"""CaptionStepper: step by slider and keys, take another word by slider and by a click on a bar."""

from cases.acting import changes, seen, try_slider

CELLS = (
    """
from utils.analysis.caption_steps import caption_steps
from utils.datasets.scenes import make_scenes
from utils.threads import one_thread
from utils.training import captioning
from utils.widgets import CaptionStepper
told_scenes = captioning.up_to(make_scenes("train", 600), 2)
told_model = captioning.new_captioner(0, cell="rnn", features=32, hidden=48)
with one_thread():
    captioning.fit_captioner(told_model, told_scenes, 60)
told_examples = []
for told_row in (1, 3, 0):
    told_image = told_scenes.pixels[told_row : told_row + 1]
    told_examples.append((told_image[0].permute(1, 2, 0), caption_steps(told_model, told_image),
                          " ".join(told_scenes.sentence(told_row))))
CaptionStepper(told_examples)
""",
)


def drive(host):
    view = host.view("caption_stepper")
    words = view.locator("[data-role=summary]")
    words.wait_for()
    page = host.page
    assert words.inner_text().startswith("Word 1 of")
    try_slider(host, view, "Word")
    try_slider(host, view, "Take")
    view.get_by_role("slider", name="Word").focus()
    page.keyboard.press("Home")
    assert "greedy search takes it" in words.inner_text()
    canvas = view.locator("canvas").first
    box = canvas.bounding_box()
    scale = box["height"] / canvas.evaluate("e => e.clientHeight")
    third = {"x": box["width"] * 0.6, "y": (84 + 25 * 2.5) * scale}
    changes(view, lambda: canvas.click(position=third))
    assert "It is number 3" in words.inner_text()
    _, before = seen(view)
    changes(view, lambda: view.get_by_role("combobox", name="Example").select_option("1"))
    assert words.inner_text() != before and words.inner_text().startswith("Word 1 of")
