"""Hostile pictures, folders and archives of some."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from tests.hostile.archives import Member, archive, bomb
from tests.hostile.opened import Hostile
from tests.hostile.tables import MEGABYTE, ODD, sparse

CHECK = ("tftune", "check-data", "{}")
BEANS = ("beans", "--data", "{}", "--run-dir", "run")
PREDICT = ("tftune", "predict", "{beans}", "{}")


def png(width: int, height: int, content: bytes = b"", depth: int = 8, kind: int = 2) -> bytes:
    """Returns a PNG file with this header."""
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", content or zlib.compress(b"")), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in chunks)


def chunk(name: bytes, content: bytes) -> bytes:
    """Returns a chunk of a PNG file."""
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


def _zeros(count: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(MEGABYTE)) for _ in range(count // MEGABYTE)) + (
        packer.flush()
    )


def _saved(form: str, size: tuple[int, int] = (50, 50)) -> bytes:
    stream = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(stream, form)
    return stream.getvalue()


def _jpeg(width: int, height: int) -> bytes:
    """Returns a JPEG file whose header tells another size than it has."""
    data = bytearray(_saved("JPEG"))
    place = data.index(b"\xff\xc0")
    data[place + 5 : place + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def _gif(width: int, height: int) -> bytes:
    data = bytearray(_saved("GIF"))
    data[6:10] = struct.pack("<HH", width, height)
    return bytes(data)


def _bmp(width: int, height: int) -> bytes:
    data = bytearray(_saved("BMP"))
    data[18:26] = struct.pack("<ii", width, height)
    return bytes(data)


def _tiff(width: int, height: int, strips: int = 1) -> bytes:
    tags = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1)]
    tags += [(262, 3, 1, 1), (273, 4, strips, 8), (278, 4, 1, height), (279, 4, strips, 8)]
    told = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + told + bytes(4)


def _text_bomb() -> bytes:
    text = b"k\0\0" + zlib.compress(bytes(64 * MEGABYTE))
    whole = _saved("PNG")
    return whole[:33] + chunk(b"zTXt", text) * 20 + whole[33:]


FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "png header of 60,000 x 60,000": ("png", lambda: png(60_000, 60_000)),
    "png header of 178,956,970 x 1": ("png", lambda: png(178_956_970, 1)),
    "png header of 1 x 178,956,970": ("png", lambda: png(1, 178_956_970)),
    "png header of 2 ** 31 - 1 squared": ("png", lambda: png(2**31 - 1, 2**31 - 1)),
    "png of 13,000 x 13,000": ("png", lambda: png(13_000, 13_000, _zeros(13_000 * 39_004))),
    "png of 0 x 0": ("png", lambda: png(0, 0)),
    "png of 16 bits, 13,000 x 13,000": (
        "png",
        lambda: png(13_000, 13_000, _zeros(13_000 * 26_004), 16, 0),
    ),
    "png whose texts are bombs": ("png", _text_bomb),
    "png with a chunk of 2 GB": (
        "png",
        lambda: png(8, 8)[:33] + struct.pack(">I", 2**31 - 1) + b"IDAT" + bytes(1000),
    ),
    "jpeg header of 60,000 x 60,000": ("jpg", lambda: _jpeg(60_000, 60_000)),
    "jpeg header of 65,500 x 2,700": ("jpg", lambda: _jpeg(65_500, 2_700)),
    "gif header of 65,535 x 65,535": ("gif", lambda: _gif(65_535, 65_535)),
    "bmp header of 100,000 x 100,000": ("bmp", lambda: _bmp(100_000, 100_000)),
    "bmp of negative width": ("bmp", lambda: _bmp(-50, 50)),
    "tiff header of 60,000 x 60,000": ("tif", lambda: _tiff(60_000, 60_000)),
    "tiff with four billion strips": ("tif", lambda: _tiff(64, 64, 2**32 - 1)),
    "tiff whose directories go in a circle": (
        "tif",
        lambda: _tiff(64, 64)[:-4] + struct.pack("<I", 8),
    ),
    "truncated png": ("png", lambda: _saved("PNG")[:200]),
    "truncated jpeg": ("jpg", lambda: _saved("JPEG")[:300]),
    "truncated webp": ("webp", lambda: _saved("WEBP")[:100]),
    "an eps file that would run Ghostscript": (
        "png",
        lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%touch x) (w) file\n",
    ),
    "an svg file": ("png", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "nothing": ("jpg", lambda: b""),
    "a pickle": ("jpg", lambda: b"\x80\x04\x95" + bytes(100)),
}
ARCHIVES: dict[str, Callable[[], list[Member]]] = {
    "bomb in a class": lambda: [
        *_whole(),
        bomb("a/2.png", _saved("PNG"), 2 * 1024 * MEGABYTE),
    ],
    "200,000 pictures of nothing": lambda: [
        Member(f"{'ab'[number % 2]}/{number}.png", b"") for number in range(200_000)
    ],
    "names that lead away": lambda: [Member("../../a/1.png", b"x"), Member("/b/1.png", b"x")],
    "encrypted": lambda: [Member(f"{kind}/1.png", _saved("PNG"), flags=1) for kind in ("a", "b")],
    "a thousand folders deep": lambda: [
        Member("a/" * 10_000 + "1.png", _saved("PNG")),
        Member("b/1.png", b"x"),
    ],
    "picture that says it is huge": lambda: [
        *_whole(),
        Member("a/2.png", _saved("PNG"), 0, 2**32 - 2),
    ],
    "picture of 60,000 x 60,000": lambda: [*_whole(), Member("a/2.png", png(60_000, 60_000))],
    "names that a terminal obeys": lambda: [
        Member("a/\x1b[2J\x1b]0;own\x07.png", b"x"),
        Member("b/\u202e.png", b"x"),
    ],
}


def _whole() -> list[Member]:
    return [Member(f"{kind}/1.png", _saved("PNG")) for kind in ("a", "b")]


def folder_with(name: str, content: Callable[[], bytes]) -> Callable[[Path], Path]:
    """Returns what writes a folder of two classes in which one picture is this."""

    def make(folder: Path) -> Path:
        root = whole_folder(folder)
        (root / "a" / name).write_bytes(content())
        return root

    return make


def whole_folder(folder: Path) -> Path:
    """Writes a folder of two classes, three pictures each."""
    root = folder / "pictures"
    for kind in ("a", "b"):
        (root / kind).mkdir(parents=True)
        for number in range(3):
            (root / kind / f"{number}.png").write_bytes(_saved("PNG"))
    return root


def _odd(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        root = whole_folder(folder)
        ODD[name](root / "a", "9.png")
        return root

    return make


def _alone(name: str, content: Callable[[], bytes]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content())
        return folder / name

    return make


def _archive(members: Callable[[], list[Member]]) -> Callable[[Path], Path]:
    return _alone("pictures.zip", lambda: archive(members()))


# what is no file is left out, and told
HARMLESS = ("pipe", "folder", "link to a device that never ends", "link to itself")
HARMLESS += ("link to a pipe",)


def _cases() -> Iterator[Hostile]:
    for name, (ending, content) in FILES.items():
        yield Hostile(f"picture: {name}", folder_with(f"9.{ending}", content), CHECK)
    for name in ("png header of 60,000 x 60,000", "png of 13,000 x 13,000", "truncated png"):
        ending, content = FILES[name]
        yield Hostile(f"leaf: {name}", folder_with(f"9.{ending}", content), BEANS)
        yield Hostile(f"to predict: {name}", _alone(f"9.{ending}", content), PREDICT)
    for name, members in ARCHIVES.items():
        yield Hostile(f"zip: {name}", _archive(members), CHECK)
    for name in ODD:
        codes = frozenset({0, 2, 4}) if name in HARMLESS else frozenset({2, 4})
        yield Hostile(f"picture: {name}", _odd(name), CHECK, codes)
    for name in ("pipe", "10 GB of nothing", "link to a device that never ends"):
        make = ODD[name]
        yield Hostile(
            f"to predict: {name}", lambda folder, make=make: make(folder, "9.png"), PREDICT
        )
    yield Hostile("zip: 10 GB of nothing", lambda at: sparse(at, "pictures.zip", 10 << 30), CHECK)


CASES = [*_cases()]
