"""Inputs of a model as a person can look at them: small pictures, or text.

Example:
    >>> inputs = np.zeros((3, 28, 28), "uint8")
    >>> presentable(inputs, [2]).shape, png(inputs[0])[1:4]
    ((1, 28, 28, 1), b'PNG')
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tftune.support.array_files import open_arrays

LARGEST_SIDE = 128  # pixels; larger pictures are thinned out
LONGEST_TEXT = 200  # characters
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # channels: grey, grey and alpha, RGB, RGBA


def presentable(inputs: Any, rows: Sequence[int]) -> np.ndarray | None:
    """Returns some rows of a model's inputs as they can be shown and kept.

    Args:
        inputs: An array or tensor of all rows: pictures (rows, height, width) or (rows, height,
            width, 1 to 4 channels), bytes or floats in 0 to 1 or 0 to 255; or texts, shape (rows,)
            or (rows, 1).
        rows: Which.

    Returns:
        Pictures, uint8 (rows, height, width, channels), or texts, shape (rows,); None for all else.
    """
    dtype, shape = getattr(inputs, "dtype", None), getattr(inputs, "shape", None)
    if dtype is None or shape is None or isinstance(inputs, list | tuple | dict) or not len(rows):
        return None
    if str(getattr(dtype, "name", dtype)).startswith(("str", "object", "bytes", "<U", "|S")):
        return _texts(inputs, rows)
    if len(shape) not in (3, 4) or (len(shape) == 4 and int(shape[3]) not in _COLOUR_TYPES):
        return None
    if min(int(shape[1]), int(shape[2])) < 4:
        return None
    picked = np.stack([np.asarray(inputs[int(row)]) for row in rows])
    picked = picked[..., np.newaxis] if picked.ndim == 3 else picked
    step = -(-max(picked.shape[1:3]) // LARGEST_SIDE)
    return _bytes(picked[:, ::step, ::step])


def _texts(inputs: Any, rows: Sequence[int]) -> np.ndarray | None:
    texts = []
    for row in rows:
        item = np.asarray(inputs[int(row)])
        if item.size != 1:
            return None
        word = item.reshape(-1)[0]
        if isinstance(word, bytes):
            word = word.decode("utf-8", "replace")
        if not isinstance(word, str):
            return None
        texts.append(str(word)[:LONGEST_TEXT])
    return np.array(texts, dtype=np.str_)


def _bytes(pictures: np.ndarray) -> np.ndarray | None:
    if pictures.dtype == np.uint8:
        return np.ascontiguousarray(pictures)
    if pictures.dtype.kind not in "fiub" or not np.isfinite(pictures).all():
        return None
    low, high = float(pictures.min()), float(pictures.max())
    if low < -1 or high > 255:
        return None
    if low < 0 and high <= 1:  # -1 to 1
        pictures = (pictures + 1) / 2
    elif low < 0:
        return None
    scale = 255 if high <= 1 else 1
    whole: np.ndarray = np.ascontiguousarray((pictures * scale).round().astype(np.uint8))
    return whole


def png(picture: np.ndarray) -> bytes:
    """Returns a picture as a PNG file.

    Args:
        picture: uint8, shape (height, width) or (height, width, 1 to 4).
    """
    whole = picture[..., np.newaxis] if picture.ndim == 2 else picture
    height, width, channels = whole.shape
    head = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    lines = whole.astype(np.uint8).reshape(height, width * channels)
    raw = np.concatenate([np.zeros((height, 1), np.uint8), lines], axis=1).tobytes()
    parts = (b"IHDR", head), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b"")
    return _SIGNATURE + b"".join(_chunk(name, content) for name, content in parts)


def mistaken_pictures(path: Path, trial_id: str) -> dict[int, np.ndarray]:
    """Returns the pictures that were misjudged, by the number of their row; nothing where there are
    none, the file is damaged, or they are of another trial.

    Args:
        path: `predictions.npz` of a run folder.
        trial_id: The trial.
    """
    try:
        with open_arrays(path) as kept:
            if not {"inputs", "input_rows"} <= {*kept} or str(kept.read("trial_id")) != trial_id:
                return {}
            inputs, rows = kept.read("inputs"), kept.read("input_rows")
    except Exception:  # damaged archives raise many kinds; objects are never unpickled
        return {}
    if inputs.dtype != np.uint8 or inputs.ndim != 4 or inputs.shape[3] not in _COLOUR_TYPES:
        return {}
    return dict(zip(rows.tolist(), inputs, strict=False))


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)
