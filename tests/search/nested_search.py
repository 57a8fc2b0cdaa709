"""A nested evaluation of small networks: run as a script by the test that kills it.

Usage: python nested_search.py FOLDER SECONDS_AN_EPOCH
"""

import os
import sys
import time

import keras
import keras_tuner
import numpy as np

import tftune

folder, os.environ["PAUSE"] = sys.argv[1:]


class Pause(keras.callbacks.Callback):
    """Makes an epoch last, so that a kill hits the middle of a search."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        time.sleep(float(os.environ["PAUSE"]))


def build(hp: keras_tuner.HyperParameters) -> keras.Model:
    """Eager, because tracing a graph would take longer than the training."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
    rate = hp.Float("learning_rate", 1e-3, 1.0, sampling="log")
    optimizer = keras.optimizers.Adam(rate)
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"], run_eagerly=True)
    return model


def make_tuner(**place: object) -> tftune.Tuner:
    """Makes the tuner of a fold."""
    return tftune.Tuner(
        build,
        "random",
        objective="val_accuracy",
        max_trials=3,
        workers=0,
        report=False,
        references=False,
        **place,
    )


x = np.random.default_rng(0).normal(size=(90, 4)).astype("float32")
y = (x.sum(axis=1, keepdims=True) > 0).astype("float32")
callbacks = [Pause()]
tftune.nested_evaluation(make_tuner, x, y, 3, directory=folder, epochs=2, callbacks=callbacks)
