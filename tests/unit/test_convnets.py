"""Trained networks: exact weights, known names, the cut, and clear words for a wrong file."""

import socket

import pytest
import torch
from torch.nn import functional as F

from utils.datasets.photographs import load_photograph, square
from utils.models import convnets as module


@pytest.fixture(scope="module")
def lite():
    return module.load_network()


@pytest.fixture(scope="module")
def photographs():
    return torch.stack([square(load_photograph(name)) for name in ("cat", "coffee")])


def test_the_network_names_a_cat_and_an_espresso(lite, photographs):
    (cat, _), (coffee, sure) = (row[0] for row in lite.name_images(photographs))
    assert (cat, coffee) == ("Egyptian cat", "espresso")
    assert sure > 0.8
    assert len(lite.names) == 1000


def test_every_weight_of_the_file_has_its_place(lite):
    path = module._installed_weights()
    stored = torch.load(path, weights_only=True)
    own = lite.network.state_dict()
    assert own.keys() == stored.keys()
    assert all(torch.equal(own[key], stored[key]) for key in stored)


def test_the_cut_leaves_one_matrix_and_the_parts_make_the_whole(lite, photographs):
    with torch.inference_mode():
        images = lite.scale(photographs)
        features, whole = lite.features(photographs), lite.network(images)
        assert features.shape == (2, 1280)
        torch.testing.assert_close(lite.network._fc(features), whole)
        for blocks in (0, 7, 15, 16):
            parts = lite.network.upper(lite.network.lower(images, blocks), blocks)
            torch.testing.assert_close(parts, features)


@pytest.mark.parametrize(("size", "kernel", "stride"), [(8, 3, 2), (7, 5, 2), (6, 3, 1), (9, 3, 2)])
def test_a_convolution_gives_ceil_size_over_stride_and_pads_more_below(size, kernel, stride):
    layer = module.SamePadConv(1, 1, kernel, stride, bias=False)
    layer.weight.data.fill_(1.0)
    output = layer(torch.ones(1, 1, size, size))
    assert output.shape[-1] == -(-size // stride)
    total = max((output.shape[-1] - 1) * stride + kernel - size, 0)
    before = total // 2
    padded = F.pad(torch.ones(1, 1, size, size), (before, total - before) * 2)
    torch.testing.assert_close(output, F.conv2d(padded, layer.weight, stride=stride))


def test_a_wide_image_gives_the_same_number_of_features(lite):
    assert lite.features(torch.zeros(1, 3, 64, 96, dtype=torch.uint8)).shape == (1, 1280)


@pytest.fixture(scope="module")
def alexnet_file(tmp_path_factory):
    from torchvision.models import alexnet

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = alexnet(weights=None)
    path = tmp_path_factory.mktemp("weights") / "alexnet.pth"
    torch.save(model.state_dict(), path)
    return path, model.eval()


@pytest.mark.slow
def test_alexnet_is_the_same_function_with_4096_features(alexnet_file):
    path, model = alexnet_file
    loaded = module.load_network("alexnet", weights=path)
    pixels = torch.randint(256, (2, 3, 224, 224), dtype=torch.uint8)
    features = loaded.features(pixels)
    assert features.shape == (2, 4096) and (features >= 0).all()  # after the last ReLU
    assert loaded.features(pixels[:, :, :63, :63]).shape == (2, 4096)
    with pytest.raises(ValueError, match="each side at least 63"):
        loaded.features(pixels[:, :, :62])
    with torch.inference_mode():
        torch.testing.assert_close(
            model.classifier[-1](features), model(loaded.scale(pixels)), rtol=1e-4, atol=1e-5
        )


def test_without_a_network_alexnet_says_what_to_do(tmp_path, monkeypatch):
    def refuse(*arguments, **settings):
        raise OSError("no route")

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", refuse)
    with pytest.raises(FileNotFoundError, match="efficientnet-lite0") as caught:
        module.load_network("alexnet")
    assert str(tmp_path) in str(caught.value) and "\n" not in str(caught.value)


def test_a_network_that_swallows_everything_is_given_up(tmp_path, monkeypatch):
    """A server that takes the call and never answers; torch alone would wait for ever."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/alexnet-owt-7be5be79.pth"
        fetch, wait = torch.hub.load_state_dict_from_url, module._network_timeout
        monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
        monkeypatch.setattr(
            torch.hub, "load_state_dict_from_url", lambda _, **how: fetch(address, **how)
        )
        monkeypatch.setattr(module, "_network_timeout", lambda: wait(0.2))
        with pytest.raises(FileNotFoundError, match="efficientnet-lite0"):
            module.load_network("alexnet")
    assert socket.getdefaulttimeout() is None


def test_a_damaged_download_is_told_with_its_folder(tmp_path, monkeypatch):
    """The file is there, so nothing is downloaded until the reader deletes it."""
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    (folder / "alexnet-owt-7be5be79.pth").write_bytes(b"half a file")
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(ValueError, match=r"damaged.*Delete it and get it again") as caught:
        module.load_network("alexnet")
    assert str(folder) in str(caught.value) and "\n" not in str(caught.value)


class Unsafe:
    def __reduce__(self):
        return (print, ("this must never run",))


def test_damaged_foreign_and_unsafe_files_are_told(tmp_path, alexnet_file, capsys):
    good = module._installed_weights().read_bytes()
    (tmp_path / "half.pth").write_bytes(good[: len(good) // 2])
    (tmp_path / "text.pth").write_text("hello")
    torch.save(Unsafe(), tmp_path / "unsafe.pth")
    torch.save([1, 2], tmp_path / "list.pth")
    for name in ("half", "text", "unsafe"):
        with pytest.raises(ValueError, match="damaged"):
            module.load_network(weights=tmp_path / f"{name}.pth")
    for path in (tmp_path / "list.pth", alexnet_file[0]):
        with pytest.raises(ValueError, match="another network"):
            module.load_network(weights=path)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        module.load_network(weights=tmp_path / "none.pth")
    with pytest.raises(FileNotFoundError, match="is a folder"):
        module.load_network(weights=tmp_path)
    with pytest.raises(ValueError, match="alexnet"):
        module.load_network("resnet")
    assert "never" not in capsys.readouterr().out


def test_a_file_with_one_wrong_shape_is_told_by_its_name(tmp_path):
    stored = torch.load(module._installed_weights(), weights_only=True)
    stored["_fc.weight"] = stored["_fc.weight"][:10]
    torch.save(stored, tmp_path / "cut.pth")
    with pytest.raises(ValueError, match=r"_fc\.weight has the shape \(10, 1280\)"):
        module.load_network(weights=tmp_path / "cut.pth")


def test_one_changed_byte_is_noticed_by_the_hash_in_the_name(tmp_path):
    """PyTorch reads such a file without a word; the network would answer nonsense."""
    installed = module._installed_weights()
    content = bytearray(installed.read_bytes())
    content[len(content) // 2] ^= 0xFF
    (tmp_path / installed.name).write_bytes(content)
    with pytest.raises(ValueError, match="does not fit the hash in its name"):
        module.load_network(weights=tmp_path / installed.name)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"_fc.bias": torch.full((1000,), torch.nan)}, "_fc.bias holds values that are no numbers"),
        ({"_fc.bias": "a word"}, "another network.*_fc.bias is no array"),
        ({"new": torch.zeros(1)}, "another network.*it also holds new"),
    ],
)
def test_weights_that_cannot_be_used_are_one_sentence(tmp_path, change, words):
    stored = torch.load(module._installed_weights(), weights_only=True)
    torch.save({**stored, **change}, tmp_path / "changed.pth")
    with pytest.raises(ValueError, match=words) as caught:
        module.load_network(weights=tmp_path / "changed.pth")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", ["a" * 5000, "~nobody-of-this-name/w.pth", "a\0b", 3])
def test_a_path_that_no_weight_file_can_have_is_told(path):
    with pytest.raises(FileNotFoundError, match="does not exist") as caught:
        module.load_network(weights=path)
    assert len(str(caught.value)) < 400 and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "pixels",
    [
        torch.zeros(2, 3, 64, 64),
        torch.zeros(2, 1, 64, 64, dtype=torch.uint8),
        torch.zeros(3, 64, 64, dtype=torch.uint8),
        torch.zeros(1, 3, 0, 64, dtype=torch.uint8),
        "cat.png",
    ],
)
def test_what_are_no_pixels_is_told_and_not_named(lite, pixels):
    """Floats from 0 to 1 would be divided by 255 again: black images, and no word."""
    for use in (lite.features, lite.name_images):
        with pytest.raises(ValueError, match=r"uint8 values of shape \(N, 3, H, W\)") as caught:
            use(pixels)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("top", [0, 1001, 1.5])
def test_a_number_of_names_that_cannot_be_is_told(lite, photographs, top):
    with pytest.raises(ValueError, match="from 1 to 1000"):
        lite.name_images(photographs, top)


def test_weights_of_another_package_version_are_refused(monkeypatch):
    monkeypatch.setattr(module, "SHA256", "0" * 64)
    with pytest.raises(FileNotFoundError, match=r"constraints\.txt"):
        module.load_network()
