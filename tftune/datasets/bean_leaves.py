"""Photographs of bean leaves: angular leaf spot, bean rust or healthy.

Makerere AI Lab, *Bean disease dataset*, January 2020, github.com/AI-Lab-Makerere/ibean, licence
MIT; photographed with smartphones in the field in Uganda and labelled by experts of the National
Crops Resources Research Institute. The official splits are used as they are: train 1,034,
validation 133, test 128 photographs of 500 x 500 pixels. `data/bean_leaves.md` is the data card.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.datasets import image_folder, prepared_beans, sample_leaves
from tftune.datasets.base import SPLITS, Dataset, SplitArrays, prepare
from tftune.datasets.cache import cache_root, files_digest
from tftune.datasets.image_files import open_files
from tftune.datasets.images import NamedImage, check_image_size, decode_all, one_hot
from tftune.datasets.leaks import label_facts, picture_leak_facts
from tftune.datasets.splits import leak_facts
from tftune.errors import DataError
from tftune.support.seeding import check_seed

CLASSES = ("angular_leaf_spot", "bean_rust", "healthy")
RECIPE = 4  # raise it when equal files or seeds come to give other arrays

Images = dict[str, tuple[NDArray[np.uint8], list[int]]]
PathLike = str | os.PathLike[str]


def load(
    source: PathLike = "tfds",
    data_dir: PathLike | None = None,
    image_size: int = 64,
    seed: int = 0,
    cache: PathLike | None = None,
) -> Dataset:
    """Returns the bean leaves, decoded and resized once and kept memory-mapped in the cache.

    Each split has `x` uint8, shape `(n, image_size, image_size, 3)`, RGB 0..255, and `y` float32
    one-hot, shape `(n, 3)`, in the order angular_leaf_spot, bean_rust, healthy; a folder may have
    other classes, two or more. Facts: `image_size`, `leak_rate` and `validation_leak_rate` (the
    share of images whose pixels equal those of a training image), `near_leak_rate` and
    `validation_near_leak_rate` (of those that equal or look like one), `class_rows`,
    `contradictions` and `ceiling` (see `tftune.datasets.leaks`); for a folder also `left_out`, how
    many files were not taken, and `split_by_seed`. A warning says which and why.

    Args:
        source: `"tfds"`, the official photographs as TensorFlow Datasets prepares them; `"sample"`,
            leaves drawn from `seed`; or a folder or .zip archive of photographs
            `split/class/image.jpg` with the splits train, validation, test, or
            `class/image.jpg`, which is split by `seed` (JPEG, PNG, WebP, TIFF, BMP, GIF).
        data_dir: For `"tfds"`: the folder in which TFDS keeps its datasets. None: `TFDS_DATA_DIR`,
            else `~/tensorflow_datasets`. What is prepared there is read; otherwise 180 MB are
            downloaded to it.
        image_size: Height and width in pixels, from 16 to 512.
        seed: For `"sample"` and for a folder without splits, from 0 to 2**31 - 1.
        cache: Folder of the cache. None: `TFTUNE_CACHE`, else the platform's.

    Raises:
        UsageError: If `image_size` or `seed` is out of range.
        DataError: If the data are missing and cannot be downloaded, or are damaged; the message
            names the file.
    """
    check_seed(seed)
    image_size = check_image_size(image_size)
    if source == "tfds":
        return _load_prepared(data_dir, image_size, cache)
    if source == "sample":
        return _load_sample(image_size, seed, cache)
    folder = Path(source).expanduser()
    if prepared_beans.find(folder):  # the folder of TFDS given in the wrong place is as clear
        return _load_prepared(folder, image_size, cache)
    return _load_folder(folder, image_size, seed, cache)


def _load_prepared(data_dir: PathLike | None, image_size: int, cache: PathLike | None) -> Dataset:
    folder = prepared_beans.data_folder(data_dir)
    prepared = prepared_beans.find(folder) or prepared_beans.prepare_online(folder)
    files = prepared_beans.split_files(prepared)
    digest = files_digest(
        prepared, [path for paths in files.values() for path in paths], cache_root(cache)
    )

    def build() -> tuple[SplitArrays, dict[str, Any]]:
        images: Images = {}
        for split, paths in files.items():
            labels: list[int] = []
            images[split] = decode_all(prepared_beans.read_split(paths, labels), image_size), labels
        return _finish(images, image_size, CLASSES)

    return prepare("bean_leaves", "tfds", _key(digest, image_size), build, CLASSES, cache)


def _load_sample(image_size: int, seed: int, cache: PathLike | None) -> Dataset:
    def build() -> tuple[SplitArrays, dict[str, Any]]:
        splits = sample_leaves.draw_splits(image_size, seed)
        return splits, _facts(
            {split: (x, y.argmax(axis=1)) for split, (x, y) in splits.items()}, image_size, CLASSES
        )

    return prepare(
        "bean_leaves",
        "sample",
        {"recipe": RECIPE, "sample": seed, "image_size": image_size},
        build,
        CLASSES,
        cache,
    )


def _load_folder(root: Path, image_size: int, seed: int, cache: PathLike | None) -> Dataset:
    if not root.is_dir() and root.suffix.lower() != ".zip":
        raise DataError(
            "Unknown source of bean leaves. Expected 'tfds', 'sample' or an existing folder or "
            f".zip archive of photographs. Received: {str(root)!r}. "
            "Check the spelling, or try --data sample."
        )
    files = open_files(root)
    listing = image_folder.list_images(files, seed)
    found = [item for split in SPLITS for item in listing.images[split]]
    key = _key(files.digest([name for name, _ in found], cache_root(cache)), image_size)

    def contents() -> Iterator[NamedImage]:
        for name, _ in found:
            try:
                yield str(root / name), files.read(name)
            except DataError as error:
                yield str(root / name), error  # all that are bad are named at the end

    def build() -> tuple[SplitArrays, dict[str, Any]]:
        pixels, images, start = decode_all(contents(), image_size), {}, 0
        for split in SPLITS:
            labels = [label for _, label in listing.images[split]]
            images[split] = pixels[start : start + len(labels)], labels
            start += len(labels)
        return _finish(images, image_size, listing.classes)

    if listing.remarks:
        warnings.warn(f"{root}: {'. '.join(listing.remarks)}.", stacklevel=3)
    dataset = prepare(
        "bean_leaves",
        str(root),
        key | ({"split_seed": seed} if listing.split_by_seed else {}),
        build,
        listing.classes,
        cache,
    )
    told = {
        **({"left_out": listing.left_out} if listing.left_out else {}),
        **({"split_by_seed": seed} if listing.split_by_seed else {}),
    }
    return replace(dataset, facts=dataset.facts | told)


def _key(digest: str, image_size: int) -> dict[str, Any]:
    return {"recipe": RECIPE, "files": digest, "image_size": image_size}


def _finish(
    images: Images, image_size: int, classes: tuple[str, ...]
) -> tuple[SplitArrays, dict[str, Any]]:
    found = {split: (x, np.array(labels, np.int64)) for split, (x, labels) in images.items()}
    arrays = {split: (x, one_hot(labels, len(classes))) for split, (x, labels) in found.items()}
    return arrays, _facts(found, image_size, classes)


def _facts(
    parts: dict[str, tuple[NDArray[np.uint8], NDArray[np.int64]]],
    image_size: int,
    classes: tuple[str, ...],
) -> dict[str, Any]:
    pixels = {split: x for split, (x, _) in parts.items()}
    return {
        "image_size": image_size,
        **leak_facts(pixels),
        **picture_leak_facts(pixels),
        **label_facts(parts, classes),
    }
