"""SamplingBox: what a character model writes at each temperature, and from your own prompt."""

from utils.widgets.sampling_box.own_prompt import OwnPrompt
from utils.widgets.sampling_box.widget import SamplingBox

__all__ = ["OwnPrompt", "SamplingBox"]
