"""The contract of executors finds one that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tftune.errors import TftuneError
from tftune.execution.base import Finished, OnReport
from tftune.execution.inline import InlineExecutor
from tftune.testing.executors import ExecutorContract

CONTRACT = ExecutorContract()


class KeepsKilledJobs(InlineExecutor):
    def kill(self, key: str) -> None:
        pass


class IsDeaf(InlineExecutor):
    def poll(self, on_report: OnReport, timeout: float) -> list[Finished]:
        def and_no(key: str, message: Any) -> bool:
            on_report(key, message)
            return False

        return super().poll(and_no, timeout)


class HidesErrors(InlineExecutor):
    def poll(self, on_report: OnReport, timeout: float) -> list[Finished]:
        try:
            ends = super().poll(on_report, timeout)
        except TftuneError as error:
            ends = [Finished("call", error=str(error))]
        return [Finished(end.key, end.result, end.error and "an error") for end in ends]


class NeverClosed(InlineExecutor):
    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("broken", "test"),
    [
        (KeepsKilledJobs, CONTRACT.test_a_killed_job_is_gone_and_its_slot_free),
        (IsDeaf, CONTRACT.test_a_job_returns_its_result_and_hears_the_answers),
        (HidesErrors, CONTRACT.test_an_exception_comes_back_as_its_traceback),
        (HidesErrors, CONTRACT.test_an_error_of_ours_comes_back_as_itself),
    ],
)
def test_a_broken_promise_is_found(
    broken: type[InlineExecutor], test: Callable[[Any], None]
) -> None:
    test(InlineExecutor())
    with pytest.raises((AssertionError, RuntimeError)):
        test(broken())


def test_jobs_that_outlive_close_are_found() -> None:
    class Contract(ExecutorContract):
        def make_executor(self) -> InlineExecutor:
            return NeverClosed()

    with pytest.raises(AssertionError):
        Contract().test_close_ends_all_jobs_and_may_be_called_again()


def test_the_way_to_make_one_must_be_said() -> None:
    with pytest.raises(NotImplementedError, match="say how the executor is made"):
        CONTRACT.make_executor()
