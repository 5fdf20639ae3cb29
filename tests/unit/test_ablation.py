"""Switching a unit off is charged where it counts: a planted string unit costs inside strings."""

import numpy as np
import pytest
import torch

from utils.analysis.ablation import ablate, extra_rises, measure_rises, read_losses
from utils.analysis.hidden_units import read_part
from utils.datasets.code import VOCABULARY, CodePart
from utils.datasets.code_truth import truth_of
from utils.models.language import CharacterModel, LanguageSettings


@pytest.fixture(scope="module")
def part():
    """Twelve files with words in strings and numbers outside."""
    draw = np.random.default_rng(0)
    texts = []
    for _ in range(12):
        words = [
            "".join(draw.choice(list("abcdefgh"), size=draw.integers(2, 15))) for _ in range(12)
        ]
        texts.append("".join(f"{n}, '{word}', {n * n}  # 7\n" for n, word in enumerate(words)))
    starts = np.cumsum([0, *map(len, texts)])
    names = tuple(f"file_{n}.py" for n in range(12))
    whole = "".join(texts)
    return CodePart(names, starts, VOCABULARY.encode(whole), truth_of(whole))


def blank_model():
    """A model of 8 units that does nothing, its characters one-hot, and its gates' rows."""
    model = CharacterModel(LanguageSettings(len(VOCABULARY), len(VOCABULARY), 8), seed=0)
    with torch.no_grad():
        for weight in model.parameters():
            weight.zero_()
        model.embedding.weight.copy_(torch.eye(len(VOCABULARY)))
    return model, tuple(slice(n * 8, n * 8 + 8) for n in range(4))


@pytest.fixture(scope="module")
def planted():
    """A model whose unit 3 opens and closes with the quote ', and lowers the loss inside.

    Built by hand: unit 3 goes from 0 to 1 and back at each quote, and raises the letters' logits.
    """
    model, (i, f, g, o) = blank_model()
    quote = VOCABULARY.encode("'").item()
    newline = VOCABULARY.encode("\n").item()
    with torch.no_grad():
        wx, wh, b = (
            getattr(model.recurrent, n + "_l0") for n in ("weight_ih", "weight_hh", "bias_ih")
        )
        b[i], b[f], b[o] = -20, 20, 20
        wx[i.start + 3, quote] = 40  # a quote writes …
        b[g.start + 3] = 5
        wh[g.start + 3, 3] = -15  # … +1 from 0, and -1 from +1 …
        wx[f.start + 3, newline] = -40  # … and a newline forgets
        letters = VOCABULARY.encode("abcdefghijklmnopqrstuvwxyz")
        model.head.weight[letters, 3] = 3.0
    return model.eval()


def test_the_planted_unit_costs_inside_and_random_units_cost_nothing(planted, part):
    told = []
    result, other = ablate(
        planted,
        part,
        {"string": 3, "comment": 5},
        random=4,
        on_progress=lambda *place: told.append(place),
    )
    # Outside, only the first letter after a quote is lost: one place in each line.
    assert result.inside > 0.5 and 0 <= result.outside < 0.2
    assert result.difference == pytest.approx(result.inside - result.outside)
    assert 0 < result.low <= result.difference <= result.high
    assert not {3, 5} & set(result.random_units) and len(set(result.random_units)) == 4
    assert (other.name, other.unit, other.inside) == ("comment", 5, 0)
    assert np.abs(result.random_inside).max() == np.abs(result.random_outside).max() == 0
    assert told == [(n, 7) for n in range(1, 8)]


def test_the_unit_that_is_needed_has_the_largest_extra_rise(planted, part):
    extra = extra_rises(planted, part, "string", [5, 3, 0])
    pairs = [("string", 5), ("string", 3)]
    other, needed = ablate(planted, part, pairs, random=1)
    assert extra.argmax() == 1 and extra[0] == extra[2] == 0
    assert extra[1] == pytest.approx(needed.difference, rel=1e-4) and other.difference == 0


@pytest.mark.parametrize(
    ("name", "units", "sentence"),
    [("loop", [3], "no property 'loop'"), ("string", [8], "0 to 7"), ("string", [], "at least")],
)
def test_a_search_among_no_units_or_unknown_ones_is_refused(planted, part, name, units, sentence):
    with pytest.raises(ValueError, match=sentence):
        extra_rises(planted, part, name, units)


@pytest.mark.parametrize("built_in", [True, False])
@pytest.mark.parametrize("off", [[], [3], [1, 20]])
def test_a_closed_input_gate_is_the_same_as_a_cell_state_kept_at_zero(part, built_in, off):
    shape = LanguageSettings(len(VOCABULARY), 8, 16, 2)
    model = CharacterModel(shape, built_in=built_in, seed=2).eval()
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    found, wanted = read_losses(model, part, off), read_part(model, part, off).loss
    assert np.array_equal(np.isnan(found), np.isnan(wanted))
    assert np.nanmax(np.abs(found - wanted)) < 1e-5
    assert all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"units": {"loop": 3}}, "no property 'loop'"),
        ({"units": {"string": 8}}, "from 0 to 7"),
        ({"random": 0}, "1 to 7 random units"),
        ({"random": 8}, "1 to 7 random units"),
    ],
)
def test_what_cannot_be_ablated_is_refused(planted, part, change, sentence):
    settings = {"units": {"string": 3}, "random": 2} | change
    with pytest.raises(ValueError, match=sentence):
        ablate(planted, part, **settings)


@pytest.fixture(scope="module")
def line_counter():
    """A model whose unit 3 counts the characters of a line and says when twelve have come."""
    model, (i, f, g, o) = blank_model()
    newline = VOCABULARY.encode("\n").item()
    with torch.no_grad():
        wx, b = model.recurrent.weight_ih_l0, model.recurrent.bias_ih_l0
        b[i], b[f], b[g], b[o] = -20, 20, 0.1, 20
        b[i.start + 3] = 20  # each character adds about 0.1 …
        wx[[i.start + 3, f.start + 3], newline] = -40  # … and a newline begins again
        model.head.weight[newline, 3], model.head.bias[newline] = 20, -16
    return model.eval()


def lines_of(*lengths, files=6):
    text = "".join("a" * length + "\n" for length in lengths)
    whole, starts = text * files, np.arange(files + 1) * len(text)
    names = tuple(f"file_{n}.py" for n in range(files))
    return CodePart(names, starts, VOCABULARY.encode(whole), truth_of(whole))


def test_a_unit_that_counts_is_needed_where_long_lines_end(line_counter):
    part = lines_of(3, 15, 0, 3, 15, 15)
    rises = measure_rises(line_counter, part, [3, 5, 3], random=2)
    assert list(rises.units) == [3, 5] and rises.rise.shape == (2, len(part))
    found = rises.at_line_ends(3, (1, 10))
    assert list(found.count) == [2 * 6, 3 * 6]
    assert found.rise[1] > found.rise[0] + 1 > 1
    assert (found.low <= found.rise).all() and (found.rise <= found.high).all()
    assert found.random_rise.shape == (2, 2) and np.abs(found.random_rise).max() == 0
    assert np.abs(rises.at_line_ends(5, (1, 10)).rise).max() == 0
    losses = [read_losses(line_counter, part, off) for off in ([], [3])]
    places = [place for place in range(len(part) - 1) if place % 57 in (2, 23)]
    by_hand = np.mean([losses[1][place] - losses[0][place] for place in places])
    assert found.rise[0] == pytest.approx(by_hand, abs=1e-6)


@pytest.mark.parametrize(
    ("unit", "lengths", "sentence"),
    [
        (4, (1,), "Unit 4 was not switched off here; these were: 3."),
        (3, (), "lengths of lines that grow"),
        (3, (0, 5), "lengths of lines that grow"),
        (3, (5, 5), "lengths of lines that grow"),
        (3, (1.5,), "lengths of lines that grow"),
        (3, (1, 5, 9), "No line of 5 to 8 characters"),
        (3, (1, 40), "No line of 40 or more characters"),
    ],
)
def test_line_ends_that_were_not_measured_are_refused(line_counter, unit, lengths, sentence):
    rises = measure_rises(line_counter, lines_of(3, 15), [3], random=1)
    with pytest.raises(ValueError, match=sentence):
        rises.at_line_ends(unit, lengths)


def test_rises_of_no_units_are_refused(line_counter):
    with pytest.raises(ValueError, match="at least one unit"):
        measure_rises(line_counter, lines_of(3), [])
