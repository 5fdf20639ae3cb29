"""SamplingBox: move the temperature and the seed; the text, the bars and the words follow."""

from cases.acting import try_slider

CELLS = (
    """
from utils.training.checkpoints import load_language_model
from utils.training.sampling import write
from utils.widgets import SamplingBox
writer, writer_vocabulary, _ = load_language_model("code_lstm")
SamplingBox(
    write(
        writer,
        writer_vocabulary,
        "def </script>",
        temperatures=[0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.5],
        seeds=range(6),
        characters=60,
    ),
    temperature=0.6,
)
""",
)


def drive(host):
    view = host.view("sampling_box")
    page = view.locator("[data-role=page]")
    page.wait_for()
    assert page.inner_text().startswith("def </script>")
    try_slider(host, view, "Temperature")
    seed = view.get_by_role("slider", name="Seed", exact=True)
    seed.focus()
    texts = {page.inner_text()}
    for key in ("ArrowRight", "ArrowRight", "End"):
        host.page.keyboard.press(key)
        texts.add(page.inner_text())
    assert len(texts) == 4, "another seed must write another text"
    assert "Seed 5 drew" in view.locator("[data-role=summary]").inner_text()
