"""Whether a difference between two ways to train is more than noise: the same seeds were given to
both, so that each seed tells one difference.

Example:
    >>> claim = Claim("H1", "epochs", (9.0, 11.0, 10.0), (5.0, 6.0, 5.0), -1)
    >>> spread = claim.difference  # of -4, -5, -5
    >>> round(spread.mean, 3), round(spread.low, 3), round(spread.high, 3)
    (-4.667, -6.101, -3.232)
    >>> claim.verdict
    'supported'
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tftune.reports.measures.seeds import Spread, over_seeds

Verdict = Literal["supported", "contradicted", "cannot be told"]


@dataclass(frozen=True)
class Claim:
    """A difference that a hypothesis foretells, and what was measured.

    Attributes:
        hypothesis: Its name, such as `H1`.
        text: What is compared, with its unit.
        without: A value a seed, NaN where there is none.
        with_it: The same, in the same order of the seeds.
        expected: 1 if the hypothesis says that the second is larger, -1 if smaller.
    """

    hypothesis: str
    text: str
    without: Sequence[float]
    with_it: Sequence[float]
    expected: int

    @property
    def difference(self) -> Spread:
        """With minus without, over the seeds that have both: mean and 95 % interval by Student's
        t.
        """
        return change(self.without, self.with_it)

    @property
    def verdict(self) -> Verdict:
        """Of the hypothesis, by the interval: noise where it contains 0."""
        spread = self.difference
        if spread.low > 0 or spread.high < 0:
            return "supported" if spread.mean * self.expected > 0 else "contradicted"
        return "cannot be told"


def change(first: Sequence[float], second: Sequence[float]) -> Spread:
    """Returns the second minus the first, seed by seed: mean and 95 % interval by Student's t; NaN
    without a seed that has both, and no interval of one seed.

    Example:
        >>> change([1.0, 2.0], [1.5, float("nan")])
        Spread(count=1, mean=0.5, low=nan, high=nan)
    """
    differences = [b - a for a, b in zip(first, second, strict=True) if math.isfinite(b - a)]
    if not differences:
        return Spread(0, math.nan, math.nan, math.nan)
    return over_seeds(differences)


def headline(hypothesis: str, claims: Sequence[Claim]) -> str:
    """Returns in a sentence how many measures support a hypothesis.

    Example:
        >>> headline("H1", [Claim("H1", "epochs", (9.0, 11.0, 10.0), (5.0, 6.0, 5.0), -1)])
        'H1: supported by 1 of 1 measures.'
    """
    verdicts = [claim.verdict for claim in claims if claim.hypothesis == hypothesis]
    if not verdicts:
        return f"{hypothesis}: was not tested."
    parts = [f"supported by {verdicts.count('supported')} of {len(verdicts)} measures"]
    if "contradicted" in verdicts:
        parts.append(f"contradicted by {verdicts.count('contradicted')}")
    if "cannot be told" in verdicts:
        parts.append(f"{verdicts.count('cannot be told')} cannot be told from noise")
    return f"{hypothesis}: {', '.join(parts)}."
