"""EnsembleMembers: ask 1 to M networks about one hard digit, and about the whole test set.

The networks were trained beforehand. The answers of every average are found here, on the exact
probabilities; the view shows them. It trains nothing.
"""

from typing import Any

import numpy as np

from utils.widgets import codec
from utils.widgets.poster import figure_png, new_figure
from utils.widgets.view import View

TEXT = {
    "label": "A test digit, what the members say about it, and the accuracy of their average.",
    "members": "Members",
    "digit": "Digit",
    "barsTitle": "probability",
    "accuracyTitle": "test accuracy",
    "membersTitle": "members",
    "band": "band: 10–90 %",
    "average": "average",
    "one": "member",
    "truth": "true: {truth}",
    "answer": "answer",
    "true": "true",
    "right": "right",
    "alone": "Digit {digit}: one member says {answer} with {share} (true: {truth}).",
    "together": "Digit {digit}: {members} members say {answer} with {share} (true: {truth}).",
    "oneRight": "1 of {members} members is right on its own.",
    "manyRight": "{right} of {members} members are right on their own.",
    "everyOne": "Over the whole test set, one member reaches {first} on average.",
    "overall": "Over the whole test set, {members} members reach {accuracy}, one alone {first}.",
}
MESSAGES = {
    "probabilities": (
        "EnsembleMembers needs probabilities of shape (members, digits, classes), not {shape}."
    ),
    "none": "EnsembleMembers needs at least one member and one digit; it got shape {shape}.",
    "many": (
        "EnsembleMembers shows at most 16 members, 12 digits and 10 classes; choose fewer than "
        "in shape {shape}."
    ),
    "sum": (
        "EnsembleMembers needs class probabilities that sum to 1; apply softmax to logits first."
    ),
    "images": "EnsembleMembers needs {count} square images, one a digit, not shape {shape}.",
    "pixels": "EnsembleMembers needs images whose pixels are all finite numbers.",
    "labels": (
        "EnsembleMembers needs {count} labels from 0 to {last}, one a digit; check their number "
        "and values."
    ),
    "by_size": (
        "EnsembleMembers needs accuracies from 0 to 1 of shape ({count}, draws), one row for each "
        "number of members; it got shape {shape}."
    ),
    "members": "The number of members must be from 1 to {last}, not {value!r}.",
    "digit": "The digit must be a position from 0 to {last}, not {value!r}.",
    "posterDigit": "true class {truth}",
    "posterBars": "averaged probability, members: {members}",
    "posterAccuracy": "test accuracy (band: 10–90 %)",
}
MOST = (16, 12, 10)  # members, digits, classes
PERCENTILES = (10, 90)


def members_data(probabilities: Any, images: Any, labels: Any, by_size: Any) -> dict[str, Any]:
    """Return what the view draws: packed arrays, and the answer of the first 1..M members.

    ``probabilities`` (M, N, C), ``images`` (N, S, S), ``labels`` (N,), ``by_size`` (M, draws) in
    0..1. Raises ValueError for shapes that do not fit together and for values out of range.
    """
    said = _probabilities(probabilities)
    members, digits, classes = said.shape
    truth = _labels(labels, digits, classes)
    counts = np.arange(1, members + 1)[:, None]
    means = said.cumsum(0) / counts[..., None]
    right = (said.argmax(-1) == truth).cumsum(0)
    return {
        "probabilities": codec.encode(said.swapaxes(0, 1).reshape(-1, classes), 0, 1),
        "images": codec.encode(_pixels(images, digits), 0, 1),
        "labels": truth.tolist(),
        "answers": means.argmax(-1).T.tolist(),
        "confidence": means.max(-1).T.clip(0, 1).round(4).tolist(),
        "right": right.T.tolist(),
        "accuracy": _accuracy(by_size, members),
    }


def _probabilities(values: Any) -> np.ndarray:
    said = np.asarray(values, dtype=np.float64)
    if said.ndim != 3:
        raise ValueError(MESSAGES["probabilities"].format(shape=said.shape))
    if 0 in said.shape:
        raise ValueError(MESSAGES["none"].format(shape=said.shape))
    if any(size > most for size, most in zip(said.shape, MOST, strict=True)):
        raise ValueError(MESSAGES["many"].format(shape=said.shape))
    if not ((said >= 0).all() and np.allclose(said.sum(-1), 1, atol=1e-3)):
        raise ValueError(MESSAGES["sum"])
    return said


def _labels(values: Any, digits: int, classes: int) -> np.ndarray:
    labels = np.asarray(values)
    fits = labels.shape == (digits,) and np.isin(labels, np.arange(classes)).all()
    if not fits:
        raise ValueError(MESSAGES["labels"].format(count=digits, last=classes - 1))
    return labels.astype(int)


def _pixels(values: Any, digits: int) -> np.ndarray:
    """Return the pixels from 0 (ground) to 1 (ink), (N, S * S)."""
    images = np.asarray(values, dtype=np.float64)
    shape = images.shape
    if len(shape) != 3 or shape[0] != digits or shape[1] != shape[2] or 0 in shape:
        raise ValueError(MESSAGES["images"].format(count=digits, shape=shape))
    if not np.isfinite(images).all():
        raise ValueError(MESSAGES["pixels"])
    span = images.max() - images.min()
    return ((images - images.min()) / (span or 1)).reshape(digits, -1)


def _accuracy(values: Any, members: int) -> dict[str, list[float]]:
    by_size = np.asarray(values, dtype=np.float64)
    fits = by_size.ndim == 2 and len(by_size) == members and by_size.shape[1] > 0
    if not (fits and ((by_size >= 0) & (by_size <= 1)).all()):
        raise ValueError(MESSAGES["by_size"].format(count=members, shape=by_size.shape))
    low, high = np.percentile(by_size, PERCENTILES, axis=1)
    lines = {"mean": by_size.mean(1), "low": low, "high": high}
    return {name: line.round(5).tolist() for name, line in lines.items()}


def describe(data: dict[str, Any], members: int, digit: int) -> str:
    """Return what the first ``members`` say about one digit, in words: the alt text."""
    at, mean = members - 1, data["accuracy"]["mean"]
    right = data["right"][digit][at]
    parts = ["alone", "everyOne"]
    if members > 1:
        parts = ["together", "oneRight" if right == 1 else "manyRight", "overall"]
    values = {
        "digit": digit + 1,
        "members": members,
        "answer": data["answers"][digit][at],
        "share": f"{100 * data['confidence'][digit][at]:.0f} %",
        "truth": data["labels"][digit],
        "right": right,
        "accuracy": f"{100 * mean[at]:.1f} %",
        "first": f"{100 * mean[0]:.1f} %",
    }
    return " ".join(TEXT[part].format(**values) for part in parts)


def poster(data: dict[str, Any], members: int, digit: int) -> bytes:
    """Return the picture for readers without scripts: the digit, the bars, the accuracy."""
    figure = new_figure(10.0, 3.6)
    picture, bars, accuracy = figure.subplots(1, 3)
    pixels = codec.decode(data["images"])[digit]
    side = round(len(pixels) ** 0.5)
    picture.imshow(pixels.reshape(side, side), cmap="gray_r")
    picture.set(xticks=[], yticks=[])
    picture.set_xlabel(MESSAGES["posterDigit"].format(truth=data["labels"][digit]))
    count = len(data["accuracy"]["mean"])
    said = codec.decode(data["probabilities"]).reshape(len(data["labels"]), count, -1)
    said = said[digit, :members]
    classes = np.arange(said.shape[1])
    bars.barh(classes, said.mean(0), color="#9fb8d4")
    bars.plot(said.T, classes, "o", color="#b35900", markersize=4)
    bars.set(yticks=classes, xlim=(0, 1.02), ylim=(len(classes) - 0.5, -0.5))
    bars.set_xlabel(MESSAGES["posterBars"].format(members=members))
    sizes, lines = np.arange(1, count + 1), data["accuracy"]
    accuracy.fill_between(sizes, lines["low"], lines["high"], color="#0b62b8", alpha=0.2)
    accuracy.plot(sizes, lines["mean"], color="#0b62b8")
    accuracy.plot(members, lines["mean"][members - 1], "o", color="#0b62b8")
    accuracy.set(xlabel=TEXT["membersTitle"], title=MESSAGES["posterAccuracy"])
    return figure_png(figure)


class EnsembleMembers(View):
    """The view of an ensemble whose members were trained beforehand, alive without a kernel.

    ``probabilities`` (M, N, C): class probabilities that M <= 16 members give for N <= 12 digits,
    ``images`` (N, S, S) with any range of pixels, ``labels`` (N,), ``by_size`` (M, draws): test
    accuracies of random ensembles of 1 to M members. ``members`` and ``digit`` are shown first.
    Raises ValueError for shapes that do not fit together or a start out of range.
    """

    def __init__(
        self,
        probabilities: Any,
        images: Any,
        labels: Any,
        by_size: Any,
        *,
        members: int = 1,
        digit: int = 0,
    ) -> None:
        data = members_data(probabilities, images, labels, by_size)
        most, digits = len(data["accuracy"]["mean"]), len(data["labels"])
        if members not in range(1, most + 1):
            raise ValueError(MESSAGES["members"].format(last=most, value=members))
        if digit not in range(digits):
            raise ValueError(MESSAGES["digit"].format(last=digits - 1, value=digit))
        members, digit = int(members), int(digit)
        super().__init__(
            "ensemble_members",
            {"data": data, "members": members, "digit": digit, "text": TEXT},
            poster=poster(data, members, digit),
            alt=describe(data, members, digit),
        )
