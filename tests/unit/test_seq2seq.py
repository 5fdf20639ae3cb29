"""The encoder and the decoder: equal to the steps written out, padding without effect, END."""

from dataclasses import asdict

import pytest
import torch

from utils.datasets.words import END, PAD, START
from utils.models.recurrent import GRU, LSTM, RNN
from utils.models.seq2seq import Decoder, Encoder, SequenceToSequence, TranslationSettings

SOURCE = torch.tensor([[5, 3, 4, 6], [4, 6, PAD, PAD], [3, 3, 7, PAD]])
LENGTHS = torch.tensor([4, 2, 3])
INPUTS = torch.tensor([[START, 5, 4], [START, 3, 3], [START, 6, 7]])


def model(cell="gru", **settings):
    return SequenceToSequence(TranslationSettings(8, 9, 5, 6, cell), seed=1, **settings)


def last_h(encoded):
    return encoded.last if isinstance(encoded.last, torch.Tensor) else encoded.last[0]


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_the_encoder_equals_our_own_recurrence_word_by_word(cell):
    encoder = model(cell).encoder.double()
    own = {"rnn": RNN, "gru": GRU, "lstm": LSTM}[cell].from_torch(encoder.recurrent)
    encoded = encoder(SOURCE, LENGTHS)
    for row, length in enumerate(LENGTHS.tolist()):
        states, _ = own(encoder.embedding(SOURCE[row : row + 1, :length]))
        torch.testing.assert_close(encoded.states[row, :length], states[0], atol=1e-6, rtol=0)
        torch.testing.assert_close(last_h(encoded)[0, row], states[0, -1], atol=1e-6, rtol=0)
        assert (encoded.states[row, length:] == 0).all()
    assert encoded.mask.sum(1).tolist() == LENGTHS.tolist()


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_teacher_forcing_equals_the_steps(cell):
    network = model(cell)
    encoded = network.encoder(SOURCE, LENGTHS)
    state, logits = network.decoder.begin(encoded), []
    for words in INPUTS.unbind(1):
        step, state = network.decoder.step(words, state, encoded)
        logits.append(step)
    forced = network(SOURCE, LENGTHS, INPUTS)
    torch.testing.assert_close(forced, torch.stack(logits, 1), atol=1e-6, rtol=0)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_greedy_decoding_is_the_same_one_by_one_and_stops_at_end(cell):
    network = model(cell)
    with torch.no_grad():  # an END that comes sooner or later, as the sources differ
        network.decoder.head.bias[END] += 0.25
    together = network.greedy(SOURCE, LENGTHS, limit=12)
    for row, length in enumerate(LENGTHS.tolist()):
        alone = network.greedy(SOURCE[row : row + 1, :length], limit=12)[0]
        assert together[row, : len(alone)].equal(alone)
        assert (together[row, len(alone) :] == PAD).all()
        ends = (alone == END).nonzero()
        assert len(ends) == 0 or ends[0, 0] == len(alone) - 1


def test_running_free_reads_its_own_answers():
    network = model()
    logits = network.run_free(SOURCE, LENGTHS, 5)
    own = torch.cat([torch.full((3, 1), START), logits.argmax(-1)[:, :-1]], dim=1)
    torch.testing.assert_close(logits, network(SOURCE, LENGTHS, own), atol=1e-6, rtol=0)


def test_encoder_and_decoder_have_weights_of_their_own_unless_asked():
    own, shared = model(), model(shared=True)
    assert not own.encoder.recurrent.weight_hh_l0.equal(own.decoder.recurrent.weight_hh_l0)
    assert shared.encoder.recurrent is shared.decoder.recurrent
    fewer = sum(p.numel() for p in own.parameters()) - sum(p.numel() for p in shared.parameters())
    assert fewer == sum(p.numel() for p in shared.encoder.recurrent.parameters())


def test_the_same_seed_gives_the_same_weights_and_leaves_torchs_generator_alone():
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    first, second = model(), model()
    assert torch.rand(3).equal(wanted)
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert a.equal(b)


def test_a_decoder_with_more_to_see_can_take_its_place():
    """What a later lecture needs: a decoder that looks at every state, not only at the last."""

    class MeanDecoder(Decoder):
        def step(self, words, state, encoded):
            logits, state = super().step(words, state, encoded)
            share = encoded.mask[..., None] / encoded.mask.sum(1)[:, None, None]
            return logits + self.head((share * encoded.states).sum(1)), state

    network = model(decoder=MeanDecoder)
    assert network.greedy(SOURCE, LENGTHS, limit=4).shape[0] == 3
    assert not network.run_free(SOURCE, LENGTHS, 3).equal(model().run_free(SOURCE, LENGTHS, 3))


def test_the_settings_come_back_as_plain_values():
    network = model("lstm")
    assert network.about() == asdict(TranslationSettings(8, 9, 5, 6, "lstm"))


@pytest.mark.parametrize("source", [torch.zeros(2, 0, dtype=torch.long), torch.tensor([3, 4])])
def test_an_empty_source_is_refused(source):
    with pytest.raises(ValueError, match=r"shape \(N, S\) with at least one word"):
        Encoder(TranslationSettings(8, 9))(source)


@pytest.mark.parametrize("length", [0, 5])
def test_a_length_that_cannot_be_is_refused(length):
    with pytest.raises(ValueError, match=f"from 1 to 4, not {length}"):
        model().encoder(SOURCE, torch.tensor([4, length, 2]))


def test_other_bad_values_are_refused():
    with pytest.raises(ValueError, match="at least 1 word, not 0"):
        model().greedy(SOURCE, LENGTHS, limit=0)
    with pytest.raises(ValueError, match=r"no cell 'cnn'. Choose one of: rnn, lstm, gru"):
        TranslationSettings(8, 9, cell="cnn")
    with pytest.raises(ValueError, match="hidden must be a whole number, at least 1, not 0"):
        TranslationSettings(8, 9, hidden=0)
