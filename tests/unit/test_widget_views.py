"""The two views: right verdicts, honest numbers, one clear sentence for wrong input."""

import dataclasses
import json
import re

import numpy as np
import pytest
from synthetic import rates_result, schedules_result

from utils.training.schedules import ScheduleSpec
from utils.training.sweeps import Trial
from utils.widgets import LearningRateSweep, ScheduleExplorer, codec, curves
from utils.widgets.learning_rate_sweep.widget import verdicts
from utils.widgets.schema import check_state


@pytest.fixture(scope="module")
def sweep_view():
    return LearningRateSweep(rates_result())


@pytest.fixture(scope="module")
def explorer():
    return ScheduleExplorer(schedules_result())


def test_verdicts_go_from_too_low_over_good_to_exploding(sweep_view):
    words = sweep_view.state["data"]["verdict"]
    stages = [word for word, before in zip(words, [None, *words], strict=False) if word != before]
    assert stages == ["low", "good", "high", "explodes"]


def test_a_good_rate_made_nine_tenths_of_the_best_fall():
    rates = np.array([0.01, 0.1, 0.2, 1.0, 2.0])
    final = np.array([0.40, 0.20, 0.41, 2.5, np.inf])
    guess = np.log(10)  # best fall 2.10, so good means at most 0.41
    assert verdicts(rates, final, guess) == ["good", "good", "good", "high", "explodes"]
    assert verdicts(rates[3:], np.array([np.inf, np.inf]), guess) == ["explodes", "explodes"]
    assert verdicts(rates[:2], np.array([np.nan, np.nan]), guess) == ["unknown", "unknown"]


def test_the_view_opens_at_the_best_rate_or_at_the_nearest_to_the_one_asked_for(sweep_view):
    data = sweep_view.state["data"]
    losses = [loss for loss in data["finalLoss"] if loss is not None]
    assert data["finalLoss"][sweep_view.state["selected"]] == min(losses)
    asked = LearningRateSweep(rates_result(), selected=1e-4)
    assert asked.state["selected"] == 0


def test_rates_in_any_order_give_the_same_view(sweep_view):
    result = rates_result()
    shuffled = result.select(np.random.default_rng(0).permutation(64))
    assert LearningRateSweep(shuffled).state == sweep_view.state


def test_the_drawn_curve_is_the_running_mean_of_the_loss():
    result = rates_result()
    data = LearningRateSweep(result, window=10).state["data"]
    drawn = codec.decode(data["loss"])
    expected = np.convolve(result.loss[40], np.ones(10) / 10, "valid")
    assert np.abs(drawn[40, 9:] - expected).max() < 0.02
    assert np.isnan(drawn[-1, -1])


def test_running_means_keep_what_is_missing_missing():
    rows = np.array([[1.0, 3.0, 5.0, np.nan], [2.0, 2.0, np.nan, np.nan]])
    mean = curves.trailing_mean(rows, 2)
    assert np.array_equal(mean, [[1, 2, 4, np.nan], [2, 2, np.nan, np.nan]], equal_nan=True)


def test_half_a_sweep_is_a_view_too():
    data = LearningRateSweep(rates_result(done=40)).state["data"]
    assert (data["done"], data["total"]) == (40, 300)


def test_a_sweep_in_which_everything_diverged_is_a_view_too():
    result = rates_result().select(np.arange(60, 64))
    view = LearningRateSweep(result)
    assert view.state["data"]["best"] is None
    assert "none ended" in view.alt


def test_a_rate_twice_or_nothing_at_all_is_refused_in_one_sentence():
    trials = (Trial(learning_rate=0.1), Trial(learning_rate=0.1, seed=1))
    twice = dataclasses.replace(rates_result().select([3, 4]), trials=trials)
    with pytest.raises(ValueError, match=r"0\.1 was trained more than once"):
        LearningRateSweep(twice)
    with pytest.raises(ValueError, match="empty"):
        LearningRateSweep(rates_result().select(np.arange(0)))
    with pytest.raises(ValueError, match="empty"):
        ScheduleExplorer(rates_result().select(np.arange(0)))
    with pytest.raises(ValueError, match="trial 0 has none"):
        ScheduleExplorer(rates_result())


def test_the_explorer_averages_seeds_and_says_how_many(explorer):
    result = schedules_result()
    run = explorer.state["data"]["runs"][0]
    assert run["seeds"] == 2
    assert run["finalAccuracy"] == pytest.approx(result.val_accuracy[:2, -1].mean())
    assert run["spread"] == pytest.approx(result.val_accuracy[:2, -1].std(ddof=1))
    assert run["finalLoss"] == pytest.approx(result.final_loss()[:2].mean())


def test_the_explorer_opens_at_a_step_decay_or_where_asked(explorer):
    assert explorer.state["data"]["runs"][explorer.state["selected"]]["name"] == "step"
    cosine = ScheduleSpec("cosine", 0.1, 300, warmup=0.1)
    view = ScheduleExplorer(schedules_result(), selected=cosine)
    assert view.state["data"]["runs"][view.state["selected"]]["name"] == "cosine"


def test_one_diverged_seed_ends_the_mean_and_is_counted():
    result = schedules_result()
    gone = result.diverged_at.copy()
    gone[1] = 50
    loss = result.loss.copy()
    loss[1, 49:] = np.nan
    data = ScheduleExplorer(dataclasses.replace(result, loss=loss, diverged_at=gone)).state["data"]
    assert (data["runs"][0]["divergedAt"], data["runs"][0]["divergedSeeds"]) == (50, 1)
    assert data["runs"][0]["finalLoss"] is None
    assert np.isnan(codec.decode(data["logLoss"])[0, 49:]).all()


@pytest.mark.parametrize("name", ["sweep_view", "explorer"])
def test_the_html_stands_alone_and_asks_no_network(name, request):
    view = request.getfixturevalue(name)
    html = view.html()
    assert not re.search(r"(src|href)=.(?!data:)|@import|url\(|https?://", html)
    assert html.count("<script") == 2 and "application/javascript" not in html
    island = re.search(r'data-role="state">(.*?)</script>', html, re.DOTALL).group(1)
    assert json.loads(island) == view.state
    assert view.alt in html.replace("&#x27;", "'")
    assert list(view._repr_mimebundle_()) == ["text/html", "text/plain"]
    assert view.html() == html


@pytest.mark.parametrize("name", ["sweep_view", "explorer"])
def test_a_state_that_does_not_fit_is_refused_and_the_place_named(name, request):
    view = request.getfixturevalue(name)
    broken = {**view.state, "data": {**view.state["data"], "guess": "much"}}
    with pytest.raises(ValueError, match="wrong at data/guess"):
        check_state(view.module, broken)
    with pytest.raises(ValueError, match="selected"):
        check_state(view.module, {**view.state, "selected": -1})
