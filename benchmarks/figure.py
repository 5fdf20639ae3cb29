"""One measured figure, the table of all, and the file that keeps them."""

import dataclasses
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from utils.files import write_atomically

TEXT = {
    "head": ("figure", "measured", "reach", "peer, same work", "met?"),
    "met": "met",
    "missed": "NOT MET",
    "reported": "reported",
    "none": "–",
    "unmeasured": "not measured",
    "at_least": "≥ {reach:g} {unit}",
    "at_most": "≤ {reach:g} {unit}",
    "summary": "{met} of {total} reached.",
}


@dataclass(frozen=True)
class Figure:
    """A figure and what it must reach.

    ``value`` is None where it could not be measured; ``note`` then says why, and it counts as
    not met. ``reach`` None: the figure is only reported. ``at_least``: a larger value is better.
    ``peer`` is what another way takes for the same work, in words.
    """

    name: str
    value: float | None
    unit: str
    reach: float | None = None
    peer: str = ""
    note: str = ""
    at_least: bool = False

    @property
    def known(self) -> bool:
        """Whether there is a number: a NaN or an infinity is no measurement."""
        return self.value is not None and math.isfinite(self.value)

    @property
    def met(self) -> bool | None:
        """Whether the reach is met; None for a measured figure that has none."""
        if not self.known:
            return False
        if self.reach is None:
            return None
        return self.value >= self.reach if self.at_least else self.value <= self.reach

    @property
    def verdict(self) -> str:
        """The word of the last column."""
        return TEXT[{True: "met", False: "missed", None: "reported"}[self.met]]

    @property
    def measured(self) -> str:
        """The value with its unit."""
        if not self.known:
            return TEXT["unmeasured"]
        digits = f"{self.value:,.0f}" if abs(self.value) >= 1000 else f"{self.value:.3g}"
        return f"{digits} {self.unit}".rstrip()

    @property
    def wanted(self) -> str:
        """The reach in words."""
        if self.reach is None:
            return TEXT["none"]
        key = "at_least" if self.at_least else "at_most"
        return TEXT[key].format(reach=self.reach, unit=self.unit).rstrip()

    def record(self) -> dict:
        """Return the figure for the file; no field is NaN or infinite, which JSON has not."""
        value = self.value if self.known else None
        known = {**dataclasses.asdict(self), "value": value}
        return {**known, "met": self.met, "verdict": self.verdict}


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as an aligned Markdown table, notes below it."""
    cells = [TEXT["head"]]
    cells += [(f.name, f.measured, f.wanted, f.peer or TEXT["none"], f.verdict) for f in figures]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [_row(row, widths) for row in cells]
    lines.insert(1, _row(["-" * width for width in widths], widths))
    lines += ["", *(f"{f.name}: {f.note}" for f in figures if f.note)]
    bound = [f for f in figures if f.met is not None]
    lines += ["", TEXT["summary"].format(met=sum(bool(f.met) for f in bound), total=len(bound))]
    return "\n".join(lines)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"


def write(path: Path, figures: Sequence[Figure], machine: dict) -> Path:
    """Write all figures to ``path`` as JSON, whole or not at all."""
    content = {"machine": machine, "figures": [figure.record() for figure in figures]}
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    return write_atomically(path, f"{text}\n".encode())
