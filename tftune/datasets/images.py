"""Photographs to pixels: decode, turn upright, resize once with antialiasing."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.datasets.picture_parts import check_parts, check_scans
from tftune.errors import DataError, UsageError
from tftune.support import limits
from tftune.support.texts import one_line

SMALLEST, LARGEST = 16, 512
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")
MOST_NAMED = 100  # bad images in one message
AT_ONCE, AT_ONCE_BYTES = 64, 32_000_000  # files in memory
NamedImage = tuple[str, bytes | DataError]
Size = int | tuple[int, int]  # of a square, or height and width
LUMINANCE = (0.299, 0.587, 0.114)  # of red, green and blue (ITU-R BT.601)

_EXPECTED = "Expected a whole JPEG or PNG file, or WebP, TIFF, BMP or GIF"


def check_image_size(image_size: object) -> int:
    """Returns `image_size` as a plain int.

    Raises:
        UsageError: If it is no integer from 16 to 512.

    Example:
        >>> check_image_size(64)
        64
    """
    if (
        isinstance(image_size, bool)
        or not isinstance(image_size, int | np.integer)
        or not SMALLEST <= int(image_size) <= LARGEST
    ):
        raise UsageError(
            f"image_size must be an integer from {SMALLEST} to {LARGEST} pixels. Received: "
            f"{image_size!r}. Pass for example image_size=64."
        )
    return int(image_size)


def decode(name: str, content: bytes | DataError, image_size: Size) -> NDArray[np.uint8]:
    """Returns one image as RGB pixels, shape `(height, width, 3)`.

    The camera's orientation mark is obeyed. Pillow's bilinear filter widens with the reduction, so
    it does not alias; it was chosen because it is what `tf.image.resize(antialias=True)` does,
    without TensorFlow. An image that is not square is squeezed. Of several frames the first is
    taken; transparency is left out, as TensorFlow and Keras do. Grey levels of more than eight
    bits become 0..255, see `grey_levels`.

    Args:
        name: What to call the image in a message, such as its path.
        content: The bytes of a JPEG, PNG, WebP, TIFF, BMP or GIF file; or why there are none.
        image_size: Height and width in pixels, one number for both if they are equal.

    Raises:
        DataError: If the bytes are no whole image.
    """
    try:
        return _pixels(content, image_size)
    except _UnreadableError as error:
        raise DataError(
            f"Cannot read the image {name}: {error}. {_EXPECTED}; replace or remove it."
        ) from error


def decode_all(images: Iterable[NamedImage], image_size: Size) -> NDArray[np.uint8]:
    """Returns images as pixels, shape `(n, height, width, 3)`; uses two threads, since Pillow frees
    the interpreter.

    Raises:
        DataError: If any are no whole images; one message names them all.
    """
    stream = iter(images)
    decoded: list[NDArray[np.uint8]] = []
    bad: list[tuple[str, _UnreadableError]] = []

    def attempt(named: NamedImage) -> NDArray[np.uint8] | _UnreadableError:
        try:
            return _pixels(named[1], image_size)
        except _UnreadableError as error:
            return error

    count = 0
    with ThreadPoolExecutor(2) as pool:
        while batch := list(_few(stream)):
            for (name, _), result in zip(batch, pool.map(attempt, batch), strict=True):
                count += 1
                if isinstance(result, _UnreadableError):
                    bad.append((name, result))
                elif not bad:  # else there will be no result
                    decoded.append(result)
    if bad:
        raise _refusal(bad, count)
    height, width = _sides(image_size)
    return np.stack(decoded) if decoded else np.zeros((0, height, width, 3), np.uint8)


def _few(images: Iterator[NamedImage]) -> Iterator[NamedImage]:
    """Yields the next images, as many as may be in memory at a time."""
    count = size = 0
    while count < AT_ONCE and size < AT_ONCE_BYTES and (named := next(images, None)) is not None:
        yield named
        count += 1
        size += len(named[1]) if isinstance(named[1], bytes) else 0


def of_channels(pixels: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    """Returns RGB pixels as they are, or as grey levels where a model takes one channel.

    Args:
        pixels: Shape `(..., 3)`.
        channels: 3 or 1.

    Example:
        >>> of_channels(np.array([[[255, 255, 255], [255, 0, 0]]], "uint8"), 1).tolist()
        [[[255], [76]]]
    """
    if channels == 3:
        return pixels
    grey = pixels.astype(np.float32) @ np.array(LUMINANCE, np.float32)
    return np.rint(grey).astype(np.uint8)[..., np.newaxis]


def _sides(size: Size) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else size


def _refusal(bad: list[tuple[str, _UnreadableError]], count: int) -> DataError:
    (name, reason), others = bad[0], bad[1:]
    message = f"Cannot read the image {name}: {reason}"
    if not others:
        return DataError(f"{message}. {_EXPECTED}; replace or remove it.")
    lines = "".join(f"\n  {name}: {reason}" for name, reason in others[: MOST_NAMED - 1])
    more = f"\n  and {len(bad) - MOST_NAMED} more" if len(bad) > MOST_NAMED else ""
    return DataError(
        f"{message}; nor {len(others)} more of {count} images:{lines}{more}\n{_EXPECTED}; replace "
        "or remove them."
    )


class _UnreadableError(Exception):
    """Why an image cannot be read, in a few words."""


def _pixels(content: bytes | DataError, image_size: Size) -> NDArray[np.uint8]:
    from PIL import Image, ImageOps

    if isinstance(content, DataError):
        raise _UnreadableError(str(content))
    new_size = _sides(image_size)[::-1]  # Pillow counts columns first
    try:
        check_parts(content)
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            limits.PIXELS.check(pixels := math.prod(image.size))
            check_scans(content, pixels)
            image.load()
            full = _white(image)
            upright = ImageOps.exif_transpose(image)
            if full is None:  # eight bits
                eight = upright.convert("RGBA") if upright.mode in ("P", "PA") else upright
                eight = eight.convert("RGB")
                resized = eight.resize(new_size, Image.Resampling.BILINEAR)
                return np.asarray(resized, dtype=np.uint8)
            grey = Image.fromarray(grey_levels(np.asarray(upright), full))
            small = np.asarray(grey.resize(new_size, Image.Resampling.BILINEAR))
            return np.repeat(np.clip(np.rint(small), 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    except DataError as error:
        raise _UnreadableError(str(error)) from error
    except Image.UnidentifiedImageError as error:
        raise _UnreadableError(_what_it_is(content)) from error
    except Exception as error:  # Pillow raises many kinds on damaged files
        raise _UnreadableError(one_line(str(error)) or type(error).__name__) from error


def _white(image: Any) -> int | None:
    """Returns the number that is white in an image of more than eight bits: 0 where the file does
    not say it, None for eight bits.
    """
    if not image.mode.startswith(("I", "F")):
        return None
    if image.format == "PNG":  # Pillow before 11 calls 16 bits "I"
        return 65535
    bits = getattr(image, "tag_v2", {}).get(258, (16,))
    return 2 ** int(bits[0]) - 1 if image.mode.startswith("I;") else 0


def grey_levels(values: NDArray[Any], white: int = 0) -> NDArray[np.float32]:
    """Returns grey values of any range as 0..255, float32.

    Args:
        values: Shape `(height, width)`.
        white: The number that is white. 0: the least of 1 (for floats), 255, 65,535 and 2**31 - 1
            that no value exceeds.

    Raises:
        ValueError: If a value is negative, infinite or not a number.

    Example:
        >>> grey_levels(np.array([[0, 65535]], "uint16"), 65535).tolist()
        [[0.0, 255.0]]
        >>> grey_levels(np.array([[0.0, 0.5]])).tolist()
        [[0.0, 127.5]]
    """
    if not np.isfinite(values).all():
        raise ValueError("some values are not numbers")
    least, most = float(values.min()), float(values.max())
    if not white:
        ends = (*((1,) if values.dtype.kind == "f" else ()), 255, 65535, 2**31 - 1)
        white = next((end for end in ends if most <= end), 0)
    if not white or least < 0:
        raise ValueError(
            f"its values reach from {least:g} to {most:g}, where 0..1, 0..255 or 0..65535 can be "
            "read as grey levels"
        )
    return (values.astype(np.float64) * (255.0 / white)).astype(np.float32)


def _what_it_is(content: bytes) -> str:
    if not content:
        return "the file is empty"
    if content.lstrip()[:1] == b"<":
        return "it begins like a web page"
    if content[4:8] == b"ftyp":
        return "it is a HEIC, AVIF or video file"
    return "it is no image, or one of a kind that is not read"


def one_hot(labels: Sequence[int] | NDArray[np.integer], classes: int) -> NDArray[np.float32]:
    """Returns labels as rows of a unit matrix, shape `(n, classes)`, float32.

    Example:
        >>> one_hot([2, 0], 3).tolist()
        [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    return np.eye(classes, dtype=np.float32)[np.asarray(labels, dtype=np.int64).reshape(-1)]
