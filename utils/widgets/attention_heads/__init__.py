"""AttentionHeads: all heads of a Transformer as small maps, one head at size, one token."""

from utils.widgets.attention_heads.widget import AttentionHeads, OwnText

__all__ = ["AttentionHeads", "OwnText"]
