"""Curve fitting: a trial is stopped when its learning curve, extended to the last epoch, is
unlikely to beat the best trial.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tftune.errors import UsageError
from tftune.schedulers.base import AbstractScheduler, Curves
from tftune.schedulers.extrapolation import Extrapolation
from tftune.schedulers.values import best_until, is_due, leads, oriented
from tftune.support.checks import check_count, check_number
from tftune.support.seeding import generator

DRAWS = 1000  # a probability of 0.05 is then known to +- 0.007


class CurveFitScheduler(AbstractScheduler):
    """Stops a trial whose probability to beat the best of the other trials by the last epoch is
    under a threshold.

    Tobias Domhan, Jost Tobias Springenberg and Frank Hutter: "Speeding Up Automatic Hyperparameter
    Optimization of Deep Neural Networks by Extrapolation of Learning Curves", IJCAI 2015, pages
    3460-3468. The curve so far, y_1 .. y_n, is explained by a weighted combination of parametric
    families f_k, and the trial ends if P(y_m >= y_best | y_1 .. y_n) < delta; m is the last epoch.
    What differs here:

    - The weights are the families' posterior probabilities, computed without sampling (see
      `extrapolation.py`); the paper runs a Markov chain over weights and parameters, which takes
      seconds. Offset and amplitude of each family are free, so losses of any size work.
    - A slow drift is added to the noise, because real curves wander; without it the predictions are
      too sure.
    - A trial counts with its best epoch. So the question is whether any epoch up to m beats the
      best value that another trial has reached. A trial that leads is not stopped.

    Args:
        direction: `max` or `min`: which way the objective improves.
        max_epochs: m, the last epoch. `should_stop` and `predict_best` need it.
        threshold: delta, a probability between 0 and 1. Defaults to 0.05, as in the paper.
        warmup_epochs: No trial is stopped in its first epochs, so many; at least 1. Defaults to 3.
        interval: The question is decided every so many epochs after the warm-up; at least 1.
            Defaults to 1.

    Raises:
        UsageError: If an option is outside its range; by `should_stop`, if `max_epochs` is missing.

    Example:
        >>> rule = CurveFitScheduler("max", max_epochs=20)
        >>> flat, rising = [0.6, 0.61, 0.6, 0.61, 0.6, 0.61], [0.5, 0.6, 0.68, 0.74, 0.79, 0.83]
        >>> curves = {"0000": [0.95] * 20, "0001": flat, "0002": rising}
        >>> rule.should_stop("0001", 6, curves), rule.should_stop("0002", 6, curves)
        (True, False)
    """

    def __init__(
        self,
        direction: str = "max",
        max_epochs: int | None = None,
        threshold: float = 0.05,
        warmup_epochs: int = 3,
        interval: int = 1,
    ) -> None:
        super().__init__(direction, max_epochs)
        check_number("threshold", threshold, 0, 1, above=True, below=True, example=0.05)
        check_count("warmup_epochs", warmup_epochs, least=1)
        check_count("interval", interval, least=1)
        self.threshold, self.warmup_epochs, self.interval = (
            float(threshold),
            warmup_epochs,
            interval,
        )

    def options(self) -> dict[str, Any]:
        """Returns threshold, warm-up and interval."""
        return {
            "threshold": self.threshold,
            "warmup_epochs": self.warmup_epochs,
            "interval": self.interval,
        }

    def should_stop(self, trial_id: str, step: int, curves: Curves) -> bool:
        """Extends the trial's curve and compares it with the best value of the others."""
        curve, last = curves.get(trial_id, ()), self._last_epoch()
        due = len(curve) > 0 and is_due(curve, step, self.warmup_epochs, self.interval)
        if not due or step >= last or leads(trial_id, curves, self.direction):
            return False
        target = max(
            best_until(other, len(other), self.direction)
            for name, other in curves.items()
            if name != trial_id
        )
        if best_until(curve, step, self.direction) == -math.inf:
            return True  # no finite value so far, and others have one
        return float((self._draw_best(curve[:step]) > target).mean()) < self.threshold

    def predict(self, curve: Sequence[float], at_epoch: int) -> tuple[float, float]:
        """Foretells the value that will be measured after an epoch, the noise of that measurement
        included.

        Args:
            curve: Values after the epochs 1, 2, ...; at least one of them a finite number.
            at_epoch: An epoch beyond the curve.

        Returns:
            Mean and standard deviation, in the unit of the objective.

        Raises:
            UsageError: If the curve has no finite value or reaches `at_epoch`.

        Example:
            >>> rule = CurveFitScheduler("min", max_epochs=20)
            >>> mean, deviation = rule.predict([2.0, 1.5, 1.3, 1.2, 1.15], at_epoch=20)
            >>> 0.8 < mean < 1.2, 0.03 < deviation < 0.3
            (True, True)
        """
        mean, deviation = self._fit(curve, at_epoch).at(at_epoch)
        return (mean if self.direction == "max" else -mean), deviation

    def predict_interval(
        self, curve: Sequence[float], at_epoch: int, probability: float = 0.9
    ) -> tuple[float, float]:
        """Foretells between which two values an epoch will lie, the noise of that measurement
        included.

        Args:
            curve: Values after the epochs 1, 2, ...; at least one of them a finite number.
            at_epoch: An epoch beyond the curve.
            probability: That the value lies in the interval, above 0 and below 1; as much is
                missing below as above.

        Returns:
            The lower and the upper end, in the unit of the objective.

        Raises:
            UsageError: As `predict`, or if the probability is outside its range.

        Example:
            >>> rule = CurveFitScheduler("min", max_epochs=20)
            >>> low, high = rule.predict_interval([2.0, 1.5, 1.3, 1.2, 1.15], at_epoch=20)
            >>> 0.4 < low < 1.0 < high < 1.3
            True
        """
        check_number("probability", probability, 0, 1, above=True, below=True, example=0.9)
        fit, outside = self._fit(curve, at_epoch), (1.0 - probability) / 2.0
        ends = [fit.quantile(at_epoch, share) for share in (outside, 1.0 - outside)]
        return (ends[0], ends[1]) if self.direction == "max" else (-ends[1], -ends[0])

    def predict_best(self, curve: Sequence[float]) -> tuple[float, float]:
        """Foretells the best value of the whole curve up to the last epoch, `max_epochs`: what the
        trial would score.

        Returns:
            Mean and standard deviation, in the unit of the objective.

        Raises:
            UsageError: As `predict`.

        Example:
            >>> rule = CurveFitScheduler("max", max_epochs=20)
            >>> mean, deviation = rule.predict_best([0.5, 0.7, 0.8, 0.85, 0.87, 0.88])
            >>> 0.9 < mean < 1.1, 0.05 < deviation < 0.2
            (True, True)
        """
        self._check(curve, self._last_epoch())
        scores = np.maximum(self._draw_best(curve), best_until(curve, len(curve), self.direction))
        mean, deviation = float(scores.mean()), float(scores.std())
        return (mean if self.direction == "max" else -mean), deviation

    def _fit(self, curve: Sequence[float], at_epoch: int) -> Extrapolation:
        self._check(curve, at_epoch)
        return Extrapolation(oriented(curve, self.direction), max(at_epoch, self.max_epochs or 0))

    def _draw_best(self, curve: Sequence[float]) -> np.ndarray:
        """Returns draws of the best value still to come, oriented."""
        fit = Extrapolation(oriented(curve, self.direction), self._last_epoch())
        return fit.draw_best(generator(0, len(curve), "curve-fit"), DRAWS)

    def _last_epoch(self) -> int:
        if self.max_epochs is None:
            raise UsageError(
                "The scheduler curve-fit foretells the last epoch. Expected max_epochs. Received: "
                "None. Pass max_epochs=20."
            )
        return self.max_epochs

    def _check(self, curve: Sequence[float], at_epoch: int) -> None:
        if len(curve) >= at_epoch or not np.isfinite(np.asarray(curve, dtype=float)).any():
            raise UsageError(
                "A curve is foretold from its values to an epoch beyond them. Expected a finite "
                f"value and an epoch above {len(curve)}. "
                f"Received: epoch {at_epoch!r}, a curve that begins {list(curve)[:5]!r}. Pass a "
                "later epoch or a longer curve."
            )
