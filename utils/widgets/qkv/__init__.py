"""QKV: self-attention on a short sentence, with every number in sight."""

from utils.widgets.qkv.widget import QKV

__all__ = ["QKV"]
