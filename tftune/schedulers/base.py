"""What a scheduler is: one question, asked after each epoch of each running trial."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from tftune.errors import UsageError
from tftune.support.checks import check_count

Curves = Mapping[
    str, Sequence[float]
]  # trial id -> objective after each epoch, oriented as the objective is


class AbstractScheduler(ABC):
    """Decides whether a trial is hopeless.

    The driver asks `should_stop` after each epoch of each running trial, and tells `on_end` each
    trial that has ended, after a restart also those of earlier sessions. The answer is a function
    of what was asked and of the trials that have ended, nothing else, so a search that is resumed
    stops the same trials. The driver does not obey after a trial's last epoch, for there is nothing
    left to save.

    Attributes:
        looks_at_curves: Whether the answer depends on curves; if it does not, the driver keeps
            none, and gives none.

    Args:
        direction: `max` or `min`: which way the objective improves. Defaults to `"max"`.
        max_epochs: R, the epochs of a trial that nothing stops, at least 1; None where it is not
            known. Defaults to None.

    Raises:
        UsageError: If an argument is outside its range.
    """

    looks_at_curves: ClassVar[bool] = True

    def __init__(self, direction: str = "max", max_epochs: int | None = None) -> None:
        if direction not in ("max", "min"):
            raise UsageError(
                f"direction must be 'max' or 'min'. Received: {direction!r}. Pass the direction of "
                "the objective."
            )
        check_count("max_epochs", max_epochs, least=1, optional=True)
        self.direction, self.max_epochs = direction, max_epochs
        self.ended: dict[str, str] = {}  # trial id -> status

    @abstractmethod
    def should_stop(self, trial_id: str, step: int, curves: Curves) -> bool:
        """Answers whether to end a trial now.

        Args:
            trial_id: The trial that has just finished an epoch.
            step: That epoch, from 1. A trial that continues another one, as Hyperband's do, goes on
                with the other's count.
            curves: The objective after each epoch of all trials so far, the trial's own among them:
                `curves[trial][s - 1]` is the value after epoch s, and `step` is the length of the
                trial's own curve. A trial that continues another one has the other's epochs too and
                takes its place, so that no epoch is counted twice. Values may be NaN or infinite:
                such an epoch has no value.

        Returns:
            True to stop; False for a trial that is unknown or has no epoch yet.
        """

    def on_end(self, trial_id: str, status: str) -> None:
        """Notes that a trial has ended.

        Args:
            trial_id: The trial.
            status: `completed`, `pruned` or `failed`.
        """
        self.ended[trial_id] = status

    def options(self) -> dict[str, Any]:
        """Returns what fixes the rule besides direction and epochs, JSON-able."""
        return {}


class NoScheduler(AbstractScheduler):
    """Lets every trial train to its end.

    Example:
        >>> NoScheduler("max").should_stop("0000", 3, {"0000": [0.1, 0.1, 0.1]})
        False
    """

    looks_at_curves: ClassVar[bool] = False

    def should_stop(self, trial_id: str, step: int, curves: Curves) -> bool:
        """Never stops a trial."""
        return False
