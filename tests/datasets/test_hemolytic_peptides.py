"""The loader of the peptides, from every source."""

from __future__ import annotations

import hashlib
import io
import json
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tftune.datasets import hemolytic_peptides
from tftune.datasets.hemolytic_peptides import load
from tftune.errors import DataError, UsageError


class Answer(io.BytesIO):
    """An answer of a server, whole."""

    length = 0


def serve(monkeypatch: pytest.MonkeyPatch, folder: Path, asked: list[str]) -> None:
    def answer(request: urllib.request.Request, timeout: float) -> Answer:
        asked.append(request.full_url)
        return Answer((folder / Path(request.full_url).name).read_bytes())

    monkeypatch.setattr(urllib.request, "urlopen", answer)


def pin(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    digests = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in hemolytic_peptides.SHA256
    }
    monkeypatch.setattr(hemolytic_peptides, "SHA256", digests)


def test_a_folder_gives_three_splits(write_peptides: Callable[..., Path], tmp_path: Path) -> None:
    dataset = load(write_peptides(), cache=tmp_path / "cache")
    for split in (dataset.train, dataset.validation, dataset.test):
        x, y = split.load()
        assert (x.dtype, x.shape[1], y.dtype, y.shape) == (np.uint8, 12, np.float32, (len(x), 1))
        assert x.max() <= 20
        assert np.unique(y).tolist() == [0.0, 1.0]
    summary = json.loads(json.dumps(dataset.summary()))
    assert (summary["train"], summary["validation"], summary["test"]) == (72, 9, 9)
    assert summary["positives"] == {"train": 24, "validation": 3, "test": 3}
    assert summary["leak_rate"] == summary["validation_leak_rate"] == 0.0
    assert (summary["split"], summary["width"], summary["sequences"], summary["both_labels"]) == (
        "grouped",
        12,
        90,
        0,
    )
    assert dataset.classes == ("not_hemolytic", "hemolytic")


def test_repeated_sequences_leak_at_random_and_never_in_groups(
    write_peptides: Callable[..., Path], tmp_path: Path
) -> None:
    random = np.random.default_rng(0)
    positive, negative = random.integers(1, 21, (40, 10)), random.integers(1, 21, (60, 8))
    folder = write_peptides(
        np.repeat(positive, 3, axis=0),
        np.concatenate([np.repeat(negative, 3, axis=0), positive[:5, :8]]),
    )
    np.savez(
        folder / "hemo-negative.npz",
        np.concatenate([np.pad(np.repeat(negative, 3, axis=0), ((0, 0), (0, 2))), positive[:5]]),
    )
    grouped, chapter = (
        load(folder, split, cache=tmp_path / "cache") for split in ("grouped", "random")
    )
    assert grouped.facts["leak_rate"] == grouped.facts["validation_leak_rate"] == 0.0
    assert 0.5 < chapter.facts["leak_rate"] < 1.0
    assert grouped.facts["sequences"] == 100
    assert grouped.facts["both_labels"] == 5


def test_a_clustered_split_keeps_relatives_together(
    write_peptides: Callable[..., Path], tmp_path: Path
) -> None:
    random = np.random.default_rng(0)

    def relatives(families: int, width: int) -> np.ndarray:
        parents = np.repeat(random.integers(1, 21, (families, width)), 3, axis=0)
        parents[1::3, 0] = random.integers(1, 21, families)  # one letter replaced
        parents[2::3, -1] = 0  # the last letter deleted
        return parents

    folder = write_peptides(relatives(40, 12), relatives(60, 9))
    data = load(folder, "clustered", cache=tmp_path / "cache")
    sizes = [len(data.train), len(data.validation), len(data.test)]
    assert sizes == [240, 30, 30] and data.facts["clusters"] == 100
    assert data.facts["near_leak_rate"] == data.facts["leak_rate_within_3"] == 0.0
    found = data.nearness("test")
    assert found is not None and found.distances.min() > 3
    own = data.nearness("validation", refitted=True)  # of a model that was trained on them, too
    assert own is not None and own.distances.max() == 0
    assert data.groups is not None and len(set(data.groups.tolist())) == 90  # for folds
    grouped = load(folder, cache=tmp_path / "cache")
    assert grouped.facts["near_leak_rate"] > 0.5 and "clusters" not in grouped.facts
    with pytest.raises(DataError, match="there are too few such clusters"):
        load(write_peptides(relatives(1, 12), relatives(1, 9)), "clustered", cache=tmp_path / "c")


def test_the_second_load_reads_the_cache(
    write_peptides: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_peptides()
    first = load(folder, cache=tmp_path / "cache")
    monkeypatch.setattr(
        hemolytic_peptides, "read_npz_folder", lambda folder: pytest.fail("read again")
    )
    assert load(folder, cache=tmp_path / "cache") == first


def test_other_seeds_splits_and_contents_are_other_data(
    write_peptides: Callable[..., Path], tmp_path: Path
) -> None:
    cache, folder = (
        tmp_path / "cache",
        write_peptides(positive=np.random.default_rng(1).integers(1, 21, (60, 12))),
    )
    fingerprints = [
        load(folder, split, seed, cache).fingerprint
        for split in ("grouped", "random")
        for seed in (0, 1)
    ]
    write_peptides(positive=np.full((60, 12), 5))
    fingerprints.append(load(folder, "random", 0, cache).fingerprint)
    assert len(set(fingerprints)) == 5


def test_a_csv_file_equals_the_same_peptides_in_a_folder(
    write_peptides: Callable[..., Path], tmp_path: Path
) -> None:
    from tftune.datasets.amino_acids import decode
    from tftune.datasets.peptide_files import read_npz_folder

    folder = write_peptides()
    x, labels = read_npz_folder(folder)
    lines = [f"{sequence},{label}" for sequence, label in zip(decode(x), labels, strict=True)]
    (tmp_path / "peptides.csv").write_text("\n".join(["sequence,label", *lines]))
    from_csv = load(tmp_path / "peptides.csv", cache=tmp_path / "cache")
    assert from_csv.fingerprint == load(folder, cache=tmp_path / "cache").fingerprint
    assert from_csv.source == str(tmp_path / "peptides.csv")


def test_a_download_is_kept_and_checked(
    write_peptides: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, asked = write_peptides(), []
    pin(monkeypatch, folder)
    serve(monkeypatch, folder, asked)
    first = load("download", cache=tmp_path / "cache")
    assert first.source == "download"
    assert first.fingerprint == load(folder, cache=tmp_path / "cache").fingerprint
    assert [Path(url).name for url in asked] == ["hemo-positive.npz", "hemo-negative.npz"]
    assert all("/b02d011a1ee64887e663730b66fdc2c1e92a0c43/" in url for url in asked)
    assert load("download", cache=tmp_path / "cache") == first
    assert len(asked) == 2
    (tmp_path / "cache" / "downloads" / "hemo-negative.npz").write_bytes(b"damaged")
    assert load("download", cache=tmp_path / "cache") == first
    assert len(asked) == 3


def test_another_file_than_the_published_is_not_kept(
    write_peptides: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, write_peptides(), [])
    with pytest.raises(
        DataError,
        match=r"hemo-positive\.npz is not the published file. Expected SHA-256 "
        r"96cb24d5.*Received: ",
    ):
        load("download", cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_offline_is_said_at_once_with_the_ways_out(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(
        DataError,
        match="cannot be downloaded: .*hemo-positive.*--data FOLDER .*--data FILE.csv .*--data "
        "sample",
    ):
        load("download", cache=tmp_path / "cache")
    assert time.monotonic() - started < 5
    assert not (tmp_path / "cache").exists()


def test_offline_is_no_matter_once_downloaded(
    write_peptides: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_peptides()
    pin(monkeypatch, folder)
    with monkeypatch.context() as online:
        serve(online, folder, [])
        load("download", cache=tmp_path / "cache")
    assert load("download", "random", 3, tmp_path / "cache").facts["split"] == "random"


@pytest.mark.parametrize("source", ["samples", "missing.csv", "missing/folder"])
def test_an_unknown_source_is_refused(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        DataError, match=f"Unknown source of peptides. .*Received: '{source}'. .*--data sample"
    ):
        load(source, cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_bad_values_reach_the_user_and_nothing_is_cached(
    write_peptides: Callable[..., Path], tmp_path: Path
) -> None:
    folder = write_peptides(negative=np.full((4, 4), 99))
    with pytest.raises(DataError, match=r"hemo-negative\.npz, row 0, column 0 .*Received: 99"):
        load(folder, cache=tmp_path / "cache")
    assert not (tmp_path / "cache" / "hemolytic_peptides").exists()


@pytest.mark.parametrize("count", [1, 3, 9])
def test_too_few_peptides_are_refused(
    write_peptides: Callable[..., Path], tmp_path: Path, count: int
) -> None:
    folder = write_peptides(np.arange(1, count + 1)[:, None], np.arange(1, count + 1)[:, None] + 10)
    with pytest.raises(
        DataError,
        match="Too few peptides to split: expected both labels in train, validation and test",
    ):
        load(folder, "random", cache=tmp_path / "cache")


@pytest.mark.parametrize("seed", [-1, 1.5, "0", None, True, 2**31])
def test_impossible_seeds_are_refused(seed: object) -> None:
    with pytest.raises(UsageError, match="seed must be an integer from 0"):
        load("sample", seed=seed)


def test_an_unknown_split_is_refused() -> None:
    with pytest.raises(
        UsageError, match="split must be one of grouped, clustered, random. Received: 'chapter'"
    ):
        load("sample", split="chapter")
