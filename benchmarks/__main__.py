"""``python -m benchmarks [--only part …]``: print one table, write build/bench.json."""

import argparse
import datetime
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Mapping

import torch

from benchmarks import (
    attention,
    drag,
    features,
    heads,
    lab,
    lecture,
    recurrent,
    sizes,
    switch,
    training,
    units,
)
from benchmarks.figure import Figure, table, write
from utils.publish.files import BUILD, ROOT
from utils.threads import granted_cores

Part = Callable[[], tuple[Figure, ...]]
PARTS: dict[str, Part] = {
    "mlp": training.mlp,
    "cnn": training.cnn,
    "ensemble": training.ensemble,
    "features": features.features,
    "lstm": recurrent.readable_lstm,
    "attention": attention.attention_speed,
    "units": units.scored,
    "drag": drag.drag_to_painted,
    "switch": switch.switch_to_painted,
    "hidden_units": switch.exported,
    "heads": heads.drawn,
    "heads_size": heads.payload,
    "code": sizes.widget_code,
    "notebook": lecture.run_all,
    "deck": lecture.deck,
    "lab": lab.make_lab,
}
TEXT = {
    "about": "Measure what the course promises, beside other ways to do the same work.",
    "only": "measure these parts only",
    "begin": "[{number}/{total}] {name} …",
    "end": "[{number}/{total}] {name}: {seconds:.1f} s",
    "figure": "      {name}: {measured}",
    "failed": "{kind}: {error}",
    "written": "Written to {path}. {cores} cores, load of the machine {before:.1f} at the start.",
}


def measure(parts: Mapping[str, Part]) -> list[Figure]:
    """Measure the parts one after another; a part that fails says why and is not met."""
    figures: list[Figure] = []
    for number, (name, part) in enumerate(parts.items(), start=1):
        place = {"number": number, "total": len(parts), "name": name}
        _progress("begin", **place)
        began = time.perf_counter()
        before = len(figures)
        try:
            figures += part()
        except Exception as error:  # one broken part must not hide the other figures
            why = TEXT["failed"].format(kind=type(error).__name__, error=error)
            figures.append(Figure(name, None, "", note=why))
        for figure in figures[before:]:
            _progress("figure", name=figure.name, measured=figure.measured)
        _progress("end", seconds=time.perf_counter() - began, **place)
    return figures


def _progress(key: str, **values: object) -> None:
    print(TEXT[key].format(**values), file=sys.stderr, flush=True)


def machine() -> dict:
    """Return on what, when and how busy the machine is."""
    return {
        "when": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "cores": granted_cores(),
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "torch": torch.__version__,
    }


def main(arguments: Iterable[str] | None = None) -> int:
    """Run the command; return 1 if a figure misses its reach or could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=TEXT["about"])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help=TEXT["only"])
    options = parser.parse_args(None if arguments is None else list(arguments))
    about = machine()
    figures = measure({name: part for name, part in PARTS.items() if name in options.only})
    print(table(figures))
    path = write(BUILD / "bench.json", figures, about)
    print(
        TEXT["written"].format(
            path=path.relative_to(ROOT), cores=about["cores"], before=about["load"]
        )
    )
    return 1 if any(figure.met is False for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
