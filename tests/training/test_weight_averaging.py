"""The mean of the last weights, and the running means that belong to it."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from tftune.training.weight_averaging import WeightMean, renew_statistics, take_mean, window


def model() -> keras.Model:
    made = keras.Sequential([keras.Input((2,)), keras.layers.BatchNormalization()])
    made.add(keras.layers.Dense(1))
    return made


def test_it_is_the_mean_of_the_last_epochs_and_of_what_is_trained_only() -> None:
    made, mean = model(), WeightMean(first=3)
    mean.set_model(made)
    for epoch in range(4):
        for variable in made.variables:
            variable.assign(np.full(variable.shape, 2.0**epoch))
        mean.on_epoch_end(epoch)
    values = dict(zip([each.path for each in made.variables], mean.mean(), strict=True))
    assert mean.count == 2
    for path, value in values.items():
        assert (value == (8.0 if "moving" in path else 6.0)).all()  # (4 + 8) / 2


def test_running_means_are_those_of_the_rows() -> None:
    made = model()
    rows = np.random.default_rng(0).normal(3.0, 2.0, size=(10, 2)).astype("float32")
    assert renew_statistics(made, rows, batch_size=10, seed=0) == 1
    norm = made.layers[0]
    assert np.allclose(norm.moving_mean, rows.mean(axis=0), atol=1e-5)
    assert np.allclose(norm.moving_variance, rows.var(axis=0), atol=1e-4)
    assert norm.momentum == 0.99


def test_batches_weigh_by_their_rows() -> None:
    made = model()
    rows = np.arange(20.0, dtype="float32").reshape(10, 2)
    renew_statistics(made, rows, batch_size=4, seed=1)  # of 4, 4 and 2 rows
    assert np.allclose(made.layers[0].moving_mean, rows.mean(axis=0), atol=1e-4)


def test_a_model_without_batch_normalisation_is_left_alone() -> None:
    made = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    before = made.get_weights()
    assert renew_statistics(made, np.ones((4, 2), "float32"), 2, 0) == 0
    assert all((old == new).all() for old, new in zip(before, made.get_weights(), strict=True))


def test_nested_layers_are_found() -> None:
    inner = model()
    outer = keras.Sequential([keras.Input((2,)), inner])
    assert renew_statistics(outer, np.ones((4, 2), "float32"), 4, 0) == 1


def test_taking_it_puts_weights_and_running_means_into_the_model() -> None:
    made, mean = model(), WeightMean(first=1)
    mean.set_model(made)
    mean.on_epoch_end(0)
    made.layers[1].kernel.assign(np.full((2, 1), 9.0))
    rows = np.random.default_rng(0).normal(size=(8, 2)).astype("float32")
    take_mean(made, mean, rows, 8, 0)
    assert not (np.asarray(made.layers[1].kernel) == 9.0).any()
    assert np.allclose(made.layers[0].moving_mean, rows.mean(axis=0), atol=1e-5)


@pytest.mark.parametrize(("epochs", "wanted"), [(1, 0), (2, 2), (3, 3), (40, 10), (400, 20)])
def test_the_window(epochs: int, wanted: int) -> None:
    assert window(epochs) == wanted
