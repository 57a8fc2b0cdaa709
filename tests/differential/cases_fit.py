"""Cases whose arguments of `fit` are what is special."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from tests.differential import data, models
from tests.differential.case import EPOCHS, EXACT, Case
from tests.differential.data import TRAIN, WEIGHTS, X, Y

usual = models.measured
VALIDATION = slice(TRAIN, None)
no_validation = data.without_validation(data.arrays)
CLASS_WEIGHT = {0: 0.5, 1: 2.0}


def fit(name: str, make: Any = data.arrays, case: Any = None, **options: Any) -> Case:
    """The usual model with other arguments of `fit`."""
    return Case(name, usual, make, EXACT | options, **(case or {}))


def dataset_of(part: slice, weights: bool = False) -> Any:
    """A Dataset of validation."""
    return data.rows(part=part, weights=WEIGHTS if weights else None).batch(8)


CASES = [
    fit("batch_size that divides nothing", batch_size=7, case={"quick": (0, 1)}),
    fit("batch_size larger than the data", batch_size=100),
    fit("batch_size of Keras", batch_size=None),
    fit("batch_size 1", batch_size=1, epochs=2),
    fit("no validation", no_validation),
    fit("shuffled", shuffle=True, case={"quick": (0, 1), "shuffled": True}),
    fit("shuffled from a later epoch", shuffle=True, initial_epoch=1, case={"shuffled": True}),
    fit("epochs of NumPy", epochs=np.int64(2)),
    fit("initial_epoch", initial_epoch=1),
    fit("sample_weight", data.weighted(data.arrays)),
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
    fit("validation_batch_size", validation_batch_size=3),
    fit("validation_freq", validation_freq=2, epochs=4, case={"quick": (0,), "objective": "loss"}),
    fit("validation_freq, objective of validation", validation_freq=2, epochs=4),
    fit(
        "validation_freq, epochs named",
        validation_freq=[1, 4],
        epochs=4,
        case={"objective": "loss"},
    ),
]
