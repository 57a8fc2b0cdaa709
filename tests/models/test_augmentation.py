"""Strong augmentation does what its formula says, in training only, and the same after a resume."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops

from tftune.errors import UsageError
from tftune.models.augmentation import (
    DRAWN,
    Augmentation,
    coloured,
    resampled,
    view_places,
    without_augmentation,
)
from tftune.models.blocks import varied
from tftune.training.checkpoints import assign, variables_of
from tftune.training.executions import Speed
from tftune.training.fitting import speed_up

WHOLE = 7 / 11  # of the number for the section: its side is that of the picture
SQUARE = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)


def seen(picture: np.ndarray, strength: float = 1.0, **numbers: float) -> np.ndarray:
    """The view of a picture for given numbers; the others change nothing."""
    names = ["turn", "mirror", "tip", "section", "aspect", "right", "down"]
    drawn = dict.fromkeys(names, 0.0) | {"mirror": -1.0, "tip": -1.0, "section": WHOLE} | numbers
    places = view_places(
        ops.array([[drawn[name] for name in names]]), strength, *picture.shape[1:3]
    )
    return np.asarray(resampled(ops.convert_to_tensor(picture), places))


def pictures(count: int = 4, size: int = 8) -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, (count, size, size, 3)).astype(np.float32)


def classifier(strength: float = 1.0) -> keras.Model:
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Rescaling(1 / 255)(varied(inputs, strength))
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(2, 3)(x))
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(x))
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    return model


@pytest.mark.parametrize(
    ("numbers", "wanted"),
    [
        ({}, SQUARE),
        ({"mirror": 1.0}, SQUARE[:, :, ::-1]),
        ({"tip": 1.0}, SQUARE[:, ::-1]),
        ({"mirror": 1.0, "tip": 1.0}, SQUARE[:, ::-1, ::-1]),
        ({"turn": 1.0}, SQUARE[:, ::-1, ::-1]),
        ({"turn": 0.5}, np.rot90(SQUARE, 1, (1, 2))),
        ({"turn": -0.5}, np.rot90(SQUARE, -1, (1, 2))),
    ],
)
def test_flips_and_quarter_turns_are_those_of_numpy(
    numbers: dict[str, float], wanted: np.ndarray
) -> None:
    np.testing.assert_allclose(seen(SQUARE, **numbers), wanted, atol=1e-4)


def test_a_shift_brings_in_the_reflection_of_the_edge() -> None:
    row = np.arange(10, dtype=np.float32).reshape(1, 1, 10, 1)
    moved = seen(row, right=1.0)[0, 0, :, 0]  # a tenth of ten pixels
    np.testing.assert_allclose(moved, [1, 2, 3, 4, 5, 6, 7, 8, 9, 9], atol=1e-5)


def test_a_section_is_seen_larger() -> None:
    row = np.arange(10, dtype=np.float32).reshape(1, 1, 10, 1)
    enlarged = seen(row, section=-1.0)[0, 0, :, 0]  # 0.55 of the side
    np.testing.assert_allclose(enlarged, 4.5 + 0.55 * (np.arange(10) - 4.5), atol=1e-5)


def test_the_resampling_is_that_of_keras() -> None:
    drawn = np.random.default_rng(1).uniform(-1, 1, (4, 7)).astype(np.float32)
    places = np.asarray(view_places(ops.convert_to_tensor(drawn), 1.0, 8, 8))
    of_keras = np.concatenate([places, np.zeros((4, 2), np.float32)], axis=1)
    wanted = ops.image.affine_transform(pictures(), of_keras, "bilinear", "reflect")
    ours = resampled(ops.convert_to_tensor(pictures()), ops.convert_to_tensor(places))
    np.testing.assert_allclose(ours, wanted, atol=1e-2)


def test_colours_follow_the_formula_and_are_cut() -> None:
    drawn = np.zeros((1, DRAWN + 3), np.float32)
    drawn[0, 7:] = [0.5, -1.0, 1.0, 0.0, -1.0]  # brightness 1.15, contrast 0.7, gains
    picture = np.array([[[[0.2, 0.4, 0.9], [0.6, 0.8, 0.7]]]], np.float32)
    mean = 0.6
    wanted = 1.15 * (mean + 0.7 * (picture - mean)) * np.array([1.08, 1.0, 0.92])
    changed = coloured(ops.convert_to_tensor(picture), ops.convert_to_tensor(drawn), 1.0, (0, 1))
    np.testing.assert_allclose(changed, wanted, atol=1e-6)
    scaled = coloured(ops.convert_to_tensor(2 * picture - 1), drawn, 1.0, (-1, 1))
    np.testing.assert_allclose(scaled, 2 * wanted - 1, atol=1e-6)
    drawn[0, 7] = 1.0
    bright = coloured(ops.convert_to_tensor(picture / picture), drawn, 1.0, (0.0, 1.0))
    assert float(ops.max(bright)) == 1.0


def test_strength_0_changes_nothing_and_adds_no_layer() -> None:
    np.testing.assert_array_equal(Augmentation(0.0)(pictures(), training=True), pictures())
    inputs = keras.Input((8, 8, 3))
    assert varied(inputs, 0.0) is inputs


def test_predictions_see_the_picture_itself() -> None:
    np.testing.assert_array_equal(Augmentation()(pictures()), pictures())
    model = classifier()
    once, again = (model.predict(pictures(), verbose=0) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    assert np.abs(np.asarray(model(pictures(), training=True)) - once).max() > 1e-3


def test_each_step_and_each_picture_has_a_view_of_its_own() -> None:
    layer = Augmentation(seed=3)
    same = np.repeat(pictures(1), 4, axis=0)
    first, second = (np.asarray(layer(same, training=True)) for _ in range(2))
    views = [*first, *second]
    assert all(np.abs(a - b).max() > 1 for i, a in enumerate(views) for b in views[:i])
    assert first.min() >= 0 and first.max() <= 255
    np.testing.assert_array_equal(Augmentation(seed=3)(same, training=True), first)


def test_weaker_views_are_nearer_to_the_picture() -> None:
    smooth = np.broadcast_to(np.arange(8.0, dtype=np.float32)[:, None] * 30, (16, 8, 8))[..., None]
    away = [
        np.abs(np.asarray(Augmentation(strength, seed=0)(smooth, training=True)) - smooth).mean()
        for strength in (0.05, 0.3, 1.0)
    ]
    assert away[0] < away[1] < away[2]


def trained(epochs: int, model: Any, first: int = 0) -> list[np.ndarray]:
    speed_up(model, seed=0)
    labels = np.arange(8) % 2
    model.fit(pictures(8), labels, batch_size=4, epochs=epochs, initial_epoch=first, verbose=0)
    return variables_of(model)


@pytest.mark.slow
def test_training_goes_on_with_the_views_it_would_have_seen() -> None:
    def fresh() -> keras.Model:
        keras.utils.set_random_seed(0)
        return classifier()

    whole = trained(4, fresh())
    half = trained(2, fresh())
    keras.utils.set_random_seed(99)
    other = classifier()
    assign(other, half, "model")
    for mine, theirs in zip(trained(4, other, first=2), whole, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_an_epoch_may_be_one_execution() -> None:
    assert Speed().is_all_of_keras(classifier())


def test_the_layer_is_part_of_a_saved_model(tmp_path: Path) -> None:
    model = classifier(0.7)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        loaded.predict(pictures(), verbose=0), model.predict(pictures(), verbose=0), rtol=1e-6
    )
    layer = next(layer for layer in loaded.layers if isinstance(layer, Augmentation))
    assert (layer.strength, layer.value_range) == (0.7, (0.0, 255.0))


def test_a_model_without_it_predicts_the_same_with_the_same_weights() -> None:
    model = classifier()
    bare = without_augmentation(model)
    np.testing.assert_array_equal(
        bare.predict(pictures(), verbose=0), model.predict(pictures(), verbose=0)
    )
    assert not any(isinstance(layer, Augmentation) for layer in bare.layers)
    assert bare.layers[-1] is model.layers[-1] and bare.name == model.name
    assert without_augmentation(bare) is bare


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"strength": 1.5}, "strength must be a number of at least 0 and at most 1. Received: 1.5"),
        ({"value_range": (1.0, 0.0)}, "white must be a number above 1. Received: 0.0"),
        ({"value_range": 255}, "the two values of black and of white. Received: 255"),
        (
            {"value_range": (0, 1, 2)},
            r"the two values of black and of white. Received: \(0, 1, 2\)",
        ),
        ({"value_range": ("0", 255)}, "black must be a finite number. Received: '0'"),
        ({"seed": 1.5}, "seed must be an integer from 0 to 2147483647. Received: 1.5"),
    ],
)
def test_bad_arguments_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Augmentation(**arguments)


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(UsageError, match=r"views of pictures.*Received: \(8, 8, 3\). Put"):
        Augmentation()(pictures()[0])
    with pytest.raises(UsageError, match=r"known channels. Received: \(None, 8, 8, None\)"):
        Augmentation()(keras.Input((8, 8, None)))


def test_whole_numbers_are_read_as_floats() -> None:
    whole = np.rint(pictures()).astype("uint8")
    wanted = Augmentation(seed=1)(whole.astype("float32"), training=True)
    seen = Augmentation(seed=1)(whole, training=True)
    np.testing.assert_array_equal(seen, wanted)
    np.testing.assert_array_equal(Augmentation()(whole), whole.astype("float32"))
    inputs = keras.Input((8, 8, 3), dtype="uint8")
    bare = without_augmentation(keras.Model(inputs, keras.layers.Flatten()(Augmentation()(inputs))))
    assert bare.outputs[0].dtype == "float32"


def test_a_sequential_model_may_lose_it_too() -> None:
    layers = [keras.Input((8, 8, 3)), Augmentation(), keras.layers.Flatten()]
    bare = without_augmentation(keras.Sequential(layers))
    assert not any(isinstance(layer, Augmentation) for layer in bare.layers)
    assert bare.output_shape == (None, 192)
