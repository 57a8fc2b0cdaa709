"""Cases whose precision, metrics or way of execution is what is special."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from tests.differential import data, models, own_models
from tests.differential.case import EXACT, Case
from tests.differential.models import RATES, dense, layers, rate_of

bfloat = dense(text="Sequential, mixed_bfloat16 in `build`", policy="mixed_bfloat16")
half = dense(
    lambda: keras.optimizers.Adam(0.02),
    "Sequential, mixed_float16 in `build`",
    between=lambda hp: [layers.Dropout(rate_of(hp))],
    policy="mixed_float16",
)
scaled = dense(
    lambda: keras.optimizers.LossScaleOptimizer(
        keras.optimizers.SGD(0.1), initial_scale=2.0**12, dynamic_growth_steps=4
    ),
    "Sequential, LossScaleOptimizer",
)
one_hot = data.of("arrays, one-hot targets", y=keras.utils.to_categorical(data.CLASSES, 3))


def f1(text: str, **compiling: Any) -> Callable[[Any], Any]:
    """A classifier of one-hot targets."""
    loss = "categorical_crossentropy"
    return dense(text=text, loss=loss, outputs=3, activation="softmax", **compiling)


vector = f1("Sequential, F1Score a class", metrics=lambda: [keras.metrics.F1Score(), "accuracy"])
vector_weighted = f1(
    "Sequential, weighted F1Score a class", weighted_metrics=lambda: [keras.metrics.F1Score()]
)
many_metrics = dense(
    text="Sequential, AUC, Precision, a metric of one's own",
    metrics=lambda: [
        keras.metrics.AUC(num_thresholds=20),
        keras.metrics.Precision(),
        own_models.Share(),
        own_models.rmse,
    ],
)
weighted_metrics = dense(
    text="Sequential, metrics with and without weights",
    metrics=lambda: ["mae"],
    weighted_metrics=lambda: ["mse", own_models.Share()],
)


def policy(name: str) -> Callable[[], None]:
    """Sets Keras' dtype policy."""
    return lambda: keras.config.set_dtype_policy(name)


CASES = [
    Case("mixed_float16 in build, two trials", half, data.arrays, EXACT, values=RATES, quick=()),
    Case(
        "mixed_float16 for the process",
        dense(),
        data.arrays,
        EXACT,
        process=policy("mixed_float16"),
    ),
    Case(
        "mixed_bfloat16 for the process",
        dense(),
        data.arrays,
        EXACT,
        process=policy("mixed_bfloat16"),
        quick=(1,),
    ),
    Case("mixed_bfloat16 in build", bfloat, data.arrays, EXACT),
    Case(
        "float64 for the process",
        dense(),
        data.double,
        EXACT,
        process=lambda: keras.config.set_floatx("float64"),
    ),
    Case(
        "channels first for the process",
        models.pooled,
        data.of("arrays of images, channels first", x=data.IMAGES, y=data.CLASSES),
        EXACT,
        process=lambda: keras.config.set_image_data_format("channels_first"),
    ),
    Case("loss scaling", scaled, data.arrays, EXACT),
    Case("vector metric", vector, one_hot, EXACT, quick=(0,)),
    Case("vector metric, weighted", vector_weighted, data.weighted(one_hot, True), EXACT),
    Case("metrics of all kinds", many_metrics, data.arrays, EXACT),
    Case("weighted metrics", weighted_metrics, data.weighted(data.arrays, True), EXACT, quick=(1,)),
    Case("weighted metrics without weights", weighted_metrics, data.arrays, EXACT),
    Case("weights with two outputs", models.two_weighted, data.weighted(data.as_lists), EXACT),
    Case(
        "steps_per_execution of the user",
        dense(steps_per_execution=3, text="Sequential, `steps_per_execution=3`"),
        data.arrays,
        EXACT,
    ),
    Case(
        "run_eagerly", dense(run_eagerly=True, text="Sequential, `run_eagerly`"), data.arrays, EXACT
    ),
    Case(
        "no jit_compile",
        dense(jit_compile=False, text="Sequential, `jit_compile=False`"),
        data.arrays,
        EXACT,
    ),
    Case(
        "jit_compile",
        dense(jit_compile=True, text="Sequential, `jit_compile=True`"),
        data.arrays,
        EXACT,
    ),
]
