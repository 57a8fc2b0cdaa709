"""The digit classifier: its layers, its knobs, and what its saved model reads."""

from __future__ import annotations

from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.models.digit_mlp import (
    BASELINE,
    DEFAULTS,
    DigitMLP,
    build_digit_mlp,
    declare_digit_knobs,
    digit_network,
)
from tftune.models.knobs import fixed_values

DENSE = keras.layers.Dense


def dense_layers(model: Any) -> list[Any]:
    return [layer for layer in model.layers if isinstance(layer, DENSE)]


def test_parameters_are_those_of_layers_times_nodes() -> None:
    assert build_digit_mlp(fixed_values(**BASELINE)).count_params() == 669_706
    model = digit_network({"layers": 3, "nodes": 16}, 8, 8)
    assert model.count_params() == 65 * 16 + 2 * 17 * 16 + 17 * 10
    normalised = digit_network({"layers": 1, "nodes": 16, "batch_normalization": True}, 8, 8)
    assert normalised.count_params() == 64 * 16 + 4 * 16 + 17 * 10


def test_inner_layers_may_differ_as_in_the_code_of_the_article() -> None:
    model = digit_network({"layers": 3, "nodes": 16, "inner_nodes": 20}, 8, 8)
    assert [layer.units for layer in dense_layers(model)] == [16, 20, 20, 10]


def test_pixels_are_scaled_to_one() -> None:
    model = digit_network({"layers": 1, "nodes": 4}, 4, 4)
    scaled = keras.Model(model.inputs[0], model.layers[1].output)
    assert float(np.max(scaled(np.full((1, 4, 4, 1), 255, "uint8")))) == pytest.approx(1.0)


def test_the_core_space_has_the_four_main_knobs() -> None:
    hp = keras_tuner.HyperParameters()
    values = declare_digit_knobs(hp)
    assert set(hp.values) == set(BASELINE)
    assert set(values) == set(BASELINE) | set(DEFAULTS)


def test_the_full_space_declares_every_knob_and_builds() -> None:
    hp = keras_tuner.HyperParameters()
    values = declare_digit_knobs(hp, "full")
    declared = {knob.name for knob in hp.space}
    assert declared >= (set(BASELINE) | set(DEFAULTS)) - {"inner_nodes", "ema_momentum"}
    assert "schedule" in declared
    assert values["momentum"] is None and values["beta_1"] == 0.9  # beside Adam
    model = build_digit_mlp(hp, 8, 8, space="full")
    assert isinstance(model.optimizer, keras.optimizers.Adam)


def test_every_knob_reaches_the_network() -> None:
    model = digit_network(
        {
            "layers": 1,
            "nodes": 4,
            "activation": "tanh",
            "initializer": "orthogonal",
            "optimizer": "sgd",
            "momentum": 0.5,
            "nesterov": False,
            "dropout": 0.25,
            "l1": 0.1,
            "l2": 0.2,
            "activity_l2": 0.3,
            "input_noise": 0.4,
            "shift": 0.1,
            "weight_constraint": "max_norm",
            "max_norm": 2.0,
            "loss": "label_smoothing",
            "label_smoothing": 0.2,
        },
        8,
        8,
    )
    hidden = dense_layers(model)[0]
    assert (float(hidden.kernel_regularizer.l1), float(hidden.kernel_regularizer.l2)) == (
        pytest.approx(0.1),
        pytest.approx(0.2),
    )
    assert float(hidden.activity_regularizer.l2) == pytest.approx(0.3)
    assert hidden.kernel_constraint.max_value == 2.0
    assert type(hidden.kernel_initializer).__name__ == "Orthogonal"
    assert (model.optimizer.momentum, model.optimizer.nesterov) == (0.5, False)
    rates = {type(each).__name__: each for each in model.layers}
    assert rates["Dropout"].rate == 0.25 and rates["GaussianNoise"].stddev == 0.4
    assert rates["RandomTranslation"].height_factor == 0.1
    assert rates["Activation"].activation is keras.activations.tanh
    assert model.loss.label_smoothing == 0.2


def test_impossible_arguments_are_refused() -> None:
    with pytest.raises(UsageError, match="channels must be one of 1, 3. Received: '2'"):
        DigitMLP(channels=2)
    with pytest.raises(UsageError, match="classes must be an integer of at least 2"):
        DigitMLP(classes=1)
    with pytest.raises(UsageError, match="space must be one of core, full"):
        DigitMLP(space="half")  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=[1, 3], ids=["grey", "colour"])
def pair(request: Any) -> tuple[Any, Any]:
    """A model of 8 x 6 pixels and the one that is saved."""
    hypermodel = DigitMLP(8, 6, request.param, 4)
    model = hypermodel.build(fixed_values(**BASELINE))
    return model, hypermodel.for_raw_input(model, ["a", "b", "c", "d"])


def test_the_saved_model_answers_pictures_of_any_size_and_depth(pair: Any) -> None:
    model, raw = pair
    random = np.random.default_rng(0)
    x = random.integers(0, 256, (3, *model.input_shape[1:])).astype("uint8")
    answer = raw.predict(x, verbose=0)
    np.testing.assert_allclose(answer["probability"], model.predict(x, verbose=0), atol=1e-6)
    assert all(name in {b"a", b"b", b"c", b"d"} for name in answer["top_class"])
    for shape in ((20, 31, 1), (8, 6, 2), (5, 40, 3), (16, 12, 4)):
        large = random.integers(0, 256, (2, *shape))
        assert raw.predict(large, verbose=0)["probability"].shape == (2, 4)
    floats = raw.predict(x / 255.0, verbose=0)["probability"]
    np.testing.assert_allclose(floats, answer["probability"], atol=1e-6)
    assert raw.predict(x.astype(float) * 1e6 - 1, verbose=0)["top_class"].tolist() == [b""] * 3


def test_colours_become_grey_as_the_decoder_has_it() -> None:
    from tftune.datasets.images import of_channels

    hypermodel = DigitMLP(8, 8, 1, 3)
    model = hypermodel.build(fixed_values(**BASELINE))
    raw = hypermodel.for_raw_input(model)
    x = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3)).astype("uint8")
    wanted = model.predict(of_channels(x, 1), verbose=0)
    found = raw.predict(x, verbose=0)["probability"]
    np.testing.assert_allclose(found, wanted, atol=2e-3)  # a level may be rounded otherwise
