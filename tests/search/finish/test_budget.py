"""What fits into a share of the time."""

from __future__ import annotations

import pytest

from tftune.errors import UsageError
from tftune.search.finish.budget import plan_steps
from tftune.search.run_settings import RunSettings


def test_the_steps_that_fit() -> None:
    cases = {
        9.0: (False, False, 0),
        10.0: (False, True, 0),
        30.0: (False, True, 1),
        40.0: (False, True, 2),
        130.0: (True, True, 2),
    }
    for budget, wanted in cases.items():
        plan = plan_steps(budget, training=10.0, confirmation=90.0)
        assert (plan.confirm, plan.average, plan.halves) == wanted
        assert plan.seconds <= budget


def test_what_is_left_out_has_its_reason() -> None:
    plan = plan_steps(25.0, training=10.0, confirmation=90.0)
    assert plan.why["refit"] == "it would take 20 s more; 15 s are left"
    assert plan.why["confirm"].startswith("it would take 90 s more")
    nothing = plan_steps(5.0, training=10.0)
    assert nothing.why["average"] == "one training takes 10 s; 5.0 s are allowed"


def test_nothing_is_planned_where_nothing_can_be_trained() -> None:
    plan = plan_steps(1000.0, training=1.0, can_train="the data are a stream")
    assert not plan.average and plan.why["refit"] == "the data are a stream"


def test_shares() -> None:
    assert RunSettings(0, finish=True).finish_share == 0.2
    assert RunSettings(0, finish=0).finish_share == RunSettings(0).finish_share == 0
    for wrong in (-0.1, "much", float("nan")):
        with pytest.raises(UsageError, match="finish"):
            RunSettings(0, finish=wrong)  # type: ignore[arg-type]
