"""Attention is PyTorch's: values, weights and gradients, with masks, over random shapes."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from benchmarks.attention import many, single
from benchmarks.turns import in_turns, ratio
from utils.models import attention as module
from utils.models.attention import (
    MultiHeadAttention,
    Positions,
    additive_scores,
    attend,
    attention,
    attention_weights,
    causal_mask,
    dot_scores,
    padding_mask,
    scaled_scores,
    sinusoidal_positions,
)

EXACT = {"atol": 1e-6, "rtol": 0}
SIZE = st.integers(1, 6)
BATCH = st.sampled_from([(), (1,), (3,), (2, 3)])
SEED = st.integers(0, 999)


def normal(*shape):
    return torch.randn(*shape, dtype=torch.float64)


def backward(function, *inputs):
    """The result of a function and the gradients of a sum over it that is not linear."""
    own = [part.clone().requires_grad_() for part in inputs]
    result = function(*own)
    result.square().sum().backward()
    return [result.detach(), *(part.grad for part in own)]


def same(given_, wanted):
    for one, other in zip(given_, wanted, strict=True):
        assert one.dtype == torch.float64
        torch.testing.assert_close(one, other, **EXACT)


def random_mask(shape, kind):
    if kind == "none":
        return None
    if kind == "causal":
        return torch.ones(shape[-2:], dtype=torch.bool).tril()
    mask = torch.rand(shape) < 0.5
    if kind == "no empty row":
        mask[..., 0] = True
    return mask


@settings(max_examples=60, deadline=None)
@given(
    batch=BATCH,
    Q=SIZE,
    K=SIZE,
    D=SIZE,
    V=SIZE,
    seed=SEED,
    kind=st.sampled_from(["none", "causal", "no empty row", "empty rows"]),
    scale=st.sampled_from([None, 0.3]),
    need_weights=st.booleans(),
)
def test_attention_equals_pytorch_values_and_gradients(
    batch, Q, K, D, V, seed, kind, scale, need_weights
):
    torch.manual_seed(seed)
    inputs = normal(*batch, Q, D), normal(*batch, K, D), normal(*batch, K, V)
    mask = random_mask((*batch, Q, K), kind)
    ours = backward(lambda *x: attention(*x, mask, scale, need_weights=need_weights)[0], *inputs)
    theirs = backward(
        lambda *x: F.scaled_dot_product_attention(*x, attn_mask=mask, scale=scale), *inputs
    )
    same(ours, theirs)


@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.parametrize("batch", [(), (2,), (2, 3)])
def test_a_query_with_nothing_to_attend_to_gives_zeros_and_no_nan(batch, need_weights):
    q, k, v = (normal(*batch, 4, 3).requires_grad_() for _ in range(3))
    mask = torch.ones(4, 4, dtype=torch.bool)
    mask[2] = False
    output, weights = attention(q, k, v, mask, need_weights=need_weights)
    output.square().sum().backward()
    assert (output[..., 2, :] == 0).all()
    assert (output[..., 1, :] != 0).all()
    assert (q.grad[..., 2, :] == 0).all()
    assert all(part.grad.isfinite().all() for part in (q, k, v))
    if need_weights:
        assert (weights[..., 2, :] == 0).all()
        torch.testing.assert_close(weights.sum(-1)[..., 1], torch.ones_like(weights[..., 1, 0]))


@pytest.mark.parametrize("masked", [(5, 1), (1, 4), (3, 1, 4), (3, 5, 1), (1, 5, 4), (4,)])
@pytest.mark.parametrize("first", [(1,), (3,), ()])
def test_masks_and_batches_spread_the_same_way_in_both_kernels(first, masked):
    torch.manual_seed(0)
    q, k, v = normal(*first, 5, 2), normal(3, 4, 2), normal(3, 4, 6)
    mask = torch.rand(masked) < 0.7
    readable, fused = (attention(q, k, v, mask, need_weights=w)[0] for w in (True, False))
    torch.testing.assert_close(fused, readable)


def test_without_any_key_the_output_is_zero():
    output, weights = attention(normal(2, 3, 4), normal(2, 0, 4), normal(2, 0, 5))
    assert output.shape == (2, 3, 5)
    assert weights.shape == (2, 3, 0)
    assert (output == 0).all()


def test_a_masked_key_gets_weight_zero_and_no_gradient_at_all():
    q, k, v = (normal(5, 3).requires_grad_() for _ in range(3))
    output, weights = attention(q, k, v, causal_mask(5))
    assert (weights.triu(1) == 0).all()
    output[2].sum().backward()
    assert (k.grad[3:] == 0).all()
    assert (v.grad[3:] == 0).all()
    assert (v.grad[:3] != 0).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_the_dtype_of_the_input_is_kept(dtype):
    q = torch.randn(2, 4, 4, dtype=dtype)
    for need_weights in (True, False):
        output, weights = attention(q, q, q, causal_mask(4), need_weights=need_weights)
        assert output.dtype == dtype
        assert weights is None or weights.dtype == dtype


@pytest.mark.parametrize("scale", [None, 2.0])
def test_scaled_scores_are_dot_scores_times_the_scale(scale):
    q, k = normal(2, 3, 9), normal(2, 4, 9)
    torch.testing.assert_close(scaled_scores(q, k, scale), dot_scores(q, k) * (scale or 1 / 3))


@settings(max_examples=20, deadline=None)
@given(batch=BATCH, Q=SIZE, K=SIZE, D=SIZE, C=SIZE, A=SIZE, seed=SEED)
def test_additive_scores_are_a_network_of_each_pair(batch, Q, K, D, C, A, seed):
    torch.manual_seed(seed)
    q, k = normal(*batch, Q, D), normal(*batch, K, C)
    Wq, Wk, v = normal(D, A), normal(C, A), normal(A)
    scores = additive_scores(q, k, Wq, Wk, v)
    assert scores.shape == (*batch, Q, K)
    i, j = Q - 1, K // 2
    wanted = torch.tanh(q[..., i, :] @ Wq + k[..., j, :] @ Wk) @ v
    torch.testing.assert_close(scores[..., i, j], wanted)


def test_every_part_passes_gradcheck():
    q, k, v = (normal(3, 2).requires_grad_() for _ in range(3))
    Wq, Wk, u = (normal(*shape).requires_grad_() for shape in ((2, 4), (2, 4), (4,)))
    mask = torch.tensor([[1, 0, 1], [0, 0, 0], [1, 1, 1]], dtype=torch.bool)
    assert torch.autograd.gradcheck(lambda *x: attention(*x, mask), (q, k, v))
    assert torch.autograd.gradcheck(
        lambda q, k, v, *w: attend(additive_scores(q, k, *w), v, mask), (q, k, v, Wq, Wk, u)
    )


@settings(max_examples=25, deadline=None)
@given(
    N=SIZE,
    Q=SIZE,
    K=SIZE,
    heads=st.integers(1, 4),
    each=st.integers(1, 4),
    seed=SEED,
    masked=st.sampled_from(["none", "pairs", "padding", "both"]),
    need_weights=st.booleans(),
    bias=st.booleans(),
)
def test_many_heads_equal_pytorch_values_weights_and_gradients(
    N, Q, K, heads, each, seed, masked, need_weights, bias
):
    torch.manual_seed(seed)
    width = heads * each
    theirs = nn.MultiheadAttention(width, heads, batch_first=True, bias=bias).double()
    for weight in theirs.parameters():
        nn.init.normal_(weight)
    ours = MultiHeadAttention.from_torch(theirs)
    pairs = torch.rand(Q, K) < 0.6
    pairs[:, 0] = True  # nn.MultiheadAttention gives NaN for an empty row
    lengths = torch.randint(1, K + 1, (N,))
    padding = padding_mask(lengths, K)
    mask = {"none": None, "pairs": pairs, "padding": padding, "both": pairs & padding}[masked]
    x, memory = normal(N, Q, width), normal(N, K, width)
    results = []
    for way in ("theirs", "ours"):
        a, b = x.clone().requires_grad_(), memory.clone().requires_grad_()
        if way == "ours":
            output, weights = ours(a, b, mask, need_weights=need_weights)
        else:
            blocked = {
                "attn_mask": ~pairs if masked in ("pairs", "both") else None,
                "key_padding_mask": ~padding[:, 0] if masked in ("padding", "both") else None,
            }
            output, weights = theirs(
                a, b, b, need_weights=need_weights, average_attn_weights=False, **blocked
            )
        output.square().sum().backward()
        results.append([output, a.grad, b.grad] + ([weights] if need_weights else []))
    same(results[1], results[0])
    wanted = [part.T for part in theirs.in_proj_weight.grad.chunk(3)]
    given_ = [part.weight.grad.T for part in (ours.query, ours.key, ours.value)]
    same([*given_, ours.output.weight.grad], [*wanted, theirs.out_proj.weight.grad])
    assert need_weights or weights is None


def test_self_attention_does_not_know_the_order_and_positions_break_that():
    torch.manual_seed(0)
    layer = MultiHeadAttention(8, 2).double()
    x, order = normal(1, 6, 8), torch.tensor([3, 0, 5, 1, 4, 2])
    torch.testing.assert_close(layer(x[:, order])[0], layer(x)[0][:, order], **EXACT)
    numbered = Positions(6, 8).double()
    moved = layer(numbered(x[:, order]))[0]
    assert (moved - layer(numbered(x))[0][:, order]).abs().max() > 0.01


def test_masks_say_who_may_attend():
    assert causal_mask(3).tolist() == [[True, False, False], [True, True, False], [True] * 3]
    mask = padding_mask(torch.tensor([2, 0, 3]))
    assert mask.shape == (3, 1, 3)
    assert mask[:, 0].tolist() == [[True, True, False], [False] * 3, [True] * 3]
    assert padding_mask(torch.tensor([1]), 4).shape == (1, 1, 4)


def test_sinusoidal_positions_are_the_formula_and_a_shift_is_a_rotation():
    table = sinusoidal_positions(50, 8, dtype=torch.float64)
    t, i = 7, 2
    assert table[t, 2 * i] == pytest.approx(torch.tensor(7 / 10_000 ** (4 / 8)).sin().item())
    assert table[t, 2 * i + 1] == pytest.approx(torch.tensor(7 / 10_000 ** (4 / 8)).cos().item())
    near = table @ table.T  # depends only on the distance
    torch.testing.assert_close(near[3, 9], near[30, 36])


@pytest.mark.parametrize("kind", ["sinusoidal", "learned"])
def test_positions_continue_where_they_stopped(kind):
    positions = Positions(6, 4, kind)
    x = torch.randn(2, 6, 4)
    parts = [positions(x[:, :2]), positions(x[:, 2:], start=2)]
    torch.testing.assert_close(torch.cat(parts, dim=1), positions(x))
    assert len(list(positions.parameters())) == (kind == "learned")
    with pytest.raises(ValueError, match="8 places, but the model knows only 6 positions"):
        positions(x, start=2)


X = torch.ones(2, 3, 4)


@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.parametrize(
    ("mask", "error", "words"),
    [
        (torch.ones(3, 3), TypeError, "True = may attend.*float32"),
        ([[True]], TypeError, "not list"),
        (torch.ones(4, 3, dtype=torch.bool), ValueError, r"fits .*\(2, 3, 3\).*not \(4, 3\)"),
        (torch.ones(9, 2, 3, 3, dtype=torch.bool), ValueError, "one row for each query"),
        (torch.ones(3, 2, dtype=torch.bool), ValueError, "one column for each key"),
    ],
)
def test_a_wrong_mask_is_named(mask, error, words, need_weights):
    with pytest.raises(error, match=words):
        attention(X, X, X, mask, need_weights=need_weights)
    with pytest.raises(error, match=r"True = may attend|needs a shape that fits"):
        MultiHeadAttention(4, 2)(X, mask=mask, need_weights=need_weights)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: attention(X, X[..., :3], X), "same width, not 4 and 3"),
        (lambda: attention(X, X[..., :3], X, need_weights=False), "same width, not 4 and 3"),
        (lambda: attention(X, X, X[:, :2]), "not 2 values for 3 keys"),
        (lambda: attention(X, X, X[:, :2], need_weights=False), "not 2 values for 3 keys"),
        (lambda: MultiHeadAttention(12, 5), "5 heads do not divide.*1, 2, 3, 4, 6, 12"),
        (lambda: MultiHeadAttention(12, 0), "heads must be a whole number"),
        (lambda: module.split_heads(X, 3), "3 heads do not divide a width of 4"),
        (lambda: causal_mask(0), "length must be"),
        (lambda: padding_mask(torch.tensor([2, 5]), 4), "from 0 to 4, not 5"),
        (lambda: sinusoidal_positions(4, 3), "even width.*not 3"),
        (lambda: sinusoidal_positions(4, 4, base=0), "base must be .* above 0, not 0"),
        (lambda: causal_mask(True), "length must be"),
        (lambda: padding_mask(torch.tensor([], dtype=torch.long)), "whole numbers with the shape"),
        (lambda: Positions(0, 4), "longest must be"),
        (lambda: Positions(3, 0, "learned"), "width must be"),
        (lambda: Positions(3, 4, "learnt"), "'learnt'. Choose one of: sinusoidal, learned"),
        (lambda: Positions(3, 4)(X[..., :3]), r"vectors of 4 numbers, not .*\(2, 3, 3\)"),
        (lambda: Positions(3, 4)(X, -1), "first position must be .* not -1"),
        (lambda: Positions(2, 4)(X), "3 places, but the model knows only 2 positions"),
        (lambda: MultiHeadAttention(6, 2)(X), "reads 6 numbers a place .* not 4"),
        (lambda: MultiHeadAttention(4, 2)(X, X[..., :2]), "reads 4 numbers a place .* not 2"),
        (lambda: MultiHeadAttention(4, 2)(X.double()), "float32, not 4 as torch.float64"),
        (lambda: additive_scores(X, X, X[0], X[0], X[0, 0]), "must fit queries of 4 and keys of 4"),
        (
            lambda: MultiHeadAttention.from_torch(nn.MultiheadAttention(4, 2, kdim=3)),
            "kdim or vdim is not supported",
        ),
    ],
)
def test_wrong_input_gets_one_sentence(wrong, words):
    with pytest.raises(ValueError, match=words):
        wrong()


@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.parametrize(
    ("query", "key", "value", "words"),
    [
        ([[1.0]], X, X, "query must be a tensor of floating-point .* not list"),
        (X.long(), X, X, "query must be .* not .*int64"),
        (X[0, 0], X, X, r"query must be .* not \(4,\)"),
        (X, X[..., :0], X, "key must be .* width of at least 1"),
        (X, X.double(), X, "same dtype, not torch.float32, torch.float64"),
        (X, torch.ones(5, 3, 4), torch.ones(5, 3, 4), r"do not fit: \(2,\) and \(5,\)"),
        (X, X, torch.ones(5, 3, 4), r"do not fit: \(2,\) and \(5,\)"),
    ],
)
def test_queries_keys_and_values_that_do_not_belong_together_are_named(
    query, key, value, words, need_weights
):
    for mask in (None, causal_mask(3)):
        with pytest.raises((TypeError, ValueError), match=words):
            attention(query, key, value, mask, need_weights=need_weights)


@pytest.mark.parametrize("lengths", [[1, 2], torch.tensor([1.5])])
def test_lengths_that_are_no_whole_numbers_are_named(lengths):
    with pytest.raises(TypeError, match="Lengths must be a tensor of whole numbers"):
        padding_mask(lengths, 4)


@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.parametrize("scale", [float("nan"), float("inf"), "half"])
def test_a_scale_that_is_no_number_is_named(scale, need_weights):
    with pytest.raises(ValueError, match="scale must be a finite number"):
        attention(X, X, X, scale=scale, need_weights=need_weights)


def test_weights_sum_to_one_where_anything_may_be_seen():
    weights = attention_weights(normal(2, 3, 4, 5), torch.rand(2, 1, 4, 5) < 0.5)
    sums = weights.sum(dim=-1)
    assert ((sums - 1).abs().lt(1e-9) | (sums == 0)).all()


def test_the_benchmark_compares_ways_to_the_same_output():
    ways = single() | many()
    torch.testing.assert_close(ways["without"](), ways["fused"]())
    torch.testing.assert_close(ways["with"](), ways["fused"]())
    torch.testing.assert_close(ways["masked"](), ways["fused masked"]())
    torch.testing.assert_close(ways["heads"](), ways["torch heads"]())


@pytest.mark.parametrize(("own", "peer"), [("without", "fused"), ("masked", "fused masked")])
def test_without_weights_attention_is_as_fast_as_the_fused_kernel(own, peer):
    """At most 10 % slower; other work on the machine may spoil a try."""
    ways = {name: way for name, way in single().items() if name in (own, peer)}
    tries = (ratio(in_turns(ways, 7)[1], own, peer)[1] for _ in range(4))
    assert any(middle <= 1.1 for middle in tries)
