"""CaptionStepper: how a caption is chosen, word by word, and what else it could have become."""

from utils.widgets.caption_stepper.widget import CaptionStepper

__all__ = ["CaptionStepper"]
