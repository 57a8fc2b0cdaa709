"""Writes .zip archives that no honest tool writes: sizes that lie, bombs, flags, doubled names."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

STORED, DEFLATED = 0, 8
ENCRYPTED = 1
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Member:
    """A file of an archive, as the archive tells it.

    Attributes:
        name: Its name.
        content: Its bytes as they are stored.
        method: How they are packed.
        size: Unpacked; that of the content by default.
        checksum: CRC-32 of what is unpacked; that of the content by default.
        flags: Bit 0 is encryption.
    """

    name: str
    content: bytes
    method: int = STORED
    size: int | None = None
    checksum: int | None = None
    flags: int = 0


def archive(members: Sequence[Member]) -> bytes:
    """Returns an archive of members, each told as it wants to be."""
    out, directory = io.BytesIO(), io.BytesIO()
    for member in members:
        name = member.name.encode("utf-8", "surrogateescape")
        size = len(member.content) if member.size is None else member.size
        checksum = zlib.crc32(member.content) if member.checksum is None else member.checksum
        told = struct.pack(
            "<HHHHHIIIHH",
            *(20, member.flags, member.method, 0, 33, checksum, len(member.content), size),
            *(len(name), 0),
        )
        place = out.tell()
        out.write(b"PK\x03\x04" + told + name + member.content)
        tail = struct.pack("<HHHII", 0, 0, 0, 0, place)
        directory.write(b"PK\x01\x02" + struct.pack("<H", 20) + told + tail + name)
    place, listed = out.tell(), directory.getvalue()
    count = min(len(members), 0xFFFF)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(listed), place, 0)
    out.write(listed + b"PK\x05\x06" + end)
    return out.getvalue()


def bomb(name: str, begins: bytes, zeros: int) -> Member:
    """Returns a member that unpacks to `begins` and so many zeros, a thousandth of it packed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = bytes(_BLOCK)
    packed = [packer.compress(begins) + packer.flush(zlib.Z_FULL_FLUSH)]
    checksum = zlib.crc32(begins)
    again = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(zeros // _BLOCK):
        packed.append(again)  # after a full flush every block is packed alike
        checksum = zlib.crc32(block, checksum)
    packed.append(packer.flush())
    size = len(begins) + zeros // _BLOCK * _BLOCK
    return Member(name, b"".join(packed), DEFLATED, size, checksum)


def header(shape: object, kind: str = "|u1", order: object = False) -> bytes:
    """Returns how an .npy file begins that tells this of its array."""
    text = f"{{'descr': {kind!r}, 'fortran_order': {order!r}, 'shape': {shape!r}, }}"
    return npy_header(text)


def npy_header(text: str, version: int = 1) -> bytes:
    """Returns how an .npy file begins whose header is this text."""
    padded = text.ljust((len(text) + 75) // 64 * 64 - 11) + "\n"
    length = struct.pack("<H" if version == 1 else "<I", len(padded))
    return b"\x93NUMPY" + bytes([version, 0]) + length + padded.encode()


def npy(array: Any, allow_pickle: bool = False) -> bytes:
    """Returns an array as an .npy file."""
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asanyarray(array), allow_pickle=allow_pickle)
    return stream.getvalue()
