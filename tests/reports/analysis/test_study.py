"""A search as an Optuna study: ranges, scales and steps; the trials are in test_trial_files.py."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from tests.reports.analysis.drawn import state_of
from tftune.reports.analysis.study import choices_for_optuna, distributions_of, to_study
from tftune.support.streams import silent

NUMBER: dict[str, Any] = {"name": "x", "step": None, "sampling": "linear"}


@pytest.mark.parametrize(
    ("knob", "expected"),
    [
        ({"kind": "Float", "min": 0.0, "max": 1.0}, FloatDistribution(0.0, 1.0)),
        ({"kind": "Float", "min": 1.0, "max": 9.0, "step": 2.0}, FloatDistribution(1, 9, step=2)),
        (
            {"kind": "Float", "min": 0.1, "max": 1.0, "sampling": "log"},
            FloatDistribution(0.1, 1.0, log=True),
        ),
        (
            {"kind": "Float", "min": 0.1, "max": 1.0, "sampling": "reverse_log"},
            FloatDistribution(0.1, 1.0),
        ),
        ({"kind": "Int", "min": 1, "max": 9}, IntDistribution(1, 9)),
        ({"kind": "Int", "min": 1, "max": 9, "step": 2}, IntDistribution(1, 9, step=2)),
        (
            {"kind": "Int", "min": 1, "max": 8, "step": 2, "sampling": "log"},
            IntDistribution(1, 8, log=True),
        ),
        ({"kind": "Choice", "values": [32, 8]}, CategoricalDistribution((8, 32))),
        ({"kind": "Boolean"}, CategoricalDistribution((False, True))),
    ],
)
def test_a_knob_keeps_range_scale_and_steps(knob: dict[str, Any], expected: Any) -> None:
    state = state_of(0, lambda _: None, knobs=[{**NUMBER, **knob}])
    assert distributions_of(state) == {"x": expected}


def test_values_beside_the_steps_take_the_steps_away() -> None:
    """As a configuration to begin with may be."""
    knob = {**NUMBER, "kind": "Float", "min": 0.0, "max": 1.0, "step": 0.5}
    state = state_of(2, lambda _: 1.0, knobs=[knob], values=lambda number: {"x": 0.25 * number})
    assert distributions_of(state) == {"x": FloatDistribution(0.0, 1.0)}


def test_values_beside_the_range_widen_it() -> None:
    knob = {**NUMBER, "kind": "Int", "min": 1, "max": 4}
    state = state_of(2, lambda _: 1.0, knobs=[knob], values=lambda number: {"x": 4 + number})
    assert distributions_of(state) == {"x": IntDistribution(1, 5)}
    assert [trial.params["x"] for trial in to_study(state).trials] == [4, 5]


def test_choices_that_optuna_would_take_for_one_are_told_apart() -> None:
    assert choices_for_optuna((1, "a", None)) == ("int 1", "str 'a'", "NoneType None")
    assert choices_for_optuna((True, 1)) == ("bool True", "int 1")
    assert choices_for_optuna((1, 2.5, "x")) == (1, 2.5, "x")


def test_optunas_own_settings_stay_as_they_are() -> None:
    logger = logging.getLogger("optuna")
    before = (logger.level, optuna.logging.get_verbosity(), list(warnings.filters))
    with silent("optuna"):
        logger.warning("not heard")
    to_study(state_of(3, lambda _: 0.5))
    assert (logger.level, optuna.logging.get_verbosity(), list(warnings.filters)) == before


def test_nothing_is_said_or_warned(capfd: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        to_study(state_of(3, lambda _: 0.5), name="name")
    assert capfd.readouterr() == ("", "")
