"""Exercises of lecture recurrent/01: what counts as an answer, and which ideas are named.

That each reference passes and each planted misconception is named is tested for all lectures at
once in test_exercises.py.
"""

import numpy as np
import torch

from utils.exercises import check
from utils.exercises.exercise import Registry
from utils.models.recurrent import RNN, rnn, rnn_step

REGISTRY = Registry.of_lectures()
NAMES = ("rnn_step", "unroll", "count_parameters")


def test_the_course_s_own_functions_are_right_answers():
    assert check("rnn_step", rnn_step).passed

    def counted(inputs, hidden, steps):
        return sum(p.numel() for p in RNN(inputs, hidden).parameters())

    assert check("count_parameters", counted).passed


def test_the_two_references_together_are_the_course_s_rnn():
    step, unroll = (REGISTRY.find(name).reference for name in NAMES[:2])
    weights = (torch.randn(3, 4), torch.randn(4, 4), torch.randn(4))
    x, h = torch.randn(2, 5, 3), torch.randn(2, 4)
    ours = unroll(lambda x, h: step(x, h, *weights), x.unbind(1), h)
    assert torch.allclose(torch.stack(ours, 1), rnn(x, h, *weights), atol=1e-6)


def test_planted_wrong_answers_of_another_wording_are_named():
    def linear(x, h, Wx, Wh, b):
        return (torch.cat([x, h], 1) @ torch.cat([Wx, Wh])).add(b)

    def first_state_for_all(step, xs, h):
        hidden = []
        for x in xs:
            hidden.append(step(x, h))
        return hidden

    def one_set_a_step(inputs, hidden, steps):
        return sum((inputs + hidden + 1) * hidden for _ in range(steps))

    def like_pytorch(inputs, hidden, steps):
        return sum(p.numel() for p in torch.nn.RNN(inputs, hidden).parameters())

    assert check("rnn_step", linear).misconception == "no_tanh"
    assert check("unroll", first_state_for_all).misconception == "always_from_start"
    assert check("count_parameters", one_set_a_step).misconception == "new_weights"
    assert check("count_parameters", like_pytorch).misconception == "two_biases"


def test_other_kinds_of_numbers_are_accepted():
    def with_numpy(x, h, Wx, Wh, b):
        return np.tanh(x.numpy() @ Wx.numpy() + h.numpy() @ Wh.numpy() + b.numpy())

    assert check("rnn_step", with_numpy).passed
    assert check("count_parameters", lambda d, h, t: torch.tensor(h * (d + h + 1))).passed
