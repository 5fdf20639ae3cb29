"""The exercises of lecture recurrent/07: a step with an image, a caption's score, a beam."""

from collections.abc import Sequence
from math import log, prod, tanh

from utils.exercises.attempts import Case
from utils.exercises.numeric import NumberExercises

TEXT = {
    "passed_state_with_image": "Word, state and image each bring one product; tanh comes last.",
    "passed_caption_score": "Logs of all words, END too, are added.",
    "passed_beam_best": "Only captions whose beginning is in the beam can be found.",
    "unrecognised": "The numbers are not the expected ones.",
    "compare": "Work out the first input on paper, and compare.",
    "no_image": "The image is missing. You return the state of a plain RNN.",
    "no_image_advice": "Add v * wv before the tanh.",
    "raw_image": "You add v itself. The image has a weight of its own, as word and state have.",
    "raw_image_advice": "Add v * wv.",
    "no_tanh": "There is no tanh, so the state can grow without a bound.",
    "no_tanh_advice": "Take tanh of the whole sum.",
    "outside": "You add the image behind the tanh. The state then leaves -1 to 1.",
    "outside_advice": "The product v * wv belongs inside the tanh.",
    "no_bias": "The bias b is missing.",
    "no_bias_advice": "Add b inside the tanh.",
    "product": "You return the probability. The score is its logarithm.",
    "product_advice": "Add the logarithms of the words.",
    "mean": "You divide by the number of words. That is a score a word, another idea.",
    "mean_advice": "Add the logarithms, and divide by nothing.",
    "no_end": "You leave out the last word. END must be paid for as well.",
    "no_end_advice": "Take all of the probabilities.",
    "added": "You take the logarithm of a sum. Probabilities of words in a row are multiplied.",
    "added_advice": "Take each logarithm first, then add.",
    "negative": "You return the loss: the score with the other sign.",
    "negative_advice": "Logarithms of probabilities are at most 0, and so is the score.",
    "greedy": "You follow only the best first word. That is a beam of 1.",
    "greedy_advice": "Keep the `width` best first words, and continue each of them.",
    "everything": "You look at all captions. The beam has dropped some first words already.",
    "everything_advice": "Continue only the `width` best first words.",
    "second_only": "You compare the second words alone. A caption needs both probabilities.",
    "second_only_advice": "Multiply each second probability by that of its first word.",
    "sum": "You add the two probabilities. They must be multiplied.",
    "sum_advice": "P(first, second) = P(first) * P(second after first).",
    "worst": "Your beam keeps the least likely first words.",
    "worst_advice": "Sort so that the largest probability comes first.",
}
LECTURE = NumberExercises(TEXT)
_misconception = LECTURE.misconception

# state_with_image: one step of a captioner with a single unit

STATE_CASES: list[Case] = [
    {"x": 1.0, "h": 0.5, "v": 2.0, "wx": 0.5, "wh": -1.0, "wv": 0.25, "b": 0.1},
    {"x": -1.0, "h": 0.2, "v": 1.0, "wx": 0.3, "wh": 0.8, "wv": -0.6, "b": 0.4},
    {"x": 0.0, "h": -0.9, "v": 3.0, "wx": 0.7, "wh": 0.5, "wv": 0.4, "b": -0.2},
]
STATE_MODELS = (
    _misconception("no_image", lambda x, h, v, wx, wh, wv, b: tanh(x * wx + h * wh + b)),
    _misconception("raw_image", lambda x, h, v, wx, wh, wv, b: tanh(x * wx + h * wh + v + b)),
    _misconception("no_tanh", lambda x, h, v, wx, wh, wv, b: x * wx + h * wh + v * wv + b),
    _misconception("outside", lambda x, h, v, wx, wh, wv, b: tanh(x * wx + h * wh + b) + v * wv),
    _misconception("no_bias", lambda x, h, v, wx, wh, wv, b: tanh(x * wx + h * wh + v * wv)),
)

# caption_score: the log-probability of a whole caption

SCORE_CASES: list[Case] = [
    {"chances": [0.5, 0.8, 0.9]},
    {"chances": [1.0, 0.25, 0.5, 0.6]},
    {"chances": [0.9, 0.7]},
]
SCORE_MODELS = (
    _misconception("product", prod),
    _misconception("mean", lambda chances: sum(map(log, chances)) / len(chances)),
    _misconception("no_end", lambda chances: sum(map(log, chances[:-1]))),
    _misconception("added", lambda chances: log(sum(chances))),
    _misconception("negative", lambda chances: -sum(map(log, chances))),
)

# beam_best: the probability of the best caption of two words that a beam finds

BEAM_CASES: list[Case] = [
    {"first": [0.5, 0.4, 0.1], "second": [[0.8, 0.2], [0.9, 0.1], [1.0, 0.0]], "width": 2},
    {
        "first": [0.2, 0.35, 0.25, 0.2],
        "second": [[1.0, 0.0], [0.5, 0.5], [0.3, 0.7], [0.5, 0.5]],
        "width": 2,
    },
    {"first": [0.3, 0.28, 0.42], "second": [[0.1, 0.9], [0.0, 1.0], [0.6, 0.4]], "width": 2},
]


def _kept(first: Sequence[float], width: int, *, largest: bool = True) -> list[int]:
    """Return the places of the first words that stay in the beam."""
    return sorted(range(len(first)), key=first.__getitem__, reverse=largest)[:width]


def _best(first: Sequence[float], second: Sequence[Sequence[float]], kept: Sequence[int]) -> float:
    return max(first[place] * max(second[place]) for place in kept)


BEAM_MODELS = (
    _misconception("greedy", lambda first, second, width: _best(first, second, _kept(first, 1))),
    _misconception(
        "everything", lambda first, second, width: _best(first, second, range(len(first)))
    ),
    _misconception(
        "second_only",
        lambda first, second, width: max(max(second[place]) for place in _kept(first, width)),
    ),
    _misconception(
        "sum",
        lambda first, second, width: max(
            first[place] + max(second[place]) for place in _kept(first, width)
        ),
    ),
    _misconception(
        "worst",
        lambda first, second, width: _best(first, second, _kept(first, width, largest=False)),
    ),
)

EXERCISES = (
    LECTURE.exercise(
        "state_with_image",
        STATE_CASES,
        STATE_MODELS,
        (
            "A plain RNN has tanh(x * wx + h * wh + b). What is new?",
            "The image is one more input, with its own weight: v * wv.",
            "All four terms stand inside one tanh: math.tanh(…).",
        ),
    ),
    LECTURE.exercise(
        "caption_score",
        SCORE_CASES,
        SCORE_MODELS,
        (
            "The probability of a caption is the product of its words' probabilities.",
            "The logarithm turns the product into a sum.",
            "sum(math.log(chance) for chance in chances), END included.",
        ),
    ),
    LECTURE.exercise(
        "beam_best",
        BEAM_CASES,
        BEAM_MODELS,
        (
            "First step: which first words stay in the beam? The `width` most likely ones.",
            "sorted(range(len(first)), key=first.__getitem__, reverse=True)[:width] are these.",
            "Second step: first[i] * max(second[i]) for each of them; return the largest.",
        ),
    ),
)
