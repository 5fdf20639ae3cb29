"""ScheduleExplorer: move a schedule's decay points and see the loss they lead to (Lecture 11).

Every position of every control is a run that was really trained; controls snap to them. Runs
that differ only in their seed are shown as their mean.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from utils.training.schedules import ScheduleSpec
from utils.widgets import codec, curves
from utils.widgets.poster import figure_png, new_figure
from utils.widgets.view import View

if TYPE_CHECKING:
    from utils.training.sweeps import SweepResult
    from utils.widgets.live import TrainNow

TEXT = {
    "label": "Training loss over the learning rate that led to it, on one time axis.",
    "schedule": "Schedule",
    "rate": "Peak rate",
    "warmup": "Warm-up steps",
    "factor": "Factor",
    "decays": "Number of decays",
    "m0": "First decay",
    "m1": "Second decay",
    "m2": "Third decay",
    "m3": "Fourth decay",
    "name_constant": "constant",
    "name_step": "step decay",
    "name_cosine": "cosine",
    "name_linear": "linear",
    "name_inverse_sqrt": "inverse square root",
    "name_one_cycle": "one cycle",
    "lossTitle": "training loss (log scale, mean of {window} steps)",
    "lossShort": "training loss (log)",
    "rateTitle": "learning rate",
    "stepTitle": "step",
    "keyThis": "this schedule",
    "keyConstant": "constant rate",
    "guess": "ln {classes} = {guess}: guessing",
    "end": "diverged, step {step}",
    "say_constant": "Constant rate {rate}.",
    "say_step": "Step decay from {rate}, times {factor} at step {decays}.",
    "say_cosine": "Cosine decay from {rate} to 0.",
    "say_linear": "Linear decay from {rate} to 0.",
    "say_inverse_sqrt": "Inverse square root decay from {rate}.",
    "say_one_cycle": "One cycle: up to {rate}, then down to almost 0.",
    "warmed": "Warm-up over {warm} steps.",
    "result": "Final loss {loss}, validation accuracy {accuracy}.",
    "resultSeeds": (
        "Final loss {loss}, validation accuracy {accuracy} ± {spread} (mean and standard "
        "deviation of {seeds} seeds)."
    ),
    "compare": (
        "A constant rate of {rate} ends at loss {loss} and {accuracy}: "
        "the schedule changes the accuracy by {points} points."
    ),
    "otherDiverged": "A constant rate diverged.",
    "diverged": "✕ Diverged at step {step} ({gone} of {seeds} runs).",
    "soFar": "So far: {done} of {total} steps.",
}
MESSAGES = {
    "empty": "ScheduleExplorer needs at least one trained schedule; this result is empty.",
    "no_schedule": "ScheduleExplorer needs a schedule in every trial; trial {index} has none.",
    "alt": (
        "{count} trained schedules: the highest final validation accuracy is {accuracy:.1%} "
        "({name}, peak rate {rate:.2g}){constant}."
    ),
    "alt_constant": "; the best constant rate reaches {accuracy:.1%}",
    "alt_none": "{count} schedules; none has a validation accuracy.",
    "too_many": "ScheduleExplorer shows at most four decays; trial {index} has {count}.",
}


FLOOR = 1e-3  # the loss axis ends here: below it, a batch's loss says nothing more
TOP = 1.4  # and at this multiple of ln C


def _groups(result: "SweepResult") -> dict[ScheduleSpec, list[int]]:
    """Return the trials' indices by schedule, in order of first use."""
    groups: dict[ScheduleSpec, list[int]] = {}
    for index, trial in enumerate(result.trials):
        if trial.schedule is None:
            raise ValueError(MESSAGES["no_schedule"].format(index=index))
        if len(trial.schedule.milestones) > 4:
            count = len(trial.schedule.milestones)
            raise ValueError(MESSAGES["too_many"].format(index=index, count=count))
        groups.setdefault(trial.schedule, []).append(index)
    if not groups:
        raise ValueError(MESSAGES["empty"])
    return groups


def _constant_for(specs: Sequence[ScheduleSpec], rate: float) -> int | None:
    """Return the index of the constant run whose rate is nearest to ``rate``, if there is one."""
    gaps = {
        index: abs(np.log(spec.rate / rate))
        for index, spec in enumerate(specs)
        if spec.name == "constant" and not spec.warmup
    }
    return min(gaps, key=gaps.__getitem__) if gaps else None


def _run(result: "SweepResult", spec: ScheduleSpec, members: list[int]) -> dict[str, Any]:
    """Return one schedule's settings and final numbers, over its seeds."""
    accuracy = curves.last_known(result.val_accuracy[members])
    gone = result.diverged_at[members]
    final = result.final_loss()[members].mean()
    mean, spread = accuracy.mean(), accuracy.std(ddof=1) if len(members) > 1 else 0.0
    return {
        "name": spec.name,
        "rate": spec.rate,
        "steps": spec.steps,
        "milestones": list(spec.milestones) if spec.name == "step" else [],
        "factor": spec.factor,
        "warmup": spec.warmup,
        "seeds": len(members),
        "finalLoss": curves.sendable([final])[0],
        "finalAccuracy": curves.sendable([mean])[0],
        "spread": curves.sendable([spread])[0],
        "divergedAt": int(gone[gone >= 0].min()) if (gone >= 0).any() else -1,
        "divergedSeeds": int((gone >= 0).sum()),
    }


def explorer_data(result: "SweepResult", window: int = 10) -> dict[str, Any]:
    """Return what the view draws of ``result``: one entry a schedule, packed mean curves.

    Raises ValueError for an empty result or a trial without a schedule.
    """
    groups = _groups(result)
    specs = list(groups)
    guess = curves.guessing_loss(result.classes)
    tamed = curves.tame(result.loss, guess)
    mean = np.stack([tamed[members].mean(axis=0) for members in groups.values()])  # (R, S)
    loss = np.maximum(curves.trailing_mean(mean, window), FLOOR)
    low = 0.8 * float(np.nanmin(loss, initial=guess))
    runs = [_run(result, spec, members) for spec, members in groups.items()]
    for run in runs:
        run["constant"] = _constant_for(specs, run["rate"])
    return {
        "total": len(result.steps),
        "done": int(result.steps_done),
        "runs": runs,
        "logLoss": codec.encode(np.log10(loss), np.log10(low), np.log10(1.1 * TOP * guess)),
        "low": low,
        "top": TOP * guess,
        "guess": guess,
        "classes": int(result.classes),
    }


def texts(window: int) -> dict[str, str]:
    """Return the view's strings for curves that are means of ``window`` steps."""
    return {**TEXT, "lossTitle": TEXT["lossTitle"].format(window=window)}


def _best(runs: list[dict[str, Any]], name: str | None = None) -> dict[str, Any] | None:
    known = [r for r in runs if r["finalAccuracy"] is not None and name in (None, r["name"])]
    return max(known, key=lambda run: run["finalAccuracy"], default=None)


def describe(data: dict[str, Any]) -> str:
    """Return the finding in one sentence: the alt text."""
    runs = data["runs"]
    best, constant = _best(runs), _best(runs, "constant")
    if best is None:
        return MESSAGES["alt_none"].format(count=len(runs))
    beside = MESSAGES["alt_constant"].format(accuracy=constant["finalAccuracy"]) if constant else ""
    return MESSAGES["alt"].format(
        count=len(runs),
        accuracy=best["finalAccuracy"],
        name=TEXT[f"name_{best['name']}"],
        rate=best["rate"],
        constant=beside,
    )


def spec_of(run: dict[str, Any]) -> ScheduleSpec:
    """Return the schedule that an entry of the view's data stands for."""
    return ScheduleSpec(
        run["name"],
        run["rate"],
        run["steps"],
        tuple(run["milestones"]),
        run["factor"],
        run["warmup"],
    )


def poster(data: dict[str, Any], selected: int) -> bytes:
    """Return the picture for readers without scripts: a run's loss over its learning rate."""
    figure = new_figure(9.0, 4.2)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
    loss, run = 10 ** codec.decode(data["logLoss"]), data["runs"][selected]
    if run["constant"] not in (None, selected):
        above.plot(loss[run["constant"]], "--", color="0.4", label=TEXT["keyConstant"])
    above.plot(loss[selected], color="#0b62b8", linewidth=2, label=TEXT[f"name_{run['name']}"])
    above.legend(frameon=False)
    above.set(ylabel=TEXT["lossShort"], yscale="log", ylim=(data["low"], data["top"]))
    below.plot(spec_of(run).table(), color="#0b62b8", linewidth=2)
    below.set(xlabel=TEXT["stepTitle"], ylabel=TEXT["rateTitle"], ylim=(0, None))
    return figure_png(figure)


class ScheduleExplorer(View):
    """The view of trained schedules, alive without a kernel.

    Every trial of ``result`` has a ScheduleSpec; trials that differ only in seed are averaged.
    ``selected`` is the schedule shown first (the first step decay, else the first, if None);
    curves are trailing means of ``window`` steps. Raises ValueError for an empty result, a trial
    without a schedule or with more than four decays, or a ``selected`` that was not trained.
    """

    def __init__(
        self, result: "SweepResult", *, selected: ScheduleSpec | None = None, window: int = 10
    ) -> None:
        data = explorer_data(result, window)
        index = first_index(list(_groups(result)), selected)
        state = {"data": data, "selected": index, "text": texts(window)}
        picture = poster(data, index)
        super().__init__("schedule_explorer", state, poster=picture, alt=describe(data))

    @staticmethod
    def live(data: Any, **settings: Any) -> "TrainNow":
        """Return the form that trains now; see :func:`utils.widgets.live.train_now`."""
        from utils.widgets.live import train_now

        return train_now("schedules", data, **settings)


def first_index(specs: list[ScheduleSpec], selected: ScheduleSpec | None) -> int:
    """Return the index of ``selected``, or of the first step decay, or 0."""
    if selected is not None:
        return specs.index(selected)
    return next((i for i, spec in enumerate(specs) if spec.name == "step"), 0)
