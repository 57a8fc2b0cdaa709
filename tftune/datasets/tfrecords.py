"""Reads the records of TFDS' default file format without TensorFlow, which would start up (and take
the GPU) to read 1,295 rows.

A file is a row of frames: length (uint64), CRC of the length (uint32), content, CRC of the content
(uint32), all little-endian (tensorflow.org/tutorials/load_data/tfrecord). The content is a protocol
buffer `tf.train.Example`: a map from a feature's name to a list of bytes or of integers
(tensorflow/core/example/example.proto), of which this reads the first item. The length frames and
what `dataset_info.json` counts are checked; a damaged image shows when it is decoded.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from tftune.errors import DataError

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5  # wire types of protocol buffers


def read_examples(path: Path) -> Iterator[dict[str, bytes | int]]:
    """Yields the examples of one .tfrecord file as `{feature: first value}`.

    Raises:
        DataError: If the file is cut off or holds something else; the message names the file and
            the record.
    """
    with path.open("rb") as stream:
        number = 0
        while header := stream.read(12):
            length = struct.unpack("<Q", header[:8])[0] if len(header) == 12 else -1
            content = stream.read(length) if 0 <= length < 2**31 else b""
            if len(content) != length or len(stream.read(4)) != 4:
                raise DataError(
                    f"The file {path} is cut off or damaged at record {number}. Prepare the "
                    "dataset again."
                )
            try:
                yield parse_example(content)
            except (IndexError, ValueError) as error:
                raise DataError(
                    f"Record {number} of {path} is not a tf.train.Example: {error}. Prepare the "
                    "dataset again."
                ) from error
            number += 1


def parse_example(content: bytes) -> dict[str, bytes | int]:
    """Returns the first value of each feature of a serialised `tf.train.Example`.

    Example:
        >>> parse_example(bytes.fromhex("0a10 0a0e 0a05 6c6162656c 1205 1a03 0a01 02"))
        {'label': 2}
    """
    example: dict[str, bytes | int] = {}
    for features in _fields(content, 1):  # Example.features
        for item in _fields(features, 1):  # Features.feature, a map entry
            name = b"".join(_fields(item, 1)).decode()  # key
            for feature in _fields(item, 2):  # value
                for strings in _fields(feature, 1):  # Feature.bytes_list
                    example.update((name, value) for value in islice(_fields(strings, 1), 1))
                for integers in _fields(feature, 3):  # Feature.int64_list, packed or not
                    example.update(
                        (name, _varint(value, 0)[0]) for value in islice(_fields(integers, 1), 1)
                    )
    return example


def _fields(message: bytes, wanted: int) -> Iterator[bytes]:
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        kind = tag & 7
        if kind == VARINT:
            start = position
            _, position = _varint(message, position)
        elif kind in (FIXED64, FIXED32):
            start, position = position, position + (8 if kind == FIXED64 else 4)
        elif kind == BYTES:
            length, start = _varint(message, position)
            position = start + length
        else:
            raise ValueError(f"wire type {kind}")
        if position > len(message):
            raise ValueError("a field runs over the end")
        if tag >> 3 == wanted:
            yield message[start:position]


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position
