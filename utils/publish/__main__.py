"""`python -m utils.publish run|slides|pdf [notebooks…]`: the default is every lecture."""

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from utils.publish.browser import launch, measure_slides, watch_deck
from utils.publish.deck import export_deck
from utils.publish.errors import DeckError, PublishError
from utils.publish.files import BUILD, executed_path, is_up_to_date, lecture_notebooks
from utils.publish.pdf import export_pdf
from utils.publish.runner import run_notebook

TEXT = {
    "about": "Run the course's notebooks, and make decks and PDFs of them.",
    "actions": "run: execute; slides: also make decks; pdf: also print the decks",
    "paths": "notebooks; every lecture if none is named",
    "force": "run again even if an up-to-date executed copy exists",
    "unmeasured": "make decks without looking at them in a browser",
    "none": "there are no notebooks under lectures/",
    "twins": "two notebooks are named {name}; give one another name",
    "running": "run    {name}",
    "ran": "ok     {name}: {seconds:.1f} s, slowest cell {slowest:.1f} s",
    "fresh": "ok     {name}: nothing changed since it ran",
    "deck": "deck   {path}: {slides} slides, {kilobytes:.0f} KB, {minutes:g} minutes in the notes",
    "seen": "       0 requests, opens in {seconds:.2f} s, every slide fits",
    "pdf": "pdf    {path}: {pages} pages, {kilobytes:.0f} KB",
    "failed": "failed {problem}",
    "requests": "{name}: the deck asks for {what}",
    "errors": "{name}: the deck logs an error: {what}",
}


def _say(key: str, **values: object) -> None:
    print(TEXT[key].format(**values), flush=True)


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def run(path: Path, *, force: bool) -> Path:
    """Return the executed copy of a notebook, made now if there is no up-to-date one."""
    if not force and path.is_file() and is_up_to_date(path):
        _say("fresh", name=path.name)
        return executed_path(path)
    _say("running", name=path.name)
    report = run_notebook(path)
    _say("ran", name=path.name, seconds=report.seconds, slowest=report.slowest)
    return report.executed


def check_deck(deck: Path) -> None:
    """Look at a deck in a browser; raise `DeckError` naming everything that is wrong."""
    with launch() as browser:
        seen = watch_deck(deck, browser=browser)
        problems = [str(overflow) for overflow in measure_slides(deck, browser=browser)]
    problems += [TEXT["requests"].format(name=deck.stem, what=url) for url in seen.requests]
    problems += [TEXT["errors"].format(name=deck.stem, what=error) for error in seen.errors]
    if problems:
        raise DeckError("\n       ".join([f"{deck.name}:", *problems]))
    _say("seen", seconds=seen.open_seconds)


def slides(path: Path, *, force: bool, measure: bool = True) -> Path:
    """Return the deck of a notebook, run, exported and looked at."""
    report = export_deck(run(path, force=force), BUILD / "slides" / f"{path.stem}.html")
    _say(
        "deck",
        path=_shown(report.path),
        slides=report.slides,
        kilobytes=report.size / 1e3,
        minutes=report.minutes,
    )
    if measure:
        check_deck(report.path)
    return report.path


def pdf(path: Path, *, force: bool, measure: bool = True) -> Path:
    """Return the PDF of a notebook's deck."""
    deck = slides(path, force=force, measure=measure)
    report = export_pdf(deck, BUILD / "pdf" / f"{path.stem}.pdf")
    _say("pdf", path=_shown(report.path), pages=report.pages, kilobytes=report.size / 1e3)
    return report.path


def _refuse_twins(paths: Iterable[Path]) -> None:
    seen: set[str] = set()
    for path in paths:
        if path.stem in seen:
            raise PublishError(TEXT["twins"].format(name=path.stem))
        seen.add(path.stem)


def _each(paths: list[Path], action: Callable[[Path], object]) -> int:
    """Do all notebooks, also after a failure; return how many failed."""
    failed = 0
    for path in paths:
        try:
            action(path)
        except PublishError as problem:
            failed += 1
            _say("failed", problem=problem)
    return failed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m utils.publish", description=TEXT["about"])
    parser.add_argument("action", choices=("run", "slides", "pdf"), help=TEXT["actions"])
    parser.add_argument("paths", nargs="*", type=Path, help=TEXT["paths"])
    parser.add_argument("--force", action="store_true", help=TEXT["force"])
    parser.add_argument("--no-measure", action="store_true", help=TEXT["unmeasured"])
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 0 if every notebook passed."""
    options = _parser().parse_args(arguments)
    named = dict.fromkeys(path.resolve() for path in options.paths)
    paths = list(named) or lecture_notebooks()
    try:
        _refuse_twins(paths)
    except PublishError as problem:
        _say("failed", problem=problem)
        return 1
    if not paths:
        print(TEXT["none"])
    keywords = {"force": options.force}
    if options.action != "run":
        keywords["measure"] = not options.no_measure
    action = {"run": run, "slides": slides, "pdf": pdf}[options.action]
    return 1 if _each(paths, lambda path: action(path, **keywords)) else 0


if __name__ == "__main__":
    sys.exit(main())
