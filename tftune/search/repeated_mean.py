"""What a configuration is worth on fresh seeds: the mean of its repeats, with an interval.

Four repeats of the winner say little of their own variance, and may be alike by chance, so all
contenders of the race have a say: with x_ir the result of contender i in round r and n_i its
rounds, s^2 is the greater of the winner's own variance and

    sum over i, r of (x_ir - mean_i)^2 / sum over i of (n_i - 1),

and the interval is

    mean_w +- t(0.95; n_w - 1) * s / sqrt(n_w).

The contenders of a round share its seed and rise and fall together, so that they tell no more of
what a seed does than one of them: the degrees of freedom stay those of the winner. `python -m
benchmarks.confirmed_winner` counts how often such an interval holds the truth.

Example:
    >>> found = repeated_mean("a", {"a": [1.0, 2.0, 3.0], "b": [5.0, 7.0]})
    >>> found.mean, round(found.high - found.mean, 4)  # s^2 = (2 + 2) / (2 + 1), t = 2.92
    (2.0, 1.9467)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LEVEL = 0.90


@dataclass(frozen=True)
class RepeatedMean:
    """A mean over trainings on fresh seeds.

    Attributes:
        mean: Of the repeats.
        low: Lower end of the 90 % interval; None of a single repeat.
        high: Its upper end, likewise.
        repeats: How many there were.
    """

    mean: float
    low: float | None
    high: float | None
    repeats: int


def repeated_mean(winner: str, results: Mapping[str, Sequence[float]]) -> RepeatedMean:
    """Returns the mean of the winner's repeats with its interval.

    Args:
        winner: Of the race; it has at least one result.
        results: On fresh seeds, by contender, all finite.
    """
    own = results[winner]
    mean = math.fsum(own) / len(own)
    if len(own) < 2:
        return RepeatedMean(mean, None, None, len(own))
    from scipy import stats

    told = [values for values in results.values() if len(values) > 1]
    pooled = math.fsum(map(_squares, told)) / sum(len(values) - 1 for values in told)
    variance = max(pooled, _squares(own) / (len(own) - 1))
    error = math.sqrt(variance / len(own))
    width = float(stats.t.ppf((1 + LEVEL) / 2, len(own) - 1)) * error
    return RepeatedMean(mean, mean - width, mean + width, len(own))


def _squares(values: Sequence[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values)


def luck(score: float, repeated: float, direction: str) -> float:
    """Returns how much better the search made a configuration look than its repeats do.

    Example:
        >>> round(luck(0.9, 0.85, "max"), 4), round(luck(0.9, 0.85, "min"), 4)
        (0.05, -0.05)
    """
    return score - repeated if direction == "max" else repeated - score
