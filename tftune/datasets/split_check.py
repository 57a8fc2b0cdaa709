"""What each way of splitting sequences would leak."""

from __future__ import annotations

from typing import Any

import numpy as np

from tftune.datasets.base import SPLITS
from tftune.datasets.edit_distances import FAMILY, NEAR, nearest, text_clusters
from tftune.datasets.labelled import Labelled
from tftune.datasets.splits import KINDS, split_rows


def split_check(data: Labelled, seed: int = 0) -> dict[str, dict[str, Any]]:
    """Returns for each kind of split the rows of each part, its share of the second class, and the
    shares of test rows with a training sequence that is equal (`leak_rate`), within one edit
    (`near_leak_rate`) or within three (`leak_rate_within_3`).

    Args:
        data: Sequences of two classes that are not split.
        seed: Of the splits.

    Example:
        >>> from tftune.datasets.checkable import read
        >>> found = split_check(read("sample"))
        >>> found["random"]["leak_rate"] > 0.2, found["grouped"]["leak_rate"]
        (True, 0.0)
    """
    clusters = text_clusters(data.texts)[data.inputs]
    table = {}
    for kind in KINDS:
        groups = clusters if kind == "clustered" else data.inputs
        rows = split_rows(kind, groups, data.labels, seed)
        train = [data.texts[number] for number in np.unique(data.inputs[rows["train"]])]
        test = [data.texts[number] for number in data.inputs[rows["test"]]]
        found = nearest(test, train, FAMILY) if train and test else np.zeros(0)
        table[kind] = {
            "rows": {split: len(rows[split]) for split in SPLITS},
            "share": {split: _mean(data.labels[rows[split]] == 1) for split in SPLITS},
            "leak_rate": _mean(found == 0),
            "near_leak_rate": _mean(found <= NEAR),
            f"leak_rate_within_{FAMILY}": _mean(found <= FAMILY),
        }
    sizes = np.bincount(clusters)
    table["clustered"] |= {"clusters": len(sizes), "largest_cluster": int(sizes.max())}
    return table


def _mean(found: Any) -> float | None:
    return round(float(np.mean(found)), 6) if len(found) else None
