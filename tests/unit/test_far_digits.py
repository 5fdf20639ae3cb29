"""Questions whose answer lies elsewhere: the pictures, the three blocks, and how far they see."""

import pytest
import torch

from utils.datasets.digits import load_digits
from utils.training import far_digits
from utils.training.far_digits import CELL, MAKERS, SIDE, Eye, SquareReader, draw_scenes


@pytest.fixture(scope="module")
def scenes():
    return draw_scenes(load_digits(14).train, 40, torch.Generator().manual_seed(0))


def cell_of(image, cell):
    row, column = divmod(int(cell), SIDE)
    return image[:, row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL]


def test_every_colour_has_its_digit_and_its_square_in_a_cell_of_its_own(scenes):
    for image, digits, squares in zip(scenes.images, scenes.digits, scenes.squares, strict=True):
        assert len({*digits.tolist(), *squares.tolist()}) == 6
        for colour in range(3):
            for cell, ink in ((digits[colour], None), (squares[colour], 36)):
                sums = cell_of(image, cell).sum((1, 2))
                assert sums[colour] > 5 and sums.sum() == sums[colour]
                assert ink is None or sums[colour] == ink
    assert scenes.images.min() == 0 and scenes.images.max() == 1


def test_the_labels_are_those_of_the_digits_drawn(scenes):
    data = load_digits(14).train
    ink = data.images[:, 0] - data.images.min()
    for place in range(10):
        drawn = cell_of(scenes.images[place], scenes.digits[place, 0])[0, 1:-1, 1:-1]
        nearest = (ink / ink.max() - drawn).square().sum((1, 2)).argmin()
        assert data.labels[nearest] == scenes.labels[place, 0]


def test_the_distance_is_along_the_longer_side(scenes):
    a, b = scenes.squares[0, 0].item(), scenes.digits[0, 0].item()
    expected = max(abs(a // SIDE - b // SIDE), abs(a % SIDE - b % SIDE))
    assert scenes.distance[0, 0] == expected
    assert scenes.distance.min() >= 1 and scenes.distance.max() <= SIDE - 1


def test_a_generator_fixes_the_pictures():
    data = load_digits(14).train
    first, second, other = (
        draw_scenes(data, 2, torch.Generator().manual_seed(seed)) for seed in (3, 3, 4)
    )
    assert torch.equal(first.images, second.images)
    assert not torch.equal(first.images, other.images)


def test_the_eye_gives_each_cell_its_own_features(scenes):
    eye = Eye().eval()
    features = eye(scenes.images[:2])
    assert features.shape == (2, far_digits.CHANNELS, SIDE, SIDE)
    changed = scenes.images[:2].clone()
    changed[:, :, :CELL, :CELL] = 1.0  # the first cell
    moved = (eye(changed) - features).abs().amax((0, 1)) > 1e-6
    assert moved[0, 0] and not moved[2:].any() and not moved[:, 2:].any()


@pytest.mark.parametrize(
    ("block", "reach"), [("convolution", 2), ("global average", 4), ("self-attention", 4)]
)
def test_how_far_each_block_sees(block, reach):
    model = SquareReader(block)
    features = torch.randn(1, far_digits.CHANNELS, SIDE, SIDE, requires_grad=True)
    model(features, torch.tensor([[0]])).square().sum().backward()
    seen = features.grad.abs().amax((0, 1)) > 0
    assert [bool(seen[0, column]) for column in range(SIDE)] == [c <= reach for c in range(SIDE)]
    assert seen[reach, reach] and (reach == 4 or not seen[reach + 1 :].any())


def test_right_answers_are_counted_by_distance():
    right = torch.tensor([[True, False, True], [True, True, False]])
    distance = torch.tensor([[1, 1, 2], [3, 4, 2]])
    assert far_digits.by_distance(right, distance).tolist() == [0.5, 0.5, 1.0, 1.0]


def test_attention_to_the_digit_is_read_from_the_row_of_the_square(scenes):
    weights = torch.zeros(len(scenes.images), SIDE**2, SIDE**2)
    rows = torch.arange(len(weights))[:, None]
    weights[rows, scenes.squares, scenes.digits] = 0.75
    assert far_digits.looking_at_digit(weights, scenes) == 0.75


def test_a_short_comparison_has_the_shapes_it_promises():
    told = []
    found = far_digits.compare_blocks(
        seeds=2, updates=4, pictures=70, eye_updates=2, on_progress=lambda *done: told.append(done)
    )
    assert told == [(done, 6) for done in range(1, 7)]
    assert set(found.accuracy) == set(found.overall) == set(MAKERS)
    assert all(rows.shape == (2, 4) for rows in found.accuracy.values())
    assert found.weights.shape == (1000, 25, 25) and found.looking.shape == (2,)
    assert found.parameters["convolution"] > 4 * found.parameters["self-attention"]
    assert 0 <= found.limit <= 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: SquareReader("recurrence"), "no block 'recurrence'. Choose one of: convolution"),
        (lambda: far_digits.compare_blocks(seeds=0), "seeds must be a whole number, at least 1"),
        (lambda: draw_scenes(load_digits(14).train, 0, torch.Generator()), "count must be"),
    ],
)
def test_wrong_input_gets_one_sentence_at_once(wrong, words):
    with pytest.raises(ValueError, match=words):
        wrong()
