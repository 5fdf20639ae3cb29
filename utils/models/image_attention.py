"""Self-attention over the places of a picture: every place of a feature map looks at all others.

Source: Zhang et al., "Self-Attention Generative Adversarial Networks" (2019): queries, keys and
values by convolutions of size 1, and the result added to the map.
"""

from torch import Tensor, nn

from utils.models.attention import attention

TEXT = {
    "image": "Feature maps have the shape (N, {channels}, H, W), not {given}.",
}


class ImageSelfAttention(nn.Module):
    """Adds to each place of a feature map (N, C, H, W) what it finds at all places.

    ``width`` is that of queries, keys and values. Returns the new map, and the weights
    (N, H·W, H·W) if asked for; row h·W + w is the query of place (h, w).
    """

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.channels = channels
        self.query = nn.Conv2d(channels, width, 1)
        self.key = nn.Conv2d(channels, width, 1)
        self.value = nn.Conv2d(channels, width, 1)
        self.output = nn.Conv2d(width, channels, 1)

    def forward(self, x: Tensor, *, need_weights: bool = False) -> tuple[Tensor, Tensor | None]:
        if x.dim() != 4 or x.shape[1] != self.channels:
            words = TEXT["image"].format(channels=self.channels, given=tuple(x.shape))
            raise ValueError(words)
        # (N, A, H, W) -> (N, H·W, A): a sequence of places
        rows = [part(x).flatten(2).transpose(1, 2) for part in (self.query, self.key, self.value)]
        mixed, weights = attention(*rows, need_weights=need_weights)
        mixed = mixed.transpose(1, 2).unflatten(2, x.shape[2:])  # (N, A, H, W)
        return x + self.output(mixed), weights
