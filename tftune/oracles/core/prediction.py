"""What a search method expects of the configuration that it proposes.

Example:
    >>> Prediction.normal(-0.75, 0.125).of_score("max")
    {'mean': 0.75, 'low': 0.625, 'high': 0.875}
"""

from __future__ import annotations

import math
from typing import NamedTuple

_LARGEST = 1e100  # beyond it, a loss counts as a failure


class Prediction(NamedTuple):
    """What a model expects of a result, as losses: lower is better, in units of the objective.

    Attributes:
        mean: The middle of what is expected.
        low: The lower end of an interval that holds the result with a probability of 68 %, noise
            of the result included.
        high: Its upper end.
    """

    mean: float
    low: float
    high: float

    @classmethod
    def normal(cls, mean: float, deviation: float) -> Prediction:
        """Returns the prediction that is normal, with a standard deviation."""
        return cls(float(mean), float(mean - deviation), float(mean + deviation))

    def of_score(self, direction: str) -> dict[str, float] | None:
        """Returns mean, low and high of the score, as a journal holds them; None if one of them is
        not finite.

        Args:
            direction: Of the objective, `max` or `min`.
        """
        if not all(math.isfinite(value) and abs(value) <= _LARGEST for value in self):
            return None
        if direction == "max":
            return {"mean": -self.mean, "low": -self.high, "high": -self.low}
        return {"mean": self.mean, "low": self.low, "high": self.high}
