"""EarlyStopping: choose the patience, and see where the run stops and which weights are kept.

The runs were trained to their end beforehand. For every patience, :func:`replay` has decided on
the saved validation values; the view shows what it decided. It trains and decides nothing.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from utils.training.early_stopping import check_patience, replay
from utils.widgets import codec
from utils.widgets.poster import figure_png, new_figure
from utils.widgets.view import View

if TYPE_CHECKING:
    from utils.training.overfitting import Curves

TEXT = {
    "label": "Curves of one run, with the step that early stopping keeps and the step of its end.",
    "patience": "Patience",
    "seed": "Seed",
    "labels": "Training labels",
    "condition": "{percent} % wrong",
    "clean": "all right",
    "accuracyTitle": "accuracy",
    "lossTitle": "loss",
    "testTitle": "test accuracy of the kept weights",
    "stepTitle": "step",
    "patienceTitle": "patience (1 = {every} steps)",
    "train": "training",
    "validation": "validation",
    "kept": "best",
    "stop": "stop",
    "last": "last weights",
    "stops": "Patience {patience}: the run stops at step {stop}.",
    "ends": "Patience {patience}: nothing stops this run; it ends at step {stop}.",
    "keeps": (
        "Kept are the weights of step {best}, with validation accuracy {val}. "
        "On test digits they reach {kept}; the last weights of the full run reach {last}."
    ),
    "gains": "▲ {points} points gained",
    "loses": "▼ {points} points lost",
    "same": "= No difference",
    "saved": "with {share} of the steps.",
}
MESSAGES = {
    "empty": "EarlyStopping needs the curves of at least one run; there are none.",
    "steps": "EarlyStopping needs curves that were evaluated at the same steps.",
    "start": "EarlyStopping shows a {name} from {least} to {most}, not {value!r}.",
    "nan": "EarlyStopping cannot replay a run without any validation value that is a number.",
    "alt": (
        "Labels {name}, seed {seed}, patience {patience}: training stops at step {stop}, the "
        "weights of step {best} are kept. Test accuracy {kept:.3f}, against {last:.3f} for the "
        "last weights."
    ),
}
LONGEST = 20  # evaluations


def replay_data(curves: Sequence["Curves"], seeds: int = 8) -> dict[str, Any]:
    """Return what the view draws: packed curves, and for every patience where a run stops.

    One row a run: all seeds of the first condition, then of the next. Raises ValueError for no
    curves, curves of different steps, or a run without a validation value that is a number.
    """
    if not len(curves) or not len(curves[0].val_accuracy):
        raise ValueError(MESSAGES["empty"])
    if any(not np.array_equal(one.eval_steps, curves[0].eval_steps) for one in curves):
        raise ValueError(MESSAGES["steps"])
    seeds = min(seeds, *(len(one.val_accuracy) for one in curves))
    rows = {name: _rows(curves, name, seeds) for name in CURVES}
    stops = [
        [replay(row, patience) for patience in range(1, LONGEST + 1)]
        for row in rows["val_accuracy"]
    ]
    if any(stop.best_at < 0 for row in stops for stop in row):
        raise ValueError(MESSAGES["nan"])
    top = float(np.nanmax([rows["train_loss"].max(), rows["val_loss"].max()]))
    return {
        "conditions": [_name(one) for one in curves],
        "seeds": seeds,
        "evalSteps": curves[0].eval_steps.tolist(),
        "trainAccuracy": codec.encode(rows["train_accuracy"], 0, 1),
        "valAccuracy": codec.encode(rows["val_accuracy"], 0, 1),
        "trainLoss": codec.encode(rows["train_loss"], 0, top),
        "valLoss": codec.encode(rows["val_loss"], 0, top),
        "bestValue": [[round(stop.best_value, 4) for stop in row] for row in stops],
        "bestAt": [[stop.best_at for stop in row] for row in stops],
        "stopAt": [[stop.stop_at for stop in row] for row in stops],
        "stopped": [[stop.stopped for stop in row] for row in stops],
        "kept": [
            [round(float(test[stop.best_at]), 4) for stop in row]
            for test, row in zip(rows["test_accuracy"], stops, strict=True)
        ],
        "last": [round(float(test[-1]), 4) for test in rows["test_accuracy"]],
        "lossTop": top,
    }


CURVES = ("train_accuracy", "val_accuracy", "train_loss", "val_loss", "test_accuracy")


def _rows(curves: Sequence["Curves"], name: str, seeds: int) -> np.ndarray:
    return np.concatenate([getattr(one, name)[:seeds] for one in curves])


def _name(curves: "Curves") -> str:
    if not curves.wrong:
        return TEXT["clean"]
    return TEXT["condition"].format(percent=round(100 * curves.wrong))


def texts(data: dict[str, Any]) -> dict[str, str]:
    """Return the view's strings; an evaluation is made every so many steps."""
    title = TEXT["patienceTitle"].format(every=data["evalSteps"][0])
    return {**TEXT, "patienceTitle": title}


def describe(data: dict[str, Any], row: int, patience: int) -> str:
    """Return the finding of one run at one patience in a sentence: the alt text."""
    at, steps = patience - 1, data["evalSteps"]
    return MESSAGES["alt"].format(
        name=data["conditions"][row // data["seeds"]],
        seed=row % data["seeds"],
        patience=patience,
        stop=steps[data["stopAt"][row][at]],
        best=steps[data["bestAt"][row][at]],
        kept=data["kept"][row][at],
        last=data["last"][row],
    )


def poster(data: dict[str, Any], row: int, patience: int) -> bytes:
    """Return the picture for readers without scripts: one run with its best step and its end."""
    figure = new_figure()
    panels = figure.subplots(1, 2)
    steps, at = data["evalSteps"], patience - 1
    for axes, kind in zip(panels, ("Accuracy", "Loss"), strict=True):
        for name, colour, dash in (("train", "#57606a", "--"), ("val", "#0b62b8", "-")):
            values = codec.decode(data[f"{name}{kind}"])[row]
            label = TEXT["train" if name == "train" else "validation"]
            axes.plot(steps, values, color=colour, linestyle=dash, label=label)
        best, stop = (steps[data[key][row][at]] for key in ("bestAt", "stopAt"))
        axes.axvline(best, color="#0b62b8", linewidth=1.5, label=TEXT["kept"])
        axes.axvline(stop, color="#b35900", linestyle=":", linewidth=2, label=TEXT["stop"])
        axes.set(xlabel=TEXT["stepTitle"], ylabel=TEXT[f"{kind.lower()}Title"])
    panels[0].legend(frameon=False)
    return figure_png(figure)


def _check_start(name: str, value: int, least: int, most: int) -> None:
    if value not in range(least, most + 1):
        words = {"name": name, "least": least, "most": most, "value": value}
        raise ValueError(MESSAGES["start"].format(**words))


class EarlyStopping(View):
    """The view of early stopping on saved runs, alive without a kernel.

    ``curves``: one a condition, all evaluated at the same steps; the first ``seeds`` of each are
    shown. ``patience``, ``seed`` and ``condition`` (a position in ``curves``) are shown first.
    Raises ValueError for no curves, curves that do not fit together, or a start out of range.
    """

    def __init__(
        self,
        *curves: "Curves",
        patience: int = 5,
        seed: int = 0,
        condition: int = -1,
        seeds: int = 8,
    ) -> None:
        data = replay_data(curves, seeds)
        check_patience(patience)
        _check_start("patience", patience, 1, LONGEST)
        _check_start("seed", seed, 0, data["seeds"] - 1)
        _check_start("condition", condition, -len(curves), len(curves) - 1)
        row = (condition % len(curves)) * data["seeds"] + seed
        state = {"data": data, "row": row, "patience": patience, "text": texts(data)}
        super().__init__(
            "early_stopping",
            state,
            poster=poster(data, row, patience),
            alt=describe(data, row, patience),
        )
