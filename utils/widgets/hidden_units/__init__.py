"""HiddenUnits: a text coloured by what single hidden units of a recurrent network do on it."""

from utils.widgets.hidden_units.widget import HiddenUnits

__all__ = ["HiddenUnits"]
