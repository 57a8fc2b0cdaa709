"""What `auto` becomes in a search: which method proposes, and which scheduler stops trials.

It is decided once, before the first trial, and written into the journal; a resumed search keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tftune.errors import RunFolderError, UsageError
from tftune.oracles import ORACLES
from tftune.search.plan import SearchPlan
from tftune.support.checks import check_count
from tftune.support.signatures import describe

AUTO, BUDGETED = "auto", "filled-halving"
PRUNES = "successive-halving"
BUDGET, SECONDS, LONGEST = "budget", "seconds", "max_epochs"

# Defaults that have changed since: a search that began with them goes on with them.
_FORMER_DEFAULTS: dict[str, dict[str, Any]] = {
    AUTO: {"warping": "adaptive"},
    BUDGETED: {"hedge": 8},
}
_EVERY = "tftune.oracles.core.oracle:Oracle"  # its arguments stand in other fields of the plan
_FEWEST_EPOCHS = 8  # of a training that is worth pausing: rungs at 2, 4 and 8
_FEWEST_TO_STOP = 4  # epochs of a training that is worth stopping
_LONG = 34  # from so many epochs on the first rung stands later than at the first epoch
_SHARE = 17  # of a long training, after which trials are compared first


def chosen(
    plan: SearchPlan,
    epochs: int,
    header: Mapping[str, Any] | None = None,
    names_scheduler: bool = False,
) -> SearchPlan:
    """Returns the plan in which `auto` has become what serves the search best.

    - With a budget of epochs it is `filled-halving`.
    - With a time limit, no number of trials and at least 8 epochs a training it is `filled-halving`
      as well: the first trials tell how many epochs fit into the time. It is not where trials
      cannot be paused (folds, reshuffled or repeated trainings), where the search is to be the same
      however long its trials take (`reproducible`), where nobody knows the number of workers (Ray),
      and where `auto` has options.
    - Else a Gaussian process proposes whole trainings, and `successive-halving` stops those that
      lag; with fewer than 4 epochs nothing does. In trainings of 34 epochs and more trials are
      first compared after a seventeenth of the epochs.

    A method or a scheduler that the user names stays. `filled-halving` without a budget gets the
    time limit as one.

    Args:
        plan: Whose oracle may be `auto`, with `budget` among its options.
        epochs: Of a training that nothing stops, at least 1.
        header: Of the search that is resumed, whose choice is kept; None for a new search.
        names_scheduler: Whether the user named the scheduler of the plan.

    Returns:
        The plan; if `auto` has chosen, its `reason` says what and why.

    Raises:
        UsageError: If `budget` is no count or less than one training, or if an option of `auto` or
            a scheduler is given beside it.

    Example:
        >>> plan = SearchPlan("auto", "val_loss", max_trials=30)
        >>> found = chosen(plan, epochs=20)
        >>> found.oracle, found.scheduler
        ('auto', 'successive-halving')
        >>> chosen(replace(plan, oracle_options={"budget": 1000}), epochs=20).oracle
        'filled-halving'
    """
    plan = _with_former_limit(_with_former_defaults(plan, header), header)
    if header is not None and header.get("chosen") and plan.oracle in (AUTO, header["search"]):
        return _as_before(plan, epochs, header, names_scheduler)
    if plan.oracle == BUDGETED:
        return _timed(plan, header)
    if plan.oracle != AUTO or (header is not None and BUDGET not in plan.oracle_options):
        return plan  # nothing was chosen when the search was begun, by an earlier version
    own = {name: value for name, value in plan.oracle_options.items() if name != LONGEST}
    plan = replace(plan, oracle_options=own)
    if BUDGET in plan.oracle_options:
        return _budgeted(plan, epochs, names_scheduler)
    if _fills_time(plan, epochs) and not names_scheduler:
        return _filling_time(plan, epochs)
    return plan if names_scheduler else _stopping(plan, epochs)


def _with_former_defaults(plan: SearchPlan, header: Mapping[str, Any] | None) -> SearchPlan:
    """Returns the plan with the defaults that a search was begun with, by an earlier version."""
    if header is None or header["search"] != plan.oracle:
        return plan
    kept = {
        name: value
        for name, value in _FORMER_DEFAULTS.get(plan.oracle, {}).items()
        if name not in plan.oracle_options and header["options"].get(name) == value
    }
    return replace(plan, oracle_options={**plan.oracle_options, **kept}) if kept else plan


def _with_former_limit(plan: SearchPlan, header: Mapping[str, Any] | None) -> SearchPlan:
    """Returns the plan of a resumed search with the budget that it began with; another one that the
    user names now limits this session.

    Raises:
        RunFolderError: If the search began without a budget of epochs and is given one.
    """
    settled = plan.reason is not None or plan.run.budget is not None  # by a program, before
    if header is None or header["search"] not in (AUTO, BUDGETED) or settled:
        return plan
    now, then = plan.oracle_options.get(BUDGET), header["options"].get(BUDGET)
    if now is None:
        return plan
    if then is None:
        raise RunFolderError(
            "The search in the run folder began without a budget of epochs, so that it cannot be "
            "given one. Expected what it began with: --timeout or --max-trials. Received: a budget "
            f"of {now}. Leave the budget out, or use another folder with --run-dir "
            "(project_name=)."
        )
    check_count(BUDGET, now, least=1)
    options = {**plan.oracle_options, BUDGET: then}
    return replace(plan, oracle_options=options, run=replace(plan.run, budget=now))


def chosen_by_options(plan: SearchPlan, header: Mapping[str, Any] | None) -> SearchPlan:
    """Returns the plan of a `Tuner`. Its `auto` chooses only if its options tell the epochs of a
    training, `max_epochs`, which `search` hears too late.

    Args:
        plan: Its scheduler counts as named by the user unless it is `"none"`.
        header: Of the search that is resumed, or None.

    Raises:
        UsageError: If `max_epochs` is no count, if a budget stands alone, or for a reason that
            `chosen` names.
    """
    epochs = plan.oracle_options.get(LONGEST)
    if plan.oracle == AUTO and epochs is None and BUDGET in plan.oracle_options:
        raise UsageError(
            f"A budget has to stand beside {LONGEST}, the epochs of a whole training. Received: "
            f"{BUDGET} alone. Pass for example {{'{LONGEST}': 20, '{BUDGET}': 1000}}."
        )
    if plan.oracle != AUTO or epochs is None:
        plan = _with_former_limit(_with_former_defaults(plan, header), header)
        return _timed(_with_budget(plan, header), header) if plan.oracle == BUDGETED else plan
    check_count(LONGEST, epochs, least=1)
    return chosen(plan, epochs, header, names_scheduler=plan.scheduler != "none")


def _own_options(search: str) -> set[str]:
    """Returns the names of the options of a method that not every method has."""
    return set(describe(ORACLES.target(search)).arguments) - set(describe(_EVERY).arguments)


def _budgeted(plan: SearchPlan, epochs: int, names_scheduler: bool) -> SearchPlan:
    budget = plan.oracle_options[BUDGET]
    others = sorted(set(plan.oracle_options) - _own_options(BUDGETED))
    if others:
        raise UsageError(
            f"budget and {others[0]} do not go together: a budget is spent by {BUDGETED}, which "
            f"has no option {others[0]!r}. Expected one of them. Received: both. Leave one out."
        )
    if names_scheduler and plan.scheduler != "none":
        raise UsageError(
            f"A budget and a scheduler do not go together: {BUDGETED}, which spends a budget, "
            "pauses trials itself. Expected one of them. Received: the scheduler "
            f"{plan.scheduler_name}. Leave one out."
        )
    check_count(BUDGET, budget, least=epochs)
    return replace(
        plan,
        oracle=BUDGETED,
        oracle_options={**plan.oracle_options, LONGEST: epochs},
        scheduler="none",
        scheduler_options={},
        reason=_because_of_budget(budget, epochs),
    )


def _because_of_budget(budget: int, epochs: int) -> str:
    times = f"{budget / epochs:.3g}" if budget < 1000 * epochs else f"{budget // epochs}"
    trainings = f"{times} times the {epochs} of a whole training"
    return f"auto: {BUDGETED}, since the budget is {budget} epochs, {trainings}"


def _fills_time(plan: SearchPlan, epochs: int) -> bool:
    training = plan.training
    simple = not training.folds and not training.reshuffle and training.executions_per_trial == 1
    limited = plan.run.training_seconds is not None and plan.max_trials is None
    return limited and simple and epochs >= _FEWEST_EPOCHS and not plan.oracle_options


def _filling_time(plan: SearchPlan, epochs: int) -> SearchPlan:
    seconds = plan.run.training_seconds or 0.0
    told = f"{seconds:g}" if not 1e6 <= seconds < 1e15 else f"{seconds:.0f}"
    return replace(
        plan,
        oracle=BUDGETED,
        oracle_options={LONGEST: epochs, SECONDS: seconds},
        scheduler="none",
        scheduler_options={},
        reason=f"auto: {BUDGETED}, since the time is limited and the trials are not; the first "
        f"trials tell how many epochs {told} seconds of training are",
    )


def _stopping(plan: SearchPlan, epochs: int) -> SearchPlan:
    if epochs < _FEWEST_TO_STOP:
        why = f"nothing stops a trial, since {epochs} epochs are few"
        return replace(plan, scheduler="none", reason=f"auto: a Gaussian process; {why}")
    options = dict(plan.scheduler_options)
    why = f"{PRUNES} stops trainings of {epochs} epochs that lag"
    if epochs >= _LONG and "min_epochs" not in options:
        options["min_epochs"] = epochs // _SHARE
        why += f", not before epoch {epochs // _SHARE}"
    reason = f"auto: a Gaussian process proposes, and {why}"
    return replace(plan, scheduler=PRUNES, scheduler_options=options, reason=reason)


def _as_before(
    plan: SearchPlan, epochs: int, header: Mapping[str, Any], names_scheduler: bool
) -> SearchPlan:
    """Returns the plan with what the journal tells. What the user says now is kept, so that a
    difference from the journal is refused later.
    """
    search = header["search"]
    own = _own_options(search)
    recorded = {name: value for name, value in header["options"].items() if name in own}
    options = {**recorded, **plan.oracle_options}
    if LONGEST in own:
        options[LONGEST] = epochs
    options = {name: value for name, value in options.items() if value is not None}
    now = plan.run.budget
    reason = header["chosen"] if now is None else _because_of_budget(now, epochs)
    found = replace(plan, oracle=search, oracle_options=options, reason=reason)
    if names_scheduler:
        return found
    rule = header.get("scheduler_options") or {}
    return replace(found, scheduler=header["scheduler"], scheduler_options=rule)


def _with_budget(plan: SearchPlan, header: Mapping[str, Any] | None) -> SearchPlan:
    """Returns the plan with the budget that a resumed search began with, if it names none."""
    then = None if header is None else header["options"].get(BUDGET)
    if then is None or SECONDS in plan.oracle_options:
        return plan
    return replace(plan, oracle_options={BUDGET: then, **plan.oracle_options})


def _timed(plan: SearchPlan, header: Mapping[str, Any] | None) -> SearchPlan:
    """Returns the plan of `filled-halving` whose budget is the time limit, if it has no other."""
    seconds = plan.run.training_seconds if header is None else header["options"].get(SECONDS)
    given = BUDGET in plan.oracle_options or SECONDS in plan.oracle_options
    if seconds is None or given:
        return plan
    return replace(plan, oracle_options={**plan.oracle_options, SECONDS: seconds})
