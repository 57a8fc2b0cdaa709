"""How a search got better: its best after each trial, and whether it was long enough.

Example:
    >>> was_long_enough([0.5, 0.7, None, 0.75, 0.75], "max").chance_of_better
    0.16666666666666666
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tftune.journal.records import Record
from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import loss_of
from tftune.reports.analysis.clock import Clock
from tftune.reports.analysis.trials import is_finite, trials_of


@dataclass(frozen=True)
class Ended:
    """A trial at its end.

    Attributes:
        trial: The trial.
        number: How many trials had ended with it.
        seconds: Seconds of search at its end.
        score: Its score, or None.
        best: The best score so far, or None.
    """

    trial: TrialRecord
    number: int
    seconds: float
    score: float | None
    best: float | None


def ended_trials(state: SearchState, records: Sequence[Record], clock: Clock) -> list[Ended]:
    """Returns the trials in the order of their end, with the best score after each."""
    times = {each["trial_id"]: each["time"] for each in records if each["kind"] == "end"}
    trials = [trial for trial in trials_of(state) if trial.status.has_ended]
    trials.sort(key=lambda trial: times.get(trial.trial_id, trial.started))
    ended: list[Ended] = []
    best: float | None = None
    for number, trial in enumerate(trials, start=1):
        score = trial.score if trial.status.has_score and is_finite(trial.score) else None
        best = better_of(best, score, state.direction)
        seconds = clock.seconds(times.get(trial.trial_id, trial.started))
        ended.append(Ended(trial, number, seconds, score, best))
    return ended


def better_of(one: float | None, other: float | None, direction: str) -> float | None:
    """Returns the better of two scores; None is worse than any."""
    known = [score for score in (one, other) if score is not None]
    return (max if direction == "max" else min)(known) if known else None


def improvements(scores: Sequence[float | None], direction: str) -> tuple[int, float]:
    """Returns how often the best score improved, and how often it would in a random order of the
    trials: 1 + 1/2 + ... + 1/n times, for the k-th of them is the best so far with chance 1/k.

    Args:
        scores: A score a trial, None of one that failed; those are left out.
        direction: `max` or `min`.

    Example:
        >>> improvements([0.5, None, 0.25, 0.75], "max")
        (2, 1.8333333333333333)
    """
    losses = [loss_of(score, direction) for score in scores if score is not None]
    best, found = float("inf"), 0
    for loss in losses:
        if loss < best:
            best, found = loss, found + 1
    return found, sum(1 / place for place in range(1, len(losses) + 1))


@dataclass(frozen=True)
class Outlook:
    """Whether a search was long enough.

    Attributes:
        trials: Trials that ended, failed ones too.
        last_quarter: How many of them are the last quarter.
        gain: What the last quarter improved the best score by, at least 0; None where there is
            no score before it, or nothing to compare.
        since_best: Trials that ended after the one that is the best.
        chance_of_better: That one more trial is the best of all, if trials come in any order:
            1 / (n + 1) after n of them.
        expected_gain: What one more trial then adds to the best on average: the best less the
            second best, divided by n; one that failed is as good as the worst.
    """

    trials: int
    last_quarter: int
    gain: float | None
    since_best: int
    chance_of_better: float
    expected_gain: float | None


def was_long_enough(scores: Sequence[float | None], direction: str) -> Outlook:
    """Returns what the scores, in the order of the ends of the trials, tell of further trials.

    The chance is that of a record among exchangeable draws: each of n + 1 is as likely the best.
    The gain is that of leaving one out: with n draws in any order, the last is the best with
    chance 1 / n and then adds what lies between the best and the second best.

    Args:
        scores: A score a trial, None of one that failed.
        direction: `max` or `min`.
    """
    number = len(scores)
    quarter = (number + 3) // 4
    losses = [None if score is None else loss_of(score, direction) for score in scores]
    known = sorted(loss for loss in losses if loss is not None)
    before = [loss for loss in losses[: number - quarter] if loss is not None]
    gain = max(min(before) - known[0], 0.0) if before else None
    since_best = number - 1 - losses.index(known[0]) if known else 0
    expected = (known[1] - known[0]) / number if len(known) > 1 else None
    return Outlook(number, quarter, gain, since_best, 1 / (number + 1), expected)
