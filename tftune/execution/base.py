"""WHERE TRIALS RUN: what the driver may expect of an executor.

A job is a function `function(report, *arguments)` that may call `report(message)` any number of
times; `report` returns the driver's answer, True to stop. The driver polls; it never trains when
jobs run elsewhere.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tftune.errors import TftuneError

Job = Callable[..., Any]
OnReport = Callable[[str, Any], bool]  # (key, message) -> whether the job should stop
OnOutput = Callable[[str, str], None]  # (key, line) hears what a job prints


@dataclass(frozen=True)
class Finished:
    """A job's end.

    Attributes:
        key: The name that it was started under.
        result: What the function returned; None after an error.
        error: What went wrong in one or more lines, or None.
        raised: The error itself if it was one of ours, whose message is enough for the user.
        lost: The machine that ran the job went away; the job itself is not to blame and is started
            again.
        over_limit: The job was ended because it took more than it may, such as memory; another
            attempt would, too.
    """

    key: str
    result: Any = None
    error: str | None = None
    raised: TftuneError | None = None
    lost: bool = False
    over_limit: bool = False


class JobError(RuntimeError):
    """Look at the message: a job that was called for its result ended with an error."""


class AbstractExecutor(ABC):
    """Runs jobs in a number of slots."""

    slots: int = 1
    in_this_process: bool = False  # True where jobs share the driver's memory: nothing is pickled
    in_user_code: bool = (
        False  # True while a job runs in this very process: Ctrl-C may then break into it
    )

    on_output: OnOutput | None = None  # hears, inside `poll`, what jobs print elsewhere

    @abstractmethod
    def start(self, key: str, function: Job, *arguments: Any) -> None:
        """Starts a job in a free slot."""

    @abstractmethod
    def poll(self, on_report: OnReport, timeout: float) -> list[Finished]:
        """Waits up to `timeout` seconds for reports or ends; hands reports to `on_report` and
        returns the ends.
        """

    @abstractmethod
    def kill(self, key: str) -> None:
        """Ends a job at once; it does not show up in `poll` any more."""

    @property
    @abstractmethod
    def running(self) -> list[str]:
        """Keys of the jobs that were started and have not ended."""

    def wake(self) -> None:  # noqa: B027 - not every executor sleeps
        """Makes a `poll` that waits return soon; safe to call from a signal handler."""

    @abstractmethod
    def close(self) -> None:
        """Ends all jobs and gives everything back."""

    def call(self, function: Job, *arguments: Any) -> Any:
        """Runs one job to its end and returns its result.

        Raises:
            TftuneError: If the job raised one.
            JobError: If it failed otherwise; the message is its traceback.
        """
        self.start("call", function, *arguments)
        while True:
            for finished in self.poll(_go_on, timeout=1.0):
                if finished.key == "call":
                    if finished.raised is not None:
                        raise finished.raised
                    if finished.error is not None:
                        raise JobError(finished.error)
                    return finished.result


def _go_on(key: str, message: Any) -> bool:
    return False
