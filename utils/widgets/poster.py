"""Posters: the picture of a view for readers whose page may not run a script."""

import base64
import html
import io

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font


def new_figure(width: float = 9.0, height: float = 4.0) -> Figure:
    """Return an empty figure of ``width`` x ``height`` inches, outside pyplot's list of figures."""
    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def figure_png(figure: Figure, dots_per_inch: int = 100) -> bytes:
    """Return ``figure`` as a PNG."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dots_per_inch)
    return buffer.getvalue()


def drawable(text: str) -> str:
    """Return text for a poster as it stands: no formulas, and □ for what the font cannot draw.

    The font that comes with matplotlib has no Korean letters, for instance.
    """
    known = get_font(findfont(FontProperties())).get_charmap()
    return "".join(c if ord(c) in known else "□" for c in text).replace("$", r"\$")


def image_tag(png: bytes | None, alt: str) -> str:
    """Return the poster as an ``<img>``; without a picture, the alt text as a paragraph."""
    text = html.escape(alt, quote=True)
    if png is None:
        return f'<p data-role="poster">{text}</p>'
    data = base64.b64encode(png).decode("ascii")
    style = "max-width:100%;height:auto"
    return (
        f'<img data-role="poster" alt="{text}" style="{style}" src="data:image/png;base64,{data}">'
    )
