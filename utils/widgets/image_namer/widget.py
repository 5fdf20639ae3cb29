"""ImageNamer: type the path of an image file; a trained network says what it sees.

The answer needs the kernel. Without one, the saved page shows a sentence that says so.
"""

import base64
import io
from typing import Any

import traitlets
from PIL import Image

from utils.datasets.photographs import read_photograph, square
from utils.models.convnets import Pretrained
from utils.widgets.bundle import module_for_kernel
from utils.widgets.kernel_form import KernelForm

TEXT = {
    "field": "Image file",
    "button": "Name it",
    "kernel": "To name your own image, open this notebook with a kernel and run this cell.",
    "empty": "Type the path of an image file first, for example photo.jpg.",
    "answer": "{name} {share}",
    "picture": "The part of {name} that the network saw",
}


class ImageNamer(KernelForm):
    """The form and its answer. ``name`` does from Python what the button does.

    ``answers`` holds (class name, probability in 0..1) of the most likely classes, ``problem``
    the one sentence about a file that cannot be named.
    """

    kernel_text = TEXT["kernel"]
    _esm = module_for_kernel("image_namer")
    text = traitlets.Dict(TEXT).tag(sync=True)
    path = traitlets.Unicode("").tag(sync=True)
    answers = traitlets.List().tag(sync=True)
    picture = traitlets.Unicode("").tag(sync=True)
    file = traitlets.Unicode("").tag(sync=True)
    problem = traitlets.Unicode("").tag(sync=True)
    command = traitlets.Dict().tag(sync=True)

    def __init__(self, network: Pretrained, path: str = "", top: int = 5) -> None:
        super().__init__(path=path)
        self._network, self._top = network, top
        self.observe(lambda change: self.name(change.new.get("path", "")), "command")

    def name(self, path: str) -> None:
        """Name the image at ``path``; wrong input is told in ``problem``."""
        try:
            if not str(path).strip():
                raise ValueError(TEXT["empty"])
            photograph = read_photograph(str(path).strip())
        except (ValueError, OSError) as error:
            self._show([], "", "", str(error))
            return
        pixels = square(photograph, self._network.size)
        answers = self._network.name_images(pixels[None], self._top)[0]
        self._show(answers, _address(pixels.permute(1, 2, 0).numpy()), photograph.name, "")

    def _show(
        self, answers: list[tuple[str, float]], picture: str, file: str, problem: str
    ) -> None:
        with self.hold_sync():
            self.answers = [[name, share] for name, share in answers]
            self.picture, self.file, self.problem = picture, file, problem


def _address(pixels: Any) -> str:
    """Return pixels (H, W, 3) as the address of a PNG that a page can show."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
