"""What a scheduler is: one question, asked after each epoch of each running trial."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

Curves = Mapping[str, Sequence[float]]  # trial id -> objective after each epoch, oriented as the objective is


class AbstractScheduler(ABC):
    """Decides whether a trial is hopeless.

    Args:
        direction: `max` or `min`: which way the objective improves.
    """

    def __init__(self, direction: str = "max") -> None:
        self.direction = direction

    @abstractmethod
    def should_stop(self, trial_id: str, step: int, curves: Curves) -> bool:
        """Answers whether to end a trial now.

        Args:
            trial_id: The trial that has just finished an epoch.
            step: That epoch, from 1.
            curves: All curves so far, the trial's own among them.
        """


class NoScheduler(AbstractScheduler):
    """Lets every trial train to its end.

    Example:
        >>> NoScheduler("max").should_stop("0000", 3, {"0000": [0.1, 0.1, 0.1]})
        False
    """

    def should_stop(self, trial_id: str, step: int, curves: Curves) -> bool:
        """Never stops a trial."""
        return False
