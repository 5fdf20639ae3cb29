"""Training of translators: it learns, measures what it says, and keeps its results safely."""

import functools
import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from utils.datasets.words import END, PAD, WordVocabulary, pairs_of
from utils.models.seq2seq import SequenceToSequence, TranslationSettings
from utils.training import translation, translation_recipe
from utils.training.checkpoints import CheckpointError
from utils.training.recipes import Recipe
from utils.training.results import ResultError
from utils.training.schedules import constant
from utils.training.translation import (
    after_mistake,
    exact,
    exact_matches,
    fit_translation,
    length_batches,
    length_curve,
    load_curve,
    save_curve,
    sentence_loss,
    written,
)
from utils.training.translation_recipe import TranslationRecipe, feeding_maker, translation_maker
from utils.training.translators import Translator, load_translator, save_translator

LETTERS = WordVocabulary(tuple("abcde"))
CAPITALS = WordVocabulary(tuple("ABCDE"))


@pytest.fixture(scope="module")
def reversals():
    """A small language: the translation is the source in capitals, from its end to its start."""
    draw = np.random.default_rng(0)
    words = sorted({"".join(draw.choice(list("abcde"), draw.integers(1, 4))) for _ in range(400)})
    sources = [tuple(words[i]) for i in draw.permutation(len(words))]
    targets = [tuple("".join(source).upper()[::-1]) for source in sources]
    pairs = pairs_of(sources, targets, LETTERS, CAPITALS)
    return pairs[slice(0, 90)], pairs[slice(90, None)]


def network(seed=0, hidden=32):
    return SequenceToSequence(TranslationSettings(8, 8, 8, hidden), seed=seed)


@pytest.fixture(scope="module")
def trained(reversals):
    model = network()
    train, held_out = reversals
    history = fit_translation(
        model, train, held_out, constant(1e-2), 300, batch_size=32, evaluate_every=100
    )
    return model, history


def test_it_learns_sentences_that_it_never_saw(trained, reversals):
    model, history = trained
    assert history.exact[-1] > 0.8 and history.exact[0] < history.exact[-1]
    assert history.exact[-1] == exact_matches(model, reversals[1]).mean()
    assert history.loss[-1] < 0.3 < history.loss[0]
    assert list(history.eval_steps) == [100, 200, 300] and (np.diff(history.seconds) > 0).all()
    assert history.steps_to(history.exact[-1]) <= 300 and history.steps_to(1.1) == math.inf


def test_the_same_seed_gives_the_same_run(reversals):
    runs = [
        fit_translation(network(), *reversals, constant(1e-2), 12, batch_size=16, seed=seed)
        for seed in (3, 3, 4)
    ]
    assert runs[0].loss.tolist() == runs[1].loss.tolist() != runs[2].loss.tolist()


def test_its_own_words_are_another_way_to_train(reversals):
    train, held_out = reversals
    forced, own = (
        fit_translation(
            network(), train, held_out, constant(1e-2), 40, batch_size=32, teacher_forcing=way
        )
        for way in (True, False)
    )
    assert own.loss[-1] < own.loss[0]
    assert forced.loss.tolist() != own.loss.tolist()


def test_a_stopped_run_keeps_what_it_has(reversals):
    asked = iter([False] * 5 + [True])
    history = fit_translation(
        network(), *reversals, constant(1e-2), 50, should_stop=lambda: next(asked)
    )
    assert history.steps_done == 5 and np.isfinite(history.loss[:5]).all()
    assert np.isnan(history.loss[5:]).all()


def test_a_run_that_diverges_is_marked_and_ends(reversals):
    history = fit_translation(network(), *reversals, constant(1e4), 50, clip=1e9)
    assert 0 < history.diverged_at == history.steps_done < 50


def test_batches_hold_sources_of_one_length_and_every_pair_once_a_pass():
    lengths = torch.tensor([1, 2, 3] * 20)
    batches = length_batches(lengths, 10, seed=1)
    rows = [next(batches) for _ in range(6)]
    assert sorted(torch.cat(rows).tolist()) == list(range(60))
    assert all(len(set(lengths[row].tolist())) == 1 for row in rows)
    again = length_batches(lengths, 10, seed=1)
    assert all(next(again).equal(row) for row in rows)
    assert [lengths[row][0].item() for row in rows] != sorted(
        lengths[row][0].item() for row in rows
    )


def test_padding_does_not_change_the_loss():
    logits, outputs = torch.randn(2, 4, 8), torch.tensor([[3, 4, END, PAD], [5, END, PAD, PAD]])
    alone = [
        sentence_loss(logits[:1, :3], outputs[:1, :3]),
        sentence_loss(logits[1:, :2], outputs[1:, :2]),
    ]
    expected = (3 * alone[0] + 2 * alone[1]) / 5
    torch.testing.assert_close(sentence_loss(logits, outputs), expected)


def test_exact_means_every_word_and_end_in_time():
    truth = torch.tensor([[3, 4, END, PAD]] * 4)
    answers = torch.tensor(
        [[3, 4, END, PAD, PAD], [3, 5, END, PAD, PAD], [3, 4, 4, END, PAD], [3, END, PAD, PAD, PAD]]
    )
    assert exact(answers, truth).tolist() == [True, False, False, False]
    assert exact(answers[:, :3], truth).tolist() == [True, False, False, False]


def test_writing_in_batches_is_writing_at_once(trained, reversals):
    model, _ = trained
    once, batches = written(model, reversals[1]), written(model, reversals[1], batch_size=7)
    assert once.equal(batches)


def test_the_curve_counts_by_length():
    lengths = torch.tensor([1, 2, 3, 4, 5, 6, 6, 10])
    right = np.array([1, 1, 0, 1, 0, 0, 0, 1], dtype=bool)
    curve = length_curve("plain", [right, ~right], lengths, width=3, about={"seed": 0})
    assert curve.labels == ["1–3", "4–6", "10–12"]
    assert curve.sentences.tolist() == [3, 4, 1]
    np.testing.assert_allclose(curve.matches, [[2 / 3, 1 / 4, 1], [1 / 3, 3 / 4, 0]])
    assert curve.error()[0, 0] == pytest.approx(math.sqrt(2 / 9 / 3))


def test_a_kept_curve_comes_back_whole(tmp_path):
    right = [np.array([True, False, True])]
    curve = length_curve("plain", right, torch.tensor([1, 2, 9]), about={"seed": 3})
    save_curve(curve, "small", tmp_path)
    again = load_curve("small", tmp_path)
    assert (again.name, again.about, again.labels) == ("plain", {"seed": 3}, curve.labels)
    np.testing.assert_allclose(again.matches, curve.matches, atol=5e-5)


def test_a_missing_or_damaged_curve_says_what_to_do(tmp_path):
    with pytest.raises(ResultError, match=r"no result 'none'. Make it with: make checkpoints"):
        load_curve("none", tmp_path)
    path = save_curve(
        length_curve("plain", [np.array([True])], torch.tensor([1]), about={"a": 1}), "x", tmp_path
    )
    record = json.loads(path.read_text())
    for broken in (
        "{",
        "[]",
        json.dumps(record | {"first": []}),
        json.dumps(record | {"about": {}}),
    ):
        path.write_text(broken)
        with pytest.raises(ResultError, match=r"'x' cannot be read. Restore its file"):
            load_curve("x", tmp_path)


def test_after_a_mistake_the_truth_helps_only_where_it_is_fed(trained, reversals):
    """Checked against a plain loop over the sentences."""
    model, train = network(seed=5), reversals[0]
    fit_translation(model, train, reversals[1], constant(1e-2), 60, batch_size=32)
    found = after_mistake(model, reversals[1], longest=3)
    truth, own, words = np.zeros(3), np.zeros(3), np.zeros(3)
    for row in range(len(reversals[1])):
        pair = reversals[1][slice(row, row + 1)]
        length = int(pair.target_lengths[0]) + 1
        forced = model(pair.source, None, pair.inputs).argmax(-1) == pair.outputs
        free = model.run_free(pair.source, None, length).argmax(-1) == pair.outputs
        if bool(free.all()):
            continue
        first = int((~free[0]).int().argmax())
        assert forced[0, : first + 1].equal(free[0, : first + 1])
        for d in range(1, min(3, length - 1 - first) + 1):
            truth[d - 1] += forced[0, first + d].item()
            own[d - 1] += free[0, first + d].item()
            words[d - 1] += 1
    assert found.words.tolist() == words.tolist() and words[0] > 5
    np.testing.assert_allclose(found.truth, truth / words)
    np.testing.assert_allclose(found.own, own / words)
    assert found.sentences == words[0]


def test_bad_settings_are_refused(reversals):
    for settings, words in (
        ({"batch_size": 0}, "at least 1 pair, not 0"),
        ({"clip": 0.0}, "norm above 0, not 0.0"),
        ({"steps": 0}, "not 0"),
    ):
        with pytest.raises(ValueError, match=words):
            fit_translation(network(), *reversals, constant(1e-2), **({"steps": 2} | settings))
    with pytest.raises(ValueError, match="at least 1 word, not 0"):
        length_curve("plain", [np.array([True])], torch.tensor([1]), width=0)


class TestTranslator:
    @pytest.fixture
    def translator(self, trained, reversals):
        return Translator.of(trained[0], reversals[0])

    def test_it_translates_words(self, translator):
        assert translator(("a", "b")) == ("B", "A")

    def test_what_it_cannot_read_is_said(self, translator):
        with pytest.raises(ValueError, match="does not hold the word 'x'"):
            translator(("a", "x"))
        with pytest.raises(ValueError, match="The sentence is empty"):
            translator(())
        with pytest.raises(ValueError, match="has 4 words; the longest one in training had 3"):
            translator(tuple("abcd"))

    def test_it_comes_back_from_disk(self, translator, tmp_path):
        save_translator("small", translator, {"seed": 0}, folder=tmp_path)
        again, about = load_translator("small", folder=tmp_path)
        assert about["seed"] == 0 and again.longest == 3
        assert again(("c", "a", "d")) == translator(("c", "a", "d"))

    def test_a_damaged_file_is_noticed(self, translator, tmp_path):
        path = save_translator("small", translator, folder=tmp_path)
        record = json.loads(path.read_text())
        del record["about"]["longest"]
        path.write_text(json.dumps(record))
        with pytest.raises(CheckpointError, match=r"damaged .its manifest cannot be read"):
            load_translator("small", folder=tmp_path)
        (tmp_path / "small.safetensors").write_bytes(b"no")
        with pytest.raises(CheckpointError, match=r"damaged .its hash is wrong"):
            load_translator("small", folder=tmp_path)


class TestRecipe:
    SETTINGS = TranslationRecipe(embedding=4, hidden=8, steps=6, warmup=2, batch_size=8, seeds=2)

    @pytest.fixture
    def folder(self, reversals, tmp_path, monkeypatch):
        train, held_out = reversals

        class Few:
            pass

        Few.train, Few.validation, Few.test = train, held_out, held_out
        monkeypatch.setattr(translation_recipe, "load_numbers", lambda language: Few)
        for name, place in (("save_translator", "weights"), ("save_curve", "results")):
            real, into = getattr(translation_recipe, name), tmp_path / place
            monkeypatch.setattr(translation_recipe, name, functools.partial(real, folder=into))
        return tmp_path

    def run(self, settings, say=lambda line: None):
        recipe = Recipe("tiny", "a small model", 1, 0, translation_maker(settings))
        return recipe.make(recipe, say)

    def test_it_saves_the_first_model_and_the_curve_of_all(self, folder, reversals):
        assert self.run(replace(self.SETTINGS, storage="float32"))
        translator, about = load_translator("tiny", folder=folder / "weights")
        curve = load_curve("tiny", folder / "results")
        right = exact_matches(translator.model, reversals[1]).mean()
        assert curve.matches.shape[0] == about["recipe"]["seeds"] == 2
        assert about["test_exact"][0] == pytest.approx(right, abs=1e-4)
        assert len(about["training_seconds"]) == 2 and curve.about["parameters"] > 0

    def test_two_ways_to_feed_the_decoder_leave_a_curve_each(self, folder):
        recipe = Recipe("ways", "two curves", 1, 0, feeding_maker(self.SETTINGS))
        assert recipe.make(recipe, lambda line: None)
        ways = [load_curve(f"ways_{way}", folder / "results") for way in translation_recipe.FEEDING]
        assert [curve.name for curve in ways] == ["true words", "own words"]
        assert ways[0].matches.shape == (2, 1) and not (folder / "weights").exists()

    def test_a_run_that_diverges_saves_nothing(self, folder):
        lines = []
        assert not self.run(replace(self.SETTINGS, rate=1e9), lines.append)
        assert "diverged" in lines[-1] and not list(folder.iterdir())

    def test_a_stopped_run_saves_nothing_and_says_so(self, folder, monkeypatch):
        def interrupted(*_, **__):
            raise KeyboardInterrupt

        monkeypatch.setattr(translation, "update", interrupted)
        lines = []
        assert not self.run(self.SETTINGS, lines.append)
        assert "stopped" in lines[-1] and not list(folder.iterdir())
