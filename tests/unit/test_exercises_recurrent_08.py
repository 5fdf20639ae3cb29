"""Exercises of lecture recurrent/08: the references equal what the course's own code does.

That each reference passes and each planted misconception is named is tested for all lectures at
once in test_exercises.py.
"""

import numpy as np
import pytest
import torch

from utils.datasets.words import END, PAD, WordVocabulary, pairs_of
from utils.exercises import check
from utils.exercises.exercise import Registry
from utils.models.seq2seq import SequenceToSequence, TranslationSettings
from utils.training.translation import exact

REGISTRY = Registry.of_lectures()


def reference(name):
    return REGISTRY.find(name).reference


def test_the_reference_shifts_as_the_pairs_do():
    words = WordVocabulary(("un", "deux", "trois"))
    sentence = ("deux", "un", "deux")
    pairs = pairs_of([sentence], [sentence], words, words)
    found = reference("shift_target")(words.encode(sentence).tolist())
    assert [list(part) for part in found] == [pairs.inputs[0].tolist(), pairs.outputs[0].tolist()]


def test_the_reference_decodes_as_the_model_does():
    model = SequenceToSequence(TranslationSettings(8, 9, 5, 6), seed=3)
    with torch.no_grad():
        model.decoder.head.bias[END] += 0.3
    for source in ([[3, 4]], [[5, 5, 7]], [[6]]):
        encoded = model.encoder(torch.tensor(source))

        def step(word, state, encoded=encoded):
            logits, state = model.decoder.step(torch.tensor([word]), state, encoded)
            return logits[0].tolist(), state

        found = reference("greedy_translation")(step, encoded.last, 9)
        wanted = [w for w in model.greedy(torch.tensor(source), limit=9)[0].tolist() if w != END]
        assert found == wanted


def test_the_reference_counts_as_the_course_does():
    draw = np.random.default_rng(0)
    targets = [[*draw.integers(3, 5, n), END, *[PAD] * (4 - n)] for n in (1, 2, 3, 4, 1, 2)]
    answers = [[*draw.integers(3, 5, n), END, *[PAD] * (4 - n)] for n in (1, 2, 3, 4, 2, 2)]
    rows = [[[int(word) for word in row] for row in rows] for rows in (answers, targets)]
    wanted = exact(torch.tensor(rows[0]), torch.tensor(rows[1])).mean()
    assert reference("exact_match")(*rows) == pytest.approx(wanted)


def test_planted_wrong_answers_of_another_wording_are_named():
    def shifted_back(words):
        return (*words, 2), (1, *words)

    def copies(words):
        return torch.tensor([1, *words, 2]), torch.tensor([1, *words, 2])

    def never_looks(step, state, longest):
        word, said = 1, []
        while len(said) < longest:
            logits, state = step(word, state)
            word = int(np.argmax(logits))
            said += [word]
        return said

    def share_of_words(answers, targets):
        right = [
            a == t
            for x, y in zip(answers, targets, strict=True)
            for a, t in zip(x, y, strict=True)
            if t
        ]
        return np.mean(right)

    assert check("shift_target", shifted_back).misconception == "wrong_way"
    assert check("shift_target", copies).misconception == "not_shifted"
    assert check("greedy_translation", never_looks).misconception == "never_stops"
    assert check("exact_match", share_of_words).misconception == "counts_words"
    assert check("exact_match", lambda answers, targets: 0.5).misconception is None


def test_a_wrong_answer_shows_the_case_in_words():
    verdict = check("greedy_translation", lambda step, state, longest: [5])
    assert "step that says 5, 8, 4, END" in verdict.differences[0].input
    assert verdict.differences[0].expected == "[5, 8, 4]"
