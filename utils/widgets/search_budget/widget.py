"""SearchBudget: grid search and random search with one budget, side by side (Lecture 11).

Every cell of the surface was trained beforehand. The view chooses cells by the same rules as
:mod:`utils.training.search`, and repeats the comparison 500 times in the reader's page.
"""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from utils.training.search import compare, grid_points, random_points
from utils.widgets.poster import figure_png, new_figure
from utils.widgets.view import View

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from utils.training.search import Surface

TEXT = {
    "label": "Grid search and random search on one surface of really trained settings.",
    "budget": "Budget",
    "trials": "{count} trials ({k} × {k})",
    "again": "Draw again",
    "number": "draw {number} of {draws}",
    "grid": "■ grid search · {count} trials · best {score}",
    "random": "● random search · {count} trials · best {score}",
    "along": "mean accuracy at each {name} · {tried} values tried",
    "tried": "{tried} values tried",
    "best": "best {score}",
    "bar": "{draws} draws: chance of random search {chance} ± {band}\u00a0% · framed: this draw",
    "win": "● random search wins {win}",
    "tie": "tie {tie}",
    "loss": "■ grid search wins {loss}",
    "winWords": "random search wins",
    "tieWords": "a tie",
    "lossWords": "grid search wins",
    "summary": (
        "Draw {number}, {count} trials each: grid search tries {gridTried} different values of "
        "the {name} and finds {gridBest}, random search tries {randomTried} and finds "
        "{randomBest}: {outcome}. Of {draws} draws, random search wins {win}, ties {tie} and "
        "loses {loss}: its chance to win is {chance}\u00a0±\u00a0{band}\u00a0% (a tie counts as "
        "half a win). Its best accuracy is {randomMean} in the mean, that of grid search "
        "{gridMean}. A trial takes the accuracy of the nearest cell that was really trained; bluer "
        "is higher."
    ),
}
MESSAGES = {
    "alt": "With {budget} trials, grid search tries {side} different values of the {name} and "
    "random search {tried:.1f} in the mean; random search wins with a chance of {chance:.0f} % "
    "(a tie counts as half a win).",
    "size": "SearchBudget needs a surface of 2 to {most} values on each axis, not {shape}.",
    "score": "SearchBudget needs an accuracy from 0 to 1 for every pair of values.",
    "budget": "The budget must be one of {budgets}, not {value!r}.",
    "seed": "The seed must be a whole number from 0 to {most}, not {value!r}.",
}
MOST_VALUES = 64  # on each axis: more cells than a panel has room for
LARGEST_SIDE = 7  # of a grid: more trials would hide the surface
MOST_SEED = 999_999
TICKS = 5
RESAMPLES = 2000
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def budget_data(surface: "Surface") -> dict[str, Any]:
    """Return what the view draws: names, scores (A, B) and the ticks of both axes.

    Raises ValueError for a surface that is too small or too large, or without a score somewhere.
    """
    score = np.asarray(surface.score, dtype=np.float64)
    if score.ndim != 2 or not all(2 <= size <= MOST_VALUES for size in score.shape):
        raise ValueError(MESSAGES["size"].format(most=MOST_VALUES, shape=score.shape))
    if not ((score >= 0) & (score <= 1)).all():
        raise ValueError(MESSAGES["score"])
    return {
        "names": list(surface.names),
        "score": score.round(6).tolist(),
        "ticks": [ticks(surface.first), ticks(surface.second)],
    }


def ticks(values: Any) -> list[dict[str, Any]]:
    """Return where to write which numbers beside an axis of cells; ``values`` (A,) rise.

    The places count cells: the first goes from 0 to 1. Powers of ten are marked where there are
    two or more of them among the values; otherwise some of the values themselves.
    """
    values = np.asarray(values, dtype=np.float64)
    centres = np.arange(len(values)) + 0.5
    if values[0] > 0:
        low, high = math.ceil(math.log10(values[0])), math.floor(math.log10(values[-1]))
        every = max(1, math.ceil((high - low + 1) / TICKS))
        powers = np.arange(low, high + 1, every)
        if len(powers) > 1:
            places = np.interp(powers, np.log10(values), centres)
            marks = zip(places, 10.0**powers, strict=True)
            return [{"place": round(float(at), 3), "label": plain(value)} for at, value in marks]
    some = np.unique(np.linspace(0, len(values) - 1, min(TICKS, len(values))).round().astype(int))
    return [{"place": float(centres[i]), "label": plain(values[i])} for i in some]


def plain(value: float) -> str:
    """Return a number with two digits, below a thousandth with a power of ten: 0.03, 3·10⁻⁵."""
    if value == 0 or abs(value) >= 1e-3:
        return f"{value:.2g}" if abs(value) < 10 else f"{value:g}"
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    power = f"10{str(int(exponent)).translate(SUPERSCRIPTS)}"
    return power if mantissa == "1.0" else f"{mantissa.removesuffix('.0')}·{power}"


def budget_sides(surface: "Surface") -> list[int]:
    """Return the sides k of the grids that fit on the surface: 2 to at most 7."""
    return list(range(2, min(*surface.score.shape, LARGEST_SIDE) + 1))


def describe(surface: "Surface", budget: int, seed: int) -> str:
    """Return the finding in one sentence: the alt text."""
    found = compare(surface, [budget], RESAMPLES, seed)
    values = {"budget": budget, "side": math.isqrt(budget), "name": surface.names[0]}
    tried, chance = found.first_values[0, 1], 100 * found.chance()[0][0]
    return MESSAGES["alt"].format(**values, tried=tried, chance=chance)


def poster(surface: "Surface", data: dict[str, Any], budget: int, seed: int) -> bytes:
    """Return the picture for readers without scripts: one search of each kind on the surface."""
    figure = new_figure(10.0, 3.8)
    left, right = figure.subplots(1, 2)
    at_random = random_points(surface, budget, np.random.default_rng(seed))
    _draw_search(left, surface, data, grid_points(surface, budget), "s", "grid")
    _draw_search(right, surface, data, at_random, "o", "random")
    return figure_png(figure)


def _draw_search(
    axes: "Axes", surface: "Surface", data: dict[str, Any], points: np.ndarray, mark: str, name: str
) -> None:
    rows, columns = surface.score.shape
    extent = (0, rows, 0, columns)
    axes.imshow(surface.score.T, origin="lower", extent=extent, aspect="auto", cmap="Blues")
    axes.plot(*(points.T + 0.5), mark, color="#b35900", markeredgecolor="white", markersize=8)
    best = surface.score[points[:, 0], points[:, 1]].max()
    axes.set_title(TEXT[name].format(count=len(points), score=f"{best:.3f}"))
    axes.set(xlabel=surface.names[0], ylabel=surface.names[1])
    for axis, marks in zip((axes.xaxis, axes.yaxis), data["ticks"], strict=True):
        axis.set_ticks([tick["place"] for tick in marks], [tick["label"] for tick in marks])


class SearchBudget(View):
    """The view of a surface that was trained beforehand, alive without a kernel.

    ``surface`` has names (2,), first (A,), second (B,) and score (A, B), A and B from 2 to 64.
    ``budget`` is the number of trials shown first: 4, 9, 16 … up to 49, if a grid of so many
    fits on the surface. ``seed`` chooses the 500 draws. Raises ValueError for a surface, a
    budget or a seed outside these bounds.
    """

    def __init__(self, surface: "Surface", *, budget: int = 9, seed: int = 0) -> None:
        data = budget_data(surface)
        sides = budget_sides(surface)
        budgets = [side**2 for side in sides]
        if budget not in budgets:
            known = ", ".join(map(str, budgets))
            raise ValueError(MESSAGES["budget"].format(budgets=known, value=budget))
        if seed not in range(MOST_SEED + 1):
            raise ValueError(MESSAGES["seed"].format(most=MOST_SEED, value=seed))
        budget, seed = int(budget), int(seed)
        state = {"data": data, "sides": sides, "selected": budgets.index(budget), "draw": 0}
        super().__init__(
            "search_budget",
            {**state, "seed": seed, "text": TEXT},
            poster=poster(surface, data, budget, seed),
            alt=describe(surface, budget, seed),
        )
