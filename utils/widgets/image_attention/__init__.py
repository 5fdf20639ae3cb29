"""ImageAttention: where in the image a captioner looks for each word."""

from utils.widgets.image_attention.widget import ImageAttention

__all__ = ["ImageAttention"]
