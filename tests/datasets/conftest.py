"""Small data in the layouts of the real ones, and a network that is never there."""

from __future__ import annotations

import io
import json
import struct
import urllib.request
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tftune.datasets.crc32c import masked_crc32c

CLASSES = ("angular_leaf_spot", "bean_rust", "healthy")
COUNTS = {"train": 6, "validation": 3, "test": 3}


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test of this folder may reach the network; those that need an answer put their own opener
    here.
    """

    def refuse(request: urllib.request.Request, timeout: float) -> None:
        raise OSError("Name or service not known")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)


def image_bytes(number: int, form: str = "JPEG", size: tuple[int, int] = (50, 50)) -> bytes:
    """A picture that no other number gives."""
    pixels = np.random.default_rng(number).integers(0, 256, (5, 5, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).resize(size).save(stream, form)
    return stream.getvalue()


def field(number: int, content: bytes) -> bytes:
    """A field of bytes of a protocol buffer."""
    length, size = b"", len(content)
    while size > 0x7F:
        length, size = length + bytes([size & 0x7F | 0x80]), size >> 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + content


def example(image: bytes, label: int) -> bytes:
    """A serialised tf.train.Example with an image and a label."""
    features = field(1, field(1, b"image") + field(2, field(1, field(1, image))))
    features += field(1, field(1, b"label") + field(2, field(3, field(1, bytes([label])))))
    return field(1, features)


def frame(content: bytes) -> bytes:
    """A record of a .tfrecord file."""
    length = struct.pack("<Q", len(content))
    checksums = (struct.pack("<I", masked_crc32c(each)) for each in (length, content))
    return length + next(checksums) + content + next(checksums)


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """A data_dir with beans as TFDS prepares them, 6 + 3 + 3 images."""
    folder = tmp_path / "tfds" / "beans" / "0.1.0"
    folder.mkdir(parents=True)
    number = 0
    for split, count in COUNTS.items():
        frames = []
        for row in range(count):
            frames.append(frame(example(image_bytes(number), row % 3)))
            number += 1
        (folder / f"beans-{split}.tfrecord-00000-of-00001").write_bytes(b"".join(frames))
    splits = [{"name": split, "shardLengths": [str(count)]} for split, count in COUNTS.items()]
    (folder / "dataset_info.json").write_text(
        json.dumps({"name": "beans", "fileFormat": "tfrecord", "splits": splits})
    )
    return tmp_path / "tfds"


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """A folder split/class/image of 2 + 1 + 1 images a class, with all three suffixes."""
    number = 0
    for split, count in COUNTS.items():
        for name in CLASSES:
            folder = tmp_path / "photographs" / split / name
            folder.mkdir(parents=True)
            for row in range(count // 3):
                suffix = ("jpg", "png", "JPEG")[number % 3]
                (folder / f"{row}.{suffix}").write_bytes(
                    image_bytes(number, "PNG" if suffix == "png" else "JPEG")
                )
                number += 1
    return tmp_path / "photographs"


@pytest.fixture
def write_peptides(tmp_path: Path) -> Callable[..., Path]:
    """Writes the two .npz files of a folder; keywords replace one of the arrays or add others."""

    def write(
        positive: object = None, negative: object = None, key: str = "arr_0", **others: object
    ) -> Path:
        random = np.random.default_rng(0)
        folder = tmp_path / "peptides"
        folder.mkdir(exist_ok=True)
        positive = random.integers(1, 21, (30, 12)) if positive is None else positive
        negative = random.integers(1, 21, (60, 9)) if negative is None else negative
        np.savez(folder / "hemo-positive.npz", **{key: positive}, **others)
        np.savez(folder / "hemo-negative.npz", **{key: negative}, **others)
        return folder

    return write
