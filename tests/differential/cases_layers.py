"""Cases whose layers are what is special; two trials, other in one value, may share a graph."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from tests.differential import data, models, own_models
from tests.differential.case import EXACT, Case
from tests.differential.models import RATES, between, layers, rate_of

penalized = between(
    "L2 of the activities by a knob",
    lambda hp: layers.Dense(
        4, "relu", activity_regularizer=keras.regularizers.L2(hp.Float("penalty", 1e-3, 0.5))
    ),
)
constrained = between(
    "weight constraints",
    lambda hp: layers.Dense(4, "relu", kernel_constraint=keras.constraints.MaxNorm(0.5)),
    lambda hp: layers.Dense(4, kernel_constraint="unit_norm", bias_constraint="non_neg"),
)
regularized = between(
    "L1, L2 by a knob",
    lambda hp: layers.Dense(4, kernel_regularizer=keras.regularizers.L2(hp.Float("l2", 1e-4, 0.1))),
    lambda hp: layers.Dense(4, kernel_regularizer="l1", bias_regularizer="l2"),
)


def _scaled(rate: float) -> Any:
    return layers.Lambda(lambda inputs: inputs * tf.cast(rate, inputs.dtype))


CASES = [
    Case(
        "activity regularizer of two trials",
        penalized,
        data.arrays,
        EXACT,
        values=({"penalty": 0.01}, {"penalty": 0.4}),
        quick=(),
    ),
    Case(
        "weight regularizers of two trials",
        regularized,
        data.arrays,
        EXACT,
        values=({"l2": 0.001}, {"l2": 0.09}),
    ),
    Case("weight constraints", constrained, data.arrays, EXACT),
    Case(
        "Dropout of two trials",
        between("Dropout", lambda hp: layers.Dropout(rate_of(hp))),
        data.arrays,
        EXACT,
        values=RATES,
    ),
    Case(
        "SpatialDropout of two trials",
        own_models.spatial_dropout,
        data.steps,
        EXACT,
        values=RATES,
        quick=(),
    ),
    Case(
        "noise of two trials",
        between(
            "GaussianNoise, GaussianDropout",
            lambda hp: layers.GaussianNoise(rate_of(hp)),
            lambda hp: layers.GaussianDropout(rate_of(hp)),
        ),
        data.arrays,
        EXACT,
        values=RATES,
    ),
    Case(
        "AlphaDropout of two trials",
        between("AlphaDropout", lambda hp: layers.AlphaDropout(rate_of(hp))),
        data.arrays,
        EXACT,
        values=RATES,
    ),
    Case(
        "BatchNormalization of two trials",
        between("BatchNormalization", lambda hp: layers.BatchNormalization(momentum=rate_of(hp))),
        data.arrays,
        EXACT,
        values=RATES,
    ),
    Case(
        "Normalization adapted by each trial",
        models.adapted,
        data.arrays,
        EXACT,
        values=({"scale": 0.2}, {"scale": 5.0}),
        quick=(),
    ),
    Case(
        "Lambda of two trials",
        between("Lambda", lambda hp: _scaled(rate_of(hp))),
        data.arrays,
        EXACT,
        values=RATES,
    ),
]
