"""From a name and options to a scheduler."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tftune.schedulers import SCHEDULERS
from tftune.schedulers.base import AbstractScheduler
from tftune.support.signatures import check_arguments, describe


def make_scheduler(
    name: str, direction: str, max_epochs: int | None, options: Mapping[str, Any] | None = None
) -> AbstractScheduler:
    """Makes a named scheduler.

    Args:
        name: A name of `SCHEDULERS`.
        direction: `max` or `min`.
        max_epochs: Epochs of a trial that nothing stops, or None.
        options: Further arguments of the scheduler, such as `{"min_trials": 3}` for `median`.

    Raises:
        UsageError: If the name or an option is unknown, or an option is outside its range.

    Example:
        >>> make_scheduler("median", "max", 20, {"min_trials": 3}).options()
        {'warmup_epochs': 1, 'interval': 1, 'min_trials': 3}
    """
    arguments = describe(SCHEDULERS.target(name)).arguments
    known = [option for option in arguments if option not in ("direction", "max_epochs")]
    check_arguments(f"The scheduler {name!r}", options or {}, known)
    made: AbstractScheduler = SCHEDULERS[name](
        direction=direction, max_epochs=max_epochs, **(options or {})
    )
    return made
