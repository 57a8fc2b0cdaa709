"""From a name or an object to the scheduler of a search."""

from __future__ import annotations

from typing import Any

import pytest

from tftune.errors import UsageError
from tftune.schedulers.base import AbstractScheduler, Curves, NoScheduler
from tftune.schedulers.make import make_scheduler
from tftune.schedulers.median import MedianScheduler


class StopAtOnce(AbstractScheduler):
    """A user's own."""

    def should_stop(self, trial_id: str, step: int, curves: Curves) -> bool:
        return True


def test_a_name_is_made_for_the_search() -> None:
    rule = make_scheduler("median", "min", 9, {"min_trials": 3})
    assert isinstance(rule, MedianScheduler)
    assert (rule.direction, rule.max_epochs, rule.options()["min_trials"]) == ("min", 9, 3)
    assert make_scheduler("asha", None, None).max_epochs is None  # to look at the options


def test_a_made_scheduler_is_passed_on() -> None:
    own = StopAtOnce("min", 9)
    assert make_scheduler(own, "min", 9) is own
    assert make_scheduler(own, None, None) is own and make_scheduler(own, "min", None, {}) is own
    unaware = NoScheduler("max")  # of the epochs, which it need not know
    assert make_scheduler(unaware, "max", 9) is unaware


@pytest.mark.parametrize(
    ("direction", "max_epochs", "message"),
    [
        (
            "max",
            9,
            "was made with direction='min', and the search has 'max'. Make it with "
            r"StopAtOnce\(direction='max'\)",
        ),
        (
            "min",
            12,
            "was made with max_epochs=9, and the search has 12. Make it with "
            r"StopAtOnce\(max_epochs=12\)",
        ),
    ],
)
def test_a_made_scheduler_that_contradicts_the_search_is_refused(
    direction: str, max_epochs: int, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        make_scheduler(StopAtOnce("min", 9), direction, max_epochs)


def test_options_beside_a_made_scheduler_are_refused() -> None:
    with pytest.raises(
        UsageError,
        match=r"scheduler_options belong to a named scheduler.*{'lag': 2}.*StopAtOnce\(\.\.\.\)",
    ):
        make_scheduler(StopAtOnce("min"), "min", 3, {"lag": 2})


@pytest.mark.parametrize("wrong", [StopAtOnce, None, 3, object()], ids=["class", "none", "3", "?"])
def test_what_is_no_scheduler_is_refused(wrong: Any) -> None:
    with pytest.raises(UsageError, match=r"name of tftune.SCHEDULERS \(none, .*Received: .* type"):
        make_scheduler(wrong, "max", 3)


def test_unknown_names_and_options_are_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="Unknown scheduler 'medain'. Expected one of: none, med"):
        make_scheduler("medain", "max", 3)
    with pytest.raises(UsageError, match="Did you mean 'min_trials'. Expected one of: warmup"):
        make_scheduler("median", "max", 3, {"min_trial": 3})
    with pytest.raises(
        UsageError,
        match="Expected no options. Received: .*'direction'.*It has no options: leave it out",
    ):
        make_scheduler("none", "max", 3, {"direction": "max"})
