"""Datasets: three memory-mapped splits, a summary, a fingerprint over everything."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from tftune.datasets.base import SPLITS, Dataset, prepare


def build(value: int = 0) -> tuple[dict[str, tuple[np.ndarray, np.ndarray]], dict[str, float]]:
    rows = dict(zip(SPLITS, (4, 2, 3), strict=True))
    splits = {
        split: (np.full((count, 5), value, np.uint8), np.ones((count, 1), np.float32))
        for split, count in rows.items()
    }
    return splits, {"leak_rate": 0.25}


def made(tmp_path: Path, value: int = 0) -> Dataset:
    return prepare("made", "here", {"value": value}, lambda: build(value), ("no", "yes"), tmp_path)


def test_inputs_are_memory_mapped_and_read_only(tmp_path: Path) -> None:
    x, y = made(tmp_path, 7).train.load()
    assert isinstance(x, np.memmap)
    assert (x.dtype, x.shape, y.dtype, y.shape) == (np.uint8, (4, 5), np.float32, (4, 1))
    assert np.unique(x).tolist() == [7]
    with pytest.raises(ValueError, match="read-only"):
        x[0, 0] = 1


def test_the_summary_is_what_summary_json_holds(tmp_path: Path) -> None:
    dataset = made(tmp_path)
    summary = json.loads(json.dumps(dataset.summary()))
    assert summary == {
        "source": "here",
        "fingerprint": dataset.fingerprint,
        "train": 4,
        "validation": 2,
        "test": 3,
        "leak_rate": 0.25,
    }


def test_the_fingerprint_is_of_the_content(tmp_path: Path) -> None:
    assert made(tmp_path / "one").fingerprint == made(tmp_path / "two").fingerprint
    assert made(tmp_path / "one").fingerprint != made(tmp_path / "one", value=1).fingerprint
    assert len(made(tmp_path / "one").fingerprint) == 64


def test_a_split_travels_to_another_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    dataset = prepare("made", "here", {}, build, ("no", "yes"), Path("relative"))
    monkeypatch.chdir("/")
    split = pickle.loads(pickle.dumps(dataset.test))
    assert len(split) == len(split.load()[0]) == 3
