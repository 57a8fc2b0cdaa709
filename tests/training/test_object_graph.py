"""What an object is made of: alike or not is told from its attributes, and what cannot be told is
said to be so.
"""

from __future__ import annotations

import functools
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tftune.training.object_graph import describe


def layer(**attributes: Any) -> Any:
    """A layer of Keras with anything set on it, as it is: Keras wraps lists."""
    made = keras.layers.Identity(name="one")
    vars(made).update(attributes)
    return made


def digest(*values: Any) -> list[str | None]:
    found = [describe(layer(value=value)) for value in values]
    return [None if description is None else description.digest for description in found]


@pytest.mark.parametrize(
    ("value", "other"),
    [
        (1, 1.0),
        (1, True),
        ("1", 1),
        (0.1, 0.1 + 1e-16 * 2),
        ([1, [2]], [[1], 2]),
        ((1, 2), [1, 2]),
        ({"a": 1}, {"a": 2}),
        ({1, 2}, {1, 3}),
        (np.zeros(2), np.ones(2)),
        (np.zeros(2), np.zeros((2, 1))),
        (np.zeros(2), np.zeros(2, "float32")),
        (np.float32(1), np.float64(1)),
        (tf.zeros(2), tf.ones(2)),
        (tf.zeros(2), np.zeros(2, "float32")),
        (keras.activations.relu, keras.activations.tanh),
        (keras.layers.Dense, keras.layers.Dropout),
        (keras.regularizers.L2(0.1), keras.regularizers.L2(0.2)),
        (keras.regularizers.L1(0.1), keras.regularizers.L2(0.1)),
        (functools.partial(keras.activations.elu, alpha=1), keras.activations.elu),
        (keras.DTypePolicy("float32"), keras.DTypePolicy("mixed_float16")),
        (float("inf"), float("-inf")),
    ],
)
def test_what_differs_is_told(value: Any, other: Any) -> None:
    first, again, second = digest(value, value, other)
    assert first is not None and first == again != second is not None


def test_one_object_twice_is_not_two_that_are_alike() -> None:
    one, other = keras.regularizers.L2(0.1), keras.regularizers.L2(0.1)
    twice, alike, both = digest([one, one], [one, other], [other, one])
    assert twice != alike == both


class Own:
    """A user's own."""


class OwnList(list[Any]):
    """A user's own."""


@pytest.mark.parametrize(
    "value",
    [
        Own(),
        Own,
        lambda: None,
        OwnList(),
        [{"deep": (Own(),)}],
        {Own(): 1},
        {frozenset({(1,)})},
        np.array([Own()]),
        np.random.default_rng(0),
        iter([]),
        tf.Variable(1.0),
        tf.data.Dataset.range(3),
        tf.constant,
        open,
        keras.Variable.assign.__get__(Own()),
    ],
)
def test_what_is_not_of_keras_cannot_be_told(value: Any) -> None:
    assert digest(value) == [None]


def test_a_layer_that_holds_itself_comes_to_an_end() -> None:
    made = layer()
    vars(made)["itself"] = made
    assert describe(made) is not None


def test_values_of_variables_do_not_count_and_come_in_one_order() -> None:
    found = []
    for value in (1.0, 2.0):
        keras.utils.clear_session()
        made = keras.layers.Dense(2, kernel_initializer=keras.initializers.Constant(value))
        made.build((None, 3))
        found.append(describe(made))
    assert found[0].digest == found[1].digest
    shapes = [[tuple(variable.shape) for variable in one.variables] for one in found]
    assert sorted(shapes[0]) == [(2,), (3, 2)] and shapes[0] == shapes[1]


@pytest.mark.parametrize(
    "change",
    [
        {"trainable": False},
        {"regularizer": keras.regularizers.L2(0.1)},
        {"constraint": keras.constraints.NonNeg()},
        {"overwrite_with_gradient": True},
    ],
)
def test_all_else_of_a_variable_counts(change: dict[str, Any]) -> None:
    found = []
    for changes in ({}, change):
        keras.utils.clear_session()
        variable = keras.Variable([1.0], name="one")
        for name, value in changes.items():
            setattr(variable, name, value)
        found.append(describe(variable))
    assert found[0].digest != found[1].digest


def test_what_may_differ_is_named_by_part_and_attribute() -> None:
    def may_differ(part: Any, name: str) -> bool:
        return name == "l2"

    first, second = (
        describe(layer(value=keras.regularizers.L2(value)), may_differ) for value in (0.1, 0.2)
    )
    other = describe(layer(value=keras.regularizers.L2(0.1), l2=1, more=1), may_differ)
    assert first is not None and second is not None and other is not None
    assert first.digest == second.digest != other.digest


def test_several_devices_cannot_be_told() -> None:
    with tf.distribute.MirroredStrategy(["/cpu:0"]).scope():
        variable = keras.Variable([1.0])
        assert describe(variable) is None
    assert describe(variable) is None
