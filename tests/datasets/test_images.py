"""Decoding and resizing of single images."""

from __future__ import annotations

import io

import numpy as np
import PIL
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


RAMP = np.linspace(0.0, 1.0, 40 * 40).reshape(40, 40)  # its mean is half of white


def saved(pixels: np.ndarray, form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, form, **options)
    return stream.getvalue()


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
@pytest.mark.parametrize(
    ("dtype", "white"),
    [
        ("uint8", 255),
        ("uint16", 65535),
        ("int32", 65535),
        ("int32", 255),
        ("int32", 2**31 - 1),
        ("float32", 1),
        ("float32", 255),
        ("float32", 65535),
    ],
)
def test_grey_levels_of_every_depth_keep_their_brightness(
    form: str, dtype: str, white: int
) -> None:
    if form == "PNG" and not dtype.startswith("uint"):
        pytest.skip("PNG has no such numbers")
    values = RAMP * white
    decoded = decode("ramp", saved(values.astype(dtype), form), 20)
    assert abs(decoded.mean() - 127.5) < 1
    assert (decoded[0].max() < 20, decoded[-1].min() > 235) == (True, True)
    assert np.ptp(decoded, axis=-1).max() == 0


def test_few_bits_in_a_wide_number_are_scaled_by_what_the_file_says() -> None:
    dark = decode("dark", saved((RAMP * 255).astype("uint16"), "PNG"), 16)
    assert dark.max() <= 1  # 255 of 65,535 is nearly black
    with pytest.raises(DataError, match=r"its values reach from -1 to 0, where 0\.\.1, 0\.\.255"):
        decode("negative", saved((RAMP - 1).astype("float32"), "TIFF"), 16)
    with pytest.raises(DataError, match="some values are not numbers"):
        decode("holes", saved(np.where(RAMP > 0.5, np.nan, RAMP).astype("float32"), "TIFF"), 16)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr"])
@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF", "BMP", "GIF", "JPEG"])
def test_every_mode_of_every_format_keeps_its_brightness(mode: str, form: str) -> None:
    image, stream = Image.fromarray((RAMP * 255).astype(np.uint8)).convert("RGB"), io.BytesIO()
    image = image.convert(mode)
    try:
        image.save(stream, form, **({"lossless": True} if form == "WEBP" else {}))
    except (OSError, ValueError):
        pytest.skip("the format has no such mode")
    try:
        Image.open(io.BytesIO(stream.getvalue())).load()
    except OSError:
        pytest.skip(f"Pillow {PIL.__version__} cannot read what it has written")
    expected = np.asarray(image.convert("RGB")).mean()
    decoded = decode("ramp", stream.getvalue(), 20)
    assert decoded.shape == (20, 20, 3)
    assert abs(decoded.mean() - expected) < 1


def test_16_bits_are_turned_upright_and_the_first_frame_counts() -> None:
    mark, stream = Image.Exif(), io.BytesIO()
    mark[0x0112] = 3
    decoded = decode("ramp", saved((RAMP * 65535).astype("uint16"), "PNG", exif=mark), 20)
    assert decoded[-1].max() < 20 < 235 < decoded[0].min()
    frames = [Image.new("L", (20, 20), level) for level in (200, 50)]
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:])
    assert abs(decode("film", stream.getvalue(), 20).mean() - 200) < 1


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
