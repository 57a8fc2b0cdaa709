"""Confirms the winner of a search: its best few are trained again, as `tftune.search.racing` says.

The trainings of a round share a fresh seed of the first weights, of the order of the rows, of
augmentation and dropout, and another cut of train and validation where there are rows to cut; the
test split is not looked at. The journal tells each of them, so that what was cut short goes on:

- `confirm`: a race begins or goes on; `rounds`, and how many `trainings` there are at the most;
- `repeat`: a training begins; `trial_id`, `round` from 0, `attempt`;
- `repeated`: it has ended; `status`, `score`, `best_epoch`, `metrics`, `message`, `seconds`;
- `confirmed`: the race is over; who has won, what that is worth, and what all others have had.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

from tftune.execution.base import AbstractExecutor, Job
from tftune.journal.recorder import Recorder
from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import FailureKind, TrialStatus
from tftune.search.fatal import fatal_error
from tftune.search.jobs import AbstractJobs
from tftune.search.racing import Race, race
from tftune.search.repeated_mean import LEVEL, luck, repeated_mean
from tftune.search.run_settings import RunSettings
from tftune.space.knob import public_values
from tftune.support.texts import printable
from tftune.support.tracebacks import LONGEST
from tftune.training.task import Outcome, TrialTask
from tftune.training.trial import run_trial

Place = tuple[str, int]  # of a training: its trial and its round


class RepeatTasks(Protocol):
    """What makes the tasks: see `tftune.search.tasks.TrialTasks`."""

    can_cut: bool

    def repeat_of(self, record: TrialRecord, number: int) -> TrialTask:
        """Returns what the executor runs for a trial in a round."""

    def lacks_weights(self, record: TrialRecord) -> bool:
        """Whether the weights of a trial are gone; those of its first repeat then stand for it."""


class Confirmation(AbstractJobs[Place]):
    """Trains the best few again, round by round, and writes down who has won.

    Args:
        executor: Runs the trainings.
        recorder: Remembers them; its state holds those of earlier sessions.
        tasks: Makes tasks.
        rounds: How many contenders each round has.
        run: Limits and retries, as for trials.
        deadline: `time.monotonic()` at which the search ends.
        job: Runs a task.
    """

    def __init__(
        self,
        executor: AbstractExecutor,
        recorder: Recorder,
        tasks: RepeatTasks,
        rounds: tuple[int, ...],
        run: RunSettings,
        deadline: float = math.inf,
        job: Job = run_trial,
    ) -> None:
        super().__init__(executor, recorder, run, deadline)
        self.tasks, self.rounds, self._job = tasks, rounds, job
        self._scores = _contenders(recorder.state, rounds[0])
        self._rewritten: set[Place] = set()
        if run.trial_timeout is not None:
            self._limit = run.trial_timeout

    def run(self) -> str | None:
        """Runs the race to its end; returns None, or why it was not reached: `interrupted` or
        `timeout`.
        """
        if not self._scores:
            return None
        if self._race().wanted:
            most = sum(min(count, len(self._scores)) for count in self.rounds)
            self.recorder.write("confirm", rounds=list(self.rounds), trainings=most)
        return self._run_jobs()

    def _race(self) -> Race:
        state = self.recorder.state
        return race(self._scores, state.repeats, self.rounds, state.direction)

    def _more(self) -> Sequence[Place]:
        now = self._race()
        wanted = list(now.wanted) or self._without_weights(now.winner)
        if not wanted:
            self._conclude(now.winner)
        return wanted

    def _without_weights(self, winner: str | None) -> list[Place]:
        """Returns the repeat of the winner that is trained again for its weights: they may have
        been removed since, while other trials were better.
        """
        if winner is None or (winner, 0) in self._rewritten:
            return []
        if not self.tasks.lacks_weights(self.recorder.state.trials[winner]):
            return []
        self._rewritten.add((winner, 0))
        return [(winner, 0)]

    def _job_of(self, item: Place) -> tuple[Job, Any]:
        trial_id, number = item
        return self._job, self.tasks.repeat_of(self.recorder.state.trials[trial_id], number)

    def _write_start(self, item: Place, attempt: int) -> None:
        self.recorder.write("repeat", trial_id=item[0], round=item[1], attempt=attempt)

    def _write_end(self, item: Place, outcome: Outcome, seconds: float) -> None:
        message = printable(outcome.message, LONGEST) if outcome.message else None
        if outcome.failure is FailureKind.FATAL:
            what = f"Trial {item[0]} cannot be trained again. {message}"
            raise fatal_error(what, outcome.fatal)
        self.recorder.write(
            "repeated",
            trial_id=item[0],
            round=item[1],
            status=outcome.status,
            score=outcome.score if outcome.status.has_score else None,
            best_epoch=outcome.best_epoch,
            metrics=outcome.metrics,
            message=message,
            seconds=outcome.seconds,
        )

    def _overdue(self) -> Outcome:
        message = f"It was ended after {self._limit:g} s, the limit of a trial."
        failure = FailureKind.OVER_LIMIT
        return Outcome(
            TrialStatus.FAILED, message=message, failure=failure, seconds=float(self._limit)
        )

    def _conclude(self, winner: str | None) -> None:
        """Writes down who has won; nobody has if all trainings failed."""
        state = self.recorder.state
        if winner is None:
            return
        told = _verdict(winner, self._scores, state.repeats, self.rounds, state.direction)
        told["cut"] = "fresh" if self.tasks.can_cut else "same"
        known = state.confirmed or {}
        if any(known.get(name) != value for name, value in told.items()):
            self.recorder.write("confirmed", **told)


def _contenders(state: SearchState, count: int) -> dict[str, float]:
    """Returns the best scores, a configuration once: Hyperband continues one as further trials."""
    found: dict[str, float] = {}
    known: list[dict[str, Any]] = []
    for trial_id in state.standing.ranked():
        trial = state.trials[trial_id]
        values = public_values(trial.values)
        if trial.score is not None and values not in known:
            known.append(values)
            found[trial_id] = float(trial.score)
        if len(found) == count:
            break
    return found


def _verdict(
    winner: str,
    scores: dict[str, float],
    repeats: dict[Place, float],
    rounds: tuple[int, ...],
    direction: str,
) -> dict[str, Any]:
    """Returns what the journal notes of a race that is over, JSON-able."""
    results: dict[str, list[float | None]] = {
        trial_id: [
            value if math.isfinite(value := repeats[trial_id, number]) else None
            for number in range(len(rounds))
            if (trial_id, number) in repeats
        ]
        for trial_id in scores
    }
    finite = {
        trial_id: [value for value in values if value is not None]
        for trial_id, values in results.items()
    }
    told = repeated_mean(winner, finite)
    return {
        "trial_id": winner,
        "search_best": next(iter(scores)),
        "rounds": list(rounds),
        "score": scores[winner],
        "repeated": told.mean,
        "level": LEVEL,
        "low": told.low,
        "high": told.high,
        "luck": luck(scores[winner], told.mean, direction),
        "trainings": sum(map(len, results.values())),
        "contenders": [
            {"trial_id": trial_id, "score": score, "repeats": results[trial_id]}
            for trial_id, score in scores.items()
        ],
    }
