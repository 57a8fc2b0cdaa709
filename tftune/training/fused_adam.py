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
ROUNDING = 2e-5  # of 1 - 0.999, Keras' own default, in 32 bits: 1.3e-5


def fuse_adam(optimizer: Any) -> None:
    """Lets this optimizer update each variable by one operation if it is Adam or AdamW in plain 32
    or 64 bit floats.

    Weight decay, clipping, moving averages and gradient accumulation happen outside the update and
    stay as they are; any other optimizer, a subclass, one whose update the user replaced,
    `amsgrad`, coefficients that are no plain numbers or so near to 1 that 32 bits tell them badly,
    and training on several devices are left to Keras.

    Args:
        optimizer: Of a compiled model; its method `update_step` is replaced on this instance only.
    """
    if type(optimizer) not in (keras.optimizers.Adam, keras.optimizers.AdamW):
        return
    untouched = "update_step" not in vars(optimizer) and not tf.distribute.has_strategy()
    if untouched and not optimizer.amsgrad:
        optimizer.update_step = MethodType(_update_step, optimizer)


def _is_proven(optimizer: Any, variable: Any, gradient: Any) -> bool:
    """Tells whether the operation gives the numbers of Keras; asked while the step is traced, since
    all of it can be changed until then.
    """
    dtype = variable.dtype
    return (
        not optimizer.amsgrad
        and dtype in (tf.float32, tf.float64)
        and not isinstance(variable, tf.distribute.DistributedValues)
        and not tf.distribute.has_strategy()
        and all(_is_told(beta, dtype) for beta in (optimizer.beta_1, optimizer.beta_2))
        and isinstance(optimizer.epsilon, int | float)
        and (_is_small_table(gradient, variable) or isinstance(gradient, tf.Tensor))
    )


def _is_told(beta: Any, dtype: Any) -> bool:
    """Tells whether 1 - beta, in the floats of the variable, is right to `ROUNDING`."""
    if not isinstance(beta, float) or not 0.0 <= beta < 1.0:
        return False
    told = 1.0 - float(dtype.as_numpy_dtype(beta))
    return abs(told - (1.0 - beta)) <= ROUNDING * (1.0 - beta)


def _update_step(optimizer: Any, gradient: Any, variable: Any, learning_rate: Any) -> None:
    dtype, state = variable.dtype, adam_state(optimizer, variable)
    if state is None or not _is_proven(optimizer, variable, gradient):
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
