"""Trained weights on disk: one safetensors file and one JSON manifest that vouches for it.

Nothing is ever unpickled. The manifest holds the file's SHA-256, what kind of model it is and
all that is needed to make the model again. Weights may be stored as 16-bit floats, or as 8-bit
whole numbers with one scale for each row, so that the whole course stays small.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load, save
from torch import Tensor

from utils.datasets.characters import Vocabulary
from utils.files import write_atomically
from utils.models.language import CharacterModel, LanguageSettings
from utils.models.transformer import CharacterTransformer, TransformerSettings

FOLDER = Path(__file__).resolve().parents[2] / "data" / "checkpoints"
STORAGE = {"float32": torch.float32, "float16": torch.float16, "int8": torch.int8}
_FORMAT = 1
_SCALE = ".row_scale"
TEXT = {
    "name": "A checkpoint's name has small letters, digits and _ only, not {value!r}.",
    "storage": "Store weights as one of: {names}; not {value!r}.",
    "finite": "The weights {name!r} are not finite, so they were not saved.",
    "missing": (
        "There is no checkpoint {name!r}. Make it with: make checkpoints NAMES={name}; or train "
        "the smaller model of the notebook."
    ),
    "damaged": (
        "The checkpoint {name!r} is damaged ({why}). Restore its two files, or make it again "
        "with: make checkpoints NAMES={name}; or train the smaller model of the notebook."
    ),
    "kind": "The checkpoint {name!r} holds a {given}, not a {wanted}.",
    "fit": "The checkpoint {name!r} does not fit this model: other weights or other shapes.",
    "hash": "its hash is wrong",
    "manifest": "its manifest cannot be read",
    "file": "its weights cannot be read",
    "vocabulary": "its vocabulary is not that of its weights",
    "lost": "its weights are missing",
}


class CheckpointError(RuntimeError):
    """A checkpoint that is missing, damaged or of another model; the message says what to do."""


@dataclass(frozen=True)
class Checkpoint:
    """Weights by name, float32, and what the manifest says about them (plain JSON values)."""

    name: str
    kind: str
    tensors: dict[str, Tensor]
    about: dict


def save_checkpoint(
    name: str,
    kind: str,
    tensors: Mapping[str, Tensor],
    about: dict,
    *,
    storage: str = "float16",
    folder: Path = FOLDER,
) -> Path:
    """Write ``name``.safetensors and then ``name``.json, each whole or not at all.

    ``kind`` says what the weights are for, in words; ``about`` must be plain JSON values.
    Returns the manifest's path. Raises ValueError for a bad name, storage or weight.
    """
    if storage not in STORAGE:
        raise ValueError(TEXT["storage"].format(value=storage, names=", ".join(STORAGE)))
    weights, manifest = _paths(name, folder)
    content = save(_stored(tensors, storage))
    record = {
        "format": _FORMAT,
        "name": name,
        "kind": kind,
        "storage": storage,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "about": about,
    }
    text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False)
    write_atomically(weights, content)
    return write_atomically(manifest, f"{text}\n".encode())


def load_checkpoint(name: str, kind: str, *, folder: Path = FOLDER) -> Checkpoint:
    """Return a checkpoint whose file is the one that its manifest vouches for.

    Raises CheckpointError where it is missing, damaged, or of another kind of model.
    """
    weights, manifest = _paths(name, folder)
    record = _manifest(name, manifest)
    if record["kind"] != kind:
        raise CheckpointError(TEXT["kind"].format(name=name, given=record["kind"], wanted=kind))
    try:
        content = weights.read_bytes()
    except OSError:
        raise _damaged(name, "lost") from None
    if hashlib.sha256(content).hexdigest() != record["sha256"]:
        raise _damaged(name, "hash")
    try:
        tensors = _restored(load(content))
    except Exception:  # safetensors raises errors of its own for a file that is none
        raise _damaged(name, "file") from None
    return Checkpoint(name, kind, tensors, record["about"])


def _paths(name: str, folder: Path) -> tuple[Path, Path]:
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9_]+", name):
        raise ValueError(TEXT["name"].format(value=name))
    return folder / f"{name}.safetensors", folder / f"{name}.json"


def _manifest(name: str, path: Path) -> dict:
    """Return a manifest that has all its fields."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CheckpointError(TEXT["missing"].format(name=name)) from None
    except (OSError, UnicodeDecodeError):
        raise _damaged(name, "manifest") from None
    try:
        record = json.loads(text)
        complete = {"kind", "sha256", "about"} <= record.keys() and record["format"] == _FORMAT
    except (ValueError, AttributeError, KeyError):
        complete = False
    if not complete:
        raise _damaged(name, "manifest")
    return record


def _damaged(name: str, why: str) -> CheckpointError:
    return CheckpointError(TEXT["damaged"].format(name=name, why=TEXT[why]))


def _stored(tensors: Mapping[str, Tensor], storage: str) -> dict[str, Tensor]:
    """Return the tensors as they lie in the file; whole numbers and single values stay as is."""
    stored: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        tensor = tensor.detach().cpu().contiguous()
        if not tensor.is_floating_point():
            stored[name] = tensor
            continue
        if not torch.isfinite(tensor).all():
            raise ValueError(TEXT["finite"].format(name=name))
        if storage == "int8" and tensor.dim() > 1:
            stored[name], stored[name + _SCALE] = _quantized(tensor)
        else:
            stored[name] = tensor.to(STORAGE["float16" if storage == "int8" else storage])
    return stored


def _quantized(tensor: Tensor) -> tuple[Tensor, Tensor]:
    """Return whole numbers -127..127 and the scale of each row (R, 1, …), at most 1/254 off."""
    largest = tensor.flatten(1).abs().amax(1).clamp_min(torch.finfo(torch.float32).tiny)
    scale = (largest / 127).view(-1, *[1] * (tensor.dim() - 1)).float()
    return (tensor / scale).round().to(torch.int8), scale


def _restored(stored: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return float32 tensors from the file's."""
    tensors = {}
    for name, tensor in stored.items():
        if name.endswith(_SCALE):
            continue
        scale = stored.get(name + _SCALE)
        if scale is not None:
            tensor = tensor.float() * scale
        tensors[name] = tensor.float() if tensor.is_floating_point() else tensor
    return tensors


LANGUAGE_MODEL = "character language model"


def save_language_model(
    name: str,
    model: CharacterModel | CharacterTransformer,
    vocabulary: Vocabulary,
    about: dict | None = None,
    *,
    storage: str = "float16",
    folder: Path = FOLDER,
) -> Path:
    """Save a character model with its vocabulary; see `save_checkpoint`."""
    record = {"model": model.about(), "vocabulary": vocabulary.characters, **(about or {})}
    weights = model.state_dict()
    return save_checkpoint(name, LANGUAGE_MODEL, weights, record, storage=storage, folder=folder)


def load_language_model(
    name: str, *, folder: Path = FOLDER
) -> tuple[CharacterModel | CharacterTransformer, Vocabulary, dict]:
    """Return a saved character model, its vocabulary and what else its manifest says.

    A recurrent model uses PyTorch's kernels. The model is ready to evaluate. Raises
    CheckpointError as `load_checkpoint` does.
    """
    checkpoint = load_checkpoint(name, LANGUAGE_MODEL, folder=folder)
    try:
        model = _new_language_model(checkpoint.about["model"])
        vocabulary = Vocabulary(checkpoint.about["vocabulary"])
    except (KeyError, TypeError, ValueError):
        raise _damaged(name, "manifest") from None
    if len(vocabulary) != model.settings.vocabulary:
        raise _damaged(name, "vocabulary")
    fit_weights(model, checkpoint)
    return model.eval(), vocabulary, checkpoint.about


def _new_language_model(settings: dict) -> CharacterModel | CharacterTransformer:
    """Return the model of some settings; only those of a Transformer have heads."""
    if "heads" in settings:
        return CharacterTransformer(TransformerSettings(**settings))
    return CharacterModel(LanguageSettings(**settings))


def fit_weights(model: torch.nn.Module, checkpoint: Checkpoint) -> None:
    """Put a checkpoint's weights into a model; CheckpointError where they are not its own."""
    try:
        model.load_state_dict(checkpoint.tensors)
    except RuntimeError:
        raise CheckpointError(TEXT["fit"].format(name=checkpoint.name)) from None
