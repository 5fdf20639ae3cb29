"""MiniLM in the course's blocks gives what the reference implementation gives."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from utils.datasets.sentences import PAIRS, load_sentences
from utils.models.minilm import SETTINGS, load_minilm, model_folder, pool


@pytest.fixture(scope="module")
def model():
    return load_minilm()


@pytest.fixture(scope="module")
def reference():
    from transformers import BertModel

    own = BertModel.from_pretrained(model_folder(), attn_implementation="eager")
    return own.eval()


@pytest.fixture(scope="module")
def weights():
    return load_file(model_folder() / "model.safetensors")


@pytest.mark.slow
def test_states_and_all_weights_equal_the_reference_on_all_sentences(model, reference):
    sentences = load_sentences().text
    assert len(sentences) >= 200
    reading = model(sentences)
    tokens = reading.tokens
    real = torch.arange(tokens.ids.shape[1]) < tokens.lengths[:, None]
    with torch.no_grad():
        theirs = reference(tokens.ids, attention_mask=real.long(), output_attentions=True)
    assert (reading.states - theirs.last_hidden_state)[real].abs().max() < 1e-4
    assert len(reading.weights) == len(theirs.attentions) == 6
    for own, other in zip(reading.weights, theirs.attentions, strict=True):
        assert own.shape[1] == 12
        assert (own - other).abs().transpose(1, 2)[real].max() < 1e-4


def test_the_fused_way_and_a_sentence_alone_give_the_same(model):
    sentences = ["The cat sat.", "A much longer sentence is read beside the cat that sat."]
    both = model(sentences)
    assert torch.allclose(both.vectors(), model.vectors(sentences), atol=1e-5)
    alone = model(sentences[:1])
    assert torch.allclose(both.maps(0), alone.maps(), atol=1e-5)
    assert torch.allclose(both.maps(1).sum(-1), torch.ones(6, 12, 14), atol=1e-5)


def test_a_pooled_vector_is_the_mean_of_the_real_places():
    states = torch.tensor([[[3.0, 0.0], [0.0, 4.0], [9.0, 9.0]]])
    assert torch.allclose(pool(states, torch.tensor([2])), torch.tensor([[0.6, 0.8]]))


def test_words_that_are_not_in_the_vocabulary_are_shown_as_pieces_or_unknown(model):
    tokens = model.tokens(["Backpropagation 𒀀 works"])
    assert tokens.pieces[0] == (
        "[CLS]",
        "back",
        "##pro",
        "##pa",
        "##gation",
        "[UNK]",
        "works",
        "[SEP]",
    )
    assert tokens.unknown() == 1


def test_a_head_is_taken_away_and_comes_back(model):
    before = model.vectors(["A cat sat on a mat."])
    with model.without_head(2, 7):
        changed = model.vectors(["A cat sat on a mat."])
    assert (before - changed).abs().max() > 1e-4
    assert torch.equal(before, model.vectors(["A cat sat on a mat."]))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], "at least one"),
        ("one", "list of sentences"),
        (["a", "  "], "Sentence 2 is empty"),
        (None, "list of sentences"),
        (np.array(["a", "b"]), "list of sentences"),
        (["a", 3], "Sentence 2 must be a string, not int"),
        (["\u200b\x00"], "Sentence 1 has no sign that the model can read"),
        (["\ud800"], "Sentence 1 has no sign that the model can read"),
        (["word " * 600], "602 tokens, but the model knows only 512"),
    ],
)
def test_sentences_that_cannot_be_read_get_one_sentence(model, given, words):
    with pytest.raises(ValueError, match=words):
        model(given)


@pytest.mark.parametrize("lengths", [[0, 1], [1, 9], [1]])
def test_lengths_that_no_mean_can_have_are_named(lengths):
    with pytest.raises(ValueError, match="one length for each of 2 sentences, from 1 to 3"):
        pool(torch.ones(2, 3, 4), torch.tensor(lengths))


@pytest.mark.parametrize(("layer", "head", "words"), [(6, 0, "layer 6"), (0, -1, "head -1")])
def test_a_head_that_is_not_there_is_named(model, layer, head, words):
    with pytest.raises(ValueError, match=words), model.without_head(layer, head):
        pass


@pytest.mark.slow
def test_damaged_weights_are_named(weights, tmp_path):
    path = tmp_path / "weights.safetensors"
    with pytest.raises(FileNotFoundError, match="does not exist"):
        load_minilm(path)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        load_minilm(tmp_path)
    with pytest.raises(ValueError, match="path of a weight file"):
        load_minilm(3)
    path.write_bytes(b"no weights")
    with pytest.raises(ValueError, match="damaged"):
        load_minilm(path)
    key = "encoder.layer.3.output.dense.bias"
    for wrong, words in (
        (None, "is missing"),
        (torch.zeros(3), r"shape \(3,\), not \(384,\)"),
        (torch.full((384,), torch.nan), "not finite"),
    ):
        others = {name: value for name, value in weights.items() if name != key}
        save_file(others if wrong is None else {**others, key: wrong}, path)
        with pytest.raises(ValueError, match=words) as told:
            load_minilm(path)
        assert key in str(told.value)


def test_an_incomplete_package_is_named(monkeypatch):
    monkeypatch.setattr("utils.models.minilm.find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match="Install it again"):
        model_folder()


def test_the_sentences_are_many_and_all_different():
    sentences = load_sentences()
    assert len(sentences) == len(set(sentences.text)) == 220
    assert all(sentences.topic.count(topic) == 10 for topic in range(22))
    assert len(PAIRS) == 8 and SETTINGS.longest == 512
