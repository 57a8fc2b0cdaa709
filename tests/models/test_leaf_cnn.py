"""The leaf classifier: its layers, its sizes, its inputs, and that it learns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.models.knobs import fixed_values
from tftune.models.leaf_cnn import (
    BASELINE,
    FILTER_FACTORS,
    LeafCNN,
    augmented,
    build_leaf_cnn,
    declare_leaf_knobs,
)
from tftune.training.plain_form import settings_of

WEIGHTED = keras.layers.Conv2D | keras.layers.Dense


def pictures(count: int, size: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, size, size, 3)).astype(np.uint8)


def weights_of_convolutions(filters: int, depth: int) -> int:
    widths = [3, *(filters * factor for factor in FILTER_FACTORS[:depth])]
    return sum(
        before * after * (25 if block == 0 else 9)
        for block, (before, after) in enumerate(zip(widths, widths[1:], strict=False))
    )


def test_default_has_the_documented_parameters() -> None:
    assert build_leaf_cnn(keras_tuner.HyperParameters()).count_params() == 191_859


@pytest.mark.parametrize("depth", [3, 4, 5])
def test_parameters_with_bias_and_with_batch_normalization(depth: int) -> None:
    channels = 8 * sum(FILTER_FACTORS[:depth])
    head = 8 * FILTER_FACTORS[depth - 1] * 3 + 3
    values = {"filters": 8, "depth": depth, "units": 0}
    plain = build_leaf_cnn(fixed_values(**BASELINE, **values), space="full")
    normalised = build_leaf_cnn(
        fixed_values(**(BASELINE | values | {"batch_normalization": True})), space="full"
    )
    assert plain.count_params() == weights_of_convolutions(8, depth) + channels + head
    assert normalised.count_params() == weights_of_convolutions(8, depth) + 4 * channels + head


@pytest.mark.parametrize("batch_normalization", [True, False])
def test_batch_normalization_stands_before_the_non_linearity_and_replaces_the_bias(
    batch_normalization: bool,
) -> None:
    model = build_leaf_cnn(
        fixed_values(batch_normalization=batch_normalization, units=32), space="full"
    )
    kinds = [type(layer).__name__ for layer in model.layers]
    hidden = [i for i, layer in enumerate(model.layers) if isinstance(layer, WEIGHTED)][:-1]
    behind = ["BatchNormalization", "Activation"] if batch_normalization else ["Activation"]
    assert len(hidden) == 6
    assert [kinds[i + 1 : i + 1 + len(behind)] for i in hidden] == [behind] * 6
    assert {model.layers[i].use_bias for i in hidden} == {not batch_normalization}
    assert model.layers[-1].use_bias


def test_l2_and_dropout_reach_the_layers() -> None:
    model = build_leaf_cnn(fixed_values(l2=0.01, dropout=0.4, units=32), space="full")
    penalties = [layer.kernel_regularizer for layer in model.layers if isinstance(layer, WEIGHTED)]
    assert [penalty and float(penalty.l2) for penalty in penalties] == [pytest.approx(0.01)] * 6 + [
        None
    ]
    assert [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)] == [
        0.4,
        0.4,
    ]


def test_baseline_has_neither_dropout_nor_penalty() -> None:
    model = build_leaf_cnn(fixed_values(**BASELINE))
    assert not [
        layer
        for layer in model.layers
        if isinstance(layer, keras.layers.Dropout | keras.layers.BatchNormalization)
    ]
    assert model.losses == []


@pytest.mark.parametrize(("image_size", "classes"), [(16, 2), (33, 3), (64, 5)])
def test_any_size_and_number_of_classes(image_size: int, classes: int) -> None:
    probabilities = build_leaf_cnn(fixed_values(**BASELINE), image_size, classes).predict(
        pictures(2, image_size), verbose=0
    )
    assert probabilities.shape == (2, classes)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)


def test_core_defaults_are_the_full_defaults() -> None:
    assert declare_leaf_knobs(keras_tuner.HyperParameters(), "core") == declare_leaf_knobs(
        keras_tuner.HyperParameters(), "full"
    )


RECIPE: dict[str, Any] = {
    "architecture": "plain",
    "augmentation": 1.0,
    "filters": 8,
    "depth": 3,
    "optimizer": "adamw",
    "weight_decay": 0.05,
    "loss": "label_smoothing",
    "label_smoothing": 0.2,
}


@pytest.mark.parametrize("space", ["core", "full"])
def test_a_recipe_of_fixed_values_reaches_the_model(space: Any) -> None:
    model = build_leaf_cnn(fixed_values(**RECIPE), 32, space=space)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds[:4] == ["InputLayer", "Rescaling", "Augmentation", "Conv2D"]
    assert "RandomRotation" not in kinds
    assert model.layers[2].value_range == (-1.0, 1.0)
    assert model.optimizer.weight_decay == 0.05
    assert model.loss.get_config()["label_smoothing"] == 0.2
    assert [layer.filters for layer in model.layers if isinstance(layer, keras.layers.Conv2D)] == [
        *(8, 16, 32, 64)
    ]


def test_the_model_is_told_in_a_journal_as_before_there_were_views() -> None:
    assert settings_of(LeafCNN()) == {"image_size": 64, "classes": 3, "space": "core"}
    assert settings_of(LeafCNN(views=8))["views"] == 8
    assert settings_of(LeafCNN(space="full").with_earlier_knobs()) == settings_of(
        LeafCNN(space="full")
    )


def test_the_saved_model_answers_by_the_mean_over_its_views(tmp_path: Path) -> None:
    hypermodel = LeafCNN(16, views=8)
    model = hypermodel.build(fixed_values(**RECIPE))
    x = pictures(3, 16)
    turned = [np.rot90(side, k, (1, 2)) for side in (x, x[:, :, ::-1]) for k in range(4)]
    wanted = np.mean([model.predict(each, verbose=0) for each in turned], axis=0)
    asked = hypermodel.for_prediction(model)
    np.testing.assert_allclose(asked.predict(x, verbose=0), wanted, atol=1e-6)
    hypermodel.for_raw_input(model, ["a", "b", "c"]).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    told = loaded.predict(x.astype("float32"), verbose=0)["probability"]
    np.testing.assert_allclose(told, wanted, atol=1e-5)


def test_pictures_change_in_training_only() -> None:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((16, 16, 3))
    model = keras.Model(inputs, augmented(inputs))
    x = (pictures(4, 16) / 127.5 - 1).astype(np.float32)
    np.testing.assert_array_equal(np.asarray(model(x, training=False)), x)
    changed = np.asarray(model(x, training=True))
    assert np.all(np.abs(changed - x).max(axis=(1, 2, 3)) > 0.01)
    assert changed.min() >= -1.0
    assert changed.max() <= 1.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image_size": 15}, "image_size must be an integer of at least 16. Received: 15"),
        ({"image_size": "64"}, "image_size must be an integer .* Received: '64'"),
        ({"classes": 1}, "classes must be an integer of at least 2. Received: 1"),
        ({"space": "all"}, "space must be one of core, full. Received: 'all'"),
    ],
)
def test_bad_arguments_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        LeafCNN(**arguments)
    with pytest.raises(UsageError, match=message):
        build_leaf_cnn(keras_tuner.HyperParameters(), **arguments)


@pytest.mark.slow
def test_learns_patterns_that_mean_colours_do_not_tell() -> None:
    keras.utils.set_random_seed(0)
    random = np.random.default_rng(0)
    rows, columns = np.indices((32, 32))
    patterns = [
        (rows // 4) % 2,
        (rows + columns) % 2,
        ((rows // 8) + (columns // 8)) % 2,
    ]  # half of the pixels bright in each
    labels = np.arange(192) % 3
    noise = random.normal(0, 20, (192, 32, 32, 3))
    x = np.clip(
        80 + 96 * np.stack([patterns[label] for label in labels])[..., None] + noise, 0, 255
    ).astype(np.uint8)
    model = build_leaf_cnn(fixed_values(depth=3), image_size=32)
    model.fit(x, np.eye(3, dtype=np.float32)[labels], batch_size=32, epochs=6, verbose=0)
    assert np.mean(model.predict(x, verbose=0).argmax(axis=1) == labels) > 0.9


@pytest.mark.slow
def test_saved_model_loads_in_plain_keras(tmp_path: Path) -> None:
    model = build_leaf_cnn(keras_tuner.HyperParameters(), image_size=16)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    x = pictures(4, 16)
    np.testing.assert_allclose(loaded.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-6)
    assert [layer.name for layer in loaded.layers] == [layer.name for layer in model.layers]
    assert type(loaded.optimizer) is type(model.optimizer)
