"""Decoding and resizing of single images."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from tftune.datasets.images import check_image_size, decode, decode_all
from tftune.errors import DataError, UsageError


def png(pixels: np.ndarray, mode: str | None = None, **options: object) -> bytes:
    stream = io.BytesIO()
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(stream, "PNG", **options)
    return stream.getvalue()


def test_reducing_averages_and_does_not_pick() -> None:
    board = np.indices((500, 500)).sum(axis=0) % 2 * np.uint8(255)  # a pixel-wide chessboard
    small = decode("board", png(np.stack([board] * 3, axis=-1).astype(np.uint8)), 64)
    assert np.abs(small.astype(float) - 127.5).max() < 12  # picking single pixels gives 0 and 255


def test_equals_tensorflow_with_antialiasing() -> None:
    import tensorflow as tf

    pixels = np.random.default_rng(0).integers(0, 256, (100, 100, 3), dtype=np.uint8)
    expected = tf.image.resize(pixels, (32, 32), antialias=True).numpy()
    np.testing.assert_allclose(decode("noise", png(pixels), 32).astype(float), expected, atol=1.01)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK"])
def test_every_color_mode_becomes_rgb(mode: str) -> None:
    image = Image.fromarray(np.full((40, 40, 3), 204, np.uint8)).convert(
        mode
    )  # 204 is in the palette of the web
    stream = io.BytesIO()
    image.save(stream, "JPEG" if mode == "CMYK" else "PNG")
    decoded = decode(mode, stream.getvalue(), 16)
    assert decoded.shape == (16, 16, 3)
    assert decoded.dtype == np.uint8
    assert np.abs(decoded.astype(int) - 204).max() <= 2


def test_a_photograph_taken_upright_stays_upright() -> None:
    pixels = np.zeros((40, 40, 3), np.uint8)
    pixels[:20] = 255  # white above
    image, mark, stream = Image.fromarray(pixels), Image.Exif(), io.BytesIO()
    mark[0x0112] = 3  # turned by 180 degrees
    image.save(stream, "JPEG", exif=mark)
    decoded = decode("turned", stream.getvalue(), 16)
    assert decoded[:4].max() < 20 < 235 < decoded[-4:].min()


@pytest.mark.parametrize("content", [b"", b"no image", b"GIF89a" + bytes(20)])
def test_what_is_no_image_is_named(content: bytes) -> None:
    with pytest.raises(
        DataError, match=r"Cannot read the image leaf 7\.jpg.*Expected a whole JPEG or PNG"
    ):
        decode("leaf 7.jpg", content, 64)


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_cut_off_image_is_named(form: str) -> None:
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)).save(
        stream, form
    )
    with pytest.raises(DataError, match="Cannot read the image half"):
        decode_all([("half", stream.getvalue()[: stream.tell() // 2])], 64)


def test_many_images_keep_their_order() -> None:
    images = [(str(value), png(np.full((20, 20, 3), value, np.uint8))) for value in range(150)]
    assert decode_all(iter(images), 16)[:, 8, 8, 0].tolist() == list(range(150))


def test_no_images_are_an_empty_array() -> None:
    assert decode_all([], 16).shape == (0, 16, 16, 3)


@pytest.mark.parametrize("size", [0, 15, 513, -64, 64.0, "64", None, True])
def test_impossible_sizes_are_refused(size: object) -> None:
    with pytest.raises(
        UsageError, match="image_size must be an integer from 16 to 512 pixels. Received: "
    ):
        check_image_size(size)
