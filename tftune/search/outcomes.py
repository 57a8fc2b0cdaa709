"""How the training of a job ended, and whether the search can go on after it.

Example:
    >>> outcome_of(Finished("0003", error="It was killed.", lost=True)).failure.name
    'LOST'
"""

from __future__ import annotations

from tftune.errors import MachineError
from tftune.execution.base import Finished
from tftune.journal.status import FailureKind, TrialStatus
from tftune.training.task import Outcome


def outcome_of(finished: Finished) -> Outcome:
    """Returns how the training of a job ended, also where the job could not say so itself."""
    if finished.error is None:
        outcome: Outcome = finished.result
        return outcome
    kind = FailureKind.CRASHED
    if finished.lost:
        kind = FailureKind.LOST
    elif finished.over_limit:
        kind = FailureKind.OVER_LIMIT
    return Outcome(TrialStatus.FAILED, message=finished.error, failure=kind)


def check_not_refused(outcome: Outcome) -> None:
    """Ends a search whose files the machine does not take.

    Raises:
        MachineError: If a training ended so.
    """
    if outcome.failure is FailureKind.REFUSED:
        raise MachineError(outcome.message or "The machine refused to write the weights.")
