"""Settle each output into the one form that a deck shows, with no widget manager and no network."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from nbformat import NotebookNode

from utils.publish.errors import DeckError
from utils.publish.runner import WIDGET_STATE, first_line

TEXT = {
    "no_twin": "the cell `{line}` shows a widget without a text/html twin, which a deck cannot "
    "show; give it one, or tag the cell hide-in-deck",
    "javascript": "the cell `{line}` shows application/javascript, which a deck does not run; "
    "use text/html with an inline module",
    "figure": "Figure: {title}",
}
# In the metadata of a form that means nothing without its kernel; its stand-in comes before it.
LIVE_ONLY = "live_only"
VIEW = "application/vnd.jupyter.widget-view+json"
# The richest form first; a form that is not listed is not shown.
PRIORITY = (
    "text/html",
    "image/svg+xml",
    "image/png",
    "image/jpeg",
    "text/markdown",
    "text/latex",
    "text/plain",
)
_OBJECT = re.compile(
    r"[\[(]*<.*\bat 0x[0-9a-f]+.*>[\])]*|<Figure size [^>]*>|Text\(.*\)", re.DOTALL
)
_PICTURE = re.compile(r"\s*(<(figure|div|p)\b[^>]*>\s*)*<img\b[^>]*>(\s*</(figure|div|p)>)*\s*")


def settle_outputs(nb: NotebookNode) -> None:
    """Rewrite the outputs of a notebook in place so that each has exactly one form to show.

    Drops stderr, progress bars, errors and the bare `<object at 0x…>` texts. A widget is shown by
    its `text/html`; one of `interact` by the output that it had. Raises `DeckError` for others.
    """
    models = nb.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    for cell in nb.cells:
        if cell.cell_type == "code":
            hidden = "hide-in-deck" in cell.metadata.get("tags", [])
            cell.outputs = [] if hidden else list(_settled(cell, models))
    nb.metadata.pop("widgets", None)


def _settled(cell: NotebookNode, models: Mapping[str, Any]) -> Iterator[NotebookNode]:
    """Yield what remains of a cell's outputs; neighbouring prints become one."""
    printed: NotebookNode | None = None
    for output in _frozen(cell, models):
        if output.output_type == "stream":
            if printed is not None:
                printed.text += output.text
                continue
            printed = output
        else:
            printed = None
        yield output


def _frozen(cell: NotebookNode, models: Mapping[str, Any]) -> Iterator[NotebookNode]:
    for output in cell.outputs:
        if output.output_type == "stream":
            if output.name == "stdout" and output.text.strip():
                yield output
        elif output.output_type in ("display_data", "execute_result"):
            yield from _settled_data(output, cell, models)


def _settled_data(
    output: NotebookNode, cell: NotebookNode, models: Mapping[str, Any]
) -> Iterator[NotebookNode]:
    data = output.data
    if output.metadata.get(LIVE_ONLY):
        return
    if VIEW in data and "text/html" not in data:
        yield from _frozen_widget(data[VIEW]["model_id"], cell, models)
        return
    if "application/javascript" in data and "text/html" not in data:
        raise DeckError(TEXT["javascript"].format(line=first_line(cell.source)))
    form = next((kind for kind in PRIORITY if kind in data), None)
    if form is None or (form == "text/plain" and _OBJECT.fullmatch(data[form].strip())):
        return
    output.data = NotebookNode({form: data[form]})
    yield output


def _frozen_widget(
    model_id: str, cell: NotebookNode, models: Mapping[str, Any]
) -> Iterator[NotebookNode]:
    """Yield what the Output widgets inside a widget held; nothing for a progress bar."""
    tree = list(_models_below(model_id, models))
    if any("Progress" in model["model_name"] for model in tree):
        return
    stored = [o for model in tree for o in model["state"].get("outputs", [])]
    if not stored:
        raise DeckError(TEXT["no_twin"].format(line=first_line(cell.source)))
    inner = NotebookNode(source=cell.source, outputs=[_node(output) for output in stored])
    yield from _frozen(inner, models)


def _node(value: Any) -> Any:
    """Return plain JSON as notebook nodes, texts joined."""
    if isinstance(value, Mapping):
        return NotebookNode({key: _node(item) for key, item in value.items()})
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return "".join(value)
    return [_node(item) for item in value] if isinstance(value, list) else value


def _models_below(model_id: str, models: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    model = models.get(model_id)
    if model is None:
        return
    yield model
    for child in model["state"].get("children", []):
        yield from _models_below(str(child).removeprefix("IPY_MODEL_"), models)


def output_kind(output: NotebookNode) -> str:
    """Return how an output is laid out: `figure` (fills the room), `view` or `text`."""
    if output.output_type == "stream":
        return "text"
    form = next(iter(output.data))
    if form.startswith("image/") or _PICTURE.fullmatch(str(output.data[form])):
        return "figure"
    return "text" if form == "text/plain" else "view"


def alt_text(output: NotebookNode, title: str) -> str:
    """Return the alternative text of an image: its own, else one that names the slide."""
    form = next(iter(output.data))
    own = output.metadata.get(form, {}) if isinstance(output.metadata.get(form), dict) else {}
    return own.get("alt") or output.metadata.get("alt") or TEXT["figure"].format(title=title)
