"""AblationToggles: take parts of a Transformer away and see what it still learns."""

from utils.widgets.ablation_toggles.widget import AblationToggles

__all__ = ["AblationToggles"]
