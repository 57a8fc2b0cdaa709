"""What is understood of a model's predictions, and what is left alone."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tftune.training.predictions import kind_of_model, predictions_of

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(40, 4)).astype("float32")
CLASSES = RANDOM.integers(0, 3, 40)


def network(units: int, activation: str | None, loss: Any, **options: Any) -> Any:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(units, activation)])
    model.compile(loss=loss, run_eagerly=True, **options)
    return model


SOFTMAX = network(3, "softmax", "sparse_categorical_crossentropy")


@pytest.mark.parametrize(
    ("loss", "kind"),
    [
        ("binary_crossentropy", "classification"),
        (keras.losses.CategoricalFocalCrossentropy(), "classification"),
        (keras.losses.sparse_categorical_crossentropy, "classification"),
        (["categorical_crossentropy"], "classification"),
        ("mse", "regression"),
        ("mae", "regression"),
        (keras.losses.Huber(), "regression"),
        ("log_cosh", "regression"),
        ("hinge", None),
        (lambda wanted, told: keras.ops.mean(wanted - told), None),
        (None, None),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_the_loss_tells_what_a_model_predicts(loss: Any, kind: str | None) -> None:
    assert kind_of_model(network(1, None, loss))[0] == kind


def test_predictions_are_those_of_the_model_with_their_labels() -> None:
    found = predictions_of(SOFTMAX, (X, CLASSES))
    np.testing.assert_allclose(found.probabilities, SOFTMAX.predict(X, verbose=0), rtol=1e-6)
    assert found.probabilities.dtype == np.float32 and found.kind == "classification"
    np.testing.assert_array_equal(found.labels, CLASSES)


def test_a_dataset_that_shuffles_keeps_rows_and_labels_together() -> None:
    dataset = tf.data.Dataset.from_tensor_slices((X, CLASSES)).shuffle(40).batch(16)
    found = predictions_of(SOFTMAX, (dataset,))
    plain = predictions_of(SOFTMAX, (X, CLASSES))
    rows = [
        int(np.abs(plain.probabilities - told).sum(axis=1).argmin()) for told in found.probabilities
    ]
    assert sorted(rows) == list(range(40)) and rows != list(range(40))
    np.testing.assert_array_equal(found.labels, CLASSES[rows])


class Batches(keras.utils.PyDataset):
    """Batches of ten rows."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, number: int) -> Any:
        rows = slice(10 * number, 10 * number + 10)
        return X[rows], CLASSES[rows]


def test_a_pydataset_is_read_batch_by_batch() -> None:
    found = predictions_of(SOFTMAX, (Batches(),))
    plain = predictions_of(SOFTMAX, (X, CLASSES))
    np.testing.assert_allclose(found.probabilities, plain.probabilities, rtol=1e-5)
    np.testing.assert_array_equal(found.labels, CLASSES)


def test_logits_become_probabilities() -> None:
    several = network(3, None, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    found = predictions_of(several, (X, CLASSES)).probabilities
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
    one = network(1, None, keras.losses.BinaryCrossentropy(from_logits=True))
    found = predictions_of(one, (X, CLASSES > 1)).probabilities
    assert 0 < found.min() < found.max() < 1


def test_equal_rows_have_an_equal_fingerprint_and_others_another() -> None:
    first = predictions_of(SOFTMAX, (X, CLASSES)).fingerprint
    assert (
        predictions_of(network(3, "softmax", SOFTMAX.loss), (X.copy(), CLASSES)).fingerprint
        == first
    )
    assert predictions_of(SOFTMAX, (X[:39], CLASSES[:39])).fingerprint != first
    assert predictions_of(SOFTMAX, (X, 2 - CLASSES)).fingerprint != first


def test_the_inputs_of_the_surest_mistakes_are_kept_where_they_can_be_shown() -> None:
    images = RANDOM.integers(0, 256, (40, 8, 8, 1)).astype("uint8")
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1), dtype="uint8"),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(3, "softmax"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy")
    found = predictions_of(model, (images, CLASSES))
    assert found.inputs.shape == (16, 8, 8, 1) and len(found.input_rows) == 16
    np.testing.assert_array_equal(found.inputs[0], images[found.input_rows[0]])
    of_dataset = predictions_of(
        model, (tf.data.Dataset.from_tensor_slices((images, CLASSES)).batch(8),)
    )
    np.testing.assert_array_equal(of_dataset.inputs, found.inputs)
    assert predictions_of(SOFTMAX, (X, CLASSES)).inputs is None


def test_what_is_not_understood_is_left_alone() -> None:
    assert predictions_of(SOFTMAX, (X,)) is None  # no labels
    assert predictions_of(SOFTMAX, (X, np.array(["a"] * 40))) is None
    labels = np.tile([1.0, 1.0, 0.0], (40, 1))  # several classes a row
    assert predictions_of(network(3, "sigmoid", "binary_crossentropy"), (X, labels)) is None
    linear = network(1, None, "binary_crossentropy")  # no probabilities
    assert predictions_of(linear, (100 * X, CLASSES > 1)) is None
    assert predictions_of(network(4, None, "mse"), (X, X)) is None  # several numbers a row
    inputs = keras.Input((4,))
    two = keras.Model(inputs, [keras.layers.Dense(1)(inputs), keras.layers.Dense(1)(inputs)])
    two.compile(loss="mse")
    assert predictions_of(two, (X, [CLASSES, CLASSES])) is None
    assert predictions_of(SOFTMAX, (iter([(X, CLASSES)]),)) is None


def test_too_many_rows_are_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tftune.training.predictions.MOST_ROWS", 39)
    assert predictions_of(SOFTMAX, (X, CLASSES)) is None
    endless = tf.data.Dataset.from_tensor_slices((X, CLASSES)).batch(8).repeat()
    assert predictions_of(SOFTMAX, (endless,)) is None


def test_a_model_that_fails_costs_nothing_else() -> None:
    class Broken(keras.Sequential):
        def predict(self, *arguments: Any, **options: Any) -> Any:
            raise RuntimeError("no prediction today")

    model = Broken([keras.Input((4,)), keras.layers.Dense(3, "softmax")])
    model.compile(loss="sparse_categorical_crossentropy")
    assert predictions_of(model, (X, CLASSES)) is None


def test_numbers_are_kept_with_their_targets() -> None:
    found = predictions_of(network(1, None, "mse"), (X, X[:, :1]))
    assert found.kind == "regression" and found.labels.shape == (40,)
