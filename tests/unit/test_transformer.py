"""The Transformer's blocks are PyTorch's, and its models read, write and forget as they should."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from utils.datasets.words import END, PAD, START
from utils.models.attention import Projection, causal_mask, padding_mask
from utils.models.language import detached
from utils.models.transformer import (
    CharacterTransformer,
    DecoderBlock,
    Encoder,
    EncoderBlock,
    FeedForward,
    Transformer,
    TransformerSettings,
    feed_forward,
    layer_norm,
)

EXACT = {"atol": 1e-6, "rtol": 0}
SIZE = st.integers(1, 6)
SHAPES = {
    "N": SIZE,
    "T": SIZE,
    "S": SIZE,
    "heads": st.integers(1, 3),
    "each": st.integers(1, 4),
    "norm": st.sampled_from(["pre", "post"]),
    "activation": st.sampled_from(["relu", "gelu"]),
    "seed": st.integers(0, 99),
}


def normal(*shape):
    return torch.randn(*shape, dtype=torch.float64)


def pair(twin, block, heads, each, norm, activation, epsilon=1e-5):
    """PyTorch's layer in float64 with weights of size 1, and our block with the same."""
    width = heads * each
    theirs = twin(
        width,
        heads,
        2 * width,
        dropout=0.0,
        activation=activation,
        layer_norm_eps=epsilon,
        batch_first=True,
        norm_first=norm == "pre",
    ).double()
    for weight in theirs.parameters():
        nn.init.normal_(weight)
    own = TransformerSettings(
        vocabulary=1,
        width=width,
        heads=heads,
        hidden=2 * width,
        norm=norm,
        activation=activation,
        epsilon=epsilon,
    )
    return theirs, block(own).double().load_torch(theirs)


def with_gradients(function, *inputs):
    own = [part.clone().requires_grad_() for part in inputs]
    result = function(*own)
    result.square().mean().backward()
    return [result.detach(), *(part.grad for part in own)]


def same(given_, wanted):
    for one, other in zip(given_, wanted, strict=True):
        assert one.dtype == torch.float64
        torch.testing.assert_close(one, other, **EXACT)


@settings(max_examples=20, deadline=None)
@given(**SHAPES, masked=st.sampled_from(["none", "causal", "padding"]))
def test_encoder_blocks_equal_pytorch_values_and_gradients(
    N, T, S, heads, each, norm, activation, seed, masked
):
    torch.manual_seed(seed)
    theirs, ours = pair(nn.TransformerEncoderLayer, EncoderBlock, heads, each, norm, activation)
    padding = padding_mask(torch.randint(1, T + 1, (N,)), T)
    mask = {"none": None, "causal": causal_mask(T), "padding": padding}[masked]
    blocked = {
        "src_mask": ~causal_mask(T) if masked == "causal" else None,
        "src_key_padding_mask": ~padding[:, 0] if masked == "padding" else None,
    }
    x = normal(N, T, heads * each)
    wanted = with_gradients(lambda x: theirs(x, **blocked), x)
    same(with_gradients(lambda x: ours(x, mask)[0], x), wanted)
    same(with_gradients(lambda x: ours(x, mask, need_weights=True)[0], x), wanted)
    same([ours.mlp.inner.weight.grad / 2], [theirs.linear1.weight.grad])  # two backward passes


@settings(max_examples=20, deadline=None)
@given(**SHAPES)
def test_decoder_blocks_equal_pytorch_values_and_gradients(
    N, T, S, heads, each, norm, activation, seed
):
    torch.manual_seed(seed)
    theirs, ours = pair(nn.TransformerDecoderLayer, DecoderBlock, heads, each, norm, activation)
    padding = padding_mask(torch.randint(1, S + 1, (N,)), S)
    x, memory = normal(N, T, heads * each), normal(N, S, heads * each)
    same(
        with_gradients(lambda x, m: ours(x, m, causal_mask(T), padding)[0], x, memory),
        with_gradients(
            lambda x, m: theirs(
                x, m, tgt_mask=~causal_mask(T), memory_key_padding_mask=~padding[:, 0]
            ),
            x,
            memory,
        ),
    )
    _, (own, crossed) = ours(x, memory, causal_mask(T), padding, need_weights=True)
    assert own.shape == (N, heads, T, T)
    assert crossed.shape == (N, heads, T, S)
    same([crossed.sum(-1)], [torch.ones(N, heads, T, dtype=torch.float64)])


def test_a_stack_of_post_norm_blocks_is_pytorchs_encoder_with_its_epsilon():
    torch.manual_seed(0)
    theirs, _ = pair(nn.TransformerEncoderLayer, EncoderBlock, 2, 3, "post", "gelu", 0.1)
    stack = nn.TransformerEncoder(theirs, 3, enable_nested_tensor=False)
    for weight in stack.parameters():
        nn.init.normal_(weight)  # copies of one layer would hide a wrong order
    own = TransformerSettings(
        vocabulary=9,
        width=6,
        heads=2,
        hidden=12,
        layers=3,
        longest=8,
        norm="post",
        positions="learned",
        epsilon=0.1,
        embedding_norm=True,
    )
    encoder = Encoder(own).double()
    for mine, layer in zip(encoder.blocks, stack.layers, strict=True):
        mine.load_torch(layer)
    ids, lengths = torch.randint(0, 9, (3, 5)), torch.tensor([5, 2, 3])
    x = encoder.embed.norm(encoder.embed.tokens(ids) + encoder.embed.positions.table[:5])
    wanted = stack(x, src_key_padding_mask=~padding_mask(lengths, 5)[:, 0])
    read = encoder(ids, lengths, need_weights=True)
    same([read.states], [wanted])
    assert [part.shape for part in read.weights] == [(3, 2, 5, 5)] * 3
    assert (read.weights[2][1, :, :, 2:] == 0).all()
    assert read.mask.sum(dim=1).tolist() == [5, 2, 3]


def test_layer_norm_and_the_mlp_are_the_formulas():
    torch.manual_seed(0)
    x, gain, shift = normal(2, 3, 5), normal(5), normal(5)
    same([layer_norm(x, gain, shift, 0.01)], [nn.functional.layer_norm(x, (5,), gain, shift, 0.01)])
    inner, outer = Projection(normal(5, 7), normal(7)), Projection(normal(7, 5), normal(5))
    wanted = (x @ inner.W + inner.b).relu() @ outer.W + outer.b
    same([feed_forward(x, inner, outer, "relu")], [wanted])


def settings_of(**changed):
    small = {"vocabulary": 7, "width": 8, "heads": 2, "layers": 2, "longest": 12}
    return TransformerSettings(**small | changed)


SOURCE = torch.tensor([[3, 4, 5, 6], [6, 5, PAD, PAD], [4, PAD, PAD, PAD]])
LENGTHS = torch.tensor([4, 2, 1])


@pytest.mark.parametrize("norm", ["pre", "post", "none"])
@pytest.mark.parametrize("positions", ["sinusoidal", "learned", "none"])
def test_writing_word_by_word_equals_reading_the_whole_target(norm, positions):
    model = Transformer(settings_of(target=9, norm=norm, positions=positions)).double()
    inputs = torch.randint(3, 9, (3, 6))
    whole = model(SOURCE, LENGTHS, inputs)
    encoded = model.encoder(SOURCE, LENGTHS)
    state = model.decoder.begin(encoded)
    for place in range(6):
        logits, state = model.decoder.step(inputs[:, place], state, encoded)
        torch.testing.assert_close(logits, whole[:, place], **EXACT)


def test_a_translation_is_the_most_likely_word_each_time_and_alone_or_together_the_same():
    model = Transformer(settings_of(target=9), seed=3).double()
    together = model.greedy(SOURCE, LENGTHS, limit=8)
    for row, (source, length) in enumerate(zip(SOURCE, LENGTHS, strict=True)):
        alone = model.greedy(source[None, :length], limit=8)[0]
        assert together[row, : len(alone)].tolist() == alone.tolist()
        inputs = torch.cat([torch.tensor([START]), alone[:-1]])[None]
        likely = model(source[None, :length], None, inputs).argmax(-1)[0]
        written = alone[: (alone == END).nonzero()[0, 0] + 1] if END in alone else alone
        assert likely[: len(written)].tolist() == written.tolist()


def test_padding_never_reaches_a_real_word():
    model = Transformer(settings_of(target=9)).double()
    inputs = torch.randint(3, 9, (3, 4))
    logits = model(SOURCE, LENGTHS, inputs)
    other = SOURCE.masked_fill(~padding_mask(LENGTHS, 4)[:, 0], 5)
    torch.testing.assert_close(model(other, LENGTHS, inputs), logits, **EXACT)


def test_a_character_is_predicted_from_those_before_it_only():
    model = CharacterTransformer(settings_of()).double()
    ids = torch.randint(0, 7, (2, 10))
    changed = ids.clone()
    changed[:, 6:] = (changed[:, 6:] + 1) % 7
    before, after = model(ids)[0], model(changed)[0]
    torch.testing.assert_close(after[:, :6], before[:, :6], **EXACT)
    assert (after[:, 6:] - before[:, 6:]).abs().amax(-1).min() > 1e-6
    vectors = model.embed(ids).detach().requires_grad_()
    model.embed.forward = lambda *_: vectors
    model(ids)[0][:, 4].sum().backward()
    assert (vectors.grad[:, 5:] == 0).all()


def test_characters_read_in_pieces_are_the_whole_and_the_window_moves():
    model = CharacterTransformer(settings_of(longest=8)).double()
    ids = torch.randint(0, 7, (2, 11))
    whole, _ = model(ids[:, :7])
    first, state = model(ids[:, :4])
    second, state = model(ids[:, 4:7], detached(state))
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole, **EXACT)
    last, state = model(ids[:, 7:], state)  # eleven characters: the first three are forgotten
    torch.testing.assert_close(last, model(ids[:, 3:])[0][:, -4:], **EXACT)
    assert state.tolist() == ids[:, 4:].tolist()


def test_without_positions_a_model_cannot_tell_the_order_and_with_them_it_can():
    order = torch.tensor([2, 0, 3, 1])
    for positions, blind in (("none", True), ("sinusoidal", False), ("learned", False)):
        encoder = Encoder(settings_of(positions=positions)).double()
        states, moved = encoder(SOURCE[:1]).states, encoder(SOURCE[:1, order]).states
        assert torch.allclose(moved, states[:, order], atol=1e-6) is blind


def test_the_switches_take_away_what_they_name():
    x, result = torch.randn(1, 2, 8), torch.randn(1, 2, 8)
    plain, bare, broken = (
        Encoder(settings_of(**changed)) for changed in ({}, {"norm": "none"}, {"residual": False})
    )
    norms = [sum(isinstance(m, nn.LayerNorm) for m in e.modules()) for e in (plain, bare, broken)]
    assert norms == [5, 0, 5]  # two in each of two blocks, one behind them
    assert torch.equal(plain.blocks[0].around_mlp.after(x, result), x + result)
    assert torch.equal(broken.blocks[0].around_mlp.after(x, result), result)


def test_a_seed_fixes_the_weights_and_leaves_the_global_generator_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one, same_, other = (CharacterTransformer(settings_of(), seed=s) for s in (1, 1, 2))
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(one.head.weight, same_.head.weight)
    assert not torch.equal(one.head.weight, other.head.weight)
    again = CharacterTransformer(TransformerSettings(**one.about()))
    assert again.load_state_dict(one.state_dict())


@pytest.mark.parametrize("ids", [SOURCE.float(), SOURCE.tolist(), SOURCE > 0])
def test_ids_that_are_no_whole_numbers_are_named(ids):
    for model in (Encoder(settings_of()), CharacterTransformer(settings_of())):
        with pytest.raises(TypeError, match="tensor of whole numbers, one a token, not"):
            model(ids)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: settings_of(heads=3), "3 heads do not divide a width of 8"),
        (lambda: settings_of(norm="behind"), "no norm 'behind'. Choose one of: pre, post, none"),
        (lambda: settings_of(positions=True), "sinusoidal, learned, none"),
        (lambda: settings_of(activation="tanh"), "relu, gelu"),
        (lambda: settings_of(layers=0), "layers must be"),
        (lambda: settings_of(hidden=0), "hidden must be"),
        (lambda: settings_of(layers=True), "layers must be"),
        (lambda: settings_of(dropout=1), "Dropout must lie"),
        (lambda: settings_of(dropout="much"), "Dropout must lie"),
        (lambda: settings_of(epsilon=float("nan")), "Epsilon must be"),
        (lambda: settings_of(residual="no"), "residual must be True or False"),
        (lambda: FeedForward(4, 4, "tanh"), "no activation 'tanh'. Choose one of: relu, gelu"),
        (lambda: Encoder(settings_of())(SOURCE + 999), "knows the tokens 0 to .*, not"),
        (lambda: Encoder(settings_of())(SOURCE * 0 - 1), "knows the tokens 0 to .*, not -1"),
        (
            lambda: CharacterTransformer(settings_of())(SOURCE, SOURCE[:1]),
            "state is for 1 sequences, and the input has 3",
        ),
        (
            lambda: Transformer(settings_of(target=7))(SOURCE, None, SOURCE[:2] * 0),
            r"do not fit: \(2,\) and \(3,\)",
        ),
        (lambda: Transformer(settings_of()), "target's vocabulary"),
        (lambda: Encoder(settings_of())(torch.zeros(2, 0, dtype=torch.long)), "at least one place"),
        (
            lambda: CharacterTransformer(settings_of())(torch.zeros(1, 13, dtype=torch.long)),
            "13 places, but the model knows only 12 positions",
        ),
        (lambda: Encoder(settings_of())(SOURCE, LENGTHS[:2]), "each of the 3 sequences, not 2"),
        (lambda: Encoder(settings_of())(SOURCE, LENGTHS + 1), "from 0 to 4, not 5"),
        (
            lambda: EncoderBlock(settings_of()).load_torch(nn.TransformerEncoderLayer(8, 2)),
            "Only a batch_first layer",
        ),
    ],
)
def test_wrong_input_gets_one_sentence(wrong, words):
    with pytest.raises(ValueError, match=words):
        wrong()
