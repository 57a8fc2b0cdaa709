"""Whether a probability means what it says: reliability diagram, expected calibration error, Brier
score.

Of two classes the probability of the second is looked at; of more, the confidence, which is the
probability of the predicted class, against whether it was right.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.reports.measures.classification import Answers
from tftune.reports.measures.intervals import Measure, measure, percentiles, resamples, rounded
from tftune.reports.measures.wilson import wilson

BINS = 10  # of equal width


def calibration(found: Answers, seed: int = 0) -> dict[str, Any]:
    """Returns the calibration of a classifier.

    The expected calibration error is the mean distance of probability and frequency over the bins,
    weighted by their rows. It is never negative, so few rows alone make it greater than 0:
    `by_chance` is what a model would show, in the mean, whose probabilities are all true.

    Args:
        found: The answers.
        seed: Of the bootstrap and of that model's draws.

    Returns:
        `of`, what was looked at; `bins`, those with rows, each `{"from", "to", "rows",
        "probability", "frequency", "low", "high"}`, the last two Wilson's interval of the
        frequency; `expected_error` with a bootstrap's interval; `by_chance`; `brier` with a
        bootstrap's interval.
    """
    told, came = _pairs(found)
    error = expected_error(told, came)
    return {
        "of": f"probability of {found.names[1]}" if found.binary else "confidence",
        "bins": bins(told, came),
        "expected_error": measure(error, *_interval(told, came, seed)),
        "by_chance": rounded(by_chance(told, seed)),
        "brier": brier(found, seed),
    }


def _pairs(found: Answers) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns what was told of each row, and whether it came."""
    if found.binary:
        return found.probabilities[:, 1].clip(0, 1), found.labels.astype(np.float64)
    told = found.probabilities[np.arange(len(found.predicted)), found.predicted].clip(0, 1)
    return told, (found.predicted == found.labels).astype(np.float64)


def _bin_of(told: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.minimum((told * BINS).astype(np.int64), BINS - 1)


def bins(told: NDArray[np.float64], came: NDArray[np.float64]) -> list[dict[str, Any]]:
    """Returns the bins of a reliability diagram that have rows.

    Example:
        >>> bins(np.array([0.91, 0.95]), np.array([1.0, 0.0]))[0]["frequency"]
        0.5
    """
    place = _bin_of(told)
    table = []
    for number in np.unique(place):
        inside = place == number
        count, hits = int(inside.sum()), float(came[inside].sum())
        low, high = wilson(hits, count)
        table.append(
            {
                "from": rounded(number / BINS),
                "to": rounded((number + 1) / BINS),
                "rows": count,
                "probability": rounded(told[inside].mean()),
                "frequency": rounded(hits / count),
                "low": rounded(low),
                "high": rounded(high),
            }
        )
    return table


def expected_error(told: NDArray[np.float64], came: NDArray[np.float64]) -> float:
    """Returns the expected calibration error.

    Args:
        told: Probabilities, shape `(rows,)`.
        came: 1 where it came, else 0; or several outcomes, shape `(rows, draws)`, whose mean error
            is then returned.

    Example:
        >>> round(expected_error(np.array([0.9, 0.9, 0.2]), np.array([1.0, 1.0, 1.0])), 4)
        0.3333
    """
    if not len(told):
        return float("nan")
    place = _bin_of(told)
    outcomes = came.reshape(len(told), -1)
    gaps = np.zeros((BINS, outcomes.shape[1]))
    np.add.at(gaps, place, told[:, np.newaxis] - outcomes)
    return float(np.abs(gaps).sum(axis=0).mean() / len(told))


def _interval(
    told: NDArray[np.float64], came: NDArray[np.float64], seed: int
) -> tuple[float, float]:
    """Returns the interval of the error. Rows drawn anew add to it what the rows themselves have
    added by chance, so the percentiles are moved down by as much as the mean of the draws is above
    the error.
    """
    rows = len(told)
    if rows < 2:
        return float("nan"), float("nan")
    random = np.random.default_rng(seed)
    chosen = (random.integers(0, rows, rows) for _ in range(resamples(rows)))
    drawn = np.array([expected_error(told[each], came[each]) for each in chosen])
    low, high = percentiles(drawn - drawn.mean() + expected_error(told, came))
    return max(low, 0.0), high


def by_chance(told: NDArray[np.float64], seed: int = 0) -> float:
    """Returns the mean error that so many rows show where all probabilities are true."""
    if not len(told):
        return float("nan")
    random = np.random.default_rng(seed)
    count = min(200, resamples(len(told)))
    draws = random.random((len(told), count)) < told[:, np.newaxis]
    return expected_error(told, draws.astype(np.float64))


def brier(found: Answers, seed: int = 0) -> Measure:
    """Returns the Brier score: the mean square of the error of the probabilities; of two classes
    that of one of them, of more the sum over classes, as scikit-learn has it.
    """
    if not len(found.labels):
        return measure(None)
    wanted = np.eye(len(found.names))[found.labels]
    squares = np.square(found.probabilities - wanted).sum(axis=1) / (2 if found.binary else 1)
    random = np.random.default_rng(seed)
    rows = len(squares)
    if rows < 2:
        return measure(float(squares.mean()))
    means = [squares[random.integers(0, rows, rows)].mean() for _ in range(resamples(rows))]
    return measure(float(squares.mean()), *percentiles(np.array(means)))
