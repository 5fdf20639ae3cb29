"""Small notebooks for the tests of publishing, made in memory."""

from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def text(source: str, kind: str = "-") -> NotebookNode:
    """Return a Markdown cell with a slide type."""
    return new_markdown_cell(source, metadata={"slideshow": {"slide_type": kind}})


def code(
    source: str, kind: str = "-", *, tags: tuple[str, ...] = (), outputs: tuple = ()
) -> NotebookNode:
    """Return a code cell that counts as run."""
    metadata = {"slideshow": {"slide_type": kind}, "tags": list(tags)}
    return new_code_cell(source, metadata=metadata, outputs=list(outputs), execution_count=1)


def shown(**data: str) -> NotebookNode:
    """Return an output: `html`, `png`, `plain` or `view` (a widget's model id)."""
    kinds = {
        "html": "text/html",
        "png": "image/png",
        "plain": "text/plain",
        "view": "application/vnd.jupyter.widget-view+json",
        "javascript": "application/javascript",
    }
    bundle = {kinds[key]: value for key, value in data.items()}
    if "view" in data:
        bundle[kinds["view"]] = {"model_id": data["view"]}
    return new_output("display_data", data=bundle)


def printed(words: str, name: str = "stdout") -> NotebookNode:
    """Return a stream output."""
    return new_output("stream", name=name, text=words)


def notebook(*cells: NotebookNode, **metadata: object) -> NotebookNode:
    """Return a notebook of cells."""
    return new_notebook(cells=list(cells), metadata={"kernelspec": KERNEL, **metadata})


def saved(folder: Path, *sources: str, name: str = "lecture") -> Path:
    """Save a notebook of unrun code cells; return its path."""
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook(*(new_code_cell(source) for source in sources)), path)
    return path
