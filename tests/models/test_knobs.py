"""Each knob declares itself once, under its own name, and returns a plain value in its range."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras_tuner
import pytest

from tftune.errors import UsageError
from tftune.models import knobs
from tftune.models.leaf_cnn import LeafCNN
from tftune.models.peptide_cnn import PeptideCNN

MAIN = {"batch_normalization", "dropout", "l2", "learning_rate"}
WIDER = {"optimizer", "batch_size", "activation", "filters", "units", "depth"}
DECLARE: dict[str, tuple[Callable[[Any], Any], type]] = {
    "batch_normalization": (knobs.batch_normalization, bool),
    "dropout": (knobs.dropout, float),
    "l2": (knobs.l2, float),
    "learning_rate": (knobs.learning_rate, float),
    "optimizer": (knobs.optimizer, str),
    "batch_size": (knobs.batch_size, int),
    "activation": (knobs.activation, str),
    "filters": (lambda hp: knobs.filters(hp, 8, 64, 16), int),
    "units": (lambda hp: knobs.units(hp, (0, 32, 64), 64), int),
    "depth": (lambda hp: knobs.depth(hp, 1, 4, 3), int),
}


def names(hp: keras_tuner.HyperParameters) -> list[str]:
    return [knob.name for knob in hp.space]


@pytest.mark.parametrize("name", DECLARE)
def test_knob_is_declared_under_its_name_and_returns_a_plain_value(name: str) -> None:
    declare, kind = DECLARE[name]
    hp = keras_tuner.HyperParameters()
    value = declare(hp)
    assert names(hp) == [name]
    assert type(value) is kind
    assert declare(hp) == value
    assert names(hp) == [name]


@pytest.mark.parametrize("model", [LeafCNN, PeptideCNN])
def test_core_space_offers_exactly_the_four_main_knobs(model: type) -> None:
    hp = keras_tuner.HyperParameters()
    model(space="core").declare_hyperparameters(hp)
    assert set(names(hp)) == MAIN
    assert isinstance(hp.space[0], keras_tuner.engine.hyperparameters.Boolean)
    assert {knob.name for knob in hp.space if getattr(knob, "sampling", None) == "log"} == {
        "l2",
        "learning_rate",
    }


@pytest.mark.parametrize("model", [LeafCNN, PeptideCNN])
def test_full_space_offers_all_knobs(model: type) -> None:
    hp = keras_tuner.HyperParameters()
    model(space="full").declare_hyperparameters(hp)
    assert set(names(hp)) == MAIN | WIDER


@pytest.mark.parametrize("model", [LeafCNN, PeptideCNN])
@pytest.mark.parametrize("space", knobs.SPACES)
def test_building_declares_what_is_declared_without_building(
    model: type, space: knobs.Space
) -> None:
    declared, built = keras_tuner.HyperParameters(), keras_tuner.HyperParameters()
    model(space=space).declare_hyperparameters(declared)
    model(space=space).build(built)
    assert built.get_config() == declared.get_config()


def test_powers_of_two_are_all_offered() -> None:
    hp = keras_tuner.HyperParameters()
    knobs.batch_size(hp)
    assert sorted({hp.space[0].prob_to_value(step / 100) for step in range(100)}) == [
        16,
        32,
        64,
        128,
    ]


def test_fixed_values_win_even_outside_the_range() -> None:
    hp = knobs.fixed_values(l2=0.0, dropout=0.9)
    assert (knobs.l2(hp), knobs.dropout(hp), knobs.learning_rate(hp)) == (0.0, 0.9, 1e-3)


def test_unknown_space_is_refused() -> None:
    with pytest.raises(UsageError, match="space must be one of core, full. Received: 'huge'"):
        knobs.check_space("huge")
