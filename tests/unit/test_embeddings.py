"""Look-up equals the one-hot product; neighbours and groups are those of the directions."""

import numpy as np
import pytest
import torch

from utils.analysis.embeddings import (
    GROUPS,
    agreement,
    compare_look_up,
    neighbours,
    plane,
    similarity,
)
from utils.datasets.code import VOCABULARY


def test_look_up_equals_the_product_and_is_quicker():
    found = compare_look_up(5_000, 64, 1_024, repeats=9)
    assert found.outputs == 0  # one product by 1, and zeros
    assert found.gradients < 1e-4
    assert found.ratio == found.product / found.look_up > 2


def test_the_plane_holds_all_of_what_lies_in_a_plane():
    generator = torch.Generator().manual_seed(0)
    flat = torch.randn(30, 2, generator=generator) @ torch.randn(2, 7, generator=generator) + 5
    places, share = plane(flat)
    assert share == pytest.approx(1)
    distances = torch.cdist(flat.double(), flat.double()).numpy()
    found = np.linalg.norm(places[:, None] - places[None], axis=-1)
    assert found == pytest.approx(distances, abs=1e-4)


@pytest.mark.slow
def test_the_plane_has_the_variance_of_scikit_learns():
    from sklearn.decomposition import PCA

    rows = torch.randn(40, 6, generator=torch.Generator().manual_seed(1))
    fitted = PCA(2).fit(rows.numpy())
    assert plane(rows)[1] == pytest.approx(fitted.explained_variance_ratio_.sum(), rel=1e-4)


def planted():
    """Return rows of two groups that point in two directions, and their symbols."""
    generator = torch.Generator().manual_seed(0)
    centres = torch.tensor([[5.0, 0, 0, 0], [0, 5.0, 0, 0]]).repeat_interleave(6, 0)
    return centres + 0.3 * torch.randn(12, 4, generator=generator), "abcdef012345"


def test_a_planted_group_is_found_and_chance_is_not():
    found = agreement(*planted(), {"letters": "abcdef", "digits": "012345"})
    assert found.share == 1
    assert 0.3 < found.chance.mean() < 0.6


def test_the_nearest_neighbours_are_of_the_same_direction():
    weights, symbols = planted()
    near = neighbours(weights, symbols, "a", 5)
    assert set(near) == set("bcdef")
    row = similarity(weights)[0]
    assert row[symbols.index(near[0])] == row[1:].max()


def test_groups_are_disjoint_and_hold_the_vocabulary():
    symbols = "".join(GROUPS.values())
    assert sorted(symbols) == sorted(VOCABULARY.characters)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda w, s: neighbours(w, s, "?"), "not one of the symbols"),
        (lambda w, s: neighbours(w[:3], s, "a"), "one a symbol"),
        (lambda w, s: agreement(w, s, {"letters": "abcdef"}), "two groups"),
        (lambda w, s: plane(w[0]), "finite numbers, at least two rows"),
        (lambda w, s: plane(w / 0), "finite numbers, at least two rows"),
        (lambda w, s: compare_look_up(0, 4, 10), "symbols must be a whole number"),
        (lambda w, s: compare_look_up(4, 4, 10, repeats=0), "repeats must be a whole number"),
    ],
)
def test_wrong_input_gets_one_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call(*planted())
