"""Between scikit-learn's classes and what a Keras model takes and gives: targets in, scores out.

A model ends in one sigmoid unit (two classes) or in one softmax unit a class; a loss with
`from_logits=True` leaves the sigmoid or the softmax to us.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.multiclass import type_of_target

from tftune.errors import UsageError

_TOLERANCE = 1e-3  # of a sum of probabilities: half-precision models


def column_of(y: ArrayLike) -> NDArray[Any]:
    """Returns targets as one column, shape (rows,).

    Raises:
        UsageError: If they are not two or more classes.
    """
    column = np.asarray(y)
    column = column.reshape(-1) if column.ndim == 2 and column.shape[1] == 1 else column
    kind = type_of_target(column)
    if kind not in ("binary", "multiclass") or len(np.unique(column)) < 2:
        raise UsageError(
            f"The targets must be two or more classes, shape (rows,). Received: {kind} targets "
            f"of shape {column.shape} with {len(np.unique(column))} different values. For one-hot "
            "targets pass y.argmax(axis=1)."
        )
    return column


def targets_for(model: Any, one_hot: NDArray[Any], inputs: NDArray[Any]) -> NDArray[np.float32]:
    """Returns the targets in the form that the model's output and loss want.

    Args:
        model: Compiled; it is built with the first row if it is not.
        one_hot: Targets, shape (rows, classes).
        inputs: Shape (rows, ...).

    Raises:
        UsageError: If the model has another number of outputs.
    """
    if not model.built:
        model(inputs[:1])
    shape, classes = model.compute_output_shape((None, *inputs.shape[1:])), one_hot.shape[1]
    units = shape[-1] if isinstance(shape, tuple) and len(shape) == 2 else None
    if units == 1 and classes == 2:
        return one_hot[:, 1:].astype(np.float32)
    if units != classes:
        raise UsageError(
            "The model does not fit the targets. Expected output shape (rows, "
            f"{classes}){' or (rows, 1)' if classes == 2 else ''} for "
            f"{classes} classes. Received: {shape}. Change the model's last layer."
        )
    loss = model.loss if isinstance(model.loss, str) else getattr(model.loss, "name", "") or ""
    return (one_hot.argmax(axis=1)[:, None] if "sparse" in loss else one_hot).astype(np.float32)


def scores_of(model: Any, outputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns one column a class; probabilities, if the model's outputs are what they should be.

    Args:
        model: Compiled; its loss says whether the outputs are logits.
        outputs: Shape (rows, classes) or (rows, 1).
    """
    logits = bool(getattr(model.loss, "from_logits", False))
    if outputs.shape[1] == 1:
        positive = 1.0 / (1.0 + np.exp(-outputs)) if logits else outputs
        return np.concatenate([1.0 - positive, positive], axis=1)
    if not logits:
        return outputs
    powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    softmax: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return softmax


def probabilities(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns scores whose rows sum to 1 exactly.

    Raises:
        UsageError: If they are no probabilities.

    Example:
        >>> probabilities(np.array([[0.25, 0.75]]))
        array([[0.25, 0.75]])
    """
    off = np.abs(scores.sum(axis=1) - 1.0) > _TOLERANCE
    if off.any() or scores.min(initial=0.0) < -_TOLERANCE or not np.isfinite(scores).all():
        raise UsageError(
            "The model's outputs are no probabilities. Expected rows from 0 to 1 that sum to 1. "
            f"Received: {scores[off.argmax()].tolist()}. "
            "End the model in one sigmoid unit or in softmax, or compile it with a loss that has "
            "from_logits=True."
        )
    clipped = np.clip(scores, 0.0, 1.0)
    exact: NDArray[np.float64] = clipped / clipped.sum(axis=1, keepdims=True)
    return exact
