"""Data-parallel training: what two real processes compute, and what is said when one dies."""

import dataclasses
import json
import sys
import time

import numpy as np
import pytest
import torch

from utils.training import distributed, torchrun
from utils.training.distributed import one_process, placement
from utils.training.step_times import SIZES, WAYS, step_times, timing_plans
from utils.training.torchrun import WorkersStopped, launch
from utils.training.worker_plans import (
    Plan,
    WorkerRun,
    checkpoint_path,
    read_arrays,
    read_plans,
    read_run,
    write_arrays,
    write_plans,
)

PLANS = (
    Plan("cnn", model="cnn", steps=8, batch_size=32, dtype="float64", watch=2, seed=3),
    Plan("thirds", steps=8, batch_size=33, shares=(11, 22), combine="weighted", dtype="float64"),
    Plan("mean", steps=8, batch_size=33, shares=(11, 22), dtype="float64"),
    Plan("ddp", steps=8, dtype="float64", combine="ddp"),
    Plan("alone", steps=8, dtype="float64", combine="alone", watch=1),
)


def apart(run: WorkerRun) -> float:
    return abs(run.weights[0] - one_process(run.plan)[-1]).max()


@pytest.fixture(scope="module")
def runs():
    return launch(PLANS)


@pytest.mark.slow
class TestTwoProcesses:
    @pytest.mark.parametrize("name", ["cnn", "thirds", "ddp", "alone"])
    def test_their_weights_are_those_of_one_process_to_float64_rounding(self, runs, name):
        assert apart(runs[name]) < 1e-13

    def test_a_plain_mean_of_unequal_shares_is_something_else(self, runs):
        assert apart(runs["mean"]) > 1e-4

    def test_both_end_with_the_same_weights_to_the_last_bit(self, runs):
        for name in ("cnn", "thirds", "mean", "ddp"):
            assert np.array_equal(*runs[name].weights)

    def test_what_they_used_is_the_mean_of_what_they_found(self, runs):
        own, used = runs["cnn"].gradients, runs["cnn"].combined
        assert own.shape[:2] == (2, 2) and abs(own[0] - own[1]).max() > 1e-3
        np.testing.assert_allclose(own.mean(axis=0), used, atol=1e-15)

    def test_one_worker_alone_asks_nobody(self, runs):
        assert runs["alone"].communicate.max() < 1e-3 < runs["cnn"].compute.sum()


@pytest.mark.slow
def test_a_worker_that_dies_is_named_and_what_was_finished_is_kept(tmp_path):
    """One sentence; the next start runs only what is missing, from the checkpoint."""
    done = Plan("done", steps=4)
    long = Plan("long", steps=12, checkpoint_every=4, dies=(1, 6))
    with pytest.raises(
        WorkersStopped, match=r"Worker 1 of 2 died in plan 'long'.*signal 9"
    ) as seen:
        launch([done, long], folder=tmp_path)
    assert "1 of 2 plans are finished, and step 4 of 'long' is kept" in str(seen.value)
    assert "\n" not in str(seen.value)
    assert list(seen.value.finished) == ["done"]
    written = (tmp_path / "done.npz").stat().st_mtime_ns
    again = launch([done, dataclasses.replace(long, dies=None)], folder=tmp_path)
    assert again["long"].started_at == 4
    assert (tmp_path / "done.npz").stat().st_mtime_ns == written
    assert abs(again["long"].weights[0] - one_process(long)[-1]).max() < 1e-5
    assert (again["long"].loss > 0).all()


def test_workers_that_take_too_long_are_stopped(tmp_path):
    began = time.monotonic()
    with pytest.raises(WorkersStopped, match=r"longer than 0.2 s.*0 of 1 plans"):
        launch([Plan("slow", steps=10**6)], folder=tmp_path, timeout=0.2)
    assert time.monotonic() - began < 20


def test_if_torchrun_itself_fails_its_last_word_is_passed_on(tmp_path, monkeypatch):
    broken = [sys.executable, "-c", "import sys; sys.exit('no such option')"]
    monkeypatch.setattr(torchrun, "command", lambda folder, workers: broken)
    with pytest.raises(WorkersStopped, match=r"ended early \(no such option\)"):
        launch([Plan("any")], folder=tmp_path)


def test_the_worker_that_erred_is_named_and_not_the_one_that_torchrun_then_ended(tmp_path):
    """A worker that was killed comes first: the others only missed it."""
    erred = {"rank": 0, "exitcode": 1, "time": 6, "message": "ValueError: no"}
    ended = {"rank": 1, "exitcode": -15, "time": 5, "message": "Signal 15"}
    killed = {"rank": 2, "exitcode": -9, "time": 7, "message": "Signal 9"}
    for failures, first in (([ended, erred], erred), ([ended, erred, killed], killed)):
        (tmp_path / torchrun.FAILURES).write_text(json.dumps(failures))
        assert torchrun._first_failure(tmp_path) == first


@pytest.mark.slow
def test_a_worker_that_errs_is_named_with_what_it_said(tmp_path, monkeypatch):
    def spoil(folder, plans):
        (folder / "plans.json").write_text("[{}]")

    monkeypatch.setattr(torchrun, "write_plans", spoil)
    with pytest.raises(WorkersStopped, match=r"Worker \d of 2 died.*holds no plans") as seen:
        launch([Plan("a")], folder=str(tmp_path))
    assert "callstack" not in str(seen.value) and "\n" not in str(seen.value)


@pytest.mark.parametrize("content", [None, "", "[{}]", "[3]", '{"name": "a"}', "\ud800"])
def test_a_folder_without_plans_is_one_sentence(tmp_path, monkeypatch, content):
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    if content is not None:
        (tmp_path / "plans.json").write_bytes(content.encode(errors="surrogatepass"))
    with pytest.raises(SystemExit, match=r"plans\.json is not there or holds no plans"):
        distributed.start([str(tmp_path)])


def test_a_worker_that_torchrun_did_not_start_says_how_to_start_it(tmp_path, monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    for arguments in ([], [str(tmp_path)]):
        with pytest.raises(SystemExit, match="torchrun --nproc-per-node=2"):
            distributed.start(arguments)


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path, name):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OSError, match=r"cannot be made or written") as seen:
        launch([Plan("a")], folder=tmp_path / name)
    assert "Errno" not in str(seen.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "../up"}, "letters, digits and dashes"),
        ({"name": 3}, "letters, digits and dashes"),
        ({"name": "a" * 101}, "at most 100 letters"),
        ({"model": ["mlp"]}, "no model"),
        ({"momentum": "high"}, "below 1"),
        ({"batch_size": 1.5}, "at least one example"),
        ({"batch_size": float("nan")}, "at least one example"),
        ({"seed": -1}, "seed must be a whole number, at least 0, not -1"),
        ({"watch": 1.5}, "watch must be a whole number"),
        ({"threads": 0}, "threads must be a whole number, at least 1"),
        ({"checkpoint_every": -1}, "checkpoint_every must be"),
        ({"dies": 1}, "which worker dies at which step"),
        ({"model": "resnet"}, "no model 'resnet'"),
        ({"dtype": "float8"}, "float32 or float64"),
        ({"combine": "median"}, "Choose one of: average"),
        ({"rate": 0}, "above 0"),
        ({"steps": 0}, "at least 1"),
        ({"momentum": 1.0}, "below 1"),
        ({"batch_size": 0}, "at least one example"),
        ({"combine": "none", "checkpoint_every": 5}, "workers must share them"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_one_sentence(change, words):
    with pytest.raises(ValueError, match=words) as seen:
        Plan(**{"name": "plan", **change})
    assert "\n" not in str(seen.value)


@pytest.mark.parametrize(
    ("plans", "workers", "options", "words"),
    [
        ([], 2, {}, "at least one plan"),
        ([Plan("a")], 0, {}, "at least 1, not 0"),
        ([Plan("a")], 2, {"timeout": 0}, "above 0 seconds"),
        ([Plan("a"), Plan("a", steps=2)], 2, {}, "Two plans are named 'a'"),
        ([Plan("a", batch_size=33)], 2, {}, "cannot be cut into 2 equal shares"),
        (Plan("a"), 2, {}, "a list of plans"),
        (["a"], 2, {}, "a list of plans"),
        ([Plan("a")], 2, {"timeout": None}, "above 0 seconds"),
        ([Plan("a", shares=(60, 8))], 2, {}, "64 together"),
        ([Plan("a", shares=64)], 2, {}, "64 together"),
        ([Plan("a", shares=(32.0, 32.0))], 2, {}, "64 together"),
        ([Plan("a", shares=(64, 0))], 2, {}, "at least one example"),
        ([Plan("a", dies=(2, 0))], 2, {}, "workers count from 0 to 1"),
    ],
)
def test_what_cannot_be_started_is_refused_before_anything_starts(plans, workers, options, words):
    with pytest.raises(ValueError, match=words):
        launch(plans, workers, **options)


def test_each_worker_gets_a_gpu_where_there_are_enough_and_shares_where_not():
    assert placement(1, workers=2, gpus=0) == ("cpu", "gloo")
    assert placement(1, workers=2, gpus=1) == ("cuda:0", "gloo")
    assert placement(3, workers=4, gpus=2) == ("cuda:1", "gloo")
    assert placement(1, workers=2, gpus=4) == ("cuda:1", "nccl")


def test_workers_meet_on_the_loopback_only_and_ask_no_name_server(tmp_path):
    arguments = torchrun.command(tmp_path, 2)
    assert "--master-addr=127.0.0.1" in arguments and "--local-addr=127.0.0.1" in arguments
    own = torchrun.environment()
    assert own["OMP_NUM_THREADS"] == "1"
    assert own["GLOO_SOCKET_IFNAME"] in ("lo", "lo0")


def test_plans_survive_the_way_to_the_workers(tmp_path):
    plans = [Plan("a", shares=(3, 61), dies=(0, 2)), Plan("b", dtype="float64", watch=4)]
    write_plans(tmp_path, plans)
    assert read_plans(tmp_path) == plans


def test_a_damaged_checkpoint_or_one_of_another_plan_is_not_used(tmp_path):
    plan, path = Plan("a"), checkpoint_path(tmp_path, Plan("a"))
    assert read_arrays(path, plan) is None
    write_arrays(path, plan, {"done": np.array(7)})
    assert read_arrays(path, plan)["done"] == 7
    assert read_arrays(path, dataclasses.replace(plan, dies=(0, 9)))["done"] == 7
    assert read_arrays(path, dataclasses.replace(plan, rate=0.2)) is None
    path.write_bytes(path.read_bytes()[:-40])
    assert read_arrays(path, plan) is None
    assert read_run(tmp_path, plan) is None


def test_the_times_leave_out_the_first_steps_and_name_how_much_faster():
    def timed(plan):
        one = plan.combine == "alone"
        compute = np.r_[9.0, np.full(plan.steps - 1, 2.0 if one else 1.0)]
        nothing = np.zeros((0, 0))
        communicate = np.full(plan.steps, 0.0 if one else 0.6)
        arrays = (nothing,) * 5
        return WorkerRun(plan, *arrays, compute, communicate, 0, "cpu", "gloo")

    result = step_times({plan.name: timed(plan) for plan in timing_plans()})
    assert result.compute.shape == (len(SIZES), len(WAYS))
    np.testing.assert_allclose(result.ratio, 2 / 1.6)


@pytest.mark.slow
def test_one_process_leaves_the_global_random_state_alone():
    before = torch.random.get_rng_state()
    path = one_process(Plan("a", steps=3, batch_size=8))
    assert len(path) == 3 and torch.equal(before, torch.random.get_rng_state())
