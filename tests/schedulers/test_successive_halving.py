"""Successive halving: nobody is cut before a rung is full."""

from __future__ import annotations

from typing import Any

import pytest

from tftune.errors import UsageError
from tftune.schedulers.asha import AsynchronousHalvingScheduler
from tftune.schedulers.successive_halving import SuccessiveHalvingScheduler

from .simulation import EPOCHS, plans, run_all


def halving(
    direction: str = "max", max_epochs: int | None = None, **options: Any
) -> SuccessiveHalvingScheduler:
    return SuccessiveHalvingScheduler(direction, max_epochs, **options)


def test_a_search_counted_by_hand() -> None:
    """n = 4, eta = 2: rung 0 at epoch 1 is full with 4 trials, rung 1 at epoch 2 with 2, rung 2 at
    epoch 4 with 1; the end is epoch 5.
    """
    values = {"0": 0.3, "1": 0.2, "2": 0.6, "3": 0.5, "4": 0.4}
    planned = {name: [value] * 5 for name, value in values.items()}
    seen = run_all(halving(max_epochs=5, trials=4, factor=2), planned)
    # 0: alone at each rung, the best there. 1: rung 0 not full; rung 1 full with two, one passes:
    # .3. 2: rung 0 not full, best of 3 at 1. 3: fourth at rung 0, two pass: .6, .5; at rung 1
    # fourth, two pass: .6, .5; at rung 2 third, one passes: .6. 4: fifth at rung 0, two pass: .6,
    # .5.
    assert {name: len(curve) for name, curve in seen.items()} == {
        "0": 5,
        "1": 2,
        "2": 5,
        "3": 4,
        "4": 1,
    }


def test_a_rung_waits_until_it_is_full() -> None:
    rule = halving(trials=9, factor=3)
    curves = {str(number): [0.9 - 0.1 * number] for number in range(8)}
    assert not any(rule.should_stop(name, 1, curves) for name in curves)
    curves["8"] = [0.1]
    assert [rule.should_stop(name, 1, curves) for name in curves] == [False] * 3 + [True] * 6


def test_later_rungs_hold_fewer() -> None:
    rule = halving(trials=9, factor=3)
    curves = {"0": [0.9] * 9, "1": [0.8] * 9}
    assert [rule.should_stop("1", step, curves) for step in (1, 3, 9)] == [
        False,
        False,
        True,
    ]  # of 9, 3 and 1
    curves["2"] = [0.7] * 9
    assert [rule.should_stop("1", step, curves) for step in (1, 3, 9)] == [False, True, True]


def test_it_trains_more_than_asha_and_chooses_no_worse() -> None:
    lengths, best = {}, {}
    for rule in (AsynchronousHalvingScheduler("max", EPOCHS), halving("max", EPOCHS)):
        seen = run_all(rule, plans(30))
        lengths[type(rule)], best[type(rule)] = (
            sum(map(len, seen.values())),
            max(map(max, seen.values())),
        )
    assert lengths[AsynchronousHalvingScheduler] < lengths[SuccessiveHalvingScheduler] < 30 * EPOCHS
    assert best[SuccessiveHalvingScheduler] >= best[AsynchronousHalvingScheduler]


def test_the_last_epoch_is_no_rung() -> None:
    curves = {"0": [0.9] * 3, "1": [0.1] * 3}
    assert halving(trials=2, factor=3).should_stop("1", 3, curves)
    assert not halving(max_epochs=3, trials=2, factor=3).should_stop("1", 3, curves)


@pytest.mark.parametrize("option", [{"trials": 1}, {"min_epochs": 0}, {"factor": 1}])
def test_options_out_of_range_are_refused(option: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"{next(iter(option))} must be an integer of at least"):
        halving(**option)
