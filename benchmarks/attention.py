"""The course's attention against PyTorch's fused kernel and against nn.MultiheadAttention."""

import statistics

import torch
from torch import nn

from benchmarks.figure import Figure
from benchmarks.turns import Way, in_turns, ratio
from utils.models.attention import MultiHeadAttention, attention, causal_mask
from utils.threads import granted_cores

N, H, T, D = 8, 4, 256, 64
REPEATS = 31
TEXT = {
    "without": "attention without weights, forward and backward, time of the fused kernel",
    "masked": "the same with a causal mask",
    "with": "attention with weights, forward and backward, time of the fused kernel",
    "heads": "MultiHeadAttention, forward and backward, time of nn.MultiheadAttention",
    "peer": "{peer:.1f} ms, ours {own:.1f} ms",
    "note": (
        "N = {N}, H = {H}, T = {T}, D = {D}; median of the ratios of {repeats} runs, each beside a "
        "run of the other, quartiles {low:.2f} to {high:.2f}; threads, the faster of 1 and "
        "{cores} for each: {peer} for PyTorch, {own} for ours"
    ),
}


def single() -> dict[str, Way]:
    """Return ways to the same output: fused and ours, without a mask and with one."""
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(N, H, T, D, generator=generator).requires_grad_() for _ in range(3))
    fused = nn.functional.scaled_dot_product_attention
    mask = causal_mask(T)
    return {
        "fused": lambda: fused(q, k, v),
        "without": lambda: attention(q, k, v, need_weights=False)[0],
        "with": lambda: attention(q, k, v)[0],
        "fused masked": lambda: fused(q, k, v, attn_mask=mask),
        "masked": lambda: attention(q, k, v, mask, need_weights=False)[0],
    }


def many() -> dict[str, Way]:
    """Return the layers with several heads: PyTorch's and its copy in ours."""
    torch.manual_seed(0)
    theirs = nn.MultiheadAttention(H * D, H, batch_first=True)
    ours = MultiHeadAttention.from_torch(theirs)
    x = torch.randn(N, T, H * D)
    return {
        "torch heads": lambda: theirs(x, x, x, need_weights=False)[0],
        "heads": lambda: ours(x)[0],
    }


def attention_speed(repeats: int = REPEATS) -> tuple[Figure, ...]:
    """Time every way beside PyTorch's."""
    threads, spent = in_turns(single() | many(), repeats)
    pairs = {"without": "fused", "masked": "fused masked", "with": "fused", "heads": "torch heads"}
    reaches = {"without": 1.1, "masked": 1.1}
    return tuple(
        _figure(own, peer, reaches.get(own), threads, spent) for own, peer in pairs.items()
    )


def _figure(
    own: str, peer: str, reach: float | None, threads: dict[str, int], spent: dict[str, list]
) -> Figure:
    low, middle, high = ratio(spent, own, peer)
    times = {
        key: 1000 * statistics.median(spent[name]) for key, name in (("own", own), ("peer", peer))
    }
    sizes = {"N": N, "H": H, "T": T, "D": D, "repeats": len(spent[own]), "cores": granted_cores()}
    note = TEXT["note"].format(**sizes, low=low, high=high, own=threads[own], peer=threads[peer])
    return Figure(TEXT[own], middle, "×", reach, TEXT["peer"].format(**times), note)
