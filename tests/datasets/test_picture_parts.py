"""Pictures that cost more than they show: millions of parts, pixels told again and again."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image, ImageOps

from tests.hostile.pictures import chunk
from tftune.datasets.images import decode
from tftune.datasets.picture_parts import check_parts, check_scans
from tftune.errors import DataError

MANY = 100_001
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP")


def saved(form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(stream, form, **options)
    return stream.getvalue()


def behind_header(content: bytes, more: bytes) -> bytes:
    """Puts more into a GIF, before its pixels."""
    place = 13 + 3 * (2 << (content[10] & 7))
    return content[:place] + more + content[place:]


@pytest.mark.parametrize(
    ("form", "put"),
    [
        ("PNG", lambda whole: whole[:33] + chunk(b"prVt", b"") * MANY + whole[33:]),
        ("JPEG", lambda whole: whole[:2] + b"\xff\xfe\0\2" * MANY + whole[2:]),
        ("JPEG", lambda whole: whole[:2] + b"\xff" * MANY + whole[2:]),
        ("GIF", lambda whole: behind_header(whole, b"!\xfe\1a\0" * MANY)),
        ("GIF", lambda whole: behind_header(whole, b"!\xfe" + b"\1a" * MANY + b"\0")),
        ("GIF", lambda whole: behind_header(whole, b"a" * MANY)),
    ],
    ids=["chunks", "segments", "filling", "extensions", "blocks", "litter"],
)
def test_a_picture_of_too_many_parts_is_refused(form: str, put: object) -> None:
    with pytest.raises(DataError, match="it has 100,001 parts, and at most 100,000 are read"):
        decode("x", put(saved(form)), 16)


def test_a_jpeg_that_tells_its_pixels_too_often_is_refused() -> None:
    whole = saved("JPEG", progressive=True)
    assert decode("x", whole, 16).shape == (16, 16, 3)
    last = whole[whole.rindex(b"\xff\xda") : -2]
    repeated = whole[:-2] + last * 20_000 + b"\xff\xd9"
    with pytest.raises(DataError, match=r"pixels in all its scans.*TFTUNE_MAX_SCANS"):
        decode("x", repeated, 16)
    check_scans(repeated, 100)  # small pictures cost little
    check_scans(saved("PNG"), 50_000_000)


@pytest.mark.parametrize("form", FORMATS)
def test_honest_pictures_of_any_size_have_few_parts(form: str) -> None:
    assert decode("x", saved(form), 16).shape == (16, 16, 3)
    for size in range(64):  # cut off anywhere
        check_parts(saved(form)[:size])


@pytest.mark.parametrize(
    "error", [struct.error("required argument is not an integer"), KeyError(274), MemoryError()]
)
def test_whatever_pillow_raises_is_told_of_the_picture(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(ImageOps, "exif_transpose", fail)
    with pytest.raises(DataError, match="Cannot read the image leaf: .+ Expected a whole JPEG"):
        decode("leaf", saved("TIFF"), 16)
