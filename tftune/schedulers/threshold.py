"""Fixed bounds: a trial outside them is stopped, and one whose objective is no finite number."""

from __future__ import annotations

import math
from typing import Any

from tftune.errors import UsageError
from tftune.schedulers.base import AbstractScheduler, Curves
from tftune.support.checks import check_count, check_number


class ThresholdScheduler(AbstractScheduler):
    """Stops a trial whose latest objective is below `lower` or above `upper`, and at once if it is
    NaN or infinite.

    For an objective to maximise, `lower` says what is not worth training on; for one to minimise,
    `upper` does. The other bound is for values that cannot be right. The rule needs no other
    trials. The same rule stands in Optuna (Takuya Akiba, Shotaro Sano, Toshihiko Yanase, Takeru
    Ohta and Masanori Koyama: "Optuna: A Next-generation Hyperparameter Optimization Framework", KDD
    2019) as `ThresholdPruner`.

    Args:
        direction: `max` or `min`; the bounds do not depend on it.
        max_epochs: Not used.
        lower: Least value, in the unit of the objective; None for no bound. Defaults to None.
        upper: Largest value; None for no bound. Defaults to None.
        warmup_epochs: The bounds do not count in the first epochs, so many; at least 0. NaN and
            infinity always do. Defaults to 1.

    Raises:
        UsageError: If an option is no number, or `lower` is above `upper`.

    Example:
        >>> rule = ThresholdScheduler("max", lower=0.6, warmup_epochs=2)
        >>> rule.should_stop("0000", 2, {"0000": [0.5, 0.5]})
        False
        >>> rule.should_stop("0000", 3, {"0000": [0.5, 0.5, 0.55]})
        True
        >>> rule.should_stop("0000", 1, {"0000": [float("nan")]})
        True
    """

    def __init__(
        self,
        direction: str = "max",
        max_epochs: int | None = None,
        lower: float | None = None,
        upper: float | None = None,
        warmup_epochs: int = 1,
    ) -> None:
        super().__init__(direction, max_epochs)
        for name, bound in (("lower", lower), ("upper", upper)):
            if bound is not None:
                check_number(name, bound)
        if lower is not None and upper is not None and lower > upper:
            raise UsageError(
                f"lower must not be above upper. Received: lower={lower!r}, upper={upper!r}. "
                "Exchange them."
            )
        check_count("warmup_epochs", warmup_epochs, least=0)
        self.lower, self.upper, self.warmup_epochs = lower, upper, warmup_epochs

    def options(self) -> dict[str, Any]:
        """Returns bounds and warm-up."""
        return {"lower": self.lower, "upper": self.upper, "warmup_epochs": self.warmup_epochs}

    def should_stop(self, trial_id: str, step: int, curves: Curves) -> bool:
        """Looks at the latest value only."""
        curve = curves.get(trial_id)
        if curve is None or len(curve) == 0:
            return False
        value = curve[min(step, len(curve)) - 1]
        if not math.isfinite(value):
            return True
        if step <= self.warmup_epochs:
            return False
        return (self.lower is not None and value < self.lower) or (
            self.upper is not None and value > self.upper
        )
