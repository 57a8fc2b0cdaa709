"""The median stopping rule: medians a reader can work out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.schedulers.median import MedianScheduler

NAN = float("nan")


def median(*completed: str, direction: str = "max", **options: Any) -> MedianScheduler:
    rule = MedianScheduler(direction, **{"warmup_epochs": 0, "min_trials": 1, **options})
    for trial in completed:
        rule.on_end(trial, "completed")
    return rule


CURVES = {
    "0": [0.2, 0.4, 0.9],
    "1": [0.4, 0.6, 0.8],
    "2": [0.6, 0.8, 0.4],
}  # running averages at 2: 0.3, 0.5, 0.7; at 3: 0.5, 0.6, 0.6


@pytest.mark.parametrize(
    ("curve", "stop"),
    [
        ([0.1, 0.49], True),
        ([0.1, 0.5], False),
        ([0.49, 0.1], True),
        ([0.51, 0.1], False),
        ([0.0, 0.59, 0.0], True),
    ],
)
def test_the_best_so_far_meets_the_median_of_the_running_averages(
    curve: list[float], stop: bool
) -> None:
    rule = median("0", "1", "2")
    assert rule.should_stop("3", len(curve), {**CURVES, "3": curve}) is stop


def test_of_an_even_number_the_median_is_the_middle() -> None:
    rule = median("0", "1")  # averages at 2: 0.3 and 0.5
    assert [rule.should_stop("3", 2, {**CURVES, "3": [0.0, best]}) for best in (0.39, 0.41)] == [
        True,
        False,
    ]


def test_only_completed_trials_count() -> None:
    rule = median("0")
    rule.on_end("1", "pruned")
    rule.on_end("2", "failed")
    assert [rule.should_stop("3", 2, {**CURVES, "3": [0.0, best]}) for best in (0.29, 0.31)] == [
        True,
        False,
    ]
    assert not median().should_stop("3", 2, {**CURVES, "3": [0.0, 0.0]})


def test_warm_up_interval_and_least_number_of_trials() -> None:
    curves = {f"{number}": [0.5] * 9 for number in range(4)} | {"9": [0.1] * 9}
    rule = median("0", "1", "2", "3", warmup_epochs=2, interval=3, min_trials=4)
    assert [step for step in range(1, 10) if rule.should_stop("9", step, curves)] == [5, 8]
    rule = median("0", "1", "2", "3", min_trials=5)
    assert not any(rule.should_stop("9", step, curves) for step in range(1, 10))


def test_a_completed_trial_that_ended_early_counts_with_what_it_has() -> None:
    rule = median("0")
    assert rule.should_stop("1", 3, {"0": [0.6], "1": [0.1, 0.2, 0.3]})


def test_nan_is_no_value() -> None:
    rule = median("0", "1")
    curves = {"0": [NAN, 0.6], "1": [NAN, NAN]}  # averages: 0.6 and none
    assert rule.should_stop("2", 2, {**curves, "2": [NAN, 0.59]})
    assert not rule.should_stop("2", 2, {**curves, "2": [0.61, NAN]})
    assert rule.should_stop("2", 2, {**curves, "2": [NAN, NAN]})


@pytest.mark.parametrize("direction", ["max", "min"])
def test_optuna_agrees_where_running_averages_are_the_values(direction: str) -> None:
    """Optuna takes the median of the values at the step; for constant curves these are the running
    averages.
    """
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    generator = np.random.default_rng(0)
    levels = generator.uniform(size=7).tolist()
    study = optuna.create_study(direction="maximize" if direction == "max" else "minimize")
    pruner = optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=3)
    for level in levels:
        values = dict.fromkeys(range(1, 9), level)
        study.add_trial(optuna.trial.create_trial(value=level, intermediate_values=values))
    rule = median(*map(str, range(7)), direction=direction, warmup_epochs=2, min_trials=5)
    curves = {str(number): [level] * 8 for number, level in enumerate(levels)}
    answers = []
    for _ in range(10):
        trial, curve = (
            study.ask(),
            (generator.uniform(size=8) * 0.6 + (0.4 if direction == "min" else 0.0)).tolist(),
        )
        for step, value in enumerate(curve, start=1):
            trial.report(value, step)
            theirs = pruner.prune(study, study._storage.get_trial(trial._trial_id))
            answers.append(rule.should_stop("9", step, {**curves, "9": curve[:step]}))
            assert answers[-1] == theirs
    assert True in answers and False in answers


@pytest.mark.parametrize(
    "option",
    [
        {"warmup_epochs": -1},
        {"interval": 0},
        {"min_trials": 0},
        {"interval": 1.5},
        {"min_trials": True},
    ],
)
def test_options_out_of_range_are_refused(option: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"{next(iter(option))} must be an integer of at least"):
        MedianScheduler("max", **option)
