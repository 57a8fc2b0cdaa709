"""What stands in the driver for the tasks of real trials, and for an executor of several slots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tftune.execution.base import Finished
from tftune.execution.inline import InlineExecutor


class Tasks:
    """Makes tasks by a function; tells another one of each end."""

    def __init__(
        self,
        task_of: Callable[[Any, Any], Any] = lambda trial, record: record.trial_id,
        after_end: Callable[[], Any] = lambda: None,
    ) -> None:
        self.task_of, self._after_end = task_of, after_end

    def first_epoch(self, values: dict[str, Any]) -> int:
        return int(values.get("tuner/initial_epoch", 0))

    def is_kept(self, trial_id: str) -> bool:
        return False

    def trial_has_ended(self, untold: set[str]) -> None:
        self._after_end()


class Backwards(InlineExecutor):
    """Runs the youngest job first, of three that are under way."""

    slots = 3

    def poll(self, on_report: Any, timeout: float) -> list[Finished]:
        self._waiting = dict(reversed(self._waiting.items()))
        return super().poll(on_report, timeout)
