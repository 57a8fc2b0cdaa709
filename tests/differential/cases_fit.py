"""Cases whose arguments of `fit` are what is special, callbacks among them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tests.differential import data, hooks, models, own_models
from tests.differential.case import EPOCHS, EXACT, Case
from tests.differential.data import TRAIN, WEIGHTS, X, Y
from tests.differential.models import dense

callbacks = keras.callbacks
usual = dense(
    lambda: keras.optimizers.Adam(0.05),
    "Sequential, rmse as metric",
    metrics=lambda: ["accuracy", own_models.rmse],
    weighted_metrics=lambda: ["mse"],
)
few = dense(steps_per_execution=2, text="Sequential, `steps_per_execution=2`")
VALIDATION = slice(TRAIN, None)
no_validation = data.without_validation(data.arrays)
CLASS_WEIGHT = {0: 0.5, 1: 2.0}


def fit(name: str, make: Any = data.arrays, case: Any = None, **options: Any) -> Case:
    """The usual model with other arguments of `fit`."""
    return Case(name, usual, make, EXACT | options, **(case or {}))


def called(name: str, *own: Any, case: Any = None, **options: Any) -> Case:
    """The usual model with callbacks."""
    return Case(
        name, usual, data.arrays, EXACT | options | {"callbacks": list(own)}, **(case or {})
    )


def files(folder: Path) -> list[Any]:
    """Callbacks that write files."""
    folder.mkdir(parents=True)
    return [
        callbacks.CSVLogger(str(folder / "log.csv")),
        callbacks.ModelCheckpoint(str(folder / "best.keras"), save_best_only=True),
        callbacks.BackupAndRestore(str(folder / "backup")),
    ]


def halved(epoch: int, rate: float) -> float:
    """Half of the last epoch's learning rate."""
    return rate * 0.5


def dataset_of(part: slice, weights: bool = False) -> Any:
    """A Dataset of validation."""
    return data.rows(part=part, weights=WEIGHTS if weights else None).batch(8)


CASES = [
    fit("batch_size that divides nothing", batch_size=7, case={"quick": (0, 1)}),
    fit("batch_size larger than the data", batch_size=100),
    fit("batch_size of Keras", batch_size=None, case={"quick": (0,)}),
    fit("batch_size 1", batch_size=1, epochs=2),
    fit("no validation", no_validation),
    fit("shuffled", shuffle=True, case={"shuffled": True, "quick": (0, 1)}),
    fit("shuffled from a later epoch", shuffle=True, initial_epoch=1, case={"shuffled": True}),
    fit("epochs of NumPy", epochs=np.int64(2)),
    fit("initial_epoch", initial_epoch=1, case={"quick": (0,)}),
    fit("sample_weight", data.weighted(data.arrays), case={"quick": (0,)}),
    fit("sample_weight, also for validation", data.weighted(data.arrays, validation=True)),
    fit(
        "weights for validation alone",
        data.validated_by(
            data.arrays,
            "arrays, weights",
            lambda: (X[VALIDATION], Y[VALIDATION], WEIGHTS[VALIDATION]),
        ),
    ),
    fit("class_weight", class_weight=CLASS_WEIGHT, case={"quick": (0,)}),
    Case(
        "class_weight of three classes",
        models.classifier(),
        data.classes,
        EXACT | {"class_weight": {0: 1.0, 1: 5.0, 2: 0.1}},
    ),
    fit(
        "validation by a list",
        data.validated_by(data.arrays, "a list of arrays", lambda: [X[VALIDATION], Y[VALIDATION]]),
    ),
    fit(
        "arrays, validation a Dataset",
        data.validated_by(data.arrays, "a Dataset", lambda: dataset_of(VALIDATION)),
        case={"quick": (0,)},
    ),
    fit(
        "arrays, validation a Dataset with weights",
        data.validated_by(data.arrays, "a weighted Dataset", lambda: dataset_of(VALIDATION, True)),
    ),
    fit(
        "arrays, validation an endless Dataset",
        data.validated_by(
            data.arrays, "an endless Dataset", lambda: dataset_of(VALIDATION).repeat()
        ),
        validation_steps=2,
        case={"workers": (0,)},
    ),
    fit(
        "arrays, validation a PyDataset",
        data.validated_by(data.arrays, "a PyDataset", lambda: data.Batches(VALIDATION)),
    ),
    fit(
        "arrays, validation a DataFrame",
        data.validated_by(
            data.arrays, "pandas", lambda: (data.frame(X[VALIDATION]), data.frame(Y[VALIDATION]))
        ),
    ),
    fit(
        "arrays, validation tensors",
        data.validated_by(
            data.arrays, "tensors", lambda: (tf.constant(X[VALIDATION]), tf.constant(Y[VALIDATION]))
        ),
    ),
    fit(
        "validation larger than 256 rows",
        data.validated_by(
            data.arrays, "300 rows", lambda: (np.repeat(X, 6, 0)[:300], np.repeat(Y, 6, 0)[:300])
        ),
    ),
    Case(
        "a Dataset, validation arrays",
        usual,
        data.validated_by(data.batched, "arrays", lambda: (X[VALIDATION], Y[VALIDATION])),
        EPOCHS,
    ),
    Case(
        "a Dataset, validation a generator",
        usual,
        data.validated_by(
            data.batched, "a generator", lambda: data.batches(VALIDATION, again=True)
        ),
        EPOCHS | {"validation_steps": 2},
        workers=(0,),
    ),
    fit("validation_split", no_validation, validation_split=0.3, case={"quick": (0,)}),
    fit("validation_split of weighted rows", data.weighted(no_validation), validation_split=0.25),
    Case(
        "validation_split of several inputs",
        models.two_dicts,
        data.without_validation(data.as_dicts),
        EXACT | {"validation_split": 0.25},
    ),
    fit("steps_per_epoch", steps_per_epoch=5),
    fit("steps_per_epoch, fewer than the batches", steps_per_epoch=2, epochs=2),
    Case(
        "steps_per_epoch of a Dataset",
        usual,
        data.batched,
        EPOCHS | {"steps_per_epoch": 2, "epochs": 2},
    ),
    fit("validation_steps", validation_steps=2),
    fit("validation_batch_size", validation_batch_size=3, case={"quick": (0,)}),
    fit("validation_freq", validation_freq=2, epochs=4, case={"objective": "loss", "quick": (0,)}),
    fit("validation_freq, objective of validation", validation_freq=2, epochs=4),
    fit(
        "validation_freq, epochs named",
        validation_freq=[1, 4],
        epochs=4,
        case={"objective": "loss"},
    ),
    called("EarlyStopping", callbacks.EarlyStopping("val_loss", patience=0), epochs=12),
    called(
        "EarlyStopping, best weights",
        callbacks.EarlyStopping("loss", min_delta=0.05, restore_best_weights=True),
        epochs=6,
    ),
    called(
        "ReduceLROnPlateau",
        callbacks.ReduceLROnPlateau("loss", min_delta=0.5, patience=1),
        epochs=5,
    ),
    called("LearningRateScheduler", callbacks.LearningRateScheduler(halved), case={"quick": (0,)}),
    called("every hook is called as often", hooks.Hooks(), case={"quick": (0, 1)}),
    Case(
        "every hook, steps_per_execution of the user",
        few,
        data.arrays,
        EXACT | {"callbacks": [hooks.Hooks()]},
    ),
    Case("every hook, Dataset", usual, data.batched, EPOCHS | {"callbacks": [hooks.Hooks()]}),
    called("the logs of each batch", hooks.BatchLogs()),
    called("a warm-up by batches", hooks.WarmUp(), case={"quick": (0,)}),
    called("a stop in mid-epoch", hooks.StopsAfter(7)),
    called("weights changed before an epoch", hooks.Shrinks()),
    called("learning rate set before an epoch", hooks.Freezes()),
    called("evaluation and prediction in a callback", hooks.Watches(X[:16], Y[:16])),
    called("TerminateOnNaN", callbacks.TerminateOnNaN()),
    Case("a callback without a list", usual, data.arrays, EXACT | {"callbacks": hooks.WarmUp()}),
    Case(
        "callbacks in a tuple",
        usual,
        data.arrays,
        EXACT | {"callbacks": (hooks.Hooks(), hooks.WarmUp())},
    ),
    Case(
        "callbacks that write files", usual, data.arrays, EXACT | {"callbacks": files}, quick=(0,)
    ),
    Case(
        "SwapEMAWeights",
        dense(
            lambda: keras.optimizers.Adam(0.05, use_ema=True, ema_momentum=0.7), "Sequential, EMA"
        ),
        data.arrays,
        EXACT | {"callbacks": [callbacks.SwapEMAWeights(swap_on_epoch=True)]},
    ),
]
