"""Self-attention over a feature map: the sequence is its places, and the result is added."""

import pytest
import torch

from utils.models.attention import attention
from utils.models.image_attention import ImageSelfAttention


def layer(channels=6, width=4):
    torch.manual_seed(0)
    return ImageSelfAttention(channels, width).double()


def test_it_is_attention_over_the_places_added_to_the_map():
    own = layer()
    x = torch.randn(2, 6, 3, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    found, weights = own(x, need_weights=True)
    rows = x.flatten(2).transpose(1, 2)  # (N, H·W, C)
    parts = (own.query, own.key, own.value, own.output)
    q, k, v, out = (torch.nn.functional.linear for _ in parts)
    q, k, v = (
        f(rows, part.weight[:, :, 0, 0], part.bias)
        for f, part in zip((q, k, v), parts, strict=False)
    )
    mixed, expected = attention(q, k, v)
    mixed = out(mixed, own.output.weight[:, :, 0, 0], own.output.bias)
    torch.testing.assert_close(weights, expected)
    torch.testing.assert_close(found, x + mixed.transpose(1, 2).unflatten(2, (3, 5)))


def test_weights_are_made_only_when_asked_for_and_change_nothing():
    own, x = layer(), torch.randn(1, 6, 4, 4, dtype=torch.float64)
    with_weights, weights = own(x, need_weights=True)
    without, nothing = own(x)
    assert weights.shape == (1, 16, 16) and nothing is None
    torch.testing.assert_close(with_weights, without)


def test_places_exchanged_in_the_map_are_exchanged_in_the_result():
    own, x = layer(), torch.randn(1, 6, 4, 4, dtype=torch.float64)
    torch.testing.assert_close(own(x.flip(2, 3))[0], own(x)[0].flip(2, 3))


def test_one_layer_carries_a_gradient_from_corner_to_corner():
    x = torch.randn(1, 6, 9, 9, dtype=torch.float64, requires_grad=True)
    layer()(x)[0][0, :, -1, -1].sum().backward()
    assert x.grad[0, :, 0, 0].abs().max() > 0


@pytest.mark.parametrize("shape", [(6, 3, 3), (1, 5, 3, 3)])
def test_another_shape_gets_one_sentence(shape):
    with pytest.raises(ValueError, match=r"Feature maps have the shape \(N, 6, H, W\), not"):
        layer()(torch.zeros(*shape, dtype=torch.float64))
