"""The exercises of lecture recurrent/02: which weights learn, temperature, perplexity.

A wrong answer is compared with what each known misconception would give on the same inputs.
"""

import math

from utils.exercises.attempts import Case
from utils.exercises.numeric import NumberExercises

TEXT = {
    "passed_weights_used": "Only the rows of characters that occur get a gradient, each row once.",
    "passed_chance": "You divide the logits by the temperature first, then take the softmax.",
    "passed_perplexity": "You average the losses first, then take exp: the number of equally "
    "likely characters among which the model still has to choose.",
    "unrecognised": "The numbers are not the expected ones.",
    "compare": "Work the first input out by hand, and compare.",
    "all_rows": "You count every weight. A character that does not occur is multiplied by 0, so "
    "its row gets no gradient.",
    "all_rows_advice": "Count the rows of the characters in ids only.",
    "every_position": "You count a row again each time its character occurs. It is the same row.",
    "every_position_advice": "Use the different characters: set(ids).",
    "rows_only": "You count rows. Each row has width weights.",
    "rows_only_advice": "Multiply by width.",
    "one_row": "You count one row only. Each different character has its own.",
    "one_row_advice": "Count the different characters, times width.",
    "largest_number": "You count the rows up to the largest number. Rows between may be unused.",
    "largest_number_advice": "Count what occurs: set(ids).",
    "multiplied": "You multiply by the temperature. Then a high temperature makes the model surer.",
    "multiplied_advice": "Divide the logits by the temperature.",
    "ignored": "Your answer does not depend on the temperature.",
    "ignored_advice": "Divide each logit by the temperature before exp.",
    "after": "You divide the probability by the temperature. The probabilities then do not sum "
    "to 1.",
    "after_advice": "Divide the logits, before the softmax.",
    "no_sum": "You do not divide by the sum. Probabilities of all characters must sum to 1.",
    "no_sum_advice": "Divide by the sum of exp(logit / temperature) over all characters.",
    "greedy": "You give the largest logit everything. That is the limit of temperature 0.",
    "greedy_advice": "Use exp(logit / temperature), divided by the sum.",
    "power_of_two": "You use 2 to the power of the loss. The losses are in nats, not in bits.",
    "power_of_two_advice": "Use math.exp.",
    "exp_of_sum": "You take exp of the sum, so a longer text always looks worse.",
    "exp_of_sum_advice": "Divide by the number of losses first.",
    "mean_of_exp": "You take exp of each loss, and then the mean. One surprise then decides all.",
    "mean_of_exp_advice": "Take the mean of the losses first, exp at the end.",
    "mean_loss": "You return the mean loss itself.",
    "mean_loss_advice": "Take exp of the mean.",
}
LECTURE = NumberExercises(TEXT)
_misconception, _exercise = LECTURE.misconception, LECTURE.exercise

# weights_used: the weights of an embedding layer that get a gradient from one text

USED_CASES: list[Case] = [
    {"symbols": 97, "width": 8, "ids": [5, 9, 5, 2]},
    {"symbols": 10, "width": 3, "ids": [0, 0, 0]},
    {"symbols": 6, "width": 4, "ids": [5, 1, 3, 1, 5, 1]},
]
USED_MODELS = (
    _misconception("all_rows", lambda symbols, width, ids: symbols * width),
    _misconception("every_position", lambda symbols, width, ids: len(ids) * width),
    _misconception("rows_only", lambda symbols, width, ids: len(set(ids))),
    _misconception("one_row", lambda symbols, width, ids: width),
    _misconception("largest_number", lambda symbols, width, ids: (max(ids) + 1) * width),
)

# chance: the probability of one character at a temperature

CHANCE_CASES: list[Case] = [
    {"logits": [2.0, 1.0, 0.0], "place": 0, "temperature": 0.5},
    {"logits": [2.0, 1.0, 0.0], "place": 2, "temperature": 2.0},
    {"logits": [-1.0, 0.5, 0.5, 3.0], "place": 1, "temperature": 1.5},
    {"logits": [0.0, 4.0], "place": 1, "temperature": 4.0},
]


def _softmax(logits, place):
    powers = [math.exp(value) for value in logits]
    return powers[place] / sum(powers)


CHANCE_MODELS = (
    _misconception("multiplied", lambda z, place, t: _softmax([v * t for v in z], place)),
    _misconception("ignored", lambda z, place, t: _softmax(z, place)),
    _misconception("after", lambda z, place, t: _softmax(z, place) / t),
    _misconception("no_sum", lambda z, place, t: math.exp(z[place] / t)),
    _misconception("greedy", lambda z, place, t: float(z[place] == max(z))),
)

# perplexity: exp of the mean loss

PERPLEXITY_CASES: list[Case] = [
    {"losses": [math.log(2), math.log(8)]},
    {"losses": [1.0, 0.0, 2.0, 0.5]},
    {"losses": [0.25]},
]
PERPLEXITY_MODELS = (
    _misconception("power_of_two", lambda losses: 2 ** (sum(losses) / len(losses))),
    _misconception("exp_of_sum", lambda losses: math.exp(sum(losses))),
    _misconception("mean_of_exp", lambda losses: sum(map(math.exp, losses)) / len(losses)),
    _misconception("mean_loss", lambda losses: sum(losses) / len(losses)),
)

EXERCISES = (
    _exercise(
        "weights_used",
        USED_CASES,
        USED_MODELS,
        (
            "Which rows does the look-up read? Do the others change the output?",
            "A row that is read twice is still one row.",
            "len(set(ids)) different characters, with width weights each.",
        ),
    ),
    _exercise(
        "chance",
        CHANCE_CASES,
        CHANCE_MODELS,
        (
            "At temperature 1 this is the softmax that you know.",
            "Divide every logit by the temperature, then take exp of each.",
            "exp(logits[place] / temperature), divided by the sum of exp(z / temperature).",
        ),
    ),
    _exercise(
        "perplexity",
        PERPLEXITY_CASES,
        PERPLEXITY_MODELS,
        (
            "A model that cannot tell 97 characters apart has the loss ln 97. What must come out?",
            "First one number for the whole text: the mean loss.",
            "math.exp(sum(losses) / len(losses))",
        ),
    ),
)
