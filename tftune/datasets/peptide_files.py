"""Reads peptides from the two .npz files of the peptide dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.datasets.amino_acids import ALPHABET
from tftune.datasets.peptide_rows import LONGEST_PEPTIDE, Peptides
from tftune.errors import DataError
from tftune.support import limits
from tftune.support.array_files import Told, open_arrays

FILES = ("hemo-positive.npz", "hemo-negative.npz")  # in the order of the rows; labels 1 and 0
LARGEST = len(ALPHABET)
NAMED = 10  # arrays in a message


def read_npz_folder(folder: Path) -> Peptides:
    """Returns the peptides of `hemo-positive.npz` (label 1) followed by those of
    `hemo-negative.npz` (label 0).

    Returns:
        Numbers 0..20, shape `(n, width)`, uint8, the narrower file padded with zeros; labels, shape
        `(n,)`.

    Raises:
        DataError: If a file is missing or breaks the contract of `read_npz`.
    """
    for name in FILES:
        if not (folder / name).is_file():
            received = (
                ", ".join(sorted(path.name for path in folder.iterdir())[:10]) or "an empty folder"
            )
            raise DataError(
                f"The folder {folder} lacks {name}. Expected {FILES[0]} and {FILES[1]}. Received: "
                f"{received}."
            )
    positive, negative = (read_npz(folder / name) for name in FILES)
    width = max(positive.shape[1], negative.shape[1])
    x = np.concatenate([pad(positive, width), pad(negative, width)])
    return x, np.repeat(np.array([1, 0]), [len(positive), len(negative)])


def pad(x: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """Returns rows padded with zeros at the end, shape `(n, width)`, for `width` not less than
    their own.

    Example:
        >>> pad(np.array([[5, 6]], "uint8"), 4).tolist()
        [[5, 6, 0, 0]]
    """
    return np.pad(x, ((0, 0), (0, width - x.shape[1])))


def read_npz(path: Path) -> NDArray[np.uint8]:
    """Returns the peptides of one .npz file, shape `(n, width)`, uint8.

    The array is the one named `arr_0`, or the only one of two dimensions. Integers and floats of
    any size are read, pickles never.

    Raises:
        DataError: If there is no such array, or a value is not a whole number 0..20, or a row is
            empty; names file, row and value.
    """
    expected = f"Expected an .npz file with one array of whole numbers 0..{LARGEST}."
    try:
        with open_arrays(path) as arrays:
            array = arrays.read(_chosen(path, arrays.told))
    except _OtherArraysError:
        raise
    except DataError as error:
        raise DataError(f"Cannot read {path}: {error}. {expected}") from error
    _check_values(path, array)
    return array[:, :LONGEST_PEPTIDE].astype(np.uint8)  # beyond is padding


class _OtherArraysError(DataError):
    """Write the peptides as an array of two dimensions: there is none."""


def _chosen(path: Path, told: Mapping[str, Told]) -> str:
    """Returns the name of the array of peptides; nothing has been read of it yet."""
    flat = [name for name, each in told.items() if each.ndim == 2]
    shapes = ", ".join(f"{name}: {each}" for name, each in list(told.items())[:NAMED])
    if "arr_0" not in told and len(flat) != 1:
        raise _OtherArraysError(
            f"{path} has no array 'arr_0' and not exactly one of two dimensions. Received: "
            f"{shapes or 'no array'}."
        )
    name = "arr_0" if "arr_0" in told else flat[0]
    found = told[name]
    if found.ndim != 2 or 0 in found.shape or found.dtype.kind not in "iuf":
        raise _OtherArraysError(
            f"{path} must hold whole numbers 0..{LARGEST} of shape (peptides, width). Received: "
            f"{shapes}."
        )
    limits.CELLS.check(found.shape[0] * min(found.shape[1], LONGEST_PEPTIDE))
    return name


def _check_values(path: Path, array: NDArray[Any]) -> None:
    with np.errstate(invalid="ignore"):
        whole = (
            np.isfinite(array) & (array == np.floor(array))
            if array.dtype.kind == "f"
            else np.ones(array.shape, dtype=bool)
        )
        wrong = ~(whole & (array >= 0) & (array <= LARGEST))
    if wrong.any():
        row, column = (int(index[0]) for index in np.nonzero(wrong))
        raise DataError(
            f"{path}, row {row}, column {column} (counted from 0): expected a whole number "
            f"0..{LARGEST}, 0 for padding and 1..{LARGEST} "
            f"for an amino acid. Received: {array[row, column].item()!r}."
        )
    if len(long := np.flatnonzero(array[:, LONGEST_PEPTIDE:].any(axis=1))):
        raise DataError(
            f"{path}, row {int(long[0])} (counted from 0): expected at most {LONGEST_PEPTIDE} "
            "amino acids, since every row becomes as wide as the longest. Received: "
            f"{int(np.flatnonzero(array[long[0]])[-1]) + 1:,}. Remove or cut the {len(long)} "
            "row(s) of this kind."
        )
    if len(empty := np.flatnonzero(~array.any(axis=1))):
        raise DataError(
            f"{path}, row {int(empty[0])} (counted from 0): expected at least one amino acid. "
            "Received: only the value 0."
        )
