"""QKV: choose the query by slider, mouse and key, switch mask and scaling; the sums must hold."""

import re

from benchmarks.drag import drag
from cases.acting import changes, try_slider

CELLS = (
    """
import torch
from utils.widgets import QKV
qkv_x = torch.tensor([[1.0, 0.0, 0.2], [0.0, 1.0, 0.1], [0.1, 0.3, 1.0], [0.5, -0.5, 0.0]])
qkv_maps = torch.randn(3, 3, 2, generator=torch.Generator().manual_seed(3)) * 2
QKV(["the", "cat", "sleeps", "</script>"], qkv_x, *qkv_maps, focus=1)
""",
)
NUMBER = r"(−?\d\.\d\d)"
PAIR = rf"\({NUMBER} {NUMBER}\)"


def drive(host):
    view = host.view("qkv")
    words = view.locator("[data-role=summary]")
    words.wait_for()
    assert words.inner_text().startswith("“cat” asks with its query")
    try_slider(host, view, "Query word")
    sum_holds(view)
    scaled = view.get_by_role("checkbox", name="divide by √2")
    before = words.inner_text()
    scaled.uncheck()
    sum_holds(view)
    assert words.inner_text() != before
    scaled.check()
    causal = view.get_by_role("checkbox", name="mask the future")
    view.get_by_role("slider", name="Query word").press("Home")
    changes(view, causal.check)
    assert "may see only itself" in words.inner_text()
    canvas = view.locator("canvas").first
    changes(view, lambda: drag(host.page, canvas, (0.2, 0.2), (0.2, 0.6)))
    sum_holds(view)
    causal.uncheck()


def sum_holds(view):
    """The written weights and values must add up to the written output, as far as they go."""
    sums = view.locator("[data-role=numbers] > div").last.inner_text()
    left, right = (part.replace("−", "-") for part in sums.split(" = ")[1:])
    number = NUMBER.replace("−", "-")
    terms = re.findall(rf"(\d\.\d\d)·\({number} {number}\)", left)
    output = [float(part) for part in re.findall(number, right)]
    for column in (0, 1):
        total = sum(float(term[0]) * float(term[1 + column]) for term in terms)
        assert abs(total - output[column]) < 0.05, sums
