"""What is true at each character of Python code, from Python's own ``tokenize`` (Lecture 12).

One rule fixes every border: the truth at a character says what is *certain* after reading up to
it. A network that has read as far can know it, and nothing later. After one quote, a string of
one line or of three quotes may follow: so a string begins with the character after its quote,
and a docstring with its third quote. A closing quote is outside, and of three closing quotes
the first two are still inside. After "if" the word may go on ("iffy"): a header begins with the
character after the word, and its colon is outside.
"""

import io
import token
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

PROPERTIES = ("string", "docstring", "comment", "if_header")
# Python 3.12 splits f-strings, and 3.14 t-strings, into tokens of their own.
_OPENINGS = {getattr(token, name, None) for name in ("FSTRING_START", "TSTRING_START")} - {None}
_CLOSINGS = {getattr(token, name, None) for name in ("FSTRING_END", "TSTRING_END")} - {None}
_LAYOUT = {token.NEWLINE, token.NL, token.INDENT, token.DEDENT, token.COMMENT}
TEXT = {
    "empty": "There is no text. Give at least one character.",
    "tokens": (
        "Python cannot split this text into tokens{where}, so what is true at its characters is "
        "not known. The units can still be shown."
    ),
    "line": " (line {line})",
}


@dataclass(frozen=True)
class Truth:
    """What is true after each of T characters. Arrays are numpy of shape (T,).

    string: bool, between the quotes of a string with one at each end, f-strings included.
    docstring: bool, inside a string with three quotes at each end, wherever it stands.
    comment: bool, from # to the last character of the line.
    if_header: bool, between a statement's ``if`` or ``elif`` and its colon.
    depth: uint8, indentation depth of the statement, in blocks. column: uint16, characters since
    the line began; the newline ends its own line.
    """

    string: np.ndarray
    docstring: np.ndarray
    comment: np.ndarray
    if_header: np.ndarray
    depth: np.ndarray
    column: np.ndarray

    def __len__(self) -> int:
        return len(self.depth)

    def __getitem__(self, part: slice) -> "Truth":
        return Truth(*(getattr(self, f.name)[part] for f in fields(self)))


def truth_of(text: str) -> Truth:
    """Return the truth at each character of Python code with "\\n" at the line ends.

    Raises ValueError for an empty text and for one that Python cannot split into tokens.
    """
    if not text:
        raise ValueError(TEXT["empty"])
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError) as error:
        raise _unknown(_line_of(error)) from None
    except ValueError:  # a null character
        raise _unknown(None) from None
    for found in tokens:
        if _is_wrong(found):
            raise _unknown(found.start[0])
    return _mark(text, tokens)


def _is_wrong(found: tokenize.TokenInfo) -> bool:
    """Return whether a character has no meaning in Python; newer versions call it an operator."""
    unknown = found.type == token.OP and found.string not in token.EXACT_TOKEN_TYPES
    return unknown or found.type == token.ERRORTOKEN


def _line_of(error: Exception) -> int | None:
    if isinstance(error, SyntaxError):
        return error.lineno
    place = error.args[1] if len(error.args) > 1 else None
    return place[0] if isinstance(place, tuple) else None


def _unknown(line: int | None) -> ValueError:
    where = "" if line is None else TEXT["line"].format(line=line)
    return ValueError(TEXT["tokens"].format(where=where))


def _mark(text: str, tokens: list[tokenize.TokenInfo]) -> Truth:
    newlines = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32) == ord("\n")
    # The end stands twice more: some tokens lie on a line beyond the last.
    starts = np.concatenate([[0], np.flatnonzero(newlines) + 1, [len(text), len(text)]])
    marks = np.zeros((len(PROPERTIES), len(text)), dtype=bool)
    truth = Truth(*marks, np.zeros(len(text), dtype=np.uint8), columns(newlines))
    for name, (first_row, first), (last_row, last) in _spans(tokens):
        getattr(truth, name)[starts[first_row - 1] + first : starts[last_row - 1] + last] = True
    for row, depth in _depths(tokens):
        truth.depth[starts[row - 1] :] = depth
    return truth


def columns(newlines: np.ndarray) -> np.ndarray:
    """Return the characters since the line began, from where the newlines are: uint16 (T,).

    A line of more than 65,535 characters keeps that number to its end.
    """
    places = np.arange(len(newlines))
    begins = np.maximum.accumulate(np.where(newlines, places + 1, 0))
    begins = np.concatenate([[0], begins[:-1]])
    return np.minimum(places - begins, np.iinfo(np.uint16).max).astype(np.uint16)


Place = tuple[int, int]  # row from 1, column from 0
Span = tuple[str, Place, Place]


def _spans(tokens: list[tokenize.TokenInfo]) -> Iterator[Span]:
    """Yield (property, first place inside, first place outside)."""
    yield from _quoted(tokens)
    yield from _if_headers(tokens)
    for found in tokens:
        if found.type == token.COMMENT:
            yield "comment", found.start, found.end


def _quoted(tokens: list[tokenize.TokenInfo]) -> Iterator[Span]:
    """Yield the strings. A string inside an f-string's braces belongs to the outer one."""
    open_strings: list[tokenize.TokenInfo] = []
    for found in tokens:
        if found.type in _OPENINGS:
            open_strings.append(found)
        elif found.type in _CLOSINGS:
            opening = open_strings.pop()
            if not open_strings:
                row, column = opening.end
                kind = _kind(opening.string)
                yield kind, (row, column - (kind == "docstring")), _before(found.end)
        elif found.type == token.STRING and not open_strings:
            quote = found.string[-1]
            prefix = found.string.index(quote)
            row, column = found.start
            kind = _kind(found.string)
            certain = 2 if kind == "docstring" else 1
            yield kind, (row, column + prefix + certain), _before(found.end)


def _kind(string: str) -> str:
    """Return the property of a string token or of an f-string's opening."""
    body = string.lstrip("rRbBuUfFtT")
    return "docstring" if body.startswith(('"""', "'''")) else "string"


def _before(place: Place) -> Place:
    return place[0], place[1] - 1


def _if_headers(tokens: list[tokenize.TokenInfo]) -> Iterator[Span]:
    """Yield the headers of ``if`` and ``elif`` statements: no conditional values, no filters."""
    begins, header, level, lambdas = True, None, 0, 0
    for found in tokens:
        if begins and found.type == token.NAME and found.string in ("if", "elif"):
            header, level, lambdas = found.end, 0, 0
        elif header is not None and found.type == token.NAME and found.string == "lambda":
            lambdas += level == 0
        elif header is not None and found.type == token.OP:
            level += (found.string in "([{") - (found.string in ")]}")
            if found.string == ":" and level == 0 and lambdas == 0:
                yield "if_header", header, found.start
                header = None
            elif found.string == ":" and level == 0:
                lambdas -= 1
        begins = found.type in _LAYOUT


def _depths(tokens: list[tokenize.TokenInfo]) -> Iterator[tuple[int, int]]:
    """Yield (row, depth) wherever the indentation depth changes."""
    depth = 0
    for found in tokens:
        if found.type in (token.INDENT, token.DEDENT):
            depth += 1 if found.type == token.INDENT else -1
            yield found.start[0], min(depth, np.iinfo(np.uint8).max)
