"""What fits into the share of a search's time that finishing it may take, told beforehand.

Costs are counted in seconds of training, summed over workers. One training of the winner for its
number of epochs costs c; with the other costs beside it:

- weight averaging: one training on the training rows, c;
- refit: two trainings that hold out one half of the validation rows each, to judge it, and one on
  all rows, 3 c (with the rows that are added); where only one half fits, 2 c;
- confirmation: the race of `tftune.search.racing`, where there was none.

What finishes the model comes first, the confirmation gets what is left, and the ensemble trains
nothing.

Example:
    >>> plan = plan_steps(100.0, training=20.0, more_rows=1.1, confirmation=None)
    >>> plan.average, plan.halves, round(plan.seconds)
    (True, 2, 84)
    >>> plan = plan_steps(50.0, training=20.0, more_rows=1.1, confirmation=None)
    >>> plan.average, plan.halves, plan.why["refit"]
    (True, 0, 'it would take 43 s more; 30 s are left')
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class StepsPlan:
    """Which steps fit.

    Attributes:
        confirm: Whether the race is run first.
        average: Whether the winner is trained again, and its weights averaged.
        halves: How many halves of the validation rows judge the refit; 0: there is none.
        seconds: What all of it takes, as far as the trials tell.
        training: What of that is averaging and refit.
        why: Why a step is left out, by its name.
    """

    confirm: bool
    average: bool
    halves: int
    seconds: float
    training: float = 0.0
    why: dict[str, str] = field(default_factory=dict)


def plan_steps(
    budget: float,
    training: float,
    more_rows: float = 1.0,
    confirmation: float | None = None,
    can_train: str = "",
) -> StepsPlan:
    """Returns which steps fit.

    Args:
        budget: Seconds of training.
        training: Seconds of one training of the winner for its number of epochs.
        more_rows: How many times the rows a refit has.
        confirmation: Seconds of the race, or None where there is nothing to race.
        can_train: Why nothing can be trained again, or "".
    """
    why: dict[str, str] = {}
    if can_train:
        return StepsPlan(False, False, 0, 0.0, why={"average": can_train, "refit": can_train})
    spent = training
    if spent > budget:
        told = f"one training takes {_seconds(training)}; {_seconds(budget)} are allowed"
        return StepsPlan(
            False, False, 0, 0.0, why=dict.fromkeys(("confirm", "average", "refit"), told)
        )
    half, whole = training * (1 + (more_rows - 1) / 2), training * more_rows
    costs = {2: 2 * half + whole, 1: half + whole}
    halves = next((count for count in (2, 1) if spent + costs[count] <= budget), 0)
    if not halves:
        why["refit"] = _too_much(costs[1], budget - spent)
    spent += costs.get(halves, 0.0)
    trained = spent
    confirm = confirmation is not None and spent + confirmation <= budget
    if confirmation is not None and not confirm:
        why["confirm"] = _too_much(confirmation, budget - spent)
    spent += confirmation if confirm and confirmation is not None else 0.0
    return StepsPlan(confirm, True, halves, spent, trained, why)


def _too_much(wanted: float, left: float) -> str:
    return f"it would take {_seconds(wanted)} more; {_seconds(left)} are left"


def _seconds(number: float) -> str:
    return f"{number:.0f} s" if number >= 10 else f"{number:.1f} s"
