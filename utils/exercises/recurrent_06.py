"""The exercises of lecture recurrent/06: one LSTM unit, what a gate keeps, a stack's parameters."""

from collections.abc import Callable
from itertools import permutations
from math import exp, tanh

from utils.exercises.attempts import Case
from utils.exercises.numeric import NumberExercises

TEXT = {
    "passed_lstm_unit": "Forget, write, show: three gates around one cell state.",
    "passed_share_kept": "The gate is the sigmoid of its bias, and it multiplies at every step.",
    "passed_stack_parameters": "The lowest layer reads D inputs, all others read H.",
    "unrecognised": "The numbers are not the expected ones.",
    "compare": "Work out the first input on paper, and compare.",
    "gates_swapped": "Your forget gate and your input gate have changed places.",
    "gates_swapped_advice": "f multiplies the old cell state, i multiplies the candidate.",
    "other_order": "You take the four sums in another order than i, f, g, o.",
    "other_order_advice": "i, f and o are the gates, g is the candidate. o is used last.",
    "sigmoid_candidate": "Your candidate is a sigmoid, so it can only add. It must be able to "
    "take away.",
    "sigmoid_candidate_advice": "Use tanh(g).",
    "no_last_tanh": "You show the cell state itself. It has no bound; the hidden state has one.",
    "no_last_tanh_advice": "h = o * tanh(c).",
    "old_cell": "You show the OLD cell state. First it is changed, then it is shown.",
    "old_cell_advice": "Compute the new c first, and use it in h.",
    "no_output": "The output gate is missing.",
    "no_output_advice": "Multiply tanh(c) by sigmoid(o).",
    "all_tanh": "Your gates use tanh, so they can be below 0. A gate is a share from 0 to 1.",
    "all_tanh_advice": "Use the sigmoid for i, f and o.",
    "one_step": "This is what is left after ONE step.",
    "one_step_advice": "The gate multiplies at every step: take a power.",
    "bias_as_gate": "You use the bias as if it were the gate.",
    "bias_as_gate_advice": "The gate is 1 / (1 + exp(-bias)).",
    "tanh_gate": "You use tanh. A gate uses the sigmoid.",
    "tanh_gate_advice": "The gate is 1 / (1 + exp(-bias)).",
    "forgotten": "You use 1 - f: the share that is lost in a step.",
    "forgotten_advice": "f itself is the share that is kept.",
    "lost": "You return the share that is lost.",
    "lost_advice": "Leave out the last 1 - ….",
    "straight": "You take away the same amount at every step. A gate takes a share of the rest.",
    "straight_advice": "Use a power, not a product with the number of steps.",
    "times_steps": "You multiply the gate by the number of steps. The gate itself "
    "multiplies at every step.",
    "times_steps_advice": "Take a power: f ** steps.",
    "all_read_input": "All your layers read D inputs. The second reads the first's H units.",
    "all_read_input_advice": "Only the lowest layer has D inputs.",
    "one_part": "You count one part. A layer has four: i, f, g and o.",
    "one_part_advice": "Multiply by 4.",
    "three_parts": "You count three parts, as a GRU has. The candidate g has weights, too.",
    "three_parts_advice": "Multiply by 4.",
    "one_bias": "You count one bias. PyTorch has two: one beside each product.",
    "one_bias_advice": "4 * H * (inputs + H + 2).",
    "no_bias": "You leave out the biases.",
    "no_bias_advice": "4 * H * (inputs + H + 2).",
    "no_recurrence": "You leave out the weights of the hidden state.",
    "no_recurrence_advice": "4 * H * (inputs + H + 2).",
}
LECTURE = NumberExercises(TEXT)
_misconception = LECTURE.misconception


def _sigmoid(value: float) -> float:
    return 1 / (1 + exp(-value))


# lstm_unit: the hidden state of one unit, from its four sums

UNIT_CASES: list[Case] = [
    {"i": 2.0, "f": -1.0, "g": 0.5, "o": 1.0, "c": 2.0},
    {"i": -1.0, "f": 3.0, "g": -2.0, "o": 0.0, "c": 1.5},
    {"i": 0.5, "f": 0.2, "g": 1.0, "o": -0.7, "c": -0.4},
]


def _new_cell(i: float, f: float, g: float, c: float) -> float:
    return _sigmoid(f) * c + _sigmoid(i) * tanh(g)


def _in_order(order: tuple[int, ...]) -> Callable[..., float]:
    """Return the unit that takes the sums number ``order`` as its i, f, g, o."""

    def unit(*sums_and_c: float) -> float:
        i, f, g, o = (sums_and_c[place] for place in order)
        return _sigmoid(o) * tanh(_new_cell(i, f, g, sums_and_c[4]))

    return unit


RIGHT, SWAPPED = (0, 1, 2, 3), (1, 0, 2, 3)
UNIT_MODELS = (
    _misconception("gates_swapped", _in_order(SWAPPED)),
    *(
        _misconception("other_order", _in_order(order))
        for order in permutations(RIGHT)
        if order not in (RIGHT, SWAPPED)
    ),
    _misconception(
        "sigmoid_candidate",
        lambda i, f, g, o, c: _sigmoid(o) * tanh(_sigmoid(f) * c + _sigmoid(i) * _sigmoid(g)),
    ),
    _misconception("no_last_tanh", lambda i, f, g, o, c: _sigmoid(o) * _new_cell(i, f, g, c)),
    _misconception("old_cell", lambda i, f, g, o, c: _sigmoid(o) * tanh(c)),
    _misconception("no_output", lambda i, f, g, o, c: tanh(_new_cell(i, f, g, c))),
    _misconception(
        "all_tanh", lambda i, f, g, o, c: tanh(o) * tanh(tanh(f) * c + tanh(i) * tanh(g))
    ),
)

# share_kept: what is left in a cell state that is only forgotten

SHARE_CASES: list[Case] = [
    {"bias": 0.0, "steps": 3},
    {"bias": 2.0, "steps": 10},
    {"bias": 1.0, "steps": 5},
]
SHARE_MODELS = (
    _misconception("one_step", lambda bias, steps: _sigmoid(bias)),
    _misconception("bias_as_gate", lambda bias, steps: bias**steps),
    _misconception("tanh_gate", lambda bias, steps: tanh(bias) ** steps),
    _misconception("forgotten", lambda bias, steps: (1 - _sigmoid(bias)) ** steps),
    _misconception("lost", lambda bias, steps: 1 - _sigmoid(bias) ** steps),
    _misconception("straight", lambda bias, steps: 1 - steps * (1 - _sigmoid(bias))),
    _misconception("times_steps", lambda bias, steps: steps * _sigmoid(bias)),
)

# stack_parameters: the weights of an LSTM with several layers

STACK_CASES: list[Case] = [
    {"D": 3, "H": 5, "layers": 2},
    {"D": 32, "H": 48, "layers": 5},
    {"D": 10, "H": 4, "layers": 3},
]


def _stack(D: int, H: int, layers: int, parts: int = 4, biases: int = 2, back: bool = True) -> int:
    inputs = D + (layers - 1) * H
    return parts * H * (inputs + layers * (back * H + biases))


STACK_MODELS = (
    _misconception("all_read_input", lambda D, H, layers: layers * 4 * H * (D + H + 2)),
    _misconception("one_part", lambda D, H, layers: _stack(D, H, layers, parts=1)),
    _misconception("three_parts", lambda D, H, layers: _stack(D, H, layers, parts=3)),
    _misconception("one_bias", lambda D, H, layers: _stack(D, H, layers, biases=1)),
    _misconception("no_bias", lambda D, H, layers: _stack(D, H, layers, biases=0)),
    _misconception("no_recurrence", lambda D, H, layers: _stack(D, H, layers, back=False)),
)

EXERCISES = (
    LECTURE.exercise(
        "lstm_unit",
        UNIT_CASES,
        UNIT_MODELS,
        (
            "First the cell state: keep a share of the old one, add a share of the candidate.",
            "c = sigmoid(f) * c + sigmoid(i) * tanh(g)",
            "h = sigmoid(o) * tanh(c), with the new c.",
        ),
    ),
    LECTURE.exercise(
        "share_kept",
        SHARE_CASES,
        SHARE_MODELS,
        (
            "Which share is kept in one step?",
            "f = 1 / (1 + math.exp(-bias))",
            "After two steps f * f is left. After `steps` steps?",
        ),
    ),
    LECTURE.exercise(
        "stack_parameters",
        STACK_CASES,
        STACK_MODELS,
        (
            "One part of one layer: H * inputs weights, H * H weights, and 2 * H biases.",
            "A layer has four parts: 4 * H * (inputs + H + 2).",
            "The lowest layer has D inputs. Each of the others has H. Add them all.",
        ),
    ),
)
