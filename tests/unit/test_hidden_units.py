"""Units are read, scored by rank, chosen on some files and scored on others, and switched off."""

import time

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.analysis import hidden_units as module
from utils.analysis.hidden_units import (
    auc,
    choose_unit,
    correlation,
    one_piece_each,
    ranks,
    read_own,
    read_part,
    read_texts,
    score_units,
    stratified_auc,
    top_contexts,
)
from utils.datasets.code import VOCABULARY, CodePart, load_code
from utils.datasets.code_truth import truth_of
from utils.models.language import CharacterModel, LanguageSettings
from utils.models.recurrent import lstm_states


def small(layers=2, built_in=True, cell="lstm"):
    shape = LanguageSettings(len(VOCABULARY), 8, 16, layers, cell)
    return CharacterModel(shape, built_in=built_in, seed=1).eval()


@pytest.fixture(scope="module")
def part():
    return load_code().test.sample(3000, longest=2500)


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.integers(-3, 3), min_size=2, max_size=30), data=st.data())
def test_auc_is_the_chance_that_inside_is_larger(values, data):
    """Few different values, so that many are equal: an equal pair counts one half."""
    inside = np.array(
        data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)))
    )
    if inside.all() or not inside.any():
        return
    states = np.array(values, dtype=np.float32)
    larger = np.sign(states[inside][:, None] - states[~inside][None])
    found = auc(ranks(np.stack([states, -states], axis=1)), inside)
    assert found == pytest.approx([(larger.mean() + 1) / 2, (1 - larger.mean()) / 2])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 999), length=st.integers(3, 40))
def test_correlation_is_pearsons(seed, length):
    draw = np.random.default_rng(seed)
    states = draw.normal(size=(length, 4)).astype(np.float32)
    values = draw.integers(0, 5, length)
    if values.std() == 0:
        return
    wanted = [np.corrcoef(unit, values)[0, 1] for unit in states.T]
    assert correlation(states, values) == pytest.approx(wanted, abs=1e-5)


def test_what_never_changes_has_no_correlation():
    states = np.stack([np.ones(9), np.arange(9)], axis=1).astype(np.float32)
    assert correlation(states, np.arange(9))[0] == 0
    assert (correlation(states, np.ones(9, dtype=np.uint8)) == 0).all()


@pytest.mark.parametrize("inside", [np.zeros(5, bool), np.ones(5, bool)])
def test_a_property_that_holds_nowhere_or_everywhere_has_no_score(inside):
    with pytest.raises(ValueError, match="some inside and some outside"):
        auc(ranks(np.ones((5, 2))), inside)


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(
        st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=40
    )
)
def test_ranks_of_any_float32_are_those_of_an_ordinary_sort(values):
    states = np.array(values, dtype=np.float32)[:, None]
    wanted = [(np.sum(states < own) + np.sum(states <= own) + 1) / 2 for own in states]
    assert ranks(states)[0].tolist() == wanted == ranks(states.astype(np.float64))[0].tolist()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 999), length=st.integers(2, 40))
def test_stratified_auc_compares_pairs_of_one_group_only(seed, length):
    draw = np.random.default_rng(seed)
    values = draw.integers(-3, 4, length).astype(np.float32)
    inside, groups = draw.random(length) < 0.4, draw.integers(0, 4, length)
    pairs = inside[:, None] & ~inside[None] & (groups[:, None] == groups[None])
    if not pairs.any():
        with pytest.raises(ValueError, match="some inside and some outside"):
            stratified_auc(values, inside, groups)
        return
    won = (np.sign(values[:, None] - values[None]) + 1) / 2
    assert stratified_auc(values, inside, groups) == pytest.approx(won[pairs].mean())


def test_states_and_truth_must_belong_together():
    with pytest.raises(ValueError, match="both need the same"):
        auc(ranks(np.ones((5, 2))), np.ones(4, bool))
    with pytest.raises(ValueError, match="both need the same"):
        correlation(np.ones((5, 2)), np.ones(4))
    for inside, groups in ((4, 5), (5, 4)):
        with pytest.raises(ValueError, match="both need the same"):
            stratified_auc(np.ones(5), np.ones(inside, bool), np.ones(groups))


@pytest.mark.parametrize("built_in", [True, False])
def test_a_reading_is_what_the_model_does(part, built_in):
    """Files are read side by side and padded; each must come out as if it were read alone."""
    model = small(built_in=built_in)
    reading = read_part(model, part)
    assert reading.cell.shape == reading.hidden.shape == (len(part), 32)
    for name, start in zip(part.names, part.starts, strict=False):
        ids = part.file(name).ids.long()[None]
        span = slice(start, start + ids.shape[1])
        with torch.no_grad():
            hidden, cells = model.embedding(ids), []
            for own in module.lstm_weights(model):
                zero = torch.zeros(1, 16)
                hidden, c = lstm_states(hidden, zero, zero, *own)
                cells.append(c.tanh())
            wanted, _ = model.recurrent(model.embedding(ids))
            scores = model(ids)[0][0, :-1]
            loss = torch.nn.functional.cross_entropy(scores, ids[0, 1:], reduction="none")
        assert np.abs(reading.cell[span] - torch.cat(cells, -1)[0].numpy()).max() < 1e-5
        assert np.abs(reading.hidden[span, 16:] - wanted[0].numpy()).max() < 1e-5
        assert np.abs(reading.loss[span][:-1] - loss.numpy()).max() < 1e-4
        assert np.isnan(reading.loss[span][-1])


def test_an_ablated_unit_is_zero_and_changes_what_follows(part):
    model = small()
    reading, without = read_part(model, part), read_part(model, part, ablate=[3, 20])
    assert (without.cell[:, [3, 20]] == 0).all() and (without.hidden[:, [3, 20]] == 0).all()
    assert np.abs(without.cell[:, 4] - reading.cell[:, 4]).max() > 1e-3
    assert np.nanmax(np.abs(without.loss - reading.loss)) > 1e-4


def test_more_files_than_are_read_at_once_keep_their_order():
    texts = [VOCABULARY.encode("a" * n) for n in range(1, 2 * module.SIDE_BY_SIDE + 3)]
    model = small(1)
    together = read_texts(model, texts)
    alone = np.concatenate([read_texts(model, [text]).cell for text in texts])
    assert np.abs(together.cell - alone).max() < 1e-5


def test_what_cannot_be_read_is_refused(part):
    for texts in ([], [VOCABULARY.encode("")]):
        with pytest.raises(ValueError, match="There is no text"):
            read_texts(small(), texts)
    with pytest.raises(ValueError, match="those of an LSTM"):
        read_part(small(cell="gru"), part)
    with pytest.raises(ValueError, match=r"from 0 to 31, not 32"):
        read_part(small(), part, ablate=[32])


@pytest.fixture
def planted(part):
    """Noise in which unit 5 knows strings (smaller inside), 7 comments, and 9 the depth."""
    states = np.random.default_rng(0).normal(size=(len(part), 12)).astype(np.float32)
    states[:, 5] -= 6 * part.truth.string
    states[:, 7] += 6 * part.truth.comment
    states[:, 9] += 6 * part.truth.depth
    return states


def test_planted_units_are_found_with_their_sign(part, planted):
    scores = score_units(planted, part)
    assert [int(scores.best(name)[0]) for name in ("string", "comment", "depth")] == [5, 7, 9]
    assert scores.sign["string"][5] == -1 and scores.sign["comment"][7] == 1
    assert scores.auc["string"][5] > 0.99 and min(scores.auc["string"]) >= 0.5
    assert scores.depth[9] > 0.9
    assert scores.best("string", 3)[0] == 5 and len(scores.best("string", 3)) == 3
    with pytest.raises(ValueError, match="no property 'loop'"):
        scores.best("loop")


def test_a_chosen_unit_is_scored_on_other_text_with_its_sign(part, planted):
    scores = score_units(planted, part)
    good = choose_unit("string", scores, planted, part, draws=50)
    assert (good.unit, good.sign) == (5, -1)
    assert good.low <= good.score <= good.high and good.low > 0.98
    opposite = choose_unit("string", scores, -planted, part, draws=20)
    assert opposite.score < 0.02  # it means the opposite there: no credit for that
    assert choose_unit("depth", scores, planted, part, draws=20).score > 0.9


def test_the_band_is_that_of_files_drawn_again(part, planted):
    """Pairs of files are counted once and weighted; drawing the characters themselves agrees."""
    noisy = planted + np.random.default_rng(1).normal(scale=4, size=planted.shape)
    noisy = np.round(noisy.astype(np.float32), 1)  # many are equal
    scores, files = score_units(noisy, part), len(part.names)
    drawn = np.random.default_rng(0).integers(files, size=(30, files))
    spans = [np.arange(*part.starts[f : f + 2]) for f in range(files)]
    for name in ("string", "depth"):
        found = choose_unit(name, scores, noisy, part, draws=30)
        again = []
        for own in drawn:
            places = np.concatenate([spans[f] for f in own])
            values, truth = (
                found.sign * noisy[places, found.unit],
                getattr(part.truth, name)[places],
            )
            if name == "depth":
                again.append(np.corrcoef(values, truth)[0, 1])
            elif 0 < truth.sum() < len(truth):
                again.append(auc(ranks(values[:, None]), truth)[0])
        assert (found.low, found.high) == pytest.approx(np.percentile(again, [5, 95]), abs=1e-6)


def test_512_units_and_20_000_characters_are_scored_in_seconds():
    draw = np.random.default_rng(0)
    states = np.tanh(draw.normal(size=(20_000, 512))).astype(np.float32)
    inside = draw.random((6, 20_000)) < 0.1
    began = time.perf_counter()
    ranked = ranks(states)
    scores = [auc(ranked, one) for one in inside]
    assert time.perf_counter() - began < 15  # under one second on a quiet core
    assert np.abs(np.array(scores) - 0.5).max() < 0.05


def joined(*texts):
    """Return texts as the files of one part."""
    whole, starts = "".join(texts), np.cumsum([0, *map(len, texts)])
    truth = truth_of(whole)
    names = tuple(f"{n}.py" for n in range(len(texts)))
    return CodePart(names, starts, VOCABULARY.encode(whole), truth)


@pytest.mark.slow
def test_every_file_gives_one_piece_that_begins_at_its_outermost_level():
    part = load_code().test
    pieces = one_piece_each(part, 400, seed=3)
    assert pieces.names == part.names
    assert (np.diff(pieces.starts) == np.minimum(np.diff(part.starts), 400)).mean() > 0.9
    for name, start in zip(pieces.names, pieces.starts, strict=False):
        piece = pieces.file(name).text()
        assert piece in part.file(name).text()
        assert piece[0] not in " \n" or part.file(name).text().startswith(piece)
        assert not (pieces.truth.string[start] or pieces.truth.docstring[start])
    again, other = one_piece_each(part, 400, seed=3), one_piece_each(part, 400, seed=4)
    assert torch.equal(pieces.ids, again.ids) and not torch.equal(pieces.ids, other.ids)


def test_a_piece_never_begins_inside_a_string_or_a_block():
    part = joined('"""\na docstring\n"""\nif a:\n    b = 1\nc = 2\n', "x = 1\n")
    begins = {one_piece_each(part, 6, seed).text()[:6] for seed in range(40)}
    assert begins == {'"""\na ', "if a:\n", "c = 2\n"}
    assert one_piece_each(part, 6).file("1.py").text() == "x = 1\n"
    with pytest.raises(ValueError, match="at least 1 character, not 0"):
        one_piece_each(part, 0)


def test_the_top_contexts_are_where_the_unit_is_largest():
    part = joined("a = 'one'\n", "b = 'two'\n", "c = 3\n")
    states = np.zeros((len(part), 2), dtype=np.float32)
    states[[6, 7, 17, 22], 1] = [0.4, 0.3, 0.9, -0.8]
    (first, place), (second, other) = top_contexts(states, part, 1, count=2)
    assert (first, place, first[place]) == ("b = 'two'\n", 7, "o")
    assert (second, other) == ("a = 'one'\n", 6)
    assert top_contexts(states, part, 1, sign=-1, count=1) == [("c = 3\n", 2)]
    with pytest.raises(ValueError, match="at least 1 context"):
        top_contexts(states, part, 1, count=0)


def test_a_readers_own_text_is_read_as_the_network_sees_it():
    model = small()
    text, states, truth = read_own(model, "x = 'caf\u00e9'\r\n", units=[3, 20])
    assert text == "x = 'caf\ufffd'\n"
    assert np.abs(states - read_own(model, "x = 'caf\u00e8'\n")[1][:, [3, 20]]).max() == 0
    assert truth["string"].tolist() == [*5 * [False], *4 * [True], False, False][: len(text)]
    assert read_own(model, "def (:\n '")[2] == {}
    with pytest.raises(ValueError, match="There is no text"):
        read_own(model, "")
    with pytest.raises(ValueError, match="A unit is a number from 0 to"):
        read_own(model, "x = 1", units=[3, 999])
    with pytest.raises(ValueError, match="20,001 characters; at most 20,000"):
        read_own(model, "x" * 20_001)
