"""Lets a CPU build of torch work beside a torchvision that was built for CUDA.

Such a torchvision cannot load its compiled operators, and then ``import torchvision`` stops
with "operator torchvision::nms does not exist". The course uses models, transforms and data
sets only, so it is enough to declare the two operators that the import looks up.
"""

import importlib.machinery
import importlib.util
import sys
from pathlib import Path

import torch

_BOX_SUPPRESSION = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_declared: list[torch.library.Library] = []


def torchvision_operators_load() -> bool:
    """Return whether torchvision's compiled operators can be loaded beside this torch.

    Returns True also where torchvision is not installed: there is nothing to mend.
    """
    if "torchvision" in sys.modules:
        return True
    package = importlib.util.find_spec("torchvision")
    if package is None or not package.submodule_search_locations:
        return True
    folder = Path(next(iter(package.submodule_search_locations)))
    finder = importlib.machinery.FileFinder(
        str(folder),
        (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES),
    )
    extension = finder.find_spec("_C")
    if extension is None or extension.origin is None:
        return False
    try:
        torch.ops.load_library(extension.origin)
    except (OSError, RuntimeError):
        return False
    return True


def declare_torchvision_operators() -> bool:
    """Declare ``torchvision::nms`` and ``::qnms`` where the extension cannot load.

    Returns True if the operators were declared by this call. Calling it again is harmless.
    """
    if _declared or torchvision_operators_load():
        return False
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        library.define(f"{name}{_BOX_SUPPRESSION}")
    _declared.append(library)
    return True
