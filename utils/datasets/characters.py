"""Characters as whole numbers: the vocabulary of a character language model (Lecture 12)."""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

UNKNOWN_SYMBOL = "\N{REPLACEMENT CHARACTER}"
TEXT = {
    "repeated": "A vocabulary holds each character once, not {value!r}.",
    "symbol": "The symbol {value!r} stands for unknown characters, so it cannot be one of them.",
    "text": "A text is a string of characters, not {value!r}.",
    "row": "The numbers of a text are whole numbers in one row (T,), not {value!r}.",
    "ids": "A character's number lies in 0..{last}, not {value}.",
}


@dataclass(frozen=True)
class Vocabulary:
    """A fixed list of characters; every other character becomes the one unknown symbol.

    A character's number is its place in ``characters``; the unknown symbol has the last number.
    Encoding keeps the length: position t of the numbers is position t of the text.
    """

    characters: str
    _table: np.ndarray = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.characters, str):
            raise ValueError(TEXT["text"].format(value=self.characters))
        if len(set(self.characters)) != len(self.characters):
            raise ValueError(TEXT["repeated"].format(value=self.characters))
        if UNKNOWN_SYMBOL in self.characters:
            raise ValueError(TEXT["symbol"].format(value=UNKNOWN_SYMBOL))
        points = [ord(character) for character in self.characters]
        table = np.full(max(points, default=0) + 2, self.unknown, dtype=np.int64)
        table[points] = np.arange(len(points))
        object.__setattr__(self, "_table", table)

    def __len__(self) -> int:
        return len(self.characters) + 1

    @property
    def unknown(self) -> int:
        """The number of the unknown symbol."""
        return len(self.characters)

    @property
    def symbols(self) -> str:
        """All characters and the unknown symbol, in the order of their numbers."""
        return self.characters + UNKNOWN_SYMBOL

    def encode(self, text: str) -> Tensor:
        """Return the number of each character: int64 (T,). ValueError for what is no text."""
        if not isinstance(text, str):
            raise ValueError(TEXT["text"].format(value=text))
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        return torch.from_numpy(self._table[np.minimum(points, len(self._table) - 1)])

    def decode(self, ids: Tensor) -> str:
        """Return the text of numbers (T,); ValueError for a number that stands for nothing."""
        ids = torch.as_tensor(ids)
        if ids.dim() != 1 or (ids.is_floating_point() and len(ids)):
            raise ValueError(TEXT["row"].format(value=ids))
        values = ids.tolist()
        for value in values:
            if not 0 <= value < len(self):
                raise ValueError(TEXT["ids"].format(last=len(self) - 1, value=value))
        return "".join(self.symbols[value] for value in values)

    def unknown_in(self, text: str) -> str:
        """Return the different characters of ``text`` that the vocabulary does not hold, sorted."""
        if not isinstance(text, str):
            raise ValueError(TEXT["text"].format(value=text))
        return "".join(sorted(set(text) - set(self.characters)))
