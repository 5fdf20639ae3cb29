"""UnrolledRNN: step through time, and see the state, the answer and the one shared W.

The view computes no product: x Wx, h Wh and the probabilities of every time step come from the
trace of a network that really ran. It adds three numbers and takes their tanh, for one unit.
"""

import base64
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from utils.widgets import codec
from utils.widgets.poster import figure_png, new_figure
from utils.widgets.view import View

if TYPE_CHECKING:
    from utils.training.sequences import RNNTrace

TEXT = {
    "label": "A recurrent network, unrolled in time: frames, cells, hidden states and answers.",
    "time": "Time step",
    "unit": "Unit",
    "clip": "Clip",
    "clipName": "{place} of {count}",
    "place": "{step} of {steps}",
    "play": "▶ Play",
    "pause": "❚❚ Pause",
    "answers": "probability after each time step",
    "true": "true: {name}",
    "frames": "one frame a step",
    "shared": "the same W in every cell",
    "legend": "state: blue +, filled from below; red −, filled from the top",
    "wx": "Wx",
    "wh": "Wh",
    "startNumbers": "Unit {unit}, before the first frame: h₀ = {h}",
    "numbers": (
        "Unit {unit}: h{t} = tanh(x{t}·Wx + h{before}·Wh + b) = "
        "tanh({input} + {state} + {bias}) = tanh({sum}) = {h}"
    ),
    "nothing": (
        "Before the first frame the state h₀ is zero: the network knows nothing of this clip."
    ),
    "nothingLearned": (
        "Before the first frame the state h₀ is the learned start, the same for every clip: "
        "the network knows nothing of this clip."
    ),
    "saysFirst": "After 1 of {steps} frames the network says {answer}, {share}.",
    "says": "After {step} of {steps} frames the network says {answer}, {share}.",
    "right": "✓ Right.",
    "wrong": "✗ Wrong: the clip shows {truth}.",
    "since": "It has said so since frame {since}; before, it said {before}.",
    "always": "It has said so since frame 1.",
}
MESSAGES = {
    "empty": "UnrolledRNN needs at least one trace; there is none.",
    "frames": (
        "UnrolledRNN needs frames of shape (T, height, width, 3), with at least one frame, "
        "not {shape}."
    ),
    "shape": "UnrolledRNN needs {name} of shape {wanted} in a trace with T = {steps}, not {given}.",
    "units": "UnrolledRNN draws at most {most} units, not {units}: train a smaller hidden state.",
    "finite": "UnrolledRNN needs finite numbers in {name}.",
    "identity": (
        "UnrolledRNN needs hidden[t + 1] = tanh(from_input[t] + from_state[t] + b); in this "
        "trace they differ by up to {gap:.2g}."
    ),
    "shares": "UnrolledRNN needs probabilities that are at least 0 and sum to 1 at each step.",
    "truth": "The truth of a trace is a class from 0 to {last}, not {value!r}.",
    "same": "UnrolledRNN needs traces of one network and of clips of one size and length.",
    "step": "The step must be a whole number from 0 to {steps}, not {value!r}.",
    "alt": (
        "An unrolled recurrent network with {units} units and {steps} frames. After {step} of "
        "them it says {answer} with {share:.0f} %; the clip shows {truth}. At the end it says "
        "{last}. Every cell uses the same weights."
    ),
    "altStart": (
        "An unrolled recurrent network with {units} units, before the first of {steps} frames. "
        "At the end it says {last}; the clip shows {truth}. Every cell uses the same weights."
    ),
}
MOST_UNITS = 128
MOST_INPUTS = 96  # rows of Wx in the picture of the weights; of more, evenly spaced ones
TILE = 64  # most pixels of a frame's side


def trace_data(traces: Sequence["RNNTrace"]) -> dict[str, Any]:
    """Return what the view draws of some traces of one network (see `RNNTrace` for the shapes).

    Raises ValueError with one sentence for no trace, shapes that do not fit together, traces of
    different networks, and states that are not the tanh of their parts.
    """
    if not len(traces):
        raise ValueError(MESSAGES["empty"])
    for trace in traces:
        _check(trace)
    first = traces[0]
    for trace in traces[1:]:
        _check_same(first, trace)
    frames = [_pixels(trace.frames) for trace in traces]
    return {
        "names": [str(name) for name in first.names],
        "truth": [int(trace.truth) for trace in traces],
        "start": [_rounded(trace.hidden[0]) for trace in traces],
        "fromInput": [_rounded(trace.from_input) for trace in traces],
        "fromState": [_rounded(trace.from_state) for trace in traces],
        "bias": _rounded(first.b),
        "probabilities": [_rounded(trace.probabilities, 4) for trace in traces],
        "wx": _matrix(_thinned(_array(first.Wx))),
        "wh": _matrix(_array(first.Wh)),
        "sheet": _sheet(frames),
        "tile": [frames[0].shape[2], frames[0].shape[1]],
    }


def _array(values: Any) -> np.ndarray:
    """Return any array or tensor as float64."""
    return np.asarray(values.detach() if hasattr(values, "detach") else values, dtype=np.float64)


def _rounded(values: Any, digits: int = 3) -> list:
    return (_array(values).round(digits) + 0.0).tolist()  # + 0.0: no minus before a zero


def _check(trace: "RNNTrace") -> None:
    """Raise ValueError unless a trace fits together and its states are what they must be."""
    shape = np.shape(trace.frames)
    if len(shape) != 4 or shape[-1] != 3 or not shape[0]:
        raise ValueError(MESSAGES["frames"].format(shape=tuple(shape)))
    steps, units, classes = shape[0], len(trace.b), len(trace.names)
    if units > MOST_UNITS:
        raise ValueError(MESSAGES["units"].format(most=MOST_UNITS, units=units))
    wanted = {
        "hidden": (steps + 1, units),
        "from_input": (steps, units),
        "from_state": (steps, units),
        "probabilities": (steps, classes),
        "Wx": (np.shape(trace.Wx)[0], units),
        "Wh": (units, units),
    }
    for name, must in wanted.items():
        _check_array(name, getattr(trace, name), must, steps)
    _check_values(trace, classes)


def _check_array(name: str, values: Any, must: tuple[int, ...], steps: int) -> None:
    given = tuple(np.shape(values))
    if given != must:
        message = MESSAGES["shape"]
        raise ValueError(message.format(name=name, wanted=must, steps=steps, given=given))
    if not np.isfinite(_array(values)).all():
        raise ValueError(MESSAGES["finite"].format(name=name))


def _check_values(trace: "RNNTrace", classes: int) -> None:
    parts = _array(trace.from_input) + _array(trace.from_state) + _array(trace.b)
    gap = float(np.abs(np.tanh(parts) - _array(trace.hidden)[1:]).max())
    if not gap < 1e-3:
        raise ValueError(MESSAGES["identity"].format(gap=gap))
    shares = _array(trace.probabilities)
    if shares.min() < 0 or np.abs(shares.sum(1) - 1).max() > 1e-3:
        raise ValueError(MESSAGES["shares"])
    if not 0 <= trace.truth < classes or int(trace.truth) != trace.truth:
        raise ValueError(MESSAGES["truth"].format(last=classes - 1, value=trace.truth))


def _check_same(first: "RNNTrace", other: "RNNTrace") -> None:
    """Raise ValueError unless two traces are of one network and of equally large clips."""
    same = tuple(first.names) == tuple(other.names)
    same &= np.shape(first.frames) == np.shape(other.frames)
    for name in ("Wx", "Wh", "b"):
        same = same and np.array_equal(_array(getattr(first, name)), _array(getattr(other, name)))
    if not same:
        raise ValueError(MESSAGES["same"])


def _thinned(matrix: np.ndarray) -> np.ndarray:
    """Return at most ``MOST_INPUTS`` rows, evenly spaced."""
    rows = np.linspace(0, len(matrix) - 1, min(len(matrix), MOST_INPUTS)).round().astype(int)
    return matrix[rows]


def _matrix(values: np.ndarray) -> dict[str, Any]:
    """Return a matrix packed between minus and plus its largest size, so that 0 is the middle."""
    top = float(np.abs(values).max()) or 1.0
    return codec.encode(values, -top, top)


def _pixels(frames: Any) -> np.ndarray:
    """Return frames (T, h, w, 3) as bytes, at most ``TILE`` pixels a side; floats are 0 to 1."""
    own = np.asarray(frames.detach() if hasattr(frames, "detach") else frames)
    if own.dtype != np.uint8:
        own = (np.clip(own, 0, 1) * 255).round().astype(np.uint8)
    height, width = own.shape[1:3]
    scale = min(1.0, TILE / max(height, width))
    if scale == 1:
        return own
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.stack([np.asarray(Image.fromarray(frame).resize(size)) for frame in own])


def _sheet(clips: Sequence[np.ndarray]) -> str:
    """Return all frames as one picture, a row a clip, as the address of a PNG."""
    rows = [np.concatenate(list(frames), axis=1) for frames in clips]
    buffer = io.BytesIO()
    Image.fromarray(np.concatenate(rows)).save(buffer, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def busiest_unit(data: dict[str, Any]) -> int:
    """Return the unit whose value changes most over time and clips: the one shown first."""
    parts = np.array(data["fromInput"]) + np.array(data["fromState"]) + np.array(data["bias"])
    return int(np.tanh(parts).std(axis=(0, 1)).argmax())


def describe(data: dict[str, Any], step: int) -> str:
    """Return what the network says of the first clip after ``step`` frames: the alt text."""
    shares = np.array(data["probabilities"][0])
    names = data["names"]
    values = {
        "units": len(data["bias"]),
        "steps": len(shares),
        "step": step,
        "truth": names[data["truth"][0]],
        "last": names[int(shares[-1].argmax())],
    }
    if not step:
        return MESSAGES["altStart"].format(**values)
    now = shares[step - 1]
    return MESSAGES["alt"].format(answer=names[int(now.argmax())], share=100 * now.max(), **values)


def poster(data: dict[str, Any], frames: Any) -> bytes:
    """Return the picture for readers without scripts: frames, states and answers of one clip."""
    shares = np.array(data["probabilities"][0])
    parts = np.array(data["fromInput"][0]) + np.array(data["fromState"][0]) + data["bias"]
    states = np.tanh(parts)
    figure = new_figure(9.0, 4.6)
    top, middle, low = figure.subplots(3, 1, height_ratios=(2, 3, 1.4))
    steps = np.arange(1, len(shares) + 1)
    for number, (values, name) in enumerate(zip(shares.T, data["names"], strict=True)):
        top.plot(steps, values, marker="os^vDPX*"[number % 8], label=name)
    top.set(xlim=(0.5, len(steps) + 0.5), ylim=(-0.05, 1.05), title=TEXT["answers"], xticks=steps)
    top.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    ends = (0.5, len(steps) + 0.5, len(states[0]) - 0.5, -0.5)
    shown = {"cmap": "RdBu", "vmin": -1, "vmax": 1, "aspect": "auto", "extent": ends}
    middle.imshow(states.T, interpolation="nearest", **shown)
    middle.set(ylabel=TEXT["unit"], xticks=steps)
    low.imshow(
        np.concatenate(list(_pixels(frames)), axis=1), aspect="auto", interpolation="nearest"
    )
    low.set(xticks=[], yticks=[], xlabel=TEXT["frames"])
    return figure_png(figure)


class UnrolledRNN(View):
    """The view of a recurrent network on some clips, alive without a kernel.

    ``traces``: one a clip, all of one network and one length; see `RNNTrace`. ``step`` is the
    number of frames that are read at first, from 0 to T. Raises ValueError with one sentence for
    traces that do not fit, and for a step out of range.
    """

    def __init__(self, traces: Sequence["RNNTrace"], *, step: int = 1) -> None:
        data = trace_data(traces)
        steps = len(data["fromInput"][0])
        if not isinstance(step, int | np.integer) or not 0 <= step <= steps:
            raise ValueError(MESSAGES["step"].format(steps=steps, value=step))
        unit = busiest_unit(data)
        super().__init__(
            "unrolled_rnn",
            {"data": data, "clip": 0, "step": int(step), "unit": unit, "text": TEXT},
            poster=poster(data, traces[0].frames),
            alt=describe(data, int(step)),
        )
