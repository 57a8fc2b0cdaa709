"""What becomes of a trial, and what follows from it: the one place where the failure policy stands.

A trial is `RUNNING` from its start on, and ends once, with one of the other statuses:

| what happened                                         | status    | started at most | in a row |
|-------------------------------------------------------|-----------|-----------------|----------|
| it trained to its end, or early stopping ended it     | COMPLETED | once            | 0 again  |
| a scheduler stopped it                                | PRUNED    | once            | 0 again  |
| DIVERGED: no finite objective                         | FAILED    | once            | 0 again  |
| OVER_LIMIT: more time or memory than a trial may take | FAILED    | once            | 0 again  |
| REJECTED: the user's code raised `FailedTrialError`   | FAILED    | once            | 1 more   |
| CRASHED: an exception, or its process died            | FAILED    | 1 + R times     | 1 more   |
| LOST: its machine went away                           | FAILED    | 1 + max(R, 3)   | 1 more   |
| FATAL: every other trial would meet it, too           | FAILED    | once            | the end  |
| REFUSED: the machine did not take its weights         | RUNNING   | once            | the end  |

- *Score*: of a completed or pruned trial the objective at its best epoch; a failed trial has none.
- *Started*: R is `max_retries_per_trial`. What would happen again is not tried again.
- *In a row*: `max_consecutive_failed_trials` trials that crashed, were lost or rejected, one after
  another, end the search. A trial that is tried again does not count before its last attempt.
- *The end*: trials that run beside a FATAL one end with it, as FAILED, for they would meet it, too.
  Of those REFUSED for want of room, and beside one, nothing is written down: who resumes, when the
  cause is gone, starts them again.
- *The oracle* hears of every end. A failed trial counts as worse than the worst, a pruned one as
  what it reached but never as worse than the worst completed one (`Observations` has the formula).
- *The scheduler* hears of every end. A failed trial is nobody's yardstick.
- *Counters* (`Standing`, the live view, `summary.json`) count every end once, by its status.

Under a plain `keras_tuner.Tuner` KerasTuner tells less: every failure counts as CRASHED there.

Example:
    >>> TrialStatus("pruned").has_score, FailureKind.DIVERGED.attempts(max_retries_per_trial=2)
    (True, 1)
"""

from __future__ import annotations

import enum

LOST_RETRIES = 3  # attempts more, at least, for a trial whose machine went away


class TrialStatus(enum.StrEnum):
    """What became of a trial; the table above says when."""

    RUNNING = "running"
    COMPLETED = "completed"
    PRUNED = "pruned"
    FAILED = "failed"

    @property
    def has_ended(self) -> bool:
        """Whether the trial is over."""
        return self is not TrialStatus.RUNNING

    @property
    def has_score(self) -> bool:
        """Whether a trial that ended so has a score that can be ranked."""
        return self in (TrialStatus.COMPLETED, TrialStatus.PRUNED)


ENDED = tuple(status for status in TrialStatus if status.has_ended)


class FailureKind(enum.StrEnum):
    """Why a trial failed; the table above says what follows."""

    DIVERGED = "diverged"
    OVER_LIMIT = "over limit"
    REJECTED = "rejected"
    CRASHED = "crashed"
    LOST = "lost"
    FATAL = "fatal"
    REFUSED = "refused"

    @property
    def counts_in_a_row(self) -> bool:
        """Whether so many failures one after another end the search."""
        return self in (FailureKind.CRASHED, FailureKind.LOST, FailureKind.REJECTED)

    def attempts(self, max_retries_per_trial: int) -> int:
        """Returns how often a trial is started at the most, if each attempt fails so.

        Args:
            max_retries_per_trial: Further attempts that the search grants, at least 0.
        """
        if self is FailureKind.LOST:
            return 1 + max(max_retries_per_trial, LOST_RETRIES)
        return 1 + (max_retries_per_trial if self is FailureKind.CRASHED else 0)


def loss_of(score: float, direction: str) -> float:
    """Returns a score as a loss: lower is better, whichever way the objective goes.

    Args:
        score: Of the objective.
        direction: `max` or `min`.

    Example:
        >>> loss_of(0.75, "max"), loss_of(0.75, "min")
        (-0.75, 0.75)
    """
    return -score if direction == "max" else score
