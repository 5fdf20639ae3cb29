"""LearningRateSweep: drag the learning rate and see what it does to training (Lecture 11).

All rates were trained beforehand, at once. The view trains nothing: it shows one run in bold
before all others, and where its final loss stands among theirs.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from utils.widgets import codec, curves
from utils.widgets.poster import figure_png, new_figure
from utils.widgets.view import View

if TYPE_CHECKING:
    from utils.training.sweeps import SweepResult
    from utils.widgets.live import TrainNow

TEXT = {
    "label": "Training curves of one learning rate before those of all others.",
    "slider": "Learning rate",
    "lossTitle": "training loss (mean of {window} steps)",
    "accuracyTitle": "validation accuracy",
    "finalTitle": "final training loss of every rate",
    "stepTitle": "step",
    "rateTitle": "learning rate (log scale)",
    "goodRange": "good",
    "band": "diverged",
    "guess": "ln {classes} = {guess}: guessing",
    "end": "diverged, step {step}",
    "explodes": (
        "✕ Explodes. With learning rate {rate} each step overshoots more than the one before; "
        "at step {step} the run has diverged. Nothing useful is left of this network."
    ),
    "high": (
        "▲ Too high. Learning rate {rate} ends at loss {loss} after {steps} steps: its steps jump "
        "over the valley. The best rate, {best}, reaches {bestLoss}. "
        "Validation accuracy {accuracy}."
    ),
    "good": (
        "● Good. Learning rate {rate} ends at loss {loss} after {steps} steps (guessing costs "
        "{guess}; the best rate, {best}, reaches {bestLoss}). Validation accuracy {accuracy}."
    ),
    "low": (
        "▼ Too low. Learning rate {rate} is still at loss {loss} after {steps} steps: it goes the "
        "right way, but slowly. The best rate, {best}, reaches {bestLoss}. "
        "Validation accuracy {accuracy}."
    ),
    "unknown": "Learning rate {rate}: not trained yet.",
    "soFar": "So far: {done} of {total} steps.",
}
MESSAGES = {
    "repeated": (
        "LearningRateSweep shows one run a learning rate, but {rate:g} was trained more than once; "
        "select one seed first."
    ),
    "empty": "LearningRateSweep needs at least one trained rate; this result is empty.",
    "alt": (
        "Training with {count} learning rates from {low:.2g} to {high:.2g}: the best is {best:.2g} "
        "with a final loss of {loss:.2f}; {good} rates from {good_low:.2g} to {good_high:.2g} are "
        "good; {diverged} diverged."
    ),
    "alt_none": (
        "Training with {count} learning rates from {low:.2g} to {high:.2g}: none ended with a "
        "usable loss; {diverged} diverged."
    ),
    "poster_left": "training loss",
    "poster_right": "final training loss",
    "poster_rate": "rate {rate:.2g}",
}
GOOD_SHARE = 0.9


def verdicts(rates: np.ndarray, final_loss: np.ndarray, guess: float) -> list[str]:
    """Return a word a rate: "explodes", "high", "good", "low" or "unknown"; inputs are (K,).

    A rate is good if its loss fell at least nine tenths as far below ``guess`` (ln C) as the
    best rate's. Any other is too low or too high by the side of the best on which it lies.
    """
    finite = np.isfinite(final_loss)
    words = np.where(np.isinf(final_loss), "explodes", "unknown").astype(object)
    if not finite.any():
        return words.tolist()
    best = int(np.argmin(np.where(finite, final_loss, np.inf)))
    fall = guess - final_loss[best]
    enough = guess - final_loss >= GOOD_SHARE * fall if fall > 0 else final_loss <= final_loss[best]
    words[finite] = np.where(rates[finite] < rates[best], "low", "high")
    words[finite & enough] = "good"
    return words.tolist()


def sweep_data(result: "SweepResult", window: int = 10) -> dict[str, Any]:
    """Return what the view draws of ``result``: packed curves, final numbers, verdicts.

    Raises ValueError for an empty result or a rate that was trained more than once.
    """
    if not len(result.trials):
        raise ValueError(MESSAGES["empty"])
    order = np.argsort(result.rates, kind="stable")
    rates = result.rates[order]
    if repeated := rates[1:][np.diff(rates) == 0].tolist():
        raise ValueError(MESSAGES["repeated"].format(rate=repeated[0]))
    guess = curves.guessing_loss(result.classes)
    top = curves.TOP * guess
    final = result.final_loss()[order]
    finite = np.isfinite(final)
    loss = curves.trailing_mean(curves.tame(result.loss[order], guess), window)
    accuracy = result.val_accuracy[order]
    return {
        "total": len(result.steps),
        "done": int(result.steps_done),
        "rates": rates.tolist(),
        "loss": codec.encode(loss, 0, 1.1 * top),
        "evalSteps": result.eval_steps.tolist(),
        "accuracy": codec.encode(accuracy, 0, 1),
        "finalLoss": curves.sendable(final),
        "finalAccuracy": curves.sendable(curves.last_known(accuracy)),
        "divergedAt": result.diverged_at[order].tolist(),
        "verdict": verdicts(rates, final, guess),
        "best": int(np.argmin(np.where(finite, final, np.inf))) if finite.any() else None,
        "guess": guess,
        "classes": int(result.classes),
        "top": top,
    }


def texts(window: int) -> dict[str, str]:
    """Return the view's strings for curves that are means of ``window`` steps."""
    return {**TEXT, "lossTitle": TEXT["lossTitle"].format(window=window)}


def describe(data: dict[str, Any]) -> str:
    """Return the finding of a sweep in one sentence: the alt text."""
    rates, words = data["rates"], data["verdict"]
    good = [rate for rate, word in zip(rates, words, strict=True) if word == "good"]
    values = {"count": len(rates), "low": rates[0], "high": rates[-1]}
    values["diverged"] = words.count("explodes")
    if data["best"] is None:
        return MESSAGES["alt_none"].format(**values)
    best = {"best": rates[data["best"]], "loss": data["finalLoss"][data["best"]]}
    ends = {"good": len(good), "good_low": good[0], "good_high": good[-1]}
    return MESSAGES["alt"].format(**values, **best, **ends)


def poster(data: dict[str, Any]) -> bytes:
    """Return the picture for readers without scripts: the curves, and final loss against rate."""
    figure = new_figure()
    left, right = figure.subplots(1, 2)
    loss = codec.decode(data["loss"])
    left.plot(loss.T, color="0.6", alpha=0.35, linewidth=0.7)
    final = np.array([np.nan if v is None else v for v in data["finalLoss"]], dtype=float)
    if data["best"] is not None:
        label = MESSAGES["poster_rate"].format(rate=data["rates"][data["best"]])
        left.plot(loss[data["best"]], color="#0b62b8", linewidth=2.5, label=label)
        left.legend(frameon=False)
    gone = np.array(data["verdict"]) == "explodes"
    rates, top = np.array(data["rates"]), data["top"]
    right.semilogx(rates, np.minimum(final, top), "o-", color="#0b62b8", markersize=3)
    right.plot(rates[gone], np.full(gone.sum(), top), "x", color="#b3261e")
    if gone.any():
        right.text(rates[gone][0], 0.95 * top, TEXT["band"], color="#b3261e", ha="right")
    left.set(xlabel=TEXT["stepTitle"], ylabel=MESSAGES["poster_left"], ylim=(0, top))
    right.set(xlabel=TEXT["rateTitle"], ylabel=MESSAGES["poster_right"], ylim=(0, 1.06 * top))
    return figure_png(figure)


class LearningRateSweep(View):
    """The view of a sweep over learning rates, alive without a kernel.

    ``result`` holds one trial a rate, ``selected`` is the rate shown first (the nearest trained
    one; the best if None), and curves are trailing means of ``window`` steps. Raises ValueError
    for an empty result or a repeated rate.
    """

    def __init__(
        self, result: "SweepResult", *, selected: float | None = None, window: int = 10
    ) -> None:
        data = sweep_data(result, window)
        state = {"data": data, "selected": first_index(data, selected), "text": texts(window)}
        super().__init__("learning_rate_sweep", state, poster=poster(data), alt=describe(data))

    @staticmethod
    def live(data: Any, **settings: Any) -> "TrainNow":
        """Return the form that trains now; see :func:`utils.widgets.live.train_now`."""
        from utils.widgets.live import train_now

        return train_now("rates", data, **settings)


def first_index(data: dict[str, Any], rate: float | None) -> int:
    """Return the index of the trained rate nearest to ``rate`` (log scale), or of the best."""
    if rate is None:
        return data["best"] if data["best"] is not None else 0
    return int(np.argmin(np.abs(np.log(np.array(data["rates"]) / rate))))
