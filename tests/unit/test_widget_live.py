"""The "train now" forms: streaming, stopping, wrong input, and errors that must not be lost."""

import threading

import numpy as np
import pytest
from synthetic import rates_result, result_of

from utils.training.sweeps import Trial
from utils.widgets import train_now
from utils.widgets.live import TEXT


def growing(trials, *, steps, parts=5):
    """A stand-in for ``stream``: the same curves, growing in ``parts`` equal parts."""
    loss = np.tile(np.linspace(2.3, 0.5, steps), (len(trials), 1))
    loss *= 1 + np.arange(len(trials))[:, None] / 100
    for part in range(1, parts + 1):
        partial = loss.copy()
        partial[:, part * steps // parts :] = np.nan
        yield result_of(trials, partial, [-1] * len(trials), part * steps // parts)


class Endless:
    """A stream that goes on until it is closed, and tells when it has begun and ended."""

    def __init__(self):
        self.begun, self.closed = threading.Event(), threading.Event()

    def __call__(self, trials, *, steps):
        try:
            while True:
                yield from growing(trials, steps=steps, parts=300)
                self.begun.set()
        finally:
            self.closed.set()


@pytest.mark.parametrize("kind", ["rates", "schedules"])
def test_start_trains_what_the_form_asks_for(kind):
    form = train_now(kind, None, source=growing)
    form.start(steps="40")
    assert form.wait(20)
    assert form.problem == form.error == ""
    assert form.status.startswith("Done: 40 steps")
    assert form.result.complete and form.data["done"] == 40
    assert len(form.result.trials) == {"rates": 32, "schedules": 4}[kind]


def test_messages_of_the_page_start_and_stop():
    endless = Endless()
    form = train_now("rates", None, source=endless)
    values = {field["name"]: field["value"] for field in form.form["fields"]}
    form.command = {"kind": "start", "values": values, "count": "1"}
    assert endless.begun.wait(20)
    assert form.running and form.data is not None
    form.command = {"kind": "stop", "values": values, "count": "2"}
    assert form.wait(20)
    assert endless.closed.is_set()
    assert not form.running
    assert form.data["done"] == form.result.steps_done > 0


def test_stopping_keeps_what_was_trained_and_says_so():
    def stop_after_first(trials, *, steps):
        for part in growing(trials, steps=steps):
            yield part
            form.stop()

    form = train_now("schedules", None, source=stop_after_first)
    form.start(steps="50")
    assert form.wait(20)
    assert form.status == TEXT["stopped"].format(done=20, total=50)
    assert not form.result.complete


BAD = [
    ("rates", {"low": "0"}, "above 0"),
    ("rates", {"low": "-1"}, "above 0"),
    ("rates", {"high": "nan"}, "finite"),
    ("rates", {"high": "inf"}, "finite"),
    ("rates", {"low": ""}, "Lowest rate: '' is not a number"),
    ("rates", {"low": "fast"}, "'fast' is not a number"),
    ("rates", {"count": "0"}, "Number of rates"),
    ("rates", {"count": "2.5"}, "whole number"),
    ("rates", {"low": "3", "high": "2"}, "below"),
    ("rates", {"steps": "1e9"}, "Steps"),
    ("rates", {"steps": "inf"}, "Steps"),
    ("schedules", {"rate": "0"}, "above 0"),
    ("schedules", {"milestones": ""}, "at least one"),
    ("schedules", {"milestones": "0.8, 0.2"}, "must rise"),
    ("schedules", {"milestones": "0.5 1.5"}, "inside the run"),
    ("schedules", {"factor": "0"}, "factor"),
    ("schedules", {"warmup": "1"}, "Warm-up"),
    ("schedules", {"seeds": "nan"}, "Number of seeds"),
]


@pytest.mark.parametrize(("kind", "values", "message"), BAD)
def test_wrong_input_gets_one_sentence_and_starts_nothing(kind, values, message):
    form = train_now(kind, None, source=growing)
    form.start(**values)
    assert message in form.problem
    assert form.problem.endswith(".") and "\n" not in form.problem
    assert not form.running and form.data is None
    form.start(steps="20")
    assert form.wait(20) and form.problem == ""


def test_a_second_start_is_refused_while_the_first_runs():
    endless = Endless()
    form = train_now("rates", None, source=endless)
    form.start()
    assert endless.begun.wait(20)
    form.start()
    assert form.problem == TEXT["busy"]
    form.stop()
    assert form.wait(20)


def test_an_error_in_the_training_is_shown_and_raised(monkeypatch):
    def breaks(trials, *, steps):
        yield next(growing(trials, steps=steps))
        raise RuntimeError("out of memory")

    raised = []
    monkeypatch.setattr(threading, "excepthook", lambda args: raised.append(args.exc_value))
    form = train_now("rates", None, source=breaks)
    form.start(steps="50")
    assert form.wait(20)
    assert form.error == "RuntimeError: out of memory"
    assert form.status == TEXT["failed"]
    assert [(o["output_type"], o["ename"]) for o in form.outputs] == [("error", "RuntimeError")]
    assert [str(error) for error in raised] == ["out of memory"]
    assert form.result is not None


def test_the_form_carries_its_html_twin():
    form = train_now("rates", None, source=growing)
    data, _ = form._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert TEXT["kernel"] in data["text/html"]
    shown = train_now("rates", None, source=growing, result=rates_result())
    assert 'data-view="learning_rate_sweep"' in shown._repr_mimebundle_()[0]["text/html"]


def test_an_unknown_form_is_named():
    with pytest.raises(ValueError, match="no form 'momentum'"):
        train_now("momentum", None)


def test_the_real_stream_fits(digits):
    form = train_now("schedules", digits, batch_size=16)
    form.start(steps="10", seeds="1")
    assert form.wait(60)
    assert form.error == "" and form.result.complete
    assert all(isinstance(trial, Trial) for trial in form.result.trials)
