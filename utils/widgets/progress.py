"""A bar that tells a reader how far long work is, and goes away when the work is done."""

import time
from typing import Any

from IPython import get_ipython
from IPython.display import display

from utils.widgets.kernel_form import LIVE_ONLY

SECONDS = 0.25  # between two showings: more would only cost time
LABEL = "how far the work of this cell is"
TEXT = {
    "text/html": (
        '<progress value="{share:.3f}" aria-label="{label}" style="vertical-align: middle">'
        "</progress> {share:.0%}"
    ),
    "text/plain": "{share:.0%}",
}


def show_progress(done: float, total: float = 1.0) -> None:
    """Show below the running cell how far its work is: give it to an experiment's ``on_progress``.

    ``done`` of ``total``, or a share (0..1) alone. One cell has one bar, which goes away at the
    end; a deck never shows it. Outside a notebook nothing is shown.
    """
    shell = get_ipython()
    if shell is not None:
        _bar.show(shell.execution_count, done / total)


class _Bar:
    """The bar of the cell that runs; the next cell begins its own."""

    def __init__(self) -> None:
        self.cell, self.at, self.handle = None, 0.0, None

    def show(self, cell: int, share: float) -> None:
        """Show a share in a cell, if the last showing is not too near; 1 takes the bar away."""
        if cell != self.cell:
            self.cell, self.at, self.handle = cell, -SECONDS, None
        now = time.monotonic()
        if share < 1 and now - self.at < SECONDS:
            return
        self.at = now
        views = _views(share) if share < 1 else dict.fromkeys(TEXT, "")
        options: dict[str, Any] = {"raw": True, "metadata": {LIVE_ONLY: True}}
        if self.handle is not None:
            self.handle.update(views, **options)
        elif share < 1:
            self.handle = display(views, display_id=True, **options)


def _views(share: float) -> dict[str, str]:
    """Return a bar that is filled up to a share, in each form that a notebook may show."""
    return {form: words.format(share=share, label=LABEL) for form, words in TEXT.items()}


_bar = _Bar()
