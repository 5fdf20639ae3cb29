"""A language model learns from chunks in order, carries its state, stops cleanly, and samples."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from utils.datasets.characters import Vocabulary
from utils.models.language import BUILT_IN, CharacterModel, LanguageSettings, detached
from utils.training import language_model as module
from utils.training.language_model import (
    TruncatedBackpropagation,
    bits,
    chunks,
    fit_language_model,
    language_loss,
    sample,
)
from utils.training.schedules import constant

VOCABULARY = Vocabulary("ab(\n")
# After "(" comes what came before it: to know that, a model must carry a state.
IDS = VOCABULARY.encode("aaaa(a\nbbbb(b\n" * 300)


def small(cell="lstm", layers=1, built_in=True, seed=0):
    settings = LanguageSettings(len(VOCABULARY), 4, 8, layers, cell)
    return CharacterModel(settings, built_in=built_in, seed=seed)


def test_chunks_follow_each_other_and_targets_are_the_next_character():
    ids = torch.arange(103, dtype=torch.uint8)
    found = list(chunks(ids, streams=3, length=10))
    inputs, targets = (torch.cat(parts, dim=1) for parts in zip(*found, strict=True))
    assert inputs.dtype == targets.dtype == torch.int64
    assert torch.equal(inputs, torch.arange(102).view(3, 34))
    assert torch.equal(targets, inputs + 1)
    assert [part.shape[1] for part, _ in found] == [10, 10, 10, 4]
    assert torch.equal(next(chunks(ids, 3, 10, begin=7))[0], inputs[:, 7:17])


@pytest.mark.parametrize(
    ("characters", "streams", "length", "sentence"),
    [
        (0, 1, 1, "no text"),
        (1, 1, 1, "at least two"),
        (20, 2, 10, "A chunk of 10 characters is longer than the text: 2 streams have 9"),
        (20, 0, 10, "streams must be a whole number"),
        (20, 1, 0, "chunk must be a whole number"),
        (20, 1, 2.5, "chunk must be a whole number"),
    ],
)
def test_a_text_too_short_for_a_chunk_is_refused_at_once(characters, streams, length, sentence):
    with pytest.raises(ValueError, match=sentence):
        chunks(torch.zeros(characters), streams, length)


@pytest.mark.slow
@pytest.mark.parametrize("cell", BUILT_IN)
def test_both_kinds_of_layers_learn_and_beat_what_one_character_tells(cell):
    """One character alone leaves 0.88 nats open on this text, so 0.25 needs a state."""
    schedule = constant(0.02)
    for built_in in (True, False):
        model = small(cell, built_in=built_in)
        before = language_loss(model, IDS, streams=4, chunk=28)
        history = fit_language_model(model, IDS, IDS, schedule, 120, streams=8, chunk=28)
        assert before > 1.2
        assert history.val_loss[-1] < 0.25
        assert history.complete and history.steps_done == 120
        assert 0.9 < history.characters / (120 * 8 * 28) <= 1  # the end of a pass is shorter
        assert np.isfinite(history.gradient_norm).all() and (np.diff(history.seconds) > 0).all()


def test_the_same_seed_gives_the_same_run():
    runs = []
    for _ in range(2):
        model = small(seed=3)
        runs.append(fit_language_model(model, IDS, IDS, constant(0.01), 9, streams=4, seed=5))
    assert (runs[0].loss == runs[1].loss).all()
    assert (runs[0].val_loss == runs[1].val_loss).all()


def test_the_state_is_carried_and_no_gradient_flows_through_it():
    model = small()
    run = TruncatedBackpropagation(model, IDS, streams=2, chunk=10)
    run.update(0.01)
    assert all(not part.requires_grad and part.abs().sum() > 0 for part in run.state)
    carried, reset = (language_loss(model, IDS, streams=2, chunk=3, carry=c) for c in (True, False))
    whole = language_loss(model, IDS, streams=2, chunk=1000)
    assert carried == pytest.approx(whole, abs=1e-5)
    assert abs(reset - whole) > 1e-4
    assert detached(None) is None


def test_a_new_pass_begins_elsewhere_and_from_the_start_state():
    run = TruncatedBackpropagation(small(), IDS, streams=2, chunk=500)
    firsts = []
    for _ in range(3):
        while True:
            before = run._passes
            inputs, _ = run._next_chunk()
            if run._passes > before:
                firsts.append(bytes(inputs[0].byte().numpy()))
                assert run.state is None
                break
    assert firsts[0] == bytes(IDS[:500].byte().numpy())
    assert len({*firsts}) > 1


def test_a_run_goes_on_where_it_was(tmp_path):
    def make(steps):
        run = TruncatedBackpropagation(small(layers=2), IDS, streams=4, chunk=100, seed=1)
        losses = [run.update(0.01)[0] for _ in range(steps)]
        return run, losses

    _, wanted = make(40)
    half, _ = make(25)  # more than one pass
    other = TruncatedBackpropagation(small(layers=2, seed=9), IDS, streams=4, chunk=100, seed=1)
    other.restore(half.tensors(), 25)
    assert other.characters == half.characters
    assert [other.update(0.01)[0] for _ in range(15)] == pytest.approx(wanted[25:], abs=1e-6)


def test_stopping_keeps_the_model_and_what_was_measured():
    answers = iter([False] * 5 + [True] * 99)
    model = small()
    history = fit_language_model(
        model,
        IDS,
        IDS,
        constant(0.01),
        50,
        streams=4,
        evaluate_every=2,
        should_stop=lambda: next(answers),
    )
    assert history.steps_done == 5 and not history.complete
    assert np.isfinite(history.loss[:5]).all() and np.isnan(history.loss[5:]).all()
    assert np.isfinite(history.val_loss[:2]).all() and np.isnan(history.val_loss[2:]).all()

    def interrupt(done, total):
        if done == 3:
            raise KeyboardInterrupt

    history = fit_language_model(
        model, IDS, IDS, constant(0.01), 9, streams=4, on_progress=interrupt
    )
    assert history.steps_done == 3 and not history.complete


def test_a_run_that_diverges_is_marked_and_ends():
    class Broken(nn.Module):
        def __init__(self):
            super().__init__()
            self.scores = nn.Parameter(torch.full((len(VOCABULARY),), 1e4))
            with torch.no_grad():
                self.scores[0] = -1e4

        def forward(self, ids, state=None):
            return self.scores.expand(*ids.shape, -1), None

    history = fit_language_model(Broken(), IDS, IDS, constant(0.1), 9, streams=4)
    assert history.diverged_at == 1 and history.complete
    assert np.isnan(history.loss).all()


@pytest.mark.parametrize("rate", [-0.1, math.nan, math.inf])
def test_a_rate_that_cannot_be_is_no_training(rate):
    model = CharacterModel(LanguageSettings(4, embedding=3, hidden=5))
    with pytest.raises(ValueError, match="finite number, at least 0"):
        fit_language_model(model, IDS, IDS, lambda step: rate, 9)


@pytest.mark.parametrize("clip", [0, -1.0])
def test_a_clip_must_be_above_zero(clip):
    with pytest.raises(ValueError, match="norm above 0"):
        fit_language_model(small(), IDS, IDS, constant(0.1), 1, clip=clip)


def test_a_clip_bounds_the_step_and_none_leaves_it():
    norms = {}
    for clip in (0.01, None):
        model = small()
        run = TruncatedBackpropagation(model, IDS, streams=2, chunk=10, clip=clip)
        _, reported = run.update(0.0)
        left = torch.stack([weight.grad.norm() for weight in model.parameters()]).norm().item()
        norms[clip] = (reported, left)
    assert norms[0.01][0] == norms[None][0] > 0.01
    assert norms[0.01][1] == pytest.approx(0.01, rel=1e-3)
    assert norms[None][1] == pytest.approx(norms[None][0], rel=1e-5)


def test_nats_and_bits():
    assert bits(math.log(2)) == 1
    uniform = small()
    with torch.no_grad():
        for weight in uniform.head.parameters():
            weight.zero_()
    assert language_loss(uniform, IDS, streams=1) == pytest.approx(math.log(len(VOCABULARY)))


@pytest.fixture(scope="module")
def trained():
    model = small(seed=1)
    fit_language_model(model, IDS, IDS, constant(0.02), 200, streams=8, chunk=28)
    return model


def test_a_sample_continues_the_prompt_and_depends_on_the_seed(trained):
    text = sample(trained, VOCABULARY, "bbbb(", 40, temperature=0.05)
    assert text[:2] == "b\n"
    assert len(text) == 40
    hot = [sample(trained, VOCABULARY, "", 60, temperature=3.0, seed=seed) for seed in (0, 0, 1)]
    assert hot[0] == hot[1] != hot[2]


def test_a_sample_never_holds_the_unknown_symbol_and_reads_it(trained):
    text = sample(trained, VOCABULARY, "é" * 5, 300, temperature=100.0)
    assert set(text) == set(VOCABULARY.characters)


@pytest.mark.parametrize("temperature", [0, -1, math.nan, math.inf, "hot", None])
def test_a_temperature_is_above_zero(trained, temperature):
    with pytest.raises(ValueError, match="finite number above 0"):
        sample(trained, VOCABULARY, temperature=temperature)


def test_a_sample_has_at_least_one_character(trained):
    with pytest.raises(ValueError, match="characters must be"):
        sample(trained, VOCABULARY, characters=0)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"vocabulary": 0}, "vocabulary must be"),
        ({"hidden": 1.5}, "hidden must be"),
        ({"cell": "transformer"}, "Choose one of: rnn, lstm, gru"),
        ({"dropout": 1}, "Dropout must lie"),
    ],
)
def test_impossible_models_are_refused(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        LanguageSettings(**({"vocabulary": 5} | settings))


def test_a_models_seed_fixes_its_weights_and_leaves_the_global_generator():
    torch.manual_seed(0)
    wanted = torch.rand(1)
    torch.manual_seed(0)
    one, same, other = (small(seed=seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.rand(1), wanted)
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not torch.equal(one["embedding.weight"], other["embedding.weight"])


def test_forget_gates_begin_open():
    for built_in in (True, False):
        model = small(built_in=built_in, layers=2)
        raised = [
            w for n, w in model.recurrent.named_parameters() if n[:7] == "bias_ih" or n[-2:] == ".b"
        ]
        assert len(raised) == 2
        for bias in raised:
            i, f, g, o = bias.detach().chunk(4)
            assert f.min() > 0.6 and max(i.max(), g.max(), o.max()) < 0.4


def test_evaluation_leaves_the_mode_as_it_was(trained):
    for mode in (True, False):
        trained.train(mode)
        language_loss(trained, IDS, streams=4)
        assert trained.training is mode
    assert module.validation_loss(trained, IDS[:50]) > 0  # a short text is no fault


@pytest.mark.parametrize(
    ("ids", "sentence"),
    [
        (torch.zeros(1, 0, dtype=torch.int64), "There is no text"),
        (torch.zeros(4, dtype=torch.int64), "shape \\(N, T\\), not \\(4,\\)"),
        (torch.zeros(1, 4), "whole numbers .* not torch.float32"),
        ("abc", "whole numbers .* not str"),
        (torch.tensor([[1, 4]]), "characters 0 to 3, not 4"),
        (torch.tensor([[1, -1]]), "characters 0 to 3, not -1"),
    ],
)
def test_a_model_tells_what_is_no_text_in_one_sentence(ids, sentence):
    with pytest.raises(ValueError, match=sentence):
        CharacterModel(LanguageSettings(4, embedding=3, hidden=5))(ids)


@pytest.mark.parametrize(
    ("ids", "sentence"),
    [
        ("a long text", "Encode the text with a Vocabulary"),
        (torch.zeros(2, 40, dtype=torch.int64), "not a tensor \\(2, 40\\)"),
        (torch.zeros(40), "whole numbers, not torch.float32"),
    ],
)
def test_a_loss_needs_the_numbers_of_a_text(ids, sentence):
    with pytest.raises(ValueError, match=sentence):
        module.language_loss(CharacterModel(LanguageSettings(4)), ids, streams=1, chunk=4)
    with pytest.raises(ValueError, match=sentence):
        module.validation_loss(CharacterModel(LanguageSettings(4)), ids)


@pytest.mark.parametrize("seed", [-1, 1.5, 2**70, True, "one", None])
def test_a_seed_is_a_whole_number_of_at_least_zero(seed):
    model = CharacterModel(LanguageSettings(4, embedding=3, hidden=5))
    with pytest.raises(ValueError, match="A seed must be a whole number"):
        module.sample(model, Vocabulary("\nab"), "a", 3, seed=seed)


@pytest.mark.parametrize("symbols", ["ab", "\nabcdefgh"])
def test_a_vocabulary_of_another_model_is_refused(symbols):
    model = CharacterModel(LanguageSettings(4, embedding=3, hidden=5))
    with pytest.raises(ValueError, match="but the vocabulary has"):
        module.sample(model, Vocabulary(symbols), "a", 3)


@pytest.mark.parametrize("temperature", [1e-300, 1e-40])
def test_a_temperature_near_zero_takes_the_likeliest_character(temperature):
    chances = module.cooled(torch.tensor([1.0, 3.0, 2.0, -torch.inf]), temperature)
    assert chances.tolist() == [0, 1, 0, 0]


def test_a_huge_temperature_makes_all_alike_but_never_draws_the_unknown_symbol():
    chances = module.cooled(torch.tensor([1.0, 3.0, 2.0, 0.5, -torch.inf]), 1e300)
    assert chances.tolist() == [0.25] * 4 + [0]


def test_a_temperature_divides_the_logits():
    logits = torch.randn(5, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(module.cooled(logits, 0.7), (logits / 0.7).softmax(-1), atol=1e-12)


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda: Vocabulary(["a", "bc"]), "A text is a string"),
        (lambda: Vocabulary(None), "A text is a string"),
        (lambda: Vocabulary("ab").unknown_in(3), "A text is a string"),
        (lambda: Vocabulary("ab").decode(torch.tensor([0.5])), "whole numbers in one row"),
        (lambda: Vocabulary("ab").decode(torch.tensor([[0]])), "whole numbers in one row"),
        (lambda: Vocabulary("ab").decode(torch.tensor(0)), "whole numbers in one row"),
    ],
)
def test_a_vocabulary_reads_strings_and_rows_of_numbers(act, sentence):
    with pytest.raises(ValueError, match=sentence):
        act()
