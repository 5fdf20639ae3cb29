"""Attention, written out: compare queries with keys, mix the values by the softmax of the scores.

The functions are pure: they keep the dtype, can be differentiated, and have no state of their
own. Each equals its PyTorch counterpart. Letters: N batch, Q queries, K keys (and values), D width
of a query and a key, V width of a value, E width of a model, H heads, T places. Dots in front of
a shape stand for any batch dimensions. A mask is a tensor of bool, and **True = may attend**.

Sources: Bahdanau, Cho and Bengio, "Neural Machine Translation by Jointly Learning to Align and
Translate" (2015), for additive scores; Luong, Pham and Manning, "Effective Approaches to
Attention-based Neural Machine Translation" (2015), for the dot product; Vaswani et al.,
"Attention Is All You Need" (2017), for the rest.
"""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

TEXT = {
    "mask_type": (
        "A mask is a tensor of True and False (dtype torch.bool; True = may attend), not {given}."
    ),
    "mask_shape": (
        "The mask needs a shape that fits (…, Q, K) = {wanted}, one row for each query and one "
        "column for each key, not {given}."
    ),
    "width": "Queries and keys need the same width, not {query} and {key}.",
    "keys": "There must be one value for each key, not {values} values for {keys} keys.",
    "heads": "{heads} heads do not divide a width of {width}. Choose one of: {choices}.",
    "positions": (
        "The sequence has {length} places, but the model knows only {longest} positions. "
        "Shorten it, or make the model with more positions."
    ),
    "even": "Sinusoidal positions need an even width of at least 2, not {width!r}.",
    "size": "{name} must be a whole number, at least 1, not {value!r}.",
    "lengths": "Each length must lie from 0 to {longest}, not {value}.",
    "vectors": (
        "{name} must be a tensor of floating-point numbers with the shape (…, places, width) and "
        "a width of at least 1, not {given}."
    ),
    "dtypes": "Queries, keys and values need the same dtype, not {dtypes}.",
    "batches": "The batches of queries and keys or values do not fit: {one} and {other}.",
    "scale": "The scale must be a finite number, not {value!r}.",
    "additive": (
        "Wq (D, A), Wk (C, A) and v (A,) must fit queries of {query} and keys of {key} numbers; "
        "their shapes are {given}."
    ),
    "number_of_places": (
        "Lengths must be a tensor of whole numbers with the shape (N,), not {given}."
    ),
    "projection": "This attention reads {width} numbers a place as {dtype}, not {given}.",
    "kind": "There is no kind of positions {value!r}. Choose one of: sinusoidal, learned.",
    "base": "The base must be a finite number above 0, not {value!r}.",
    "start": "The first position must be a whole number, at least 0, not {value!r}.",
    "position_width": (
        "The positions are for vectors of {width} numbers, not for the shape {given}."
    ),
    "option": "Only a plain nn.MultiheadAttention can be copied: {option} is not supported.",
}


def _check_vectors(**vectors: Tensor) -> None:
    """Raise TypeError or ValueError unless all are vectors (…, places, width) of one dtype."""
    for name, x in vectors.items():
        if not isinstance(x, Tensor):
            raise TypeError(TEXT["vectors"].format(name=name, given=type(x).__name__))
        if x.dim() < 2 or x.shape[-1] < 1 or not x.is_floating_point():
            given = f"{tuple(x.shape)} of {x.dtype}"
            raise ValueError(TEXT["vectors"].format(name=name, given=given))
    dtypes = [x.dtype for x in vectors.values()]
    if len(set(dtypes)) > 1:
        raise ValueError(TEXT["dtypes"].format(dtypes=", ".join(map(str, dtypes))))


def _joint_batch(one: torch.Size, other: torch.Size) -> torch.Size:
    """Return the batch dimensions of both together; ValueError if they do not fit."""
    if one == other:
        return one
    try:
        return torch.broadcast_shapes(one, other)
    except RuntimeError:
        shapes = {"one": tuple(one), "other": tuple(other)}
        raise ValueError(TEXT["batches"].format(**shapes)) from None


# Scores: how well does each key fit each query?


def dot_scores(query: Tensor, key: Tensor) -> Tensor:
    """Return the dot product of each query with each key (…, Q, K), after Luong et al. (2015).

    query (…, Q, D), key (…, K, D).
    """
    _check_pairs(query, key)
    return query @ key.transpose(-2, -1)


def _check_pairs(query: Tensor, key: Tensor) -> None:
    """Raise TypeError or ValueError unless each query can be compared with each key."""
    _check_vectors(query=query, key=key)
    if query.shape[-1] != key.shape[-1]:
        raise ValueError(TEXT["width"].format(query=query.shape[-1], key=key.shape[-1]))
    _joint_batch(query.shape[:-2], key.shape[:-2])


def scaled_scores(query: Tensor, key: Tensor, scale: float | None = None) -> Tensor:
    """Return the dot products times ``scale`` (…, Q, K); the default is 1/√D.

    With D independent entries of variance 1 a dot product has the variance D; the scale makes it
    1 again, so that the softmax does not saturate (Vaswani et al., 2017).
    """
    _check_pairs(query, key)
    _check_scale(scale)
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    return query * scale @ key.transpose(-2, -1)


def _check_scale(scale: float | None) -> None:
    """Raise ValueError for a scale that is no finite number."""
    if scale is not None and (not isinstance(scale, int | float) or not math.isfinite(scale)):
        raise ValueError(TEXT["scale"].format(value=scale))


def additive_scores(query: Tensor, key: Tensor, Wq: Tensor, Wk: Tensor, v: Tensor) -> Tensor:
    """Return tanh(query Wq + key Wk) v (…, Q, K): a small network as the score.

    query (…, Q, D), key (…, K, C), Wq (D, A), Wk (C, A), v (A,). From Bahdanau et al. (2015).
    """
    _check_vectors(query=query, key=key)
    _joint_batch(query.shape[:-2], key.shape[:-2])
    shapes = [tuple(part.shape) for part in (Wq, Wk, v)]
    if shapes != [(query.shape[-1], len(v)), (key.shape[-1], len(v)), (len(v),)]:
        values = {"query": query.shape[-1], "key": key.shape[-1], "given": shapes}
        raise ValueError(TEXT["additive"].format(**values))
    both = (query @ Wq).unsqueeze(-2) + (key @ Wk).unsqueeze(-3)  # (…, Q, K, A)
    return torch.tanh(both) @ v


# Weights and output


def attention_weights(scores: Tensor, mask: Tensor | None = None) -> Tensor:
    """Return the softmax of each row of scores (…, Q, K); a masked key gets exactly 0.

    A row with nothing to attend to gives zeros and no gradient, never NaN. TypeError or
    ValueError for a mask of the wrong type or shape.
    """
    if mask is None:
        return torch.softmax(scores, dim=-1)
    check_mask(mask, scores.shape)
    # An empty row would be 0/0: let it attend to everything, then set its weights to 0.
    empty = ~mask.any(dim=-1, keepdim=True)
    weights = torch.softmax(scores.masked_fill(~(mask | empty), -torch.inf), dim=-1)
    return weights.masked_fill(~mask, 0.0)


def attend(scores: Tensor, value: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Return the output (…, Q, V) = weights · value, and the weights, from scores (…, Q, K).

    value (…, K, V). For any score, for instance `additive_scores`.
    """
    _check_vectors(value=value)
    if scores.shape[-1] != value.shape[-2]:
        raise ValueError(TEXT["keys"].format(values=value.shape[-2], keys=scores.shape[-1]))
    _joint_batch(scores.shape[:-2], value.shape[:-2])
    weights = attention_weights(scores, mask)
    return weights @ value, weights


def attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    scale: float | None = None,
    *,
    need_weights: bool = True,
) -> tuple[Tensor, Tensor | None]:
    """Return the output (…, Q, V) and the weights (…, Q, K); equals PyTorch's scaled attention.

    query (…, Q, D), key (…, K, D), value (…, K, V), mask of bool that fits (…, Q, K), scale 1/√D
    if not given. ``need_weights=False`` returns None for the weights, which are then never kept:
    PyTorch's fused kernel does the same work faster. A query with nothing to attend to gets
    zeros, never NaN. ValueError or TypeError for shapes or a mask that do not fit.
    """
    _check_vectors(query=query, key=key, value=value)
    if need_weights:
        return attend(scaled_scores(query, key, scale), value, mask)
    _check_pairs(query, key)
    _check_scale(scale)
    _joint_batch(_joint_batch(query.shape[:-2], key.shape[:-2]), value.shape[:-2])
    if key.shape[-2] != value.shape[-2]:
        raise ValueError(TEXT["keys"].format(values=value.shape[-2], keys=key.shape[-2]))
    return _fused(query, key, value, mask, scale), None


def _fused(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, scale: float | None
) -> Tensor:
    """Return the output of the fused kernel, which is fast only for four dimensions (N, H, …)."""
    if mask is not None:
        check_mask(mask, _scores_shape(query, key))
        mask = torch.atleast_2d(mask)
    if query.dim() == 3 and query.shape[:1] == key.shape[:1] == value.shape[:1]:
        lifted = mask if mask is None or mask.dim() < 3 else mask[None]
        return F.scaled_dot_product_attention(
            query[None], key[None], value[None], attn_mask=lifted, scale=scale
        )[0]
    return F.scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=scale)


# Masks


def check_mask(mask: Tensor, wanted: tuple[int, ...]) -> None:
    """Raise TypeError unless the mask is of bool, ValueError unless it fits the shape wanted."""
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
        given = mask.dtype if isinstance(mask, Tensor) else type(mask).__name__
        raise TypeError(TEXT["mask_type"].format(given=given))
    # From the right; dimensions that the mask has not: it holds for every batch.
    sizes = zip(reversed(mask.shape), reversed(wanted), strict=False)
    if mask.dim() > len(wanted) or any(own not in (1, size) for own, size in sizes):
        shapes = {"wanted": tuple(wanted), "given": tuple(mask.shape)}
        raise ValueError(TEXT["mask_shape"].format(**shapes))


def _scores_shape(query: Tensor, key: Tensor) -> tuple[int, ...]:
    """Return the shape (…, Q, K) of the scores of queries and keys."""
    batch = _joint_batch(query.shape[:-2], key.shape[:-2])
    return (*batch, query.shape[-2], key.shape[-2])


def causal_mask(length: int, device: torch.device | None = None) -> Tensor:
    """Return the mask (T, T) that lets each place see itself and the places before it."""
    _check_size("length", length)
    return torch.ones(length, length, dtype=torch.bool, device=device).tril()


def padding_mask(lengths: Tensor, longest: int | None = None) -> Tensor:
    """Return the mask (N, 1, K) that lets every query see the first ``lengths`` (N,) keys.

    K is ``longest``, or the largest length. ValueError for a length outside 0..K, TypeError for
    lengths that are no whole numbers.
    """
    if not isinstance(lengths, Tensor) or lengths.dtype not in (torch.int32, torch.int64):
        given = lengths.dtype if isinstance(lengths, Tensor) else type(lengths).__name__
        raise TypeError(TEXT["number_of_places"].format(given=given))
    if lengths.dim() != 1 or not len(lengths):
        raise ValueError(TEXT["number_of_places"].format(given=tuple(lengths.shape)))
    longest = int(lengths.max()) if longest is None else longest
    if wrong := [n for n in lengths.tolist() if not 0 <= n <= longest]:
        raise ValueError(TEXT["lengths"].format(longest=longest, value=wrong[0]))
    return (torch.arange(longest, device=lengths.device) < lengths[:, None])[:, None]


# Several heads


class Projection(NamedTuple):
    """A linear map x W + b: W (E_in, E_out), b (E_out,) or None."""

    W: Tensor
    b: Tensor | None = None

    def __call__(self, x: Tensor) -> Tensor:
        # F.linear adds b inside the product; it takes W transposed.
        return F.linear(x, self.W.T, self.b)

    def check(self, x: Tensor) -> None:
        """Raise ValueError unless x (…, E_in) has the width and the dtype of W."""
        if x.shape[-1] != self.W.shape[0] or x.dtype != self.W.dtype:
            own = {"width": self.W.shape[0], "dtype": self.W.dtype}
            raise ValueError(TEXT["projection"].format(**own, given=f"{x.shape[-1]} as {x.dtype}"))


class Projections(NamedTuple):
    """The four maps of multi-head attention: to queries, keys, values, and of the output."""

    query: Projection
    key: Projection
    value: Projection
    output: Projection


def check_heads(heads: int, width: int) -> None:
    """Raise ValueError unless ``heads`` divides the width."""
    _check_size("heads", heads)
    if width % heads:
        choices = ", ".join(str(n) for n in range(1, width + 1) if width % n == 0)
        raise ValueError(TEXT["heads"].format(heads=heads, width=width, choices=choices))


def split_heads(x: Tensor, heads: int) -> Tensor:
    """Return (…, H, T, E/H) from (…, T, E): head h gets the h-th part of each vector."""
    check_heads(heads, x.shape[-1])
    return x.unflatten(-1, (heads, -1)).transpose(-3, -2)


def join_heads(x: Tensor) -> Tensor:
    """Return (…, T, E) from (…, H, T, E/H): undoes `split_heads`."""
    return x.transpose(-3, -2).flatten(-2)


def multi_head_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    weights: Projections,
    heads: int,
    mask: Tensor | None = None,
    *,
    need_weights: bool = True,
) -> tuple[Tensor, Tensor | None]:
    """Return the output (…, Q, E) and the weights of each head (…, H, Q, K).

    query (…, Q, E), key and value (…, K, E). Each head attends on its own with E/H of the
    projected numbers; the output map mixes the heads. The mask fits (…, Q, K) and holds for all
    heads. Equals `torch.nn.MultiheadAttention`. ValueError for heads that do not divide the width.
    """
    inputs = {"query": query, "key": key, "value": value}
    _check_vectors(**inputs)
    for x, project in zip(inputs.values(), weights[:3], strict=True):
        project.check(x)
    if mask is not None:
        check_mask(mask, _scores_shape(query, key))
        mask = mask.unsqueeze(-3) if mask.dim() > 2 else mask  # one more dimension: the heads
    parts = zip(inputs.values(), weights[:3], strict=True)
    q, k, v = (split_heads(project(x), heads) for x, project in parts)  # (…, H, T, E/H)
    mixed, own = attention(q, k, v, mask, need_weights=need_weights)
    return weights.output(join_heads(mixed)), own


class MultiHeadAttention(nn.Module):
    """H heads over vectors of E numbers, around `multi_head_attention`.

    ``forward(x)`` is self-attention; ``forward(x, memory)`` takes keys and values from another
    sequence. Returns the output (N, Q, E) and, if asked for, the weights (N, H, Q, K), else None.
    """

    def __init__(self, width: int, heads: int, *, bias: bool = True) -> None:
        super().__init__()
        _check_size("width", width)
        check_heads(heads, width)
        self.width, self.heads = width, heads
        self.query = nn.Linear(width, width, bias=bias)
        self.key = nn.Linear(width, width, bias=bias)
        self.value = nn.Linear(width, width, bias=bias)
        self.output = nn.Linear(width, width, bias=bias)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weights by Glorot's rule and set the biases to 0, as PyTorch does."""
        for linear in (self.query, self.key, self.value, self.output):
            nn.init.xavier_uniform_(linear.weight)
            if linear.bias is not None:
                nn.init.zeros_(linear.bias)

    def weights(self) -> Projections:
        """Return the four maps as `multi_head_attention` takes them."""
        parts = (self.query, self.key, self.value, self.output)
        return Projections(*(Projection(part.weight.T, part.bias) for part in parts))

    def forward(
        self,
        query: Tensor,
        memory: Tensor | None = None,
        mask: Tensor | None = None,
        *,
        need_weights: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        memory = query if memory is None else memory
        return multi_head_attention(
            query, memory, memory, self.weights(), self.heads, mask, need_weights=need_weights
        )

    def keys_and_values(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Return the keys and values of each head (N, H, K, E/H), to be looked at many times."""
        return tuple(split_heads(part(memory), self.heads) for part in (self.key, self.value))

    def look(
        self, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Return the output (N, Q, E) from `keys_and_values`; mask (N, Q, K) as in `forward`."""
        own = split_heads(self.query(query), self.heads)
        mask = None if mask is None else mask.unsqueeze(-3)
        mixed, _ = attention(own, keys, values, mask, need_weights=False)
        return self.output(join_heads(mixed))

    @classmethod
    def from_torch(cls, module: nn.MultiheadAttention) -> "MultiHeadAttention":
        """Return a copy of a PyTorch module; ValueError for its rarer options."""
        _check_plain(module)
        own = cls(module.embed_dim, module.num_heads, bias=module.in_proj_bias is not None)
        own.to(module.in_proj_weight)
        with torch.no_grad():
            parts = (own.query, own.key, own.value)
            for part, weight in zip(parts, module.in_proj_weight.chunk(3), strict=True):
                part.weight.copy_(weight)
            if module.in_proj_bias is not None:
                for part, bias in zip(parts, module.in_proj_bias.chunk(3), strict=True):
                    part.bias.copy_(bias)
            own.output.load_state_dict(module.out_proj.state_dict())
        return own


def _check_plain(module: nn.MultiheadAttention) -> None:
    """Raise ValueError for an option of nn.MultiheadAttention that the course does not use."""
    options = {
        "kdim or vdim": module.in_proj_weight is None,
        "add_bias_kv": module.bias_k is not None,
        "add_zero_attn": module.add_zero_attn,
        "dropout": bool(module.dropout),
    }
    if chosen := [name for name, used in options.items() if used]:
        raise ValueError(TEXT["option"].format(option=chosen[0]))


# Positions: attention alone does not know the order


def sinusoidal_positions(
    length: int, width: int, *, base: float = 10_000.0, dtype: torch.dtype | None = None
) -> Tensor:
    """Return one vector for each position (T, E), made of sines and cosines.

    Entries 2i and 2i + 1 are sin and cos of position / base^(2i / E): from fast to slow waves
    (Vaswani et al., 2017). ValueError for an odd width.
    """
    _check_size("length", length)
    if not isinstance(width, int) or width < 2 or width % 2:
        raise ValueError(TEXT["even"].format(width=width))
    if not 0 < base < math.inf:
        raise ValueError(TEXT["base"].format(value=base))
    position = torch.arange(length, dtype=torch.float64)[:, None]
    speed = torch.exp(torch.arange(0, width, 2, dtype=torch.float64) * (-math.log(base) / width))
    waves = torch.stack([(position * speed).sin(), (position * speed).cos()], dim=-1)
    return waves.flatten(-2).to(dtype or torch.get_default_dtype())  # (T, E/2, 2) -> (T, E)


class Positions(nn.Module):
    """Adds to each vector of (…, T, E) the vector of its position; at most ``longest`` places.

    ``kind``: "sinusoidal" (fixed) or "learned" (parameters, drawn with the given deviation).
    ``start`` is the position of the first place. ValueError for a sequence that is too long.
    """

    def __init__(
        self, longest: int, width: int, kind: str = "sinusoidal", deviation: float = 0.02
    ) -> None:
        super().__init__()
        _check_size("longest", longest)
        _check_size("width", width)
        if kind not in ("sinusoidal", "learned"):
            raise ValueError(TEXT["kind"].format(value=kind))
        if kind == "learned":
            self.table = nn.Parameter(torch.randn(longest, width) * deviation)
        else:
            table = sinusoidal_positions(longest, width)
            self.register_buffer("table", table, persistent=False)

    def forward(self, x: Tensor, start: int = 0) -> Tensor:
        if x.dim() < 2 or x.shape[-1] != self.table.shape[1]:
            values = {"width": self.table.shape[1], "given": tuple(x.shape)}
            raise ValueError(TEXT["position_width"].format(**values))
        if not isinstance(start, int) or start < 0:
            raise ValueError(TEXT["start"].format(value=start))
        end = start + x.shape[-2]
        if end > len(self.table):
            raise ValueError(TEXT["positions"].format(length=end, longest=len(self.table)))
        return x + self.table[start:end]


def _check_size(name: str, value: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(TEXT["size"].format(name=name, value=value))
