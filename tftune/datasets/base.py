"""What a prepared dataset is: three splits in memory-mapped files, class names, a fingerprint and
the facts reports quote.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.datasets.cache import cache_root, digest_of, entry
from tftune.datasets.edit_distances import clusters
from tftune.datasets.nearness import Nearness, nearness

SPLITS = ("train", "validation", "test")

SplitArrays = Mapping[str, tuple[NDArray[Any], NDArray[Any]]]


@dataclass(frozen=True)
class Split:
    """One split of a dataset, as two .npy files; small to send to another process.

    Args:
        x: File of the inputs, shape `(n, ...)`, uint8.
        y: File of the labels, shape `(n, classes)` or `(n, 1)`, float32.
    """

    x: Path
    y: Path

    def load(self) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Returns the inputs, memory-mapped and read-only, and the labels, in memory."""
        return np.load(self.x, mmap_mode="r", allow_pickle=False), np.load(
            self.y, allow_pickle=False
        )

    def __len__(self) -> int:
        return len(np.load(self.y, mmap_mode="r", allow_pickle=False))


@dataclass(frozen=True)
class Dataset:
    """A dataset ready to train on.

    Args:
        name: Which dataset it is, such as `"bean_leaves"`.
        source: Where it came from, as the user said it.
        train: The split to fit weights on.
        validation: The split that chooses epochs and hyper-parameters.
        test: The split to be used once, at the end.
        classes: The names of the classes in the order of the labels.
        fingerprint: SHA-256 over the contents of all arrays; a search is resumed only with the
            same.
        facts: More to print and to write into `summary.json`, such as the leak rate.
        grouped: Whether the splits keep equal inputs together, as folds of them should then do.
        clustered: Edits within which the splits keep sequences together, as folds of them should
            then do, too; 0 where they do not.
        sequences: Whether inputs are sequences of letters, as codes padded with zeros.
    """

    name: str
    source: str
    train: Split
    validation: Split
    test: Split
    classes: tuple[str, ...]
    fingerprint: str
    facts: dict[str, Any] = field(default_factory=dict)
    grouped: bool = False
    clustered: int = 0
    sequences: bool = False

    @property
    def groups(self) -> NDArray[np.int64] | None:
        """A number per row of train followed by validation, equal for equal inputs, or for those of
        one cluster, shape `(n,)`; None if the splits are not grouped.
        """
        if not self.grouped:
            return None
        rows = np.concatenate([self.train.load()[0], self.validation.load()[0]])
        if self.clustered:
            return clusters(rows, self.clustered)
        return (
            np.unique(rows.reshape(len(rows), -1), axis=0, return_inverse=True)[1]
            .reshape(-1)
            .astype(np.int64)
        )

    def nearness(self, split: str, refitted: bool = False) -> Nearness | None:
        """Returns how near the rows of a split stand to those that a model was trained on; None
        where inputs are no sequences.

        Args:
            split: `"validation"` or `"test"`.
            refitted: Whether the model was trained on the validation rows, too.
        """
        if not self.sequences:
            return None
        return nearness(getattr(self, split).load()[0], self.trained(refitted))

    def trained(self, refitted: bool = False) -> NDArray[Any]:
        """Returns the inputs that a model was trained on.

        Args:
            refitted: Whether on the validation rows, too.
        """
        parts = [self.train, self.validation] if refitted else [self.train]
        return np.concatenate([part.load()[0] for part in parts])

    def summary(self) -> dict[str, Any]:
        """Returns what `summary.json` holds under `"data"`: source, fingerprint, rows of each split
        and the facts.
        """
        sizes = {split: len(getattr(self, split)) for split in SPLITS}
        return {"source": self.source, "fingerprint": self.fingerprint, **sizes, **self.facts}


def prepare(
    name: str,
    source: str,
    key: object,
    build: Callable[[], tuple[SplitArrays, dict[str, Any]]],
    classes: tuple[str, ...],
    cache: str | os.PathLike[str] | None = None,
) -> Dataset:
    """Returns a dataset from the cache; builds it first if it is not there.

    Args:
        name: Name of the dataset and of its folder in the cache.
        source: Where the data came from, as the user said it.
        key: Everything the content depends on, as JSON can write it; equal keys mean equal content.
        build: Returns `{split: (x, y)}` for the three splits, and the facts.
        classes: The names of the classes in the order of the labels.
        cache: Folder of the cache. None: `TFTUNE_CACHE`, else the platform's.

    Raises:
        DataError: If the cache cannot be written, and whatever `build` raises.

    Example:
        >>> import tempfile
        >>> two = np.zeros((2, 4), "uint8"), np.ones((2, 1), "float32")
        >>> def build():
        ...     return {split: two for split in SPLITS}, {"leak_rate": 1.0}
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     data = prepare("zeros", "made up", {"rows": 2}, build, ("no", "yes"), folder)
        ...     data.summary()["test"]
        2
    """

    def arrays() -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        splits, facts = build()
        return {
            f"{split}_{axis}": splits[split][index]
            for split in SPLITS
            for index, axis in enumerate("xy")
        }, facts

    folder = cache_root(cache).absolute() / name / digest_of(key)[:32]
    manifest = entry(folder, arrays)
    train, validation, test = (
        Split(folder / f"{split}_x.npy", folder / f"{split}_y.npy") for split in SPLITS
    )
    return Dataset(
        name,
        source,
        train,
        validation,
        test,
        classes,
        digest_of(manifest["arrays"]),
        manifest["facts"],
    )
