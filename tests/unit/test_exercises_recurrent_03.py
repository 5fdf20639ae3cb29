"""Exercises of lecture recurrent/03: references equal the course's own numbers.

That each reference passes and each planted misconception is named is tested for all lectures at
once in test_exercises.py.
"""

import torch

from utils.datasets.characters import Vocabulary
from utils.exercises import check
from utils.exercises.exercise import Registry
from utils.models.language import LanguageSettings
from utils.training.truncation import bytes_a_step

REGISTRY = Registry.of_lectures()


def test_a_loop_that_keeps_a_detached_copy_only_for_the_next_chunk_passes():
    def loop(model, loss_of, xs, ys, length, state):
        pairs = zip(xs.split(length), ys.split(length), strict=True)
        losses = []
        for x, y in pairs:
            answers, after = model(x, state.detach())
            losses.append(loss_of(answers, y))
            state = torch.tensor(after.item(), dtype=after.dtype)
        return losses

    assert check("chunk_losses", loop).passed


def test_the_bytes_of_a_chunk_are_those_of_the_lecture_without_the_characters_themselves():
    symbols = len(Vocabulary("abc").symbols)
    settings = LanguageSettings(symbols, embedding=5, hidden=6, cell="rnn")
    floats = REGISTRY.find("chunk_bytes").reference(9, 4, 5, 6, symbols)
    assert floats == 9 * (bytes_a_step(settings, 4) - 4 * 16)
