"""The static-first view: a picture for every reader, alive wherever a script may run.

A view is plain ``text/html``: a poster, its data, and one inline module that swaps the poster for
the live view. It therefore needs no kernel, no server and no network.
"""

import hashlib
import html
import json
from typing import Any

from utils.widgets.bundle import bundle
from utils.widgets.poster import image_tag
from utils.widgets.schema import check_state


def to_island(state: Any) -> str:
    """Return ``state`` as JSON that can stand inside a script element: no ``<`` is left in it."""
    text = json.dumps(state, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


class View:
    """A live view of precomputed data, shown by Jupyter, a deck or a plain page alike.

    ``module`` is a folder of ``utils/widgets``, ``state`` what its ``schema.json`` describes,
    ``poster`` a PNG for readers without scripts, ``alt`` a sentence that states the finding.
    Raises ValueError with one sentence if the state does not fit the schema or ``alt`` is empty.
    """

    def __init__(
        self, module: str, state: dict[str, Any], *, poster: bytes | None = None, alt: str
    ) -> None:
        if not alt.strip():
            raise ValueError("A view needs an alt text that states what it shows.")
        check_state(module, state)
        self.module = module
        self.state = state
        self.poster = poster
        self.alt = alt

    @property
    def root_id(self) -> str:
        """The id of the view's element in a page: always the same for the same state."""
        return _root_id(self.module, to_island(self.state))

    def html(self) -> str:
        """Return the view as one piece of HTML; it may stand anywhere in a page, also twice."""
        island = to_island(self.state)
        name, root_id = html.escape(self.module), _root_id(self.module, island)
        return (
            f'<div class="dll-view" id="{root_id}" data-view="{name}">'
            f"{image_tag(self.poster, self.alt)}"
            f'<script type="application/json" data-role="state">{island}</script></div>'
            f'<script type="module">\n{bundle(self.module)}mount("{root_id}", widget);\n'
            "</script>"
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": self.alt}


def _root_id(module: str, island: str) -> str:
    return f"dll-{hashlib.sha256(f'{module}{island}'.encode()).hexdigest()[:16]}"
