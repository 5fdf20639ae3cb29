"""Find what a page would fetch, by reading it: a fast check that needs no browser."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

# Attributes that make a browser fetch. A link that the reader may follow (`<a href>`) is not one.
_FETCHING = {"src", "poster", "data", "background", "action", "formaction", "ping", "xlink:href"}
_INSIDE = re.compile(r"\s*(#|data:|blob:|about:|javascript:void|$)", re.IGNORECASE)
_CSS_URL = re.compile(r"url\(\s*[\"']?([^\"')]+)|@import\s+[\"']([^\"']+)", re.IGNORECASE)
_SCRIPT_URL = re.compile(
    r"(?:\bfrom|\bimport\s*\(?|\bfetch\s*\(|\bnew\s+(?:WebSocket|Worker|EventSource)\s*\()"
    r"\s*[\"'`]((?:https?:|wss?:)?//[^\"'`]+)"
)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        for name, value in attrs:
            self.found += [f"<{tag} {name}>: {url}" for url in _attribute(tag, name, value or "")]

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "style":
            self.found += [f"<style>: {url}" for url in _css(data)]
        if self.inside == "script":
            self.found += [f"<script>: {url}" for url in _SCRIPT_URL.findall(data)]


def _css(text: str) -> Iterator[str]:
    for pair in _CSS_URL.findall(text):
        url = "".join(pair)
        if not _INSIDE.match(url):
            yield url


def _attribute(tag: str, name: str, value: str) -> Iterator[str]:
    if name == "style":
        yield from _css(value)
    if name == "srcset":
        urls = [part.split()[0] for part in re.split(r",\s+", value) if part.split()]
    elif name in _FETCHING or (name == "href" and tag not in ("a", "area")):
        urls = [value]
    else:
        return
    yield from (url[:120] for url in urls if not _INSIDE.match(url))


def external_addresses(page: str) -> list[str]:
    """Return every address outside the page that it would fetch, with the element that does."""
    reader = _Reader()
    reader.feed(page)
    return reader.found
