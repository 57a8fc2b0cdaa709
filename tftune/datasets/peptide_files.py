"""Reads peptides from files: the two .npz files of the peptide dashboard, or a CSV with columns
`sequence,label`.
"""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.datasets.amino_acids import ALPHABET, encode, unknown_letter
from tftune.errors import DataError

FILES = ("hemo-positive.npz", "hemo-negative.npz")  # in the order of the rows; labels 1 and 0
LARGEST = len(ALPHABET)
Peptides = tuple[NDArray[np.uint8], NDArray[np.int64]]


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
    arrays = _arrays(path)
    flat = [array for array in arrays.values() if array.ndim == 2]
    if "arr_0" not in arrays and len(flat) != 1:
        raise DataError(
            f"{path} has no array 'arr_0' and not exactly one of two dimensions. Received: "
            f"{_shapes(arrays)}."
        )
    array = arrays.get("arr_0", flat[0] if flat else None)
    if array is None or array.ndim != 2 or 0 in array.shape or array.dtype.kind not in "iuf":
        raise DataError(
            f"{path} must hold whole numbers 0..{LARGEST} of shape (peptides, width). Received: "
            f"{_shapes(arrays)}."
        )
    _check_values(path, array)
    return array.astype(np.uint8)


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    expected = f"Expected an .npz file with one array of whole numbers 0..{LARGEST}."
    if not zipfile.is_zipfile(path):
        raise DataError(f"Cannot read {path}: it is no .npz file, or not a whole one. {expected}")
    try:
        with np.load(path, allow_pickle=False) as archive:
            members = {name: archive[name] for name in archive.files}
    except (
        Exception
    ) as error:  # damaged archives raise many kinds, and all mean the same to the user
        reason = (
            "it holds Python objects, which are never unpickled"
            if "allow_pickle" in str(error)
            else f"{error!r}"
        )
        raise DataError(f"Cannot read {path}: {reason}. {expected}") from error
    # others are files of any kind
    return {name: member for name, member in members.items() if isinstance(member, np.ndarray)}


def _shapes(arrays: dict[str, NDArray[Any]]) -> str:
    return (
        ", ".join(f"{name}: {array.dtype} of shape {array.shape}" for name, array in arrays.items())
        or "no array"
    )


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
    if len(empty := np.flatnonzero(~array.any(axis=1))):
        raise DataError(
            f"{path}, row {int(empty[0])} (counted from 0): expected at least one amino acid. "
            "Received: only the value 0."
        )


def read_csv(path: Path) -> Peptides:
    """Returns the peptides of a CSV file with a header that names the columns `sequence` and
    `label`.

    Returns:
        Numbers 0..20, shape `(n, longest)`, uint8; labels 0 or 1, shape `(n,)`.

    Raises:
        DataError: If a column is missing, a letter is no amino acid or a label is not 0 or 1; names
            file, line and value.
    """
    sequences, labels = [], []
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream, strict=True)
            names = [name.strip().lower() for name in reader.fieldnames or ()]
            if not {"sequence", "label"} <= set(names):
                raise DataError(
                    f"{path}, line 1: expected a header with the columns sequence,label. Received: "
                    f"{','.join(names)!r}."
                )
            reader.fieldnames = names
            for row in reader:
                sequences.append(_sequence(path, reader.line_num, row["sequence"]))
                labels.append(_label(path, reader.line_num, row["label"]))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            f"Cannot read {path}: {error}. Expected a CSV file in UTF-8 with columns "
            "sequence,label."
        ) from error
    if not sequences:
        raise DataError(
            f"{path} holds no peptides. Expected lines sequence,label below the header, such as "
            "GLFDIVKK,1."
        )
    return encode(sequences), np.array(labels, dtype=np.int64)


def _sequence(path: Path, line: int, text: str | None) -> str:
    sequence = (text or "").strip()
    unknown = unknown_letter(sequence)
    if not sequence or unknown:
        fault = f"{unknown!r} is no amino acid" if unknown else "the sequence is empty"
        raise DataError(
            f"{path}, line {line}: {fault}. Expected one-letter codes of {ALPHABET}. Received: "
            f"{sequence!r}."
        )
    return sequence


def _label(path: Path, line: int, text: str | None) -> int:
    if (label := (text or "").strip()) not in ("0", "1"):
        raise DataError(
            f"{path}, line {line}: expected the label 0 (not hemolytic) or 1 (hemolytic). "
            f"Received: {label!r}."
        )
    return int(label)
