"""The Transformer against the recurrent networks, on translation and on code (Lecture 13).

Each kind is one `Racer`: a model of nearly the same size, trained with the settings that did best
on validation data in short trials. `translators` gives the attention RNN and the Transformer,
`writers` the LSTM and the character Transformer; `utils.training.race.race` lets them run.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from utils.datasets.characters import Vocabulary
from utils.datasets.words import Pairs
from utils.models.attention_seq2seq import AttentionSettings, AttentionTranslator
from utils.models.language import CharacterModel, LanguageSettings
from utils.models.seq2seq import SequenceToSequence
from utils.models.transformer import CharacterTransformer, Transformer, TransformerSettings
from utils.training.language_model import TruncatedBackpropagation, bits, language_loss
from utils.training.race import Racer
from utils.training.translation import exact_matches, length_batches, update

RNN, LSTM, TRANSFORMER = "attention RNN", "LSTM", "Transformer"
LONGEST = 64  # words that a translator has positions for: `LIMIT` words may be written
WINDOW = 64  # characters that the character Transformer sees
STREAMS = 8
LSTM_RATE, WRITER_RATE = 6e-3, 3e-3  # of 1e-3 to 8e-3, in trials of 15 seconds


class TranslationRun:
    """A translator in training; its score is the share of validation sentences that are exact."""

    def __init__(
        self, model: SequenceToSequence, train: Pairs, validation: Pairs, seed: int = 0
    ) -> None:
        self.model, self.train, self.validation = model, train, validation
        self.optimizer = torch.optim.Adam(model.parameters(), lr=0.0)
        self.batches = length_batches(train.source_lengths, 64, seed)

    def update(self, rate: float) -> float:
        """Do one step on the next batch; return the loss before it, in nats a word."""
        return update(self.model, self.optimizer, rate, self.train[next(self.batches)])

    def measure(self) -> float:
        """Return the share of validation sentences that are right in every word."""
        return float(exact_matches(self.model, self.validation).mean())


class CharacterRun:
    """A character model in training; its score is the validation loss in bits a character.

    ``window`` None: a recurrent network, which carries its state from chunk to chunk. Else a
    Transformer that sees so many characters; in measuring, at least half of them come before.
    """

    def __init__(
        self,
        model: nn.Module,
        train: Tensor,
        validation: Tensor,
        seed: int = 0,
        window: int | None = None,
    ) -> None:
        self.model, self.validation, self.window = model, validation, window
        self.training = TruncatedBackpropagation(
            model, train, streams=STREAMS, chunk=WINDOW, carry=window is None, seed=seed
        )

    def update(self, rate: float) -> float:
        """Do one step on the next chunk; return the loss before it, in nats a character."""
        return self.training.update(rate)[0]

    def measure(self) -> float:
        """Return the validation loss in bits a character."""
        return bits_a_character(self.model, self.validation)


def bits_a_character(model: nn.Module, ids: Tensor) -> float:
    """Return the loss of a character model on a text (C,), in bits a character.

    A Transformer reads half a window at a time, so that every character has at least the other
    half of the window, or all that there is, in front of it.
    """
    window = getattr(model.settings, "longest", 2 * 256)
    return bits(language_loss(model, ids, streams=16, chunk=window // 2))


def transformer_translator(train: Pairs, seed: int = 0, **changed: object) -> Transformer:
    """Return the Transformer of this lecture for some pairs; ``changed`` replaces settings."""
    sizes = {"vocabulary": len(train.source_words), "target": len(train.target_words)}
    own = {"width": 64, "hidden": 128, "heads": 4, "layers": 2, "longest": LONGEST}
    return Transformer(TransformerSettings(**sizes | own | changed), seed=seed)


def begin_translation(
    make: Callable[[Pairs, int], SequenceToSequence], train: Pairs, validation: Pairs
) -> Callable[[int], TranslationRun]:
    """Return the function that begins a run of a translator with a seed."""
    return lambda seed: TranslationRun(make(train, seed), train, validation, seed)


def transformer_writer(
    vocabulary: Vocabulary, seed: int = 0, **changed: object
) -> CharacterTransformer:
    """Return the character Transformer of this lecture."""
    own = {"width": 96, "layers": 3, "heads": 4, "longest": WINDOW, "norm": "post"}
    settings = TransformerSettings(vocabulary=len(vocabulary), **own | changed)
    return CharacterTransformer(settings, seed=seed)


def lstm_writer(vocabulary: Vocabulary, seed: int = 0) -> CharacterModel:
    """Return the LSTM with nearly as many parameters."""
    return CharacterModel(LanguageSettings(len(vocabulary), 64, 256), seed=seed)


def translators(train: Pairs, validation: Pairs, steps: tuple[int, int]) -> tuple[Racer, Racer]:
    """Return the racers attention RNN and Transformer, of one size, with their updates.

    The RNN has the cell, score and learning rate that did best in lecture attention/02.
    """
    kinds = ((RNN, rnn_translator, 5e-3), (TRANSFORMER, transformer_translator, 3e-3))
    return tuple(
        Racer(name, begin_translation(make, train, validation), rate, own)
        for (name, make, rate), own in zip(kinds, steps, strict=True)
    )


def rnn_translator(train: Pairs, seed: int = 0) -> SequenceToSequence:
    """Return the attention RNN with nearly as many parameters as `transformer_translator`."""
    sizes = (len(train.source_words), len(train.target_words))
    own = {"embedding": 48, "hidden": 120, "cell": "gru", "score": "scaled", "start": "learned"}
    return AttentionTranslator(AttentionSettings(*sizes, **own), seed=seed)


def writers(
    vocabulary: Vocabulary, train: Tensor, validation: Tensor, steps: tuple[int, int]
) -> tuple[Racer, Racer]:
    """Return the racers LSTM and character Transformer, of one size, with their updates."""

    def begin(make: Callable, window: int | None) -> Callable[[int], CharacterRun]:
        return lambda seed: CharacterRun(make(vocabulary, seed), train, validation, seed, window)

    kinds = (
        (LSTM, lstm_writer, None, LSTM_RATE),
        (TRANSFORMER, transformer_writer, WINDOW, WRITER_RATE),
    )
    return tuple(
        Racer(name, begin(make, window), rate, own)
        for (name, make, window, rate), own in zip(kinds, steps, strict=True)
    )
