"""What cannot fit together is refused before a trial starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tftune.errors import UsageError
from tftune.training.inputs.call import FitCall
from tftune.training.inputs.check import check_call
from tftune.training.model_card import model_card

X, Y = np.zeros((6, 2), "float32"), np.array([0, 1, 2, 0, 1, 2])
WORDS = np.array(["a", "b"] * 3, dtype=object)


def dataset(rows: int = 6) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices((X[:rows], Y[:rows])).batch(2)


class Unsaid(keras.utils.PyDataset):
    """Does not say how long it is."""

    def __getitem__(self, index: int) -> Any:
        return X, Y


class Endless(Unsaid):
    """Never ends."""

    @property
    def num_batches(self) -> None:
        return None

    def __getitem__(self, index: int) -> Any:
        return X, Y


def check(*arguments: Any, card: dict[str, Any] | None = None, **options: Any) -> None:
    check_call(FitCall.of(arguments, options), card)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: check(), "x is missing"),
        (lambda: check(X[:4], Y), "cardinality is ambiguous: x has 4 rows, y has 6"),
        (lambda: check(X, Y[:4]), "cardinality is ambiguous: x has 6 rows, y has 4"),
        (lambda: check([X, X[:3]], Y), r"x\[0\] has 6 rows, x\[1\] has 3"),
        (lambda: check({"a": X, "b": X[:3]}, Y), r"x\['a'\] has 6 rows, x\['b'\] has 3"),
        (lambda: check(X, {"a": Y, "b": Y[:1]}), r"y\['b'\] has 1"),
        (lambda: check(X, Y, sample_weight=Y[:2]), "sample_weight has 2"),
        (lambda: check(X, Y, validation_data=(X, Y[:2])), r"validation_data\[1\] has 2"),
        (lambda: check(X, Y, validation_data=(X, Y, Y[:2])), r"validation_data\[2\] has 2"),
        (lambda: check(X[:0], Y[:0]), "x has no rows"),
        (lambda: check(np.float32(3), Y), "x is a single number"),
        (lambda: check(X, np.array([{}] * 6)), "y is an array of Python objects"),
        (lambda: check(3), "x is no data that Keras can train on: 3"),
        (lambda: check({1, 2}), "x is no data"),
        (lambda: check(dataset(), Y), "When x is a tf.data.Dataset, y should not be passed"),
        (lambda: check(dataset(), sample_weight=Y), "sample_weight should not be passed"),
        (lambda: check(dataset().repeat()), "never ends.*steps_per_epoch"),
        (lambda: check(X, Y, validation_data=dataset().repeat()), "never ends.*validation_steps"),
        (lambda: check(Unsaid()), "does not say how many batches"),
        (lambda: check(Endless()), "PyDataset that never ends.*steps_per_epoch"),
        (lambda: check(dataset(1).batch(3, drop_remainder=True)), "empty tf.data.Dataset"),
        (lambda: check(dataset().unbatch()), r"single rows.*dataset.batch\(32\)"),
        (lambda: check(tf.data.Dataset.from_tensors((X, Y, Y, Y))), "elements of 4 parts"),
        (lambda: check(dataset(), validation_split=0.2), "only supported for arrays and tensors"),
        (lambda: check(X, Y, validation_split=0.99), "leaves no row"),
        (
            lambda: check(X, Y, class_weight={0: 1}, sample_weight=Y),
            "class_weight and sample_weight cannot be used together",
        ),
        (lambda: check((b for b in ()), class_weight={0: 1}), "not supported for Python gener"),
        (lambda: check(X, [Y, Y], class_weight={0: 1}), "only supported for models with one"),
        (lambda: check(X, Y, validation_data=([X, X], Y)), "x has 1 arrays, .* 2"),
        (lambda: check(X, Y, validation_data=(X, WORDS)), "y holds numbers, .* strings"),
        (lambda: check(X, Y, validation_data=(X[:, :, None, None], Y)), "same number of axes"),
    ],
)
def test_what_cannot_fit_together_is_refused(call: Callable[[], None], message: str) -> None:
    with pytest.raises(UsageError, match=f"(?s){message}"):
        call()


def test_what_keras_trains_on_is_let_pass() -> None:
    check(X, Y, validation_data=(X, Y, np.ones(6)), sample_weight=np.ones(6))
    check([X, X], {"a": Y, "b": Y}, validation_split=0.5)
    check(dataset().repeat(), steps_per_epoch=2, validation_data=dataset(), class_weight={0: 1.0})
    check(WORDS, Y)
    check(X)
    check(lambda: dataset(), validation_data=lambda: (X, Y))
    check_call(FitCall.of(("anything",), {"b": 1}, plain=False))


def card_of(
    *shape: int | None, loss: Any = "sparse_categorical_crossentropy", units: int = 3
) -> Any:
    layers = [keras.Input(batch_shape=shape), keras.layers.Dense(units)]
    model = keras.Sequential(layers)
    model.compile("sgd", loss)
    return model_card(model)


def test_arrays_are_compared_with_the_model() -> None:
    card = card_of(None, 2)
    check(X, Y, card=card)
    check(X, Y[:, None].astype(float), card=card)
    with pytest.raises(UsageError, match=r"x has shape \(6, 5\).*takes \(None, 2\)"):
        check(np.zeros((6, 5)), Y, card=card)
    with pytest.raises(UsageError, match="x has 2 arrays, and the model takes 1"):
        check([X, X], Y, card=card)
    with pytest.raises(UsageError, match="class numbers from 1 to 3, and the model has 3 outputs"):
        check(X, Y + 1, card=card)
    with pytest.raises(UsageError, match=r"validation_data\[1\] has class numbers from -1"):
        check(X, Y, validation_data=(X, Y - 1), card=card)
    with pytest.raises(UsageError, match="not whole, such as 0.5"):
        check(X, Y + 0.5, card=card)
    with pytest.raises(UsageError, match="y is one-hot.*categorical_crossentropy"):
        check(X, np.eye(3)[Y], card=card)
    with pytest.raises(UsageError, match="y holds strings, such as 'a'.*Number the classes"):
        check(X, WORDS, card=card)


def test_the_loss_says_what_a_target_is() -> None:
    with pytest.raises(UsageError, match="one column for each of the 3 classes.*to_categorical"):
        check(X, Y, card=card_of(None, 2, loss="categorical_crossentropy"))
    binary = card_of(None, 2, loss=keras.losses.BinaryCrossentropy(), units=1)
    check(X, Y % 2, card=binary)
    check(X, (Y % 2) * (1 + 1e-7), card=binary)  # as scaling leaves it
    with pytest.raises(UsageError, match="values from 0 to 2.*takes targets from 0 to 1"):
        check(X, Y, card=binary)
    ignoring = keras.losses.SparseCategoricalCrossentropy(ignore_class=-1)
    check(X, Y - 1, card=card_of(None, 2, loss=ignoring))
    check(X, Y * 1e9, card=card_of(None, 2, loss="mse", units=1))


def test_a_fixed_batch_is_kept() -> None:
    card = card_of(3, 2)
    check(X, Y, batch_size=3, card=card)
    with pytest.raises(UsageError, match="batches of exactly 3 rows.*batch_size=32 and 6 rows"):
        check(X, Y, card=card)
    with pytest.raises(UsageError, match="batch_size=3 and 5 rows"):
        check(X[:5], Y[:5], batch_size=3, card=card)
