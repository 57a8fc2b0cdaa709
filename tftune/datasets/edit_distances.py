"""How far sequences are from each other, in edits.

V. Levenshtein, *Binary codes capable of correcting deletions, insertions, and reversals*, Soviet
Physics Doklady 10, 1966: the distance of two sequences is the least number of letters to insert,
to delete or to replace that makes one of them the other. RapidFuzz counts it, 64 letters at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

NEAR = 1  # edits; what differs by no more is a near duplicate
FAMILY = 3  # edits; what a chain of steps of so many connects is one cluster
_BLOCK = 256  # sequences that are compared with all others at a time


def as_texts(x: NDArray[np.integer]) -> list[str]:
    """Returns rows of codes as texts of one character a code, without the zeros at their end.

    Args:
        x: Codes 0..255, shape `(n, width)`.

    Example:
        >>> [len(text) for text in as_texts(np.array([[7, 1, 0], [0, 2, 3]], "uint8"))]
        [2, 3]
    """
    return [row.tobytes().rstrip(b"\0").decode("latin-1") for row in np.asarray(x, np.uint8)]


def nearest(
    texts: Sequence[str], seen: Sequence[str], most: int | None = None
) -> NDArray[np.int64]:
    """Returns the distance of each text to the nearest one in `seen`, shape `(n,)`.

    Args:
        texts: Texts, equal ones among them as often as there are.
        seen: To compare them with, one at least.
        most: Distances beyond are not counted out, which is quicker; `most + 1` stands for them.

    Example:
        >>> nearest(["GLFD", "GLF", "WWWWWW"], ["GLFD", "GIFD"], most=3).tolist()
        [0, 1, 4]
    """
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    known = _by_length(set(seen))
    lengths = np.array([len(text) for text in known])
    least = np.zeros(len(places), np.int64)
    queries = _by_length(places)
    for start in range(0, len(queries), _BLOCK):
        block = queries[start : start + _BLOCK]
        low, high = 0, len(known)
        if most is not None:  # a difference of lengths takes as many edits
            low = int(np.searchsorted(lengths, len(block[0]) - most))
            high = int(np.searchsorted(lengths, len(block[-1]) + most, "right"))
        found = np.full(len(block), -1)
        if low < high:
            found = distances(block, known[low:high], most).min(axis=1).astype(np.int64)
        elif most is not None:
            found[:] = most + 1
        least[[places[text] for text in block]] = found
    return least[[places[text] for text in texts]]


def close_pairs(texts: Sequence[str], edits: int) -> Iterator[tuple[int, int]]:
    """Yields the places of all pairs of texts that are no more than so many edits apart, equal
    texts among them; the first place is the smaller one.

    Example:
        >>> list(close_pairs(["GLFD", "WWWW", "GIFD", "GLFDK"], 1))
        [(0, 2), (0, 3)]
    """
    for places in _close_places(texts, edits):
        for one, other in places:
            yield int(min(one, other)), int(max(one, other))


def _close_places(texts: Sequence[str], edits: int) -> Iterator[NDArray[np.int64]]:
    """Yields the places of such pairs some at a time, shape `(pairs, 2)`: of short texts nearly all
    are close to each other, more pairs than there is room for.
    """
    order = np.array(sorted(range(len(texts)), key=lambda place: len(texts[place])), np.int64)
    ordered = [texts[place] for place in order]
    lengths = np.array([len(text) for text in ordered])
    for start in range(0, len(ordered), _BLOCK):
        block = ordered[start : start + _BLOCK]
        # what is shorter has been compared before
        high = int(np.searchsorted(lengths, len(block[-1]) + edits, "right"))
        close = distances(block, ordered[start:high], edits) <= edits
        yield order[start + np.argwhere(np.triu(close, 1))]


def clusters(x: NDArray[np.integer], edits: int = FAMILY) -> NDArray[np.int64]:
    """Returns a number per row, equal for rows that a chain of steps of so many edits connects
    (single linkage), shape `(n,)`: two rows of different clusters are more than `edits` apart.

    Args:
        x: Codes 0..255, shape `(n, width)`, padded with zeros.
        edits: The longest step.

    Example:
        >>> rows = np.array([[1, 1, 1, 1], [2, 2, 2, 2], [1, 1, 2, 2], [9, 9, 0, 0]], "uint8")
        >>> clusters(rows, edits=2).tolist()  # the third is two steps from both
        [0, 0, 0, 1]
    """
    return text_clusters(as_texts(x), edits)


def text_clusters(texts: Sequence[str], edits: int = FAMILY) -> NDArray[np.int64]:
    """Returns the same for texts.

    Example:
        >>> text_clusters(["GLFD", "WWWW", "GIFD"], edits=1).tolist()
        [0, 1, 0]
    """
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    cluster = np.arange(len(places))
    for pairs in _close_places(list(places), edits):
        cluster = _joined(cluster, np.unique(cluster[pairs], axis=0))
    _, first, numbers = np.unique(cluster, return_index=True, return_inverse=True)
    cluster = np.argsort(np.argsort(first))[numbers.reshape(-1)]  # by first appearance
    found: NDArray[np.int64] = cluster[[places[text] for text in texts]].astype(np.int64)
    return found


def _joined(cluster: NDArray[np.int64], steps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Returns the clusters after steps from one to another, shape `(steps, 2)`, were taken."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    size = len(cluster)
    taken = coo_matrix((np.ones(len(steps), bool), steps.T), (size, size))
    _, joined = connected_components(taken, directed=False)
    found: NDArray[np.int64] = np.asarray(joined, np.int64)[cluster]
    return found


def _by_length(texts: Sequence[str] | set[str] | dict[str, int]) -> list[str]:
    return sorted(texts, key=lambda text: (len(text), text))


def distances(
    some: Sequence[str], others: Sequence[str], most: int | None = None
) -> NDArray[np.integer]:
    """Returns the distances of all pairs, shape `(some, others)`; `most + 1` for what is farther
    apart than `most`.

    Example:
        >>> distances(["GLFD", ""], ["GIFD", "GL"]).tolist()
        [[1, 2], [4, 2]]
    """
    from rapidfuzz.distance import Levenshtein
    from rapidfuzz.process import cdist

    found: NDArray[np.integer] = cdist(
        some, others, scorer=Levenshtein.distance, score_cutoff=most, dtype=np.int32
    )
    return found
