"""Exercises of lecture attention/01: references equal what the models of the course hold and do.

That each reference passes and each planted misconception is named is tested for all lectures at
once in test_exercises.py.
"""

import pytest
import torch

from utils.exercises.exercise import Registry
from utils.models.seq2seq import SequenceToSequence, TranslationSettings

REGISTRY = Registry.of_lectures()


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_the_numbers_are_those_that_an_encoder_hands_over(cell):
    model = SequenceToSequence(TranslationSettings(9, 9, 4, 6, cell))
    last = model.encoder(torch.randint(3, 9, (1, 5))).last
    numbers = sum(part.numel() for part in (last if cell == "lstm" else (last,)))
    assert REGISTRY.find("numbers_a_word").reference(cell, 6, 5) == numbers / 5


def test_the_steps_are_those_of_the_graph():
    """A linear path: each recurrent step multiplies by 2, so the gradient counts the steps."""
    reference = REGISTRY.find("steps_between").reference
    words, places = 5, [torch.ones((), requires_grad=True) for _ in range(5)]
    for reverse in (False, True):
        state = torch.zeros(())
        for place in places[::-1] if reverse else places:
            state = 2 * state + place
        for target in range(1, 4):
            state = 2 * state
            grads = torch.autograd.grad(state, places, retain_graph=True)
            for i, grad in enumerate(grads, 1):
                assert 2 ** reference(i, target, words, reverse) == grad.item()
