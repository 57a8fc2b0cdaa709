"""What a search that has ended tells whoever called it."""

from __future__ import annotations

import warnings

from tftune.errors import NoTrialCompletedError, SearchInterrupted
from tftune.journal.run_folder import RunFolder
from tftune.journal.state import SearchState
from tftune.journal.status import TrialStatus
from tftune.support.texts import printable

LONGEST = 1500  # characters of a failure that a message quotes


def check_end(state: SearchState, folder: RunFolder, reason: str, limit: int) -> None:
    """Raises, or warns, where a search did not end as it was meant to.

    Args:
        state: Of the search.
        folder: Of the run, for the message.
        reason: Why it ended, as the driver says.
        limit: Of trials that fail one after the other.

    Raises:
        SearchInterrupted: If it was interrupted.
        NoTrialCompletedError: If no trial completed; the message quotes the last failure.
    """
    counts = state.counts()
    if reason == "interrupted":
        raise SearchInterrupted(
            f"The search was interrupted after {sum(counts.values())} trials; everything is kept "
            f"in {folder.path}. Call search() again with the same arguments to go on."
        )
    if state.best() is None:
        raise NoTrialCompletedError(
            f"No trial completed: {counts['failed']} failed, the search ended with {reason!r}."
            f"{_last_failure(state)}"
        )
    if reason == "failures":
        warnings.warn(
            f"The search ended early: {limit} trials in a row crashed. The traceback stands in "
            f"{folder.trials_csv}.",
            stacklevel=5,
        )


def _last_failure(state: SearchState) -> str:
    trials = state.trials.values()
    failed = [trial for trial in trials if trial.status is TrialStatus.FAILED]
    if not failed:
        return ""
    message = printable(failed[-1].message or "no message", LONGEST)
    return f" The last failure, trial {failed[-1].trial_id}:\n{message}"
