"""Adam's update of a variable as one operation instead of a dozen: a tenth of the training step of
a small network.

Keras writes the update out in single operations, and TensorFlow spends as long on starting them as
on their arithmetic. The gradient of an embedding is a list of rows, which Keras sums up twice a
step, one row after the other; with few rows in the table a matrix product does it in half the time.
The numbers are those of Keras, but for the order in which floats are added, and for 1 - 0.999,
which the operation computes in the floats of the variable: in 32 bits it is 0.001 to five digits.

Kingma, D. P. & Ba, J. "Adam: A Method for Stochastic Optimization", ICLR 2015.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

import keras
import tensorflow as tf

from tftune.training.keras_internals import adam_state

# of a table whose gradient is summed by a matrix product; with 64 rows that takes as long as adding
# row by row
MOST_ROWS = 48


def fuse_adam(optimizer: Any) -> None:
    """Lets this optimizer update each variable by one operation if it is Adam or AdamW in plain 32
    or 64 bit floats.

    Weight decay, clipping, moving averages and gradient accumulation happen outside the update and
    stay as they are; any other optimizer, a subclass, `amsgrad` and training on several devices are
    left to Keras.

    Args:
        optimizer: Of a compiled model; its method `update_step` is replaced on this instance only.
    """
    plain = type(optimizer) in (keras.optimizers.Adam, keras.optimizers.AdamW)
    if plain and not optimizer.amsgrad and not tf.distribute.has_strategy():
        optimizer.update_step = MethodType(_update_step, optimizer)


def _update_step(optimizer: Any, gradient: Any, variable: Any, learning_rate: Any) -> None:
    dtype, state = variable.dtype, adam_state(optimizer, variable)
    if (
        state is None
        or dtype not in (tf.float32, tf.float64)
        or not (_is_small_table(gradient, variable) or isinstance(gradient, tf.Tensor))
    ):
        type(optimizer).update_step(optimizer, gradient, variable, learning_rate)
        return
    momentum, velocity = (part.value for part in state)
    beta_1, beta_2, epsilon = optimizer.beta_1, optimizer.beta_2, optimizer.epsilon
    step, rate = tf.cast(optimizer.iterations + 1, dtype), tf.cast(learning_rate, dtype)
    if isinstance(gradient, tf.IndexedSlices):
        total, total_of_squares = _sums(gradient, variable.shape[0])
        momentum.assign_add((total - momentum) * (1 - beta_1))
        velocity.assign_add((total_of_squares - velocity) * (1 - beta_2))
        rate *= tf.sqrt(1 - tf.pow(beta_2, step)) / (1 - tf.pow(beta_1, step))
        variable.assign_sub(rate * momentum / (tf.sqrt(velocity) + epsilon))
        return
    tf.raw_ops.ResourceApplyAdam(
        var=variable.handle,
        m=momentum.handle,
        v=velocity.handle,
        beta1_power=tf.pow(tf.constant(beta_1, dtype), step),
        beta2_power=tf.pow(tf.constant(beta_2, dtype), step),
        lr=rate,
        beta1=tf.constant(beta_1, dtype),
        beta2=tf.constant(beta_2, dtype),
        epsilon=tf.constant(epsilon, dtype),
        grad=tf.cast(gradient, dtype),
    )


def _is_small_table(gradient: Any, variable: Any) -> bool:
    """Tells where a matrix product is quicker; a GPU may round its factors, and is left out."""
    sparse = isinstance(gradient, tf.IndexedSlices)
    return (
        sparse
        and variable.shape.rank == 2
        and variable.shape[0] <= MOST_ROWS
        and "GPU" not in variable.device
    )


def _sums(gradient: Any, rows: int) -> tuple[Any, Any]:
    """Returns for each row of the table the sum of its gradients and that of their squares: Keras
    squares before it sums.
    """
    # (rows, rows looked up)
    chosen = tf.one_hot(gradient.indices, rows, axis=0, dtype=gradient.dtype)
    return tf.matmul(chosen, gradient.values), tf.matmul(chosen, tf.square(gradient.values))
