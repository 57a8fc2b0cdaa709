"""Source `tfds` of the bean leaves: the dataset `beans` as TensorFlow Datasets prepares it, found
on disk first.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tftune.datasets.base import SPLITS
from tftune.datasets.images import NamedImage
from tftune.datasets.network import reachable
from tftune.datasets.tfrecords import read_examples
from tftune.errors import DataError
from tftune.support import limits
from tftune.support.files import home
from tftune.support.texts import one_line, shown
from tftune.support.whole_files import read_whole

ARCHIVE = (
    "https://storage.googleapis.com/ibeans/train.zip"  # the first file that TFDS would download
)
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)  # of JSON
_NO_VERSION_CHECK = "TEMPORARILY_DISABLE_PROTOBUF_VERSION_CHECK"  # protobuf's own name
WAYS_OUT = (
    "Ways out: --data-dir (or data_dir=) with a folder in which TFDS has prepared beans; the "
    "environment variable TFDS_DATA_DIR; "
    "--data sample for drawn leaves, or --data FOLDER for photographs in "
    "FOLDER/split/class/image.jpg."
)


def data_folder(data_dir: str | os.PathLike[str] | None) -> Path:
    """Returns the folder in which TFDS keeps its datasets: `data_dir`, else `TFDS_DATA_DIR` as it
    is now, else TFDS' own default.

    Example:
        >>> str(data_folder("prepared"))
        'prepared'
    """
    chosen = (
        data_dir
        if data_dir is not None
        else os.environ.get("TFDS_DATA_DIR") or home() / "tensorflow_datasets"
    )
    return Path(chosen).expanduser()


def find(folder: Path) -> Path | None:
    """Returns the newest prepared version of beans in `folder`, which may also be `.../beans` or
    `.../beans/0.1.0`; None without one.
    """
    infos = [
        info
        for pattern in ("beans/*", "*", ".")
        for info in folder.glob(f"{pattern}/dataset_info.json")
    ]
    found = [
        info.parent for info in infos if "incomplete" not in info.parent.name and _is_beans(info)
    ]
    return max(
        found,
        key=lambda path: [int(part) for part in re.findall(r"\d+", path.resolve().name)],
        default=None,
    )


def _is_beans(info: Path) -> bool:
    try:
        return bool(json.loads(read_whole(info, limits.JSON)).get("name") == "beans")
    except (DataError, ValueError, AttributeError, RecursionError):
        return False


def prepare_online(folder: Path) -> Path:
    """Downloads (180 MB) and prepares beans into `folder` with TFDS; whole or not at all.

    Raises:
        DataError: If the network cannot be reached (said in under 5 s, where TFDS would retry for
            200 s) or TFDS fails.
    """
    looked_for = (
        "The bean leaves are not prepared: looked for "
        f"{folder / 'beans' / '<version>' / 'dataset_info.json'}"
    )
    if reason := reachable(ARCHIVE):
        raise DataError(f"{looked_for}, and they cannot be downloaded: {reason}. {WAYS_OUT}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(dir=folder, prefix=".tftune-"))
    except OSError as error:
        raise DataError(
            f"{looked_for}, and cannot write there: {error.strerror or error}. {WAYS_OUT}"
        ) from error
    try:
        tensorflow_datasets = import_tfds()
        with contextlib.redirect_stdout(sys.stderr):  # TFDS announces itself; stdout is for results
            tensorflow_datasets.builder("beans", data_dir=str(staging)).download_and_prepare()
        prepared = find(staging)
        if prepared is None:
            raise DataError(f"{looked_for}; TFDS ended without preparing them. {WAYS_OUT}")
        target = folder / "beans" / prepared.name
        target.parent.mkdir(exist_ok=True)
        prepared.rename(target)
        return target
    except DataError:
        raise
    except (
        Exception
    ) as error:  # TFDS raises anything: network, disk, checksums, its own dependencies
        raise DataError(
            f"{looked_for}, and TFDS could not prepare them: {type(error).__name__}: {error}. "
            f"{WAYS_OUT}"
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def import_tfds() -> Any:
    """Imports TFDS, also where protobuf refuses to load code that a later protobuf has generated.

    tensorflow-metadata 1.21 holds code of protobuf 6 and does not say so; TensorFlow before 2.21
    wants protobuf 5, which loads the code well when it does not ask for its version.
    """
    before = os.environ.get(_NO_VERSION_CHECK)
    os.environ[_NO_VERSION_CHECK] = "true"
    try:
        import tensorflow_datasets

        return tensorflow_datasets
    finally:
        os.environ.pop(_NO_VERSION_CHECK)
        if before is not None:
            os.environ[_NO_VERSION_CHECK] = before


def split_files(prepared: Path) -> dict[str, dict[Path, int]]:
    """Returns the .tfrecord files of each split in order, and how many records each must hold.

    Raises:
        DataError: If a split or a part of it is missing, or the files are of another format.
    """
    try:
        info = json.loads(read_whole(prepared / "dataset_info.json", limits.JSON))
        shards = {
            split["name"]: [int(count) for count in split["shardLengths"]]
            for split in info["splits"]
        }
        form = info.get("fileFormat", "tfrecord")
    except (*UNREADABLE, DataError) as error:
        raise DataError(
            f"Cannot read {prepared / 'dataset_info.json'}: {one_line(repr(error))}. Prepare the "
            "dataset again. "
            f"{WAYS_OUT}"
        ) from error
    files = {split: sorted(prepared.glob(f"beans-{split}.tfrecord-*")) for split in SPLITS}
    for split, found in files.items():
        if form != "tfrecord" or not found or len(found) != len(shards.get(split, ())):
            expected = len(shards[split]) if split in shards else "some"
            raise DataError(
                f"The prepared beans in {prepared} lack split {split!r}: expected {expected} "
                f"file(s) beans-{split}.tfrecord-*. Received: {len(found)} file(s), format "
                f"{shown(form)}. Prepare the dataset again. {WAYS_OUT}"
            )
    return {split: dict(zip(found, shards[split], strict=True)) for split, found in files.items()}


def read_split(files: Mapping[Path, int], labels: list[int]) -> Iterator[NamedImage]:
    """Yields the images of a split, one in memory at a time, and appends their labels, 0..2 as TFDS
    numbers the classes, to `labels`.

    Args:
        files: The files in order, and how many records each must hold.
        labels: Is appended to.

    Raises:
        DataError: If a record has no image or no label, or a file more or fewer records.
    """
    for path, count in files.items():
        for number, example in enumerate(read_examples(path, count)):
            image, label = example.get("image"), example.get("label")
            if not isinstance(image, bytes) or not isinstance(label, int) or not 0 <= label <= 2:
                raise DataError(
                    f"Record {number} of {path} has no image or no label 0..2. Prepare the dataset "
                    f"again. {WAYS_OUT}"
                )
            labels.append(label)
            yield f"{path}, record {number}", image
