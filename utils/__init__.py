"""Shared code of the lecture course: data sets, models, training, analysis, views, decks."""

from utils.compat import declare_torchvision_operators

declare_torchvision_operators()
