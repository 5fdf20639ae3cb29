"""ImageNamer: a trained network names the reader's own image file."""

from utils.widgets.image_namer.widget import ImageNamer

__all__ = ["ImageNamer"]
