"""From a list of cells to a list of slides: pure functions on notebook cells.

Slides and sub-slides become one flat row, so that one key always goes on and the pages of the PDF
are the slides. Cells that show nothing to the audience are left out.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode

_H1 = re.compile(r"\s*#[ \t]+(?P<title>[^\n]+?)[ \t]*#*[ \t]*(?:\n(?P<rest>.*))?$", re.DOTALL)
_MINUTES = re.compile(r"\s*\W*(\d+(?:\.\d+)?)\s*min(?:utes?)?\b", re.IGNORECASE)


@dataclass
class Step:
    """What appears at once: some cells, at the start of a slide or on a key press."""

    fragment: bool
    cells: list[NotebookNode] = field(default_factory=list)


@dataclass
class Slide:
    """One slide: its steps and the cells of the speaker's notes."""

    steps: list[Step] = field(default_factory=lambda: [Step(False)])
    notes: list[NotebookNode] = field(default_factory=list)

    @property
    def cells(self) -> list[NotebookNode]:
        """The cells that the audience sees."""
        return [cell for step in self.steps for cell in step.cells]


@dataclass
class Outline:
    """A whole deck: what its title slide says, and the slides after it."""

    title: str
    course: dict[str, Any]
    opening: Slide
    slides: list[Slide]

    @property
    def minutes(self) -> float:
        """The minutes that the speaker's notes add up to."""
        notes = [cell for slide in [self.opening, *self.slides] for cell in slide.notes]
        return sum(minutes_of(cell) for cell in notes)


def minutes_of(cell: NotebookNode) -> float:
    """Return the minutes that a notes cell opens with; 0 if it names none."""
    found = _MINUTES.match(cell.source)
    return float(found[1]) if found else 0.0


def tags(cell: NotebookNode) -> list[str]:
    """Return the tags of a cell."""
    return cell.metadata.get("tags", [])


def slide_type(cell: NotebookNode) -> str:
    """Return the cell's slide type; `-` if it has none."""
    return cell.metadata.get("slideshow", {}).get("slide_type") or "-"


def shows_something(cell: NotebookNode) -> bool:
    """Say whether the audience sees anything of this cell."""
    if "hide-in-deck" in tags(cell):
        return False
    if cell.cell_type == "code":
        return bool(cell.outputs) or ("show-code" in tags(cell) and bool(cell.source.strip()))
    return cell.cell_type == "markdown" and bool(cell.source.strip())


def group(cells: list[NotebookNode]) -> list[Slide]:
    """Return the slides that the cells' slide types describe, empty ones left out."""
    slides = [Slide()]
    for cell in cells:
        kind = slide_type(cell)
        if kind == "skip":
            continue
        if kind == "notes":
            slides[-1].notes.append(cell)
            continue
        if kind in ("slide", "subslide"):
            slides.append(Slide())
        if kind == "fragment":
            slides[-1].steps.append(Step(True))
        if shows_something(cell):
            slides[-1].steps[-1].cells.append(cell)
    return _without_empty(slides)


def _without_empty(slides: list[Slide]) -> list[Slide]:
    """Drop slides without content; their notes go to the slide before."""
    kept: list[Slide] = []
    orphans: list[NotebookNode] = []
    for slide in slides:
        slide.steps = [step for step in slide.steps if step.cells]
        if slide.cells:
            slide.notes = orphans + slide.notes
            orphans = []
            kept.append(slide)
        elif kept:
            kept[-1].notes += slide.notes
        else:
            orphans += slide.notes
    return kept


def outline(nb: NotebookNode, name: str) -> Outline:
    """Return the deck's outline; the title is the course's, else the first H1, else `name`."""
    course = dict(nb.metadata.get("course", {}))
    slides = group(nb.cells)
    title, opening = None, Slide(steps=[])
    if slides and (found := _opening_heading(slides[0])):
        title, opening = found["title"], _without_heading(slides.pop(0), found["rest"] or "")
    title = course.get("title") or title or _first_heading(nb) or name
    return Outline(title, course, opening, slides)


def _opening_heading(slide: Slide) -> re.Match | None:
    first = slide.cells[0]
    return _H1.match(first.source) if first.cell_type == "markdown" else None


def _first_heading(nb: NotebookNode) -> str | None:
    found = (_H1.match(cell.source) for cell in nb.cells if cell.cell_type == "markdown")
    return next((match["title"] for match in found if match), None)


def _without_heading(slide: Slide, rest: str) -> Slide:
    """Return the opening slide without its H1, which the title slide shows in its own way."""
    first = slide.cells[0]
    if rest.strip():
        first.source = rest.strip()
    else:
        slide.steps[0].cells.remove(first)
    slide.steps = [step for step in slide.steps if step.cells]
    return slide
