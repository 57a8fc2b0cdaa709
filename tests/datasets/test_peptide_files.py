"""Reading peptides: everything within the contract is read, everything else is refused by file, row
and value.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tftune.datasets.amino_acids import decode
from tftune.datasets.peptide_files import read_npz, read_npz_folder
from tftune.errors import DataError

GOOD = [[1, 20, 0], [5, 0, 0]]


@pytest.mark.parametrize(
    "dtype",
    [
        "int8",
        "uint8",
        "int16",
        "uint16",
        "int32",
        "int64",
        "uint64",
        ">i4",
        "float16",
        "float32",
        "float64",
    ],
)
def test_every_number_type_is_read(tmp_path: Path, dtype: str) -> None:
    np.savez(tmp_path / "a.npz", np.array(GOOD, dtype))
    x = read_npz(tmp_path / "a.npz")
    assert x.dtype == np.uint8
    assert x.tolist() == GOOD


@pytest.mark.parametrize("width", [1, 7, 190, 400])
def test_every_width_is_read(tmp_path: Path, width: int) -> None:
    np.savez_compressed(tmp_path / "a.npz", np.ones((4, width), int))
    assert read_npz(tmp_path / "a.npz").shape == (4, width)


def test_the_array_is_arr_0_or_the_only_one_of_two_dimensions(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, sequences=GOOD, labels=[1, 0])
    assert read_npz(path).tolist() == GOOD
    np.savez(path, GOOD, others=[[1, 1]])
    assert read_npz(path).tolist() == GOOD


def test_zeros_between_letters_are_gaps(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", [[1, 0, 2]])
    assert decode(read_npz(tmp_path / "a.npz")) == ["A-R"]


@pytest.mark.parametrize(
    ("value", "dtype", "received"),
    [
        (21, "int64", "21"),
        (-1, "int8", "-1"),
        (2**63, "uint64", str(2**63)),
        (1.5, "float32", "1.5"),
        (np.nan, "float64", "nan"),
        (np.inf, "float32", "inf"),
        (-np.inf, "float16", "-inf"),
        (21.0, "float64", "21.0"),
    ],
)
def test_a_wrong_value_is_refused_by_file_row_and_value(
    tmp_path: Path, value: float, dtype: str, received: str
) -> None:
    array = np.ones((5, 4), dtype)
    array[3, 2] = value
    array[4, 0] = value
    np.savez(tmp_path / "hemo-positive.npz", array)
    with pytest.raises(
        DataError,
        match=r"hemo-positive\.npz, row 3, column 2 \(counted from 0\): .*0\.\.20.*Received: "
        rf"{received}\.",
    ):
        read_npz(tmp_path / "hemo-positive.npz")


def test_a_row_without_amino_acids_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", [[1, 2], [0, 0]])
    with pytest.raises(DataError, match=r"a\.npz, row 1 .*at least one amino acid"):
        read_npz(tmp_path / "a.npz")


@pytest.mark.parametrize(
    "arrays",
    [
        {"arr_0": np.ones(3, int)},
        {"arr_0": np.ones((2, 2, 2), int)},
        {"arr_0": np.array(5)},
        {"arr_0": np.ones((0, 4), int)},
        {"arr_0": np.ones((4, 0), int)},
        {"arr_0": np.array([["A", "R"]])},
        {"arr_0": np.ones((2, 2), complex)},
        {"arr_0": np.ones((2, 2), bool)},
        {"arr_0": np.zeros((2, 2), [("a", "i4")])},
        {"one": np.ones((2, 2), int), "two": np.ones((2, 2), int)},
        {"flat": np.ones(3, int)},
    ],
)
def test_other_arrays_are_refused_with_what_they_are(
    tmp_path: Path, arrays: dict[str, np.ndarray]
) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    name, array = next(iter(arrays.items()))
    with pytest.raises(DataError, match=rf"a\.npz .*Received: {name}: ") as refusal:
        read_npz(tmp_path / "a.npz")
    assert f"shape {array.shape}" in str(refusal.value)


def test_pickles_are_never_read(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path(tmp_path / "exploded").write_text, ("boom",))

    np.savez(tmp_path / "a.npz", np.array([[Bomb()]], dtype=object))
    with pytest.raises(
        DataError,
        match=r"Cannot read .*a\.npz: its array 'arr_0': it holds Python objects, which are never",
    ):
        read_npz(tmp_path / "a.npz")
    assert not (tmp_path / "exploded").exists()


def test_what_is_no_npz_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    for content in (b"", b"sequence,label", b"PK\x03\x04 cut off"):
        path.write_bytes(content)
        with pytest.raises(
            DataError, match=r"Cannot read .*a\.npz: it is no \.npz file, or not a whole one"
        ):
            read_npz(path)
    with path.open("wb") as stream:
        np.save(stream, np.ones((2, 2), int))
    with pytest.raises(DataError, match="it is no .npz file"):
        read_npz(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("arr_0.npy", b"no array")
    with pytest.raises(DataError, match=r"a\.npz has no array 'arr_0'.*Received: no array"):
        read_npz(path)
    with zipfile.ZipFile(path, "w"):
        pass
    with pytest.raises(DataError, match="Received: no array"):
        read_npz(path)


def test_a_damaged_npz_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, np.ones((50, 50), np.uint8))
    content = bytearray(path.read_bytes())
    content[1000] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(DataError, match="Cannot read .*CRC"):
        read_npz(path)


def test_a_folder_is_positives_then_negatives_of_one_width(
    write_peptides: Callable[..., Path],
) -> None:
    x, labels = read_npz_folder(write_peptides(positive=[[1, 2, 3]], negative=[[4], [5]]))
    assert x.tolist() == [[1, 2, 3], [4, 0, 0], [5, 0, 0]]
    assert labels.tolist() == [1, 0, 0]


def test_a_missing_file_is_named(write_peptides: Callable[..., Path]) -> None:
    folder = write_peptides()
    (folder / "hemo-negative.npz").unlink()
    with pytest.raises(
        DataError, match=r"lacks hemo-negative\.npz\. .*Received: hemo-positive\.npz\."
    ):
        read_npz_folder(folder)


def test_rows_longer_than_the_limit_are_refused_and_padding_is_cut(tmp_path: Path) -> None:
    rows = np.zeros((3, 6000), np.uint8)
    rows[:, :4] = 7
    np.savez_compressed(tmp_path / "a.npz", rows)
    assert read_npz(tmp_path / "a.npz").shape == (3, 500)
    rows[1:, 5000] = 1
    np.savez_compressed(tmp_path / "a.npz", rows)
    with pytest.raises(
        DataError, match=r"a\.npz, row 1 .*at most 500 .*Received: 5,001\. Remove or cut the 2 row"
    ):
        read_npz(tmp_path / "a.npz")
