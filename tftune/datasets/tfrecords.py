"""Reads the records of TFDS' default file format without TensorFlow, which would start up (and take
the GPU) to read 1,295 rows.

A file is a row of frames: length (uint64), CRC of the length (uint32), content, CRC of the content
(uint32), all little-endian (tensorflow.org/tutorials/load_data/tfrecord). The content is a protocol
buffer `tf.train.Example`: a map from a feature's name to a list of bytes or of integers
(tensorflow/core/example/example.proto), of which this reads the first item. Both checksums are
compared, and the number of records with what `dataset_info.json` counts.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from tftune.datasets.crc32c import masked_crc32c
from tftune.errors import DataError
from tftune.support import limits
from tftune.support.whole_files import open_whole

HEADER, CHECKSUM = 12, 4  # bytes: a length with its checksum; the checksum of a content
LONGEST_VARINT = 70  # bits, seven a byte
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5  # wire types of protocol buffers


def read_examples(path: Path, count: int | None = None) -> Iterator[dict[str, bytes | int]]:
    """Yields the examples of one .tfrecord file as `{feature: first value}`.

    Args:
        path: The file.
        count: How many there must be; None takes any number.

    Raises:
        DataError: If the file is cut off or damaged, holds something else, or more or fewer
            examples; the message names the file and the record.
    """
    number = 0
    for number, content in enumerate(_records(path), start=1):
        if count is not None and number > count:
            break
        try:
            yield parse_example(content)
        except (IndexError, ValueError) as error:
            raise DataError(
                f"Record {number - 1} of {path} is not a tf.train.Example: {error}. Prepare the "
                "dataset again."
            ) from error
    if count is not None and number != count:
        more = "more" if number > count else f"{number}"
        raise DataError(
            f"The file {path} does not hold what dataset_info.json counts. Expected {count} "
            f"records. Received: {more}. Prepare the dataset again."
        )


def _records(path: Path) -> Iterator[bytes]:
    try:
        file = open_whole(path, None)
    except DataError as error:
        raise DataError(f"Cannot read {path}: {error}. Prepare the dataset again.") from error
    with file as stream:
        left = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        number = 0
        while header := stream.read(HEADER):
            left -= HEADER + CHECKSUM
            length, checksum = struct.unpack("<QI", header) if len(header) == HEADER else (-1, 0)
            if not 0 <= length <= left or masked_crc32c(header[:8]) != checksum:
                raise _damaged(path, number)
            try:
                limits.IMAGE.check(length)
            except DataError as error:
                raise DataError(f"Cannot read record {number} of {path}: {error}.") from error
            left -= length
            content, told = stream.read(length), stream.read(CHECKSUM)
            if told != struct.pack("<I", masked_crc32c(content)):
                raise _damaged(path, number)
            yield content
            number += 1


def _damaged(path: Path, number: int) -> DataError:
    return DataError(
        f"The file {path} is cut off or damaged at record {number}. Prepare the dataset again."
    )


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
    while shift < LONGEST_VARINT:
        byte = message[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position
    raise ValueError("a number of more than 64 bits")
