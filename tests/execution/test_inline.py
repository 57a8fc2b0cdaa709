"""Jobs in this very process keep the contract of an executor."""

from __future__ import annotations

from tftune.execution.base import AbstractExecutor
from tftune.execution.choose import open_executor
from tftune.execution.inline import InlineExecutor
from tftune.testing.executors import ExecutorContract


class TestInlineExecutor(ExecutorContract):
    def make_executor(self) -> AbstractExecutor:
        return InlineExecutor()


def test_the_driver_knows_when_the_users_code_runs() -> None:
    executor = InlineExecutor()
    seen: list[bool] = []

    def job(report: object) -> None:
        seen.append(executor.in_user_code)
        report("hello")  # type: ignore[operator]
        seen.append(executor.in_user_code)

    def on_report(key: str, message: object) -> bool:
        seen.append(executor.in_user_code)
        return False

    executor.start("a", job)
    executor.poll(on_report, 0.0)
    assert seen == [True, False, True] and not executor.in_user_code


def test_zero_workers_run_inline() -> None:
    assert isinstance(open_executor(0), InlineExecutor)
