"""The cache: whole entries or none, checked on every read, safe for two processes at once."""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path

import numpy as np
import pytest

from tftune.datasets.cache import (
    ABANDONED_SECONDS,
    array_digest,
    cache_root,
    entry,
    files_digest,
    write_into_cache,
)
from tftune.errors import DataError


def numbers() -> tuple[dict[str, np.ndarray], dict[str, int]]:
    return {"x": np.arange(12, dtype=np.uint8).reshape(3, 4)}, {"rows": 3}


def never() -> tuple[dict[str, np.ndarray], dict[str, int]]:
    raise AssertionError("built although the entry was intact")


def leftovers(root: Path) -> list[Path]:
    return list(root.rglob(".building-*"))


def test_root_is_the_argument_then_the_variable_then_the_platform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFTUNE_CACHE", str(tmp_path / "variable"))
    assert cache_root(tmp_path / "argument") == tmp_path / "argument"
    assert cache_root() == tmp_path / "variable"
    monkeypatch.delenv("TFTUNE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert cache_root() == tmp_path / "tftune"


def test_an_entry_is_built_once(tmp_path: Path) -> None:
    first = entry(tmp_path / "key", numbers)
    assert entry(tmp_path / "key", never) == first
    assert first["facts"] == {"rows": 3}
    np.testing.assert_array_equal(np.load(tmp_path / "key" / "x.npy"), numbers()[0]["x"])
    assert not leftovers(tmp_path)


@pytest.mark.parametrize(
    "damage",
    [
        "value",
        "cut off",
        "array gone",
        "manifest gone",
        "manifest cut off",
        "facts changed",
        "empty folder",
    ],
)
def test_a_damaged_entry_is_built_again(tmp_path: Path, damage: str) -> None:
    first = entry(tmp_path / "key", numbers)
    array, manifest = tmp_path / "key" / "x.npy", tmp_path / "key" / "manifest.json"
    if damage == "value":
        array.write_bytes(array.read_bytes()[:-1] + b"\xff")
    elif damage == "cut off":
        array.write_bytes(array.read_bytes()[:-3])
    elif damage == "manifest cut off":
        manifest.write_bytes(manifest.read_bytes()[:40])
    elif damage == "facts changed":
        manifest.write_text(manifest.read_text().replace('"rows": 3', '"rows": 4'))
    if damage in ("array gone", "empty folder"):
        array.unlink()
    if damage in ("manifest gone", "empty folder"):
        manifest.unlink()
    built = []
    assert entry(tmp_path / "key", lambda: built.append(1) or numbers()) == first
    assert built == [1]
    assert array_digest(np.load(array)) == first["arrays"]["x"]
    assert not leftovers(tmp_path)


def test_a_failed_build_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> tuple[dict[str, np.ndarray], dict[str, int]]:
        raise DataError("row 3 is damaged")

    with pytest.raises(DataError, match="row 3 is damaged"):
        entry(tmp_path / "cache" / "key", fail)
    assert not (tmp_path / "cache").exists()


def test_what_a_killed_process_left_is_swept_after_a_day(tmp_path: Path) -> None:
    old, young = tmp_path / ".building-old", tmp_path / ".building-young"
    old.mkdir()
    young.mkdir()
    long_ago = time.time() - ABANDONED_SECONDS - 60
    os.utime(old, (long_ago, long_ago))
    entry(tmp_path / "key", numbers)
    assert not old.exists()
    assert young.exists()  # another process may be building in it


def slow_entry(folder: str, barrier: object, results: object) -> None:
    def build() -> tuple[dict[str, np.ndarray], dict[str, int]]:
        barrier.wait(30)  # both have found no entry before either goes on
        return numbers()

    results.put(entry(Path(folder), build))


def test_two_processes_may_build_the_same_entry(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(2), context.Queue()
    processes = [
        context.Process(target=slow_entry, args=(str(tmp_path / "key"), barrier, results))
        for _ in range(2)
    ]
    for process in processes:
        process.start()
    first, second = results.get(timeout=60), results.get(timeout=60)
    for process in processes:
        process.join(30)
    assert first == second == entry(tmp_path / "key", never)
    assert not leftovers(tmp_path)


def test_a_cache_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(
        DataError, match=r"Cannot write the cache of prepared data in .*file.*TFTUNE_CACHE"
    ):
        entry(tmp_path / "file" / "key", numbers)


def test_a_full_disk_leaves_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_into_cache(tmp_path / "file", b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError, match="No space left on device.*Make room"):
        write_into_cache(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert not leftovers(tmp_path)


def test_files_are_read_once_and_again_when_they_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "a").write_text("one")
    first = files_digest(data, [data / "a"], tmp_path / "cache")
    with monkeypatch.context() as patch:
        patch.setattr("tftune.datasets.cache._file_digest", lambda path: pytest.fail("read again"))
        assert files_digest(data, [data / "a"], tmp_path / "cache") == first
    (data / "a").write_text("two")
    os.utime(data / "a", ns=(0, 1))  # another time of change, whatever the clock of the file system
    assert files_digest(data, [data / "a"], tmp_path / "cache") != first


def test_the_digest_of_files_does_not_depend_on_where_they_lie(tmp_path: Path) -> None:
    digests = set()
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a").write_text("one")
        digests.add(files_digest(tmp_path / name, [tmp_path / name / "a"], tmp_path / "cache"))
    assert len(digests) == 1


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Cannot read .*gone.npz: No such file"):
        files_digest(tmp_path, [tmp_path / "gone.npz"], tmp_path / "cache")


@pytest.mark.parametrize(
    "other",
    [np.arange(6), np.arange(6, dtype=np.uint8).reshape(2, 3), np.arange(1, 7, dtype=np.uint8)],
)
def test_the_digest_of_an_array_knows_dtype_shape_and_values(other: np.ndarray) -> None:
    array = np.arange(6, dtype=np.uint8)
    assert array_digest(array) == array_digest(
        np.arange(12, dtype=np.uint8)[::2] // 2
    )  # strides do not matter
    assert array_digest(array) != array_digest(other)


def test_a_disk_that_is_full_in_mid_array_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(path: Path, array: np.ndarray, allow_pickle: bool) -> None:
        Path(path).write_bytes(b"half")
        raise OSError("1000 requested and 500 written")  # NumPy tells no reason

    with monkeypatch.context() as full:
        full.setattr(np, "save", half)
        with pytest.raises(DataError, match=r"Cannot write the cache .* No space left on device"):
            entry(tmp_path / "key", numbers)
    assert not list(tmp_path.iterdir()) and entry(tmp_path / "key", numbers)


@pytest.mark.parametrize("mask", [0o077, 0o022])
def test_an_entry_follows_the_umask(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        entry(tmp_path / "key", numbers)
    finally:
        os.umask(before)
    folder = tmp_path / "key"
    assert folder.stat().st_mode & 0o777 == 0o777 & ~mask
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o666 & ~mask}
