"""A trained sequence-to-sequence model with its two vocabularies, in memory and on disk."""

from dataclasses import asdict, dataclass
from pathlib import Path

from torch import Tensor

from utils.datasets.words import Pairs, Sentence, WordVocabulary
from utils.models.attention_seq2seq import AttentionSettings, new_translator
from utils.models.seq2seq import SequenceToSequence, TranslationSettings
from utils.models.transformer import Transformer, TransformerSettings
from utils.training.checkpoints import (
    FOLDER,
    CheckpointError,
    fit_weights,
    load_checkpoint,
    save_checkpoint,
)
from utils.training.checkpoints import TEXT as CHECKPOINT_TEXT
from utils.training.translation import LIMIT

KIND = "sequence-to-sequence model"
TEXT = {
    "longest": (
        "The sentence has {words} words; the longest one in training had {longest}. Write a "
        "shorter one."
    ),
}


@dataclass(frozen=True)
class Translator:
    """A model that takes words and gives words. longest: source words that it saw in training."""

    model: SequenceToSequence
    source_words: WordVocabulary
    target_words: WordVocabulary
    longest: int

    @classmethod
    def of(cls, model: SequenceToSequence, train: Pairs) -> "Translator":
        """Return the translator of a model that was trained on some pairs."""
        return cls(model, train.source_words, train.target_words, int(train.source_lengths.max()))

    def encode(self, sentence: Sentence) -> Tensor:
        """Return the number of each word (S,).

        Raises ValueError for an empty sentence, a word that the vocabulary does not hold, and a
        sentence longer than those of the training.
        """
        source = self.source_words.encode(sentence)
        if len(source) > self.longest:
            raise ValueError(TEXT["longest"].format(words=len(source), longest=self.longest))
        return source

    def __call__(self, sentence: Sentence) -> Sentence:
        """Return the translation of one sentence, greedily; ValueError as for `encode`."""
        source = self.encode(sentence)
        self.model.eval()
        answer = self.model.greedy(source[None], limit=LIMIT)[0]
        self.model.train()
        return self.target_words.decode(answer)


def save_translator(
    name: str,
    translator: Translator,
    about: dict | None = None,
    *,
    storage: str = "float16",
    folder: Path = FOLDER,
) -> Path:
    """Save a translator; see `save_checkpoint`."""
    record = {
        "model": asdict(translator.model.settings),
        "source_words": translator.source_words.words,
        "target_words": translator.target_words.words,
        "longest": translator.longest,
        **(about or {}),
    }
    weights = translator.model.state_dict()
    return save_checkpoint(name, KIND, weights, record, storage=storage, folder=folder)


def load_translator(name: str, *, folder: Path = FOLDER) -> tuple[Translator, dict]:
    """Return a saved translator and what its manifest says.

    Raises CheckpointError as `load_checkpoint` does.
    """
    checkpoint = load_checkpoint(name, KIND, folder=folder)
    about = checkpoint.about
    try:
        model = _new_model(about["model"])
        words = [WordVocabulary(tuple(about[f"{side}_words"])) for side in ("source", "target")]
        translator = Translator(model, *words, int(about["longest"]))
    except (KeyError, TypeError, ValueError):
        why = CHECKPOINT_TEXT["manifest"]
        raise CheckpointError(CHECKPOINT_TEXT["damaged"].format(name=name, why=why)) from None
    fit_weights(model, checkpoint)
    return translator, about


def _new_model(settings: dict) -> SequenceToSequence:
    """Return the model of some settings: a Transformer has heads, an attention RNN a score."""
    if "heads" in settings:
        return Transformer(TransformerSettings(**settings))
    kind = AttentionSettings if "score" in settings else TranslationSettings
    return new_translator(kind(**settings))
