"""The exercises of lecture attention/01: numbers for each word, and the steps between two words."""

from utils.exercises.attempts import Case
from utils.exercises.numeric import NumberExercises

TEXT = {
    "passed_numbers_a_word": "The state does not grow; its share for each word shrinks.",
    "passed_steps_between": "Reading from the end brings the first words together.",
    "unrecognised": "The numbers are not the expected ones.",
    "compare": "Work the first input out by hand, and compare.",
    "no_cell_state": "You count the hidden state only. An LSTM hands over its cell state too.",
    "no_cell_state_advice": 'For "lstm" there are 2 * hidden numbers.',
    "cell_for_all": "You count two states for every cell. Only an LSTM has a cell state.",
    "cell_for_all_advice": 'Ask whether cell == "lstm".',
    "every_state": "You count the states of all words. Only the last one is handed over.",
    "every_state_advice": "Divide the numbers of one state by the words.",
    "turned_round": "Your share is turned round: words for each number.",
    "turned_round_advice": "Divide the numbers by the words.",
    "by_place": "You compare the places. The path leads through the end of the source.",
    "by_place_advice": "Count the steps up to the last source word, then those of the decoder.",
    "only_encoder": "You count the encoder's steps only. The decoder takes steps too.",
    "only_encoder_advice": "s_1 writes the first word: add target_place.",
    "one_too_many": "You count one step too many. The encoder has read the word when it begins.",
    "one_too_many_advice": "From h_i to h_S there are S - i steps.",
    "one_too_few": "You count one step too few. From s_0 to s_1 is one step, too.",
    "one_too_few_advice": "Add target_place, not target_place - 1.",
    "never_reversed": "You count as if the source were never reversed.",
    "never_reversed_advice": "Reversed, word i is read at step S + 1 - i.",
    "always_reversed": "You count as if the source were always reversed.",
    "always_reversed_advice": "Use reverse: only then is word i read at step S + 1 - i.",
    "whole_source": "You always count all source words. The path begins where the word is read.",
    "whole_source_advice": "From h_i to h_S there are S - i steps.",
}
LECTURE = NumberExercises(TEXT)
_misconception = LECTURE.misconception

# numbers_a_word: what the decoder gets for each source word


def _states(cell: str) -> int:
    return 2 if cell == "lstm" else 1


SHARE_CASES: list[Case] = [
    {"cell": "gru", "hidden": 60, "words": 3},
    {"cell": "lstm", "hidden": 192, "words": 30},
    {"cell": "rnn", "hidden": 100, "words": 8},
    {"cell": "lstm", "hidden": 64, "words": 1},
]
SHARE_MODELS = (
    _misconception("no_cell_state", lambda cell, hidden, words: hidden / words),
    _misconception("cell_for_all", lambda cell, hidden, words: 2 * hidden / words),
    _misconception("every_state", lambda cell, hidden, words: _states(cell) * hidden),
    _misconception("turned_round", lambda cell, hidden, words: words / (_states(cell) * hidden)),
)

# steps_between: recurrent steps from reading one word to writing another


def _read_at(i: int, words: int, reverse: bool) -> int:
    """Return the step at which source word i is read, counted from 1."""
    return words + 1 - i if reverse else i


STEPS_CASES: list[Case] = [
    {"source_place": 1, "target_place": 1, "words": 4, "reverse": False},
    {"source_place": 1, "target_place": 1, "words": 30, "reverse": True},
    {"source_place": 12, "target_place": 9, "words": 30, "reverse": False},
    {"source_place": 5, "target_place": 7, "words": 20, "reverse": True},
]
STEPS_MODELS = (
    _misconception("by_place", lambda i, j, words, reverse: abs(i - j)),
    _misconception(
        "only_encoder", lambda i, j, words, reverse: words - _read_at(i, words, reverse)
    ),
    _misconception(
        "one_too_many", lambda i, j, words, reverse: words - _read_at(i, words, reverse) + j + 1
    ),
    _misconception(
        "one_too_few", lambda i, j, words, reverse: words - _read_at(i, words, reverse) + j - 1
    ),
    _misconception("never_reversed", lambda i, j, words, reverse: words - i + j),
    _misconception("always_reversed", lambda i, j, words, reverse: i - 1 + j),
    _misconception("whole_source", lambda i, j, words, reverse: words + j),
)

EXERCISES = (
    LECTURE.exercise(
        "numbers_a_word",
        SHARE_CASES,
        SHARE_MODELS,
        (
            "What does the decoder begin with? Count the numbers of that alone.",
            "A GRU hands over h: hidden numbers. An LSTM hands over h and c.",
            "Divide these numbers by the number of source words.",
        ),
    ),
    LECTURE.exercise(
        "steps_between",
        STEPS_CASES,
        STEPS_MODELS,
        (
            "Draw the boxes h_1 … h_S, then s_1, s_2 … Count the arrows between two boxes.",
            "Word i is read at step i; if the source is reversed, at step words + 1 - i.",
            "From there to h_S: words - step. Then target_place steps of the decoder.",
        ),
    ),
)
