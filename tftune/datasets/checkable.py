"""Reads labelled rows from whatever is to be checked: sources of the programs, a folder or archive
of pictures in any usual layout, an .npz file.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.datasets import digit_images, hemolytic_peptides, prepared_beans, sample_peptides
from tftune.datasets.amino_acids import ALPHABET, decode
from tftune.datasets.base import SPLITS
from tftune.datasets.bean_leaves import CLASSES as LEAVES
from tftune.datasets.digit_arrays import read_arrays
from tftune.datasets.image_files import open_files
from tftune.datasets.image_folder import SPLIT_NAMES, SUFFIXES, base_folder
from tftune.datasets.images import NamedImage, decode_all
from tftune.datasets.labelled import Labelled, as_text, classes_of_labels, joined_labels
from tftune.datasets.peptide_files import FILES, read_npz_folder
from tftune.datasets.peptide_rows import Peptides
from tftune.datasets.peptide_tables import TEXT_SUFFIXES, read_text
from tftune.datasets.splits import identities
from tftune.errors import DataError

IMAGE_SIZE = 64  # pixels at which pictures of a folder are compared
KINDS = ("sequences", "pictures", "rows")
NAMES = ("download", "sample", "tfds", "mnist", "digits")
NO_CLASS = "without a class"
EXPECTED = (
    f"Expected {', '.join(NAMES)}; a folder with {FILES[0]} and {FILES[1]}; a table or FASTA file "
    f"of peptides ({', '.join(TEXT_SUFFIXES)}); a folder or .zip archive of pictures; or an .npz "
    "file with x and y, or x_train, y_train, x_test and y_test"
)
PathLike = str | os.PathLike[str]


def read(
    source: str, kind: str | None = None, data_dir: PathLike | None = None, seed: int = 0
) -> Labelled:
    """Returns the rows of a source with their labels.

    Args:
        source: See `EXPECTED`; `sample` are the generated peptides.
        kind: What the arrays of an .npz file hold, one of `KINDS`; None tells it from their shape.
        data_dir: For `tfds`: the folder of TensorFlow Datasets.
        seed: Of the generated peptides, and of the test part of `digits`.

    Raises:
        DataError: If there is no such source, or it cannot be read.
    """
    path = Path(source).expanduser()
    if source in ("download", "sample"):
        if source == "sample":
            return of_peptides(source, sample_peptides.generate(seed))
        return of_peptides(source, read_npz_folder(hemolytic_peptides.download()))
    if source == "tfds" or (path.is_dir() and prepared_beans.find(path)):
        return _prepared_leaves(source, path, data_dir)
    if source == "digits":
        return of_arrays(source, digit_images.embedded_digits(seed)[0], "pictures")
    if source == "mnist":
        return of_arrays(source, read_arrays(digit_images.mnist_file()), "pictures")
    if path.is_dir() and any((path / name).is_file() for name in FILES):
        return of_peptides(source, read_npz_folder(path))
    suffix = path.suffix.lower()
    if path.is_file() and suffix in TEXT_SUFFIXES:
        return of_peptides(source, read_text(path))
    if path.is_file() and suffix == ".npz":
        return of_arrays(source, read_arrays(path, EXPECTED), kind)
    if path.is_dir() or (path.is_file() and suffix == ".zip"):
        return _pictures(source, path)
    what = "There is no such file or folder" if not path.exists() else "It is of another kind"
    raise DataError(f"Cannot check {source!r}. {what}. {EXPECTED}. Correct the path.")


def of_peptides(source: str, peptides: Peptides) -> Labelled:
    """Returns peptides, which have no splits yet."""
    x, labels = peptides
    inputs = identities(x)
    first = np.unique(inputs, return_index=True)[1]
    texts = decode(x)
    return Labelled(
        source,
        "sequences",
        inputs,
        labels,
        hemolytic_peptides.CLASSES,
        np.zeros(len(x), np.int64),
        ("all",),
        [f"row {row}, {text}" for row, text in enumerate(texts)],
        texts=[texts[row] for row in first],
    )


def of_arrays(source: str, arrays: dict[str, NDArray[Any]], kind: str | None = None) -> Labelled:
    """Returns the rows of arrays that are named as in an .npz file.

    Args:
        source: What to call them.
        arrays: `x` and `y`; or `x_train`, `y_train`, and the same with `test` and `validation`.
        kind: What they hold, one of `KINDS`; None tells it from their shape.

    Raises:
        DataError: If an array is missing, or labels and inputs do not fit together.
    """
    arrays = {
        name: as_text(each) if each.dtype.kind == "S" else each for name, each in arrays.items()
    }
    found = {
        split: (arrays[f"x{end}"], arrays[f"y{end}"])
        for split, end in (("all", ""), *_ENDS)
        if f"x{end}" in arrays and f"y{end}" in arrays
    }
    if not found or ("all" in found and len(found) > 1):
        raise DataError(
            f"{source} has no inputs with labels, or both whole and split. {EXPECTED}. Received: "
            f"{', '.join(list(arrays)[:10]) or 'no array'}. Write it with numpy.savez(file, x=..., "
            "y=...)."
        )
    shapes = {x.shape[1:] for x, _ in found.values()}
    if len(shapes) > 1 or any(not x.ndim or not len(x) for x, _ in found.values()):
        raise DataError(
            f"The inputs of {source} differ in shape, or there are none. Expected rows of one "
            f"shape. Received: {', '.join(str(x.shape) for x, _ in found.values())}. Write them "
            "alike."
        )
    x = np.concatenate([x for x, _ in found.values()])
    y = [np.asarray(y) for _, y in found.values()]
    for (split, (inputs, _)), labels in zip(found.items(), y, strict=True):
        classes_of_labels(labels, len(inputs), f"y of {split} in {source}")
    whole = joined_labels(y, source)
    labels, classes = classes_of_labels(whole, len(x), f"y of {source}")
    sizes = [len(x) for x, _ in found.values()]
    names = [f"{split} row {row}" for split, (x, _) in found.items() for row in range(len(x))]
    parts = np.repeat(np.arange(len(sizes)), sizes)
    return _of_inputs(source, x, labels, tuple(classes), parts, tuple(found), names, kind)


_ENDS = (
    ("train", "_train"),
    ("validation", "_validation"),
    ("validation", "_val"),
    ("test", "_test"),
)


def _of_inputs(
    source: str,
    x: NDArray[Any],
    labels: NDArray[Any],
    classes: tuple[str, ...],
    parts: NDArray[np.int64],
    splits: tuple[str, ...],
    names: Sequence[str],
    kind: str | None = None,
    remarks: tuple[str, ...] = (),
) -> Labelled:
    kind = kind or _kind(x)
    if x.dtype.kind not in "biufUS":
        raise DataError(
            f"The inputs of {source} are of a kind that is not read. Expected numbers or texts. "
            f"Received: {x.dtype}. Convert them."
        )
    known: dict[Any, int] = {}
    texts, pixels = [], None
    if kind == "sequences":
        rows: Sequence[Any] = _texts(source, x)
        inputs = np.array([known.setdefault(row, len(known)) for row in rows], np.int64)
        texts = list(known)
    else:
        inputs = identities(np.ascontiguousarray(x))
        first = np.unique(inputs, return_index=True)[1]
        pixels = _as_bytes(source, x[first]) if kind == "pictures" else None
    return Labelled(
        source, kind, inputs, labels, classes, parts, splits, names, texts, pixels, remarks
    )


def _kind(x: NDArray[Any]) -> str:
    if x.dtype.kind in "US" and x.ndim == 1:
        return "sequences"
    sides = x.ndim == 3 or (x.ndim == 4 and x.shape[3] in (1, 3))
    return "pictures" if sides and min(x.shape[1:3]) >= 4 and x.dtype.kind in "biuf" else "rows"


def _texts(source: str, x: NDArray[Any]) -> list[str]:
    if x.dtype.kind in "US" and x.ndim == 1:
        return [str(text) for text in x]
    codes = x.ndim == 2 and x.dtype.kind in "biu" and 0 <= x.min(initial=0) <= x.max(initial=0)
    if not codes or x.max(initial=0) > 255:
        raise DataError(
            f"The inputs of {source} are no sequences. Expected texts, or codes 0 to 255 of shape "
            f"(rows, width) padded with zeros. Received: {x.dtype} of shape {x.shape}. Leave out "
            "--kind sequences."
        )
    if x.max(initial=0) <= len(ALPHABET):
        return decode(x)
    return [bytes(row.tolist()).rstrip(b"\0").decode("latin-1") for row in x]


def _as_bytes(source: str, x: NDArray[Any]) -> NDArray[np.uint8]:
    """Returns pictures of any range as bytes: what matters is what they look like."""
    if x.ndim not in (3, 4) or (x.ndim == 4 and x.shape[3] not in (1, 3)):
        raise DataError(
            f"The inputs of {source} are no pictures. Expected the shape (n, height, width), with "
            f"1 or 3 channels behind. Received: {x.shape}. Leave out --kind pictures."
        )
    x = x if x.ndim == 4 else x[..., np.newaxis]
    if x.dtype == np.uint8 and x.max(initial=0) > 1:
        return x
    low, high = float(np.fmin.reduce(x, axis=None)), float(np.fmax.reduce(x, axis=None))
    if not np.isfinite([low, high]).all():
        raise DataError(
            f"The pictures of {source} hold values that are not finite. Expected numbers. "
            f"Received: values from {low:g} to {high:g}. Repair them."
        )
    scaled = (np.nan_to_num(x.astype(np.float32), nan=low) - low) * (255 / max(high - low, 1e-12))
    found: NDArray[np.uint8] = np.rint(scaled).astype(np.uint8)
    return found


def _prepared_leaves(source: str, path: Path, data_dir: PathLike | None) -> Labelled:
    folder = path if source != "tfds" else prepared_beans.data_folder(data_dir)
    found = prepared_beans.find(folder) or prepared_beans.prepare_online(folder)
    files = prepared_beans.split_files(found)
    labels: list[int] = []
    pixels, sizes = [], []
    for split in SPLITS:
        before = len(labels)
        pixels.append(decode_all(prepared_beans.read_split(files[split], labels), IMAGE_SIZE))
        sizes.append(len(labels) - before)
    names = [
        f"{split} record {row}"
        for split, size in zip(SPLITS, sizes, strict=True)
        for row in range(size)
    ]
    parts = np.repeat(np.arange(len(sizes)), sizes)
    y = np.array(labels, np.int64)
    return _of_inputs(source, np.concatenate(pixels), y, LEAVES, parts, SPLITS, names, "pictures")


def _pictures(source: str, path: Path) -> Labelled:
    """Reads a folder or archive of pictures: CLASS/image or SPLIT/CLASS/image, any splits of train,
    validation and test; pictures in no folder have no class.
    """
    files = open_files(path)
    images = [name for name in files.names if PurePosixPath(name).suffix.lower() in SUFFIXES]
    if not images:
        raise DataError(f"{path} holds no pictures, and nothing else that is read. {EXPECTED}.")
    base = base_folder(files)
    placed = [_place(name.removeprefix(base)) for name in images]
    splits = [split for split in SPLITS if any(found == split for found, _ in placed)]
    splits += ["all"] if any(not found for found, _ in placed) else []
    names = sorted({kind for _, kind in placed})

    def contents() -> Any:
        for name in images:
            try:
                content: bytes | DataError = files.read(name)
            except DataError as error:
                content = error  # all that are bad are named at the end
            named: NamedImage = (str(path / name), content)
            yield named

    pixels = decode_all(contents(), IMAGE_SIZE)
    left_out = len(files.names) - len(images) + len(files.broken)
    what = "file is no picture" if left_out == 1 else "files are no pictures"
    remarks = (f"{left_out:,} {what}, and left out.",) if left_out else ()
    return _of_inputs(
        source,
        pixels,
        np.array([names.index(kind) for _, kind in placed], np.int64),
        tuple(names),
        np.array([splits.index(split or "all") for split, _ in placed], np.int64),
        tuple(splits),
        images,
        "pictures",
        remarks,
    )


def _place(name: str) -> tuple[str, str]:
    """Returns the split, "" without one, and the class of a picture.

    Example:
        >>> _place("Train/healthy/more/1.jpg"), _place("healthy/1.jpg"), _place("1.jpg")
        (('train', 'healthy'), ('', 'healthy'), ('', 'without a class'))
    """
    folders = name.split("/")[:-1]
    split = SPLIT_NAMES.get(folders[0].lower(), "") if folders else ""
    below = folders[1:] if split else folders
    return split, below[0] if below else NO_CLASS
