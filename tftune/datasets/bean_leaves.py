"""Photographs of bean leaves: angular leaf spot, bean rust or healthy.

Makerere AI Lab, *Bean disease dataset*, January 2020, github.com/AI-Lab-Makerere/ibean, licence
MIT; photographed with smartphones in the field in Uganda and labelled by experts of the National
Crops Resources Research Institute. The official splits are used as they are: train 1,034,
validation 133, test 128 photographs of 500 x 500 pixels. `data/bean_leaves.md` is the data card.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.datasets import image_folder, prepared_beans, sample_leaves
from tftune.datasets.base import Dataset, SplitArrays, prepare
from tftune.datasets.cache import cache_root, files_digest
from tftune.datasets.images import check_image_size, decode_all, one_hot
from tftune.datasets.splits import leak_facts
from tftune.errors import DataError
from tftune.support.seeding import check_seed

CLASSES = ("angular_leaf_spot", "bean_rust", "healthy")
RECIPE = 2  # raise it when equal files or seeds come to give other arrays

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
    one-hot, shape `(n, 3)`, in the order angular_leaf_spot, bean_rust, healthy. Facts:
    `image_size`, `leak_rate` and `validation_leak_rate` (the share of images whose pixels equal
    those of a training image).

    Args:
        source: `"tfds"`, the official photographs as TensorFlow Datasets prepares them; `"sample"`,
            leaves drawn from `seed`; or a folder of photographs `split/class/image.jpg` with the
            splits train, validation, test (.jpg, .jpeg, .png).
        data_dir: For `"tfds"`: the folder in which TFDS keeps its datasets. None: `TFDS_DATA_DIR`,
            else `~/tensorflow_datasets`. What is prepared there is read; otherwise 180 MB are
            downloaded to it.
        image_size: Height and width in pixels, from 16 to 512.
        seed: For `"sample"`, from 0 to 2**31 - 1.
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
    return _load_folder(folder, image_size, cache)


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
        return _finish(images, image_size)

    return prepare("bean_leaves", "tfds", _key(digest, image_size), build, CLASSES, cache)


def _load_sample(image_size: int, seed: int, cache: PathLike | None) -> Dataset:
    def build() -> tuple[SplitArrays, dict[str, Any]]:
        splits = sample_leaves.draw_splits(image_size, seed)
        return splits, _facts({split: x for split, (x, _) in splits.items()}, image_size)

    return prepare(
        "bean_leaves",
        "sample",
        {"recipe": RECIPE, "sample": seed, "image_size": image_size},
        build,
        CLASSES,
        cache,
    )


def _load_folder(root: Path, image_size: int, cache: PathLike | None) -> Dataset:
    if not root.is_dir():
        raise DataError(
            "Unknown source of bean leaves. Expected 'tfds', 'sample' or an existing folder of "
            f"photographs. Received: {str(root)!r}. "
            "Check the spelling, or try --data sample."
        )
    listing = image_folder.list_images(root, CLASSES)
    digest = files_digest(
        root, [path for images in listing.values() for path, _ in images], cache_root(cache)
    )

    def build() -> tuple[SplitArrays, dict[str, Any]]:
        images: Images = {}
        for split, found in listing.items():
            files = (image_folder.read_image(path) for path, _ in found)
            images[split] = decode_all(files, image_size), [label for _, label in found]
        return _finish(images, image_size)

    return prepare("bean_leaves", str(root), _key(digest, image_size), build, CLASSES, cache)


def _key(digest: str, image_size: int) -> dict[str, Any]:
    return {"recipe": RECIPE, "files": digest, "image_size": image_size}


def _finish(images: Images, image_size: int) -> tuple[SplitArrays, dict[str, Any]]:
    facts = _facts({split: x for split, (x, _) in images.items()}, image_size)
    return {
        split: (x, one_hot(labels, len(CLASSES))) for split, (x, labels) in images.items()
    }, facts


def _facts(pixels: dict[str, NDArray[np.uint8]], image_size: int) -> dict[str, Any]:
    return {"image_size": image_size, **leak_facts(pixels)}
