"""Digits: MNIST's file and its layout, hostile files, the split by the seed, and no network."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tftune.datasets import digit_images
from tftune.datasets.digit_arrays import labels_of, pixels_of, read_layout
from tftune.datasets.digit_images import load
from tftune.errors import DataError, UsageError


def arrays(**others: Any) -> dict[str, Any]:
    """A file of 40 + 10 pictures of two classes, with some arrays replaced; None leaves one out."""
    random = np.random.default_rng(0)
    whole = {
        "x_train": random.integers(0, 256, (40, 8, 6)).astype("uint8"),
        "y_train": np.arange(40) % 2,
        "x_test": random.integers(0, 256, (10, 8, 6)).astype("uint8"),
        "y_test": np.arange(10) % 2,
    }
    return {name: array for name, array in (whole | others).items() if array is not None}


def file(folder: Path, **others: Any) -> Path:
    path = folder / "mine.npz"
    np.savez(path, **arrays(**others))
    return path


def test_validation_is_an_eighth_of_train_with_every_class_alike(tmp_path: Path) -> None:
    data = load(file(tmp_path), cache=tmp_path / "cache")
    assert (len(data.train), len(data.validation), len(data.test)) == (36, 4, 10)
    assert data.validation.load()[1].sum(axis=0).tolist() == [2, 2]
    assert data.train.load()[0].shape[1:] == (8, 6, 1) and data.classes == ("0", "1")
    assert data.facts["leak_rate"] == 0
    pool = {row.tobytes() for row in arrays()["x_train"]}
    found = [row.tobytes() for split in (data.train, data.validation) for row in split.load()[0]]
    assert set(found) == pool and len(found) == 40
    np.testing.assert_array_equal(data.test.load()[0][..., 0], arrays()["x_test"])


def test_the_seed_draws_the_split(tmp_path: Path) -> None:
    first, same, other = (load(file(tmp_path), seed, tmp_path / "cache") for seed in (0, 0, 1))
    assert first.fingerprint == same.fingerprint != other.fingerprint


def test_the_embedded_digits_need_no_network(tmp_path: Path) -> None:
    data = load("digits", cache=tmp_path)
    assert [len(getattr(data, split)) for split in ("train", "validation", "test")] == [
        1259,
        179,
        359,
    ]
    x, y = data.test.load()
    assert x.shape == (359, 8, 8, 1) and x.max() == 255 and data.classes[9] == "9"
    assert y.sum(axis=0).min() >= 34  # of every digit
    assert load("digits", 1, tmp_path).fingerprint != data.fingerprint


def test_colours_columns_of_labels_and_floats_are_read(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    whole = arrays()
    path = file(
        tmp_path,
        x_train=random.random((40, 8, 8, 3)).astype("float32"),
        x_test=np.ones((10, 8, 8, 3)),
        y_train=whole["y_train"][:, None],
        y_test=whole["y_test"].astype("float64"),
    )
    read, classes = read_layout(path)
    assert read["x_train"].dtype == np.uint8 and read["x_test"].min() == 255 and classes == 2
    assert load(path, cache=tmp_path / "cache").facts["channels"] == 3


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({"y_test": None}, "lacks y_test.*Received: x_train, y_train, x_test"),
        ({"x_train": np.zeros((40, 64), "uint8")}, r"x_train of .*Received: the shape \(40, 64\)"),
        ({"x_train": np.zeros((0, 8, 8), "uint8")}, r"at least one picture.*\(0, 8, 8\)"),
        ({"x_train": np.zeros((40, 8, 8, 2), "uint8")}, r"Received: the shape \(40, 8, 8, 2\)"),
        ({"x_train": np.full((40, 8, 6), "a")}, "holds no numbers. Expected uint8"),
        ({"x_train": np.full((40, 8, 6), 256)}, "impossible pixels.*values from 256 to 256"),
        ({"x_train": np.full((40, 8, 6), -1)}, "impossible pixels"),
        ({"x_train": np.full((40, 8, 6), np.nan)}, "impossible pixels"),
        ({"x_train": np.full((40, 8, 6), 1.5)}, "fractions beyond 1"),
        ({"x_test": np.zeros((10, 9, 6), "uint8")}, r"x_train \(8, 6, 1\), x_test \(9, 6, 1\)"),
        ({"y_train": np.zeros(39, int)}, r"Expected the shape \(40,\).*\(39,\)"),
        ({"y_train": np.eye(2)[np.arange(40) % 2]}, r"one-hot labels take y.argmax\(axis=1\)"),
        ({"y_train": np.arange(40) / 2}, "holds no whole numbers"),
        ({"y_train": np.full(40, "7")}, "holds no whole numbers"),
        ({"y_train": np.arange(40) % 2 - 1}, "out of range.*Received: -1 in row 0"),
        ({"y_train": np.where(np.arange(40) == 7, 10**9, 0)}, "Received: 1000000000 in row 7"),
        ({"y_train": np.where(np.arange(40) == 7, 5, np.arange(40) % 2)}, "none of 2, 3, 4"),
        ({"y_train": np.zeros(40, int)}, "two or more. Received: the greatest 0"),
        ({"y_test": np.full(10, 2)}, "y_test of .*label that y_train has not.*2 in row 0"),
        ({"y_train": np.where(np.arange(40) == 7, 1, 0)}, "Received: 1 of class 1"),
        ({"x_train": np.array([None, "code"])}, "holds Python objects, which are never unpickled"),
    ],
    ids=range(21),
)
def test_a_hostile_file_is_refused_with_what_is_wrong(
    tmp_path: Path, others: dict[str, Any], said: str
) -> None:
    with pytest.raises(DataError, match=said):
        load(file(tmp_path, **others), cache=tmp_path / "cache")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", b"\x93NUMPY"], ids=len)
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match="no .npz file, or not a whole one"):
        load(path, cache=tmp_path)


def test_a_torn_archive_is_refused(tmp_path: Path) -> None:
    path = file(tmp_path)
    content = bytearray(path.read_bytes())
    content[200:400] = bytes(200)
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"Cannot read .*mine\.npz"):
        load(path, cache=tmp_path)


def test_an_unknown_source_and_a_wrong_seed_are_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Unknown source of digits.*'nist'"):
        load("nist", cache=tmp_path)
    with pytest.raises(UsageError, match="seed must be"):
        load("digits", -1, tmp_path)


def test_offline_is_said_at_once_with_the_ways_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    started = time.monotonic()
    with pytest.raises(DataError, match=r"there is no .*mnist\.npz.*Ways out: KERAS_HOME"):
        load("mnist", cache=tmp_path)
    assert time.monotonic() - started < 5
    assert not (tmp_path / "keras").exists()


def test_the_file_in_the_cache_of_keras_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    kept = tmp_path / "keras" / "datasets" / "mnist.npz"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(file(tmp_path).read_bytes())
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    with pytest.warns(UserWarning, match=r"not the published MNIST but 40 \+ 10 pictures"):
        assert len(load("mnist", cache=tmp_path / "cache").test) == 10
    published = hashlib.sha256(kept.read_bytes()).hexdigest()
    monkeypatch.setattr(digit_images, "SHA256", published)
    recwarn.clear()
    assert load("mnist", cache=tmp_path / "cache").source == "mnist"
    assert not recwarn.list


def test_a_torn_file_in_the_cache_is_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = file(tmp_path).read_bytes()
    kept = tmp_path / "keras" / "datasets" / "mnist.npz"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(content[:500])
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(digit_images, "fetch", lambda address: content)
    with pytest.raises(DataError, match="is not the published file. Expected SHA-256"):
        load("mnist", cache=tmp_path / "cache")
    assert kept.read_bytes() == content[:500]
    monkeypatch.setattr(digit_images, "SHA256", hashlib.sha256(content).hexdigest())
    assert len(load("mnist", cache=tmp_path / "cache").test) == 10
    assert kept.read_bytes() == content


def test_bytes_are_kept_as_they_are_and_booleans_become_black_and_white() -> None:
    x = np.arange(16, dtype="uint8").reshape(1, 4, 4)
    np.testing.assert_array_equal(pixels_of(x, "x")[..., 0], x)
    assert set(pixels_of(x > 7, "x").ravel()) == {0, 255}
    zeros_and_ones = (x > 7).astype("uint8")  # bytes, but no greys
    assert set(pixels_of(zeros_and_ones, "x").ravel()) == {0, 255}
    assert labels_of(np.array([1.0, 0.0]), "y", 2).dtype == np.int64


def test_a_huge_file_in_the_cache_of_keras_is_not_read_to_be_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path := tmp_path / "mnist.npz").touch()
    os.truncate(path, 20 << 30)
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("it is read"))
    assert not digit_images._is_published(path)
