"""The exercises of lecture training/03: draw a rate, know the first loss, read eight curves.

The first two are judged by numbers: a wrong answer is compared with what each known misconception
would give. The third is a dictionary; two causes that were taken for each other are named with
what tells them apart.
"""

import math

from utils.exercises.exercise import load_reference
from utils.exercises.labels import Answer, label_exercise
from utils.exercises.numeric import NumberExercises

TEXT = {
    "passed_rate_from": "Equal steps of u are equal factors of the rate: every power of ten gets "
    "the same share of the draws.",
    "passed_first_loss": "That is the loss of a guess. A first loss far from it shows a fault "
    "before any training.",
    "passed_find_the_cause": "All eight curves are read right.",
    "unrecognised": "The numbers are not the expected ones.",
    "compare": "Work the first input out by hand, and compare.",
    "uniform": "You draw the rate itself uniformly. Between 0.0001 and 1, nine of ten draws then "
    "lie above 0.1, and hardly any below 0.01.",
    "uniform_advice": "Move evenly between log(low) and log(high), and come back with exp.",
    "swapped_ends": "The ends are exchanged: u = 0 should give low, and u near 1 should be near "
    "high.",
    "swapped_ends_advice": "Start at log(low) and add u times the distance to log(high).",
    "forgets_exp": "You return the logarithm of the rate. A negative learning rate climbs.",
    "forgets_exp_advice": "Undo the logarithm at the end: exp for log, 10 ** for log10.",
    "mixed_bases": "You go in with one logarithm and come back with another: log10 belongs to "
    "10 **, log belongs to exp.",
    "mixed_bases_advice": "Use the same base on both ways; which one does not matter.",
    "only_powers": "Every answer is a whole power of ten: that is a grid again, with few "
    "different rates.",
    "only_powers_advice": "Do not round the exponent.",
    "from_zero": "You forget low: your rates go from 1 to high / low.",
    "from_zero_advice": "Multiply by low, or add log(low) before exp.",
    "probability": "That is the probability of one class, not its loss.",
    "probability_advice": "The loss is minus the logarithm of the right class's probability.",
    "negative": "Your loss is negative; a cross-entropy never is.",
    "negative_advice": "Mind the minus sign: -log(1 / C) is log(C).",
    "base_two": "You use the logarithm to base 2, so you measure bits.",
    "base_two_advice": "PyTorch's cross-entropy uses the natural logarithm: math.log.",
    "base_ten": "You use the logarithm to base 10.",
    "base_ten_advice": "PyTorch's cross-entropy uses the natural logarithm: math.log.",
    "always_ten": "Your answer is right for ten classes only.",
    "always_ten_advice": "Use the argument: how sure is a guess among `classes` classes?",
    "other_classes": "You take the probability of all the wrong classes together.",
    "other_classes_advice": "Only the right class counts: its probability is 1 / C.",
    "high_or_decay": "One rate never works; the other works until it is time to lower it. Look at "
    "the accuracy: does it ever get good?",
    "high_or_decay_advice": "Needs decay: the loss fell first, then stays noisy. Rate too high: "
    "it never falls.",
    "low_or_start": "Both are slow, in different ways: one falls a little at every step, the other "
    "stands still and then falls at full speed.",
    "low_or_start_advice": "Look at the shape: a straight line, or a flat stretch and a cliff.",
    "labels_or_low": "In both, the loss is still high at the end. Look at validation: does it "
    "grow?",
    "labels_or_low_advice": "With wrong labels there is nothing to learn for new digits: "
    "validation stays a guess.",
    "order_or_high": "Both have a high loss at the end. Is it noise all the time, or do waves come "
    "back regularly?",
    "order_or_high_advice": "Sorted data makes regular waves: one for each pass over the classes.",
    "gap": "Look at the distance between training and validation accuracy, and at what training "
    "reaches.",
    "gap_advice": "Overfitting: training is perfect, validation stays far below.",
    "finished": "One of the two runs has a loss that falls to the end, the other has not: it stays "
    "noisy at one height.",
    "finished_advice": "A healthy run still falls slowly; a run that needs decay is flat.",
    "other_cause": "These curves do not fit their causes.",
    "other_cause_advice": "Ask three questions for each: does the loss fall? When? Do training "
    "and validation part?",
    "evidence": "curve {label}",
    "label_missing": "There is no answer for {labels} yet.",
    "label_advice": "Give one of {words} for each of {labels}.",
    "word": "{label}: {value} is not one of the eight answers.",
    "no_dict": "The answer should be a dictionary, not {value}.",
    "no_dict_advice": 'Write it like this: {"A": "healthy", "B": ...}.',
}

NUMBERS = NumberExercises(TEXT)
_misconception = NUMBERS.misconception


# rate_from: a log-uniform draw

RATE_CASES = tuple(
    {"low": low, "high": high, "u": u}
    for low, high, u in (
        (1e-4, 1.0, 0.5),
        (1e-4, 1.0, 0.0),
        (1e-4, 1.0, 0.9),
        (0.01, 0.3, 0.25),
        (1e-3, 0.1, 0.7),
    )
)


def _exponent(low, high, u):
    return math.log(low) + u * math.log(high / low)


RATE_MODELS = (
    _misconception("uniform", lambda low, high, u: low + u * (high - low)),
    _misconception("swapped_ends", lambda low, high, u: math.exp(_exponent(high, low, u))),
    _misconception("forgets_exp", _exponent),
    _misconception("forgets_exp", lambda low, high, u: _exponent(low, high, u) / math.log(10)),
    _misconception("mixed_bases", lambda low, high, u: 10 ** _exponent(low, high, u)),
    _misconception(
        "mixed_bases", lambda low, high, u: math.exp(_exponent(low, high, u) / math.log(10))
    ),
    _misconception(
        "only_powers", lambda low, high, u: 10 ** round(_exponent(low, high, u) / math.log(10))
    ),
    _misconception("from_zero", lambda low, high, u: (high / low) ** u),
)

# first_loss: what a guess costs

LOSS_CASES = tuple({"classes": classes} for classes in (10, 2, 100, 1000))
LOSS_MODELS = (
    _misconception("probability", lambda classes: 1 / classes),
    _misconception("negative", lambda classes: -math.log(classes)),
    _misconception("base_two", lambda classes: math.log2(classes)),
    _misconception("base_ten", lambda classes: math.log10(classes)),
    _misconception("always_ten", lambda classes: math.log(10)),
    _misconception("other_classes", lambda classes: -math.log(1 - 1 / classes)),
)

# find_the_cause: eight curves of the notebook, one cause each

WORDS = (
    "healthy",
    "rate too high",
    "rate too low",
    "bad start",
    "overfitting",
    "needs decay",
    "wrong order",
    "wrong labels",
)
CONFUSIONS = {
    frozenset({"rate too high", "needs decay"}): "high_or_decay",
    frozenset({"rate too low", "bad start"}): "low_or_start",
    frozenset({"rate too low", "wrong labels"}): "labels_or_low",
    frozenset({"rate too high", "wrong order"}): "order_or_high",
    frozenset({"healthy", "overfitting"}): "gap",
    frozenset({"wrong labels", "overfitting"}): "gap",
    frozenset({"healthy", "needs decay"}): "finished",
}


def _confused(truth: Answer, answer: Answer) -> str:
    """Name the first pair of causes that were taken for each other."""
    pairs = [frozenset({truth[label], answer[label]}) for label in truth]
    known = [CONFUSIONS[pair] for pair in pairs if pair in CONFUSIONS]
    return known[0] if known else "other_cause"


def _swap(first: str, second: str) -> dict[str, str]:
    """Return the right answer with two causes exchanged."""
    other = {first: second, second: first}
    truth = load_reference("find_the_cause")
    return {label: other.get(word, word) for label, word in truth.items()}


CAUSE_MODELS = (
    *(_misconception(name, _swap(*sorted(pair))) for pair, name in CONFUSIONS.items()),
    _misconception("other_cause", _swap("healthy", "bad start")),
)

HINTS = {
    "rate_from": (
        "u = 0.5 between 0.0001 and 1 should give 0.01: the middle of the exponents -4 and 0.",
        "Go from log(low) to log(high) by the share u.",
        "Undo the logarithm at the end: math.exp(log(low) + u * (log(high) - log(low))).",
    ),
    "first_loss": (
        "Which probability does a network that knows nothing give to the right class?",
        "Cross-entropy is minus the natural logarithm of that probability.",
        "-log(1 / C) is log(C).",
    ),
    "find_the_cause": (
        "First take the curves whose accuracy ends near a guess. What does their loss do?",
        "Then compare training and validation accuracy: in which curve do they part?",
        "Of the others: a straight line, a flat stretch before a cliff, a noisy plateau, and one "
        "that looks as it should.",
    ),
}

EXERCISES = (
    NUMBERS.exercise("rate_from", RATE_CASES, RATE_MODELS, HINTS["rate_from"]),
    NUMBERS.exercise("first_loss", LOSS_CASES, LOSS_MODELS, HINTS["first_loss"]),
    label_exercise("find_the_cause", WORDS, _confused, CAUSE_MODELS, HINTS["find_the_cause"], TEXT),
)
