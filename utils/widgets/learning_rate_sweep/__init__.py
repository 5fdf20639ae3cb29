"""LearningRateSweep: what the learning rate does, over many rates trained at once."""

from utils.widgets.learning_rate_sweep.widget import LearningRateSweep

__all__ = ["LearningRateSweep"]
