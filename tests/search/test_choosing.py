"""What `auto` becomes, that it says why, and that a resumed search keeps it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.search.test_as_keras_tuner import build
from tftune.errors import RunFolderError, UsageError
from tftune.search.choosing import chosen, chosen_by_options
from tftune.search.plan import SearchPlan
from tftune.search.run_settings import RunSettings
from tftune.search.tuner import Tuner
from tftune.training.settings import TrainingSettings


def plan_of(**given: Any) -> SearchPlan:
    """The plan of whoever names no method, on two workers."""
    run = RunSettings(workers=2, timeout=given.pop("timeout", None))
    return SearchPlan("auto", "val_loss", "min", run=run, **given)


def header_of(plan: SearchPlan, epochs: int) -> dict[str, Any]:
    """What the journal of a search that was chosen holds."""
    options = {"budget": None, "seconds": None, "fixed": {}, **plan.oracle_options}
    scheduler = plan.make_scheduler("min", epochs)
    return {
        "search": plan.oracle,
        "options": options,
        "scheduler": plan.scheduler_name,
        "scheduler_options": scheduler.options(),
        "chosen": plan.reason,
    }


@pytest.mark.parametrize(
    ("given", "epochs", "search", "scheduler", "why"),
    [
        ({}, 20, "auto", "successive-halving", "stops trainings of 20 epochs that lag"),
        ({"max_trials": 9}, 3, "auto", "none", "nothing stops a trial, since 3 epochs are few"),
        ({"max_trials": 9}, 51, "auto", "successive-halving", "not before epoch 3"),
        ({"timeout": 60, "max_trials": 9}, 20, "auto", "successive-halving", "lag"),
        ({"timeout": 60}, 7, "auto", "successive-halving", "lag"),
        ({"timeout": 60}, 20, "filled-halving", "none", "108 seconds of training are"),
        (
            {"oracle_options": {"budget": 1000}},
            20,
            "filled-halving",
            "none",
            "since the budget is 1000 epochs, 50 times the 20 of a whole training",
        ),
    ],
)
def test_what_is_chosen_and_why(
    given: dict[str, Any], epochs: int, search: str, scheduler: str, why: str
) -> None:
    found = chosen(plan_of(**given), epochs)
    assert (found.oracle, found.scheduler) == (search, scheduler)
    assert found.reason is not None and found.reason.startswith("auto: ") and why in found.reason


def test_large_numbers_are_written_out() -> None:
    budget = chosen(plan_of(oracle_options={"budget": 123_456_789}), 10).reason
    assert budget is not None and "12345678 times the 10 of a whole training" in budget
    time = chosen(plan_of(timeout=5_000_000), 20).reason
    assert time is not None and "how many epochs 9000000 seconds" in time


def test_long_trainings_are_first_looked_at_after_a_seventeenth() -> None:
    assert chosen(plan_of(), 51).scheduler_options == {"min_epochs": 3}
    own = plan_of(scheduler="successive-halving", scheduler_options={"min_epochs": 5})
    own = chosen(own, 51)
    assert own.scheduler_options == {"min_epochs": 5}


def test_folds_are_not_paused() -> None:
    plan = replace(plan_of(timeout=60), training=TrainingSettings(folds=3))
    assert chosen(plan, 20).oracle == "auto"


def test_what_the_user_names_stays() -> None:
    named = plan_of(timeout=60, scheduler="asha")
    assert chosen(named, 20, names_scheduler=True) == named
    random = replace(plan_of(timeout=60), oracle="random")
    assert chosen(random, 20) == random


def test_the_time_limit_is_the_budget_of_filled_halving_that_has_no_other() -> None:
    plan = replace(plan_of(timeout=60), oracle="filled-halving")
    assert chosen(plan, 20).oracle_options == {"seconds": 108.0}
    given = replace(plan, oracle_options={"budget": 100})
    assert chosen(given, 20) == given
    assert chosen(replace(plan, run=RunSettings(workers=2)), 20).oracle_options == {}


def test_a_resumed_search_keeps_what_was_chosen() -> None:
    before = chosen(plan_of(timeout=60), 20)
    later = chosen(plan_of(max_trials=100), 20, header_of(before, 20))
    assert later.oracle == "filled-halving" and later.reason == before.reason
    assert later.oracle_options == {"seconds": 108.0, "max_epochs": 20}
    stopped = chosen(plan_of(max_trials=9), 51)
    again = chosen(plan_of(timeout=60), 51, header_of(stopped, 51))
    assert again.oracle == "auto" and again.scheduler == "successive-halving"
    assert again.scheduler_options["min_epochs"] == 3


def test_a_search_of_an_earlier_version_goes_on_as_it_was() -> None:
    header = {**header_of(chosen(plan_of(), 51), 51), "chosen": None}
    plan = plan_of(scheduler="successive-halving")
    assert chosen(plan, 51, header) == plan


def test_another_scheduler_than_the_chosen_one_is_a_difference() -> None:
    before = chosen(plan_of(), 20)
    header = {**before.foreseen({}), **header_of(before, 20)}
    other = chosen(plan_of(scheduler="median"), 20, header, names_scheduler=True)
    with pytest.raises(RunFolderError, match="'successive-halving' in the folder, 'median' now"):
        other.check_resumes(header)


@pytest.mark.parametrize("budget", [500, 1000, 2000])
def test_a_resumed_search_may_get_another_budget(budget: int) -> None:
    options = {"max_epochs": 20, "budget": budget}
    own = SearchPlan("filled-halving", "val_loss", run=RunSettings(workers=1))
    for plan in (plan_of(), own):
        before = chosen(replace(plan, oracle_options={**options, "budget": 1000}), 20)
        header = {**before.foreseen({}), **header_of(before, 20)}
        other = chosen(replace(plan, oracle_options=options), 20, header)
        other.check_resumes(header)
        assert other.run.budget == budget and other.oracle_options["budget"] == 1000
        assert chosen(plan, 20, header).run.budget is None


@pytest.mark.parametrize("given", [{"timeout": 60}, {"max_trials": 9}])
def test_what_began_without_a_budget_is_given_none(given: dict[str, Any]) -> None:
    before = chosen(plan_of(**given), 20)
    header = {**before.foreseen({}), **header_of(before, 20)}
    with pytest.raises(RunFolderError, match="began without a budget.*Received: a budget of 500"):
        chosen(plan_of(oracle_options={"budget": 500}), 20, header)


def test_what_a_program_has_settled_is_not_taken_for_the_users_wish() -> None:
    """A program's plan comes to the tuner with the journal's options in it."""
    options = {"max_epochs": 20}
    for plan in (plan_of(), SearchPlan("filled-halving", "val_loss", run=RunSettings(workers=1))):
        before = chosen(replace(plan, oracle_options={**options, "budget": 100}), 20)
        header = {**before.foreseen({}), **header_of(before, 20)}
        for named in ({}, {"budget": 200}):
            first = chosen(replace(plan, oracle_options=named), 20, header)
            second = chosen_by_options(first, header)
            assert second.oracle_options["budget"] == 100
            assert second.run.budget == named.get("budget")
        alone = chosen_by_options(replace(plan, oracle_options=options), header)
        assert alone.oracle_options["budget"] == 100 and alone.run.budget is None


def test_a_tuner_chooses_where_it_knows_the_epochs(tmp_path: Path) -> None:
    given = {"objective": "val_loss", "directory": str(tmp_path), "workers": 0}
    options = {"max_epochs": 8, "budget": 40}
    tuner = Tuner(build, "auto", oracle_options=options, **given)
    assert tuner.search_name == "filled-halving"
    assert tuner.plan.reason is not None and "since the budget is 40 epochs" in tuner.plan.reason
    tuner = Tuner(build, "auto", oracle_options={"max_epochs": 8}, **given)
    assert (tuner.search_name, tuner.plan.scheduler) == ("auto", "successive-halving")
    named = Tuner(build, "auto", oracle_options={"max_epochs": 8}, scheduler="median", **given)
    assert named.plan.scheduler == "median"
    assert Tuner(build, "auto", **given).plan.scheduler == "none"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_epochs": 8, "budget": 5}, "budget must be an integer of at least 8"),
        ({"max_epochs": 8, "budget": "much"}, "budget must be an integer of at least 8"),
        ({"max_epochs": 0}, "max_epochs must be an integer of at least 1"),
        ({"budget": 40}, "A budget has to stand beside max_epochs"),
        ({"max_epochs": 8, "budget": 10**400}, r"budget must be at most 10\*\*15 epochs"),
        ({"max_epochs": 8, "budget": 40, "seconds": 5.0}, "two limits of the same plan"),
    ],
)
def test_wrong_limits_are_refused(options: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        Tuner(build, "auto", objective="val_loss", oracle_options=options, directory=str(tmp_path))


@pytest.mark.parametrize(
    ("run", "why"),
    [
        (RunSettings(workers="ray", timeout=60), "nobody knows how many workers there are"),
        (RunSettings(workers=2, timeout=60, reproducible=True), "times would decide the trials"),
        (RunSettings(workers=2, timeout=1e-5), "there is no time"),
    ],
)
def test_a_time_limit_is_no_budget_where_it_cannot_be(run: RunSettings, why: str) -> None:
    plan = replace(plan_of(), run=run)
    assert chosen(plan, 20).oracle == "auto", why
    named = replace(plan, oracle="filled-halving")
    assert chosen(named, 20) == named, why


def test_a_budget_goes_with_no_scheduler_and_no_option_of_the_process() -> None:
    stopped = plan_of(oracle_options={"budget": 1000}, scheduler="median")
    with pytest.raises(UsageError, match="A budget and a scheduler do not go together"):
        chosen(stopped, 20, names_scheduler=True)
    ruled = plan_of(
        oracle_options={"budget": 1000},
        scheduler="successive-halving",
        scheduler_options={"min_epochs": 2},
    )
    assert chosen(ruled, 20).scheduler_options == {}
    own = plan_of(oracle_options={"budget": 1000, "initial_points": 9, "hedge": 0})
    assert chosen(own, 20).oracle_options == {**own.oracle_options, "max_epochs": 20}
    around = plan_of(oracle_options={"budget": 1000, "around_start": True})
    with pytest.raises(UsageError, match="budget and around_start do not go together"):
        chosen(around, 20)
