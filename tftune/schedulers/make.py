"""From a name and options to a scheduler."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from tftune.errors import UsageError
from tftune.schedulers import SCHEDULERS
from tftune.schedulers.base import AbstractScheduler


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
    kind = SCHEDULERS[name]
    known = [
        option
        for option in inspect.signature(kind).parameters
        if option not in ("direction", "max_epochs")
    ]
    unknown = [option for option in options or {} if option not in known]
    if unknown:
        expected = f"some of: {', '.join(known)}" if known else "no options"
        raise UsageError(
            f"The scheduler {name!r} has no option {unknown[0]!r}. Expected {expected}. Received: "
            f"{dict(options or {})!r}. "
            "Remove or rename it."
        )
    made: AbstractScheduler = kind(direction=direction, max_epochs=max_epochs, **(options or {}))
    return made
