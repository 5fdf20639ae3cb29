"""What passes a stack of blocks is measured as said, and fades where the theory says so."""

import numpy as np
import pytest
import torch

from utils.analysis.depth import reach
from utils.models.transformer import EncoderBlock, TransformerSettings

KINDS = {"both": {}, "nothing": {"residual": False, "norm": "none"}, "norm": {"residual": False}}


@pytest.fixture(scope="module")
def found():
    return reach(KINDS, [1, 8], seeds=2, places=6, width=8)


def test_without_residual_and_norm_the_gradient_vanishes_with_depth(found):
    both, nothing, _ = found.gradient.mean(axis=2)
    assert both[1] > 0.3 and nothing[1] < 1e-3 < nothing[0]
    assert found.gradient.shape == found.spread.shape == (3, 2, 2)


def test_without_residuals_all_places_become_alike(found):
    both, nothing, norm = found.spread.mean(axis=2)
    assert both[1] > 0.2 and max(nothing[1], norm[1]) < 0.01


def test_one_block_is_measured_as_said():
    torch.manual_seed(0)
    block = EncoderBlock(TransformerSettings(vocabulary=1, width=8)).double()
    start = torch.randn(1, 6, 8, dtype=torch.float64, requires_grad=True)
    wanted = torch.randn(1, 6, 8, dtype=torch.float64)
    x, _ = block(start)
    (gradient,) = torch.autograd.grad((x * wanted).sum(), start)
    found = reach({"one": {}}, [1], seeds=1, places=6, width=8)
    assert found.gradient.item() == pytest.approx((gradient.norm() / wanted.norm()).item())
    x = x.detach().numpy()[0]
    apart = np.linalg.norm(x - x.mean(axis=0)) / np.linalg.norm(x)
    assert found.spread.item() == pytest.approx(apart)


def test_a_wrong_depth_is_told_in_one_sentence():
    with pytest.raises(ValueError, match="at least 1, not 0"):
        reach(KINDS, [0])
    for kinds, depths, seeds in (({}, [1], 1), ({"all": {}}, [], 1), ({"all": {}}, [1], 0)):
        with pytest.raises(ValueError, match="at least one kind of block, one depth and one seed"):
            reach(kinds, depths, seeds)
