"""ShotSlider: what a few labelled examples teach, in three ways."""

from utils.widgets.shot_slider.widget import ShotSlider

__all__ = ["ShotSlider"]
