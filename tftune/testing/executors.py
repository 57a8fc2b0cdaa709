"""What every executor promises, as tests: one that keeps them can run the trials of a search.

Example:
    >>> from tftune.execution.inline import InlineExecutor
    >>> class TestMyExecutor(ExecutorContract):
    ...     def make_executor(self):
    ...         return InlineExecutor()
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

from tftune.errors import DataError, UsageError
from tftune.execution.base import AbstractExecutor, Finished, JobError

PATIENCE = 100.0  # seconds in which a job of these tests ends, on a busy machine too


def double(report: Any, value: int) -> int:
    """A job that returns twice its argument."""
    return 2 * value


def ask(report: Any, times: int) -> list[bool]:
    """A job that reports some times and returns the answers."""
    return [report({"step": step}) for step in range(times)]


def raise_error(report: Any) -> None:
    """A job with a fault in its code."""
    raise ValueError("no such layer")


def refuse(report: Any) -> None:
    """A job that ends with an error of tftune's."""
    raise DataError("The folder is missing.")


def hang(report: Any) -> None:
    """A job that tells its process and never ends."""
    report(os.getpid())
    time.sleep(600)


def kill_itself(report: Any) -> None:
    """A job that crashes."""
    print("about to fall", flush=True)
    os.kill(os.getpid(), signal.SIGSEGV)


def leave(report: Any) -> None:
    """A job that ends its process."""
    os._exit(7)


def run(
    executor: AbstractExecutor,
    count: int,
    on_report: Callable[[str, Any], bool] = lambda key, message: True,
) -> dict[str, Finished]:
    """Polls until `count` jobs have ended, and returns their ends by key."""
    ends: dict[str, Finished] = {}
    deadline = time.monotonic() + PATIENCE
    while len(ends) < count and time.monotonic() < deadline:
        ends |= {end.key: end for end in executor.poll(on_report, 1.0)}
    assert len(ends) == count, f"only {sorted(ends)} ended"
    return ends


def wait_until(condition: Callable[[], Any], seconds: float = 30.0) -> bool:
    """Waits until a condition holds; returns whether it came to hold."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(condition())


def is_alive(process: int) -> bool:
    """Returns whether a process of this machine runs."""
    try:
        return bool(psutil.Process(process).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


class ExecutorContract:
    """The promises of any executor. Derive a class from it whose name begins with `Test`."""

    def make_executor(self) -> AbstractExecutor:
        """Returns a new executor of at least one slot."""
        raise NotImplementedError("say how the executor is made")

    @pytest.fixture
    def executor(self) -> Iterator[AbstractExecutor]:
        """An executor for one test; override it where a dear one is to be shared."""
        executor = self.make_executor()
        yield executor
        executor.close()

    def test_a_job_returns_its_result_and_hears_the_answers(
        self, executor: AbstractExecutor
    ) -> None:
        """`poll` hands each report to `on_report`, in order, and the job gets its answer."""
        heard: list[Any] = []

        def on_report(key: str, message: Any) -> bool:
            heard.append((key, message["step"]))
            return bool(message["step"] == 1)

        executor.start("a", ask, 3)
        assert executor.running == ["a"]
        assert run(executor, 1, on_report) == {"a": Finished("a", [False, True, False])}
        assert heard == [("a", 0), ("a", 1), ("a", 2)] and executor.running == []

    def test_every_slot_takes_a_job(self, executor: AbstractExecutor) -> None:
        """So many jobs as there are slots may be started at once; each ends under its key."""
        keys = [f"job {number}" for number in range(executor.slots)]
        for number, key in enumerate(keys):
            executor.start(key, double, number)
        ends = run(executor, len(keys))
        assert {key: end.result for key, end in ends.items()} == {
            key: 2 * number for number, key in enumerate(keys)
        }
        assert executor.running == []

    def test_an_exception_comes_back_as_its_traceback(self, executor: AbstractExecutor) -> None:
        """A fault in a job is its `error`, and the executor goes on."""
        with pytest.raises(JobError, match="raise_error(?s:.*)ValueError: no such layer"):
            executor.call(raise_error)
        assert executor.running == []
        assert executor.call(double, 4) == 8  # the next one runs

    def test_an_error_of_ours_comes_back_as_itself(self, executor: AbstractExecutor) -> None:
        """`call` raises a `TftuneError` of the job as it was."""
        with pytest.raises(DataError, match=r"^The folder is missing\.$"):
            executor.call(refuse)
        assert executor.running == []

    def test_a_killed_job_is_gone_and_its_slot_free(self, executor: AbstractExecutor) -> None:
        """`kill` ends a job wherever it is; `poll` says nothing of it."""
        executor.start("hang", hang)
        executor.kill("hang")
        assert executor.running == []
        assert executor.call(double, 4) == 8

    def test_killing_a_job_that_is_not_there_does_nothing(self, executor: AbstractExecutor) -> None:
        """The driver may kill a job that has just ended."""
        executor.kill("nobody")
        assert executor.running == [] and executor.call(double, 4) == 8

    def test_wake_ends_the_waiting(self, executor: AbstractExecutor) -> None:
        """Another thread, or a signal handler, ends a long `poll`."""
        timer = threading.Timer(0.3, executor.wake)
        started = time.monotonic()
        timer.start()
        assert executor.poll(lambda key, message: False, 60.0) == []
        assert time.monotonic() - started < 30
        timer.join()

    def test_close_ends_all_jobs_and_may_be_called_again(self) -> None:
        """No job is left after `close`."""
        executor = self.make_executor()
        executor.start("hang", hang)
        executor.close()
        assert executor.running == []
        executor.close()


class IsolatedExecutorContract(ExecutorContract):
    """The promises of an executor whose jobs have processes of their own on this machine: what a
    job does to itself costs only itself. Make it so that it keeps what jobs print.
    """

    def test_a_crash_is_told_with_its_signal_and_the_last_words(
        self, executor: AbstractExecutor
    ) -> None:
        """The error tells the signal and what was printed; it is the job's fault."""
        executor.start("crash", kill_itself)
        end = run(executor, 1)["crash"]
        assert end.error is not None and not end.lost and not end.over_limit
        assert "ended by signal SIGSEGV before it could report" in end.error
        assert end.error.endswith("about to fall")
        assert executor.call(double, 4) == 8

    def test_an_early_exit_is_told_with_its_code(self, executor: AbstractExecutor) -> None:
        """A job that ends its process is a job with an error."""
        with pytest.raises(JobError, match="ended with exit code 7 before it could report"):
            executor.call(leave)
        assert executor.call(double, 4) == 8

    def test_the_process_of_a_killed_job_ends(self, executor: AbstractExecutor) -> None:
        """No training goes on unseen."""
        process: list[int] = []

        def on_report(key: str, message: int) -> bool:
            process.append(message)
            return False

        executor.start("hang", hang)
        while not process:
            assert executor.poll(on_report, 1.0) == []
        executor.kill("hang")
        assert executor.running == [] and wait_until(lambda: not is_alive(process[0]))

    def test_what_cannot_travel_is_refused(self, executor: AbstractExecutor) -> None:
        """`start` refuses at once what cannot be pickled."""
        with pytest.raises(UsageError, match="cannot be sent"):
            executor.start("a", double, threading.Lock())
        assert executor.running == []
