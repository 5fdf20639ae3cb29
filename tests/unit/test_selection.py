"""Choosing the best of many units flatters; the same choice on other files shows by how much."""

import numpy as np
import pytest

from utils.analysis.hidden_units import auc, ranks
from utils.analysis.selection import best_then, measure_selection, probe
from utils.datasets.code import VOCABULARY, CodePart
from utils.datasets.code_truth import truth_of

UNITS = 60


@pytest.fixture(scope="module")
def parts():
    """Two parts of 20 short files with one comment each, at a random place."""
    draw = np.random.default_rng(0)

    def part():
        texts = []
        for _ in range(20):
            before, words, after = draw.integers(3, 40, size=3)
            texts.append("a" * before + "  # " + "word " * words + "\n" + "b" * after + "\n")
        whole = "".join(texts)
        starts = np.cumsum([0, *map(len, texts)])
        names = tuple(map(str, range(20)))
        return CodePart(names, starts, VOCABULARY.encode(whole), truth_of(whole))

    return part(), part()


@pytest.fixture(scope="module")
def states(parts):
    """Slow noise, as units have it; unit 7 knows comments a little (smaller inside)."""
    draw, found = np.random.default_rng(1), []
    for part in parts:
        noise = draw.normal(size=(len(part) + 30, UNITS)).cumsum(axis=0)
        slow = (noise[30:] - noise[:-30]).astype(np.float32) / 30**0.5
        slow[:, 7] -= 1.5 * part.truth.comment
        found.append(slow)
    return found


def test_luck_is_largest_where_few_files_choose_and_never_holds_elsewhere(parts, states):
    found = measure_selection(
        "comment", states[0], parts[0], ranks(states[1]), parts[1], sizes=(1, 5, 20), draws=10
    )
    assert found.chosen.shape == found.moved_held_out.shape == (3, 10)
    lucky = found.moved_chosen.mean(axis=1)
    assert lucky[0] > lucky[1] > lucky[2] > 0.5
    assert lucky[0] > 0.85  # nothing is there to be found
    assert abs(found.moved_held_out.mean() - 0.5) < 0.05
    gap = (found.chosen - found.held_out).mean(axis=1)
    assert gap[0] > 0.15 > gap[2]
    assert found.held_out[2].mean() > 0.75  # unit 7
    assert (found.chosen >= 0.5).all()


def test_the_same_seed_draws_the_same_files(parts, states):
    settings = {"sizes": (2,), "draws": 3}
    ranked = ranks(states[1])
    first, second = (
        measure_selection("comment", states[0], parts[0], ranked, parts[1], **settings)
        for _ in range(2)
    )
    assert (first.chosen == second.chosen).all() and (first.held_out == second.held_out).all()


def test_the_best_unit_takes_its_sign_along():
    assert best_then(np.array([0.7, 0.1]), np.array([0.9, 0.2])) == pytest.approx((0.9, 0.8))
    assert best_then(np.array([0.7, 0.1]), np.array([0.9, 0.8])) == pytest.approx((0.9, 0.2))


def test_a_probe_sums_what_single_units_know_in_part():
    draw = np.random.default_rng(0)
    truth = draw.random((4000, 2)) < 0.3
    states = draw.normal(size=(4000, 20)).astype(np.float32)
    states[:, :10] += 0.7 * truth[:, :1]
    states[:, 10:] -= 0.7 * truth[:, 1:]
    output = probe(states[:2000], truth[:2000], states[2000:])
    assert output.shape == (2000, 2)
    for place in range(2):
        inside = truth[2000:, place]
        single = auc(ranks(states[2000:]), inside)
        together = auc(ranks(output[:, place : place + 1]), inside)[0]
        assert together > np.maximum(single, 1 - single).max() + 0.1


@pytest.mark.parametrize("change", [{"sizes": (0,)}, {"sizes": (21,)}])
def test_a_number_of_files_that_is_not_there_is_refused(parts, states, change):
    with pytest.raises(ValueError, match="Choose on 1 to 20 files"):
        measure_selection("comment", states[0], parts[0], ranks(states[1]), parts[1], **change)


def test_no_draw_is_refused(parts, states):
    with pytest.raises(ValueError, match="at least once, not 0 times"):
        measure_selection("comment", states[0], parts[0], ranks(states[1]), parts[1], draws=0)
