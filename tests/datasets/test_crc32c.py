"""The checksum of .tfrecord files, against a plain loop."""

from __future__ import annotations

import random

import pytest

from tftune.datasets import crc32c
from tftune.datasets.crc32c import POLYNOMIAL, masked_crc32c


def by_loop(content: bytes) -> int:
    register = 0xFFFFFFFF
    for byte in content:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ POLYNOMIAL * (register & 1)
    return register ^ 0xFFFFFFFF


def test_every_length_gives_what_the_definition_gives() -> None:
    for length in [*range(140), 1000, 4097]:
        content = random.Random(length).randbytes(length)
        assert crc32c.crc32c(content) == by_loop(content), length


def test_a_long_content_is_taken_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    content = random.Random(0).randbytes(10_001)
    whole = crc32c.crc32c(content)
    for piece in (4, 5, 4096):
        monkeypatch.setattr(crc32c, "AT_ONCE", piece)
        assert crc32c.crc32c(content) == whole


def test_the_mask_is_that_of_tensorflow() -> None:
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c as of_tensorboard

    for content in (b"", b"a", b"123456789" * 20):
        assert masked_crc32c(content) == of_tensorboard(content)
