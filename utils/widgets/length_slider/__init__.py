"""LengthSlider: exact match against the source's length, and sentences that fail."""

from utils.widgets.length_slider.widget import LengthSlider

__all__ = ["LengthSlider"]
