"""Searching: fair grids, fair draws, trials that are never lost, and rounds that halve."""

import dataclasses
import math
import os
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest

from utils.training.search import (
    SearchStopped,
    Surface,
    compare,
    grid_points,
    random_points,
    search,
    successive_halving,
)
from utils.training.workers import as_they_finish, worker_processes


def surface(rows=20, columns=12, score=None) -> Surface:
    values = np.linspace(0, 1, rows * columns).reshape(rows, columns) if score is None else score
    return Surface(
        ("rate", "decay"), np.geomspace(0.01, 1, rows), np.geomspace(1e-4, 1, columns), values
    )


def ridge(rows=24, columns=24) -> Surface:
    """A surface on which only the first hyperparameter counts, and only one narrow band."""
    score = np.zeros((rows, columns))
    score[10:12] = 0.9
    return surface(rows, columns, score + np.linspace(0, 1e-6, rows * columns).reshape(rows, -1))


class TestPoints:
    def test_a_grid_has_few_values_of_each_hyperparameter_evenly_spread(self):
        points = grid_points(surface(), 16)
        assert points.shape == (16, 2) and len({tuple(p) for p in points.tolist()}) == 16
        assert sorted(set(points[:, 0])) == [2, 7, 12, 17]
        assert sorted(set(points[:, 1])) == [1, 4, 7, 10]

    def test_random_settings_are_all_different_and_try_more_values(self):
        points = random_points(surface(), 16, np.random.default_rng(0))
        assert len({tuple(p) for p in points.tolist()}) == 16
        assert len(set(points[:, 0])) > 4

    @pytest.mark.parametrize("draw", [grid_points, random_points])
    def test_every_setting_is_as_likely_as_any_other(self, draw):
        generator, counts = np.random.default_rng(0), np.zeros((20, 12))
        for _ in range(3000):
            np.add.at(counts, tuple(draw(surface(), 9, generator).T), 1)
        expected = 3000 * 9 / counts.size
        assert abs(counts / expected - 1).max() < 0.5  # five standard errors
        assert abs(counts.sum(axis=0) / expected / 20 - 1).max() < 0.12

    @pytest.mark.parametrize(
        ("budget", "message"), [(8, "square"), (0, "square"), (2.0, "square"), (169, "too coarse")]
    )
    def test_a_budget_that_makes_no_grid(self, budget, message):
        with pytest.raises(ValueError, match=message):
            grid_points(surface(), budget)

    @pytest.mark.parametrize("budget", [0, 241, 1.5, True])
    def test_a_budget_that_cannot_be_drawn(self, budget):
        with pytest.raises(ValueError, match="from 1 to 240"):
            random_points(surface(), budget, np.random.default_rng(0))


class TestSurface:
    def test_shares_are_those_of_a_sum_of_two_effects(self):
        rows, columns = np.arange(20) / 40, np.arange(12) / 120
        one = surface(score=rows[:, None] + columns)
        assert sum(one.shares()) == pytest.approx(1)
        assert one.shares()[0] == pytest.approx(rows.var() / (rows.var() + columns.var()))
        assert surface(score=np.full((20, 12), 0.5)).shares() == (0, 0)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"score": np.zeros((12, 20))}, "20 by 12 values"),
            ({"score": np.full((20, 12), np.nan)}, "240 are not"),
            ({"score": np.full((20, 12), 88.0)}, "from 0 to 1"),
            ({"first": np.geomspace(1, 0.01, 20)}, "values of rate"),
            ({"second": np.full(12, np.inf)}, "values of decay"),
            ({"score": [[0.5]]}, "arrays of numbers"),
            ({"score": np.full((20, 12), "good")}, "arrays of numbers"),
            ({"first": None}, "arrays of numbers"),
            ({"names": ("rate",)}, "two names"),
            ({"names": None}, "two names"),
            ({"first": np.empty(0), "score": np.empty((0, 12))}, "no points"),
        ],
    )
    def test_a_surface_that_cannot_be(self, change, message):
        good = surface()
        with pytest.raises(ValueError, match=message):
            dataclasses.replace(good, **change)


class TestCompare:
    def test_on_a_narrow_ridge_the_chances_are_those_of_probability(self):
        result = compare(ridge(), (9,), resamples=4000)
        # Random search misses two rows of 24 with nine settings; a grid of three with 2 x 8.
        missed = math.comb(22 * 24, 9) / math.comb(24 * 24, 9)
        assert (result.random[0] < 0.5).mean() == pytest.approx(missed, abs=0.03)
        assert (result.grid[0] < 0.5).mean() == pytest.approx(1 - 2 / 8, abs=0.03)
        assert result.chance()[0][0] > 0.6 and result.gain()[0][0] > 0.1

    def test_a_flat_surface_is_a_tie(self):
        result = compare(surface(score=np.full((20, 12), 0.3)), (4, 9), resamples=50)
        assert result.ties.tolist() == [1, 1]
        assert result.chance()[0].tolist() == [0.5, 0.5] and result.chance()[1].tolist() == [0, 0]

    def test_the_same_seed_gives_the_same_searches(self):
        first, again, other = (compare(surface(), (9,), 50, seed) for seed in (1, 1, 2))
        np.testing.assert_array_equal(first.random, again.random)
        assert (first.random != other.random).any()
        assert first.first_values[0, 0] == 3 and first.first_values[0, 1] > 6

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (((), 50), "one budget"),
            (((4,), 1), "2 resamples"),
            ((9, 50), "in a list, like"),
            (((4,), 50, -1), "at least 0, not -1"),
            (((4,), 50, "a"), "at least 0, not 'a'"),
        ],
    )
    def test_bad_arguments(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            compare(surface(), *arguments)


def half(trial: float) -> float:
    return trial / 2


def count_and_halve(path, trial: float) -> float:
    with path.open("a") as file:
        file.write(f"{trial}\n")
    return trial / 2


def die_at_three(folder, trial: int) -> float:
    """End this process without a word at trial 3, as a killed worker does."""
    if trial == 3:
        while len(list(folder.iterdir())) < 3:
            time.sleep(0.01)
        time.sleep(0.2)  # the others' results are on their way to the parent
        os._exit(1)
    (folder / str(trial)).touch()
    return trial / 2


def no_number(trial: float) -> float:
    return "good" if trial > 2 else trial


class TestSearch:
    def test_all_ways_give_the_same_scores(self):
        here = search([3.0, 1.0, 2.0], half)
        with ThreadPoolExecutor(2) as threads:
            there = search([3.0, 1.0, 2.0], half, threads)
        assert here.score.tolist() == there.score.tolist() == [1.5, 0.5, 1.0]
        assert here.ranked().tolist() == [0, 2, 1] and here.complete

    def test_trials_may_be_anything_and_a_nan_ranks_nowhere(self):
        result = search([{"rate": 0.1}, {"rate": math.nan}], lambda trial: trial["rate"])
        assert result.ranked().tolist() == [0] and result.complete

    def test_dask_is_an_executor_like_any_other(self):
        distributed = pytest.importorskip("distributed")
        with (
            distributed.Client(
                processes=False, n_workers=1, threads_per_worker=2, dashboard_address=None
            ) as client,
            client.get_executor() as executor,
        ):
            result = search([3.0, 1.0, 2.0], half, executor)
        assert result.score.tolist() == [1.5, 0.5, 1.0]

    @pytest.mark.slow
    def test_a_worker_that_dies_costs_only_what_it_had_not_finished(self, tmp_path):
        seen, journal = tmp_path / "seen", tmp_path / "a.jsonl"
        seen.mkdir()
        evaluate = partial(die_at_three, seen)
        with worker_processes(2) as pool, pytest.raises(SearchStopped) as stopped:
            search([0, 1, 2, 3, 4, 5], evaluate, pool, journal)
        result = stopped.value.result
        assert {0, 1, 2} <= set(np.flatnonzero(~np.isnan(result.score))) and not result.complete
        assert "BrokenProcessPool" in str(stopped.value) and "a.jsonl" in str(stopped.value)
        assert "\n" not in str(stopped.value)
        finished = len(journal.read_text().splitlines())
        assert finished == (~np.isnan(result.score)).sum()
        kept = search([0, 1, 2], evaluate, None, journal)
        assert kept.score.tolist() == [0, 0.5, 1] and kept.complete
        assert len(journal.read_text().splitlines()) == finished

    def test_a_journal_evaluates_only_what_is_missing(self, tmp_path):
        calls, journal = tmp_path / "calls", tmp_path / "runs" / "a.jsonl"
        evaluate = partial(count_and_halve, calls)
        search([1.0, 2.0], evaluate, journal=journal)
        with journal.open("a") as file:
            file.write('{"key": "of another"}\n{"key": \nnull\n')
        result = search([2.0, 3.0, 1.0], evaluate, journal=journal)
        assert result.score.tolist() == [1.0, 1.5, 0.5]
        assert calls.read_text().split() == ["1.0", "2.0", "3.0"]
        other = partial(count_and_halve, tmp_path / "other calls")
        assert search([1.0], other, journal=journal).complete
        assert (tmp_path / "other calls").exists()

    def test_a_failing_trial_keeps_the_others(self):
        with pytest.raises(SearchStopped, match=r"one number a trial.*2 of 3 trials") as stopped:
            search([1.0, 2.0, 3.0], no_number)
        assert stopped.value.result.score[:2].tolist() == [1.0, 2.0]

    def test_an_interruption_returns_what_there_is(self):
        def interrupted(trial):
            if trial == 2:
                raise KeyboardInterrupt
            return trial

        result = search([1, 2, 3], interrupted)
        assert not result.complete and result.ranked().tolist() == [0]

    def test_a_space_without_points_is_one_clear_sentence(self):
        with pytest.raises(ValueError, match="search space has no points"):
            search([], half)

    @pytest.mark.parametrize("trials", [None, 5, "abc"])
    def test_trials_that_are_no_list_get_one_sentence(self, trials):
        with pytest.raises(ValueError, match=r"trials of a search in a list, not "):
            search(trials, half)

    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            ({"evaluate": None}, "needs a function"),
            ({"executor": "dask"}, "method submit"),
            ({"executor": ThreadPoolExecutor}, "method submit"),
            ({"journal": 5}, "path of a file, not 5"),
        ],
    )
    def test_what_a_search_cannot_use_gets_one_sentence(self, settings, words):
        with pytest.raises(ValueError, match=words):
            search([1.0], **{"evaluate": half, **settings})

    def test_a_journal_that_is_a_folder_is_named(self, tmp_path):
        with pytest.raises(ValueError, match=f"{tmp_path.name} cannot be read"):
            search([1.0], half, journal=tmp_path)

    def test_a_line_cut_in_the_middle_costs_no_other_trial(self, tmp_path):
        calls, journal = tmp_path / "calls", tmp_path / "a.jsonl"
        evaluate = partial(count_and_halve, calls)
        journal.write_text('{"key": ["odd"], "score": 1.0}\n{"key": "a run that was ki')
        search([1.0, 2.0], evaluate, journal=journal)
        assert search([1.0, 2.0], evaluate, journal=journal).score.tolist() == [0.5, 1.0]
        assert calls.read_text().split() == ["1.0", "2.0"]

    @pytest.mark.parametrize("count", [0, -1, 1.5, "2", None, True])
    def test_a_number_of_workers_that_cannot_be_gets_one_sentence(self, count):
        with pytest.raises(ValueError, match="at least 1, not "):
            worker_processes(count)

    def test_a_journal_needs_a_function_with_a_name(self, tmp_path):
        with pytest.raises(ValueError, match="into a module"):
            search([1], lambda trial: trial, journal=tmp_path / "a.jsonl")

    def test_a_journal_that_cannot_be_written_is_named(self, tmp_path):
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(SearchStopped, match=r"a\.jsonl cannot be written"):
            search([1.0], half, journal=tmp_path / "file" / "a.jsonl")


def test_an_executor_that_takes_no_more_work_still_gives_what_is_finished():
    class TakesTwo(ThreadPoolExecutor):
        taken = 0

        def submit(self, function, *arguments):
            self.taken += 1
            if self.taken == 3:
                raise RuntimeError("full")
            return super().submit(function, *arguments)

    finished = {}
    with TakesTwo(1) as pool, pytest.raises(RuntimeError, match="full"):
        for place, value in as_they_finish(pool, half, [2.0, 4.0, 6.0]):
            finished[place] = value
    assert finished == {0: 1.0, 1: 2.0}


class TestHalving:
    def test_the_best_of_every_three_goes_on_with_three_times_the_steps(self):
        asked = []

        def evaluate(trials, steps):
            asked.append((list(trials), steps))
            return [trial * steps for trial in trials]

        result = successive_halving([5, 1, 9, 3, 7, 2, 8, 4, 6], evaluate, first_steps=10)
        assert asked == [([5, 1, 9, 3, 7, 2, 8, 4, 6], 10), ([9, 7, 8], 30)]
        assert result.best == 2 and result.cost == 9 * 10 + 3 * 20
        assert result.rounds[1].trained.tolist() == [2, 4, 6]

    def test_a_nan_goes_out_first(self):
        scores = {"a": math.nan, "b": 0.1, "c": 0.2, "d": math.nan}
        result = successive_halving(
            list("abcd"), lambda trials, steps: [scores[t] for t in trials], 1, factor=2
        )
        assert result.rounds[1].trained.tolist() == [1, 2] and result.best == 2

    @pytest.mark.parametrize(
        ("trials", "settings", "message"),
        [
            ([], {}, "no points"),
            ([1], {"factor": 1}, "2 or more"),
            ([1], {"factor": 2.5}, "whole number, 2 or more"),
            ([1], {"first_steps": 0}, "at least 1 step"),
            ([1], {"first_steps": 1.5}, "whole number of steps"),
            ([1, 2], {"evaluate": lambda trials, steps: [1.0]}, "each of the 2"),
            ([1, 2], {"evaluate": lambda trials, steps: ["good", 1]}, "must be numbers"),
            (None, {}, "in a list, not None"),
        ],
    )
    def test_bad_arguments(self, trials, settings, message):
        arguments = {"evaluate": lambda trials, steps: trials, "first_steps": 1, "factor": 3}
        evaluate, first, factor = {**arguments, **settings}.values()
        with pytest.raises(ValueError, match=message):
            successive_halving(trials, evaluate, first, factor)
