"""A search that costs little and has everything: run as a script by the tests that kill it. No main
guard, on purpose.

Usage: python small_search.py SEARCH FOLDER WORKERS [SECONDS_AN_EPOCH]

SEARCH is the name of a method; "hyperband:2" is Hyperband up to two epochs instead of four.
"""

import os
import sys
import time
from pathlib import Path

import keras
import keras_tuner
import numpy as np

import tftune

search, _, longest = sys.argv[1].partition(":")
folder, workers = Path(sys.argv[2]), int(sys.argv[3])
# not an argument of the callback, or a search with another one would not be the same
os.environ["PAUSE"] = sys.argv[4] if len(sys.argv) > 4 else "0"

OPTIONS = {
    "gp": {"initial_points": 3},
    "hyperband": {"max_epochs": int(longest or 4), "factor": 2},
    "bohb": {"max_epochs": 4, "factor": 2},
    "mobster": {"max_epochs": 4, "factor": 2, "initial_points": 3},
    "filled-halving": {"max_epochs": 4, "budget": 16, "initial_points": 3},
    "grid": {"levels": 2},
}
BRACKETS = ("hyperband", "bohb")
OWN_EPOCHS = (*BRACKETS, "mobster", "filled-halving")


class Pause(keras.callbacks.Callback):
    """Makes an epoch last, so that a kill hits the middle of a trial."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        time.sleep(float(os.environ["PAUSE"]))


def build(hp: keras_tuner.HyperParameters) -> keras.Model:
    """Eager, because tracing a graph would take longer than the training."""
    model = keras.Sequential([keras.Input((4,))])
    model.add(keras.layers.Dense(hp.Int("units", 2, 8), activation="relu"))
    model.add(keras.layers.Dropout(hp.Float("dropout", 0.0, 0.5)))
    model.add(keras.layers.Dense(1, activation="sigmoid"))
    optimizer = keras.optimizers.Adam(hp.Float("learning_rate", 1e-3, 1e-1, sampling="log"))
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"], run_eagerly=True)
    return model


generator = np.random.default_rng(0)
x = generator.normal(size=(60, 4)).astype("float32")
y = (x.sum(axis=1, keepdims=True) > 0).astype("float32")

tuner = tftune.Tuner(
    build,
    search,
    objective=keras_tuner.Objective("val_loss", "min"),
    max_trials=None if search in BRACKETS else 7,
    oracle_options=OPTIONS.get(search, {}),
    directory=folder.parent,
    project_name=folder.name,
    workers=workers,
    confirm=int(os.environ.get("CONFIRM", "0")),
)
epochs = None if search in OWN_EPOCHS else 3
tuner.search(
    x[:40],
    y[:40],
    validation_data=(x[40:], y[40:]),
    batch_size=20,
    callbacks=[Pause()],
    epochs=epochs,
)
