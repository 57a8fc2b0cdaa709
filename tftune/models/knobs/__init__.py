"""Knobs: what may be tuned, one function each; every function declares one hyper-parameter and
returns its value.

A knob is declared once under its own name, so a value fixed beforehand wins: `fixed_values(l2=0.0)`
switches L2 off although its logarithmic range cannot reach 0. A knob that exists beside some values
of another only, as `momentum` beside the optimizers that have one, returns None elsewhere; what
turns the values into Keras' objects (`tftune.models.optimizers`, `parts`, `losses`) takes None for
"leave it as it is".

Example:
    >>> import keras_tuner
    >>> hp = keras_tuner.HyperParameters()
    >>> dropout(hp), learning_rate(hp)
    (0.2, 0.001)
    >>> sorted(hp.values)
    ['dropout', 'learning_rate']
    >>> optimizer(hp, default="sgd"), momentum(hp), beta_1(hp)
    ('sgd', 0.9, None)
"""

from tftune.models.knobs.network import (
    ACTIVATIONS,
    ARCHITECTURES,
    INITIALIZERS,
    activation,
    architecture,
    batch_normalization,
    depth,
    filters,
    initializer,
    layers,
    nodes,
    units,
)
from tftune.models.knobs.optimization import (
    LOSSES,
    batch_size,
    beta_1,
    beta_2,
    epsilon,
    label_smoothing,
    learning_rate,
    loss,
    momentum,
    nesterov,
    optimizer,
    weight_decay,
)
from tftune.models.knobs.regularization import (
    CONSTRAINTS,
    activity_l1,
    activity_l2,
    augmentation,
    dropout,
    input_noise,
    l1,
    l2,
    largest_norm,
    max_norm,
    shift,
    smallest_norm,
    weight_constraint,
)
from tftune.models.knobs.schedules import (
    batch_growth,
    learning_rate_schedule,
    schedule,
    schedule_warmup,
)
from tftune.models.knobs.spaces import SPACES, Space, check_space, fixed_values

__all__ = [
    "ACTIVATIONS",
    "ARCHITECTURES",
    "CONSTRAINTS",
    "INITIALIZERS",
    "LOSSES",
    "SPACES",
    "Space",
    "activation",
    "activity_l1",
    "activity_l2",
    "architecture",
    "augmentation",
    "batch_growth",
    "batch_normalization",
    "batch_size",
    "beta_1",
    "beta_2",
    "check_space",
    "depth",
    "dropout",
    "epsilon",
    "filters",
    "fixed_values",
    "initializer",
    "input_noise",
    "l1",
    "l2",
    "label_smoothing",
    "largest_norm",
    "layers",
    "learning_rate",
    "learning_rate_schedule",
    "loss",
    "max_norm",
    "momentum",
    "nesterov",
    "nodes",
    "optimizer",
    "schedule",
    "schedule_warmup",
    "shift",
    "smallest_norm",
    "units",
    "weight_constraint",
    "weight_decay",
]
