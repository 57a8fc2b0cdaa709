"""Penalties, constraints and activations do what their formulas say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.models.knobs import ACTIVATIONS
from tftune.models.parts import activation_layer, make_constraint, make_regularizer

WEIGHTS = np.array([[3.0, 0.3], [4.0, 0.4]], np.float32)  # two units, of lengths 5 and 0.5


@pytest.mark.parametrize(
    ("l1", "l2", "penalty"), [(0.1, 0.0, 0.77), (0.0, 0.1, 2.525), (0.1, 0.1, 3.295)]
)
def test_penalties_are_the_sums_of_their_formulas(l1: float, l2: float, penalty: float) -> None:
    assert float(make_regularizer(l1, l2)(WEIGHTS)) == pytest.approx(penalty)


@pytest.mark.parametrize(
    ("name", "limits", "lengths"),
    [
        ("max_norm", {"max_norm": 2.0}, [2.0, 0.5]),
        ("max_norm", {}, [3.0, 0.5]),
        ("unit_norm", {}, [1.0, 1.0]),
        ("min_max_norm", {"smallest_norm": 1.0, "largest_norm": 4.0}, [4.0, 1.0]),
        ("min_max_norm", {}, [3.0, 0.5]),
    ],
)
def test_constraints_bound_the_length_of_each_unit(
    name: str, limits: dict[str, float], lengths: list[float]
) -> None:
    bounded = np.asarray(make_constraint(name, **limits)(WEIGHTS))
    assert np.linalg.norm(bounded, axis=0) == pytest.approx(lengths, abs=1e-4)


def test_a_unit_of_a_convolution_has_several_axes() -> None:
    kernel = np.ones((2, 2, 1, 3), np.float32)  # each filter has length 2
    bounded = np.asarray(make_constraint("max_norm", max_norm=1.0, axis=(0, 1, 2))(kernel))
    assert np.linalg.norm(bounded.reshape(4, 3), axis=0) == pytest.approx([1.0] * 3, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "negative", "positive"),
    [
        ("relu", 0.0, 1.0),
        ("elu", np.exp(-1) - 1, 1.0),
        ("gelu", -0.1587, 0.8413),
        ("silu", -0.2689, 0.7311),
        ("swish", -0.2689, 0.7311),
        ("tanh", -0.7616, 0.7616),
        ("sigmoid", 0.2689, 0.7311),
        ("leaky_relu", -0.2, 1.0),
        ("prelu", 0.0, 1.0),  # before training
    ],
)
def test_activations_at_minus_one_and_one(name: str, negative: float, positive: float) -> None:
    values = np.asarray(activation_layer(name)(np.array([[-1.0, 1.0]], np.float32)))
    assert values[0] == pytest.approx([negative, positive], abs=1e-3)


def test_prelu_trains_one_slope_a_filter() -> None:
    layer = activation_layer("prelu", rank=4)
    layer.build((None, 8, 8, 5))
    assert layer.count_params() == 5
    assert set(ACTIVATIONS) >= {"prelu", "leaky_relu", "sigmoid"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: make_regularizer(l1=-1.0), "l1 must be a number .*Received: -1.0"),
        (lambda: make_constraint("norm"), "weight_constraint must be one of none, max_norm"),
        (
            lambda: make_constraint("min_max_norm", smallest_norm=2.0, largest_norm=1.0),
            "Expected largest_norm of at least 2.0. Received: 1.0",
        ),
    ],
)
def test_what_is_impossible_is_refused(call: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        call()
