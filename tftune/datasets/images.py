"""Photographs to pixels: decode, turn upright, resize once with antialiasing."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from tftune.errors import DataError, UsageError

SMALLEST, LARGEST = 16, 512
NamedImage = tuple[str, bytes]


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


def decode(name: str, content: bytes, image_size: int) -> NDArray[np.uint8]:
    """Returns one image as RGB pixels, shape `(image_size, image_size, 3)`.

    The camera's orientation mark is obeyed. Pillow's bilinear filter widens with the reduction, so
    it does not alias; it was chosen because it is what `tf.image.resize(antialias=True)` does,
    without TensorFlow. An image that is not square is squeezed.

    Args:
        name: What to call the image in a message, such as its path.
        content: The bytes of a JPEG or PNG file.
        image_size: Height and width in pixels.

    Raises:
        DataError: If the bytes are no whole image.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
            resized = upright.resize((image_size, image_size), Image.Resampling.BILINEAR)
    except (
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
    ) as error:  # what Pillow raises on damaged files
        raise DataError(
            f"Cannot read the image {name}: {error}. Expected a whole JPEG or PNG file; replace or "
            "remove it."
        ) from error
    return np.asarray(resized, dtype=np.uint8)


def decode_all(images: Iterable[NamedImage], image_size: int) -> NDArray[np.uint8]:
    """Returns images as pixels, shape `(n, image_size, image_size, 3)`; uses two threads, since
    Pillow frees the interpreter.
    """
    stream = iter(images)
    decoded: list[NDArray[np.uint8]] = []
    with ThreadPoolExecutor(2) as pool:
        while batch := list(islice(stream, 64)):  # never more than 64 files in memory
            decoded.extend(pool.map(lambda named: decode(named[0], named[1], image_size), batch))
    return np.stack(decoded) if decoded else np.zeros((0, image_size, image_size, 3), np.uint8)


def one_hot(labels: Sequence[int] | NDArray[np.integer], classes: int) -> NDArray[np.float32]:
    """Returns labels as rows of a unit matrix, shape `(n, classes)`, float32.

    Example:
        >>> one_hot([2, 0], 3).tolist()
        [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    return np.eye(classes, dtype=np.float32)[np.asarray(labels, dtype=np.int64).reshape(-1)]
