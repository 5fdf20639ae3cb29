"""The parts of reveal.js that go into a deck, read from the installed wheel and made offline."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent / "templates" / "deck"


@dataclass(frozen=True)
class Reveal:
    """reveal.js as three texts: its style, its code and its notes plug-in."""

    css: str
    js: str
    notes: str


def inline_script(code: str) -> str:
    """Return JavaScript that cannot end the `<script>` element that it is written into."""
    return re.sub(r"<(/script|!--)", r"\\x3C\1", code, flags=re.IGNORECASE)


def offline_css(css: str) -> str:
    """Return a style sheet without its `@import`s and source maps, which would ask a network."""
    css = re.sub(r"@import[^;]+;", "", css)
    return re.sub(r"/\*# sourceMappingURL=.*?\*/", "", css)


@cache
def reveal() -> Reveal:
    """Return reveal.js 5.2 as the `sphinx-revealjs` wheel ships it."""
    wheel = find_spec("sphinx_revealjs").submodule_search_locations[0]  # no need to import Sphinx
    root = Path(wheel) / "_static" / "revealjs"
    css = (root / "dist" / "reset.css", root / "dist" / "reveal.css")
    return Reveal(
        css="\n".join(offline_css(path.read_text(encoding="utf-8")) for path in css),
        js=inline_script((root / "dist" / "reveal.js").read_text(encoding="utf-8")),
        notes=inline_script((root / "plugin" / "notes" / "notes.js").read_text(encoding="utf-8")),
    )


def own(name: str) -> str:
    """Return a style sheet or script of the deck's own design."""
    text = (HERE / name).read_text(encoding="utf-8")
    return inline_script(text) if name.endswith(".js") else text
