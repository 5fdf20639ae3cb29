"""SearchBudget chooses trials as Python does; wrong input gets one clear sentence."""

import json
import subprocess
from types import SimpleNamespace

import numpy as np
import pytest
from test_widget_javascript import find_node

from utils.training.search import Surface, compare, grid_points, random_points
from utils.widgets import SearchBudget
from utils.widgets.bundle import ROOT
from utils.widgets.search_budget.widget import ticks

NODE = """
import { gridPoints, randomPoints, generator, resample, tally } from %s;
const { k, shape, seed, score } = %s;
const random = generator(seed);
const found = { grid: gridPoints(k, shape, random), random: randomPoints(k, shape, random) };
const { chance, band } = tally(resample({ score }, k, seed));
console.log(JSON.stringify({ ...found, chance, band }));
"""


class Mulberry:
    """The view's generator, with the two methods of numpy's that the searches call."""

    def __init__(self, seed):
        self.state = seed

    def one(self):
        self.state = (self.state + 0x6D2B79F5) % 2**32
        mixed = (self.state ^ self.state >> 15) * (self.state | 1) % 2**32
        mixed ^= (mixed + (mixed ^ mixed >> 7) * (mixed | 61)) % 2**32
        return (mixed ^ mixed >> 14) / 2**32

    def random(self, size):
        return np.array([self.one() for _ in range(size)])

    def choice(self, count, size, replace):
        assert not replace
        drawn = {}
        while len(drawn) < size:
            drawn[int(self.one() * count)] = True
        return np.array(list(drawn))


@pytest.fixture(scope="module")
def surface():
    """A hill along the learning rate, and a slope of a twentieth of it along the decay."""
    rates, decays = np.geomspace(1e-4, 3, 20), np.geomspace(1e-5, 0.1, 12)
    hill = np.exp(-((np.log10(rates) + 1.2) ** 2))[:, None] - 0.02 * np.arange(12) / 12
    return Surface(("learning rate", "weight decay"), rates, decays, 0.1 + 0.8 * hill.clip(0))


def in_node(surface, side, seed):
    values = {"k": side, "shape": surface.score.shape, "seed": seed}
    values["score"] = surface.score.tolist()
    path = json.dumps((ROOT / "search_budget" / "draw.js").as_uri())
    script = NODE % (path, json.dumps(values))
    command = [find_node(), "--input-type=module", "--eval", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(("side", "seed"), [(2, 0), (3, 11), (7, 123)])
def test_the_page_tries_the_same_cells_as_python_and_finds_the_same_chance(surface, side, seed):
    page = in_node(surface, side, seed)
    random = Mulberry(seed)
    assert page["grid"] == grid_points(surface, side**2, random).tolist()
    assert page["random"] == random_points(surface, side**2, random).tolist()
    found = compare(surface, [side**2], resamples=2000, seed=seed)
    chance, band = (float(row[0]) for row in found.chance())
    room = 4 / 1.96 * np.hypot(band, page["band"])  # four standard errors of the difference
    assert abs(page["chance"] - chance) < room < 0.15


def test_the_state_holds_the_exact_scores_and_the_grids_that_fit(surface):
    view = SearchBudget(surface, budget=16, seed=3)
    state = view.state
    assert np.abs(np.array(state["data"]["score"]) - surface.score).max() < 1e-6
    assert state["sides"] == [2, 3, 4, 5, 6, 7]
    assert state["sides"][state["selected"]] == 4
    assert (state["seed"], state["draw"]) == (3, 0)
    small = Surface(surface.names, surface.first, surface.second[:4], surface.score[:, :4])
    assert SearchBudget(small).state["sides"] == [2, 3, 4]


def test_the_alt_text_states_values_tried_and_the_chance(surface):
    found = compare(surface, [9], 2000, 0)
    alt = SearchBudget(surface).alt
    tried = f"{found.first_values[0, 1]:.1f}"
    assert f"3 different values of the learning rate and random search {tried} in the" in alt
    assert f"with a chance of {100 * found.chance()[0][0]:.0f} %" in alt
    assert SearchBudget(surface, budget=4).alt != alt


def test_a_view_of_many_cells_stays_small(surface):
    score = np.random.default_rng(0).random((30, 16))
    big = Surface(surface.names, np.geomspace(1e-4, 3, 30), np.geomspace(1e-5, 0.1, 16), score)
    html = SearchBudget(big).html()
    assert 'data-view="search_budget"' in html and len(html) < 100_000


def test_ticks_stand_where_their_values_are():
    rates = ticks(np.geomspace(1e-4, 1, 9))
    assert [tick["label"] for tick in rates] == ["10⁻⁴", "0.001", "0.01", "0.1", "1"]
    assert [tick["place"] for tick in rates] == [0.5, 2.5, 4.5, 6.5, 8.5]
    assert len(ticks(np.geomspace(1e-9, 1, 30))) <= 5
    momenta = ticks([0.0, 0.5, 0.9])
    assert momenta == [
        {"place": 0.5, "label": "0"},
        {"place": 1.5, "label": "0.5"},
        {"place": 2.5, "label": "0.9"},
    ]
    assert [tick["label"] for tick in ticks([3e-5, 4.5e-5])] == ["3·10⁻⁵", "4.5·10⁻⁵"]
    assert [tick["label"] for tick in ticks([16, 128, 256])] == ["16", "128", "256"]


@pytest.mark.parametrize("budget", [1, 8, 64, 0, -9, 9.5, True, "9"])
def test_a_budget_that_no_grid_has_is_refused(surface, budget):
    with pytest.raises(ValueError, match="one of 4, 9, 16, 25, 36, 49, not "):
        SearchBudget(surface, budget=budget)


@pytest.mark.parametrize("seed", [-1, 0.5, 10**6])
def test_a_seed_out_of_range_is_refused(surface, seed):
    with pytest.raises(ValueError, match=f"seed must be a whole number .* not {seed}"):
        SearchBudget(surface, seed=seed)


@pytest.mark.parametrize("shape", [(1, 9), (9, 1), (65, 9), (9,)])
def test_a_surface_that_cannot_be_drawn_is_refused(surface, shape):
    other = SimpleNamespace(names=surface.names, score=np.full(shape, 0.5))
    with pytest.raises(ValueError, match="2 to 64 values on each axis"):
        SearchBudget(other)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -0.1, 1.1])
def test_a_score_that_is_no_accuracy_is_refused(surface, bad):
    score = surface.score.copy()
    score[2, 3] = bad
    other = SimpleNamespace(names=surface.names, score=score)
    with pytest.raises(ValueError, match="accuracy from 0 to 1 for every pair"):
        SearchBudget(other)
