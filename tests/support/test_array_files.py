""".npz files and the archives that they are, against what NumPy writes and what nobody should."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from tests.hostile.archives import Member, archive, bomb, header, npy
from tests.hostile.npz_files import ARRAYS
from tftune.errors import DataError, UsageError
from tftune.support import limits
from tftune.support.archives import open_archive, read_member
from tftune.support.array_files import open_arrays, read_all

KINDS = ["u1", "<i8", ">f4", "<f2", "?", "<c8", "S3", "<U5", "<M8[s]"]


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_numpy_writes_is_read(save: object, tmp_path: Path) -> None:
    made = {kind: np.zeros((2, 3), kind) for kind in KINDS}
    made |= {"none": np.zeros((0, 4)), "one": np.array(5.0), "rows": np.asfortranarray(np.eye(3))}
    save(tmp_path / "a.npz", **made)  # type: ignore[operator]
    with open_arrays(tmp_path / "a.npz") as arrays:
        assert {name: told.shape for name, told in arrays.told.items()} == {
            name: each.shape for name, each in made.items()
        }
        for name, each in made.items():
            found = arrays.read(name)
            assert found.dtype == each.dtype and np.array_equal(found, each)
    assert {*read_all(tmp_path / "a.npz")} == {*made}


@pytest.mark.parametrize("name", [name for name in ARRAYS if name != "a zero and huge sides"])
def test_an_array_that_lies_is_refused_or_none(name: str, tmp_path: Path) -> None:
    members = [Member("x.npy", ARRAYS[name]()), Member("y.npy", npy(np.arange(3)))]
    (tmp_path / "a.npz").write_bytes(archive(members))
    with (
        pytest.raises(DataError, match="its array 'x': "),
        open_arrays(tmp_path / "a.npz") as found,
    ):
        assert found.read("y").tolist() == [0, 1, 2]
        found.read("x")


def test_a_member_that_is_no_array_is_left_alone(tmp_path: Path) -> None:
    members = [Member("x.npy", npy(np.ones(2))), Member("notes.npy", b"x"), Member("a.txt", b"y")]
    (tmp_path / "a.npz").write_bytes(archive(members))
    assert {*read_all(tmp_path / "a.npz")} == {"x"}


def test_what_packs_too_well_is_refused_unless_it_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = 70 << 20
    content = archive([bomb("x.npy", header((size,)), size), Member("y.npy", npy(np.ones(2)))])
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DataError, match="times the bytes of its archive.*set TFTUNE_MAX_RATIO"):
        open_arrays(tmp_path / "a.npz")
    monkeypatch.setenv("TFTUNE_MAX_RATIO", "2000")
    with open_arrays(tmp_path / "a.npz") as arrays:
        assert arrays.told["x"].shape == (size,) and arrays.read("y").tolist() == [1, 1]
    monkeypatch.setenv("TFTUNE_MAX_BYTES", "1e6")
    with pytest.raises(DataError, match="set TFTUNE_MAX_BYTES"):
        open_arrays(tmp_path / "a.npz")


def test_too_many_members_are_refused_before_they_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFTUNE_MAX_MEMBERS", "20")
    for count, size in ((20, 1), (21, 1), (1, 10_000)):
        content = archive([Member("n" * size + str(each), b"") for each in range(count)])
        (tmp_path / "a.zip").write_bytes(content)
        if (count, size) == (20, 1):
            with open_archive(tmp_path / "a.zip") as found:
                assert len(found.namelist()) == 20
            continue
        with pytest.raises(DataError, match=r"members|its directory has"):
            open_archive(tmp_path / "a.zip")


def test_a_limit_that_is_no_number_is_told_and_not_the_archives_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.zip").write_bytes(archive([Member("a", b"x")]))
    monkeypatch.setenv("TFTUNE_MAX_MEMBERS", "many")
    with pytest.raises(UsageError, match="TFTUNE_MAX_MEMBERS must be a number"):
        open_archive(tmp_path / "a.zip")


def test_a_member_is_read_up_to_its_limit(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(archive([Member("a", b"x" * 11), Member("b", b"y")]))
    with open_archive(tmp_path / "a.zip") as found:
        assert read_member(found, "b", limits.JSON) == b"y"
        with pytest.raises(DataError, match="it has 11 bytes, and at most 10"):
            read_member(found, "a", limits.Limit("TEN", 10, "bytes"))
        with pytest.raises(DataError, match="it has no 'c'"):
            read_member(found, "c", limits.JSON)


def test_an_archive_closes_its_file(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(archive([Member("a", b"x")]))
    with open_archive(tmp_path / "a.zip") as found:
        file = found.fp
    assert isinstance(file, io.IOBase) and file.closed
