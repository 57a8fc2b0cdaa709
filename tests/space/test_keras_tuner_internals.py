"""The guard of KerasTuner's private names: another version that lacks one makes a test here fail,
and the plain way that is left gives the same values.
"""

from __future__ import annotations

from typing import Any

import keras_tuner
import pytest
from keras_tuner.src.engine import hypermodel as keras_tuner_hypermodel

from tftune.errors import UsageError
from tftune.space import keras_tuner_internals
from tftune.space.checked_hyperparameters import CheckedHyperParameters
from tftune.space.keras_tuner_internals import get_hypermodel, is_declared


def declare(hp: Any) -> Any:
    hp.Choice("model", ["mlp", "cnn"])
    with hp.conditional_scope("model", ["cnn"]):
        hp.Int("filters", 8, 32)
    return hp


def test_keras_tuner_has_the_names_that_are_relied_on() -> None:
    hp = declare(keras_tuner.HyperParameters())
    assert [knob.name for knob in hp._space] == ["model", "filters"] and hp._space == hp.space
    assert {name: len(knobs) for name, knobs in hp._hps.items()} == {"model": 1, "filters": 1}
    with hp.conditional_scope("model", ["mlp"]):
        assert [condition.name for condition in hp._conditions] == ["model"]


@pytest.mark.parametrize("name", ["_retrieve", "_register", "_exists"])
def test_keras_tuner_calls_what_is_overridden(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    original = getattr(keras_tuner.HyperParameters, name)

    def spy(self: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append(name)
        return original(self, *args, **kwargs)

    monkeypatch.setattr(keras_tuner.HyperParameters, name, spy)
    declare(keras_tuner.HyperParameters())
    assert calls


def test_a_twin_shares_its_knobs_until_one_is_declared() -> None:
    hp = declare(CheckedHyperParameters())
    twin = hp.twin()
    assert twin.shares_knobs and twin.space is hp.space
    twin.Boolean("flag")
    assert not twin.shares_knobs
    assert [len(twin.space), len(hp.space)] == [3, 2] and "flag" not in hp._hps


def test_where_knobs_cannot_be_shared_a_twin_is_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    hp = declare(CheckedHyperParameters())
    hp.values = {"model": "cnn", "filters": 9}
    shared = hp.twin()
    monkeypatch.setattr(
        keras_tuner_internals.OpenHyperParameters, "share_knobs_of", lambda self, other: False
    )
    copied = hp.twin()
    assert not copied.shares_knobs and copied.space is not hp.space
    assert copied.get_config() == shared.get_config() and copied.get("filters") == 9


class OtherNames:
    """A version of KerasTuner that keeps its knobs under names of its own."""

    def __init__(self, hp: Any) -> None:
        self.space = hp.space


def test_knobs_under_other_names_are_not_shared_and_nothing_changes() -> None:
    hp = CheckedHyperParameters()
    assert not hp.share_knobs_of(OtherNames(declare(CheckedHyperParameters())))  # type: ignore[arg-type]
    assert hp.space == [] and not hp.shares_knobs


def test_a_knob_is_found_by_name_and_conditions_in_either_way() -> None:
    hp, other = declare(keras_tuner.HyperParameters()), keras_tuner.HyperParameters()
    other.Int("filters", 8, 32)  # of the same name, but without the condition
    assert hasattr(hp, "_exists")
    for known in (hp, OtherNames(hp)):
        assert [is_declared(known, knob) for knob in (*hp.space, *other.space)] == [
            True,
            True,
            False,
        ]


class Model(keras_tuner.HyperModel):
    def build(self, hp: Any) -> Any:
        return "built"


def test_a_hypermodel_is_what_keras_tuner_makes_of_it() -> None:
    hp, given = keras_tuner.HyperParameters(), Model()
    assert get_hypermodel(given) is given is keras_tuner_hypermodel.get_hypermodel(given)
    ours, theirs = (
        make(lambda hp: hp.Int("units", 4, 8))
        for make in (get_hypermodel, keras_tuner_hypermodel.get_hypermodel)
    )
    assert ours.build(hp) == theirs.build(hp) == 4
    assert type(ours).fit is type(theirs).fit is keras_tuner.HyperModel.fit
    assert (ours.name, ours.tunable) == (theirs.name, theirs.tunable)
    assert vars(ours).keys() == vars(theirs).keys()


@pytest.mark.parametrize("given", [None, 3, "build"])
def test_what_builds_no_model_is_refused(given: Any) -> None:
    with pytest.raises(UsageError, match=r"function build\(hp\) .* Received: .* Pass the function"):
        get_hypermodel(given)
