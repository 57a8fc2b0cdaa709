"""Asynchronous successive halving, the variant that stops and never pauses a trial."""

from __future__ import annotations

from typing import Any

from tftune.schedulers.base import AbstractScheduler, Curves
from tftune.schedulers.rungs import first_rung, in_top, rung_reached, scores_at
from tftune.schedulers.values import best_until
from tftune.support.checks import check_count


class AsynchronousHalvingScheduler(AbstractScheduler):
    """At each rung a trial goes on only if it is among the best 1/eta of those that have reached
    the rung by then.

    Liam Li, Kevin Jamieson, Afshin Rostamizadeh, Ekaterina Gonina, Jonathan Ben-tzur, Moritz Hardt,
    Benjamin Recht and Ameet Talwalkar: "A System for Massively Parallel Hyperparameter Tuning",
    MLSys 2020, algorithm 2. Rung k stands at epoch r eta^(s + k), below R. The paper pauses a trial
    at a rung and promotes it once it is in the top 1/eta; here, as in other tools, a trial that is
    not in the top when it arrives is stopped for good. So nothing waits, and early trials meet
    little competition: while fewer than eta have reached a rung, the best of them goes on.

    A trial is judged by its best epoch up to the rung, because that is what a trial scores in the
    end. Equal trials all go on.

    Args:
        direction: `max` or `min`: which way the objective improves.
        max_epochs: R; at this epoch a trial is at its end. None sets no end to the rungs.
        min_epochs: r, epochs before the first rung with s = 0; at least 1. Defaults to a tenth of
            `max_epochs`.
        factor: eta, of so many trials one goes on; an integer of at least 2. Defaults to 3.
        early_stopping_rate: s, the first rung stands at r eta^s; at least 0. A larger one is more
            patient. Defaults to 0.

    Raises:
        UsageError: If an option is outside its range.

    Example:
        >>> rule = AsynchronousHalvingScheduler("max", max_epochs=9, factor=3)
        >>> curves = {"0000": [0.6, 0.7, 0.8], "0001": [0.7, 0.7], "0002": [0.5]}
        >>> rule.should_stop("0002", 1, curves)  # the third of three
        True
        >>> rule.should_stop("0001", 2, curves)  # epoch 2 is no rung: those are 1 and 3
        False
    """

    def __init__(
        self,
        direction: str = "max",
        max_epochs: int | None = None,
        min_epochs: int | None = None,
        factor: int = 3,
        early_stopping_rate: int = 0,
    ) -> None:
        super().__init__(direction, max_epochs)
        check_count("factor", factor, least=2)
        check_count("early_stopping_rate", early_stopping_rate, least=0)
        self.min_epochs, self.factor, self.early_stopping_rate = (
            first_rung(min_epochs, max_epochs),
            factor,
            early_stopping_rate,
        )

    def options(self) -> dict[str, Any]:
        """Returns r, eta and s."""
        return {
            "min_epochs": self.min_epochs,
            "factor": self.factor,
            "early_stopping_rate": self.early_stopping_rate,
        }

    def should_stop(self, trial_id: str, step: int, curves: Curves) -> bool:
        """Compares the trial with all that have reached the same rung, if this epoch is one."""
        if len(curves.get(trial_id, ())) == 0 or (
            self.max_epochs is not None and step >= self.max_epochs
        ):
            return False
        first = self.min_epochs * self.factor**self.early_stopping_rate
        if rung_reached(curves[trial_id], step, first, self.factor) is None:
            return False
        return not in_top(
            best_until(curves[trial_id], step, self.direction),
            scores_at(step, curves, self.direction),
            self.factor,
        )
