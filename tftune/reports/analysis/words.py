"""Numbers and durations as a person reads them in a report.

Example:
    >>> spoken(82.7), spoken(3725), spoken(0.42), percent(0.0312), counted(1, "trial")
    ('1 min 23 s', '1 h 2 min', '0.4 s', '3.1 %', '1 trial')
"""

from __future__ import annotations

import math
from typing import Any

from tftune.reports.tables import format_value
from tftune.support.texts import one_line

LONGEST_NAME = 60
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def spoken(seconds: float) -> str:
    """Returns a duration with its two largest units."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for unit, name, part, part_name in (
        (_DAY, "d", _HOUR, "h"),
        (_HOUR, "h", _MINUTE, "min"),
        (_MINUTE, "min", 1, "s"),
    ):
        if whole >= unit:
            rest = whole % unit // part
            return f"{whole // unit} {name}" + (f" {rest} {part_name}" if rest else "")
    return f"{whole} s"


def time_unit(seconds: float) -> tuple[str, float]:
    """Returns a unit that suits an axis up to so many seconds, and its length in seconds.

    Example:
        >>> time_unit(200), time_unit(2000), time_unit(20_000)
        (('seconds', 1.0), ('minutes', 60.0), ('hours', 3600.0))
    """
    if seconds > 3 * _HOUR:
        return "hours", float(_HOUR)
    return ("minutes", float(_MINUTE)) if seconds > 5 * _MINUTE else ("seconds", 1.0)


def percent(share: float) -> str:
    """Returns a share of one in percent, with a digit more where it is small."""
    return f"{100 * share:.{1 if 0 < share < 0.1 else 0}f} %"


def ranked_words(rank: float, trials: int) -> str:
    """Returns how well a model ranks trials.

    Args:
        rank: The correlation of ranks.
        trials: Of how many. Where a model knows nothing, the correlation is spread about 0 with a
            standard deviation of 1 / sqrt(trials - 1).

    Example:
        >>> ranked_words(0.7, 100), ranked_words(0.5, 100), ranked_words(0.1, 100)
        ('well', 'roughly', 'poorly')
        >>> ranked_words(0.7, 5)
        'no better than it might by chance'
    """
    if rank < 0.4:
        return "poorly"
    if rank * math.sqrt(trials - 1) < 1.96:
        return "no better than it might by chance"
    return "well" if rank >= 0.7 else "roughly"


def counted(number: int, thing: str) -> str:
    """Returns a number of things in words."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def name_of(text: Any) -> str:
    """Returns a name from elsewhere, short and on one line."""
    return one_line(str(text), LONGEST_NAME)


def knob_words(values: dict[str, Any], most: int = 12) -> str:
    """Returns knobs and their values in a line, the first `most` of them."""
    words = [f"{name_of(name)} = {format_value(value)}" for name, value in values.items()]
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more
