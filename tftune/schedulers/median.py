"""The median stopping rule: a trial that does worse than the typical one did by now is stopped."""

from __future__ import annotations

import math
import statistics
from typing import Any

from tftune.journal.status import TrialStatus
from tftune.schedulers.base import AbstractScheduler, Curves
from tftune.schedulers.values import best_until, is_due, running_average
from tftune.support.checks import check_count


class MedianScheduler(AbstractScheduler):
    """Stops a trial whose best objective is strictly worse than the median of the completed trials'
    running averages.

    Daniel Golovin, Benjamin Solnik, Subhodeep Moitra, Greg Kochanski, John Karro and D. Sculley:
    "Google Vizier: A Service for Black-Box Optimization", KDD 2017, section 3.2.2. The rule has no
    model and suits any shape of curve:

        stop trial x at step s if   best_{o <= s} y_x(o)  <  median over completed trials i of  (1 /
        s) sum_{o = 1..s} y_i(o)

    for an objective to maximise. A completed trial that ended before step s, because of early
    stopping, counts with the average of the epochs it has. Trials that failed or were stopped do
    not count.

    Args:
        direction: `max` or `min`: which way the objective improves.
        max_epochs: Not used.
        warmup_epochs: No trial is stopped in its first epochs, so many; at least 0. Defaults to 1.
        interval: The question is decided every so many epochs after the warm-up; at least 1.
            Defaults to 1, as in the paper.
        min_trials: Completed trials needed before the first is stopped, at least 1. Defaults to 5.

    Raises:
        UsageError: If an option is outside its range.

    Example:
        >>> rule = MedianScheduler("max", min_trials=3)
        >>> curves = {"0000": [0.5, 0.7], "0001": [0.6, 0.8], "0002": [0.7, 0.9]}
        >>> curves["0003"] = [0.65, 0.69]
        >>> for trial in ("0000", "0001", "0002"):
        ...     rule.on_end(trial, "completed")
        >>> rule.should_stop("0003", 2, curves)  # the averages are 0.6, 0.7 and 0.8
        True
        >>> rule.should_stop("0003", 2, {**curves, "0003": [0.71, 0.1]})
        False
    """

    def __init__(
        self,
        direction: str = "max",
        max_epochs: int | None = None,
        warmup_epochs: int = 1,
        interval: int = 1,
        min_trials: int = 5,
    ) -> None:
        super().__init__(direction, max_epochs)
        check_count("warmup_epochs", warmup_epochs, least=0)
        check_count("interval", interval, least=1)
        check_count("min_trials", min_trials, least=1)
        self.warmup_epochs, self.interval, self.min_trials = warmup_epochs, interval, min_trials

    def options(self) -> dict[str, Any]:
        """Returns warm-up, interval and least number of trials."""
        return {
            "warmup_epochs": self.warmup_epochs,
            "interval": self.interval,
            "min_trials": self.min_trials,
        }

    def should_stop(self, trial_id: str, step: int, curves: Curves) -> bool:
        """Compares the trial's best so far with the median of the running averages."""
        curve = curves.get(trial_id, ())
        if len(curve) == 0 or not is_due(curve, step, self.warmup_epochs, self.interval):
            return False
        completed = [
            curve
            for name, curve in curves.items()
            if name != trial_id and self.ended.get(name) == TrialStatus.COMPLETED
        ]
        averages = [running_average(curve, step, self.direction) for curve in completed]
        averages = [average for average in averages if not math.isnan(average)]
        if len(averages) < self.min_trials:
            return False
        return best_until(curves[trial_id], step, self.direction) < statistics.median(averages)
