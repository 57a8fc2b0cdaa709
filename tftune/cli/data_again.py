"""The data of a run once more: as its program loads them, or from a file that holds other rows."""

from __future__ import annotations

import argparse
import contextlib
import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import Any

import numpy as np

from tftune.cli.terminal import tell
from tftune.datasets.nearness import Nearness, nearness
from tftune.errors import DataError, RunFolderError, TftuneError, UsageError
from tftune.journal.run_folder import RunFolder
from tftune.support.array_files import read_all
from tftune.support.texts import quoted, shown

PROGRAMS = ("beans", "hemolysis", "mnist")  # tasks whose data can be loaded again
SPLITS = ("test", "validation")
_PAIRS = (("x_test", "y_test"), ("x", "y"))  # names of arrays in a file
_LOOKED_AT = 10  # names in a message


@dataclass(frozen=True)
class Rows:
    """Rows to evaluate a model on.

    Attributes:
        x: Inputs as the model takes them, and as `model.evaluate` takes them.
        y: Targets.
        split: `test` or `validation` of the search's own data, or `other`.
        source: What the data are called.
        names: A name for each row, such as a file, where rows have one.
        nearness: How near the rows stand to the training rows, where that is known.
    """

    x: Any
    y: Any
    split: str
    source: str
    names: tuple[str, ...] = ()
    nearness: Nearness | None = None


@contextlib.contextmanager
def writable(folder: RunFolder) -> Iterator[None]:
    """Says of a run folder that cannot be written in what would have been written.

    Raises:
        RunFolderError: In place of what the system raises.
    """
    try:
        yield
    except OSError as error:
        raise RunFolderError(
            f"Cannot write in {folder.path}: {error.strerror or error}. Expected a run folder that "
            "can be written in: a use of the test split, and a result, are noted there. Copy the "
            "folder, or make room."
        ) from error


def program_of(header: Mapping[str, Any]) -> Any | None:
    """Returns the program that ran a search, or None: it was run by a `Tuner`, or by a version that
    did not note how to load the data.
    """
    if header.get("task") not in PROGRAMS or not (header.get("origin") or {}).get("options"):
        return None
    return importlib.import_module(f"tftune.{header['task']}").PROGRAM


def options_of(program: Any, header: Mapping[str, Any], data: str | None = None) -> Any:
    """Returns the options of a program that load the data of a run again.

    Args:
        program: That ran it.
        header: Of the run.
        data: Where the data are now; None: where they were.

    Raises:
        UsageError: If the header has a value that the option does not take.
    """
    table = program.options()
    options = argparse.Namespace(**{option.name: option.default for option in table.options})
    told = {**header["origin"]["options"], "space": (header.get("model") or {}).get("space")}
    if data is not None:
        told["data"] = data
    for option in table.options:
        value = told.get(option.name)
        if value is None:
            continue
        try:
            setattr(options, option.name, option.convert(str(value)))
        except (argparse.ArgumentTypeError, ValueError) as error:
            raise UsageError(
                f"The data of the run cannot be loaded again: {option.flag} {shown(value)}: "
                f"{error}. Expected what the program took then. Say where the data are."
            ) from None
    return options


def own_data(program: Any, header: Mapping[str, Any], data: str | None = None) -> Any:
    """Returns the dataset of a program's run, loaded again.

    Args:
        program: That ran it.
        header: Of the run.
        data: Where the data are now; None: where they were.

    Raises:
        DataError: If the data are gone, or are no longer those of the search.
    """
    options = options_of(program, header, data)
    try:
        dataset = program.load(options)
    except DataError as error:
        if data is not None:
            raise
        raise DataError(
            f"The data of the run cannot be loaded again: {error} If they are elsewhere now, say "
            "where."
        ) from error
    wanted = (header.get("data") or {}).get("fingerprint")
    if dataset.fingerprint != wanted:
        raise DataError(
            f"The data are not those of the search. Expected the fingerprint {wanted}. Received: "
            f"{dataset.fingerprint}, of {shown(str(options.data))}. Restore the files, or say "
            "where those of the search are."
        )
    return dataset


def nearness_to_training(program: Any, run: Any, rows: Rows) -> Nearness | None:
    """Returns how near other peptides stand to those that the model of a run was trained on; None
    of other tasks, and where the data of the run are gone.
    """
    if run.header.get("task") != "hemolysis":
        return None
    try:
        return nearness(
            np.asarray(rows.x), own_data(program, run.header).trained(run.state.is_refitted)
        )
    except (TftuneError, ValueError):
        return None


def hypermodel_of(program: Any, header: Mapping[str, Any]) -> Any:
    """Returns the tunable model of a program's run, made without its data.

    Raises:
        KeyError: If the header does not tell enough, as those of old versions.
    """
    data, model = header["data"], header["model"]
    names = data.get("class_names") or [str(number) for number in range(model.get("classes", 2))]
    facts = {**data, "width": model.get("width", data.get("width"))}
    return program.make_model(
        options_of(program, header), SimpleNamespace(classes=tuple(names), facts=facts)
    )


def rows_of_file(path: Path) -> Rows:
    """Returns the rows of an `.npz` file with arrays x and y, or x_test and y_test; several inputs
    stand under x_<name>.

    Raises:
        DataError: If it is no such file.
    """
    expected = "Expected an .npz file with the arrays x and y, or x_test and y_test."
    try:
        arrays = read_all(path)
    except DataError as error:
        raise DataError(f"Cannot read {path}: {error}. {expected}") from error
    for x, y in _PAIRS:
        several = {
            name.removeprefix(f"{x}_"): array
            for name, array in arrays.items()
            if name.startswith(f"{x}_") and name not in ("x_test", "y_test")
        }
        inputs = arrays.get(x) if x in arrays else several or None
        if inputs is not None and y in arrays:
            return Rows(inputs, arrays[y], "other", str(path))
    found = ", ".join(list(arrays)[:_LOOKED_AT]) or "no array"
    raise DataError(
        f"{path} has no inputs with targets. {expected} Received: {found}. Write it with "
        "numpy.savez(file, x=inputs, y=targets)."
    )


def foreign_rows(header: Mapping[str, Any], path: Path, split: str = "test") -> Rows:
    """Returns all rows of data that a search has not seen, in the form that its model takes.

    Args:
        header: Of the run of a program.
        path: Peptides: a table, FASTA, or a folder of the two .npz files. Leaves and digits: a
            folder or .zip of CLASS/image or SPLIT/CLASS/image. All: an `.npz` file.
        split: Which one of a folder that has splits.

    Raises:
        DataError: If it cannot be read, or does not fit the model.
    """
    digits = header["task"] == "mnist"
    if path.suffix.lower() == ".npz":
        rows = rows_of_file(path)
        return _digits(header, rows) if digits else rows
    if not path.exists():
        raise DataError(f"There is no {path}. Expected a file or a folder. Correct the path.")
    if header["task"] == "hemolysis":
        return _peptides(path, int(header["model"]["width"]))
    model = header["model"]
    side = model.get("image_size")
    shape = (model["height"], model["width"], model["channels"]) if digits else (side, side, 3)
    return _images(header, path, split, shape)


def _digits(header: Mapping[str, Any], rows: Rows) -> Rows:
    from tftune.datasets.digit_arrays import labels_of, pixels_of
    from tftune.datasets.images import one_hot

    x = pixels_of(np.asarray(rows.x), f"x of {rows.source}")
    y = labels_of(np.asarray(rows.y), f"y of {rows.source}", len(x))
    wanted = tuple(header["model"][side] for side in ("height", "width", "channels"))
    classes = len(header["data"]["class_names"])
    if x.shape[1:] != wanted or y.max() >= classes:
        raise DataError(
            f"{rows.source} does not fit the model. Expected pictures of the shape {wanted} and "
            f"labels below {classes}. Received: {x.shape[1:]} and labels up to {y.max()}. Resize "
            "the pictures, or search with them."
        )
    return Rows(x, one_hot(y, classes), "other", rows.source)


def _peptides(path: Path, width: int) -> Rows:
    from tftune.datasets.peptide_files import pad, read_npz_folder
    from tftune.datasets.peptide_tables import read_text

    x, labels = read_npz_folder(path) if path.is_dir() else read_text(path)
    longest = int((x != 0).any(axis=0).nonzero()[0].max(initial=-1)) + 1
    if longest > width:
        raise DataError(
            f"{path} holds a peptide of {longest} residues. Expected at most {width}, which the "
            "model was made for. Remove longer ones, or search with them."
        )
    x = x[:, :width] if x.shape[1] >= width else pad(x, width)
    return Rows(x, labels[:, np.newaxis].astype(np.float32), "other", str(path))


def _images(header: Mapping[str, Any], path: Path, split: str, shape: tuple[int, int, int]) -> Rows:
    from tftune.datasets.image_files import open_files
    from tftune.datasets.image_folder import SPLIT_NAMES, SUFFIXES
    from tftune.datasets.images import decode_all, of_channels, one_hot

    classes = list(header["data"]["class_names"])
    files = open_files(path)
    images = [name for name in files.names if PurePosixPath(name).suffix.lower() in SUFFIXES]
    found, strays = [], []
    for name in images:
        folders = name.split("/")[:-1]
        # the folder itself may be that of a class, such as test/healthy
        above = [*reversed(folders), path.absolute().name]
        label = next((classes.index(part) for part in above if part in classes), None)
        of = next(
            (SPLIT_NAMES[part.lower()] for part in folders if part.lower() in SPLIT_NAMES), ""
        )
        if label is None:
            strays.append(name)
        elif of in ("", split):
            found.append((name, label))
    if not found:
        raise DataError(
            f"{path} holds no images of the classes of the search. Expected CLASS/image.jpg with "
            f"the classes {', '.join(classes[:_LOOKED_AT])}. Received: {len(images)} images"
            + (f", such as {shown(strays[0])}" if strays else "")
            + ". Name the folders by the classes."
        )
    if strays:
        tell(
            f"warning: {len(strays)} images lie in no folder of a class of the search and are left "
            f"out, such as {quoted(strays[0])}."
        )
    pixels = decode_all(((str(path / name), files.read(name)) for name, _ in found), shape[:2])
    pixels = of_channels(pixels, shape[2])
    labels = one_hot([label for _, label in found], len(classes))
    return Rows(pixels, labels, "other", str(path), tuple(name for name, _ in found))
