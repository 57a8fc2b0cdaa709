"""The interval of a share.

E. B. Wilson, *Probable inference, the law of succession, and statistical inference*, Journal of the
American Statistical Association 22, 1927. NumPy is not needed, so that looking at a run stays
quick.
"""

from __future__ import annotations

import math

Z = 1.959963984540054  # of the normal distribution at 97.5 %


def wilson(count: float, total: float) -> tuple[float, float]:
    """Returns Wilson's interval of the share `count / total`: it stays inside 0 and 1, and is not
    empty where the share is 0 or 1.

    Example:
        >>> [round(end, 4) for end in wilson(8, 10)], wilson(0, 0)
        ([0.4902, 0.9433], (nan, nan))
    """
    if not total:
        return math.nan, math.nan
    share, square = count / total, Z**2
    centre = (share + square / (2 * total)) / (1 + square / total)
    spread = share * (1 - share) / total + square / (4 * total**2)
    half = Z * math.sqrt(spread) / (1 + square / total)
    low = 0.0 if count == 0 else max(0.0, centre - half)
    high = 1.0 if count == total else min(1.0, centre + half)
    return low, high
