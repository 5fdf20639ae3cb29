"""Words as whole numbers, and pairs of sentences that mean the same (Lecture 12).

A sentence is a tuple of words. The first three numbers of every vocabulary are PAD (fills up a
shorter sentence), START (the decoder's first input) and END (its last output).
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

PAD, START, END = 0, 1, 2
MARKS = ("PAD", "START", "END")
NO_SOURCE = -1  # in an alignment: this target token comes from no source token
TEXT = {
    "repeated": "A vocabulary holds each word once; {value!r} is there twice.",
    "word": "The vocabulary does not hold the word {value!r}. {other}",
    "near": "Did you mean {words}?",
    "some": "It holds, for instance: {words}.",
    "sentence": "A sentence is a tuple or list of words, not {value!r}. Split a text: "
    '"twenty one".split().',
    "empty": "The sentence is empty. Write at least one word.",
    "ids": "A word's number lies in 0..{last}, not {value}.",
    "pairs": "Give as many source sentences as target sentences, not {source} and {target}.",
    "none": "Give at least one pair of sentences.",
    "aligned": "An alignment needs one source position for each word of its target sentence.",
}

Sentence = tuple[str, ...]


@dataclass(frozen=True)
class WordVocabulary:
    """A fixed list of words. A word's number is its place after the three marks."""

    words: tuple[str, ...]

    def __post_init__(self) -> None:
        seen: set[str] = set(MARKS)
        for word in self.words:
            if word in seen:
                raise ValueError(TEXT["repeated"].format(value=word))
            seen.add(word)

    @classmethod
    def of(cls, sentences: Iterable[Sequence[str]]) -> "WordVocabulary":
        """Return the vocabulary of all words of some sentences, in alphabetical order."""
        return cls(tuple(sorted({word for sentence in sentences for word in sentence})))

    def __len__(self) -> int:
        return len(MARKS) + len(self.words)

    @property
    def tokens(self) -> tuple[str, ...]:
        """The marks and the words, in the order of their numbers."""
        return MARKS + self.words

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.words, len(MARKS))}

    def encode(self, sentence: Sequence[str]) -> Tensor:
        """Return the number of each word: int64 (T,).

        ValueError for no word, an unknown one, and what is no sentence.
        """
        if sentence != "" and not isinstance(sentence, tuple | list):
            raise ValueError(TEXT["sentence"].format(value=sentence))
        if not len(sentence):
            raise ValueError(TEXT["empty"])
        if not all(isinstance(word, str) for word in sentence):
            raise ValueError(TEXT["sentence"].format(value=sentence))
        if unknown := [word for word in sentence if word not in self._numbers]:
            raise ValueError(self._unknown(unknown[0]))
        return torch.tensor([self._numbers[word] for word in sentence])

    def _unknown(self, word: str) -> str:
        """Return the sentence that names an unknown word and words that are near it, or some."""
        if near := difflib.get_close_matches(word, self.words, n=2):
            other = TEXT["near"].format(words=" or ".join(near))
        else:
            some = self.words[:: max(1, len(self.words) // 6)][:6]
            other = TEXT["some"].format(words=", ".join(some))
        return TEXT["word"].format(value=word, other=other)

    def decode(self, ids: Tensor) -> Sentence:
        """Return the words of numbers (T,), up to END, without START and PAD.

        ValueError for a number that stands for nothing.
        """
        words = []
        for value in ids.tolist():
            if not 0 <= value < len(self):
                raise ValueError(TEXT["ids"].format(last=len(self) - 1, value=value))
            if value == END:
                break
            if value not in (PAD, START):
                words.append(self.tokens[value])
        return tuple(words)


@dataclass(frozen=True)
class Pairs:
    """N pairs of sentences as numbers.

    source (N, S): words, then PAD. target (N, T): START, words, END, then PAD. The lengths (N,)
    count words only. alignment (N, T): for each target token the source position that it comes
    from, NO_SOURCE for the marks; None where the data does not know it.
    """

    source: Tensor
    target: Tensor
    source_lengths: Tensor
    target_lengths: Tensor
    source_words: WordVocabulary
    target_words: WordVocabulary
    alignment: Tensor | None = None

    def __len__(self) -> int:
        return len(self.source)

    @property
    def inputs(self) -> Tensor:
        """What the decoder reads in teacher forcing (N, T-1): START first, the last left out."""
        return self.target[:, :-1]

    @property
    def outputs(self) -> Tensor:
        """What it must answer (N, T-1): the same sentences, one place further on, with END."""
        return self.target[:, 1:]

    def __getitem__(self, rows: Tensor | slice) -> "Pairs":
        """Return some of the pairs, cut to the longest sentence among them."""
        longest = int(self.source_lengths[rows].max()), int(self.target_lengths[rows].max()) + 2
        alignment = None if self.alignment is None else self.alignment[rows, : longest[1]]
        return replace(
            self,
            source=self.source[rows, : longest[0]],
            target=self.target[rows, : longest[1]],
            source_lengths=self.source_lengths[rows],
            target_lengths=self.target_lengths[rows],
            alignment=alignment,
        )

    def sentences(self, row: int) -> tuple[Sentence, Sentence]:
        """Return the source and the target sentence of one pair."""
        return self.source_words.decode(self.source[row]), self.target_words.decode(
            self.target[row]
        )


def pairs_of(
    source: Sequence[Sentence],
    target: Sequence[Sentence],
    source_words: WordVocabulary,
    target_words: WordVocabulary,
    alignment: Sequence[Sequence[int]] | None = None,
) -> Pairs:
    """Return sentences as `Pairs`; ``alignment`` gives a source position for each target word.

    Raises ValueError for lists of different lengths, no pairs, or an unknown word.
    """
    if len(source) != len(target):
        raise ValueError(TEXT["pairs"].format(source=len(source), target=len(target)))
    if not source:
        raise ValueError(TEXT["none"])
    marked = [torch.tensor([START, *target_words.encode(s).tolist(), END]) for s in target]
    if alignment is not None:
        if [len(places) for places in alignment] != [len(s) for s in target]:
            raise ValueError(TEXT["aligned"])
        alignment = _padded([torch.tensor([-1, *places, -1]) for places in alignment], NO_SOURCE)
    return Pairs(
        _padded([source_words.encode(s) for s in source]),
        _padded(marked),
        torch.tensor([len(s) for s in source]),
        torch.tensor([len(s) for s in target]),
        source_words,
        target_words,
        alignment,
    )


def _padded(rows: list[Tensor], value: int = PAD) -> Tensor:
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
