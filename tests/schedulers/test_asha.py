"""Asynchronous successive halving: rungs and ranks a reader can count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.schedulers.asha import AsynchronousHalvingScheduler

from .simulation import run_all


def asha(
    direction: str = "max", max_epochs: int | None = None, **options: Any
) -> AsynchronousHalvingScheduler:
    return AsynchronousHalvingScheduler(direction, max_epochs, **options)


@pytest.mark.parametrize(
    ("options", "max_epochs", "rungs"),
    [
        ({}, 20, [2, 6, 18]),  # r is a tenth of R
        ({}, None, [1, 3, 9]),
        ({"min_epochs": 1}, 20, [1, 3, 9]),
        ({"factor": 2}, 16, [1, 2, 4, 8]),  # 16 is the end, no rung
        ({"min_epochs": 2, "factor": 3}, None, [2, 6, 18]),
        ({"min_epochs": 2, "factor": 3, "early_stopping_rate": 1}, 20, [6, 18]),
        ({"min_epochs": 30}, 20, []),
    ],
)
def test_rungs_stand_at_r_times_eta_to_the_power_of_s_and_k(
    options: dict[str, Any], max_epochs: int | None, rungs: list[int]
) -> None:
    curves = {"0": [0.9] * 20, "1": [0.1] * 20}
    assert [
        step
        for step in range(1, 21)
        if asha(max_epochs=max_epochs, **options).should_stop("1", step, curves)
    ] == rungs


def test_a_search_counted_by_hand() -> None:
    """eta = 2, rungs at 1 and 2. Rung 1 sees .5 (alone), .4 (under .5: stops), .6 (best of 3), .55
    (2 of 4 pass: .6, .55), .5 (stops).
    """
    values = {"0": 0.5, "1": 0.4, "2": 0.6, "3": 0.55, "4": 0.5}
    planned = {name: [value, value, value] for name, value in values.items()}
    seen = run_all(asha(max_epochs=3, factor=2), planned)
    # rung 2 sees .5 (alone), .6 (best of 2), .55 (second of 3, one passes)
    assert {name: len(curve) for name, curve in seen.items()} == {
        "0": 3,
        "1": 1,
        "2": 3,
        "3": 2,
        "4": 1,
    }


def test_until_eta_have_come_only_the_best_goes_on() -> None:
    rule, curves = asha(factor=4), {"0": [0.5], "1": [0.6], "2": [0.55]}
    assert [rule.should_stop(name, 1, curves) for name in curves] == [True, False, True]


def test_the_best_epoch_up_to_the_rung_counts_and_later_ones_do_not() -> None:
    rule = asha(factor=3)
    curves = {"0": [0.1, 0.2, 0.5, 0.9], "1": [0.6, 0.1, 0.1]}
    assert not rule.should_stop("1", 3, curves)


def test_equal_trials_share_the_better_place() -> None:
    rule, curves = asha(), {str(number): [0.5] for number in range(9)}
    assert not any(rule.should_stop(name, 1, curves) for name in curves)


def test_a_trial_without_a_number_is_the_last() -> None:
    curves = {"0": [0.1], "1": [float("nan")]}
    assert [asha().should_stop(name, 1, curves) for name in curves] == [False, True]


@pytest.mark.parametrize("direction", ["max", "min"])
@pytest.mark.parametrize(("factor", "rate"), [(2, 0), (3, 0), (3, 1)])
def test_optuna_agrees_on_curves_that_only_improve(direction: str, factor: int, rate: int) -> None:
    """Optuna ranks the value at the rung, then the best up to it; it knows no last epoch."""
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    generator = np.random.default_rng(1)
    study = optuna.create_study(direction="maximize" if direction == "max" else "minimize")
    pruner = optuna.pruners.SuccessiveHalvingPruner(
        min_resource=1, reduction_factor=factor, min_early_stopping_rate=rate
    )
    rule, curves, lengths = asha(direction, factor=factor, early_stopping_rate=rate), {}, []
    for number in range(40):
        trial, curve = study.ask(), []
        curves[str(number)] = curve
        rises = np.cumsum(generator.uniform(size=10))
        for step, value in enumerate((rises if direction == "max" else -rises).tolist(), start=1):
            curve.append(value)
            trial.report(value, step)
            theirs = pruner.prune(study, study._storage.get_trial(trial._trial_id))
            assert rule.should_stop(str(number), step, curves) == theirs, (number, step)
            if theirs:
                break
        study.tell(
            trial,
            state=optuna.trial.TrialState.PRUNED if theirs else optuna.trial.TrialState.COMPLETE,
            values=None if theirs else 0.0,
        )
        lengths.append(len(curve))
    assert len(set(lengths)) >= 3


@pytest.mark.parametrize(
    "option", [{"min_epochs": 0}, {"factor": 1}, {"factor": 2.5}, {"early_stopping_rate": -1}]
)
def test_options_out_of_range_are_refused(option: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"{next(iter(option))} must be an integer of at least"):
        asha(**option)
