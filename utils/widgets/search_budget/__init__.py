"""SearchBudget: grid search and random search with the same number of points, side by side."""

from utils.widgets.search_budget.widget import SearchBudget

__all__ = ["SearchBudget"]
