"""What is wrong with labelled rows before a model sees them: duplicates, leaks between the splits,
labels that contradict each other, classes out of balance.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.datasets.label_ceilings import ceiling
from tftune.datasets.labelled import Labelled
from tftune.datasets.leaks import class_rows

MOST_EXAMPLES = 5


def check(data: Labelled) -> dict[str, Any]:
    """Returns what was found, as plain JSON of a bounded size.

    Returns:
        `source`, `kind`; `rows` of each split; `classes`, the rows of each class in each split, and
        `majority`, the accuracy of always answering with the most frequent one; `inputs`, how many
        different ones; `exact` and `near` duplicates (`near` is None where it has no meaning), each
        with `rows` (exact: beyond the first of equal ones) or `pairs` of inputs, `across`, the
        share of one split's rows that has such a twin in another one, and `examples`;
        `contradictions`, equal inputs with different labels: `inputs`, `rows`, `near_pairs` (nearly
        equal ones) and `examples`; `ceiling`, what no model can exceed because of them: `accuracy`,
        `auc`, `log_loss`, or `r2` of targets; `remarks`.

    Example:
        >>> x, y = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0])
        >>> rows = Labelled("hand", "rows", x, y, ("a", "b"), np.zeros(4, int), ("all",), "wxyz")
        >>> found = check(rows)
        >>> found["exact"]["rows"], found["contradictions"]["inputs"], found["ceiling"]["accuracy"]
        (1, 1, 0.75)
    """
    near = data.near_pairs()
    return {
        "source": data.source,
        "kind": data.kind,
        "rows": {split: int((data.parts == part).sum()) for part, split in enumerate(data.splits)},
        **_balance(data),
        "inputs": int(data.inputs.max()) + 1,
        "exact": _exact(data),
        "near": None if near is None else _near(data, near),
        **_contradictions(data, near),
        "remarks": list(data.remarks),
    }


def _balance(data: Labelled) -> dict[str, Any]:
    if not data.classes:
        return {"classes": {}, "majority": None}
    counts = {
        split: class_rows(data.labels[data.parts == part], data.classes)
        for part, split in enumerate(data.splits)
    }
    return {
        "classes": counts,
        "majority": round(float(np.bincount(data.labels).max() / len(data.labels)), 6),
    }


def _exact(data: Labelled) -> dict[str, Any]:
    times = np.bincount(data.inputs)
    same = np.arange(len(times))
    twins = np.stack([same, same], axis=1)
    return {
        "rows": int(len(data.inputs) - len(times)),
        "across": _across(data, twins),
        "examples": _examples(data, twins[times > 1]),
    }


def _near(data: Labelled, pairs: NDArray[np.int64]) -> dict[str, Any]:
    return {
        "pairs": len(pairs),
        "across": _across(data, pairs, equal_too=True),
        "examples": _examples(data, pairs),
    }


def _across(
    data: Labelled, pairs: NDArray[np.int64], equal_too: bool = False
) -> dict[str, dict[str, float]]:
    """Returns for each split the share of its rows that has a twin in each other split, for pairs
    of twins; an input is its own twin where the pair or `equal_too` says so.
    """
    inside = _inside(data)
    both = np.concatenate([pairs, pairs[:, ::-1]])
    shares: dict[str, dict[str, float]] = {}
    for part, split in enumerate(data.splits):
        rows = data.inputs[data.parts == part]
        for other, name in enumerate(data.splits):
            if other == part or not len(rows):
                continue
            found = inside[:, other].copy() if equal_too else np.zeros(len(inside), bool)
            found[both[inside[both[:, 1], other], 0]] = True
            shares.setdefault(split, {})[name] = round(float(found[rows].mean()), 6)
    return shares


def _inside(data: Labelled) -> NDArray[np.bool_]:
    """Returns whether each input stands in each split, shape `(inputs, splits)`."""
    inside = np.zeros((int(data.inputs.max()) + 1, len(data.splits)), bool)
    inside[data.inputs, data.parts] = True
    return inside


def _order(data: Labelled, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Returns the order in which pairs are worth showing: those between two splits first,
    then those of long sequences.
    """
    inside = _inside(data)
    apart = (inside[pairs[:, 0]] != inside[pairs[:, 1]]).any(axis=1)
    split = inside[pairs[:, 0]].sum(axis=1) > 1
    # of sequences the longest tell most: any two single letters are one edit apart
    sizes = np.array([len(text) for text in data.texts] or [0] * len(inside))
    order: NDArray[np.int64] = np.lexsort((-sizes[pairs].min(axis=1), ~(apart | split)))
    return order


def _examples(data: Labelled, pairs: NDArray[np.int64]) -> list[list[str]]:
    """Returns the names of two rows for each of some pairs of inputs, the first of each, or such as
    stand in two splits.
    """
    found = []
    for pair in pairs[_order(data, pairs)[:MOST_EXAMPLES]]:
        first, second = (np.flatnonzero(data.inputs == one) for one in pair)
        if pair[0] == pair[1]:
            second = second[1:]
        both = [(one, other) for one in _firsts(data, first) for other in _firsts(data, second)]
        apart = [rows for rows in both if data.parts[rows[0]] != data.parts[rows[1]]]
        found.append([str(data.names[row]) for row in (apart or both)[0]])
    return found


def _firsts(data: Labelled, rows: NDArray[np.intp]) -> list[int]:
    """Returns the first of some rows in each split, in their order."""
    return sorted(rows[np.unique(data.parts[rows], return_index=True)[1]].tolist())


def _contradictions(data: Labelled, near: NDArray[np.int64] | None) -> dict[str, Any]:
    low, high = _ends(data)
    mixed = np.flatnonzero(low < high)
    found = ceiling(data.inputs, data.labels) if len(data.classes) > 1 else None
    pairs = None
    if near is not None and len(data.classes) > 1:
        # of nearly equal inputs that each carry one label
        one, other = near[:, 0], near[:, 1]
        sure = (low[one] == high[one]) & (low[other] == high[other])
        pairs = int((sure & (low[one] != low[other])).sum())
    told: dict[str, Any] = {
        "inputs": len(mixed),
        "rows": int(np.isin(data.inputs, mixed).sum()),
        "near_pairs": pairs,
        "examples": [_labels_of(data, int(place)) for place in mixed[:MOST_EXAMPLES]],
    }
    limits: Mapping[str, Any] | None = None
    if found is not None:
        limits = found.summary()
    elif not data.classes:
        limits = {"r2": _r2(data)}
    return {"contradictions": told, "ceiling": limits}


def _ends(data: Labelled) -> tuple[NDArray[Any], NDArray[Any]]:
    """Returns the lowest and the highest label of each input."""
    order = np.lexsort((data.labels, data.inputs))
    labels, inputs = data.labels[order], data.inputs[order]
    starts = np.flatnonzero(np.diff(inputs, prepend=-1))
    return labels[starts], labels[[*(starts[1:] - 1), len(labels) - 1]]


def _labels_of(data: Labelled, one: int) -> dict[str, str]:
    """Returns the first row of each label that an input carries."""
    found: dict[str, str] = {}
    for row in np.flatnonzero(data.inputs == one):
        label = data.labels[row]
        name = data.classes[int(label)] if data.classes else f"{label:g}"
        if len(found) < MOST_EXAMPLES:
            found.setdefault(name, str(data.names[int(row)]))
    return found


def _r2(data: Labelled) -> float | None:
    """Returns the greatest R2: a model answers equal inputs equally, at best with their mean."""
    targets = data.labels.astype(np.float64)
    means = np.bincount(data.inputs, weights=targets) / np.bincount(data.inputs)
    total = float(np.square(targets - targets.mean()).sum())
    rest = float(np.square(targets - means[data.inputs]).sum())
    return round(1 - rest / total, 6) if total else None
