"""Gates: what the gates of an LSTM do at each character of a text."""

from utils.widgets.gates.widget import Gates

__all__ = ["Gates"]
