"""The declared space in the words of scikit-learn's and skopt's searches."""

from __future__ import annotations

from typing import Any

import keras_tuner
import numpy as np
import pytest
from sklearn.model_selection import ParameterGrid, ParameterSampler
from skopt.space import Categorical, Integer, Real

from tftune.errors import UsageError
from tftune.scikit.spaces import SklearnSpaces
from tftune.space.search_space import SearchSpace


def every_kind() -> keras_tuner.HyperParameters:
    hp = keras_tuner.HyperParameters()
    hp.Float("even", -1.0, 1.0)
    hp.Float("rate", 1e-4, 1e-2, sampling="log")
    hp.Float("momentum", 0.5, 0.99, sampling="reverse_log")
    hp.Float("dropout", 0.0, 0.5, step=0.25)
    hp.Int("layers", 1, 3)
    hp.Int("units", 1, 1000, sampling="log")
    hp.Int("filters", 8, 32, step=8)
    hp.Choice("optimizer", ["adam", "sgd"])
    hp.Boolean("nesterov")
    hp.Fixed("version", 2)
    return hp


SPACES = SklearnSpaces(SearchSpace(every_kind()))


def test_the_grid_has_both_ends_all_steps_and_all_choices() -> None:
    grid: Any = SPACES.grid(levels=3)
    assert grid["even"] == [-1.0, 0.0, 1.0] and grid["rate"] == [1e-4, 1e-3, 1e-2]
    assert (
        grid["dropout"] == [0.0, 0.25, 0.5]
        and grid["layers"] == [1, 2, 3]
        and grid["filters"] == [8, 16, 24, 32]
    )
    assert (
        grid["optimizer"] == ["adam", "sgd"]
        and grid["nesterov"] == [False, True]
        and "version" not in grid
    )
    assert len(ParameterGrid(grid)) == SearchSpace(every_kind()).grid(3).size
    fewer: Any = SPACES.grid(levels={"filters": 2, "rate": 2})
    assert fewer["filters"] == [8, 32] and fewer["rate"] == [1e-4, 1e-2] and len(fewer["even"]) == 3
    with pytest.raises(UsageError, match="levels must be an integer of at least 2"):
        SPACES.grid(levels=1)


def test_draws_lie_in_the_space_and_on_its_scale() -> None:
    drawn = list(ParameterSampler(SPACES.distributions(), 600, random_state=0))
    space = SearchSpace(every_kind())
    for values in drawn[:50]:
        plain = {
            name: value.item() if isinstance(value, np.generic) else value
            for name, value in values.items()
        }
        assert {name: plain[name] for name in plain} == {
            name: space.canonical(plain)[name] for name in plain
        }
    assert np.mean([values["rate"] < 1e-3 for values in drawn]) == pytest.approx(0.5, abs=0.07)
    assert np.mean([values["units"] < 32 for values in drawn]) == pytest.approx(0.5, abs=0.07)
    assert np.mean([values["even"] < 0 for values in drawn]) == pytest.approx(0.5, abs=0.07)
    assert {values["layers"] for values in drawn} == {1, 2, 3} and np.mean(
        [v["layers"] == 3 for v in drawn]
    ) == pytest.approx(1 / 3, abs=0.07)
    again = list(ParameterSampler(SPACES.distributions(), 600, random_state=0))
    assert again == drawn


def test_dimensions_hand_out_the_values_themselves() -> None:
    dimensions = SPACES.dimensions()
    assert dimensions["rate"] == Real(1e-4, 1e-2, prior="log-uniform") and dimensions[
        "even"
    ] == Real(-1.0, 1.0)
    assert dimensions["layers"] == Integer(1, 3) and dimensions["units"] == Integer(
        1, 1000, prior="log-uniform"
    )
    assert dimensions["filters"] == Categorical([8, 16, 24, 32]) and dimensions[
        "nesterov"
    ] == Categorical([False, True])
    assert dimensions["momentum"] == Real(0.5, 0.99) and "version" not in dimensions


def conditional(maximum: int) -> SklearnSpaces:
    hp = keras_tuner.HyperParameters()
    hp.Choice("model", ["mlp", "cnn", "rnn"])
    with hp.conditional_scope("model", ["mlp"]):
        hp.Int("units", 1, 2)
    with hp.conditional_scope("model", ["cnn"]):
        hp.Int("units", 1, maximum)
    return SklearnSpaces(SearchSpace(hp))


def test_a_conditional_grid_has_each_configuration_once() -> None:
    found = [dict(sorted(values.items())) for values in ParameterGrid(conditional(3).grid())]
    assert len(found) == 6 and found.count({"model": "rnn"}) == 1
    assert {values["units"] for values in found if values["model"] == "cnn"} == {1, 2, 3}


def test_one_name_needs_one_range_where_names_are_drawn_alone() -> None:
    assert set(conditional(2).distributions()) == {"model", "units"}
    for method in ("distributions", "dimensions"):
        with pytest.raises(
            UsageError, match="Knob 'units' has different ranges under different conditions"
        ):
            getattr(conditional(3), method)()
