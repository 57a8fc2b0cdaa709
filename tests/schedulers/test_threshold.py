"""Fixed bounds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.schedulers.threshold import ThresholdScheduler


def stops(rule: ThresholdScheduler, curve: list[float]) -> list[bool]:
    return [rule.should_stop("0", step, {"0": curve[:step]}) for step in range(1, len(curve) + 1)]


def test_bounds_count_after_the_warm_up_and_include_themselves() -> None:
    rule = ThresholdScheduler("max", lower=0.5, upper=0.9, warmup_epochs=2)
    assert stops(rule, [0.1, 0.95, 0.5, 0.9, 0.49, 0.91]) == [
        False,
        False,
        False,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_finite_number_is_stopped_at_once(value: float) -> None:
    assert stops(ThresholdScheduler("min", warmup_epochs=9), [0.5, value, 0.5]) == [
        False,
        True,
        False,
    ]


@pytest.mark.parametrize("bounds", [{"lower": 0.3}, {"upper": 0.7}, {"lower": 0.3, "upper": 0.7}])
def test_optuna_agrees(bounds: dict[str, float]) -> None:
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study, generator = optuna.create_study(), np.random.default_rng(0)
    pruner = optuna.pruners.ThresholdPruner(**bounds, n_warmup_steps=3)
    rule, answers = ThresholdScheduler("max", **bounds, warmup_epochs=2), []
    for _ in range(5):
        trial, curve = study.ask(), [*generator.uniform(size=8).tolist(), math.nan]
        for step, value in enumerate(curve, start=1):
            trial.report(value, step)
            answers.append(rule.should_stop("0", step, {"0": curve[:step]}))
            assert answers[-1] == pruner.prune(study, study._storage.get_trial(trial._trial_id))
    assert answers.count(True) > 5 and False in answers


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lower": math.nan}, "lower must be a finite number. Received: nan"),
        ({"upper": "high"}, "upper must be a finite number. Received: 'high'"),
        ({"upper": True}, "upper must be a finite number. Received: True"),
        (
            {"lower": 0.9, "upper": 0.5},
            "lower must not be above upper. Received: lower=0.9, upper=0.5. Exchange them",
        ),
        ({"warmup_epochs": -1}, "warmup_epochs must be an integer of at least 0"),
    ],
)
def test_wrong_bounds_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        ThresholdScheduler("max", **options)
