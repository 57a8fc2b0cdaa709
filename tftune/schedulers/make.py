"""From a name and options, or from a scheduler that is made, to the scheduler of a search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tftune.errors import UsageError
from tftune.schedulers import SCHEDULERS
from tftune.schedulers.base import AbstractScheduler
from tftune.schedulers.other_words import OPTION_WORDS
from tftune.support.signatures import check_arguments, describe

_OF_THE_SEARCH = ("direction", "max_epochs")  # the other arguments are the scheduler's options


def make_scheduler(
    scheduler: str | AbstractScheduler,
    direction: str | None,
    max_epochs: int | None,
    options: Mapping[str, Any] | None = None,
) -> AbstractScheduler:
    """Makes a named scheduler, or passes on one that is made already.

    A made one was told its direction and its epochs when it was made; what the search says of them
    must be the same. It serves one search: it remembers the trials that have ended.

    Args:
        scheduler: A name of `SCHEDULERS`, or an `AbstractScheduler`.
        direction: `max` or `min`; None where the objective is not known yet, and then only the
            options are checked.
        max_epochs: Epochs of a trial that nothing stops, or None where they are not known yet.
        options: Further arguments of a named one, such as `{"min_trials": 3}` for `median`.

    Raises:
        UsageError: If the name or an option is unknown, an option is outside its range, or a made
            scheduler contradicts the search.

    Example:
        >>> make_scheduler("median", "max", 20, {"min_trials": 3}).options()
        {'warmup_epochs': 1, 'interval': 1, 'min_trials': 3}
    """
    if isinstance(scheduler, str):
        return _named(scheduler, direction or "max", max_epochs, dict(options or {}))
    if not isinstance(scheduler, AbstractScheduler):
        raise UsageError(
            f"scheduler must be a name of tftune.SCHEDULERS ({', '.join(SCHEDULERS)}) or an "
            f"AbstractScheduler, made. Received: {scheduler!r} of type {type(scheduler).__name__}."
        )
    if options:
        raise UsageError(
            "scheduler_options belong to a named scheduler. Received a made one and "
            f"{dict(options)!r}. Give them to {type(scheduler).__name__}(...) itself."
        )
    for name, told in (("direction", direction), ("max_epochs", max_epochs)):
        own = getattr(scheduler, name)
        if own is not None and told is not None and own != told:
            raise UsageError(
                f"The scheduler was made with {name}={own!r}, and the search has {told!r}. Make it "
                f"with {type(scheduler).__name__}({name}={told!r})."
            )
    return scheduler


def _named(
    name: str, direction: str, max_epochs: int | None, options: dict[str, Any]
) -> AbstractScheduler:
    arguments = describe(SCHEDULERS.target(name)).arguments
    known = [argument for argument in arguments if argument not in _OF_THE_SEARCH]
    check_arguments(f"The scheduler {name!r}", options, known, OPTION_WORDS)
    made: AbstractScheduler = SCHEDULERS[name](
        direction=direction, max_epochs=max_epochs, **options
    )
    return made
