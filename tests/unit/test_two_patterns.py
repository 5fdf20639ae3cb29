"""The task with two answers at every place: what is asked, what one and two heads make of it."""

import pytest
import torch

from utils.training.two_patterns import (
    PatternModel,
    PatternTask,
    compare_heads,
    train_pattern_model,
    weight_on_patterns,
)


def test_the_answers_are_the_symbol_before_and_the_first_one():
    x, answers = PatternTask(symbols=9, length=5).draw(3, torch.Generator().manual_seed(0))
    assert x.shape == (3, 5) and answers.shape == (3, 4, 2)
    for row in range(3):
        for place in range(1, 5):
            assert answers[row, place - 1].tolist() == [x[row, place - 1], x[row, 0]]


def test_heads_do_not_change_the_parameters():
    task = PatternTask()
    counts = [sum(p.numel() for p in PatternModel(task, heads).parameters()) for heads in (1, 2, 4)]
    assert len(set(counts)) == 1


def test_a_seed_fixes_the_model_and_leaves_the_global_generator_alone():
    before = torch.get_rng_state()
    first, second = (PatternModel(PatternTask(), 2, seed=3) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), before)
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)


def test_the_weight_on_the_patterns_is_read_from_the_right_places():
    weights = torch.zeros(1, 2, 4, 4)
    weights[0, 0, range(1, 4), range(3)] = 1  # head 0 looks at the place before
    weights[0, 1, :, 0] = 1  # head 1 looks at the first place
    assert weight_on_patterns(weights).tolist() == [[1, 0], [0, 1]]


@pytest.mark.slow
def test_two_heads_share_the_two_questions_and_one_head_cannot():
    runs = compare_heads((1, 2), seeds=2, updates=200)
    assert runs.both[2].min() > 0.98
    assert runs.both[1].max() < 0.9
    assert runs.parameters[1] == runs.parameters[2]
    for heads in runs.weight[2]:
        assert sorted(heads.argmax(axis=1).tolist()) == [0, 1] and heads.max(axis=1).min() > 0.9


def test_progress_is_told_after_each_model():
    told = []
    compare_heads((1, 2), seeds=1, updates=1, on_progress=lambda *done: told.append(done))
    assert told == [(1, 2), (2, 2)]


def test_attention_of_a_trained_model_adds_up_to_one():
    task = PatternTask(symbols=5, length=4)
    model = train_pattern_model(task, 2, updates=2)
    logits, weights = model(task.draw(3, torch.Generator().manual_seed(1))[0])
    assert logits.shape == (3, 4, 2, 5) and weights.shape == (3, 2, 4, 4)
    torch.testing.assert_close(weights.sum(-1), torch.ones(3, 2, 4))


@pytest.mark.parametrize(("name", "value"), [("symbols", 1), ("length", 2), ("length", 3.5)])
def test_a_task_that_cannot_be_gets_one_sentence(name, value):
    with pytest.raises(ValueError, match=f"{name} must be a whole number, at least"):
        PatternTask(**{name: value})


def test_a_comparison_without_a_seed_or_with_odd_heads_gets_one_sentence():
    with pytest.raises(ValueError, match="seeds must be a whole number, at least 1, not 0"):
        compare_heads(seeds=0)
    for nothing in ((), None):
        with pytest.raises(ValueError, match="at least one number of heads"):
            compare_heads(nothing, seeds=1)
    with pytest.raises(ValueError, match="3 heads do not divide a width of 32"):
        compare_heads((3,), seeds=1)
