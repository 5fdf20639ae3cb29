"""SearchBudget: move the budget, draw again by mouse and by keyboard."""

from cases.acting import changes, try_slider

CELLS = (
    """
import numpy as np
from utils.datasets.digits import load_digits
from utils.training.hyperparameters import final_scores
from utils.training.search import Surface
from utils.training.sweeps import grid, sweep
from utils.widgets import SearchBudget
tried_rates, tried_decays = np.geomspace(1e-3, 3, 12), np.geomspace(1e-5, 0.1, 8)
tried = sweep(
    "mlp",
    load_digits(14),
    grid(learning_rate=tried_rates, weight_decay=tried_decays),
    steps=40,
)
tried_names = ("learning rate", "weight decay")
tried_scores = final_scores(tried).reshape(12, 8)
SearchBudget(Surface(tried_names, tried_rates, tried_decays, tried_scores), budget=9)
""",
)


def drive(host):
    view = host.view("search_budget")
    words = view.locator("[data-role=summary]")
    words.wait_for()
    try_slider(host, view, "Budget")
    view.get_by_role("slider", name="Budget").press("Home")
    assert words.inner_text().startswith("Draw 1, 4 trials each: grid search tries 2 different")
    again = view.get_by_role("button", name="Draw again")
    changes(view, again.click)
    changes(view, lambda: again.press("Enter"))
    changes(view, lambda: again.press("Space"))
    assert words.inner_text().startswith("Draw 4, 4 trials each")
    assert view.locator("output").last.inner_text() == "draw 4 of 500"
    counts = [
        int(words.inner_text().split(word)[1].split()[0].strip(",:"))
        for word in ("wins ", "ties ", "loses ")
    ]
    assert sum(counts) == 500
