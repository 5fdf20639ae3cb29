"""The exercises of lecture attention/03: where a peak lies, what a cell sees, who points right."""

from collections.abc import Sequence
from math import prod

from utils.exercises.attempts import Case
from utils.exercises.numeric import NumberExercises

TEXT = {
    "passed_peak_x": "The largest weight gives the column, the column gives the pixel.",
    "passed_pixels_seen": "Each kernel adds its reach times all the strides before it.",
    "passed_pointing_accuracy": "Only words with a true box count, and only their peaks.",
    "unrecognised": "The numbers are not the expected ones.",
    "compare": "Draw the first input on paper, and compare.",
    "row": "You use the row of the cell. x needs its column.",
    "row_advice": "The cells are numbered row after row: the column is the rest, place % columns.",
    "left_edge": "You return the left edge of the cell. Its middle is half a cell further.",
    "left_edge_advice": "Add half of the cell's pixels.",
    "cell_number": "You return a number of cells. The answer is in pixels.",
    "cell_number_advice": "Multiply by the pixels of one cell.",
    "whole_place": "You use the number of the cell as its column. The grid has several rows.",
    "whole_place_advice": "Take the rest: place % columns.",
    "no_strides": "You add up the kernels as if every stride were 1.",
    "no_strides_advice": "Behind a stride of 2, one step of the kernel is 2 pixels wide.",
    "full_kernel": "You add the whole kernel each time. Its first place is seen already.",
    "full_kernel_advice": "A layer adds (kernel - 1) steps, not kernel steps.",
    "own_stride": "You multiply by the layer's own stride too. It acts on the next layers only.",
    "own_stride_advice": "Update the width of a step after the layer has added its part.",
    "only_strides": "You multiply the strides. That is the distance between two cells.",
    "only_strides_advice": "Cells overlap: a cell sees more than its own share of the image.",
    "none_counts": "You count words without a box. No peak can be right there.",
    "none_counts_advice": "Skip the words whose box is None.",
    "mean_share": "You average the weight inside the box. Ask where the largest weight is.",
    "mean_share_advice": "For each word, take the cell with the largest weight only.",
    "width_height": "You read a box as left, top, width, height.",
    "width_height_advice": "The four numbers are left, top, right, bottom.",
    "swapped": "You mix up x and y.",
    "swapped_advice": "x comes from the column, y from the row: place // columns.",
    "counted": "You return how many point right, not their share.",
    "counted_advice": "Divide by the number of words that have a box.",
}
LECTURE = NumberExercises(TEXT)
_misconception = LECTURE.misconception
Box = tuple[float, float, float, float]


def _peak(weights: Sequence[float]) -> int:
    return list(weights).index(max(weights))


# peak_x: the middle of the cell with the largest weight, in pixels from the left

PEAK_CASES: list[Case] = [
    {"weights": [0.1, 0.2, 0.1, 0.1, 0.2, 0.3], "columns": 3, "cell": 8},
    {"weights": [0.1, 0.1, 0.5, 0.1, 0.1, 0.1], "columns": 3, "cell": 10},
    {"weights": [0.1, 0.1, 0.1, 0.1, 0.1, 0.3, 0.1, 0.1], "columns": 4, "cell": 8},
]
PEAK_MODELS = (
    _misconception("row", lambda weights, columns, cell: (_peak(weights) // columns + 0.5) * cell),
    _misconception("left_edge", lambda weights, columns, cell: _peak(weights) % columns * cell),
    _misconception("cell_number", lambda weights, columns, cell: _peak(weights) % columns),
    _misconception("whole_place", lambda weights, columns, cell: (_peak(weights) + 0.5) * cell),
)

# pixels_seen: the side of the square that one cell sees

SEEN_CASES: list[Case] = [
    {"kernels": [3, 3], "strides": [2, 1]},
    {"kernels": [3, 3, 3], "strides": [2, 2, 2]},
    {"kernels": [4, 2, 3, 3], "strides": [4, 2, 1, 1]},
]


def _seen(kernels: Sequence[int], strides: Sequence[int], *, less: int = 1, own: int = 0) -> int:
    """Return the pixels seen, or what a wrong idea makes of them."""
    steps = (prod(strides[: place + own]) for place in range(len(kernels)))
    return 1 + sum((kernel - less) * step for kernel, step in zip(kernels, steps, strict=True))


SEEN_MODELS = (
    _misconception("no_strides", lambda kernels, strides: _seen(kernels, [1] * len(strides))),
    _misconception("full_kernel", lambda kernels, strides: _seen(kernels, strides, less=0)),
    _misconception("own_stride", lambda kernels, strides: _seen(kernels, strides, own=1)),
    _misconception("only_strides", lambda kernels, strides: prod(strides)),
)

# pointing_accuracy: the share of words whose peak lies in their true box


def _is_inside(place: int, box: Box, columns: int, cell: float) -> bool:
    x, y = (place % columns + 0.5) * cell, (place // columns + 0.5) * cell
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _share_inside(weights: Sequence[float], box: Box, columns: int, cell: float) -> float:
    return sum(w for place, w in enumerate(weights) if _is_inside(place, box, columns, cell))


def _hits(
    weights: Sequence[Sequence[float]], boxes: Sequence[Box | None], columns: int, cell: float
) -> list[bool]:
    known = [(row, box) for row, box in zip(weights, boxes, strict=True) if box is not None]
    return [_is_inside(_peak(row), box, columns, cell) for row, box in known]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _wide(box: Box | None) -> Box | None:
    return box and (box[0], box[1], box[0] + box[2], box[1] + box[3])


def _turned(box: Box | None) -> Box | None:
    return box and (box[1], box[0], box[3], box[2])


POINTING_CASES: list[Case] = [
    {
        "weights": [[0.1, 0.7, 0.1, 0.1], [0.4, 0.2, 0.2, 0.2], [0.1, 0.2, 0.6, 0.1]],
        "boxes": [(8, 0, 16, 8), None, (8, 0, 14, 14)],
        "columns": 2,
        "cell": 8,
    },
    {
        "weights": [
            [0.0, 0.1, 0.0, 0.2, 0.1, 0.6],
            [0.5, 0.1, 0.1, 0.1, 0.1, 0.1],
            [0.2, 0.1, 0.1, 0.1, 0.4, 0.1],
            [0.3, 0.1, 0.1, 0.1, 0.2, 0.2],
        ],
        "boxes": [(2, 0, 20, 14), (0, 0, 9, 7), (9, 9, 11, 11), None],
        "columns": 3,
        "cell": 8,
    },
]
POINTING_MODELS = (
    _misconception(
        "none_counts",
        lambda weights, boxes, columns, cell: (
            sum(_hits(weights, boxes, columns, cell)) / len(boxes)
        ),
    ),
    _misconception(
        "mean_share",
        lambda weights, boxes, columns, cell: _mean(
            [
                _share_inside(row, box, columns, cell)
                for row, box in zip(weights, boxes, strict=True)
                if box
            ]
        ),
    ),
    _misconception(
        "width_height",
        lambda weights, boxes, columns, cell: _mean(
            _hits(weights, [_wide(box) for box in boxes], columns, cell)
        ),
    ),
    _misconception(
        "swapped",
        lambda weights, boxes, columns, cell: _mean(
            _hits(weights, [_turned(box) for box in boxes], columns, cell)
        ),
    ),
    _misconception(
        "counted",
        lambda weights, boxes, columns, cell: sum(_hits(weights, boxes, columns, cell)),
    ),
)

EXERCISES = (
    LECTURE.exercise(
        "peak_x",
        PEAK_CASES,
        PEAK_MODELS,
        (
            "Find the place of the largest weight first: weights.index(max(weights)).",
            "The cells are numbered row after row. Which column is that place in?",
            "Columns begin at 0; the middle of column c is (c + 0.5) * cell.",
        ),
    ),
    LECTURE.exercise(
        "pixels_seen",
        SEEN_CASES,
        SEEN_MODELS,
        (
            "Begin with one pixel. What does a first kernel of 3 add?",
            "Keep a second number: how many pixels one step is wide. It begins with 1.",
            "seen += (kernel - 1) * step, and then step *= stride.",
        ),
    ),
    LECTURE.exercise(
        "pointing_accuracy",
        POINTING_CASES,
        POINTING_MODELS,
        (
            "Go through words and boxes together. Skip a word whose box is None.",
            "x = (place % columns + 0.5) * cell and y = (place // columns + 0.5) * cell.",
            "It points right if left <= x <= right and top <= y <= bottom. Return a share.",
        ),
    ),
)
