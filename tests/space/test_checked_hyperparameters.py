"""Checks on what a build declares: one range for one name, scopes in scopes, types as declared."""

from __future__ import annotations

import keras_tuner
import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.space.checked_hyperparameters import CheckedHyperParameters
from tftune.space.search_space import SearchSpace

HP = keras_tuner.HyperParameters


def test_declaring_one_name_twice_with_other_bounds_is_an_error() -> None:
    """Hazard C13: KerasTuner returns the first declaration's value for the second."""
    hp = SearchSpace(HP()).hyperparameters
    hp.Int("units", 8, 64)
    assert hp.Int("units", 8, 64) == 8  # the same again is the same knob
    with pytest.raises(
        UsageError, match="'units' is declared twice, and max_value differs: 64 and 128"
    ):
        hp.Int("units", 8, 128)
    hp.Boolean("wide")
    with hp.conditional_scope("wide", [True]):
        assert hp.Int("units", 1, 2) is None  # under another condition it is another knob


def test_a_knob_declared_beforehand_overrides_the_model() -> None:
    given = HP()
    given.Int("units", 8, 16, default=16)
    assert SearchSpace(given).hyperparameters.Int("units", 1, 64) == 16


def test_an_inner_scope_sees_a_parent_declared_outside() -> None:
    """Hazard C10: KerasTuner's inner scope finds only parents declared in the same scope."""

    def declare(hp: keras_tuner.HyperParameters) -> None:
        hp.Boolean("augment", default=True)
        hp.Choice("model", ["mlp", "cnn"])
        with hp.conditional_scope("model", ["cnn"]), hp.conditional_scope("augment", [True]):
            hp.Int("crop", 1, 4)

    with pytest.raises(ValueError, match="not defined"):
        declare(HP())
    hp = SearchSpace(HP()).hyperparameters
    declare(hp)
    assert SearchSpace(hp).cardinality() == 2 + 1 + 4
    with pytest.raises(ValueError, match="not defined"), hp.conditional_scope("typo", [1]):
        pass


@pytest.mark.parametrize(
    "choices", [[True, False], [False, True], [0, 1], [1, 0], ["a", "b"], [1.0, 2.0]]
)
def test_a_model_gets_the_type_it_declared(choices: list) -> None:
    """Hazard C7, and the reverse: integers 0 and 1 stay integers, though the space cannot tell them
    from booleans.
    """
    hp = HP()
    hp.Choice("x", choices)
    for value in choices:
        got = SearchSpace(hp).to_hyperparameters({"x": value}).copy().Choice("x", choices)
        assert got == value and type(got) is type(value)


def test_a_config_with_conditions_can_be_read_twice() -> None:
    """Of several executions, or folds, each reads one; KerasTuner's own reading changes it."""
    hp = CheckedHyperParameters()
    hp.Choice("kind", ["deep", "wide"])
    with hp.conditional_scope("kind", ["deep"]):
        hp.Int("layers", 1, 3)
    config = hp.get_config()
    first, second = (CheckedHyperParameters.from_config(config) for _ in range(2))
    assert first.get_config() == second.get_config() == hp.get_config()


def test_choices_may_be_numpys() -> None:
    hp = CheckedHyperParameters()
    assert type(hp.Choice("array", np.array([4, 8]))) is int
    assert hp.Choice("numbers", list(np.array([0.5, 1.5])), default=np.float64(1.5)) == 1.5
    assert type(hp.Choice("words", np.array(["relu", "tanh"]))) is str
    assert hp.Choice("flags", np.array([True, False])) is True
    assert hp.Choice("range", range(2, 4)) == 2
