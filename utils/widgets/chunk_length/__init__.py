"""ChunkLength: memory, reach of the gradient and loss of a chunk length."""

from utils.widgets.chunk_length.widget import ChunkLength

__all__ = ["ChunkLength"]
