"""The exercises of lecture training/05: nearest neighbours, a new classifier, and what to train.

A wrong answer is compared with what each known misconception would give on the same inputs.
"""

import numpy as np

from utils.exercises.attempts import Case
from utils.exercises.labels import Answer, label_exercise
from utils.exercises.numeric import NumberExercises

TEXT = {
    "passed_nearest_class": "Your function compares directions and answers with a class: a "
    "classifier without any training.",
    "passed_new_parameters": "You count what the new classifier trains, and only that.",
    "passed_what_to_train": "All four situations are answered as the two questions ask: how much "
    "data, and how similar.",
    "unrecognised": "The numbers are not the expected ones.",
    "compare": "Work the first input out by hand, and compare.",
    "dot_product": "You take the largest product without scaling: a long vector wins over a "
    "near one.",
    "dot_product_advice": "Divide by the length of each feature vector; the length of the query "
    "does not matter.",
    "distance": "You take the smallest distance between the vectors as they are, so their lengths "
    "count as well as their directions.",
    "distance_advice": "Scale every vector to length 1 first, or use the cosine.",
    "furthest": "You take the example that is least similar.",
    "furthest_advice": "A large cosine is near, a small distance is near: argmax for one, argmin "
    "for the other.",
    "returns_position": "You return the position of the nearest example, not its class.",
    "returns_position_advice": "Look its class up: labels[position].",
    "most_common": "You return the most common class, whatever is asked.",
    "most_common_advice": "Compare the query with each row of features first.",
    "no_bias": "Nearly: each class also has a bias.",
    "no_bias_advice": "Add one number a class to features * classes.",
    "one_bias": "You count one bias in all; there is one for each class.",
    "one_bias_advice": "Add classes, not 1.",
    "old_names": "You count the old classifier, the one that was cut off.",
    "old_names_advice": "The new one has as many outputs as there are new classes.",
    "adds": "You add features and classes; every feature is joined with every class.",
    "adds_advice": "A matrix has rows times columns numbers.",
    "tunes_little_data": "With little data you change many weights: a few examples fit any of "
    "them, and the held-out accuracy falls or stays.",
    "tunes_little_data_advice": "With little data change little: a new classifier, nothing below.",
    "freezes_much_data": "With much data you leave everything frozen: what the examples could "
    "still teach the network is lost.",
    "freezes_much_data_advice": "Much data allows fine-tuning; the less similar, the more blocks.",
    "ignores_similarity": "You answer similar and different pictures alike, but the last blocks "
    "fit the first task only.",
    "ignores_similarity_advice": "For different pictures use features from earlier blocks, or "
    "change more blocks.",
    "evidence": "situation {label}",
    "label_missing": "There is no answer for {labels} yet.",
    "label_advice": "Give one of {words} for each of {labels}.",
    "word": "{label}: {value} is not one of the four answers.",
    "no_dict": "The answer should be a dictionary, not {value}.",
    "no_dict_advice": 'Write it like this: {"A": "new classifier", "B": ...}.',
}

NUMBERS = NumberExercises(TEXT)
_misconception = NUMBERS.misconception


# nearest_class: the class of the labelled example with the most similar direction


def _nearest_cases() -> list[Case]:
    """Return random examples of different lengths, with classes that are no positions."""
    cases = []
    for seed in range(8):
        random = np.random.default_rng(seed)
        features = random.normal(size=(6, 3)) * random.uniform(0.3, 3, size=(6, 1))
        labels = random.permutation([7, 7, 8, 8, 9, 9])
        cases.append({"query": random.normal(size=3), "features": features, "labels": labels})
    return cases


def _dot_product(query, features, labels):
    return labels[np.argmax(features @ query)]


def _distance(query, features, labels):
    return labels[np.argmin(np.linalg.norm(features - query, axis=1))]


def _cosine(query, features):
    return features @ query / np.linalg.norm(features, axis=1)


def _furthest(query, features, labels):
    return labels[np.argmin(_cosine(query, features))]


def _returns_position(query, features, labels):
    return np.argmax(_cosine(query, features))


def _most_common(query, features, labels):
    return np.bincount(labels).argmax()


NEAREST_MODELS = (
    _misconception("dot_product", _dot_product),
    _misconception("distance", _distance),
    _misconception("furthest", _furthest),
    _misconception("returns_position", _returns_position),
    _misconception("most_common", _most_common),
)

# new_parameters: how many numbers a new classifier trains

PARAMETER_CASES: list[Case] = [
    {"features": features, "classes": classes}
    for features, classes in ((1280, 10), (4096, 10), (1280, 2), (4096, 7))
]
PARAMETER_MODELS = (
    _misconception("no_bias", lambda features, classes: features * classes),
    _misconception("one_bias", lambda features, classes: features * classes + 1),
    _misconception("old_names", lambda features, classes: features * 1000 + 1000),
    _misconception("adds", lambda features, classes: features + classes),
)

# what_to_train: four situations of the two questions, one answer each

WORDS = ("new classifier", "earlier features", "tune some blocks", "tune many blocks")
LITTLE = {"A": "new classifier", "B": "earlier features"}  # similar, different
MUCH = {"C": "tune some blocks", "D": "tune many blocks"}


def _confusion(truth: Answer, answer: Answer) -> str:
    """Name the idea behind the first kind of wrong answer, the costliest first."""
    if any(answer[label].startswith("tune") for label in LITTLE):
        return "tunes_little_data"
    if any(not answer[label].startswith("tune") for label in MUCH):
        return "freezes_much_data"
    return "ignores_similarity"


WHAT_MODELS = (
    _misconception("tunes_little_data", {**LITTLE, **MUCH, "A": "tune many blocks"}),
    _misconception("freezes_much_data", {**LITTLE, **MUCH, "C": "new classifier"}),
    _misconception(
        "ignores_similarity", {**LITTLE, **MUCH, "B": "new classifier", "D": "tune some blocks"}
    ),
)

HINTS = {
    "nearest_class": (
        "Which row of features points in the direction of the query? Lengths must not matter.",
        "The cosine of two vectors is their product, divided by both lengths.",
        "features @ query / np.linalg.norm(features, axis=1), then argmax, then labels[...].",
    ),
    "new_parameters": (
        "A linear classifier is a matrix and a bias.",
        "The matrix joins each feature with each class; each class has one bias.",
        "(features + 1) * classes.",
    ),
    "what_to_train": (
        "First ask how much data there is. Little data: change no block.",
        "Much data: fine-tune. The less similar the pictures, the more blocks have to change.",
        "The last blocks know the first task. For different pictures, look at earlier ones.",
    ),
}

EXERCISES = (
    NUMBERS.exercise("nearest_class", _nearest_cases(), NEAREST_MODELS, HINTS["nearest_class"]),
    NUMBERS.exercise("new_parameters", PARAMETER_CASES, PARAMETER_MODELS, HINTS["new_parameters"]),
    label_exercise("what_to_train", WORDS, _confusion, WHAT_MODELS, HINTS["what_to_train"], TEXT),
)
