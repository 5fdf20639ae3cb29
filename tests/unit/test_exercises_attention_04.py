"""Exercises of lecture attention/04: references equal the course's attention, faults are named.

That each reference passes and each planted misconception is named is tested for all lectures at
once in test_exercises.py.
"""

import pytest
import torch

from utils.analysis.self_attention import MASKS, read_mask, unnamed
from utils.exercises import check
from utils.exercises.exercise import Registry
from utils.models.attention import attention, attention_weights, causal_mask

REGISTRY = Registry.of_lectures()


def test_the_output_of_one_query_is_attention():
    generator = torch.Generator().manual_seed(0)
    q, k, v = (
        torch.randn(*s, dtype=torch.float64, generator=generator) for s in ((1, 5), (4, 5), (4, 1))
    )
    given = REGISTRY.find("attend").reference(q[0].tolist(), k.tolist(), v[:, 0].tolist())
    assert given == pytest.approx(attention(q, k, v)[0].item())


def test_the_masked_weight_is_that_of_the_causal_mask():
    scores = torch.randn(4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    expected = attention_weights(scores, causal_mask(4))
    reference = REGISTRY.find("causal_weight").reference
    for q in range(4):
        for k in range(4):
            assert reference(scores.tolist(), q, k) == pytest.approx(expected[q, k].item())


def test_the_pictures_of_the_lecture_are_those_of_the_answer():
    truth = REGISTRY.find("find_the_fault").reference
    generator = torch.Generator().manual_seed(0)
    x, *maps = (torch.randn(*s, generator=generator) for s in ((4, 3), (3, 2), (3, 2), (3, 2)))
    readings = {name: read_mask(masked, x, maps) for name, masked in MASKS.items()}
    for letter, reading in unnamed(readings, seed=24).items():
        assert reading is readings[truth[letter]]


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("A is right", "error"),
        ({"A": "right", "B": "right"}, "not_tried"),
        ({"A": "broken", "B": "right", "C": "right", "D": "right"}, "error"),
    ],
)
def test_an_answer_that_is_no_full_table_is_told_so(answer, state):
    assert check("find_the_fault", answer).state == state
