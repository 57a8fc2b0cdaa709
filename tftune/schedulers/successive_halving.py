"""Successive halving, as near to the synchronous method as a rule can come that may stop a trial
but not pause it.
"""

from __future__ import annotations

from typing import Any

from tftune.schedulers.base import AbstractScheduler, Curves
from tftune.schedulers.rungs import first_rung, in_top, rung_reached, scores_at
from tftune.schedulers.values import best_until
from tftune.support.checks import check_count


class SuccessiveHalvingScheduler(AbstractScheduler):
    """At each rung, once it is full, a trial goes on only if it is among the best 1/eta of those
    that have reached the rung.

    Kevin Jamieson and Ameet Talwalkar: "Non-stochastic Best Arm Identification and Hyperparameter
    Optimization", AISTATS 2016, algorithm 1. The paper trains n configurations for r epochs each,
    drops all but the best 1/eta, trains the rest until r eta epochs, and so on. Its rung k stands
    at epoch r eta^k and holds n_k = floor(n / eta^k) configurations (at least one); everyone waits
    there until the rung is full.

    A trial that is running cannot be made to wait here. So a rung cuts nobody before n_k trials
    have reached it, the one that asks among them; from then on it cuts each trial that arrives,
    against all that have reached the rung. The first n_k - 1 trials at a rung thus go on although
    the paper might have dropped them. That is the price: more epochs than `asha`, which cuts from
    the second trial on, but never a decision on less evidence than the paper's own. For the method
    itself, with trials that do wait, search with `hyperband`.

    A trial is judged by its best epoch up to the rung, because that is what a trial scores in the
    end. Equal trials all go on.

    Args:
        direction: `max` or `min`: which way the objective improves.
        max_epochs: R; at this epoch a trial is at its end. None sets no end to the rungs.
        trials: n, trials of the full first rung; at least 2. Defaults to 9.
        min_epochs: r, epochs before the first rung; at least 1. Defaults to a tenth of
            `max_epochs`.
        factor: eta, of so many trials one goes on; an integer of at least 2. Defaults to 3; the
            paper halves, with 2.

    Raises:
        UsageError: If an option is outside its range.

    Example:
        >>> rule = SuccessiveHalvingScheduler("max", trials=4, factor=2)
        >>> curves = {"0000": [0.6, 0.7], "0001": [0.7, 0.7], "0002": [0.5]}
        >>> rule.should_stop("0002", 1, curves)  # three of four have come
        False
        >>> rule.should_stop("0003", 1, {**curves, "0003": [0.55]})  # the third of four
        True
    """

    def __init__(
        self,
        direction: str = "max",
        max_epochs: int | None = None,
        trials: int = 9,
        min_epochs: int | None = None,
        factor: int = 3,
    ) -> None:
        super().__init__(direction, max_epochs)
        check_count("trials", trials, least=2)
        check_count("factor", factor, least=2)
        self.trials, self.min_epochs, self.factor = (
            trials,
            first_rung(min_epochs, max_epochs),
            factor,
        )

    def options(self) -> dict[str, Any]:
        """Returns n, r and eta."""
        return {"trials": self.trials, "min_epochs": self.min_epochs, "factor": self.factor}

    def should_stop(self, trial_id: str, step: int, curves: Curves) -> bool:
        """Compares the trial with all that have reached the same rung, if this epoch is one and the
        rung is full.
        """
        if len(curves.get(trial_id, ())) == 0 or (
            self.max_epochs is not None and step >= self.max_epochs
        ):
            return False
        rung = rung_reached(curves[trial_id], step, self.min_epochs, self.factor)
        if rung is None:
            return False
        scores = scores_at(step, curves, self.direction)
        full = len(scores) >= self.trials // self.factor**rung
        return full and not in_top(
            best_until(curves[trial_id], step, self.direction), scores, self.factor
        )
