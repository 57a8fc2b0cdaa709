"""Cases whose model is what is special."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from tests.differential import data, models, own_models
from tests.differential.case import EXACT, Case
from tests.differential.models import classifier, dense, layers
from tests.differential.own_models import model_of, recurrent

RATES = ({"rate": 0.2}, {"rate": 0.7})


def between(text: str, *make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Dense layers with what the functions make of `hp` between them."""
    return dense(text=f"Sequential, {text}", between=lambda hp: [each(hp) for each in make])


def rate_of(hp: Any) -> float:
    """The knob of two trials that may share a graph."""
    return float(hp.Float("rate", 0.1, 0.9, default=0.4))


subclassed = model_of(own_models.Subclassed, "Subclassed, unbuilt")
own_step = model_of(own_models.OwnTrainStep, "Subclassed, own `train_step`")
own_test = model_of(own_models.OwnTestStep, "Subclassed, own `test_step`")
own_loss = model_of(own_models.OwnLoss, "Subclassed, own `compute_loss`", metrics=["mae"])
double = data.of("arrays, float64", x=data.X.astype("float64"), y=data.Y.astype("float64"))
nothing_for_y = data.only(data.arrays, "x")
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
    Case(
        "Sequential", dense(metrics=lambda: ["accuracy", "mae"]), data.arrays, EXACT, quick=(0, 1)
    ),
    Case("Sequential unbuilt", models.unbuilt, data.arrays, EXACT, quick=(0,)),
    Case("classes", classifier(), data.classes, EXACT),
    Case("two inputs and outputs, lists", models.two_lists, data.as_lists, EXACT, quick=(0,)),
    Case("two inputs and outputs, tuples", models.two_lists, data.as_tuples, EXACT),
    Case("two inputs and outputs, dicts", models.two_dicts, data.as_dicts, EXACT, quick=(0, 1)),
    Case("two outputs unnamed", models.two_unnamed, data.as_lists, EXACT),
    Case("two inputs, one output", models.two_in_one_out, data.as_dicts_one_target, EXACT),
    Case(
        "loss weights of two trials",
        models.two_lists,
        data.as_lists,
        EXACT,
        values=({"weight": 0.1}, {"weight": 0.9}),
    ),
    Case("shared layer", models.shared_layer, data.arrays, EXACT),
    Case("frozen layers", models.frozen, data.arrays, EXACT),
    Case("convolutional", models.convolutional, data.images, EXACT, quick=(0,)),
    Case("subclassed", subclassed, data.arrays, EXACT, quick=(0, 1)),
    Case("own train_step", own_step, data.arrays, EXACT, quick=(0,)),
    Case("own train_step, float64 arrays", own_step, double, EXACT, quick=(0,)),
    Case("own test_step", own_test, data.arrays, EXACT),
    Case("own compute_loss", own_loss, data.arrays, EXACT, quick=(0,)),
    Case("a loss added by a layer", own_models.unsupervised, nothing_for_y, EXACT),
    Case(
        "an added loss of two trials",
        between("a layer with `add_loss`", lambda hp: own_models.AddsLoss(rate_of(hp))),
        data.arrays,
        EXACT,
        values=RATES,
    ),
    Case(
        "own layer",
        between("a layer of one's own", lambda hp: own_models.Gate()),
        data.arrays,
        EXACT,
    ),
    Case(
        "own loss, not a mean over rows",
        dense(text="Sequential, rmse as loss", loss=own_models.rmse),
        data.arrays,
        EXACT,
    ),
    Case(
        "LSTM with a mask",
        recurrent(lambda: layers.LSTM(4), "Embedding, masked LSTM"),
        data.tokens,
        EXACT,
        quick=(0,),
    ),
    Case(
        "GRU with a mask",
        recurrent(
            lambda: layers.Bidirectional(layers.GRU(3)), "Embedding, masked bidirectional GRU"
        ),
        data.tokens,
        EXACT,
    ),
    Case(
        "an output for each masked token",
        own_models.tagger,
        data.of("arrays of tokens, a target each", x=data.TOKENS, y=data.TOKENS),
        EXACT,
    ),
    Case("stateful RNN", own_models.stateful, data.steps, EXACT | {"batch_size": 4}, quick=(0,)),
    Case("attention", own_models.attention, data.steps, EXACT),
    Case("StringLookup", models.looked_up, data.words, EXACT, quick=(0, 1)),
    Case("TextVectorization", models.vectorized, data.texts, EXACT),
    Case("mixed_float16 in build, two trials", half, data.arrays, EXACT, values=RATES, quick=(0,)),
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
        quick=(0, 1),
    ),
    Case("mixed_bfloat16 in build", bfloat, data.arrays, EXACT),
    Case(
        "float64 for the process",
        dense(),
        double,
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
    Case(
        "activity regularizer of two trials",
        penalized,
        data.arrays,
        EXACT,
        values=({"penalty": 0.01}, {"penalty": 0.4}),
        quick=(0,),
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
        quick=(1,),
    ),
    Case(
        "SpatialDropout of two trials",
        own_models.spatial_dropout,
        data.steps,
        EXACT,
        values=RATES,
        quick=(0,),
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
        quick=(0,),
    ),
    Case(
        "Lambda of two trials",
        between("Lambda", lambda hp: _scaled(rate_of(hp))),
        data.arrays,
        EXACT,
        values=RATES,
    ),
    Case("vector metric", vector, one_hot, EXACT, quick=(0,)),
    Case("vector metric, weighted", vector_weighted, data.weighted(one_hot, True), EXACT),
    Case("metrics of all kinds", many_metrics, data.arrays, EXACT),
    Case(
        "weighted metrics", weighted_metrics, data.weighted(data.arrays, True), EXACT, quick=(0, 1)
    ),
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


def _scaled(rate: float) -> Any:
    return layers.Lambda(lambda inputs: inputs * tf.cast(rate, inputs.dtype))
