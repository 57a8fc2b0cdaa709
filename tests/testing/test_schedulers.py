"""The contract of schedulers finds one that breaks it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tftune.schedulers.base import AbstractScheduler, Curves
from tftune.schedulers.median import MedianScheduler
from tftune.testing.schedulers import SchedulerContract


class ForgetsTheDirection(MedianScheduler):
    def __init__(self, direction: str = "max", max_epochs: int | None = None, **options: Any):
        super().__init__("max", max_epochs, **options)


class StopsTheBest(MedianScheduler):
    def should_stop(self, trial_id: str, step: int, curves: Curves) -> bool:
        return bool(curves) and step > 2


class ThrowsDice(MedianScheduler):
    def should_stop(self, trial_id: str, step: int, curves: Curves) -> bool:
        return trial_id in curves and random.random() < 0.5


class RemembersWhatItWasAsked(MedianScheduler):
    asked = 0

    def should_stop(self, trial_id: str, step: int, curves: Curves) -> bool:
        self.asked += 1
        return trial_id in curves and self.asked > 5


class CountsOnNumbers(MedianScheduler):
    def should_stop(self, trial_id: str, step: int, curves: Curves) -> bool:
        return int(curves[trial_id][-1] * 100) < 60


class HidesASet(MedianScheduler):
    def options(self) -> dict[str, Any]:
        return {"stopped": {1, 2}}


def contract_of(kind: type[MedianScheduler]) -> SchedulerContract:
    class Contract(SchedulerContract):
        def make_scheduler(self, direction: str, max_epochs: int | None) -> AbstractScheduler:
            return kind(direction, max_epochs, min_trials=2)

    return Contract()


@pytest.mark.parametrize(
    ("broken", "name"),
    [
        (ForgetsTheDirection, "test_min_and_max_mirror_each_other"),
        (ForgetsTheDirection, "test_wrong_direction_and_epochs_are_refused_with_a_message"),
        (StopsTheBest, "test_the_best_so_far_at_every_step_is_never_stopped"),
        (StopsTheBest, "test_equal_constant_curves_go_on"),
        (ThrowsDice, "test_same_input_same_answer"),
        (RemembersWhatItWasAsked, "test_same_input_same_answer"),
        (CountsOnNumbers, "test_a_trial_nobody_knows_goes_on"),
        (HidesASet, "test_options_are_told_as_json"),
    ],
)
def test_a_broken_promise_is_found(broken: type[MedianScheduler], name: str) -> None:
    kept: Callable[[], None] = getattr(contract_of(MedianScheduler), name)
    kept()
    with pytest.raises((AssertionError, KeyError, TypeError, pytest.fail.Exception)):
        getattr(contract_of(broken), name)()


def test_one_that_stops_nothing_is_found() -> None:
    class Contract(SchedulerContract):
        def make_scheduler(self, direction: str, max_epochs: int | None) -> AbstractScheduler:
            return MedianScheduler(direction, max_epochs, min_trials=100)

    with pytest.raises(AssertionError):
        Contract().test_it_saves_epochs_where_it_should()


def test_the_way_to_make_one_must_be_said() -> None:
    with pytest.raises(NotImplementedError, match="say how the scheduler is made"):
        SchedulerContract().make()
