"""Cases whose data are what is special."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse
import tensorflow as tf

from tests.differential import data, models, own_models
from tests.differential.case import EPOCHS, EXACT, Case, told
from tests.differential.data import TRAIN, X, Y, batched, dataset, of, py_dataset
from tests.differential.models import dense
from tests.differential.own_models import model_of

STEPS: dict[str, Any] = {"epochs": 3, "steps_per_epoch": 3}
VALIDATION = slice(TRAIN, None)
usual = dense(text="Sequential, rmse as metric", metrics=lambda: ["accuracy", own_models.rmse])
plain_metrics = dense(metrics=lambda: ["accuracy", "mae"])
# The step that finds the end of data of unknown length has counted already, in Keras 3.15: Adam's
# steps and the mean of a metric that is one number a batch are one too many. These have neither.
uncounted = dense("sgd", "Sequential, SGD", metrics=lambda: ["accuracy", "mae"])
subclassed = model_of(own_models.Subclassed, "Subclassed, unbuilt")


def arrays(name: str, as_x: Any, as_y: Any = None, **options: Any) -> Case:
    """The usual rows in another form."""
    return Case(name, usual, of(name, as_x=as_x, as_y=as_y or as_x), EXACT, **options)


def from_dataset(name: str, make: Any, fit: Any = EPOCHS, **options: Any) -> Case:
    """The usual rows as a Dataset."""
    return Case(name, usual, dataset(f"a Dataset, {name}", make), fit, **options)


def by_name(batches: Any) -> Any:
    """Turns batches of arrays into batches of dicts."""
    return batches.map(lambda x, y: ({"left": x[:, :4], "right": x[:, 4:]}, y))


def dicts() -> dict[str, Any]:
    """Datasets whose elements are dicts"""
    train, validation = data.rows().batch(8), data.rows(part=VALIDATION).batch(8)
    return {"x": by_name(train), "validation_data": by_name(validation)}


def unknown_length() -> dict[str, Any]:
    """a Dataset of unknown length, filtered"""
    kept = data.rows().filter(lambda x, y: x[0] > -1.0).batch(8)
    return {"x": kept, "validation_data": data.rows(part=VALIDATION).batch(8)}


def from_a_generator() -> dict[str, Any]:
    """a Dataset made from a generator"""
    signature = tuple(tf.TensorSpec((None, size), tf.float32) for size in (6, 1))
    made = tf.data.Dataset.from_generator(data.batches, output_signature=signature)
    return {"x": made, "validation_data": (X[VALIDATION], Y[VALIDATION])}


def made_by_functions() -> dict[str, Any]:
    """functions that make Datasets"""
    return {
        "x": lambda: data.rows().batch(8),
        "validation_data": lambda: data.rows(part=VALIDATION).batch(8),
    }


def endless() -> dict[str, Any]:
    """functions that make Datasets without an end"""
    return {
        "x": lambda: data.rows().batch(8).repeat(),
        "validation_data": lambda: data.rows(part=VALIDATION).batch(8).repeat(),
    }


def endless_here() -> dict[str, Any]:
    """Datasets without an end"""
    return {name: make() for name, make in endless().items()}


def generator() -> dict[str, Any]:
    """a generator with an end"""
    return {"x": data.batches(), "validation_data": (X[VALIDATION], Y[VALIDATION])}


def endless_generator() -> dict[str, Any]:
    """generators without an end"""
    return {"x": data.batches(again=True), "validation_data": data.batches(VALIDATION, again=True)}


def made_generators() -> dict[str, Any]:
    """functions that make generators without an end"""
    return {
        "x": lambda: data.batches(again=True),
        "validation_data": lambda: data.batches(VALIDATION, again=True),
    }


def ragged_texts() -> dict[str, Any]:
    """a Dataset of texts"""
    found = data.texts()
    return {
        "x": tf.data.Dataset.from_tensor_slices((found["x"], found["y"])).batch(8),
        "validation_data": tf.data.Dataset.from_tensor_slices(found["validation_data"]).batch(8),
    }


def mixed_kinds() -> dict[str, Any]:
    """lists of an array and a tensor"""
    return {
        "x": [X[:TRAIN, :4], tf.constant(X[:TRAIN, 4:])],
        "y": [Y[:TRAIN], tf.constant(data.CLASSES[:TRAIN])],
        "validation_data": (
            [X[VALIDATION, :4], tf.constant(X[VALIDATION, 4:])],
            [Y[VALIDATION], data.CLASSES[VALIDATION]],
        ),
    }


def lists() -> dict[str, Any]:
    """dicts of lists of numbers"""
    return _tree(lambda array: array.tolist(), data.as_dicts())


integers = of("arrays, int32", x=(3 * X).astype("int32"), y=Y.astype("int64"))
small = of("arrays, uint8", x=np.abs(20 * X).astype("uint8"), y=Y.astype("uint8"))
truth = of("arrays, bool", x=X > 0, y=Y > 0)
halves = of("arrays, float16", x=X.astype("float16"), y=Y.astype("float16"))
flat = told("arrays, targets of one axis", lambda: data.split(X, Y[:, 0]))
tensors = of("tensors", as_x=tf.constant)
weights = dataset("a Dataset with weights", lambda rows: rows.batch(8), weights=data.WEIGHTS)
sparse = of("a SciPy sparse matrix", x=X * (X > 0), as_x=scipy.sparse.csr_matrix)
texts = told("a Dataset of texts", ragged_texts)

CASES = [
    arrays("arrays, float64", lambda array: array.astype("float64")),
    arrays("arrays, Fortran order", np.asfortranarray),
    arrays("arrays, every other row of a larger one", lambda array: np.repeat(array, 2, 0)[::2]),
    arrays("arrays, memory-mapped", data.mapped),
    arrays("arrays, big-endian", lambda array: array.astype(">f4")),
    arrays("lists of numbers", lambda array: array.tolist(), instead=data.arrays),
    Case("lists of numbers, two inputs", models.two_dicts, lists, EXACT, instead=data.as_dicts),
    Case(
        "arrays of strings, NumPy",
        models.looked_up,
        of("arrays of NumPy strings", x=data.WORDS),
        EXACT,
        instead=data.words,
    ),
    Case(
        "arrays of strings, objects",
        models.looked_up,
        of("arrays of str objects", x=data.WORDS.astype(object)),
        EXACT,
        instead=data.words,
    ),
    Case(
        "lists of strings",
        models.looked_up,
        told(
            "lists of strings",
            lambda: _with_x(data.words, lambda x: x.numpy().astype(str).tolist()),
        ),
        EXACT,
        instead=data.words,
    ),
    arrays("DataFrame and Series", data.frame, quick=(1,)),
    arrays("tensors", tf.constant),
    arrays("variables", tf.Variable),
    Case("arrays, int32", plain_metrics, integers, EXACT),
    Case("arrays, uint8", plain_metrics, small, EXACT),
    Case("arrays, bool", plain_metrics, truth, EXACT),
    Case("arrays, float16", usual, halves, EXACT),
    Case("arrays, targets of one axis", usual, flat, EXACT),
    Case("arrays by name", usual, data.arrays, EXACT, keywords=True),
    Case("tensors to an unbuilt model", subclassed, tensors, EXACT),
    Case("an array and a tensor", models.two_lists, mixed_kinds, EXACT),
    Case("sparse matrix", usual, sparse, EXACT),
    Case("Dataset", usual, batched, EPOCHS, quick=(0, 1)),
    Case("Dataset to an unbuilt model", subclassed, batched, EPOCHS),
    Case("Dataset by name", usual, batched, EPOCHS, keywords=True),
    from_dataset("cached", lambda rows: rows.batch(8).cache()),
    from_dataset("dropping the last rows", lambda rows: rows.batch(8, drop_remainder=True)),
    from_dataset("mapped, prefetched", lambda rows: rows.batch(8).map(_shifted).prefetch(2)),
    from_dataset(
        "shuffled once",
        lambda rows: rows.shuffle(64, seed=3, reshuffle_each_iteration=False).batch(8),
    ),
    from_dataset(
        "shuffled each epoch", lambda rows: rows.shuffle(64, seed=3).batch(8), workers=(0,)
    ),
    from_dataset(
        "of batches of changing size", lambda rows: rows.batch(5).concatenate(rows.batch(9))
    ),
    from_dataset("no rounds of its own", lambda rows: rows.batch(8).repeat(3), STEPS),
    Case(
        "Dataset of dicts",
        models.two_in_one_out,
        told("Datasets of dicts", dicts),
        EPOCHS,
        quick=(1,),
    ),
    Case("Dataset with weights", usual, weights, EPOCHS),
    Case("Dataset with class_weight", usual, batched, EPOCHS | {"class_weight": {0: 1.0, 1: 3.0}}),
    Case("Dataset of unknown length", uncounted, unknown_length, EPOCHS),
    Case("Dataset from a generator", uncounted, from_a_generator, EPOCHS, workers=(0,)),
    Case("Dataset of texts", models.vectorized, texts, EPOCHS),
    Case(
        "Dataset of images",
        models.convolutional,
        dataset(
            "a Dataset of images, uint8", lambda rows: rows.batch(8), x=data.IMAGES, y=data.CLASSES
        ),
        EPOCHS,
    ),
    Case("functions that make Datasets", usual, made_by_functions, EPOCHS, quick=(1,)),
    Case("endless Datasets by functions", usual, endless, STEPS | {"validation_steps": 2}),
    Case(
        "endless Datasets",
        usual,
        endless_here,
        STEPS | {"validation_steps": 2},
        workers=(0,),
        quick=(0,),
    ),
    Case(
        "own train_step, Dataset",
        model_of(own_models.OwnTrainStep, "Subclassed, own `train_step`"),
        batched,
        EPOCHS,
        objective="val_seen",
    ),
    Case("PyDataset", usual, py_dataset("PyDatasets"), EPOCHS | {"shuffle": False}, quick=(0,)),
    Case("PyDataset, shuffled", usual, py_dataset("PyDatasets"), EPOCHS),
    Case(
        "PyDataset with weights",
        usual,
        py_dataset("PyDatasets, weights", weights=True),
        EPOCHS | {"shuffle": False},
    ),
    Case(
        "PyDataset that turns",
        usual,
        py_dataset("PyDatasets, other batches each epoch", turning=True),
        EPOCHS | {"shuffle": False},
    ),
    Case("PyDataset, steps", usual, py_dataset("PyDatasets"), STEPS | {"shuffle": False}),
    Case("generator", uncounted, generator, {"epochs": 1}, workers=(0,), quick=(0,)),
    Case(
        "generator, steps", usual, endless_generator, STEPS | {"validation_steps": 2}, workers=(0,)
    ),
    Case("functions that make generators", usual, made_generators, STEPS | {"validation_steps": 2}),
]


def _shifted(x: Any, y: Any) -> Any:
    return x + 1.0, y


def _with_x(make: Any, convert: Any) -> dict[str, Any]:
    found = make()
    x, y = found["validation_data"]
    return found | {"x": convert(found["x"]), "validation_data": (convert(x), y)}


def _tree(convert: Any, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tree(convert, item) for key, item in value.items()}
    return (
        tuple(_tree(convert, item) for item in value)
        if isinstance(value, tuple)
        else convert(value)
    )
