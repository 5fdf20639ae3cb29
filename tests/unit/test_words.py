"""Words as numbers, and pairs of sentences with their marks, lengths and alignment."""

import pytest
import torch

from utils.datasets.words import END, NO_SOURCE, PAD, START, WordVocabulary, pairs_of

ENGLISH = WordVocabulary(("May", "Monday", "March", "1", "2021"))
FRENCH = WordVocabulary(("lundi", "mars", "1", "2021"))


@pytest.fixture
def pairs():
    return pairs_of(
        [("Monday", "March", "1", "2021"), ("March", "2021")],
        [("lundi", "1", "mars", "2021"), ("mars", "2021")],
        ENGLISH,
        FRENCH,
        [(0, 2, 1, 3), (0, 1)],
    )


def test_a_sentence_comes_back_as_it_was():
    sentence = ("Monday", "March", "1", "2021")
    assert ENGLISH.decode(ENGLISH.encode(sentence)) == sentence


def test_decoding_ends_at_end_and_leaves_marks_out():
    ids = torch.tensor([START, *FRENCH.encode(("lundi", "1")), END, 3, PAD])
    assert FRENCH.decode(ids) == ("lundi", "1")


def test_the_vocabulary_of_sentences_does_not_depend_on_their_order():
    sentences = [("b", "a"), ("c", "a")]
    assert WordVocabulary.of(sentences) == WordVocabulary.of(sentences[::-1])
    assert WordVocabulary.of(sentences).words == ("a", "b", "c")


def test_pairs_hold_marks_lengths_and_padding(pairs):
    assert pairs.source[1].tolist()[2:] == [PAD, PAD]
    assert pairs.target[:, 0].tolist() == [START, START]
    assert pairs.target[1].tolist()[-3:] == [END, PAD, PAD]
    assert pairs.source_lengths.tolist() == pairs.target_lengths.tolist() == [4, 2]
    assert pairs.alignment.tolist() == [
        [NO_SOURCE, 0, 2, 1, 3, NO_SOURCE],
        [NO_SOURCE, 0, 1, NO_SOURCE, NO_SOURCE, NO_SOURCE],
    ]


def test_the_outputs_are_the_inputs_one_place_further(pairs):
    assert pairs.inputs[:, 1:].equal(pairs.outputs[:, :-1])
    assert pairs.inputs[0, 0] == START and END in pairs.outputs[0]


def test_some_pairs_are_cut_to_their_longest_sentence(pairs):
    short = pairs[torch.tensor([1])]
    assert short.source.shape == (1, 2) and short.target.shape == (1, 4)
    assert short.alignment.shape == short.target.shape
    assert short.sentences(0) == pairs.sentences(1)


def test_a_word_that_is_not_there_is_named_with_some_that_are():
    with pytest.raises(ValueError, match=r"does not hold the word 'xyz'. It holds.*: May, Monday"):
        ENGLISH.encode(("Monday", "xyz"))
    with pytest.raises(ValueError, match=r"the word 'Monnday'\. Did you mean Monday or May\?"):
        ENGLISH.encode(("Monnday", "1"))


@pytest.mark.parametrize("sentence", [(), [], ""])
def test_an_empty_sentence_is_refused(sentence):
    with pytest.raises(ValueError, match=r"The sentence is empty. Write at least one word"):
        ENGLISH.encode(sentence)


@pytest.mark.parametrize("sentence", ["Monday May", " ", None, 5, ("Monday", 1)])
def test_a_text_that_is_not_split_is_told_how(sentence):
    with pytest.raises(ValueError, match=r"tuple or list of words, not .*split\(\)"):
        ENGLISH.encode(sentence)


def test_words_that_cannot_be_are_refused():
    for words in (("a", "a"), ("START",)):
        with pytest.raises(ValueError, match="holds each word once"):
            WordVocabulary(words)
    with pytest.raises(ValueError, match=r"0\.\.7, not 9"):
        ENGLISH.decode(torch.tensor([9]))


def test_pairs_that_do_not_fit_are_refused():
    one = [("March",)]
    with pytest.raises(ValueError, match="not 1 and 2"):
        pairs_of(one, [("mars",), ("mars",)], ENGLISH, FRENCH)
    with pytest.raises(ValueError, match="at least one pair"):
        pairs_of([], [], ENGLISH, FRENCH)
    with pytest.raises(ValueError, match="one source position for each word"):
        pairs_of(one, [("mars",)], ENGLISH, FRENCH, [(0, 1)])
