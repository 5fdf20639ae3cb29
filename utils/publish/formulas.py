"""TeX to MathML, and a math font that holds just the glyphs which a deck's formulas need."""

import base64
import html
import io
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from math_core import LatexError, LatexToMathML

from utils.publish.errors import DeckError

TEXT = {"failed": "the formula `{tex}` cannot be set: {why}; correct it or write it differently"}
# Letters that MathML draws with their mathematical italic forms, and the blocks of those forms.
_ITALIC = {
    **{chr(ord("A") + i): chr(0x1D434 + i) for i in range(26)},
    **{chr(ord("a") + i): chr(0x1D44E + i) for i in range(26)},
    "h": "ℎ",
    **{chr(0x391 + i): chr(0x1D6E2 + i) for i in range(25)},
    **{chr(0x3B1 + i): chr(0x1D6FC + i) for i in range(25)},
    "∂": chr(0x1D715),
    "ϵ": chr(0x1D716),
    "ϕ": chr(0x1D719),
}
_TAGS = re.compile(r"<[^>]+>")


@cache
def _converter() -> LatexToMathML:
    return LatexToMathML(fancy_error=False)


def to_mathml(tex: str, *, display: bool) -> str:
    r"""Return TeX as MathML; raise `DeckError` naming the formula if it cannot be set.

    >>> to_mathml(r"\alpha", display=False)
    '<math><mi>α</mi></math>'
    """
    try:
        mathml = _converter().convert_with_local_state(tex.strip(), displaystyle=display)
    except LatexError as error:
        why = re.sub(r"^\d+: ", "", str(error)).rstrip(".")
        raise DeckError(TEXT["failed"].format(tex=tex.strip(), why=why)) from error
    # A combining line under text, drawn above: browsers set it beside what it covers.
    mathml = mathml.replace("\u0332</mo></mover>", "\u203e</mo></mover>")
    return mathml.replace("&ApplyFunction;", "⁡")


def characters(mathml: str) -> set[str]:
    """Return the characters that a font must have to draw some MathML, italic letters included."""
    plain = set(html.unescape(_TAGS.sub("", mathml)))
    if "<msqrt" in mathml or "<mroot" in mathml:
        plain.add("√")  # drawn by the element; no text names it
    return plain | {_ITALIC[c] for c in plain if c in _ITALIC}


def math_font_css(needed: set[str]) -> str:
    """Return an `@font-face` rule with STIX Two Math, cut down to `needed`, as a data address.

    The table that lets brackets, roots and sums grow is kept for every glyph that stays.
    """
    if not needed:
        return ""
    data = base64.b64encode(_subset(frozenset(needed))).decode()
    source = f'url("data:font/woff2;base64,{data}") format("woff2")'
    return f'@font-face{{font-family:"STIX Two Math Deck";src:{source}}}'


@cache
def _subset(needed: frozenset[str]) -> bytes:
    from fontTools import subset

    options = subset.Options(
        flavor="woff2", layout_features=["ssty", "dtls", "flac"], hinting=False
    )
    options.drop_tables += ["DSIG", "FFTM"]
    wheel = find_spec("ziamath").submodule_search_locations[0]  # found, not imported: it is slow
    path = Path(wheel) / "fonts" / "STIXTwoMath-Regular.ttf"
    font = subset.load_font(str(path), options)
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(sorted(needed)))
    cutter.subset(font)
    buffer = io.BytesIO()
    subset.save_font(font, buffer, options)
    return buffer.getvalue()
