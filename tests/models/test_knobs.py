"""Each knob declares itself once, under its own name, returns a plain value in its range, and
changes the compiled model.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import keras_tuner
import pytest

from tftune.errors import UsageError
from tftune.models import knobs
from tftune.models.blocks import noised, shifted, varied
from tftune.models.leaf_cnn import LeafCNN
from tftune.models.losses import make_loss
from tftune.models.optimizers import ADAM_FAMILY, OPTIMIZERS, SETTINGS, USUAL, make_optimizer
from tftune.models.parts import activation_layer, make_constraint, make_regularizer
from tftune.models.peptide_cnn import PeptideCNN

MAIN = {"batch_normalization", "dropout", "l2", "learning_rate"}
WIDER = {"optimizer", "batch_size", "activation", "filters", "units", "depth"}
OF_LEAVES = {"architecture", "augmentation", "weight_decay", "loss", "label_smoothing", "schedule"}
OF_LEAVES |= {f"schedule_{name}" for name in ("warmup", "final", "drops", "drop", "power")}
OF_LEAVES |= {f"schedule_{name}" for name in ("cycles", "low", "rise", "start")}
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
    "layers": (lambda hp: knobs.layers(hp, 1, 4, 2), int),
    "nodes": (lambda hp: knobs.nodes(hp, 16, 64, 32), int),
    "initializer": (knobs.initializer, str),
    "input_noise": (knobs.input_noise, float),
    "shift": (knobs.shift, float),
    "augmentation": (knobs.augmentation, float),
    "architecture": (knobs.architecture, str),
    "l1": (knobs.l1, float),
    "activity_l1": (knobs.activity_l1, float),
    "activity_l2": (knobs.activity_l2, float),
    "weight_constraint": (knobs.weight_constraint, str),
    "max_norm": (knobs.max_norm, float),
    "smallest_norm": (knobs.smallest_norm, float),
    "largest_norm": (knobs.largest_norm, float),
    "momentum": (knobs.momentum, float),
    "nesterov": (knobs.nesterov, bool),
    "beta_1": (knobs.beta_1, float),
    "beta_2": (knobs.beta_2, float),
    "epsilon": (knobs.epsilon, float),
    "weight_decay": (knobs.weight_decay, float),
    "loss": (knobs.loss, str),
    "label_smoothing": (knobs.label_smoothing, float),
    "schedule": (knobs.schedule, str),
    "schedule_warmup": (knobs.schedule_warmup, float),
    "batch_growth": (knobs.batch_growth, bool),
}
# Two values of each knob that changes the compiled model, and what must be fixed for it to count.
CHANGES: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "batch_normalization": ([False, True], {}),
    "dropout": ([0.0, 0.1, 0.4], {}),
    "l2": ([0.0, 1e-4, 1e-3], {}),
    "learning_rate": ([1e-3, 1e-2], {}),
    "optimizer": (list(OPTIMIZERS), {}),
    "activation": (list(knobs.ACTIVATIONS), {}),
    "filters": ([8, 16], {}),
    "units": ([32, 64], {}),
    "depth": ([1, 2], {}),
    "layers": ([1, 2], {}),
    "nodes": ([16, 32], {}),
    "initializer": (list(knobs.INITIALIZERS), {}),
    "input_noise": ([0.0, 0.1, 0.2], {}),
    "shift": ([0.0, 0.04, 0.08], {}),
    "augmentation": ([0.0, 0.5, 1.0], {}),
    "l1": ([0.0, 1e-4, 1e-3], {}),
    "activity_l1": ([0.0, 1e-4], {}),
    "activity_l2": ([0.0, 1e-4], {}),
    "weight_constraint": (list(knobs.CONSTRAINTS), {}),
    "max_norm": ([1.0, 3.0], {"weight_constraint": "max_norm"}),
    "smallest_norm": ([0.0, 0.5], {"weight_constraint": "min_max_norm"}),
    "largest_norm": ([1.0, 3.0], {"weight_constraint": "min_max_norm"}),
    "momentum": ([0.0, 0.9], {"optimizer": "sgd"}),
    "nesterov": ([False, True], {"optimizer": "sgd"}),
    "beta_1": ([0.8, 0.9], {"optimizer": "nadam"}),
    "beta_2": ([0.99, 0.999], {"optimizer": "adamax"}),
    "epsilon": ([1e-7, 1e-3], {"optimizer": "rmsprop"}),
    "weight_decay": ([1e-4, 1e-2], {"optimizer": "adamw"}),
    "loss": (list(knobs.LOSSES), {}),
    "label_smoothing": ([0.05, 0.1], {"loss": "label_smoothing"}),
}
# These change how a model is trained (`tests/training/test_schedules.py`, `test_growing.py`).
OF_TRAINING = {"batch_size", "schedule", "schedule_warmup", "batch_growth"}
OF_BODIES = {"architecture"}  # `test_leaf_bodies.py`


def built(hp: Any) -> keras.Model:
    """A small model that has every knob."""
    keras.utils.clear_session(free_memory=False)
    of_weights = {
        "kernel_initializer": knobs.initializer(hp),
        "kernel_regularizer": make_regularizer(knobs.l1(hp), knobs.l2(hp)),
        "activity_regularizer": make_regularizer(knobs.activity_l1(hp), knobs.activity_l2(hp)),
    }
    limits = [knobs.weight_constraint(hp), knobs.max_norm(hp)]
    limits += [knobs.smallest_norm(hp), knobs.largest_norm(hp)]
    x = inputs = keras.Input((4, 3))
    x = shifted(keras.layers.Reshape((4, 3, 1))(x), knobs.shift(hp))
    x = varied(x, knobs.augmentation(hp, default=0.0))
    x = noised(keras.layers.Reshape((4, 3))(x), knobs.input_noise(hp))
    for _ in range(knobs.depth(hp, 1, 2, 1)):
        constraint = make_constraint(*limits, axis=(0, 1))
        x = keras.layers.Conv1D(
            knobs.filters(hp, 8, 16, 8), 1, kernel_constraint=constraint, **of_weights
        )(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(
        knobs.units(hp, (32, 64), 32), kernel_constraint=make_constraint(*limits), **of_weights
    )(x)
    for _ in range(knobs.layers(hp, 1, 2, 1)):
        x = keras.layers.Dense(knobs.nodes(hp, 16, 32, 16))(x)
    if knobs.batch_normalization(hp):
        x = keras.layers.BatchNormalization()(x)
    x = activation_layer(knobs.activation(hp))(x)
    x = keras.layers.Dropout(knobs.dropout(hp))(x)
    model = keras.Model(inputs, keras.layers.Dense(3, "softmax")(x))
    optimizer, rate = knobs.optimizer(hp), knobs.learning_rate(hp)
    settings = {name: getattr(knobs, name)(hp) for name in SETTINGS if hasattr(knobs, name)}
    loss = make_loss(knobs.loss(hp), label_smoothing=knobs.label_smoothing(hp))
    model.compile(make_optimizer(optimizer, rate, **settings), loss)
    return model


def compiled(**values: Any) -> tuple[Any, ...]:
    """What a model is and how it is compiled."""
    model = built(knobs.fixed_values(**values))
    optimizer = keras.optimizers.serialize(model.optimizer)
    return repr(model.get_config()), repr(optimizer), repr(model.loss.get_config()), model.loss.name


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


def test_every_knob_has_a_test() -> None:
    functions = {name for name in knobs.__all__ if name.islower()}
    assert functions - {"check_space", "fixed_values", "learning_rate_schedule"} == set(DECLARE)
    assert set(DECLARE) == set(CHANGES) | OF_TRAINING | OF_BODIES


@pytest.mark.parametrize("name", CHANGES)
def test_each_value_of_a_knob_compiles_another_model(name: str) -> None:
    values, fixed = CHANGES[name]
    models = [compiled(**fixed, **{name: value}) for value in values]
    assert len(set(models)) == len(values)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_optimizer_has_only_its_own_knobs(optimizer: str) -> None:
    hp = knobs.fixed_values(optimizer=optimizer)
    given = {name: getattr(knobs, name)(hp) for name in SETTINGS if hasattr(knobs, name)}
    own = {name for name, optimizers in SETTINGS.items() if optimizer in optimizers}
    own -= {"ema_momentum"} | ({"weight_decay"} if optimizer != "adamw" else set())
    assert {name for name, value in given.items() if value is not None} == own
    assert (given["beta_1"] is not None) == (optimizer in ADAM_FAMILY)


def test_conditions_are_part_of_the_space() -> None:
    hp = keras_tuner.HyperParameters()
    built(hp)
    conditions = {
        knob.name: {(one.name, *one.values) for one in knob.conditions}
        for knob in hp.space
        if knob.conditions
    }
    assert conditions == {
        "max_norm": {("weight_constraint", "max_norm")},
        "smallest_norm": {("weight_constraint", "min_max_norm")},
        "largest_norm": {("weight_constraint", "min_max_norm")},
        "momentum": {("optimizer", "sgd", "rmsprop")},
        "nesterov": {("optimizer", "sgd")},
        "beta_1": {("optimizer", *ADAM_FAMILY)},
        "beta_2": {("optimizer", *ADAM_FAMILY)},
        "epsilon": {("optimizer", *(name for name in OPTIMIZERS if name != "sgd"))},
        "weight_decay": {("optimizer", "adamw")},
        "label_smoothing": {("loss", "label_smoothing")},
    }


def test_a_knob_whose_parent_is_no_knob_is_always_there() -> None:
    hp = keras_tuner.HyperParameters()
    assert (knobs.momentum(hp), knobs.beta_2(hp), knobs.label_smoothing(hp)) == (0.9, 0.999, 0.1)


def test_parents_are_found_within_a_scope_of_names() -> None:
    hp = keras_tuner.HyperParameters()
    with hp.name_scope("first"):
        assert (knobs.optimizer(hp, "sgd"), knobs.momentum(hp)) == ("sgd", 0.9)
        assert knobs.beta_1(hp) is None
        assert knobs.learning_rate_schedule(hp, "step").settings()["drops"] == 2
    assert hp.values["first/momentum"] == 0.9


def test_the_full_spaces_choose_among_what_they_always_did() -> None:
    hp = keras_tuner.HyperParameters()
    LeafCNN(space="full").declare_hyperparameters(hp)
    choices = {knob.name: tuple(getattr(knob, "values", ())) for knob in hp.space}
    assert choices["optimizer"] == USUAL
    assert choices["activation"] == ("relu", "elu", "gelu", "silu", "tanh")


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
    assert set(names(hp)) == MAIN | WIDER | (OF_LEAVES if model is LeafCNN else set())


def test_a_search_of_leaves_that_began_with_fewer_knobs_goes_on_with_them() -> None:
    hp = keras_tuner.HyperParameters()
    LeafCNN(space="full").with_earlier_knobs().declare_hyperparameters(hp)
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


@pytest.mark.parametrize("name", DECLARE)
def test_a_knob_in_a_scope_that_does_not_apply_has_no_value(name: str) -> None:
    spaces = []
    for kind in ("a", "b"):
        hp = keras_tuner.HyperParameters()
        hp.Choice("kind", ["a", "b"], default=kind)
        with hp.conditional_scope("kind", ["a"]):
            for parent in ("optimizer", "loss", "weight_constraint", "schedule"):
                if parent != name:
                    DECLARE[parent][0](hp)
            value = DECLARE[name][0](hp)
        assert kind == "a" or value is None
        spaces.append({each.name: each.get_config()["conditions"] for each in hp.space})
    assert spaces[0] == spaces[1]
