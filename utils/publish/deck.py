"""Export an executed notebook as one HTML file that needs nothing else: no network, no kernel."""

import html
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import pass_context
from nbconvert import HTMLExporter, SlidesExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from traitlets import default
from traitlets.config import Config

from utils.files import write_atomically
from utils.publish import assets, formulas, slides
from utils.publish.addresses import external_addresses
from utils.publish.errors import DeckError
from utils.publish.files import ROOT
from utils.publish.outputs import PRIORITY, alt_text, output_kind, settle_outputs
from utils.publish.runner import read_notebook

WIDTH, HEIGHT = 1280, 720  # a slide, in CSS pixels
LIMIT = 3_000_000  # bytes of a deck
MATH_FONT = "/*math-font*/"
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; media-src data:; frame-src 'self' file:; "
    "base-uri 'none'; form-action 'none'"
)
TEXT = {
    "where": "{name}: {problem}",
    "large": "the deck has {size:.1f} MB, but at most {limit:.0f} MB are allowed; "
    "draw with fewer points or save smaller images",
    "external": "the deck would fetch {what}; put it into the notebook instead",
    "not_run": "the notebook has no outputs; run it first: python -m utils.publish run",
    "minutes": "{minutes:g} minutes",
    "closing_kicker": "To take away",
    "closing_next": "Next: {next}",
    "closing_try": "Now change it yourself: open {notebook} and run every cell.",
    "licence": "Text and figures CC BY 4.0, code MIT",
    "theme": "Light or dark (T)",
    "previous": "Previous slide",
    "next": "Next slide",
    "slide": "slide",
}


@dataclass(frozen=True)
class DeckReport:
    """A finished deck: its file, size in bytes, slides, formulas and minutes of the notes."""

    path: Path
    size: int
    slides: int
    formulas: int
    minutes: float


class DeckRenderer(IPythonRenderer):
    """Markdown to HTML with every formula as MathML."""

    def __init__(self, **options: Any) -> None:
        super().__init__(escape=False, exclude_anchor_links=True, **options)

    def block_math(self, body: str) -> str:
        """Return a displayed formula."""
        return f'<div class="formula">{formulas.to_mathml(body, display=True)}</div>'

    def inline_math(self, body: str) -> str:
        """Return a formula in a line of text."""
        return formulas.to_mathml(body, display=False)

    def latex_environment(self, name: str, body: str) -> str:
        """Return a displayed formula that was written as an environment."""
        return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")

    def block_code(self, code: str, info: str | None = None) -> str:
        """Return code between fences, coloured if its language is named."""
        return coloured(code, (info or "text").split()[0])

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """Return a link that opens beside the deck."""
        hint = f' title="{html.escape(title)}"' if title else ""
        address = html.escape(url)
        return f'<a href="{address}"{hint} target="_blank" rel="noopener noreferrer">{text}</a>'


def coloured(code: str, language: str = "python") -> str:
    """Return code as HTML with classes for its colours; unknown languages stay plain."""
    try:
        lexer = get_lexer_by_name(language, stripnl=True)
    except ValueError:
        lexer = get_lexer_by_name("text")
    inner = highlight(code.strip("\n"), lexer, HtmlFormatter(nowrap=True))
    return f'<pre class="code"><code>{inner.rstrip()}</code></pre>'


def markdown(source: str, attachments: dict | None = None, path: str = "") -> str:
    """Return Markdown as HTML; images beside the notebook are put into the page."""
    renderer = DeckRenderer(attachments=attachments or {}, path=path, embed_images=True)
    return MarkdownWithMath(renderer=renderer).render(source)


def inline_markdown(source: str) -> str:
    """Return one line of Markdown as HTML without a paragraph around it."""
    return re.sub(r"^\s*<p>(.*)</p>\s*$", r"\1", markdown(source), flags=re.DOTALL)


def latex_output(source: str) -> str:
    """Return a `text/latex` output as MathML, its dollar signs removed."""
    return formulas.to_mathml(source.strip().strip("$"), display=True)


def plain(source: str) -> str:
    """Return one line of Markdown as bare text, for a window title."""
    return html.unescape(re.sub(r"<[^>]+>", "", inline_markdown(source))).strip()


def slide_title(slide: slides.Slide, fallback: str) -> str:
    """Return the first heading of a slide; `fallback` if it has none."""
    for cell in slide.cells:
        if found := re.search(r"^#{1,6}\s+(.+)$", cell.source, re.MULTILINE):
            return plain(found[1]) if cell.cell_type == "markdown" else fallback
    return fallback


class DeckExporter(SlidesExporter):
    """nbconvert's slides with a template of our own, so that no address of a network is left."""

    @default("template_name")
    def _template_name_default(self) -> str:
        return "deck"

    @default("extra_template_basedirs")
    def _extra_template_basedirs_default(self) -> list[str]:
        return [str(assets.HERE.parent)]

    @property
    def default_config(self) -> Config:
        """Show the richest form that needs no kernel; never a widget view."""
        config = super().default_config
        config.NbConvertBase.display_data_priority = list(PRIORITY)
        return config

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """Return a cell's Markdown as HTML, with its attachments."""
        cell = context.get("cell", {})
        path = context.get("resources", {}).get("metadata", {}).get("path", "")
        return markdown(source, cell.get("attachments"), path)

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict | None = None, **options: Any
    ) -> tuple[str, dict]:
        """Return the page. The parent's pass through an HTML parser is left out: it is slow and
        rewrites scripts."""
        resources = self._init_resources(resources)
        self.register_filter(
            "filter_data_type", lambda data: [k for k in PRIORITY if k in data][:1]
        )
        self.register_filter("inline_markdown", inline_markdown)
        self.register_filter("coloured", coloured)
        self.register_filter("latex_output", latex_output)
        self.register_filter("output_kind", output_kind)
        return super(HTMLExporter, self).from_notebook_node(nb, resources, **options)


def _page(nb: NotebookNode, name: str, folder: Path) -> tuple[str, slides.Outline]:
    """Return the deck of a notebook without its math font, and its outline."""
    settle_outputs(nb)
    plan = slides.outline(nb, name)
    resources = {
        "metadata": {"name": name, "path": str(folder)},
        "deck": {
            "outline": plan,
            "plain_title": plain(plan.title),
            "policy": POLICY,
            "reveal": assets.reveal(),
            "own": assets.own,
            "text": TEXT,
            "notebook": f"{name}.ipynb",
            "title_of": partial(slide_title, fallback=plain(plan.title)),
            "alt": alt_text,
            "width": WIDTH,
            "height": HEIGHT,
            "math_font": MATH_FONT,
        },
    }
    return DeckExporter().from_notebook_node(nb, resources)[0], plan


def _check(page: str) -> None:
    """Raise `DeckError` if a page is too large or would fetch anything."""
    size = len(page.encode())
    if size > LIMIT:
        raise DeckError(TEXT["large"].format(size=size / 1e6, limit=LIMIT / 1e6))
    if found := external_addresses(page):
        raise DeckError(TEXT["external"].format(what=found[0]))


def _with_math_font(page: str) -> tuple[str, int]:
    """Put the font that a page's formulas need into it; return it and how many there are."""
    found = re.findall(r"<math\b.*?</math>", page, re.DOTALL)
    needed = set().union(*map(formulas.characters, found)) if found else set()
    return page.replace(MATH_FONT, formulas.math_font_css(needed), 1), len(found)


def export_deck(
    notebook: Path | str | NotebookNode, out: Path | str, *, name: str | None = None
) -> DeckReport:
    """Write the deck of an executed notebook to `out`.

    Raises `DeckError` with one sentence for a formula that cannot be set, a widget without a
    text/html twin, an address of a network, a deck over 3 MB, or a notebook that was not run.
    """
    out = Path(out)
    is_node = isinstance(notebook, NotebookNode)
    nb = nbformat.from_dict(notebook) if is_node else read_notebook(Path(notebook))
    nb = nbformat.reads(nbformat.writes(nb), as_version=4)  # the caller's copy stays as it is
    name = name or (out.stem if is_node else Path(notebook).stem)
    beside = nb.metadata.get("executed", {}).get("folder", ".")
    try:
        _require_run(nb)
        page, plan = _page(nb, name, ROOT / beside)
        page, formula_count = _with_math_font(page)
        _check(page)
    except DeckError as error:
        raise DeckError(TEXT["where"].format(name=name, problem=error)) from error
    write_atomically(out, page.encode())
    return DeckReport(out, len(page.encode()), len(plan.slides) + 2, formula_count, plan.minutes)


def _require_run(nb: NotebookNode) -> None:
    code = [cell for cell in nb.cells if cell.cell_type == "code" and cell.source.strip()]
    if code and not any(cell.get("execution_count") or cell.outputs for cell in code):
        raise DeckError(TEXT["not_run"])
