"""Finding the knobs of a model-building function."""

from __future__ import annotations

from typing import Any

import cloudpickle
import keras
import keras_tuner

from tftune.space.keras_tuner_internals import get_hypermodel
from tftune.training.discover import discover_space

BUILDS: list[dict[str, Any]] = []  # the hypermodels below travel by reference, so they count here


def model() -> keras.Model:
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])


def discover(hypermodel: Any) -> list[str]:
    BUILDS.clear()
    config = discover_space(
        None,
        cloudpickle.dumps(get_hypermodel(hypermodel)),
        keras_tuner.HyperParameters().get_config(),
    )
    return [hp.name for hp in keras_tuner.HyperParameters.from_config(config.space).space]


def six_kinds(hp: Any) -> keras.Model:
    kind = hp.Choice("kind", list("abcdef"))
    BUILDS.append(dict(hp.values))
    for name in "abcdef":
        with hp.conditional_scope("kind", [name]):
            if kind == name:
                hp.Float(f"knob_{name}", 0.0, 1.0)
    return model()


def four_switches(hp: Any) -> keras.Model:
    BUILDS.append(dict(hp.values))
    for index in range(4):
        on = hp.Boolean(f"on_{index}")
        with hp.conditional_scope(f"on_{index}", [True]):
            if on:
                hp.Int(f"units_{index}", 1, 3)
    return model()


def test_scopes_that_exclude_each_other_take_a_build_each() -> None:
    """Hazard B19: KerasTuner needs 16 builds for these six scopes."""
    assert sorted(discover(six_kinds)) == ["kind", *(f"knob_{name}" for name in "abcdef")]
    assert len(BUILDS) == 6


def test_independent_scopes_are_opened_together() -> None:
    assert sorted(discover(four_switches)) == [
        *(f"on_{index}" for index in range(4)),
        *(f"units_{index}" for index in range(4)),
    ]
    assert len(BUILDS) == 2


def test_values_that_were_never_declared_are_not_fed_to_the_function() -> None:
    """Hazard B19: a scope for n = 5 of a knob that ends at 3 can never open."""

    def build(hp: Any) -> keras.Model:
        n = hp.Int("n", 1, 3)
        if n not in (1, 2, 3):
            raise ValueError(f"fed {n}")
        with hp.conditional_scope("n", [5]):
            pass
        with hp.conditional_scope("n", [2]):
            if n == 2:
                hp.Float("deep", 0.0, 1.0)
        return model()

    assert discover(build) == ["n", "deep"]


def test_a_declared_space_needs_no_build() -> None:
    class Declared(keras_tuner.HyperModel):
        def declare_hyperparameters(self, hp: Any) -> None:
            hp.Boolean("flag")

        def build(self, hp: Any) -> keras.Model:
            raise RuntimeError("built")

    assert discover(Declared()) == ["flag"]
