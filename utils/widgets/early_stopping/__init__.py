"""EarlyStopping: what patience stops, keeps and gains, replayed on saved curves."""

from utils.widgets.early_stopping.widget import EarlyStopping

__all__ = ["EarlyStopping"]
