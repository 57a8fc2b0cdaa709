"""Jobs beside those of trials: slots, retries, limits, interruptions."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from tests.search.stand_ins import Backwards
from tftune.execution.base import Finished
from tftune.execution.inline import InlineExecutor
from tftune.journal.status import FailureKind
from tftune.search.jobs import AbstractJobs
from tftune.search.run_settings import RunSettings
from tftune.training.task import Outcome

RECORDER: Any = SimpleNamespace(
    journal=SimpleNamespace(sync=lambda: None), shows_output=False, tell_output=None
)


class Jobs(AbstractJobs[str]):
    """Rounds of jobs that are named; `told` has what was written down."""

    def __init__(self, rounds: Sequence[Sequence[str]], job: Any, **options: Any) -> None:
        executor = options.pop("executor", None) or InlineExecutor()
        run = RunSettings(workers=0, max_retries_per_trial=options.pop("retries", 0))
        self.rounds, self.job, self.told = [list(each) for each in rounds], job, []
        limit = options.pop("limit", None)
        super().__init__(executor, RECORDER, run, **options)
        self._limit = self._limit if limit is None else limit
        self.most = 0

    def run(self) -> str | None:
        return self._run_jobs()

    def _more(self) -> Sequence[str]:
        return self.rounds.pop(0) if self.rounds else ()

    def _job_of(self, item: str) -> tuple[Any, Any]:
        return self.job, SimpleNamespace(trial_id=item)

    def _write_start(self, item: str, attempt: int) -> None:
        self.most = max(self.most, len(self._running) + 1)
        self.told.append((item, attempt))

    def _write_end(self, item: str, outcome: Outcome, seconds: float) -> None:
        assert seconds >= 0
        self.told.append((item, outcome.status))

    def _overdue(self) -> Outcome:
        return Outcome("failed", message="too long")  # type: ignore[arg-type]

    def _should_stop(self, seconds: float) -> bool:
        return seconds > 0.02


def completed(report: Any, task: Any) -> Outcome:
    return Outcome("completed")  # type: ignore[arg-type]


def test_a_round_begins_when_the_one_before_has_ended() -> None:
    jobs = Jobs([["a", "b"], ["c"]], completed)
    assert jobs.run() is None
    ends = [("a", 1), ("a", "completed"), ("b", 1), ("b", "completed")]
    assert jobs.told == [*ends, ("c", 1), ("c", "completed")]


def test_as_many_are_under_way_as_there_are_slots() -> None:
    jobs = Jobs([["a", "b", "c", "d", "e"]], completed, executor=Backwards())
    assert jobs.run() is None and jobs.most == Backwards.slots
    assert [item for item, what in jobs.told if what == 1] == list("abcde")


@pytest.mark.parametrize(("kind", "times"), [(FailureKind.CRASHED, 3), (FailureKind.DIVERGED, 1)])
def test_what_crashed_is_tried_again_as_often_as_a_trial(kind: FailureKind, times: int) -> None:
    def fails(report: Any, task: Any) -> Outcome:
        return Outcome("failed", failure=kind)  # type: ignore[arg-type]

    jobs = Jobs([["a"]], fails, retries=2)
    assert jobs.run() is None
    assert jobs.told == [*(("a", attempt + 1) for attempt in range(times)), ("a", "failed")]


class Hanging(InlineExecutor):
    """Jobs never end by themselves."""

    def poll(self, on_report: Any, timeout: float) -> list[Finished]:
        assert 0 <= timeout <= 1
        time.sleep(min(timeout, 0.01))
        return []


def test_a_job_that_takes_too_long_is_killed_and_the_next_one_begins() -> None:
    jobs = Jobs([["a", "b"]], completed, executor=Hanging(), limit=0.03)
    assert jobs.run() is None and not jobs.executor.running
    assert jobs.told == [("a", 1), ("a", "failed"), ("b", 1), ("b", "failed")]


def test_the_deadline_ends_what_is_under_way() -> None:
    jobs = Jobs([["a"]], completed, executor=Hanging(), deadline=time.monotonic() + 0.03)
    assert jobs.run() == "timeout" and not jobs.executor.running
    assert jobs.told == [("a", 1)]


def test_a_job_that_reports_is_told_to_stop() -> None:
    def reports(report: Any, task: Any) -> Outcome:
        epochs = 0
        while not report({"epoch": epochs}):
            epochs += 1
            time.sleep(0.005)
        return Outcome("pruned", best_epoch=epochs)  # type: ignore[arg-type]

    jobs = Jobs([["a"]], reports)
    assert jobs.run() is None and jobs.told == [("a", 1), ("a", "pruned")]


def test_an_interruption_kills_what_is_under_way() -> None:
    def interrupts(report: Any, task: Any) -> Outcome:
        jobs.interrupted = True
        report({"epoch": 1})
        raise AssertionError("not reached")

    jobs = Jobs([["a", "b"]], interrupts)
    assert jobs.run() == "interrupted" and jobs.told == [("a", 1)]
