"""The translator with attention: every step is the lecture's equations, and padding has no part."""

from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from utils.datasets.words import END, START, WordVocabulary, pairs_of
from utils.models.attention import additive_scores, attention_weights, dot_scores, scaled_scores
from utils.models.attention_seq2seq import (
    AttentionSettings,
    AttentionTranslator,
    new_translator,
)
from utils.models.seq2seq import SequenceToSequence, TranslationSettings
from utils.training.translators import Translator, load_translator, save_translator

SETTINGS = AttentionSettings(9, 8, 4, 6)
SCORES = ("dot", "scaled", "additive")


def made(**changed) -> AttentionTranslator:
    return AttentionTranslator(replace(SETTINGS, **changed), seed=1).double()


def batch() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    source = torch.randint(3, 9, (3, 5), generator=generator)
    lengths = torch.tensor([5, 2, 3])
    source[torch.arange(5) >= lengths[:, None]] = 0
    return source, lengths, torch.randint(3, 8, (3, 4), generator=generator)


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("score", SCORES)
def test_a_step_is_scores_weights_context_and_one_step_of_the_cell(cell, score):
    model = made(cell=cell, score=score)
    source, _, inputs = batch()
    encoded = model.encoder(source[:1])
    state = model.decoder.begin(encoded)
    hidden = state[0] if cell == "lstm" else state
    s, h = hidden[0, 0], encoded.states[0]  # (H,), (S, H)
    if score == "additive":
        own = model.decoder.score
        scores = additive_scores(s[None], h, own.Wq, own.Wk, own.v)
    else:
        scores = {"dot": dot_scores, "scaled": scaled_scores}[score](s[None], h)
    weights = torch.softmax(scores, dim=-1)
    context = (weights @ h)[0]
    word = model.decoder.embedding(inputs[:1, 0])
    own_state = (state[0][0], state[1][0]) if cell == "lstm" else state[0]
    new = model.decoder.recurrent(torch.cat([word, context[None]], 1), own_state)
    expected = model.decoder.head(new[0] if cell == "lstm" else new)
    logits, _ = model.decoder.step(inputs[:1, 0], state, encoded)
    assert_close(logits, expected)
    assert_close(model.decoder.look(state, encoded)[1], weights)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize("start", ["last", "learned"])
def test_reading_all_words_at_once_equals_step_after_step(cell, start):
    model = made(cell=cell, start=start)
    source, lengths, inputs = batch()
    encoded = model.encoder(source, lengths)
    state, rows = model.decoder.begin(encoded), []
    for words in inputs.unbind(1):
        logits, state = model.decoder.step(words, state, encoded)
        rows.append(logits)
    assert_close(model(source, lengths, inputs), torch.stack(rows, 1))


@pytest.mark.parametrize("score", SCORES)
def test_padding_gets_no_weight_and_changes_nothing(score):
    model = made(score=score)
    source, lengths, inputs = batch()
    weights = model.weights(source, lengths, inputs)
    assert_close(weights.sum(-1), torch.ones(3, 4, dtype=torch.float64))
    alone = model.weights(source[1:2, :2], None, inputs[1:2])
    assert (weights[1, :, 2:] == 0).all()
    assert_close(weights[1:2, :, :2], alone)
    full = model(source, lengths, inputs)[1:2]
    assert_close(full, model(source[1:2, :2], None, inputs[1:2]))


def test_with_a_learned_start_all_that_is_known_comes_through_attention():
    model = made(start="learned")
    source, _, inputs = batch()
    encoded = model.encoder(source[:1])
    blind = replace(encoded, states=torch.zeros_like(encoded.states))
    other = model.encoder(source[:1].flip(1))
    changed = replace(blind, last=other.last)
    assert_close(model.decoder(inputs[:1], blind), model.decoder(inputs[:1], changed))
    model = made(start="last")
    different = model.decoder(inputs[:1], blind) - model.decoder(inputs[:1], changed)
    assert different.abs().max() > 1e-4


def test_the_words_alone_train_the_scores():
    model = made(score="additive")
    source, lengths, inputs = batch()
    model(source, lengths, inputs).logsumexp(-1).sum().backward()
    for weight in model.parameters():
        assert weight.grad is not None and weight.grad.abs().max() > 0


def test_what_is_written_comes_with_its_weights():
    model = made()
    source = batch()[0][0]
    words, weights = model.translate(source, 7)
    assert words.tolist() == model.greedy(source[None], limit=7)[0].tolist()
    assert weights.shape == (len(words), 5)
    inputs = torch.tensor([[START, *words[:-1].tolist()]])
    assert_close(weights, model.weights(source[None], None, inputs)[0])
    assert END not in words[:-1].tolist()


def test_a_free_run_reads_its_own_words():
    model = made()
    source, lengths, _ = batch()
    free = model.run_free(source, lengths, 4)
    first = torch.full((3, 1), START)
    own = torch.cat([first, free.argmax(-1)[:, :-1]], dim=1)
    assert_close(free, model(source, lengths, own))


@pytest.mark.parametrize("changed", [{"score": "cosine"}, {"start": "zero"}])
def test_unknown_choices_are_refused_with_the_choices(changed):
    (name, value), choice = next(iter(changed.items())), {"score": "additive", "start": "learned"}
    with pytest.raises(ValueError, match=f"no {name} '{value}'.*{choice[name]}"):
        replace(SETTINGS, **changed)


def test_settings_decide_which_model_is_made():
    assert isinstance(new_translator(SETTINGS), AttentionTranslator)
    plain = new_translator(TranslationSettings(9, 8, 4, 6))
    assert type(plain) is SequenceToSequence


def test_it_is_saved_and_loaded_with_its_attention(tmp_path):
    words = WordVocabulary(tuple("abcdef"))
    pairs = pairs_of([("a", "b", "c")], [("d", "e")], words, words)
    model = AttentionTranslator(AttentionSettings(9, 9, 4, 6, score="additive"), seed=2)
    translator = Translator.of(model, pairs)
    save_translator("tiny", translator, storage="float32", folder=tmp_path)
    found, about = load_translator("tiny", folder=tmp_path)
    assert about["model"]["score"] == "additive"
    assert_close(
        found.model.weights(pairs.source, None, pairs.inputs),
        model.weights(pairs.source, None, pairs.inputs),
    )
    assert found(("a", "c")) == translator(("a", "c"))


def test_the_weights_are_those_of_the_courses_attention():
    model = made(score="scaled")
    source, lengths, _ = batch()
    encoded = model.encoder(source, lengths)
    state = model.decoder.begin(encoded)
    scores = scaled_scores(state.transpose(0, 1), encoded.states)
    expected = attention_weights(scores, encoded.mask[:, None])[:, 0]
    assert_close(model.decoder.look(state, encoded)[1], expected)
