"""EnsembleMembers shows the answers of exact averages; wrong input gets one clear sentence."""

import numpy as np
import pytest
import torch

from utils.training.ensembles import accuracy_by_size, average
from utils.widgets import EnsembleMembers, decode
from utils.widgets.ensemble_members.widget import members_data

MEMBERS, DIGITS, SIZE = 5, 4, 6


@pytest.fixture
def team():
    """Return probabilities of five made-up members, images, labels and accuracies by size."""
    generator = torch.Generator().manual_seed(0)
    said = torch.randn(MEMBERS, DIGITS, 10, generator=generator).mul(2).softmax(-1)
    images = torch.randn(DIGITS, SIZE, SIZE, generator=generator)
    labels = torch.tensor([3, 0, 9, 5])
    by_size = accuracy_by_size(said, labels, range(1, MEMBERS + 1), draws=20)
    return said, images, labels, by_size


def test_every_answer_is_the_one_of_the_exact_average(team):
    said, _, labels, _ = team
    data = members_data(*team)
    for members in range(1, MEMBERS + 1):
        means = average(said[:members])
        right = (said[:members].argmax(-1) == labels).sum(0)
        for digit in range(DIGITS):
            assert data["answers"][digit][members - 1] == means[digit].argmax()
            found = data["confidence"][digit][members - 1]
            assert found == pytest.approx(float(means[digit].max()), abs=1e-4)
            assert data["right"][digit][members - 1] == right[digit]


def test_a_near_tie_is_decided_before_the_numbers_are_packed(team):
    _, images, labels, by_size = team
    said = np.zeros((MEMBERS, DIGITS, 10))
    said[:, :, 2], said[:, :, 6] = 0.4999, 0.5001  # one level of the packed bytes holds both
    data = members_data(said, images, labels, by_size)
    assert data["answers"] == [[6] * MEMBERS] * DIGITS


def test_arrays_are_packed_digit_by_digit_and_the_band_holds_four_fifths_of_the_draws(team):
    said, images, _, by_size = team
    data = members_data(*team)
    packed = decode(data["probabilities"]).reshape(DIGITS, MEMBERS, 10)
    assert np.abs(packed - said.swapaxes(0, 1).numpy()).max() < 0.003
    pixels = decode(data["images"]).reshape(images.shape)
    assert (pixels.min(), pixels.max()) == (0, 1)
    assert np.corrcoef(pixels.ravel(), images.ravel())[0, 1] > 0.9999
    accuracy = data["accuracy"]
    assert accuracy["mean"] == pytest.approx(by_size.mean(1), abs=1e-5)
    assert accuracy["low"] == pytest.approx(np.percentile(by_size, 10, axis=1), abs=1e-5)
    assert accuracy["high"] == pytest.approx(np.percentile(by_size, 90, axis=1), abs=1e-5)


def test_the_alt_text_states_the_answer_the_truth_and_both_accuracies(team):
    said, _, _, by_size = team
    mean = average(said[:3])[2]
    view = EnsembleMembers(*team, members=3, digit=2)
    assert f"3 members say {mean.argmax()} with {100 * mean.max():.0f} % (true: 9)" in view.alt
    ends = f"reach {100 * by_size[2].mean():.1f} %, one alone {100 * by_size[0].mean():.1f} %."
    assert view.alt.endswith(ends)
    assert "one member says" in EnsembleMembers(*team).alt
    assert 'data-view="ensemble_members"' in view.html()


def test_an_ensemble_of_one_and_images_of_one_grey_are_views_too(team):
    said, images, labels, by_size = team
    view = EnsembleMembers(said[:1], torch.ones_like(images), labels, by_size[:1])
    assert (decode(view.state["data"]["images"]) == 0).all()


@pytest.mark.parametrize(
    ("place", "change", "words"),
    [
        (0, lambda said: said[0], r"\(members, digits, classes\), not \(4, 10\)"),
        (0, lambda said: said[:0], "at least one member"),
        (0, lambda said: said.repeat(4, 1, 1), "at most 16 members"),
        (0, lambda said: said.log(), "sum to 1"),
        (0, lambda said: said * np.nan, "sum to 1"),
        (1, lambda images: images[1:], r"4 square images, one a digit, not shape \(3, 6, 6\)"),
        (1, lambda images: images.flatten(1), "square images"),
        (1, lambda images: images / 0, "finite"),
        (2, lambda labels: labels[1:], "4 labels from 0 to 9"),
        (2, lambda labels: labels + 1, "4 labels from 0 to 9"),
        (3, lambda by_size: by_size[:2], r"\(5, draws\).* it got shape \(2, 20\)"),
        (3, lambda by_size: by_size[:, :0], "draws"),
        (3, lambda by_size: 100 * by_size + 2, "from 0 to 1"),
    ],
)
def test_input_that_does_not_fit_gets_one_sentence(team, place, change, words):
    broken = list(team)
    broken[place] = change(broken[place])
    with pytest.raises(ValueError, match=words):
        EnsembleMembers(*broken)


def test_a_start_out_of_range_gets_one_sentence(team):
    for members in (0, 6, 1.5):
        with pytest.raises(ValueError, match=f"members must be from 1 to 5, not {members}"):
            EnsembleMembers(*team, members=members)
    for digit in (-1, 4):
        with pytest.raises(ValueError, match=f"position from 0 to 3, not {digit}"):
            EnsembleMembers(*team, digit=digit)
