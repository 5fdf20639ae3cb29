"""The probe finds what a state holds plainly, and nothing that it does not hold."""

from types import SimpleNamespace

import pytest
import torch
from torch.nn.functional import one_hot

from utils.analysis.remembered import remembered
from utils.datasets.words import WordVocabulary, pairs_of
from utils.models.seq2seq import Encoded

WORDS = WordVocabulary(tuple("abcd"))
SIZE = len(WORDS)


class LastTwo:
    """An encoder whose state holds the last two words as one-hot rows, and nothing older."""

    def encoder(self, source, lengths):
        hot = one_hot(source, SIZE).float()
        before = torch.nn.functional.pad(hot, (0, 0, 1, 0))[:, :-1]
        states = torch.cat([hot, before], dim=-1)  # (N, S, 2V)
        last = states[torch.arange(len(source)), lengths - 1][None]
        return Encoded(states, source > 0, last)


def drawn(count: int, seed: int):
    generator = torch.Generator().manual_seed(seed)
    sentences = []
    for _ in range(count):
        length = int(torch.randint(4, 7, (), generator=generator))
        picked = torch.randint(4, (length,), generator=generator)
        sentences.append(tuple("abcd"[i] for i in picked.tolist()))
    return pairs_of(sentences, sentences, WORDS, WORDS)


@pytest.fixture(scope="module")
def parts():
    return drawn(600, 0), drawn(200, 1), drawn(400, 2)


def test_the_last_two_words_are_named_and_older_ones_only_guessed(parts):
    found = remembered(LastTwo(), parts, words=4)
    assert found.ago.tolist() == [3, 2, 1, 0]
    assert found.last[2:].min() == 1 and found.own.min() == 1
    assert found.last[:2].max() < 0.4
    assert abs(found.guess - 0.25).max() < 0.1
    assert found.sentences == 400


def test_a_cell_state_is_part_of_what_is_handed_over(parts):
    class WithCell(LastTwo):
        def encoder(self, source, lengths):
            encoded = super().encoder(source, lengths)
            rows = torch.arange(len(source))
            third = one_hot(source[rows, lengths - 3], SIZE).float()[None]
            return SimpleNamespace(states=encoded.states, last=(encoded.last, third))

    found = remembered(WithCell(), parts, words=4)
    assert found.last[1:].min() == 1 and found.last[0] < 0.4


def test_too_few_and_too_many_words_are_refused(parts):
    with pytest.raises(ValueError, match="at least 1 word, not 0"):
        remembered(LastTwo(), parts, words=0)
    with pytest.raises(ValueError, match="at least 1 word, not None"):
        remembered(LastTwo(), parts, words=None)
    with pytest.raises(ValueError, match="No sentence has 9 words"):
        remembered(LastTwo(), parts, words=9)
