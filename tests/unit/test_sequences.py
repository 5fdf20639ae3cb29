"""Models that see one frame, a mean, or the order: what each may know, and a faithful trace."""

import numpy as np
import pytest
import torch

from utils.datasets.clips import OPPOSITE, load_clips
from utils.training import sequences


@pytest.fixture(scope="module")
def clips():
    return load_clips()


@pytest.fixture(scope="module")
def trained(clips):
    """A recurrent network and a network of the mean, both really trained for two seconds."""
    make = {name: sequences.MODELS[name] for name in ("RNN", "mean of frames")}
    return {name: sequences.train(own, clips, seeds=1, steps=300)[0] for name, own in make.items()}


def test_features_are_block_means_of_ink_and_an_empty_frame_gives_zeros():
    frames = torch.full((1, 2, 3, 24, 24), 255, dtype=torch.uint8)
    frames[0, 1, :, 3:6, 6:9] = 0
    found = sequences.features(frames)
    assert found.shape == (1, 2, 64) and not found[0, 0].any()
    assert found[0, 1].nonzero().flatten().tolist() == [8 + 2]
    assert found[0, 1, 10] == sequences.SCALE


def test_features_move_with_the_picture(clips):
    x = sequences.features(clips.test.frames[:4])
    rolled = sequences.features(clips.test.frames[:4].roll((3, -6), dims=(-2, -1)))
    grid = x.unflatten(-1, (8, 8)).roll((1, -2), dims=(-2, -1)).flatten(-2)
    assert torch.allclose(rolled, grid)


def test_training_together_equals_an_ordinary_loop(clips):
    steps, rate = 5, 0.006
    together = sequences.train(sequences.MODELS["RNN"], clips, seeds=2, steps=steps, rate=rate)
    alone = [sequences.RecurrentModel(seed=seed) for seed in range(2)]
    optimizers = [torch.optim.Adam(model.parameters(), lr=rate) for model in alone]
    falls = [torch.optim.lr_scheduler.CosineAnnealingLR(one, steps) for one in optimizers]
    x, order = sequences.features(clips.train.frames), torch.Generator().manual_seed(0)
    for _ in range(steps):
        rows = torch.randint(len(x), (2, 64), generator=order)
        batch = sequences.moved(x[rows], order)
        parts = zip(alone, optimizers, falls, batch, clips.train.labels[rows], strict=True)
        for model, optimizer, fall, own, labels in parts:
            optimizer.zero_grad()
            sequences.loss_of(model(own), labels).backward()
            optimizer.step()
            fall.step()
    for one, other in zip(together, alone, strict=True):
        for first, second in zip(one.parameters(), other.parameters(), strict=True):
            assert torch.allclose(first, second, atol=1e-4)


def test_each_model_answers_from_what_it_may_see_only():
    x = torch.randn(1, 8, 64, requires_grad=True)
    reach = {}
    for name, make in sequences.MODELS.items():
        (gradient,) = torch.autograd.grad(make(0)(x)[0, 4].sum(), x)
        reach[name] = gradient[0].abs().sum(dim=1).nonzero().flatten().tolist()
    past = [0, 1, 2, 3, 4]
    assert reach.pop("one frame") == [4]
    assert all(seen == past for seen in reach.values())


def test_the_mean_does_not_change_when_frames_change_places():
    x, model = torch.randn(3, 8, 64), sequences.MeanModel()
    mixed = x[:, [3, 1, 7, 0, 2, 6, 5, 4]]
    assert torch.allclose(model(x)[:, -1], model(mixed)[:, -1], atol=1e-5)
    recurrent = sequences.RecurrentModel()
    assert not torch.allclose(recurrent(x)[:, -1], recurrent(mixed)[:, -1], atol=1e-3)


def test_a_learned_start_is_trained_and_a_zero_start_is_no_parameter(clips):
    learned = sequences.train(sequences.MODELS["RNN, learned start"], clips, seeds=1, steps=20)[0]
    assert learned.recurrent.start.abs().max() > 0.01
    assert sequences.RecurrentModel().recurrent.start is None


def test_a_few_seconds_teach_the_order_and_the_mean_only_the_axis(clips, trained):
    ceiling = clips.ceiling(clips.validation)
    order = sequences.accuracy(trained["RNN"], clips.validation)
    mean = sequences.accuracy(trained["mean of frames"], clips.validation)
    assert order[-1] > 0.9 and (order <= ceiling + 0.06).all()
    assert 0.35 < mean[-1] < 0.6


def test_backwards_the_answer_is_the_opposite(clips, trained):
    found = sequences.play_in_orders([trained["RNN"]], clips)
    assert found.orders == ("in order", "backwards", "shuffled")
    assert found.right["in order"][0] > 0.9 and found.opposite["backwards"][0] > 0.9
    assert abs(found.right["shuffled"][0] - found.opposite["shuffled"][0]) < 0.12
    assert {OPPOSITE[OPPOSITE[name]] == name for name in clips.names} == {True}


def test_mistakes_are_the_clips_that_accuracy_misses(clips, trained):
    wrong = sequences.mistakes(trained["RNN"], clips.test)
    reached = sequences.accuracy(trained["RNN"], clips.test)[-1]
    assert len(wrong) == round((1 - reached) * len(clips.test))


@pytest.mark.parametrize("name", ["RNN", "RNN, learned start"])
def test_a_trace_holds_every_part_of_every_step(clips, name):
    model = sequences.MODELS[name](0)
    found = sequences.trace(model, clips.test.frames[5], clips.test.labels[5], clips.names)
    assert found.frames.shape == (8, 24, 24, 3) and found.frames.dtype == np.uint8
    rebuilt = np.tanh(found.from_input + found.from_state + found.b)
    np.testing.assert_allclose(found.hidden[1:], rebuilt, atol=1e-5)
    np.testing.assert_allclose(found.from_state, found.hidden[:-1] @ found.Wh, atol=1e-5)
    with torch.no_grad():
        answers = model(sequences.features(clips.test.frames[5:6]))[0].softmax(-1)
    np.testing.assert_allclose(found.probabilities, answers.numpy(), atol=1e-5)
    assert found.names[found.truth] == clips.names[clips.test.labels[5]]
    lost = ~clips.test.seen[5].numpy()
    assert lost.any() and not found.from_input[lost].any()  # a lost frame adds nothing


def test_the_best_frame_is_chosen_on_validation_and_measured_on_test():
    one = {"one frame": np.array([[0.2, 0.4, 0.3], [0.2, 0.5, 0.3]])}
    test = {"one frame": np.array([[0.9, 0.1, 0.8], [0.9, 0.2, 0.8]])}
    found = sequences.Comparison(one, test, np.ones(3), {}).best_frame()
    assert found[0] == 2 and found[1].tolist() == [0.1, 0.2]


def test_the_gain_of_a_learned_start_is_paired_by_seed():
    test = {"RNN": np.array([[0.5], [0.9]]), "RNN, learned start": np.array([[0.51], [0.93]])}
    gain, bar = sequences.Comparison({}, test, np.ones(1), {}).start_summary()
    assert gain == pytest.approx([2.0]) and bar == pytest.approx([2.0])


def test_what_cannot_be_trained_or_traced_is_refused_in_one_sentence(clips):
    with pytest.raises(ValueError, match="at least one seed"):
        sequences.train(sequences.MODELS["RNN"], clips, seeds=0)
    with pytest.raises(ValueError, match="at least one update"):
        sequences.train(sequences.MODELS["RNN"], clips, steps=0)
    with pytest.raises(ValueError, match="multiple of 3"):
        sequences.features(torch.zeros(1, 8, 3, 16, 16))
    with pytest.raises(ValueError, match="this is list"):
        sequences.features([1, 2, 3])
    with pytest.raises(ValueError, match="follows one clip"):
        sequences.trace(sequences.RecurrentModel(), clips.test.frames[:2], 0, clips.names)
