"""ChunkLength: move the cut by slider and on its panel, and choose how the state was kept."""

from benchmarks.drag import drag
from cases.acting import changes, try_slider

CELLS = (
    """
from utils.datasets.code import load_code
from utils.training import truncation
from utils.widgets import ChunkLength
chunk_code, chunk_lengths = load_code(), (8, 16, 32, 64)
chunk_runs = truncation.compare_chunks(
    chunk_code, chunk_lengths, seeds=1, updates=20, text=60_000, validation=8_000)
chunk_ids = chunk_code.validation.sample(8_000).ids
chunk_reach = truncation.reaches(
    chunk_runs.models[64], chunk_ids, chunk_lengths, steps=64, texts=8)
ChunkLength(truncation.saved_memory(chunk_ids, chunk_lengths), chunk_reach, chunk_runs)
""",
)


def drive(host):
    view = host.view("chunk_length")
    summary = view.locator("[data-role=summary]")
    summary.wait_for()
    try_slider(host, view, "Chunk length")
    canvas = view.locator("canvas").first
    height = canvas.evaluate("canvas => canvas.clientHeight")
    middle = 90 / height  # of the upper panel
    changes(view, lambda: drag(host.page, canvas, (0.12, middle), (0.9, middle)))
    assert summary.inner_text().startswith("Chunk length 8:")
    choose = view.get_by_role("combobox", name="State")
    changes(view, lambda: choose.select_option("reset"))
    choose.focus()
    changes(view, lambda: host.page.keyboard.press("ArrowUp"))
    assert "State carried" in summary.inner_text()
