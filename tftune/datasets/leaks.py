"""Facts on a dataset that bound its scores: near duplicates between the splits, labels that
contradict each other with the ceiling they impose, and the balance of the classes.

They stand beside `leak_rate` in the facts of every dataset, so in `summary.json`, in the report and
on the honesty card; `tftune check-data` tells them without a search.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.datasets.base import SPLITS
from tftune.datasets.edit_distances import FAMILY, NEAR, as_texts, nearest
from tftune.datasets.label_ceilings import ceiling
from tftune.datasets.picture_hashes import alike, least_correlation, small_copies
from tftune.datasets.splits import identities

MOST_CLASSES = 100  # whose rows are counted in the facts
Pixels = Mapping[str, NDArray[np.uint8]]


def sequence_leak_facts(parts: Pixels) -> dict[str, float]:
    """Returns the shares of test (validation) rows near to a training sequence: `near_leak_rate`,
    within one edit, and `leak_rate_within_3`, within three; each also for validation.

    Args:
        parts: Codes of each split, shape `(n, width)`, padded with zeros.

    Example:
        >>> train, test = np.array([[1, 2, 3, 4, 5]], "uint8"), np.array([[1, 2, 3, 4, 0]], "uint8")
        >>> facts = sequence_leak_facts({"train": train, "validation": 21 - train, "test": test})
        >>> facts["near_leak_rate"], facts["validation_near_leak_rate"]
        (1.0, 0.0)
    """
    seen = as_texts(parts["train"])
    facts = {}
    for split, prefix in (("test", ""), ("validation", "validation_")):
        found = nearest(as_texts(parts[split]), seen, FAMILY)
        facts[f"{prefix}near_leak_rate"] = _share(found <= NEAR)
        facts[f"{prefix}leak_rate_within_{FAMILY}"] = _share(found <= FAMILY)
    return facts


def picture_leak_facts(parts: Pixels) -> dict[str, float]:
    """Returns the shares of test (validation) pictures that equal a training picture or look like
    one (see `tftune.datasets.picture_hashes`): `near_leak_rate`, `validation_near_leak_rate`.

    Args:
        parts: Pixels of each split, shape `(n, height, width, channels)`.
    """
    seen = parts["train"]
    known, small = {row.tobytes() for row in seen}, small_copies(seen)
    facts = {}
    for split, prefix in (("test", ""), ("validation", "validation_")):
        near = np.array([row.tobytes() in known for row in parts[split]], bool)
        pairs = alike(small_copies(parts[split]), small, least_correlation(seen))
        near[pairs[:, 0]] = True
        facts[f"{prefix}near_leak_rate"] = _share(near)
    return facts


def label_facts(
    parts: Mapping[str, tuple[NDArray[Any], NDArray[np.integer]]], classes: Sequence[str]
) -> dict[str, Any]:
    """Returns `class_rows`, the rows of each class in each split; `contradictions`, how many inputs
    carry different labels; and, where there are any, `ceiling` and `test_ceiling`, what no model
    can exceed on all of the data and on the test split: `accuracy`, `auc`, and `log_loss`, below
    which none can come.

    Args:
        parts: Inputs and numbers of classes, shape `(n,)`, of each split.
        classes: Their names.

    Example:
        >>> x, y = np.array([[1], [1], [2]], "uint8"), np.array([0, 1, 1])
        >>> facts = label_facts({split: (x, y) for split in SPLITS}, ("no", "yes"))
        >>> facts["contradictions"], facts["class_rows"]["test"]
        (1, {'no': 1, 'yes': 2})
        >>> round(facts["ceiling"]["accuracy"], 3)
        0.667
    """
    inputs = identities(np.concatenate([parts[split][0] for split in SPLITS]))
    labels = np.concatenate([parts[split][1] for split in SPLITS])
    found = ceiling(inputs, labels)
    facts: dict[str, Any] = {}
    if len(classes) <= MOST_CLASSES:
        facts["class_rows"] = {
            split: class_rows(labels, classes) for split, (_, labels) in parts.items()
        }
    facts["contradictions"] = found.inputs
    if found.inputs:
        of_test = len(parts["test"][1])
        facts["ceiling"] = found.summary()
        facts["test_ceiling"] = ceiling(inputs[-of_test:], labels[-of_test:]).summary()
    return facts


def class_rows(labels: NDArray[np.integer], classes: Sequence[str]) -> dict[str, int]:
    """Returns how many rows each class has.

    Example:
        >>> class_rows(np.array([1, 1, 0]), ("no", "yes"))
        {'no': 1, 'yes': 2}
    """
    counts = np.bincount(labels, minlength=len(classes))
    return {name: int(count) for name, count in zip(classes, counts, strict=True)}


def _share(found: NDArray[np.bool_]) -> float:
    return round(float(found.mean()), 6) if len(found) else 0.0
