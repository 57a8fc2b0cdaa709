"""Greedy choice of the models whose mean answers best: R. Caruana, A. Niculescu-Mizil, G. Crew and
A. Ksikes, "Ensemble selection from libraries of models", ICML (2004).

Models are added one at a time, each time the one with which the mean is worth most, and the same
one as often as it helps: how often it was taken is its weight. It begins with the best few together
(sorted initialisation), as many as are worth most, for a greedy choice overfits at its beginning.

Example:
    >>> truth = np.array([0.0, 0.0])
    >>> models = {"a": np.array([1.0, -1.0]), "b": np.array([-1.0, 1.0]), "c": np.array([3.0, 3.0])}
    >>> worth = lambda answers: -float(np.abs(answers - truth).sum())
    >>> choose_ensemble(models, worth)
    {'a': 1, 'b': 1}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.support.checks import check_count

MOST_MODELS = 8  # different ones: each costs time at every prediction
ADDITIONS = 25  # models that are added at most, the same one among them
Worth = Callable[[NDArray[Any]], Any]  # of answers: greater is better; numbers or tuples of these


def choose_ensemble(
    answers: Mapping[str, NDArray[Any]],
    worth: Worth,
    most: int = MOST_MODELS,
    additions: int = ADDITIONS,
) -> dict[str, int]:
    """Returns how often each chosen model counts; names keep the order of `answers`.

    Args:
        answers: Of each model on the same rows; of equals the first is taken.
        worth: Of answers on these rows: greater is better.
        most: Different models at the most, at least 1.
        additions: Steps at the most.

    Raises:
        UsageError: If a number is out of range.
    """
    check_count("most", most, least=1)
    check_count("additions", additions, least=0)
    counts = _chosen(list(answers), answers, worth, most, additions)
    return {name: counts[name] for name in answers if name in counts}


def mean_answers(answers: Mapping[str, NDArray[Any]], counts: Mapping[str, int]) -> NDArray[Any]:
    """Returns the mean of what models answer, each as often as it counts.

    Args:
        answers: Of each model.
        counts: Of each member.

    Example:
        >>> mean_answers({"a": np.array([0.0]), "b": np.array([4.0])}, {"a": 3, "b": 1}).tolist()
        [1.0]
    """
    total = sum(counts.values())
    parts = [np.asarray(answers[name], np.float64) * count for name, count in counts.items()]
    found: NDArray[Any] = np.sum(parts, axis=0) / total
    return found


def _chosen(
    names: Sequence[str],
    answers: Mapping[str, NDArray[Any]],
    worth: Worth,
    most: int,
    additions: int,
) -> dict[str, int]:
    counts = _beginning(names, answers, worth, most)
    best, kept = worth(mean_answers(answers, counts)), dict(counts)
    for _ in range(additions):
        open_to = [name for name in names if name in counts or len(counts) < most]
        trials = [{**counts, name: counts.get(name, 0) + 1} for name in open_to]
        values = [worth(mean_answers(answers, trial)) for trial in trials]
        number = max(range(len(values)), key=lambda place: (values[place], -place))
        counts = trials[number]
        if values[number] > best:
            best, kept = values[number], dict(counts)
    return kept


def _beginning(
    names: Sequence[str], answers: Mapping[str, NDArray[Any]], worth: Worth, most: int
) -> dict[str, int]:
    """Returns the best few together: as many of them as are worth most."""
    alone = {name: worth(np.asarray(answers[name], np.float64)) for name in names}
    order = sorted(names, key=lambda name: alone[name], reverse=True)
    sizes = range(1, min(len(order), most) + 1)
    starts = [dict.fromkeys(order[:size], 1) for size in sizes]
    values = [worth(mean_answers(answers, start)) for start in starts]
    number = max(range(len(values)), key=lambda place: (values[place], -place))
    return starts[number]
