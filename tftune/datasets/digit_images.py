"""Handwritten digits: MNIST, a file in its layout, or the small digits that scikit-learn embeds.

Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, *Gradient-based learning applied to document
recognition*, Proceedings of the IEEE 86, 1998: 60,000 + 10,000 grey pictures of 28 x 28 pixels,
light on dark. E. Alpaydin, C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine
Learning Repository, 1998: 1,797 pictures of 8 x 8 pixels, its test part, which scikit-learn
embeds. `data/digits.md` is the data card.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tftune.datasets.base import Dataset, SplitArrays, prepare
from tftune.datasets.cache import cache_root, files_digest
from tftune.datasets.digit_arrays import Arrays, read_layout
from tftune.datasets.images import one_hot
from tftune.datasets.leaks import label_facts, picture_leak_facts
from tftune.datasets.network import fetch
from tftune.datasets.splits import leak_facts, stratified_rows
from tftune.errors import DataError
from tftune.support.files import home, write_atomically
from tftune.support.seeding import check_seed

RECIPE = 2  # raise it when equal files or seeds come to give other arrays
VALIDATION_SHARE = 1 / 8  # of the training part
DIGITS_TEST_SHARE = 1 / 5  # of scikit-learn's digits, which come without a test part
ADDRESS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"  # of Keras
SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"  # of Keras, too
LARGEST = 100_000_000  # bytes that are hashed; the published file has 11 million
WAYS_OUT = (
    "Ways out: KERAS_HOME with the folder in which Keras keeps datasets/mnist.npz; --data "
    "FILE.npz in its layout; --data digits for scikit-learn's small digits, which need no network."
)
PathLike = str | os.PathLike[str]


def load(source: PathLike = "mnist", seed: int = 0, cache: PathLike | None = None) -> Dataset:
    """Returns digits as pixels, split and kept memory-mapped in the cache.

    Each split has `x` uint8, shape `(n, height, width, channels)`, 0..255, and `y` float32 one-hot,
    shape `(n, classes)`. Test is the test part of the file; validation, an eighth of its training
    part, is drawn by the seed with the same share of every class. Of the small digits a fifth is
    test, drawn likewise.

    Facts: `height`, `width`, `channels`, `classes`; `leak_rate` and `validation_leak_rate`, the
    share of test (validation) pictures that equal a training picture; `near_leak_rate` and
    `validation_near_leak_rate`, of those that equal or look like one; `class_rows`,
    `contradictions` and `ceiling` (see `tftune.datasets.leaks`).

    Args:
        source: `"mnist"`, the file of `keras.datasets.mnist`, in Keras' own cache (`KERAS_HOME`,
            else `~/.keras`) or downloaded to it; `"digits"`; or an .npz file in the layout of
            `keras.datasets`, of any classes.
        seed: Of the split, from 0 to 2**31 - 1.
        cache: Folder of the cache. None: `TFTUNE_CACHE`, else the platform's.

    Raises:
        UsageError: If the seed is out of range.
        DataError: If the data are missing, offline or outside their contract.
    """
    check_seed(seed)
    if source == "digits":
        return _prepared("digits", "digits", lambda: embedded_digits(seed), seed, cache)
    path = mnist_file() if source == "mnist" else Path(source).expanduser()
    if not path.is_file():
        raise DataError(
            "Unknown source of digits. Expected 'mnist', 'digits' or an existing .npz file in the "
            f"layout of MNIST. Received: {str(source)!r}. {WAYS_OUT}"
        )
    digest = files_digest(path.parent, [path], cache_root(cache))
    return _prepared(str(source), digest, lambda: read_layout(path), seed, cache)


def _prepared(
    source: str,
    content: str,
    read: Callable[[], tuple[Arrays, int]],
    seed: int,
    cache: PathLike | None,
) -> Dataset:
    def build() -> tuple[SplitArrays, dict[str, Any]]:
        arrays, classes = read()
        parts = split_training_part(arrays, classes, seed)
        height, width, channels = parts["train"][0].shape[1:]
        pixels = {split: x for split, (x, _) in parts.items()}
        labels = {split: (x, y.argmax(axis=1)) for split, (x, y) in parts.items()}
        facts = {
            **leak_facts(pixels),
            **picture_leak_facts(pixels),
            **label_facts(labels, [str(number) for number in range(classes)]),
            "height": height,
            "width": width,
            "channels": channels,
            "classes": classes,
        }
        return parts, facts

    key = {"recipe": RECIPE, "content": content, "seed": seed}
    dataset = prepare("digits", source, key, build, (), cache)
    names = tuple(str(number) for number in range(dataset.facts["classes"]))
    return replace(dataset, classes=names)


def split_training_part(arrays: Arrays, classes: int, seed: int) -> SplitArrays:
    """Returns train, validation and test with one-hot labels; validation is taken from the training
    part, test stays as it is.

    Args:
        arrays: As `tftune.datasets.digit_arrays.read_layout` returns them.
        classes: How many there are.
        seed: Of the split.

    Raises:
        DataError: If a class has a single picture.
    """
    x, y = arrays["x_train"], arrays["y_train"]
    counts = np.bincount(y, minlength=classes)
    if counts.min() < 2:
        raise DataError(
            "Too few pictures to split. Expected two or more of each class in the training part. "
            f"Received: {counts.min()} of class {counts.argmin()}. Give more, or drop the class."
        )
    chosen, rest = stratified_rows(y, VALIDATION_SHARE, seed, "digits: validation")
    return {
        "train": (x[rest], one_hot(y[rest], classes)),
        "validation": (x[chosen], one_hot(y[chosen], classes)),
        "test": (arrays["x_test"], one_hot(arrays["y_test"], classes)),
    }


def embedded_digits(seed: int) -> tuple[Arrays, int]:
    """Returns scikit-learn's 1,797 digits of 8 x 8 pixels in the layout of MNIST, a fifth as test;
    their values, 0 to 16, become 0 to 255.

    Args:
        seed: Of the split.
    """
    from sklearn.datasets import load_digits  # here, for it takes a second

    digits = load_digits()
    x = np.rint(digits.images * (255 / 16)).astype(np.uint8)[..., np.newaxis]
    y = digits.target.astype(np.int64)
    test, rest = stratified_rows(y, DIGITS_TEST_SHARE, seed, "digits: test")
    return {"x_train": x[rest], "y_train": y[rest], "x_test": x[test], "y_test": y[test]}, 10


def _is_published(path: Path) -> bool:
    """Whether a file is that of Keras; a huge one is not read to be hashed."""
    return (
        path.stat().st_size <= LARGEST and hashlib.sha256(path.read_bytes()).hexdigest() == SHA256
    )


def mnist_file() -> Path:
    """Returns the file of `keras.datasets.mnist` in Keras' own cache; downloads it to there (11 MB)
    if it is missing or torn.

    A whole file in MNIST's layout that is not the published one is taken, with a warning: someone
    has put it there.

    Raises:
        DataError: If it is absent and cannot be downloaded, which is said in under 5 s.
    """
    path = keras_home() / "datasets" / "mnist.npz"
    problem = f"there is no {path}"
    if path.is_file():
        try:
            if _is_published(path):
                return path
            (arrays, _), problem = read_layout(path), ""
        except (DataError, OSError) as error:
            problem = str(error)
        if not problem:
            warnings.warn(
                f"{path} is not the published MNIST but {len(arrays['x_train'])} + "
                f"{len(arrays['x_test'])} pictures in its layout; they are taken.",
                stacklevel=3,
            )
            return path
    try:
        content = fetch(ADDRESS)
    except DataError as error:
        raise DataError(
            f"MNIST is not in Keras' cache ({problem}) and cannot be downloaded: {error}. "
            f"{WAYS_OUT}"
        ) from error
    if (received := hashlib.sha256(content).hexdigest()) != SHA256:
        raise DataError(
            f"{ADDRESS} is not the published file. Expected SHA-256 {SHA256}. Received: "
            f"{received}. {WAYS_OUT}"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)
    except OSError as error:
        raise DataError(
            f"Cannot write {path}: {error.strerror or error}. Expected a folder that can be "
            f"written. {WAYS_OUT}"
        ) from error
    return path


def keras_home() -> Path:
    """Returns the folder that Keras calls its home: `KERAS_HOME` as it is now, else `~/.keras`.

    Example:
        >>> keras_home().is_absolute()
        True
    """
    if chosen := os.environ.get("KERAS_HOME"):
        return Path(chosen).expanduser().absolute()
    place = home()
    return (place if os.access(place, os.W_OK) else Path(tempfile.gettempdir())) / ".keras"
