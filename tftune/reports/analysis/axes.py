"""Axes for scores: logarithmic over decades, and not stretched by a few far-off values.

Example:
    >>> axis_of("val_loss", [0.001, 0.5], "min").scale, axis_of("val_auc", [0.5, 0.9], "max").scale
    ('log', 'linear')
    >>> far_off([2.0, 1.0, 1.5, 0.5, -1e9], "max"), far_off([0.9, 0.9, 0.89, 0.9, 0.1], "max")
    (-1000000000.0, None)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tftune.journal.status import loss_of
from tftune.reports.analysis.trials import is_finite
from tftune.reports.analysis.words import name_of
from tftune.reports.charts.chart import Axis, Scale

_DECADES = 100.0  # the ratio of the ends from which on an axis of losses is logarithmic
_LEAST = 5  # values, before any can be far off
_FAR = 100.0  # times as far from the best as three quarters of the values are at the most


def scale_of(values: Iterable[float]) -> Scale:
    """Returns `log` for positive values over two decades or more, else `linear`."""
    known = [value for value in values if is_finite(value)]
    over_decades = bool(known) and min(known) > 0 and max(known) >= _DECADES * min(known)
    return "log" if over_decades else "linear"


def axis_of(label: str, values: Iterable[float], direction: str) -> Axis:
    """Returns an axis for scores; only those to be minimised can be logarithmic."""
    return Axis(name_of(label), scale_of(values) if direction == "min" else "linear")


def far_off(values: Sequence[float], direction: str) -> float | None:
    """Returns the score from which on, and worse, values would squeeze all others together on a
    linear axis; None if there is none.
    """
    known = [loss_of(value, direction) for value in values if is_finite(value)]
    between_0_and_1 = all(0 <= abs(loss) <= 1 for loss in known)
    is_log = direction == "min" and scale_of(values) == "log"
    if len(known) < _LEAST or between_0_and_1 or is_log:
        return None
    known.sort()
    usual = known[3 * (len(known) - 1) // 4] - known[0]
    far = [loss for loss in known if loss - known[0] > _FAR * usual > 0]
    return loss_of(far[0], direction) if far else None


def is_far_off(value: float, limit: float | None, direction: str) -> bool:
    """Returns whether a score is at least as bad as the limit that `far_off` found."""
    return limit is not None and loss_of(value, direction) >= loss_of(limit, direction)
