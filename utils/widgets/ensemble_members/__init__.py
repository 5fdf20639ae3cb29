"""EnsembleMembers: what the average of several networks says, and how accurate it is."""

from utils.widgets.ensemble_members.widget import EnsembleMembers

__all__ = ["EnsembleMembers"]
