"""Exercises of lecture attention/03: references equal what the course measures.

That each reference passes and each planted misconception is named is tested for all lectures at
once in test_exercises.py.
"""

import pytest
import torch

from utils.exercises.exercise import Registry
from utils.models.attention_captioning import AttentionCaptionerSettings
from utils.training.attention_captioning import centres, inside

REGISTRY = Registry.of_lectures()


@pytest.mark.parametrize("layers", [0, 1, 3])
def test_the_pixels_seen_are_the_reach_of_the_captioner(layers):
    settings = AttentionCaptionerSettings(5, dilations=(1,) * layers)
    found = REGISTRY.find("pixels_seen").reference([3] * (3 + layers), [2] * 3 + [1] * layers)
    assert found == settings.reach


def test_peaks_and_pointing_are_those_of_the_course():
    generator = torch.Generator().manual_seed(0)
    weights = torch.rand(6, 16, generator=generator)
    corners = 32 * torch.rand(6, 2, 2, generator=generator)
    boxes = torch.cat([corners.amin(1), corners.amax(1)], dim=1)
    points, peaks = centres(4, 32), weights.argmax(1)
    rows = weights.tolist()
    peak_x = REGISTRY.find("peak_x").reference
    assert [peak_x(row, 4, 8) for row in rows] == points[peaks, 0].tolist()
    hits = inside(points, boxes)[torch.arange(6), peaks].float()
    given = [tuple(box) for box in boxes.tolist()]
    found = REGISTRY.find("pointing_accuracy").reference(rows, given, 4, 8)
    assert found == pytest.approx(hits.mean().item())
