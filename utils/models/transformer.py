"""The Transformer: attention and an MLP for each place, with residuals and layer norm (Lecture 13).

No recurrence: every place is worked out at once, and attention alone carries information from
place to place. A block is attention, then an MLP; each of the two is a sublayer with a residual
connection and a layer norm. `Encoder` reads, `Transformer` translates, `CharacterTransformer`
writes on. Letters: N batch, T places, S source words, E width, H heads, L layers, V vocabulary.

Sources: Vaswani et al., "Attention Is All You Need" (2017); Ba, Kiros and Hinton, "Layer
Normalization" (2016); Xiong et al., "On Layer Normalization in the Transformer Architecture"
(2020), for norms in front; Devlin et al., "BERT" (2019), and Radford et al., "Improving Language
Understanding by Generative Pre-Training" (2018), for an encoder or a decoder alone.
"""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from utils.models.attention import (
    MultiHeadAttention,
    Positions,
    Projection,
    causal_mask,
    check_heads,
    padding_mask,
)
from utils.models.seq2seq import Encoded, SequenceToSequence

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {"relu": F.relu, "gelu": F.gelu}
CHOICES = {
    "norm": ("pre", "post", "none"),
    "positions": ("sinusoidal", "learned", "none"),
    "activation": tuple(ACTIVATIONS),
}
TEXT = {
    "size": "{name} must be a whole number, at least 1, not {value!r}.",
    "choice": "There is no {name} {value!r}. Choose one of: {names}.",
    "dropout": "Dropout must lie from 0 up to, but not including, 1, not {value!r}.",
    "epsilon": "Epsilon must be a finite number, at least 0, not {value!r}.",
    "residual": "residual must be True or False, not {value!r}.",
    "ids": "The input needs the shape (N, T) with at least one place, not {shape}.",
    "numbers": "The input must be a tensor of whole numbers, one a token, not {given}.",
    "unknown": "The model knows the tokens 0 to {last}, not {value}.",
    "state": "The state is for {state} sequences, and the input has {given}.",
    "lengths": "Give one length for each of the {wanted} sequences, not {given}.",
    "target": "A translator needs the size of the target's vocabulary: give target=….",
    "layer": "Only a batch_first layer with ReLU or GELU and biases can be copied.",
}


@dataclass(frozen=True, kw_only=True)
class TransformerSettings:
    """What fixes the shape of a Transformer.

    vocabulary: tokens that it reads. target: tokens that a translator writes. width: E. hidden:
    width of the MLP's middle, 4E if not given. longest: places for which it has positions.
    norm: pre (x + work(norm(x))), post (norm(x + work(x))) or none. residual=False leaves "x +"
    out. epsilon: of the layer norms. embedding_norm: one more norm behind the positions, as in
    BERT. dropout: share of each sublayer's output that is set to 0 in training.
    """

    vocabulary: int
    target: int | None = None
    width: int = 128
    heads: int = 4
    layers: int = 2
    hidden: int | None = None
    longest: int = 512
    norm: str = "pre"
    residual: bool = True
    positions: str = "sinusoidal"
    activation: str = "gelu"
    dropout: float = 0.0
    epsilon: float = 1e-5
    embedding_norm: bool = False

    def __post_init__(self) -> None:
        sizes = ("vocabulary", "width", "heads", "layers", "longest")
        optional = [name for name in ("target", "hidden") if getattr(self, name) is not None]
        for name in (*sizes, *optional):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(TEXT["size"].format(name=name, value=value))
        check_heads(self.heads, self.width)
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                names = {"name": name, "value": getattr(self, name), "names": ", ".join(choices)}
                raise ValueError(TEXT["choice"].format(**names))
        if not isinstance(self.dropout, int | float) or not 0 <= self.dropout < 1:
            raise ValueError(TEXT["dropout"].format(value=self.dropout))
        if not isinstance(self.epsilon, int | float) or not 0 <= self.epsilon < math.inf:
            raise ValueError(TEXT["epsilon"].format(value=self.epsilon))
        if not isinstance(self.residual, bool):
            raise ValueError(TEXT["residual"].format(value=self.residual))

    @property
    def middle(self) -> int:
        """The width of the MLP's middle."""
        return self.hidden or 4 * self.width


# The parts of a block


def layer_norm(x: Tensor, gain: Tensor, shift: Tensor, epsilon: float = 1e-5) -> Tensor:
    """Return each vector of x (…, E) with mean 0 and variance 1, times gain (E,) plus shift (E,).

    Every place is normalised alone, over its own E numbers: the other places, and the other
    sentences of the batch, have no part in it. Equals `torch.nn.LayerNorm`, which the modules
    below use because it is one fused kernel.
    """
    mean = x.mean(dim=-1, keepdim=True)
    variance = (x - mean).square().mean(dim=-1, keepdim=True)
    return (x - mean) / (variance + epsilon).sqrt() * gain + shift


def feed_forward(x: Tensor, inner: Projection, outer: Projection, activation: str) -> Tensor:
    """Return an MLP of each vector (…, E): the same weights at every place, no look sideways."""
    return outer(ACTIVATIONS[activation](inner(x)))


class FeedForward(nn.Module):
    """The MLP of a block, around `feed_forward`."""

    def __init__(self, width: int, hidden: int, activation: str = "gelu") -> None:
        super().__init__()
        if activation not in ACTIVATIONS:
            names = {"name": "activation", "value": activation, "names": ", ".join(ACTIVATIONS)}
            raise ValueError(TEXT["choice"].format(**names))
        self.inner, self.outer = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        parts = [Projection(part.weight.T, part.bias) for part in (self.inner, self.outer)]
        return feed_forward(x, *parts, self.activation)


class Sublayer(nn.Module):
    """What stands around attention and around the MLP: ``after(x, work(before(x)))``.

    norm "pre": x + work(norm(x)); "post": norm(x + work(x)); "none": x + work(x). Without the
    residual connection "x +" is missing.
    """

    def __init__(self, settings: TransformerSettings) -> None:
        super().__init__()
        has_norm = settings.norm != "none"
        self.norm = nn.LayerNorm(settings.width, settings.epsilon) if has_norm else nn.Identity()
        self.dropout = nn.Dropout(settings.dropout)
        self.order, self.residual = settings.norm, settings.residual

    def before(self, x: Tensor) -> Tensor:
        """Return what the work gets to see."""
        return self.norm(x) if self.order == "pre" else x

    def after(self, x: Tensor, result: Tensor) -> Tensor:
        """Return the sublayer's output from its input and the result of the work."""
        result = self.dropout(result)
        x = x + result if self.residual else result
        return self.norm(x) if self.order == "post" else x


# Blocks

KeysValues = tuple[Tensor, Tensor]
Weights = Tensor | None


class EncoderBlock(nn.Module):
    """Self-attention, then an MLP; equals `torch.nn.TransformerEncoderLayer`.

    With a causal mask it is also the block of a decoder that stands alone. ``forward`` takes
    x (N, T, E) and a mask that fits (N, T, T), and returns x and, if asked for, the weights
    (N, H, T, T), else None.
    """

    def __init__(self, settings: TransformerSettings) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(settings.width, settings.heads)
        self.mlp = FeedForward(settings.width, settings.middle, settings.activation)
        self.around_attention, self.around_mlp = Sublayer(settings), Sublayer(settings)

    def forward(
        self, x: Tensor, mask: Tensor | None = None, *, need_weights: bool = False
    ) -> tuple[Tensor, Weights]:
        seen = self.around_attention.before(x)
        mixed, weights = self.attention(seen, mask=mask, need_weights=need_weights)
        x = self.around_attention.after(x, mixed)
        return self.around_mlp.after(x, self.mlp(self.around_mlp.before(x))), weights

    def load_torch(self, layer: nn.TransformerEncoderLayer) -> "EncoderBlock":
        """Copy the weights of PyTorch's layer of the same sizes."""
        check_copy(layer)
        self.attention = MultiHeadAttention.from_torch(layer.self_attn)
        _copy(self.mlp.inner, layer.linear1)
        _copy(self.mlp.outer, layer.linear2)
        _copy(self.around_attention.norm, layer.norm1)
        _copy(self.around_mlp.norm, layer.norm2)
        return self


class DecoderBlock(nn.Module):
    """Self-attention, cross-attention to an encoder, then an MLP.

    Equals `torch.nn.TransformerDecoderLayer`. ``forward`` takes x (N, T, E), memory (N, S, E), a
    mask that fits (N, T, T), causal in a decoder, and one that fits (N, T, S). It returns x and,
    if asked for, the weights of self- (N, H, T, T) and of cross-attention (N, H, T, S), else None.
    """

    def __init__(self, settings: TransformerSettings) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(settings.width, settings.heads)
        self.cross = MultiHeadAttention(settings.width, settings.heads)
        self.mlp = FeedForward(settings.width, settings.middle, settings.activation)
        self.around_attention, self.around_cross = Sublayer(settings), Sublayer(settings)
        self.around_mlp = Sublayer(settings)

    def forward(
        self,
        x: Tensor,
        memory: Tensor,
        mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        *,
        need_weights: bool = False,
    ) -> tuple[Tensor, tuple[Weights, Weights]]:
        seen = self.around_attention.before(x)
        mixed, own = self.attention(seen, mask=mask, need_weights=need_weights)
        x = self.around_attention.after(x, mixed)
        seen = self.around_cross.before(x)
        mixed, crossed = self.cross(seen, memory, memory_mask, need_weights=need_weights)
        x = self.around_cross.after(x, mixed)
        return self.around_mlp.after(x, self.mlp(self.around_mlp.before(x))), (own, crossed)

    def step(
        self, x: Tensor, past: KeysValues, memory: KeysValues, memory_mask: Tensor | None
    ) -> tuple[Tensor, KeysValues]:
        """Return the same for one new place (N, 1, E), from the keys and values of the others.

        past: of the places before (N, H, t, E/H); memory: of the encoder. Also returns the past
        for the next step. Nothing is worked out twice.
        """
        seen = self.around_attention.before(x)
        new = self.attention.keys_and_values(seen)
        past = tuple(torch.cat(parts, dim=-2) for parts in zip(past, new, strict=True))
        x = self.around_attention.after(x, self.attention.look(seen, *past))
        seen = self.around_cross.before(x)
        x = self.around_cross.after(x, self.cross.look(seen, *memory, memory_mask))
        return self.around_mlp.after(x, self.mlp(self.around_mlp.before(x))), past

    def load_torch(self, layer: nn.TransformerDecoderLayer) -> "DecoderBlock":
        """Copy the weights of PyTorch's layer of the same sizes."""
        check_copy(layer)
        self.attention = MultiHeadAttention.from_torch(layer.self_attn)
        self.cross = MultiHeadAttention.from_torch(layer.multihead_attn)
        _copy(self.mlp.inner, layer.linear1)
        _copy(self.mlp.outer, layer.linear2)
        _copy(self.around_attention.norm, layer.norm1)
        _copy(self.around_cross.norm, layer.norm2)
        _copy(self.around_mlp.norm, layer.norm3)
        return self


def check_copy(layer: nn.Module) -> None:
    """Raise ValueError for a PyTorch layer with options that the course does not use."""
    plain = layer.self_attn.batch_first and layer.linear1.bias is not None
    if not plain or layer.activation not in ACTIVATIONS.values():
        raise ValueError(TEXT["layer"])


def _copy(own: nn.Module, theirs: nn.Module) -> None:
    own.to(theirs.weight).load_state_dict(theirs.state_dict())


# Whole models


class Embed(nn.Module):
    """Ids (N, T) -> vectors (N, T, E): the token's embedding plus its position."""

    def __init__(self, vocabulary: int, settings: TransformerSettings) -> None:
        super().__init__()
        self.longest = settings.longest
        self.tokens = nn.Embedding(vocabulary, settings.width)
        sizes = (settings.longest, settings.width)
        known = settings.positions != "none"
        self.positions = Positions(*sizes, settings.positions) if known else None
        norm = nn.LayerNorm(settings.width, settings.epsilon)
        self.norm = norm if settings.embedding_norm else nn.Identity()
        self.dropout = nn.Dropout(settings.dropout)

    def forward(self, ids: Tensor, start: int = 0) -> Tensor:
        check_ids(ids)
        try:
            x = self.tokens(ids)
        except IndexError:  # asked only then: a look at all ids costs time at every step
            wrong = ids[(ids < 0) | (ids >= self.tokens.num_embeddings)][0]
            values = {"last": self.tokens.num_embeddings - 1, "value": int(wrong)}
            raise ValueError(TEXT["unknown"].format(**values)) from None
        x = x if self.positions is None else self.positions(x, start)
        return self.dropout(self.norm(x))


def check_ids(ids: Tensor) -> None:
    """Raise TypeError or ValueError unless ids are whole numbers (N, T) with at least one place."""
    if not isinstance(ids, Tensor) or ids.dtype not in (torch.int32, torch.int64):
        given = ids.dtype if isinstance(ids, Tensor) else type(ids).__name__
        raise TypeError(TEXT["numbers"].format(given=given))
    if ids.dim() != 2 or ids.shape[1] == 0:
        raise ValueError(TEXT["ids"].format(shape=tuple(ids.shape)))


def run_blocks(
    blocks: nn.ModuleList, x: Tensor, mask: Tensor | None, *, need_weights: bool = False
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Return the output of encoder blocks (N, T, E) and the weights of each, if asked for."""
    found = []
    for block in blocks:
        x, weights = block(x, mask, need_weights=need_weights)
        found.append(weights)
    return x, tuple(found) if need_weights else ()


@dataclass(frozen=True)
class Read(Encoded):
    """What an encoder found: the states (N, S, E), the mask (N, S), and, if asked for, weights.

    weights: L of (N, H, S, S). A Transformer has no last state: ``last`` is empty.
    """

    weights: tuple[Tensor, ...] = ()


class Encoder(nn.Module):
    """Ids (N, S) -> `Read`: embedding, positions, L encoder blocks."""

    def __init__(self, settings: TransformerSettings) -> None:
        super().__init__()
        self.settings = settings
        self.embed = Embed(settings.vocabulary, settings)
        self.blocks = nn.ModuleList(EncoderBlock(settings) for _ in range(settings.layers))
        self.norm = last_norm(settings)

    def forward(
        self, ids: Tensor, lengths: Tensor | None = None, *, need_weights: bool = False
    ) -> Read:
        """Read N sequences, each up to its length (N,); without lengths all are S long.

        ValueError for an empty input, one longer than the positions, a length outside 0..S.
        """
        x = self.embed(ids)
        mask = None if lengths is None else _checked_padding(ids, lengths)
        x, weights = run_blocks(self.blocks, x, mask, need_weights=need_weights)
        real = torch.ones_like(ids, dtype=torch.bool) if mask is None else mask[:, 0]
        return Read(self.norm(x), real, x.new_zeros(0, len(ids)), weights)


def last_norm(settings: TransformerSettings) -> nn.Module:
    """Return the norm behind the last block: with norms in front, its output has none yet."""
    pre = settings.norm == "pre"
    return nn.LayerNorm(settings.width, settings.epsilon) if pre else nn.Identity()


def _checked_padding(ids: Tensor, lengths: Tensor) -> Tensor:
    if isinstance(lengths, Tensor) and lengths.dim() and len(lengths) != len(ids):
        raise ValueError(TEXT["lengths"].format(wanted=len(ids), given=len(lengths)))
    own = lengths.to(ids.device) if isinstance(lengths, Tensor) else lengths
    return padding_mask(own, ids.shape[1])


class TransformerDecoder(nn.Module):
    """`Read` -> target words: L decoder blocks, then a linear layer.

    It has the methods of `utils.models.seq2seq.Decoder`. Its state is what was worked out so far:
    keys and values of the target (L, N, H, t, E/H) and of the source (L, N, H, S, E/H).
    """

    def __init__(self, settings: TransformerSettings) -> None:
        super().__init__()
        self.heads, self.each = settings.heads, settings.width // settings.heads
        self.embed = Embed(settings.target, settings)
        self.blocks = nn.ModuleList(DecoderBlock(settings) for _ in range(settings.layers))
        self.norm = last_norm(settings)
        self.head = nn.Linear(settings.width, settings.target)

    def begin(self, encoded: Encoded) -> tuple[Tensor, ...]:
        """Return the state before the first word: keys and values of the source only."""
        memory = [block.cross.keys_and_values(encoded.states) for block in self.blocks]
        sizes = (len(self.blocks), len(encoded.states), self.heads, 0, self.each)
        nothing = encoded.states.new_zeros(sizes)
        return nothing, nothing, *(torch.stack(part) for part in zip(*memory, strict=True))

    def step(
        self, words: Tensor, state: tuple[Tensor, ...], encoded: Encoded
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return the logits of the next word (N, V) and the state, after reading words (N,)."""
        keys, values, *memory = state
        x, pasts = self.embed(words[:, None], start=keys.shape[-2]), []  # (N, 1, E)
        mask = encoded.mask[:, None]
        for block, *past, k, v in zip(self.blocks, keys, values, *memory, strict=True):
            x, past = block.step(x, past, (k, v), mask)
            pasts.append(past)
        keys, values = (torch.stack(part) for part in zip(*pasts, strict=True))
        return self.head(self.norm(x[:, 0])), (keys, values, *memory)

    def forward(self, inputs: Tensor, encoded: Encoded) -> Tensor:
        """Return the logits (N, T, V) after each of the given words (N, T), all at once."""
        return self.look(inputs, encoded, need_weights=False)[0]

    def look(
        self, inputs: Tensor, encoded: Encoded, *, need_weights: bool = True
    ) -> tuple[Tensor, tuple[tuple[Weights, Weights], ...]]:
        """Return the logits (N, T, V), and each layer's weights: (of self-, of cross-attention)."""
        x, found = self.embed(inputs), []
        masks = causal_mask(inputs.shape[1], inputs.device), encoded.mask[:, None]
        for block in self.blocks:
            x, weights = block(x, encoded.states, *masks, need_weights=need_weights)
            found.append(weights)
        return self.head(self.norm(x)), tuple(found)


class Transformer(SequenceToSequence):
    """An encoder and a decoder for translation, without recurrence. ``seed`` fixes the weights.

    It is trained and asked like every `SequenceToSequence`: `forward` with the true words,
    `greedy` to write freely.
    """

    def __init__(self, settings: TransformerSettings, *, seed: int = 0) -> None:
        nn.Module.__init__(self)
        if settings.target is None:
            raise ValueError(TEXT["target"])
        self.settings = settings
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.encoder = Encoder(settings)
            self.decoder = TransformerDecoder(settings)


class CharacterTransformer(nn.Module):
    """Characters (N, T) -> logits of the next character (N, T, V): a decoder alone.

    It takes the place of `utils.models.language.CharacterModel`. Its state is simply the last
    characters that it read: with them in front, new characters are read on, and no place ever
    sees more than ``settings.longest`` characters, itself included. ``seed`` fixes the weights.
    """

    def __init__(self, settings: TransformerSettings, *, seed: int = 0) -> None:
        super().__init__()
        self.settings = settings
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.embed = Embed(settings.vocabulary, settings)
            self.blocks = nn.ModuleList(EncoderBlock(settings) for _ in range(settings.layers))
            self.norm = last_norm(settings)
            self.head = nn.Linear(settings.width, settings.vocabulary)

    def forward(self, ids: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the logits (N, T, V) and the characters to remember (N, at most longest - 1).

        ids (N, T) int64. ValueError for an empty input or one longer than the positions.
        """
        check_ids(ids)
        if state is not None and len(state) != len(ids):
            raise ValueError(TEXT["state"].format(state=len(state), given=len(ids)))
        read = ids if state is None else torch.cat([state, ids], dim=1)
        read = read[:, -max(self.settings.longest, ids.shape[-1]) :]
        logits, _ = self.look(read, need_weights=False)
        return logits[:, -ids.shape[1] :], read[
            :, max(0, read.shape[1] + 1 - self.settings.longest) :
        ]

    def look(self, ids: Tensor, *, need_weights: bool = True) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return the logits (N, T, V), and of each layer the weights (N, H, T, T)."""
        x = self.embed(ids)
        mask = causal_mask(ids.shape[1], ids.device)
        x, weights = run_blocks(self.blocks, x, mask, need_weights=need_weights)
        return self.head(self.norm(x)), weights

    def about(self) -> dict:
        """Return the settings as plain values, from which the same model can be made again."""
        return asdict(self.settings)
