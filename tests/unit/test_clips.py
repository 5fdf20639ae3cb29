"""Clips: no single frame, and no bag of frames, gives the direction away; held-out glyphs."""

from collections import Counter

import numpy as np
import pytest
import torch

from utils.datasets import clips as module


@pytest.fixture(scope="module")
def clips():
    return module.load_clips()


def frames_of_all_starts(direction, at):
    """Count the frames at one time over every start of one small picture."""
    picture = torch.arange(3 * 16 * 16).remainder(251).reshape(3, 16, 16)
    starts = [(row, column) for row in range(16) for column in range(16)]
    clips = (
        module.make_clip(picture, direction, start, at + 1 if at else 2, 3) for start in starts
    )
    return Counter(bytes(clip[at].to(torch.uint8).numpy()) for clip in clips)


@pytest.mark.parametrize("at", [0, 1, 5])
def test_over_all_starts_every_direction_shows_exactly_the_same_frames_at_each_time(at):
    first, *others = (frames_of_all_starts(name, at) for name in module.DIRECTIONS)
    assert len(first) == 256
    assert all(other == first for other in others)


def test_a_clip_played_backwards_is_the_opposite_clip():
    picture = torch.rand(3, 24, 24)
    for name, opposite in module.OPPOSITE.items():
        row, column = module.DIRECTIONS[name]
        end = ((4 + 7 * 3 * row) % 24, (9 + 7 * 3 * column) % 24)
        forwards = module.make_clip(picture, name, (4, 9), 8, 3)
        assert torch.equal(forwards.flip(0), module.make_clip(picture, opposite, end, 8, 3))


def test_a_clip_moves_by_its_speed_and_comes_back_on_the_other_side():
    picture = torch.zeros(3, 16, 16)
    picture[:, 0, 0] = 1
    clip = module.make_clip(picture, "left", (2, 1), 3, 4)
    assert [tuple(frame[0].nonzero()[0].tolist()) for frame in clip] == [(2, 1), (2, 13), (2, 9)]


def test_parts_are_balanced_and_their_glyphs_differ(clips):
    parts = (clips.train, clips.validation, clips.test)
    assert [len(part) for part in parts] == [2400, 600, 1200]
    seen = [set(part.characters) for part in parts]
    assert not (seen[0] & seen[1] or seen[0] & seen[2] or seen[1] & seen[2])
    for part in parts:
        assert part.frames.shape[1:] == (8, 3, 24, 24) and part.frames.dtype == torch.uint8
        assert len(part.labels.bincount().unique()) == 1
        for character in set(part.characters):
            rows = [i for i, own in enumerate(part.characters) if own == character]
            assert len(part.labels[rows].bincount(minlength=4).unique()) == 1


def test_lost_frames_are_white_and_tell_nothing_of_the_label(clips):
    part = clips.train
    assert (part.frames[~part.seen] == 255).all()
    assert (part.frames[part.seen].flatten(1) < 255).any(1).all()
    assert 0.22 < 1 - part.seen.float().mean() < 0.28
    by_label = [part.seen[part.labels == label].float().mean().item() for label in range(4)]
    assert max(by_label) - min(by_label) < 0.03


def test_the_ceiling_counts_what_the_seen_frames_allow(clips):
    seen = np.array([[1, 0, 0, 0, 1, 0], [0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 0, 1]], dtype=bool)
    best = module._certainty(seen, speed=3, size=24)
    assert best[0].tolist() == [0.25] * 4 + [0.5] * 2  # half a frame apart: right or left?
    assert best[1].tolist() == [0.25] * 3 + [1.0] * 3
    assert best[2].tolist() == [0.25] * 6
    ceiling = clips.ceiling(clips.test)
    assert ceiling[0] == 0.25 and ceiling[1] == pytest.approx(0.75**2 + 0.25 * 0.4375, abs=0.03)
    assert (np.diff(ceiling) >= 0).all() and ceiling[-1] > 0.99


def test_a_still_is_the_frame_that_the_clips_move(clips):
    part = clips.test
    number = int(part.seen[:, 0].nonzero()[3, 0])
    row, column = part.starts[number].tolist()
    moved = module.still(part.characters[number]).roll((row, column), dims=(1, 2))
    assert torch.equal(moved, part.frames[number, 0])


def test_clips_through_one_frame_share_it_and_no_other(clips):
    through = module.clips_through(module.still("🦊"), (7, 7), at=3, frames=8, speed=clips.speed)
    assert list(through) == list(clips.names)
    for time in range(8):
        different = {bytes(clip[time].numpy()) for clip in through.values()}
        assert len(different) == (
            1 if time == 3 else 2 if time == 7 else 4
        )  # at 7: half a frame on


def test_a_seed_fixes_the_clips(clips):
    module.load_clips.cache_clear()
    assert torch.equal(module.load_clips().test.frames, clips.test.frames)
    assert not torch.equal(module.load_clips(seed=1).test.starts, clips.test.starts)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"size": 8}, "at least 16 pixels"),
        ({"frames": 1}, "one frame holds no motion"),
        ({"speed": 12}, "right and left look the same"),
        ({"speed": 0}, "from 1 to 11"),
        ({"lost": 1.0}, "share of lost frames"),
    ],
)
def test_clips_that_cannot_be_made_are_refused_in_one_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        module.load_clips(**wrong)


def test_a_clip_refuses_an_unknown_direction_and_a_start_outside():
    picture = torch.zeros(3, 16, 16)
    with pytest.raises(ValueError, match="Choose one of: right, left, down, up"):
        module.make_clip(picture, "north", (0, 0), 4, 1)
    with pytest.raises(ValueError, match="from 0 to 15"):
        module.make_clip(picture, "up", (0, 16), 4, 1)
