"""Train now: a form beside a view; the curves stream in while the copies train.

Only these views need a kernel. The training runs in a thread of its own, so the form answers
(Stop above all) while it works. What has been trained when it stops is kept.
"""

import contextlib
import functools
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from utils.training.schedules import NAMES, ScheduleSpec, check_rate
from utils.training.sweeps import Trial, stream
from utils.widgets.bundle import module_for_kernel
from utils.widgets.kernel_form import KernelForm
from utils.widgets.learning_rate_sweep import widget as rates_view
from utils.widgets.schedule_explorer import widget as schedules_view

if TYPE_CHECKING:
    from utils.training.sweeps import SweepResult
    from utils.widgets.view import View

TEXT = {
    "low": "Lowest rate",
    "high": "Highest rate",
    "count": "Number of rates",
    "rate": "Peak rate",
    "schedule": "Schedule",
    "milestones": "Decays (share of run)",
    "factor": "Decay factor",
    "warmup": "Warm-up (share of run)",
    "seeds": "Number of seeds",
    "steps": "Steps",
    "start": "Start",
    "stop": "Stop",
    "training": "Training: {done} of {total} steps.",
    "done": "Done: {total} steps in {seconds:.1f} s.",
    "stopped": "Stopped after {done} of {total} steps. What was trained is kept.",
    "failed": "Training failed.",
    "error": "{kind}: {message}",
    "number": "{label}: {value!r} is not a number.",
    "whole": "{label}: choose a whole number from {low} to {high}, not {value!r}.",
    "order": "The lowest rate must be below the highest rate.",
    "no_decays": "Step decay needs at least one decay point, such as 0.5, 0.75.",
    "kernel": "To train, open this notebook with a kernel and run this cell; then press Start.",
    "kind": "There is no form {kind!r}. Choose one of: {names}.",
    "busy": "The training is still running; stop it first.",
}
DECAYING = ["step"]
WARMING = [name for name in NAMES if name != "one_cycle"]
UPDATE_SECONDS = 0.15  # more often than this the eye gains nothing and the page is kept busy


@dataclass(frozen=True)
class Plan:
    """What a filled form asks for: the trials, their length, and the run to show first."""

    trials: tuple[Trial, ...]
    steps: int
    selected: int


def read_number(values: dict[str, str], name: str) -> float:
    """Return the number typed into a field. Raises ValueError with one sentence."""
    try:
        return float(str(values[name]).strip())
    except ValueError:
        raise ValueError(
            TEXT["number"].format(label=TEXT[name], value=str(values[name]).strip())
        ) from None


def read_whole(values: dict[str, str], name: str, low: int, high: int) -> int:
    """Return the whole number typed into a field, within bounds, or raise ValueError."""
    value = read_number(values, name)
    if not low <= value <= high or value != int(value):
        raise ValueError(
            TEXT["whole"].format(
                label=TEXT[name], low=low, high=high, value=str(values[name]).strip()
            )
        )
    return int(value)


def read_milestones(values: dict[str, str]) -> tuple[float, ...]:
    """Return the decay points typed as "0.5, 0.75". Raises ValueError where there is none."""
    words = str(values["milestones"]).replace(",", " ").replace(";", " ").split()
    if not words:
        raise ValueError(TEXT["no_decays"])
    return tuple(read_number({"milestones": word}, "milestones") for word in words)


def read_schedule(values: dict[str, str], rate: float) -> ScheduleSpec:
    """Return the schedule that the form describes, with peak ``rate``."""
    name, settings = values["schedule"], {}
    if name in DECAYING:
        settings["milestones"] = read_milestones(values)
        settings["factor"] = read_number(values, "factor")
    if name in WARMING:
        settings["warmup"] = read_number(values, "warmup")
    return ScheduleSpec(name, rate, read_whole(values, "steps", 10, 3000), **settings)


def plan_rates(values: dict[str, str]) -> Plan:
    """Return the trials of a form about rates: equal ratios from the lowest to the highest."""
    low = check_rate(read_number(values, "low"))
    high = check_rate(read_number(values, "high"))
    count = read_whole(values, "count", 1, 128)
    if low >= high and count > 1:
        raise ValueError(TEXT["order"])
    specs = [read_schedule(values, float(rate)) for rate in np.geomspace(low, high, count)]
    trials = tuple(Trial(learning_rate=spec.rate, schedule=spec) for spec in specs)
    return Plan(trials, specs[0].steps, count // 2)


def plan_schedules(values: dict[str, str]) -> Plan:
    """Return the trials of a form about one schedule: it and a constant rate, over seeds."""
    spec = read_schedule(values, check_rate(read_number(values, "rate")))
    seeds = read_whole(values, "seeds", 1, 16)
    specs = dict.fromkeys((ScheduleSpec("constant", spec.rate, spec.steps), spec))
    trials = tuple(
        Trial(learning_rate=spec.rate, schedule=each, seed=seed)
        for each in specs
        for seed in range(seeds)
    )
    return Plan(trials, spec.steps, len(specs) - 1)


def _field(name: str, value: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "label": TEXT[name], "value": value, **more}


def _schedule_fields(schedule: str) -> list[dict[str, Any]]:
    options = [[name, schedules_view.TEXT[f"name_{name}"]] for name in NAMES]
    return [
        _field("schedule", schedule, options=options),
        _field("milestones", "0.5, 0.75", only=DECAYING),
        _field("factor", "0.1", only=DECAYING),
        _field("warmup", "0", only=WARMING),
    ]


@dataclass(frozen=True)
class Kind:
    """One of the two forms: its view's folder, fields, and how results become the view's data."""

    module: str
    fields: Callable[[int], list[dict[str, Any]]]
    plan: Callable[[dict[str, str]], Plan]
    data: Callable[["SweepResult"], dict[str, Any]]
    text: Callable[[int], dict[str, str]]
    view: Callable[["SweepResult"], "View"]


def _rate_fields(steps: int) -> list[dict[str, Any]]:
    rates = [_field("low", "0.0001"), _field("high", "10"), _field("count", "32")]
    return [*rates, *_schedule_fields("constant"), _field("steps", str(steps))]


def _explorer_fields(steps: int) -> list[dict[str, Any]]:
    ends = [_field("seeds", "2"), _field("steps", str(steps))]
    return [_field("rate", "0.1"), *_schedule_fields("step"), *ends]


KINDS = {
    "rates": Kind(
        "learning_rate_sweep",
        _rate_fields,
        plan_rates,
        rates_view.sweep_data,
        rates_view.texts,
        rates_view.LearningRateSweep,
    ),
    "schedules": Kind(
        "schedule_explorer",
        _explorer_fields,
        plan_schedules,
        schedules_view.explorer_data,
        schedules_view.texts,
        schedules_view.ScheduleExplorer,
    ),
}


class TrainNow(KernelForm):
    """The form and its view. Made by :func:`train_now`; ``result`` is the latest SweepResult.

    ``start``, ``stop`` and ``wait`` do from Python what the buttons do. ``problem`` holds the
    sentence about wrong input; ``error`` names an exception of the training itself. That one is
    also raised in its thread, so that it reaches stderr, and kept in ``outputs`` in the form of a
    notebook's error output, where a runner looks for errors that a page would hide.
    """

    kernel_text = TEXT["kernel"]
    data = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    selected = traitlets.Int(0).tag(sync=True)
    text = traitlets.Dict().tag(sync=True)
    form = traitlets.Dict().tag(sync=True)
    running = traitlets.Bool(False).tag(sync=True)
    status = traitlets.Unicode("").tag(sync=True)
    problem = traitlets.Unicode("").tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)
    outputs = traitlets.List().tag(sync=True)
    command = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        kind: Kind,
        source: Callable[..., Iterator["SweepResult"]],
        result: "SweepResult | None" = None,
        steps: int = 300,
    ) -> None:
        fields = kind.fields(steps)
        form = {"fields": fields, "start": TEXT["start"], "stop": TEXT["stop"]}
        super().__init__(text=kind.text(10), form=form)
        self._kind, self._source = kind, source
        self._stop, self._thread = threading.Event(), None
        self.result = None
        if result is not None:
            self._show(result)
        self.observe(self._obey, "command")

    def start(self, **values: Any) -> None:
        """Train what the form asks for; ``values`` replace what its fields hold at first.

        Wrong input is told in ``problem`` and nothing starts.
        """
        typed = {field["name"]: field["value"] for field in self.form["fields"]} | values
        self.problem, self.error, self.outputs = "", "", []
        try:
            if self._thread is not None and self._thread.is_alive():
                raise ValueError(TEXT["busy"])
            plan = self._kind.plan(typed)
        except ValueError as error:
            self.problem = str(error)
            return
        self._stop = threading.Event()
        self.running = True
        self._thread = threading.Thread(target=self._work, args=(plan, self._stop), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask the training to stop after its present chunk; what it has is kept."""
        self._stop.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the training has ended. Return whether it has, within ``timeout`` seconds."""
        if self._thread is not None:
            self._thread.join(timeout)
        return not self.running

    def _obey(self, change: Any) -> None:
        if change.new.get("kind") == "start":
            self.start(**change.new.get("values", {}))
        elif change.new.get("kind") == "stop":
            self.stop()

    def _work(self, plan: Plan, stop: threading.Event) -> None:
        began = time.monotonic()
        try:
            result = self._follow(plan, stop)
            word = "done" if result is not None and result.complete else "stopped"
            done = result.steps_done if result is not None else 0
            seconds = time.monotonic() - began
            self.status = TEXT[word].format(done=done, total=plan.steps, seconds=seconds)
        except Exception as error:
            self._record(error)
            raise
        finally:
            self.running = False

    def _record(self, error: Exception) -> None:
        name, lines = type(error).__name__, traceback.format_exception(error)
        self.error = TEXT["error"].format(kind=name, message=error)
        self.status = TEXT["failed"]
        self.outputs = [
            {"output_type": "error", "ename": name, "evalue": str(error), "traceback": lines}
        ]

    def _follow(self, plan: Plan, stop: threading.Event) -> "SweepResult | None":
        """Show the growing result until it is complete or stopped; return the last one."""
        result, shown, first = None, 0.0, True
        self.status = TEXT["training"].format(done=0, total=plan.steps)
        with contextlib.closing(self._source(plan.trials, steps=plan.steps)) as results:
            for result in results:
                if first or time.monotonic() - shown >= UPDATE_SECONDS:
                    self._show(result, plan.selected if first else None)
                    first, shown = False, time.monotonic()
                if stop.is_set():
                    break
        if result is not None:
            self._show(result)
        return result

    def _show(self, result: "SweepResult", selected: int | None = None) -> None:
        with self.hold_sync():
            self.result = result
            self.data = self._kind.data(result)
            if selected is not None:
                self.selected = selected
            self.status = TEXT["training"].format(done=result.steps_done, total=len(result.steps))

    def static_html(self) -> str:
        """Return the view of what is trained so far, and a sentence about Start."""
        view = self._kind.view(self.result).html() if self.result is not None else ""
        return view + super().static_html()


@functools.cache
def _widget_class(module: str) -> type[TrainNow]:
    """Return the class that carries the code of ``module``: made when needed, not at import."""
    return type(f"TrainNow_{module}", (TrainNow,), {"_esm": module_for_kernel(module)})


def train_now(
    kind: str,
    data: Any,
    *,
    model: str = "mlp",
    result: "SweepResult | None" = None,
    steps: int = 300,
    source: Callable[..., Iterator["SweepResult"]] | None = None,
    **settings: Any,
) -> TrainNow:
    """Return a form that trains on ``data`` (Digits) when its Start is pressed.

    ``kind`` is "rates" (a LearningRateSweep) or "schedules" (a ScheduleExplorer). ``result`` is
    shown until then. ``settings`` go to :func:`utils.training.sweeps.stream`; ``source`` takes
    its place in tests: ``source(trials, steps=...)``. Raises ValueError for an unknown kind.
    """
    if kind not in KINDS:
        raise ValueError(TEXT["kind"].format(kind=kind, names=", ".join(KINDS)))
    source = source or functools.partial(stream, model, data, **settings)
    return _widget_class(KINDS[kind].module)(KINDS[kind], source, result, steps)
