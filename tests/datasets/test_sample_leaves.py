"""Drawn leaves: quick, repeatable, told apart by shape and not by colour."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from tftune.datasets.bean_leaves import load
from tftune.datasets.sample_leaves import SIZES, draw, draw_splits


@pytest.fixture(scope="module")
def splits() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    return draw_splits(64, 0)


def color_statistics(x: np.ndarray) -> np.ndarray:
    """Mean and standard deviation of each channel, shape (n, 6)."""
    return np.concatenate([x.mean(axis=(1, 2)), x.std(axis=(1, 2))], axis=1)


def test_shapes_and_balance(splits: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
    for split, (x, y) in splits.items():
        assert (x.shape, x.dtype) == ((SIZES[split], 64, 64, 3), np.uint8)
        assert (y.dtype, y.sum(axis=0).tolist()) == (np.float32, [SIZES[split] / 3] * 3)
        assert len(np.unique(x.reshape(len(x), -1), axis=0)) == len(x)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.quick("0")
def test_color_statistics_do_not_tell_the_classes(seed: int) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    splits = draw_splits(64, seed)
    train, test = (
        (color_statistics(x), y.argmax(axis=1)) for x, y in (splits["train"], splits["test"])
    )
    model = make_pipeline(StandardScaler(), LogisticRegression(C=100.0, max_iter=2000)).fit(*train)
    assert model.score(*test) < 0.5  # the issue asks for 0.6; a guess has 0.33


def test_rust_is_red_dots_and_spots_are_dark_fields(
    splits: dict[str, tuple[np.ndarray, np.ndarray]],
) -> None:
    x, y = splits["train"]
    pixels, labels = x.astype(float), y.argmax(axis=1)
    reddish = ((pixels[..., 0] > 1.5 * pixels[..., 1]) & (pixels[..., 0] > 120))[
        :, 16:48, 16:48
    ].mean(axis=(1, 2))
    assert np.median(reddish[labels == 1]) > 3 * max(
        np.median(reddish[labels == 0]), np.median(reddish[labels == 2]), 0.005
    )
    brown = (pixels[..., 0] > pixels[..., 1])[:, 16:48, 16:48].mean(axis=(1, 2))
    assert np.median(brown[labels == 0]) > 2 * np.median(brown[labels == 2])


def test_leaves_are_a_function_of_the_seed() -> None:
    labels = np.arange(6) % 3
    first, again, other = (draw(labels, 32, np.random.default_rng(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.9


def test_the_class_changes_the_leaf_and_nothing_else_of_the_scene() -> None:
    healthy, ill = (
        draw(np.full(4, label), 48, np.random.default_rng(3)).astype(int) for label in (2, 1)
    )
    corners = np.abs(healthy - ill)[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert np.median(corners) <= 12  # the camera's exposure follows the whole picture
    assert np.abs(healthy - ill).max() > 60


@pytest.mark.parametrize("size", [16, 37, 128])
def test_every_size_can_be_drawn(size: int) -> None:
    drawn = draw(np.arange(3), size, np.random.default_rng(0))
    assert drawn.shape == (3, size, size, 3)
    assert drawn.std() > 20


@pytest.mark.slow
def test_the_loader_draws_in_under_five_seconds_and_keeps_it(tmp_path: Path) -> None:
    started = time.process_time()  # of this process: other work on the machine does not count
    first = load("sample", seed=5, cache=tmp_path)
    assert time.process_time() - started < 5
    started = time.process_time()  # of this process: other work on the machine does not count
    assert load("sample", seed=5, cache=tmp_path) == first
    assert time.process_time() - started < 0.3
    assert first.source == "sample"
    assert first.facts == {"image_size": 64, "leak_rate": 0.0, "validation_leak_rate": 0.0}
    assert load("sample", seed=6, cache=tmp_path).fingerprint != first.fingerprint


@pytest.mark.slow
def test_a_cnn_tells_them_apart(splits: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Rescaling(1 / 255)])
    for filters in (16, 32, 64):
        model.add(keras.layers.Conv2D(filters, 3, padding="same", use_bias=False))
        model.add(keras.layers.BatchNormalization(momentum=0.9))
        model.add(keras.layers.ReLU())
        model.add(keras.layers.MaxPooling2D())
    model.add(keras.layers.GlobalMaxPooling2D())
    model.add(keras.layers.Dense(3, activation="softmax"))
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    best = keras.callbacks.EarlyStopping(
        "val_accuracy", mode="max", patience=10, restore_best_weights=True
    )
    model.fit(
        *splits["train"],
        validation_data=splits["validation"],
        epochs=8,
        callbacks=[best],
        verbose=0,
    )
    assert model.evaluate(*splits["test"], verbose=0, return_dict=True)["accuracy"] > 0.9
