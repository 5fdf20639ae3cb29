"""How large the views' code is, as it travels inside a page."""

import gzip

from benchmarks.figure import Figure
from utils.widgets.bundle import bundle

MODULES = ("learning_rate_sweep", "schedule_explorer", "hidden_units")
RAW, ZIPPED = 25 * 1024, 8 * 1024  # bytes
TEXT = {"raw": "code of {module}", "zipped": "code of {module}, gzip", "peer": "CircuitsVis 1.3 MB"}


def widget_code() -> tuple[Figure, ...]:
    """The bytes of each view's code, with the shared kit, raw and compressed."""
    figures = []
    for module in MODULES:
        code = bundle(module).encode()
        zipped = len(gzip.compress(code))
        raw_name, zipped_name = (TEXT[k].format(module=module) for k in ("raw", "zipped"))
        figures.append(Figure(raw_name, len(code), "bytes", RAW, TEXT["peer"]))
        figures.append(Figure(zipped_name, zipped, "bytes", ZIPPED))
    return tuple(figures)
