"""How many values of each knob a grid may have, so that it fits into a number of trials."""

from __future__ import annotations

import math

KNOBS = ("learning_rate", "dropout", "l2")  # the one that matters most gets values first


def grid_levels(trials: int) -> dict[str, int]:
    """Returns the values of each knob: two of each, then one more of each in turn as long as the
    whole grid fits.

    Args:
        trials: How many there may be; of a grid that is larger, a random part is tried.

    Example:
        >>> grid_levels(12), math.prod(grid_levels(30).values())
        ({'learning_rate': 3, 'dropout': 2, 'l2': 2}, 27)
    """
    levels = dict.fromkeys(KNOBS, 2)
    while True:
        for knob in sorted(KNOBS, key=lambda name: levels[name]):
            larger = {**levels, knob: levels[knob] + 1}
            if math.prod(larger.values()) <= trials:
                levels = larger
                break
        else:
            return levels
