"""The exercises of lecture recurrent/04: AUC, an honest score, what an ablated unit costs.

A wrong answer is compared with what each known misconception would give on the same inputs.
"""

from itertools import product

from utils.exercises.attempts import Case
from utils.exercises.numeric import NumberExercises

TEXT = {
    "passed_auc_of_unit": "You compare every value inside with every value outside. An equal pair "
    "counts one half.",
    "passed_held_out_score": "You choose the unit and its sign on the first files, and take both "
    "along to the other files.",
    "passed_extra_loss": "You compare the mean rise inside with the mean rise outside.",
    "unrecognised": "The numbers are not the expected ones.",
    "compare": "Work the first input out by hand, and compare.",
    "outside_larger": "You count the pairs in which the value outside is larger.",
    "outside_larger_advice": "Count a pair when the value inside is larger.",
    "ties_lost": "You give nothing for an equal pair. A unit that never changes would then have 0.",
    "ties_lost_advice": "Add one half for each equal pair.",
    "ties_won": "You give a whole point for an equal pair. A unit that never changes would then "
    "have 1.",
    "ties_won_advice": "Add one half for each equal pair.",
    "accuracy_at_zero": "You count how often the sign of the value is right. That needs a "
    "threshold, and AUC has none.",
    "accuracy_at_zero_advice": "Compare values inside with values outside, never with 0.",
    "mean_difference": "You subtract the two means. AUC uses only which value is larger.",
    "mean_difference_advice": "Count pairs: one value inside, one outside.",
    "same_place": "You compare neighbours in the list, not all pairs.",
    "same_place_advice": "Compare every value inside with every value outside.",
    "score_of_choice": "You return the score on the files used to choose. That score is flattered "
    "by luck.",
    "score_of_choice_advice": "Return the score of the chosen unit on the other files.",
    "best_elsewhere": "You choose again on the other files. Then they are not held out any more.",
    "best_elsewhere_advice": "Choose the unit with the first list only.",
    "largest_only": "You choose the largest AUC. A unit with AUC 0.02 tells the property too: it "
    "is smaller inside.",
    "largest_only_advice": "Choose the unit whose AUC is farthest from 0.5.",
    "no_sign": "You forget the sign. A unit chosen for being smaller inside must be smaller there "
    "too.",
    "no_sign_advice": "If its first AUC is below 0.5, return 1 minus its second AUC.",
    "sign_elsewhere": "You choose the sign on the other files. The score can then never be below "
    "0.5, whatever the unit does.",
    "sign_elsewhere_advice": "Take the sign from the first list, even if the result is below 0.5.",
    "inside_only": "You look inside only. A unit that costs the same everywhere has nothing to do "
    "with the property.",
    "inside_only_advice": "Subtract the mean rise outside.",
    "everywhere": "You take the mean over all characters.",
    "everywhere_advice": "Take two means, one inside and one outside, and subtract.",
    "turned_round": "You subtract the loss without the unit. A unit that is needed would then have "
    "a negative cost.",
    "turned_round_advice": "The rise is the loss without the unit minus the loss with it.",
    "sums": "You subtract sums. There are usually far more characters outside, so they decide.",
    "sums_advice": "Use means: divide each sum by its number of characters.",
    "loss_without": "You compare the losses without the unit. They differ with the unit as well.",
    "loss_without_advice": "Use the rise: the loss without the unit minus the loss with it.",
}
LECTURE = NumberExercises(TEXT)
_misconception, _exercise = LECTURE.misconception, LECTURE.exercise

# auc_of_unit: the chance that a value inside is larger than one outside

AUC_CASES: list[Case] = [
    {"inside": [0.9, 0.4], "outside": [0.5, -0.2, 0.1]},
    {"inside": [-0.3, -0.8], "outside": [-0.6, -0.9, -0.95]},
    {"inside": [0.2, 0.2, 0.2], "outside": [0.2, 0.2]},
    {"inside": [-0.5, 0.1, 0.3, -0.5], "outside": [0.1, -0.5, 0.8]},
]


def _pairs(points):
    """Return the answer that gives ``points`` for a pair (inside, outside), averaged."""

    def answer(inside, outside):
        return sum(points(a, b) for a, b in product(inside, outside)) / (len(inside) * len(outside))

    return answer


def _accuracy(inside, outside):
    right = sum(a > 0 for a in inside) + sum(b <= 0 for b in outside)
    return right / (len(inside) + len(outside))


def _neighbours(inside, outside):
    pairs = list(zip(inside, outside, strict=False))
    return sum((a > b) + 0.5 * (a == b) for a, b in pairs) / len(pairs)


AUC_MODELS = (
    _misconception("outside_larger", _pairs(lambda a, b: (a < b) + 0.5 * (a == b))),
    _misconception("ties_lost", _pairs(lambda a, b: a > b)),
    _misconception("ties_won", _pairs(lambda a, b: a >= b)),
    _misconception("accuracy_at_zero", _accuracy),
    _misconception(
        "mean_difference",
        lambda inside, outside: sum(inside) / len(inside) - sum(outside) / len(outside),
    ),
    _misconception("same_place", _neighbours),
)

# held_out_score: chosen on some files, scored on others

SCORE_CASES: list[Case] = [
    {"first": [0.60, 0.95, 0.70], "second": [0.55, 0.80, 0.99]},
    {"first": [0.60, 0.04, 0.90], "second": [0.65, 0.10, 0.85]},
    {"first": [0.20, 0.55, 0.70], "second": [0.58, 0.75, 0.30]},
]


def _farthest(scores):
    return max(range(len(scores)), key=lambda unit: abs(scores[unit] - 0.5))


def _largest(scores):
    return max(range(len(scores)), key=lambda unit: scores[unit])


def _score_of_choice(first, second):
    best = first[_farthest(first)]
    return max(best, 1 - best)


def _sign_elsewhere(first, second):
    score = second[_farthest(first)]
    return max(score, 1 - score)


SCORE_MODELS = (
    _misconception("score_of_choice", _score_of_choice),
    _misconception("best_elsewhere", lambda first, second: _score_of_choice(second, first)),
    _misconception("largest_only", lambda first, second: second[_largest(first)]),
    _misconception("no_sign", lambda first, second: second[_farthest(first)]),
    _misconception("sign_elsewhere", _sign_elsewhere),
)

# extra_loss: the rise of the loss inside minus the rise outside

LOSS_CASES: list[Case] = [
    {
        "intact": [1.0, 2.0, 0.5, 1.5],
        "ablated": [1.8, 2.6, 0.6, 1.7],
        "inside": [True, True, False, False],
    },
    {
        "intact": [0.2, 0.9, 1.1, 0.3, 2.0],
        "ablated": [0.3, 0.9, 2.1, 0.2, 2.2],
        "inside": [False, False, True, False, False],
    },
    {"intact": [1.0, 1.0, 3.0], "ablated": [0.8, 1.5, 3.5], "inside": [True, False, False]},
]


def _mean(values):
    return sum(values) / len(values)


def _split(values, inside):
    """Return the values inside and those outside."""
    return tuple(
        [v for v, here in zip(values, inside, strict=True) if here == side]
        for side in (True, False)
    )


def _rises(intact, ablated):
    return [after - before for before, after in zip(intact, ablated, strict=True)]


def _inside_only(intact, ablated, inside):
    return _mean(_split(_rises(intact, ablated), inside)[0])


def _everywhere(intact, ablated, inside):
    return _mean(_rises(intact, ablated))


def _turned_round(intact, ablated, inside):
    within, without = _split(_rises(ablated, intact), inside)
    return _mean(within) - _mean(without)


def _sums(intact, ablated, inside):
    within, without = _split(_rises(intact, ablated), inside)
    return sum(within) - sum(without)


def _loss_without(intact, ablated, inside):
    within, without = _split(ablated, inside)
    return _mean(within) - _mean(without)


LOSS_MODELS = (
    _misconception("inside_only", _inside_only),
    _misconception("everywhere", _everywhere),
    _misconception("turned_round", _turned_round),
    _misconception("sums", _sums),
    _misconception("loss_without", _loss_without),
)

EXERCISES = (
    _exercise(
        "auc_of_unit",
        AUC_CASES,
        AUC_MODELS,
        (
            "How many pairs of one value inside and one value outside are there?",
            "A pair gives 1 if the value inside is larger, one half if both are equal, else 0.",
            "Two loops, then divide by len(inside) * len(outside).",
        ),
    ),
    _exercise(
        "held_out_score",
        SCORE_CASES,
        SCORE_MODELS,
        (
            "Which list may choose the unit? Which list may only be looked at once?",
            "AUC 0.04 is as useful as 0.96: the unit is smaller inside.",
            "Find the unit farthest from 0.5 in first. If it is below 0.5 there, return 1 minus "
            "its value in second.",
        ),
    ),
    _exercise(
        "extra_loss",
        LOSS_CASES,
        LOSS_MODELS,
        (
            "First the rise at each character: what does it cost to be without the unit?",
            "Then two means of the rise: inside the property, and outside.",
            "mean(rise inside) - mean(rise outside)",
        ),
    ),
)
