"""From values of knobs to Keras' parts: penalties, constraints, activations, noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from tftune.errors import UsageError
from tftune.models.knobs.regularization import CONSTRAINTS
from tftune.support.checks import check_choice, check_number


def make_regularizer(l1: float = 0.0, l2: float = 0.0) -> Any:
    """Returns the penalty `l1 * sum(abs(weight)) + l2 * sum(weight ** 2)`, or None where both are
    0.

    It serves as `kernel_regularizer`, and on what a layer puts out as `activity_regularizer`.

    Args:
        l1: Strength of the first sum, 0 or more.
        l2: Strength of the second, 0 or more.

    Raises:
        UsageError: If a strength is below 0.

    Example:
        >>> make_regularizer() is None, type(make_regularizer(l1=0.1, l2=0.1)).__name__
        (True, 'L1L2')
    """
    check_number("l1", l1, low=0, example=1e-5)
    check_number("l2", l2, low=0, example=1e-5)
    if l1 and l2:
        return keras.regularizers.L1L2(l1, l2)
    if l1:
        return keras.regularizers.L1(l1)
    return keras.regularizers.L2(l2) if l2 else None


def make_constraint(
    name: str,
    max_norm: float | None = None,
    smallest_norm: float | None = None,
    largest_norm: float | None = None,
    axis: int | Sequence[int] = 0,
) -> Any:
    """Returns the constraint that the knob `weight_constraint` names, or None for `none`.

    Args:
        name: `none`, `max_norm`, `unit_norm` or `min_max_norm`.
        max_norm: Greatest length of a unit's weights, with `max_norm`; None is 3.
        smallest_norm: Least length, with `min_max_norm`; None is 0.
        largest_norm: Greatest length, with `min_max_norm`; None is 3.
        axis: Axes of the weights that belong to one unit: 0 of a dense layer, `(0, 1, 2)` of a
            convolution of images.

    Raises:
        UsageError: If the name is unknown, or the greatest length lies below the least.

    Example:
        >>> make_constraint("max_norm", max_norm=2.0).max_value
        2.0
        >>> make_constraint("none") is None
        True
    """
    check_choice("weight_constraint", name, CONSTRAINTS)
    axes: Any = axis if isinstance(axis, int) else list(axis)
    if name == "max_norm":
        return keras.constraints.MaxNorm(3.0 if max_norm is None else max_norm, axis=axes)
    if name == "unit_norm":
        return keras.constraints.UnitNorm(axis=axes)
    if name == "min_max_norm":
        least = 0.0 if smallest_norm is None else smallest_norm
        greatest = 3.0 if largest_norm is None else largest_norm
        if greatest < least:
            raise UsageError(
                "The greatest norm must not lie below the least. Expected largest_norm of at least "
                f"{least}. Received: {greatest}. Give knobs whose ranges do not overlap."
            )
        return keras.constraints.MinMaxNorm(least, greatest, axis=axes)
    return None


def activation_layer(name: str, rank: int = 2) -> Any:
    """Returns a new layer that applies a non-linearity by its name.

    Args:
        name: One of `tftune.models.knobs.ACTIVATIONS`, or any other that Keras knows, such as
            `swish`.
        rank: Axes of its input, the batch's included. PReLU trains one slope a unit or filter, and
            shares it over positions and pixels.

    Example:
        >>> activation_layer("prelu", rank=4).shared_axes
        [1, 2]
        >>> type(activation_layer("gelu")).__name__
        'Activation'
    """
    if name == "prelu":
        return keras.layers.PReLU(shared_axes=list(range(1, rank - 1)) or None)
    return keras.layers.Activation(name)
