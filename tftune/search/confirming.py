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
import time
from typing import Any, Protocol

from tftune.execution.base import AbstractExecutor, Finished, Job
from tftune.journal.recorder import Recorder
from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import FailureKind, TrialStatus
from tftune.search.driver import outcome_of
from tftune.search.fatal import fatal_error
from tftune.search.interrupts import signals_led_to
from tftune.search.racing import race
from tftune.search.repeated_mean import LEVEL, luck, repeated_mean
from tftune.search.run_settings import RunSettings
from tftune.space.knob import public_values
from tftune.support.texts import printable
from tftune.support.tracebacks import LONGEST
from tftune.training.task import Outcome, TrialTask
from tftune.training.trial import run_trial

_POLL_SECONDS = 1.0
Place = tuple[str, int]  # of a training: its trial and its round


class RepeatTasks(Protocol):
    """What makes the tasks: see `tftune.search.tasks.TrialTasks`."""

    can_cut: bool

    def repeat_of(self, record: TrialRecord, number: int) -> TrialTask:
        """Returns what the executor runs for a trial in a round."""

    def lacks_weights(self, record: TrialRecord) -> bool:
        """Whether the weights of a trial are gone; those of its first repeat then stand for it."""


class Confirmation:
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
        self.executor, self.recorder, self.tasks = executor, recorder, tasks
        self.rounds, self.settings, self.deadline, self._job = rounds, run, deadline, job
        self.interrupted = False
        self._scores = _contenders(recorder.state, rounds[0])
        self._running: dict[str, Place] = {}
        self._limits: dict[str, float] = {}
        self._attempts: dict[Place, int] = {}
        self._waiting: list[Place] = []
        self._rewritten: set[Place] = set()

    def run(self) -> str | None:
        """Runs the race to its end; returns None, or why it was not reached: `interrupted` or
        `timeout`.
        """
        state = self.recorder.state
        if not self._scores:
            return None
        if race(self._scores, state.repeats, self.rounds, state.direction).wanted:
            most = sum(min(count, len(self._scores)) for count in self.rounds)
            self.recorder.write("confirm", rounds=list(self.rounds), trainings=most)
        self.executor.on_output = self.recorder.tell_output if self.recorder.shows_output else None
        with signals_led_to(self._on_signal):
            try:
                return self._loop()
            except KeyboardInterrupt:
                return "interrupted"
            finally:
                for key in self.executor.running:
                    self.executor.kill(key)
                self.executor.on_output = None

    def _loop(self) -> str | None:
        state = self.recorder.state
        while True:
            if not self._running and not self._waiting:
                now = race(self._scores, state.repeats, self.rounds, state.direction)
                self._waiting = list(now.wanted) or self._without_weights(now.winner)
                if not self._waiting:
                    self._conclude(now.winner)
                    return None
            if self.interrupted:
                return "interrupted"
            if time.monotonic() >= self.deadline:
                return "timeout"
            while self._waiting and len(self._running) < self.executor.slots:
                self._start(self._waiting.pop(0))
            self.recorder.journal.sync()
            for finished in self.executor.poll(self._on_report, self._wait_seconds()):
                self._end(finished)
            self._end_overdue()

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

    def _start(self, place: Place) -> None:
        trial_id, number = place
        attempt = self._attempts[place] = self._attempts.get(place, 0) + 1
        self.recorder.write("repeat", trial_id=trial_id, round=number, attempt=attempt)
        task = self.tasks.repeat_of(self.recorder.state.trials[trial_id], number)
        self._running[task.trial_id] = place
        if self.settings.trial_timeout is not None:
            self._limits[task.trial_id] = time.monotonic() + self.settings.trial_timeout
        self.executor.start(task.trial_id, self._job, task)

    def _end(self, finished: Finished) -> None:
        outcome, place = outcome_of(finished), self._running.pop(finished.key)
        self._limits.pop(finished.key, None)
        message = printable(outcome.message, LONGEST) if outcome.message else None
        if outcome.failure is FailureKind.FATAL:
            raise fatal_error(f"{finished.key} cannot run. {message}", outcome.fatal)
        retries = self.settings.max_retries_per_trial
        attempts = outcome.failure.attempts(retries) if outcome.failure else 1
        if self._attempts[place] < attempts:
            self._waiting.append(place)
            return
        score = outcome.score if outcome.status.has_score else None
        self.recorder.write(
            "repeated",
            trial_id=place[0],
            round=place[1],
            status=outcome.status,
            score=score,
            best_epoch=outcome.best_epoch,
            metrics=outcome.metrics,
            message=message,
            seconds=outcome.seconds,
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

    def _on_report(self, key: str, epoch: dict[str, Any]) -> bool:
        if self.interrupted:
            raise KeyboardInterrupt
        return False  # what is repeated is trained as long as the trial may be

    def _end_overdue(self) -> None:
        for key in [key for key, limit in self._limits.items() if time.monotonic() >= limit]:
            self.executor.kill(key)
            failure = FailureKind.OVER_LIMIT
            limit = float(self.settings.trial_timeout or 0.0)
            message = f"It was ended after {limit:g} s, the limit of a trial."
            outcome = Outcome(TrialStatus.FAILED, message=message, failure=failure, seconds=limit)
            self._end(Finished(key, result=outcome))

    def _wait_seconds(self) -> float:
        next_end = min([self.deadline, *self._limits.values()])
        return max(0.0, min(_POLL_SECONDS, next_end - time.monotonic()))

    def _on_signal(self) -> None:
        self.interrupted = True
        self.executor.wake()
        if self.executor.in_user_code:
            raise KeyboardInterrupt


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
