"""AttentionMap: which source tokens each output token looks at, as a matrix and as arcs."""

from utils.widgets.attention_map.widget import AttentionMap, OwnSentence

__all__ = ["AttentionMap", "OwnSentence"]
