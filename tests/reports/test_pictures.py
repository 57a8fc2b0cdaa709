"""Inputs as they can be looked at."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tftune.reports.pictures import png, presentable

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_a_png_is_read_again_as_it_was(channels: int) -> None:
    picture = RANDOM.integers(0, 256, (5, 9, channels)).astype("uint8")
    read = np.asarray(Image.open(io.BytesIO(png(picture))))
    np.testing.assert_array_equal(read.reshape(picture.shape), picture)


@pytest.mark.parametrize(
    ("inputs", "brightest"),
    [
        (np.full((2, 8, 8, 3), 200, "uint8"), 200),
        (np.full((2, 8, 8), 1.0, "float32"), 255),
        (np.full((2, 8, 8, 1), 200.0), 200),
        (np.linspace(-1, 1, 128).reshape(2, 8, 8), 255),
        (np.full((2, 8, 8), 200, "int64"), 200),
    ],
    ids=["bytes", "0-to-1", "0-to-255", "minus-1-to-1", "integers"],
)
def test_pictures_of_every_usual_scale_become_bytes(inputs: Any, brightest: int) -> None:
    found = presentable(inputs, [1])
    assert found.dtype == np.uint8 and found.shape[:3] == (1, 8, 8)
    assert found.max() == brightest


def test_large_pictures_are_thinned_out() -> None:
    assert presentable(np.zeros((1, 500, 300, 3), "uint8"), [0]).shape == (1, 125, 75, 3)


@pytest.mark.parametrize(
    "inputs",
    [
        np.array(["<b>", "x" * 999, "é"]),
        np.array([["<b>"], ["x" * 999], ["é"]], dtype=object),
        np.array([b"<b>", b"x" * 999, "é".encode()], dtype=object),
    ],
    ids=["text", "column", "bytes"],
)
def test_texts_are_kept_short_and_as_they_are(inputs: Any) -> None:
    found = presentable(inputs, [0, 1, 2])
    assert found.dtype.kind == "U" and found.tolist() == ["<b>", "x" * 200, "é"]


@pytest.mark.parametrize(
    "inputs",
    [
        np.zeros((3, 4)),
        np.zeros((3, 8, 8, 7)),
        np.full((3, 8, 8), np.nan),
        np.full((3, 8, 8), -400.0),
        [np.zeros((3, 8, 8)), np.zeros(3)],
        np.array([["a", "b"]] * 3),
        np.zeros((3, 2, 100)),
        None,
    ],
    ids=["vectors", "channels", "nan", "range", "several", "words", "series", "nothing"],
)
def test_what_cannot_be_looked_at_is_not_kept(inputs: Any) -> None:
    assert presentable(inputs, [0, 2]) is None
    assert presentable(np.zeros((3, 8, 8), "uint8"), []) is None
