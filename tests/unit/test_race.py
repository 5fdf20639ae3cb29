"""A race is fair: turns for all, own numbers of updates, and clocks that count updates only."""

import numpy as np
import pytest
from torch import nn

from utils.training import race as module
from utils.training.race import Race, Racer, affordable_steps, load_race, race, save_race
from utils.training.results import ResultError


class Counter:
    """A run that writes down its updates and gives them as its score."""

    def __init__(self, name, seed, diary):
        self.name, self.seed, self.diary, self.count = name, seed, diary, 0
        self.model = nn.Linear(3, 1 + (name == "large"))

    def update(self, rate):
        self.count += 1
        self.diary.append((self.seed, self.name, rate))

    def measure(self):
        return self.count + self.seed / 10


def racers(diary, **steps):
    return [
        Racer(name, lambda seed, name=name: Counter(name, seed, diary), 0.1, count)
        for name, count in steps.items()
    ]


def test_every_kind_does_its_own_updates_and_is_measured_at_the_same_shares():
    diary = []
    result, models = race(racers(diary, small=10, large=40), seeds=2, moments=2)
    assert result.names == ("small", "large")
    assert result.steps.tolist() == [10, 40]
    assert result.parameters.tolist() == [4, 8]
    np.testing.assert_allclose(result.score, [[[5, 10], [5.1, 10.1]], [[20, 40], [20.1, 40.1]]])
    assert (np.diff(result.seconds) > 0).all()
    assert result.final("large").tolist() == [40, 40.1]
    assert result.spent("small") == pytest.approx(result.seconds[0, :, -1].mean())
    assert [[m.out_features for m in kind] for kind in models] == [[1, 1], [2, 2]]


def test_the_kinds_take_turns_so_that_a_busy_machine_slows_all():
    diary = []
    race(racers(diary, small=10, large=40), seeds=2, moments=1)
    assert [seed for seed, *_ in diary] == [0] * 50 + [1] * 50
    for end in range(5, 51, 5):
        names = [name for _, name, _ in diary[:end]]
        assert names.count("large") == pytest.approx(4 * names.count("small"), abs=4)


def test_the_rate_warms_up_reaches_its_peak_and_falls_to_zero():
    diary = []
    race(racers(diary, one=100), moments=1)
    rates = np.array([rate for *_, rate in diary])
    assert rates.max() == pytest.approx(0.1)
    assert rates.argmax() == 4  # after five updates of a hundred
    assert rates[0] < 0.03 and rates[-1] < 0.001


def test_the_same_time_affords_more_updates_of_a_cheaper_model(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(module.time, "process_time", lambda: clock[0])

    class Slow(Counter):
        def update(self, rate):
            clock[0] += 0.02 if self.name == "small" else 0.05

    entries = [Racer(n, lambda seed, n=n: Slow(n, seed, []), 0.1, 1) for n in ("small", "large")]
    assert affordable_steps(entries, 10.01) == {"small": 500, "large": 200}


def test_a_race_is_kept_and_comes_back(tmp_path):
    result, _ = race(racers([], small=4, large=8), seeds=2, moments=2, about={"made": "here"})
    save_race(result, "tiny", tmp_path)
    again = load_race("tiny", tmp_path)
    assert again.names == result.names and again.about == {"made": "here"}
    np.testing.assert_allclose(again.score, result.score)
    np.testing.assert_allclose(again.seconds, result.seconds, atol=1e-4)
    (tmp_path / "tiny.json").write_text('{"format": 1, "about": {"a": 1}, "names": ["x"]}')
    with pytest.raises(ResultError, match="'tiny' cannot be read"):
        load_race("tiny", tmp_path)
    with pytest.raises(ResultError, match="no result 'other'"):
        load_race("other", tmp_path)


def test_scores_that_do_not_fit_are_damage(tmp_path):
    arrays = {"steps": [1], "parameters": [1], "done": [1.0]}
    parts = {key: np.array(value) for key, value in arrays.items()}
    wrong = Race(("x",), **parts, score=np.zeros((1, 1, 2)), seconds=np.zeros((1, 1, 2)))
    save_race(Race(**{**vars(wrong), "about": {"a": 1}}), "x", tmp_path)
    with pytest.raises(ResultError, match="cannot be read"):
        load_race("x", tmp_path)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: race([]), "at least one racer"),
        (lambda: race(racers([], a=0)), "steps of a must be a whole number"),
        (lambda: race(racers([], a=1), seeds=0), "seeds must be"),
        (lambda: race(racers([], a=1), moments=0), "moments must be"),
        (lambda: race(racers([], a=1) * 2), "Two racers have the name 'a'"),
        (lambda: affordable_steps(racers([], a=1), 0), "above 0 seconds, not 0"),
    ],
)
def test_wrong_input_gets_one_sentence(wrong, words):
    with pytest.raises(ValueError, match=words):
        wrong()
