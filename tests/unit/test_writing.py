"""Both ways through a decoder give the same logits, and only one of them grows with each word."""

import pytest
import torch

from utils.analysis.writing import (
    AT_ONCE,
    ONE_BY_ONE,
    compare_writing,
    look_back,
    step_by_step,
    tokens,
)
from utils.datasets.words import END, WordVocabulary
from utils.models.attention_seq2seq import AttentionSettings, AttentionTranslator
from utils.models.transformer import Transformer, TransformerSettings


def transformer():
    settings = TransformerSettings(vocabulary=24, target=22, width=16, heads=2, longest=40)
    return Transformer(settings).eval()


def test_both_ways_through_a_transformer_are_the_same():
    found = compare_writing(transformer(), [2, 32], repeats=5)
    assert found.differs < 1e-4
    assert found.milliseconds.shape == (2, 2)
    times = found.times()
    assert times[ONE_BY_ONE][1] > 4 * times[AT_ONCE][1]


def test_a_recurrent_translator_can_be_stepped_too():
    model = AttentionTranslator(AttentionSettings(24, 22, 8, 8)).eval()
    source, inputs = torch.randint(3, 20, (2, 3, 5))
    with torch.no_grad():
        expected = model(source, None, inputs)
    torch.testing.assert_close(step_by_step(model, source, inputs), expected)


def test_a_wrong_length_is_told_in_one_sentence():
    with pytest.raises(ValueError, match="at least 1, not 0"):
        compare_writing(transformer(), [0])
    for lengths, words in (([], 20), ([3], 2)):
        with pytest.raises(ValueError, match="at least one length and 4 words, not"):
            compare_writing(transformer(), lengths, words=words)


def test_each_head_of_each_layer_looks_at_the_whole_source():
    model, source = transformer(), torch.tensor([5, 9, 4])
    words, weights = look_back(model, source, limit=7)
    assert weights.shape == (2, 2, len(words), 3)
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 2, len(words)))
    inputs = torch.cat([torch.tensor([1]), words[:-1]])[None]
    _, found = model.decoder.look(inputs, model.encoder(source[None]))
    torch.testing.assert_close(weights[1], found[1][1][0])


def test_the_end_is_a_token_of_its_own():
    vocabulary = WordVocabulary(("one", "two"))
    ids = vocabulary.encode(("one", "two"))
    assert tokens(ids, vocabulary.decode) == ("one", "two")
    ended = torch.cat([ids, torch.tensor([END])])
    assert tokens(ended, vocabulary.decode) == ("one", "two", "END")
