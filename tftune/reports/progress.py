"""How far a search is: what the live view shows, computed from the records; drawing is left to
`live.py`.

Example:
    >>> from tftune.journal.state import SearchState
    >>> session = {"kind": "session", "resumed": False, "expected_trials": 4, "time": 0.0}
    >>> progress = Progress(clock=lambda: 0.0)
    >>> progress.apply(session, SearchState().apply_all([session]))
    >>> progress.snapshot().planned
    4
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tftune.journal.records import Record
from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import TrialStatus, loss_of

FEWEST = 8  # trials with a score before a gain is estimated
_RECENT = 4  # the last quarter of the trials is recent
_LEAST_RATIO = 0.25  # of what a doubling of the trials gains to what the one before gained


@dataclass(frozen=True)
class RunningTrial:
    """One trial in training.

    Attributes:
        trial_id: Its id.
        epoch: The last epoch trained, counted from 1; 0, or the parent's last, before the first
            report.
        first_epoch: Epochs its parent trained.
        last_epoch: The epoch at which it ends at the latest.
        value: The objective at the last epoch, or None.
        seconds: Since it started.
        attempt: Which one this is, from 1.
        began_after: The epoch after which it goes on where an earlier attempt was interrupted.
    """

    trial_id: str
    epoch: int
    first_epoch: int
    last_epoch: int | None
    value: float | None
    seconds: float
    attempt: int = 1
    began_after: int = 0

    @property
    def share(self) -> float:
        """How much of its epochs is trained, from 0 to 1."""
        epochs = (self.last_epoch or 0) - self.first_epoch
        return (self.epoch - self.first_epoch) / epochs if epochs > 0 else 0.0

    @property
    def part(self) -> float:
        """How much of its epochs this attempt has to train, above 0 and at most 1."""
        epochs = (self.last_epoch or 0) - self.first_epoch
        rest = (self.last_epoch or 0) - max(self.began_after, self.first_epoch)
        return rest / epochs if 0 < rest < epochs else 1.0


@dataclass(frozen=True)
class Gain:
    """How much the best has gained lately, and what may be expected.

    Attributes:
        recent: The last so many trials with a score ...
        gained: ... have bettered the best by this, in units of the objective; 0 or more.
        further: So many trials more ...
        expected: ... may be expected to better it by this.
    """

    recent: int
    gained: float
    further: int
    expected: float


def gain_of(losses: Sequence[float], left: int | None = None) -> Gain | None:
    """Estimates the gain still to come from the scores of a search.

    Let S(m) be how much worse the best of m scores is than the best of all k, in the mean over all
    ways to take m of them; a score worse than the median counts as the median. The last doubling
    of the trials has gained S(k/2), the one before S(k/4) - S(k/2); q is the ratio of the two, at
    least 1/4 and at most 1, and each doubling to come may gain q times what the one before did: r
    trials more are d = log2((k + r) / k) doublings, and may gain `S(k/2) * q * (1 - q**d) /
    (1 - q)`, for q = 1 `S(k/2) * d`. For trials drawn at random that is about what comes, for those
    of a method that learns a guess.

    Args:
        losses: Of the trials with a score, lower is better, in the order in which they ended.
        left: r, the trials that are planned still; None or 0 takes as many as there were.

    Returns:
        The estimate, or None of fewer than 8 trials.

    Example:
        >>> gain_of([8, 7, 6, 5, 4, 3, 2, 1], left=8)  # S(4) = 22/28, S(2) = 46/28, q = 11/12
        Gain(recent=4, gained=4, further=8, expected=0.720238095238)
    """
    count = len(losses)
    if count < FEWEST:
        return None
    recent = max(FEWEST // 2, round(count / _RECENT))
    gained = min(losses[:-recent]) - min(losses)
    ranked = sorted(losses)
    last = _shortfall(ranked, count // 2)
    before = _shortfall(ranked, count // 4) - last
    ratio = min(max(last / before, _LEAST_RATIO), 1.0) if before > 0 else 1.0
    further = left or count
    doublings = math.log2((count + further) / count)
    sum_of_powers = ratio * (1 - ratio**doublings) / (1 - ratio) if ratio < 1 else doublings
    return Gain(recent, gained, further, round(last * sum_of_powers, 12))


def _shortfall(ranked: Sequence[float], size: int) -> float:
    """Returns S(size) of losses in ascending order."""
    count = len(ranked)
    median = ranked[(count - 1) // 2]
    probability, mean = size / count, 0.0  # that the loss of a place is the least of those taken
    for place, loss in enumerate(ranked[: count - size + 1]):
        mean += probability * (min(loss, median) - ranked[0])
        probability *= (count - place - size) / max(count - place - 1, 1)
        if probability < 1e-12:
            break
    return mean


@dataclass(frozen=True)
class Snapshot:
    """A search at one moment.

    Attributes:
        running: The trials in training, in the order of their start.
        ended: Number of trials that ended, those of earlier sessions included.
        failed: How many of them failed.
        pruned: How many of them a scheduler stopped.
        planned: Number of trials in all, at least of those that ended or run; None if the search
            does not know.
        objective: Name of the metric searched for.
        best_trial_id: Id of the best trial so far, or None.
        best_score: Its score, or None.
        seconds_left: Estimate of the time left, or None while nothing is known.
        gain: What the last trials gained and what is still to come, or None while it is too early.
        curve: The best so far: the number of scores and the best of them, wherever it got better,
            and at the end.
    """

    running: tuple[RunningTrial, ...]
    ended: int
    failed: int
    pruned: int
    planned: int | None
    objective: str
    best_trial_id: str | None
    best_score: float | None
    seconds_left: float | None
    gain: Gain | None = None
    curve: tuple[tuple[int, float], ...] = ()

    def later(self, seconds: float) -> Snapshot:
        """Returns the same search some seconds later, if nothing else happens."""
        running = tuple(replace(trial, seconds=trial.seconds + seconds) for trial in self.running)
        left = None if self.seconds_left is None else max(self.seconds_left - seconds, 0.0)
        return replace(self, running=running, seconds_left=left)


class Progress:
    """Follows the records of a search.

    Args:
        clock: Returns seconds; replaced in tests.

    Attributes:
        planned: Number of trials that the search will make in all, or None where it is not known.
        most_running: Trials that have been in training at a time.
        interrupted: Of each trial that an earlier session left unfinished, the last epoch that was
            reported.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started: dict[str, float] = {}  # trials in training in this session
        self.most_running = 1
        self._state = SearchState()
        self.planned: int | None = None
        self.interrupted: dict[str, int] = {}
        self._losses: list[float] = []  # of the trials with a score, in the order of their ends
        self._bettered: list[tuple[int, float]] = []

    def apply(self, record: Record, state: SearchState) -> None:
        """Takes the next record; `state` has it folded in already."""
        self._state = state
        if record["kind"] == "end":
            self._score(record)
        if record["kind"] == "session":
            self.planned = record.get("expected_trials")  # may be more than in the session before
        if record.get("replayed"):
            self._apply_earlier(record)
            return
        if record["kind"] == "start":
            self._started[record["trial_id"]] = self._clock()
            self.most_running = max(self.most_running, len(self._started))
        elif record["kind"] == "end":
            self._started.pop(record["trial_id"], None)

    def _apply_earlier(self, record: Record) -> None:
        if record["kind"] in ("start", "epoch"):
            self.interrupted[record["trial_id"]] = record.get("epoch", 0)
        elif record["kind"] == "end":
            self.interrupted.pop(record["trial_id"], None)

    def _score(self, record: Record) -> None:
        score = record.get("score")
        if score is None or not TrialStatus(record["status"]).has_score or not math.isfinite(score):
            return
        loss = loss_of(score, self._state.direction)
        best = min(
            (loss_of(each, self._state.direction) for _, each in self._bettered[-1:]),
            default=math.inf,
        )
        self._losses.append(loss)
        if loss < best:
            self._bettered.append((len(self._losses), score))

    def snapshot(self) -> Snapshot:
        """Returns where the search stands now."""
        state = self._state
        running = tuple(self._running(state.trials[trial]) for trial in self._started)
        counts = state.counts()
        best = state.best() if state.header else None
        ended = sum(counts.values())
        # a search that is resumed with fewer trials than it had, or replaces those that failed
        planned = max(self.planned, ended + len(running)) if self.planned else self.planned
        last = [(len(self._losses), score) for _, score in self._bettered[-1:]]
        return Snapshot(
            running=running,
            ended=ended,
            failed=counts["failed"],
            pruned=counts["pruned"],
            planned=planned,
            objective=state.objective if state.header else "",
            best_trial_id=best.trial_id if best else None,
            best_score=best.score if best else None,
            seconds_left=self._seconds_left(running, planned, ended),
            gain=gain_of(self._losses, planned - ended if planned else None),
            curve=tuple(dict.fromkeys([*self._bettered, *last])),
        )

    def _running(self, trial: TrialRecord) -> RunningTrial:
        epoch, metrics = trial.epochs[-1] if trial.epochs else (trial.first_epoch, {})
        return RunningTrial(
            trial_id=trial.trial_id,
            epoch=epoch,
            first_epoch=trial.first_epoch,
            last_epoch=last_epoch(trial, self._state),
            value=metrics.get(self._state.objective),
            seconds=self._clock() - self._started[trial.trial_id],
            attempt=trial.attempt,
            began_after=trial.continued,
        )

    def _seconds_left(
        self, running: tuple[RunningTrial, ...], planned: int | None, ended: int
    ) -> float | None:
        """Estimates from the mean time of ended trials, or before there are any from the epochs of
        the running ones.
        """
        mean = self._state.standing.mean_seconds
        trained = [(each.seconds, each.share + each.part - 1.0) for each in running]
        own = [seconds / share for seconds, share in trained if share > 0]  # at its own speed
        if math.isnan(mean) and own:
            mean = math.fsum(own) / len(own)
        if planned is None or math.isnan(mean):
            return None
        left = [max(mean * trial.part - trial.seconds, 0.0) for trial in running]
        waiting = max(planned - ended - len(running), 0)
        return max((math.fsum(left) + waiting * mean) / self.most_running, max(left, default=0.0))


def last_epoch(trial: TrialRecord, state: SearchState) -> int | None:
    """Returns the epoch at which a trial ends at the latest: its own budget, else that of the whole
    search, else None.
    """
    epochs = trial.last_epoch or state.header.get("training", {}).get("epochs")
    return int(epochs) if epochs else None
