"""Copies trained at once give the plain loop's curves; a sweep can be stopped and resumed."""

import json
import math
import multiprocessing
import os
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
import torch

from utils.datasets.digits import Digits, Split
from utils.training import sweeps
from utils.training.fit import fit
from utils.training.schedules import ScheduleSpec
from utils.training.sweeps import Trial, grid, network_of, stream, sweep


def plain_loop(model, data, trial, steps, **settings):
    rates = trial.rate_table(steps)
    return fit(
        network_of(model, trial).to(data.train.images),
        data,
        lambda step: rates[step],
        steps,
        momentum=trial.momentum,
        weight_decay=trial.weight_decay,
        seed=trial.seed,
        **settings,
    )


def in_float64(data):
    parts = (data.train, data.validation, data.test)
    return Digits(*(Split(part.images.double(), part.labels) for part in parts))


TRIALS = (
    *grid(learning_rate=[1e-3, 0.03, 0.3]),
    Trial(0.02, momentum=0.0, weight_decay=0.01, seed=1),
    Trial(0.02, seed=2, init_scale=0.5),
    Trial(seed=3, schedule=ScheduleSpec("cosine", 0.05, 40, warmup=0.1)),
    Trial(seed=3, schedule=ScheduleSpec("step", 0.05, 40)),
    Trial(learning_rate=80.0),
)


@pytest.mark.parametrize("model", ["mlp", pytest.param("cnn", marks=pytest.mark.slow)])
def test_every_curve_equals_the_plain_loops(digits, model):
    data = in_float64(digits)
    result = sweep(model, data, TRIALS, steps=40, evaluate_every=10)
    for row, trial in enumerate(TRIALS):
        alone = plain_loop(model, data, trial, 40, evaluate_every=10)
        for name in ("loss", "val_loss", "val_accuracy"):
            np.testing.assert_allclose(getattr(result, name)[row], getattr(alone, name), atol=1e-4)
        assert result.diverged_at[row] == alone.diverged_at
    assert result.diverged.tolist() == [False] * 7 + [True]


@pytest.mark.parametrize("model", ["mlp", pytest.param("cnn", marks=pytest.mark.slow)])
def test_curves_agree_in_float32_too_where_training_is_stable(digits, model):
    trials = grid(learning_rate=[1e-3, 0.01, 0.03])
    result = sweep(model, digits, trials, steps=60)
    for row, trial in enumerate(trials):
        alone = plain_loop(model, digits, trial, 60)
        np.testing.assert_allclose(result.loss[row], alone.loss, atol=1e-4)


def test_a_diverged_copy_is_marked_costs_nothing_and_harms_nobody(digits):
    alone = sweep("mlp", digits, [Trial(0.02)], steps=30)
    both = sweep("mlp", digits, [Trial(90.0), Trial(0.02)], steps=30)
    np.testing.assert_allclose(both.loss[1], alone.loss[0], atol=1e-5)
    assert both.final_loss()[0] == math.inf and np.isfinite(both.final_loss()[1])
    copies = sweeps.Copies("mlp", digits, both.trials, np.arange(2), 30, 32)
    copies.drop(np.array([True, False]))
    assert all(len(p) == 1 for p in copies.parameters)


def test_a_stream_grows_and_what_it_gave_stays_valid(digits):
    parts = []
    for part in stream("mlp", digits, grid(learning_rate=[0.01, 0.1]), steps=50, chunk=20):
        parts.append(part)
        if part.steps_done == 40:
            break
    assert [part.steps_done for part in parts] == [20, 40]
    assert np.isnan(parts[0].loss[:, 20:]).all() and np.isfinite(parts[1].loss[:, :40]).all()
    assert not parts[1].complete


def test_a_stopped_sweep_returns_what_it_has(digits):
    calls = []
    result = sweep(
        "mlp",
        digits,
        grid(learning_rate=[0.01, 0.1]),
        steps=50,
        on_progress=lambda done, total: calls.append((done, total)),
        should_stop=lambda: len(calls) >= 2,
    )
    assert (result.steps_done, result.complete) == (20, False)
    assert calls[-1] == (40, 100)
    assert np.isfinite(result.final_loss()).all()


def test_an_interrupted_cell_returns_what_it_has(digits):
    def interrupt(done, total):
        raise KeyboardInterrupt

    result = sweep("mlp", digits, [Trial()], steps=50, on_progress=interrupt)
    assert (result.steps_done, result.complete) == (10, False)


def test_a_sweep_is_deterministic_and_leaves_the_global_generator_alone(digits):
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    first = sweep("mlp", digits, grid(seed=range(3)), steps=10)
    assert torch.rand(1) == expected
    np.testing.assert_array_equal(
        first.loss, sweep("mlp", digits, grid(seed=range(3)), steps=10).loss
    )


class TestJournal:
    def test_a_broken_run_resumes_and_trains_only_what_is_missing(self, digits, tmp_path):
        path, trials = tmp_path / "runs" / "a.jsonl", grid(learning_rate=[0.001, 0.01, 0.1, 99.0])
        stop_after_two = []
        sweep(
            "mlp",
            digits,
            trials,
            steps=10,
            journal=path,
            group=1,
            on_progress=lambda done, total: stop_after_two.append(done),
            should_stop=lambda: len(stop_after_two) >= 3,
        )
        assert len(path.read_text().splitlines()) == 3
        whole = sweep("mlp", digits, trials, steps=10)
        asked = sweeps._Run(
            "mlp",
            digits,
            trials,
            {"steps": 10, "batch_size": 32, "evaluate_every": None},
            path,
            None,
            None,
        )
        assert asked.missing == [3]
        resumed = sweep("mlp", digits, trials, steps=10, journal=path, group=1)
        np.testing.assert_allclose(resumed.loss, whole.loss, atol=1e-5)
        np.testing.assert_array_equal(resumed.diverged_at, whole.diverged_at)
        assert resumed.complete and len(path.read_text().splitlines()) == 4

    def test_damaged_lines_and_other_settings_are_not_believed(self, digits, tmp_path):
        path = tmp_path / "a.jsonl"
        expected = sweep("mlp", digits, [Trial(0.01)], steps=10, journal=path)
        line = path.read_text()
        path.write_text(line[: len(line) // 2] + "\n{}\nnull\n")
        again = sweep("mlp", digits, [Trial(0.01)], steps=10, journal=path)
        np.testing.assert_allclose(again.loss, expected.loss)
        sweep("mlp", digits, [Trial(0.01)], steps=12, journal=path)
        keys = [json.loads(text)["key"] for text in path.read_text().splitlines()[3:]]
        assert len(set(keys)) == 2

    def test_a_folder_that_cannot_be_written_is_named(self, digits, tmp_path):
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(OSError, match=r"a\.jsonl cannot be written"):
            sweep("mlp", digits, [Trial()], steps=3, journal=tmp_path / "file" / "a.jsonl")


class TestExecutor:
    def test_any_executor_gives_the_same_curves(self, digits):
        trials = grid(learning_rate=[0.001, 0.01, 0.1])
        here = sweep("mlp", digits, trials, steps=10)
        with ThreadPoolExecutor(2) as threads:
            there = sweep("mlp", digits, trials, steps=10, executor=threads, group=2)
        np.testing.assert_allclose(there.loss, here.loss, atol=1e-5)
        assert there.complete

    @pytest.mark.slow
    def test_a_process_pool_gives_the_same_curves(self, digits):
        trials = grid(learning_rate=[0.001, 0.01])
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            there = sweep("mlp", digits, trials, steps=5, executor=pool)
        np.testing.assert_allclose(
            there.loss, sweep("mlp", digits, trials, steps=5).loss, atol=1e-5
        )

    def test_a_worker_that_dies_is_one_sentence_and_finished_trials_are_kept(
        self, digits, tmp_path
    ):
        class SecondDies(ThreadPoolExecutor):
            calls = 0

            def submit(self, function, *arguments):
                self.calls += 1
                if self.calls == 1:
                    future = super().submit(function, *arguments)
                    future.result()
                    return future
                broken = Future()
                broken.set_exception(OSError(os.strerror(12)))
                return broken

        path = tmp_path / "a.jsonl"
        trials = grid(learning_rate=[0.01, 0.1])
        with SecondDies(1) as pool, pytest.raises(RuntimeError, match=r"A worker.*run the cell"):
            sweep("mlp", digits, trials, steps=5, executor=pool, group=1, journal=path)
        assert sweep("mlp", digits, trials, steps=5, journal=path).complete


@pytest.mark.parametrize("rate", [0, -1.0, math.nan, math.inf])
def test_an_impossible_rate_is_one_clear_sentence(rate):
    with pytest.raises(ValueError, match="finite number above 0"):
        grid(learning_rate=[0.1, rate])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda d: sweep("mlp", d, [], steps=5), "at least one trial"),
        (lambda d: grid(learning_rate=[]), "at least one trial"),
        (lambda d: grid(speed=[1]), "no setting 'speed'"),
        (lambda d: sweep("mpl", d, [Trial()], steps=5), "no model 'mpl'"),
        (lambda d: sweep("mlp", d, [Trial()], steps=0), "whole number of steps"),
        (lambda d: stream("mlp", d, [Trial()], steps=5, batch_size=999), "from 1 to 400"),
        (lambda d: stream("mlp", d, [Trial()], steps=5, batch_size=1.5), "from 1 to 400"),
        (lambda d: stream("mlp", d, [Trial()], steps=5, chunk=0), "chunk must be a whole number"),
        (lambda d: sweep("mlp", d, [Trial()], steps=5, group=-1), "group must be a whole number"),
        (lambda d: sweep("mlp", d, [Trial()], steps=5, evaluate_every=0), "Evaluate every 1"),
        (lambda d: grid(learning_rate=0.1), r"as a list, such as \[0.1\]"),
        (lambda d: grid(seed=["a"]), "A seed must be a whole number, not 'a'"),
        (lambda d: Trial(momentum=1.0), "Momentum"),
        (lambda d: Trial(weight_decay=-1), "Weight decay"),
        (lambda d: Trial(init_scale=0), "initial scale"),
        (
            lambda d: sweep("mlp", d, [Trial(schedule=ScheduleSpec(steps=9))], steps=5),
            "9 steps long, but the sweep has 5",
        ),
    ],
)
def test_other_bad_settings_are_one_clear_sentence(digits, call, message):
    with pytest.raises(ValueError, match=message):
        call(digits)
