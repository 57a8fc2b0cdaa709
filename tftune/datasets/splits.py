"""How rows become train, validation and test, and how far the parts leak into each other."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tftune.datasets.base import SPLITS
from tftune.support.checks import check_choice
from tftune.support.seeding import check_seed, generator

KINDS = ("grouped", "clustered", "random")
SHARES = (0.8, 0.1, 0.1)  # of the rows, in the order of `SPLITS`
LARGEST_SHARE = 0.25  # of the test rows that may be of one cluster
Rows = dict[str, NDArray[np.int64]]


def identities(x: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Returns a number per row, equal for equal rows, shape `(n,)`; numbers follow first
    appearance.

    Example:
        >>> identities(np.array([[7, 1], [2, 2], [7, 1]], "uint8")).tolist()
        [0, 1, 0]
    """
    known: dict[bytes, int] = {}
    return np.array([known.setdefault(row.tobytes(), len(known)) for row in x], dtype=np.int64)


def leak_rate(x: NDArray[np.uint8], seen: NDArray[np.uint8]) -> float:
    """Returns the share of rows of `x` that stand in `seen` word for word, from 0 to 1.

    Example:
        >>> leak_rate(np.array([[1, 2], [3, 4]], "uint8"), np.array([[3, 4]], "uint8"))
        0.5
    """
    known = {row.tobytes() for row in seen}
    return sum(row.tobytes() in known for row in x) / len(x) if len(x) else 0.0


def leak_facts(parts: Mapping[str, NDArray[np.uint8]]) -> dict[str, float]:
    """Returns `leak_rate` (test rows that stand in train) and `validation_leak_rate` (validation
    rows that stand in train).
    """
    return {
        "leak_rate": round(leak_rate(parts["test"], parts["train"]), 6),
        "validation_leak_rate": round(leak_rate(parts["validation"], parts["train"]), 6),
    }


def split_rows(kind: str, groups: NDArray[np.int64], labels: NDArray[np.int64], seed: int) -> Rows:
    """Returns the rows of each split: a tenth test, a tenth validation, the rest train, as in the
    chapter.

    Args:
        kind: `"grouped"`, `"clustered"` or `"random"`.
        groups: Number of the sequence, or of the cluster, of each row, shape `(n,)`; not used by
            `"random"`.
        labels: 0 or 1 per row, shape `(n,)`; not used by `"random"`.
        seed: From 0 to 2**31 - 1.

    Raises:
        UsageError: If the kind or the seed is none of these.

    Example:
        >>> rows = split_rows("grouped", np.arange(20) // 2, np.zeros(20, int), seed=0)
        >>> {split: len(rows[split]) for split in rows}
        {'train': 16, 'validation': 2, 'test': 2}
    """
    check_seed(seed)
    check_choice("split", kind, KINDS)
    if kind == "random":
        return random_rows(len(groups), seed)
    return {"grouped": grouped_rows, "clustered": clustered_rows}[kind](groups, labels, seed)


def random_rows(count: int, seed: int) -> Rows:
    """Splits rows at random: the protocol of the chapter, with seed 0 row by row the chapter's own
    split.

    A. White, *Deep Learning for Molecules and Materials*, chapter "Hyperparameter Tuning":
    `numpy.random.seed(0)`, one shuffle of the positive rows followed by the negative ones, then
    test = the first int(0.1 n), validation = as many again, train = the rest.
    """
    order = np.arange(count)
    # the legacy generator, because the chapter's split is drawn with it
    np.random.RandomState(seed).shuffle(order)
    tenth = int(0.1 * count)
    return {
        "train": order[2 * tenth :],
        "validation": order[tenth : 2 * tenth],
        "test": order[:tenth],
    }


def grouped_rows(groups: NDArray[np.int64], labels: NDArray[np.int64], seed: int) -> Rows:
    """Splits so that equal sequences never straddle a border and every part has nearly the same
    share of positives.

    Sequences go, the most frequent first and equals in random order, to the part that lacks most of
    their labels; the many that occur once come last and even out what is left. The parts have the
    sizes of `random_rows` where the groups allow it.
    """
    counts = _counts(groups, labels)
    order = generator(seed, 0, "grouped split").permutation(len(counts))
    order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
    wanted = _wanted(counts)
    return _rows_of(_evened(counts, order, wanted, wanted.copy()), groups, seed)


def clustered_rows(clusters: NDArray[np.int64], labels: NDArray[np.int64], seed: int) -> Rows:
    """Splits so that clusters of sequences never straddle a border and every part has nearly the
    same share of positives.

    What is larger than a quarter of the test part stays in train, so that a score does not hang on
    one family. The others come the largest first; those that hold the first half of the remaining
    rows are drawn, each part as likely as it has room, so that seeds differ in their large
    families, too; the small ones even out what is left, as in `grouped_rows`.
    """
    counts = _counts(clusters, labels)
    random = generator(seed, 0, "clustered split")
    order = random.permutation(len(counts))
    order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
    rows, wanted = counts[order].sum(axis=1), _wanted(counts)
    large = rows > max(LARGEST_SHARE * wanted[2].sum(), rows.min())
    drawn = ~large & (np.cumsum(np.where(large, 0, rows)) <= rows[~large].sum() / 2)
    part = np.zeros(len(counts), dtype=np.int64)
    lacking = wanted - [counts[order[large]].sum(axis=0), [0, 0], [0, 0]]
    for group in order[drawn]:
        room = np.maximum(lacking - counts[group], 0).min(axis=1)
        part[group] = random.choice(3, p=room / room.sum()) if room.any() else 0
        lacking[part[group]] -= counts[group]
    rest = order[~large & ~drawn]
    part[rest] = _evened(counts, rest, wanted, lacking)[rest]
    return _rows_of(part, clusters, seed)


def _counts(groups: NDArray[np.int64], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Returns the negative and the positive rows of each group, shape `(groups, 2)`."""
    positives = np.bincount(groups, weights=labels)
    return np.stack([np.bincount(groups) - positives, positives], axis=1)


def _wanted(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the rows of each label that each part should have, shape `(3, 2)`."""
    wanted: NDArray[np.float64] = np.array(SHARES)[:, None] * counts.sum(axis=0)
    return np.maximum(wanted, 1e-9)


def _evened(
    counts: NDArray[np.float64],
    order: NDArray[np.int64],
    wanted: NDArray[np.float64],
    lacking: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Returns the part of each group: in order, that which lacks most of its labels."""
    part = np.zeros(len(counts), dtype=np.int64)
    for group in order:
        part[group] = np.argmax((lacking / wanted) @ counts[group])
        lacking[part[group]] -= counts[group]
    return part


def _rows_of(part: NDArray[np.int64], groups: NDArray[np.int64], seed: int) -> Rows:
    # else validation_split of Keras would see sorted labels
    shuffled = generator(seed, 0, "order of rows").permutation(len(groups))
    return {
        split: shuffled[part[groups[shuffled]] == number] for number, split in enumerate(SPLITS)
    }


def stratified_rows(
    labels: NDArray[np.int64], share: float, seed: int, purpose: str
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Returns the rows of a part and the other rows, both in random order; of every class the part
    has the same share, at least one row and at most all but one.

    Args:
        labels: Numbers of classes, shape `(n,)`, two rows or more of each.
        share: Of the part, between 0 and 1.
        seed: From 0 to 2**31 - 1.
        purpose: Of the draw, see `tftune.support.seeding.generator`.

    Example:
        >>> part, rest = stratified_rows(np.repeat([0, 1], [8, 4]), 0.25, 0, "validation")
        >>> np.repeat([0, 1], [8, 4])[part].tolist().count(0), len(rest)
        (2, 9)
    """
    random = generator(seed, 0, purpose)
    chosen = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        rows = random.permutation(np.flatnonzero(labels == label))
        chosen[rows[: min(max(round(share * len(rows)), 1), len(rows) - 1)]] = True
    order = random.permutation(len(labels))
    return order[chosen[order]], order[~chosen[order]]
