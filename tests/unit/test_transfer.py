"""Transfer: cached features, the new classifier, fine-tuning from kept activations, draws."""

import dataclasses

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from utils.datasets.emoji import load_emoji
from utils.models.convnets import load_network
from utils.training import transfer as module

CLASSES = ("face", "building", "mammal")


@pytest.fixture(scope="module")
def lite():
    return load_network()


@pytest.fixture(scope="module")
def emoji():
    return load_emoji(64, CLASSES)


@pytest.fixture(scope="module")
def examples(lite, emoji):
    return tuple(
        module.prepare(lite, part.images, part.labels, CLASSES, cache=None)
        for part in (emoji.train, emoji.test)
    )


def test_features_are_kept_read_again_and_told_apart(lite, emoji, tmp_path):
    pixels, seen = emoji.test.images[:6], []
    first = module.extract(lite, pixels, cache=tmp_path, on_progress=lambda *at: seen.append(at))
    assert seen[-1] == (6, 6)

    def fail(part):
        raise AssertionError("it was computed again")

    fail.__name__ = lite.features.__name__
    assert torch.equal(module.extract(lite, pixels, fail, cache=tmp_path), first)
    other = pixels.clone()
    other[0, 0, 0, 0] ^= 1
    with pytest.raises(AssertionError, match="again"):
        module.extract(lite, other, fail, cache=tmp_path)


@pytest.mark.parametrize(("size", "together"), [(64, 32), (128, 8), (224, 4), (1000, 1)])
def test_as_many_images_go_through_together_as_suit_their_size(lite, size, together):
    pixels, seen = torch.zeros(33, 3, size, size, dtype=torch.uint8), []

    def features(part):
        return torch.zeros(len(part), 1)

    module.extract(lite, pixels, features, cache=None, on_progress=lambda *at: seen.append(at))
    assert seen[0] == (together, 33) and seen[-1] == (33, 33)


@pytest.mark.parametrize("damage", ["truncated", "altered", "nothing"])
def test_a_damaged_cache_is_told_and_made_again(lite, emoji, tmp_path, damage):
    pixels = emoji.test.images[:2]
    first = module.extract(lite, pixels, cache=tmp_path)
    (path,) = tmp_path.iterdir()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    damaged = {"truncated": content[:500], "altered": content, "nothing": b""}[damage]
    path.write_bytes(bytes(damaged))
    with pytest.warns(UserWarning, match="damaged.*again"):
        assert torch.equal(module.extract(lite, pixels, cache=tmp_path), first)
    assert torch.equal(module.extract(lite, pixels, cache=tmp_path), first)


def test_a_folder_that_cannot_be_written_is_no_fault(lite, emoji, tmp_path, recwarn):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert module.extract(lite, emoji.test.images[:2], cache=blocked / "cache").shape == (2, 1280)
    assert not recwarn.list


def test_what_is_kept_equals_the_whole_network(lite, emoji, examples):
    _, test = examples
    whole = lite.features(emoji.test.images)
    torch.testing.assert_close(test.features, whole, rtol=1e-4, atol=1e-5)
    mirrored = lite.features(emoji.test.images.flip(3))
    start = module.fit_classifier(test.features, test.labels)
    model = module.Tuned(lite.network, start)
    with torch.inference_mode():
        for kept, features in ((test.lower, whole), (test.mirrored, mirrored)):
            torch.testing.assert_close(model(kept), start(features), rtol=1e-3, atol=1e-4)


def test_the_classifier_is_at_the_minimum_of_its_loss(examples):
    train, _ = examples
    fitted = module.fit_classifier(train.features, train.labels, penalty=1e-2, steps=500)
    weight = fitted.weight.clone().requires_grad_(True)
    directions = F.normalize(train.features, dim=1) - fitted.centre
    loss = F.cross_entropy(directions @ weight + fitted.bias, train.labels)
    (loss + 0.005 * weight.square().sum()).backward()
    assert weight.grad.norm() < 1e-3
    stronger = module.fit_classifier(train.features, train.labels, penalty=1.0)
    assert stronger.weight.norm() < 0.5 * fitted.weight.norm()


def test_longer_features_give_the_same_answer(examples):
    train, test = examples
    fitted = module.fit_classifier(train.features, train.labels)
    torch.testing.assert_close(fitted(3 * test.features), fitted(test.features))


def test_draws_hold_every_class_and_grow_with_the_number(examples):
    labels = examples[0].labels
    for seed in range(3):
        few, many = (set(module.draw_shots(labels, k, seed).tolist()) for k in (2, 5))
        assert few < many and len(many) == 15
        assert labels[sorted(many)].bincount().tolist() == [5, 5, 5]
    assert set(module.draw_shots(labels, 5, 0).tolist()) != many


def test_training_changes_only_its_copy_and_repeats_for_a_seed(lite, examples):
    train, _ = examples
    before = {key: value.clone() for key, value in lite.network.state_dict().items()}
    chosen = module.draw_shots(train.labels, 4, 0)
    start = module.fit_classifier(train.features[chosen], train.labels[chosen])
    runs = [module.fine_tune(lite, train, chosen, start, steps=3, seed=s) for s in (0, 0, 1)]
    assert all(torch.equal(before[key], value) for key, value in lite.network.state_dict().items())
    first, again, other = (model.blocks[0]._project_conv.weight for model in runs)
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert not torch.equal(first, lite.network._blocks[module.CUT]._project_conv.weight)
    small = [module.train_from_scratch(train, chosen, steps=3, seed=s)(train.small) for s in (0, 0)]
    assert torch.equal(*small)


def test_training_from_scratch_learns_its_examples(examples):
    train, _ = examples
    chosen = module.draw_shots(train.labels, 6, 0)
    model = module.train_from_scratch(train, chosen, steps=80)
    with torch.inference_mode():
        right = model(train.small[chosen]).argmax(1) == train.labels[chosen]
    assert right.float().mean() > 0.9


def test_fine_tuning_lowers_the_loss_of_its_examples(lite, examples):
    train, _ = examples
    chosen = module.draw_shots(train.labels, 6, 0)
    start = module.fit_classifier(train.features[chosen], train.labels[chosen], penalty=0.3)
    tuned = module.fine_tune(lite, train, chosen, start, steps=15)
    with torch.inference_mode():
        before, after = (
            F.cross_entropy(logits, train.labels[chosen])
            for logits in (start(train.features[chosen]), tuned(train.lower[chosen]))
        )
    assert after < 0.5 * before


@pytest.mark.slow
def test_the_curves_hold_answers_and_their_draws(lite, examples):
    train, test = examples
    seen = []
    curves = module.shot_curves(
        lite, train, test, (1, 3), draws=2, on_progress=lambda *at: seen.append(at)
    )
    assert curves.answered.shape == (3, 2, 2, len(test)) and seen[-1] == (4, 4)
    assert [len(draws[0]) for draws in curves.chosen] == [3, 9]
    assert curves.accuracy[0, 1].mean() > 0.6  # three classes: guessing is a third
    gain, error = curves.gain("fine-tuned", over="frozen features")
    np.testing.assert_allclose(gain, (curves.accuracy[1] - curves.accuracy[0]).mean(axis=1))
    assert error.shape == (2,)
    again = module.shot_curves(lite, train, test, (1,), draws=1)
    assert np.array_equal(curves.answered[:, :1, :1], again.answered)


@pytest.mark.slow
def test_the_best_of_each_way_is_chosen_and_the_search_tells_how_far_it_is(lite, examples):
    seen = []
    choice = module.choose_recipe(
        lite,
        *examples,
        penalties=(1e-3, 1e6),
        tune_rates=(1e-3, 1e-12),
        scratch_rates=(1e-3, 1e-12),
        shots=2,
        draws=1,
        on_progress=lambda *at: seen.append(at),
    )
    assert seen == [(1, 2), (2, 2)]
    for way, values in choice.table().items():
        place = module.METHODS.index(way)
        kept = dataclasses.astuple(choice.recipe)[place]
        assert values[kept] == max(values.values())


def test_the_worth_of_one_example_is_read_from_the_means():
    answered = np.zeros((3, 3, 2, 4), dtype=int)
    answered[0, :, :, :3] = 1  # right 3 of 4 from the first example on
    answered[2, 2] = 1
    curves = module.ShotCurves((1, 2, 5), answered, np.ones(4, dtype=int), (), ("a", "b"))
    assert curves.worth("frozen features", than="from scratch") == 5
    assert curves.worth("frozen features", than="fine-tuned") is None


def test_the_accuracy_of_each_class_is_the_mean_over_draws():
    labels = np.array([0, 1, 1, 1, 1])
    answered = np.zeros((3, 2, 2, 5), dtype=int)
    answered[0, 1, 0, 1:] = 1  # with more examples, one of two draws has class 1 right
    curves = module.ShotCurves((1, 2), answered, labels, (), ("a", "b"))
    assert curves.by_class("frozen features").tolist() == [[1, 0], [1, 0.5]]
    assert curves.by_class("from scratch").tolist() == [[1, 0], [1, 0]]


def test_nearest_compares_directions():
    candidates = torch.tensor([[10.0, 10.0], [1.0, 0.1], [0.0, 5.0]])
    places, values = module.nearest(torch.tensor([[3.0, 0.0]]), candidates, 3)
    assert places.tolist() == [[1, 0, 2]]
    assert values[0, 1].item() == pytest.approx(0.5**0.5)


def test_digits_become_pictures_without_mirrors(lite, digits):
    pixels, labels = module.enlarge(digits.test, 20)
    assert pixels.shape == (20, 3, 64, 64) and pixels.dtype == torch.uint8
    assert pixels.min() == 0 and pixels.max() == 255
    names = tuple("0123456789")
    prepared = module.prepare(lite, pixels, labels, names, mirror=False, cache=None)
    assert prepared.mirrored is None and prepared.features.shape == (20, 1280)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda lite, e: module.draw_shots(e.labels, 17, 0, CLASSES), "'face' has 16"),
        (lambda lite, e: module.draw_shots(e.labels, 0, 0), "at least one"),
        (lambda lite, e: module.draw_shots(torch.zeros(5).long(), 1, 0), "two classes"),
        (lambda lite, e: module.fit_classifier(e.features, 0 * e.labels), "two classes"),
        (lambda lite, e: module.nearest(e.features, e.features[:3], 4), "3 candidates"),
        (
            lambda lite, e: module.prepare(lite, torch.zeros(2, 3, 64, 64), e.labels, CLASSES),
            "2 images and 48 labels",
        ),
        (
            lambda lite, e: module.shot_curves(lite, e, e, (20,), 1),
            "choose at most 16",
        ),
        (lambda lite, e: module.shot_curves(lite, e, e, (), 1), "at least one number"),
        (lambda lite, e: module.shot_curves(lite, e, e, (1,), 0), "at least one number"),
        (lambda lite, e: module.draw_shots(e.labels, 1.5, 0), "whole number"),
        (lambda lite, e: module.split_accuracy(e.features, e.labels, 16), "nothing is left to ask"),
        (lambda lite, e: module.fit_classifier(e.features, e.labels[:20]), "48 images and 20"),
        (lambda lite, e: module.fit_classifier(e.features, e.labels, -1), "at least 0, not -1"),
        (lambda lite, e: module.early_features(lite, blocks=17), "after 0 to 16 of them, not 17"),
        (lambda lite, e: module.early_features(lite, grid=0), "not 0"),
        (lambda lite, e: module.early_features(lite, blocks=1.5), "not 1.5"),
        (lambda lite, e: module.draw_shots(e.labels, True, 0), "whole number"),
        (lambda lite, e: module.draw_shots(e.labels.float(), 1, 0), "from 0 on.*float32"),
        (lambda lite, e: module.fit_classifier(e.features, e.labels - 1), "from 0 on.*not -1"),
        (lambda lite, e: module.fit_classifier(torch.nan * e.features, e.labels), "are no numbers"),
        (lambda lite, e: module.fit_classifier(e.features.long(), e.labels), "not torch.int64"),
        (lambda lite, e: module.fit_classifier(e.features[:, 0], e.labels), "shape \\(48,\\)"),
        (lambda lite, e: module.nearest(e.features, e.features[:, :5]), "1280 and 5 numbers"),
        (lambda lite, e: module.shot_curves(lite, e, e, 5, 1), "at least one number"),
        (
            lambda lite, e: module.shot_curves(
                lite, e, dataclasses.replace(e, names=("sky", "hand", "face")), (1,), 1
            ),
            "other classes.*sky, hand, face",
        ),
        (lambda lite, e: module.Recipe(tune_rate=-1), "above 0, not -1"),
        (lambda lite, e: module.Recipe(penalty=float("nan")), "at least 0, not nan"),
        (lambda lite, e: module.choose_recipe(lite, e, e, penalties=()), "equally many values"),
        (lambda lite, e: module.choose_recipe(lite, e, e, shots=17, draws=1), "choose at most 16"),
        (
            lambda lite, e: module.frozen_accuracy(*[(e.features, e.labels)] * 2, draws=0),
            "draws must be a whole number, at least 1, not 0",
        ),
        (
            lambda lite, e: module.frozen_accuracy(
                (e.features, e.labels), (e.features[:, :5], e.labels)
            ),
            "1280 and 5 numbers",
        ),
        (lambda lite, e: module.split_accuracy(e.features, e.labels, 2, splits=0), "splits must"),
        (
            lambda lite, e: module.prepare(
                lite, torch.zeros(48, 3, 8, 8).byte(), e.labels, CLASSES[:2], cache=None
            ),
            "3 classes and 2 names",
        ),
        (
            lambda lite, e: module.prepare(lite, torch.rand(48, 3, 64, 64), e.labels, CLASSES),
            "uint8 values",
        ),
        (
            lambda lite, e: module.extract(lite, torch.zeros(1, 3, 8, 8).byte(), batch=0),
            "batch must be",
        ),
    ],
)
def test_bad_input_is_one_sentence(call, words, lite, examples):
    with pytest.raises(ValueError, match=words) as caught:
        call(lite, examples[0])
    assert "\n" not in str(caught.value)


def test_earlier_features_say_where_and_joined_ones_weigh_alike(lite, emoji):
    pixels = emoji.test.images[:3]
    early = module.extract(lite, pixels, module.early_features(lite, 8, grid=2), cache=None)
    assert early.shape == (3, 80 * 4)
    with torch.inference_mode():
        places = lite.network.lower(lite.scale(pixels), 8)  # (3, 80, 4, 4)
    torch.testing.assert_close(
        early.reshape(3, 80, 2, 2)[..., 0, 1], places[..., :2, 2:].mean((2, 3))
    )
    joined = module.joined(early, 7 * early)
    torch.testing.assert_close(joined[:, :320], joined[:, 320:])
    torch.testing.assert_close(joined.square().sum(1), torch.full((3,), 2.0))


def test_the_numbers_of_weights_are_those_that_the_lecture_tells(lite):
    ten = module.LinearClassifier(torch.zeros(1280), torch.zeros(1280, 10), torch.zeros(10))
    counts = [
        sum(p.numel() for p in model.parameters())
        for model in (module.Tuned(lite.network, ten), module.small_network(10))
    ]
    assert ten.weight.numel() + ten.bias.numel() == 12_810
    assert round(counts[0], -6) == 1_000_000 and round(counts[1], -3) == 34_000


def test_every_split_asks_all_other_examples():
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(3).repeat_interleave(7)
    features = torch.eye(3)[labels] + 0.05 * torch.randn(21, 3, generator=generator)
    assert module.split_accuracy(features, labels, 2, splits=4).tolist() == [1.0] * 4
    noise = torch.randn(21, 3, generator=generator)
    found = module.split_accuracy(noise, labels, 2, splits=6)
    assert len(found) == 6 and found.std() > 0
    assert found * 15 == pytest.approx((found * 15).round(), abs=1e-4)
    with pytest.raises(ValueError, match="7"):
        module.split_accuracy(features, labels, 8)
