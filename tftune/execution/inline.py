"""Jobs in the driver's own process, one at a time: for debugging, for a GPU that the notebook
holds, for odd platforms.

A job finds the process's settings as they are, and what it changes of them is put back: Keras'
dtype policy, the environment, the working directory.
"""

from __future__ import annotations

from typing import Any

from tftune.errors import TftuneError
from tftune.execution import surroundings
from tftune.execution.base import AbstractExecutor, Finished, Job, OnReport
from tftune.support.tracebacks import describe
from tftune.training import process_settings


class InlineExecutor(AbstractExecutor):
    """Runs each job inside `poll`.

    Example:
        >>> InlineExecutor().call(lambda report, value: value + 1, 1)
        2
    """

    in_this_process = True

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[Job, tuple[Any, ...]]] = {}

    def start(self, key: str, function: Job, *arguments: Any) -> None:
        """Remembers the job; `poll` runs it."""
        self._waiting[key] = (function, arguments)

    def poll(self, on_report: OnReport, timeout: float) -> list[Finished]:
        """Runs the oldest job to its end; `timeout` does not apply."""
        if not self._waiting:
            return []
        key = next(iter(self._waiting))
        function, arguments = self._waiting.pop(key)

        def report(message: Any) -> bool:
            self.in_user_code = False
            answer = on_report(key, message)
            self.in_user_code = True
            return answer

        self.in_user_code = True
        try:
            with surroundings.kept(), process_settings.kept(), process_settings.names_as_fresh():
                return [Finished(key, function(report, *arguments))]
        except TftuneError:
            raise  # the driver runs in this process too: its own errors end the search
        except Exception as error:
            return [Finished(key, error=describe(error))]
        finally:
            self.in_user_code = False

    def kill(self, key: str) -> None:
        """Forgets a job that has not begun."""
        self._waiting.pop(key, None)

    @property
    def running(self) -> list[str]:
        """Keys of the jobs that wait."""
        return list(self._waiting)

    def close(self) -> None:
        """Forgets the jobs that wait."""
        self._waiting.clear()
