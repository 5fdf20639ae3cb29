"""Photographs: bundled ones without a network, and any file a reader may name."""

import io

import numpy as np
import pytest
from PIL import Image

from utils.datasets import photographs as module


@pytest.mark.parametrize("name", module.CREDITS)
def test_a_bundled_photograph_is_real_and_credited(name):
    photograph = module.load_photograph(name)
    assert photograph.pixels.dtype == np.uint8 and photograph.pixels.shape[2] == 3
    assert photograph.pixels.std() > 20 and photograph.credit
    assert module.square(photograph, 64).shape == (3, 64, 64)


def test_a_file_is_read_upright_and_its_transparent_parts_are_white(tmp_path):
    image = Image.new("RGBA", (4, 2), (255, 0, 0, 255))
    image.putpixel((0, 0), (0, 0, 0, 0))
    image.save(tmp_path / "half.png")
    pixels = module.read_photograph(tmp_path / "half.png").pixels
    assert pixels[0, 0].tolist() == [255, 255, 255] and pixels[1, 1].tolist() == [255, 0, 0]
    turned = Image.new("RGB", (4, 2))
    exif = turned.getexif()
    exif[274] = 6  # the camera was held upright
    turned.save(tmp_path / "turned.jpg", exif=exif)
    assert module.read_photograph(str(tmp_path / "turned.jpg")).pixels.shape == (4, 2, 3)


def test_the_middle_is_cut_out():
    pixels = np.zeros((10, 30, 3), dtype=np.uint8)
    pixels[:, 10:20] = 200
    assert module.square(module.Photograph("", pixels), 10).min() == 200


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"hello, I am text", "not an image"), (b"", "not an image"), (None, "damaged")],
)
def test_a_file_that_is_no_whole_image_is_one_sentence(tmp_path, content, words):
    path = tmp_path / "photo.jpg"
    if content is None:
        noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
        Image.fromarray(noise).save(path)
        content = path.read_bytes()[:900]
    path.write_bytes(content)
    with pytest.raises(ValueError, match=words) as caught:
        module.read_photograph(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_a_folder_and_a_huge_image_are_told(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="no file"):
        module.read_photograph(tmp_path / "none.png")
    with pytest.raises(FileNotFoundError, match="is a folder"):
        module.read_photograph(tmp_path)
    Image.new("RGB", (40, 40)).save(tmp_path / "large.png")
    monkeypatch.setattr(module, "MOST_PIXELS", 1000)
    with pytest.raises(ValueError, match="1,600 pixels"):
        module.read_photograph(tmp_path / "large.png")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "PPM"])
def test_whatever_a_damaged_file_holds_the_answer_is_one_of_our_sentences(tmp_path, form, recwarn):
    """Pillow raises many kinds of errors, some of them ValueErrors in words of its own."""
    random, buffer, path = np.random.default_rng(0), io.BytesIO(), tmp_path / "photo"
    Image.fromarray(random.integers(0, 255, (16, 16, 3), dtype=np.uint8)).save(buffer, form)
    told = 0
    for _ in range(60):
        content = bytearray(buffer.getvalue())
        for place in random.integers(0, min(len(content), 60), 3):
            content[place] = random.integers(256)
        path.write_bytes(content)
        try:
            module.read_photograph(path)
        except ValueError as error:
            assert any(words in str(error) for words in ("not an image", "damaged", "more than"))
            told += 1
    assert told > 10 and not recwarn.list


def test_a_file_that_may_not_be_read_is_told(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "mine.png").write_bytes(b"closed")
    monkeypatch.setattr(Image, "open", refuse)
    with pytest.raises(PermissionError, match="may not be read; allow it"):
        module.read_photograph(tmp_path / "mine.png")


def test_a_large_image_below_our_limit_is_read_without_a_warning(tmp_path, monkeypatch, recwarn):
    Image.new("RGB", (40, 40)).save(tmp_path / "large.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    assert module.read_photograph(tmp_path / "large.png").pixels.shape == (40, 40, 3)
    assert not recwarn.list


@pytest.mark.parametrize("path", ["a" * 5000, "~nobody-of-this-name/photo.jpg", "", "a\0b", None])
def test_a_path_that_no_file_can_have_is_told(path):
    with pytest.raises(FileNotFoundError, match=r"no file|is a folder") as caught:
        module.read_photograph(path)
    assert len(str(caught.value)) < 400 and "\n" not in str(caught.value)


def test_an_unknown_photograph_is_refused_with_the_names():
    with pytest.raises(ValueError, match="cat, coffee, rocket"):
        module.load_photograph("dog")
    with pytest.raises(ValueError, match="cat, coffee, rocket"):
        module.load_photograph(["cat"])


def test_an_image_with_finer_values_is_stretched_and_not_white(tmp_path):
    """Cut to 8 bits, nearly every pixel of a 16-bit picture would be white."""
    ramp = np.arange(64, dtype=np.uint16).reshape(8, 8) * 500
    Image.fromarray(ramp).save(tmp_path / "scan.png")
    fine = ramp.astype(np.float32) / 1e6
    fine[3, 3] = np.nan
    Image.fromarray(fine).save(tmp_path / "scan.tiff")
    for name in ("scan.png", "scan.tiff"):
        grey = module.read_photograph(tmp_path / name).pixels[:, :, 0]
        assert grey[0, 0] == 0 and grey[7, 7] == 255 and len(np.unique(grey)) >= 63
    assert grey[3, 3] == 0


@pytest.mark.parametrize("size", [0, -1, 1.5])
def test_a_size_that_is_none_is_told(size):
    with pytest.raises(ValueError, match="at least 1, not"):
        module.square(module.load_photograph("cat"), size)
