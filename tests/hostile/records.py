"""Hostile .tfrecord files, in a folder of TensorFlow Datasets."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.datasets.conftest import example, field, frame, image_bytes
from tests.hostile.opened import Hostile
from tests.hostile.pictures import png
from tests.hostile.tables import ODD

CHECK = ("tftune", "check-data", "{}")
BEANS = ("beans", "--data", "tfds", "--data-dir", "{}", "--run-dir", "run")
LONG = 2**31 - 1


def _good(count: int = 6) -> list[bytes]:
    return [frame(example(image_bytes(row), row % 3)) for row in range(count)]


def _changed(place: int) -> bytes:
    content = bytearray(b"".join(_good()))
    content[place] ^= 0x40
    return bytes(content)


RECORDS: dict[str, Callable[[], bytes]] = {
    "endless number": lambda: frame(b"\x80" * 2_000_000) + b"".join(_good(5)),
    "endless number as a length": lambda: frame(b"\x0a" + b"\xff" * 2_000_000) + b"".join(_good(5)),
    "length beyond the file": lambda: b"".join(_good(5)) + frame(b"x" * 99)[:50],
    "length of 2 GB": lambda: struct.pack("<Q", LONG) + frame(b"")[8:] + b"".join(_good(5)),
    "length of 2 ** 64": lambda: b"\xff" * 12 + b"".join(_good(5)),
    "wrong checksum of a length": lambda: _changed(9),
    "wrong checksum of a content": lambda: _changed(len(_good(1)[0]) - 2),
    "one bit in a picture": lambda: _changed(200),
    "a record too many": lambda: b"".join(_good(7)),
    "ten thousand records too many": lambda: b"".join(_good()) + _good(1)[0] * 10_000,
    "a record too few": lambda: b"".join(_good(5)),
    "no record": lambda: b"",
    "half a header": lambda: b"".join(_good()) + b"1234567",
    "field that runs over the end": lambda: frame(b"\x0a\x7f") + b"".join(_good(5)),
    "groups in groups": lambda: frame(b"\x0b" * 100_000) + b"".join(_good(5)),
    "a million empty fields": lambda: (
        frame(field(1, field(1, b"") * 1_000_000)) + b"".join(_good(5))
    ),
    "names that are no text": lambda: (
        frame(field(1, field(1, field(1, b"\xff\xfe\x1b[2J")))) + b"".join(_good(5))
    ),
    "label of 2 ** 63": lambda: (
        frame(
            field(
                1,
                field(1, field(1, b"label") + field(2, field(3, field(1, b"\xff" * 9 + b"\x01")))),
            )
        )
        + b"".join(_good(5))
    ),
    "picture of 60,000 x 60,000": lambda: (
        frame(example(png(60_000, 60_000), 1)) + b"".join(_good(5))
    ),
    "pictures of nothing": lambda: frame(example(b"", 1)) * 6,
}
INFOS: dict[str, Callable[[], bytes]] = {
    "deep nesting": lambda: b"[" * 100_000,
    "nesting below a name": lambda: b'{"name": "beans", "splits": ' + b'{"a":' * 90_000,
    "counts that are texts": lambda: _info(counts=["many"] * 3),
    "counts of 5,000 digits": lambda: _info(counts=["9" * 5000] * 3),
    "splits that are a number": lambda: json.dumps({"name": "beans", "splits": 7}).encode(),
    "another format": lambda: _info(form="\x1b[2Jarray_record" * 1000),
    "escape sequences": lambda: b'{"name": "beans", "splits": "\x1b[2J\x07"}',
    "no JSON": lambda: b'{"name": "beans", ' + bytes(1000),
}


def _info(counts: object = ("6", "6", "6"), form: str = "tfrecord") -> bytes:
    names = ("train", "validation", "test")
    splits = [
        {"name": name, "shardLengths": [count]}
        for name, count in zip(names, counts, strict=True)  # type: ignore[call-overload]
    ]
    return json.dumps({"name": "beans", "fileFormat": form, "splits": splits}).encode()


def prepared(folder: Path) -> Path:
    """Writes a whole prepared dataset and returns its folder."""
    place = folder / "beans" / "0.1.0"
    place.mkdir(parents=True)
    for split in ("train", "validation", "test"):
        (place / f"beans-{split}.tfrecord-00000-of-00001").write_bytes(b"".join(_good()))
    (place / "dataset_info.json").write_bytes(_info())
    return place


def _with(name: str, content: Callable[[], bytes]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (prepared(folder) / name).write_bytes(content())
        return folder

    return make


def _odd(kind: str, name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        place = prepared(folder)
        (place / name).unlink()
        ODD[kind](place, name)
        return folder

    return make


def _cases() -> Iterator[Hostile]:
    train, info = "beans-train.tfrecord-00000-of-00001", "dataset_info.json"
    for name, content in RECORDS.items():
        yield Hostile(f"records: {name}", _with(train, content), CHECK)
    for name, content in INFOS.items():
        yield Hostile(f"records, info: {name}", _with(info, content), BEANS)
    for name in ("endless number", "a record too many", "wrong checksum of a content"):
        yield Hostile(f"leaves of records: {name}", _with(train, RECORDS[name]), BEANS)
    for kind in ("pipe", "folder", "link to a device that never ends", "10 GB of nothing"):
        yield Hostile(f"records: {kind}", _odd(kind, train), CHECK)
        yield Hostile(f"records, info: {kind}", _odd(kind, info), BEANS)


CASES = [*_cases()]
