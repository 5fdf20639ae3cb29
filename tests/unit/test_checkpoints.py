"""Checkpoints come back as they were, or say in one sentence what to do."""

import json
import pickle

import pytest
import torch

from utils.datasets.characters import Vocabulary
from utils.models.language import CharacterModel, LanguageSettings
from utils.training import checkpoints as module
from utils.training.checkpoints import (
    CheckpointError,
    load_checkpoint,
    load_language_model,
    save_checkpoint,
    save_language_model,
)

VOCABULARY = Vocabulary("\nabcé")


@pytest.fixture
def saved(tmp_path):
    model = CharacterModel(LanguageSettings(len(VOCABULARY), 4, 8, 2), seed=1)
    save_language_model("small", model, VOCABULARY, {"seed": 1}, folder=tmp_path)
    return tmp_path, model


@pytest.mark.parametrize(
    ("storage", "allowed"), [("float32", 0), ("float16", 1e-3), ("int8", 4e-3)]
)
def test_a_language_model_comes_back(tmp_path, storage, allowed):
    model = CharacterModel(LanguageSettings(len(VOCABULARY), 4, 8, 2, "gru"), seed=1).eval()
    save_language_model("m", model, VOCABULARY, {"seed": 1}, storage=storage, folder=tmp_path)
    found, vocabulary, about = load_language_model("m", folder=tmp_path)
    assert vocabulary == VOCABULARY
    assert about["seed"] == 1
    assert found.settings == model.settings and not found.training
    for name, weight in model.state_dict().items():
        assert found.state_dict()[name].dtype == torch.float32
        off = (found.state_dict()[name] - weight).abs().max() / weight.abs().max()
        assert off <= allowed
    ids = torch.arange(5)[None]
    assert (found(ids)[0] - model(ids)[0]).abs().max() <= 20 * allowed + 1e-6


def test_int8_is_half_as_large_as_float16(tmp_path):
    tensors = {"weight": torch.randn(256, 256)}
    sizes = []
    for storage in ("float16", "int8"):
        save_checkpoint("m", "test", tensors, {}, storage=storage, folder=tmp_path)
        sizes.append((tmp_path / "m.safetensors").stat().st_size)
    assert sizes[1] < 0.52 * sizes[0]


def test_whole_numbers_and_rows_of_zeros_survive_int8(tmp_path):
    tensors = {"count": torch.tensor([300, -7]), "weight": torch.zeros(2, 3), "one": torch.ones(())}
    save_checkpoint("m", "test", tensors, {}, storage="int8", folder=tmp_path)
    found = load_checkpoint("m", "test", folder=tmp_path).tensors
    assert all(torch.equal(found[name], tensors[name]) for name in tensors)


def message(folder, name="small"):
    with pytest.raises(CheckpointError) as caught:
        load_language_model(name, folder=folder)
    return str(caught.value)


def test_a_missing_checkpoint_says_how_to_make_it(tmp_path):
    assert "make checkpoints NAMES=code_lstm" in message(tmp_path, "code_lstm")


@pytest.mark.parametrize(
    "kind", ["altered", "truncated", "lost", "no json", "fields", "settings", "vocabulary"]
)
def test_a_damaged_checkpoint_is_noticed(saved, kind):
    folder, _ = saved
    weights, manifest = folder / "small.safetensors", folder / "small.json"
    record = json.loads(manifest.read_text())
    if kind == "altered":
        content = bytearray(weights.read_bytes())
        content[-3] ^= 1
        weights.write_bytes(content)
    elif kind == "truncated":
        weights.write_bytes(weights.read_bytes()[:-9])
    elif kind == "lost":
        weights.unlink()
    elif kind == "no json":
        manifest.write_text("{")
    elif kind == "fields":
        manifest.write_text(json.dumps({"format": 1}))
    elif kind == "vocabulary":
        record["about"]["vocabulary"] = record["about"]["vocabulary"][:-1]
        manifest.write_text(json.dumps(record))
    else:
        record["about"]["model"]["cell"] = "none"
        manifest.write_text(json.dumps(record))
    assert "is damaged" in message(folder) and "make checkpoints" in message(folder)


def test_a_checkpoint_of_another_model_is_said(saved):
    folder, _ = saved
    with pytest.raises(CheckpointError, match="holds a character language model, not a captioner"):
        load_checkpoint("small", "captioner", folder=folder)
    manifest = folder / "small.json"
    record = json.loads(manifest.read_text())
    record["about"]["model"]["hidden"] = 9
    manifest.write_text(json.dumps(record))
    assert "does not fit" in message(folder)


def test_nothing_is_unpickled(saved):
    """A pickle with the right hash is still no checkpoint."""

    class Trap:
        def __reduce__(self):
            return pytest.fail, ("a pickle was loaded",)

    folder, _ = saved
    content = pickle.dumps(Trap())
    (folder / "small.safetensors").write_bytes(content)
    manifest = folder / "small.json"
    record = json.loads(manifest.read_text())
    record["sha256"] = module.hashlib.sha256(content).hexdigest()
    manifest.write_text(json.dumps(record))
    assert "cannot be read" in message(folder)


def test_an_interrupted_write_leaves_the_old_checkpoint(saved, monkeypatch):
    folder, model = saved

    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("utils.files.Path.replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save_language_model("small", model, VOCABULARY, {"seed": 2}, folder=folder)
    assert load_language_model("small", folder=folder)[2]["seed"] == 1
    assert sorted(path.name for path in folder.iterdir()) == ["small.json", "small.safetensors"]


@pytest.mark.parametrize("name", ["../up", "Big", "", "a b", None, 3])
def test_a_name_is_no_path(tmp_path, name):
    with pytest.raises(ValueError, match="small letters"):
        save_checkpoint(name, "test", {}, {}, folder=tmp_path)


def test_weights_that_are_not_finite_and_unknown_storage_are_refused(tmp_path):
    with pytest.raises(ValueError, match="'w' are not finite"):
        save_checkpoint("m", "test", {"w": torch.tensor([torch.nan])}, {}, folder=tmp_path)
    with pytest.raises(ValueError, match="float32, float16, int8"):
        save_checkpoint("m", "test", {}, {}, storage="int4", folder=tmp_path)
    assert not list(tmp_path.iterdir())
