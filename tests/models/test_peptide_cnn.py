"""The peptide classifier is the chapter's network, at any width and with any knob."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.models.knobs import fixed_values
from tftune.models.peptide_cnn import (
    BASELINE,
    PeptideCNN,
    build_peptide_cnn,
    declare_peptide_knobs,
    minimum_width,
)


def peptides(count: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    x = generator.integers(0, 21, (count, width)).astype(np.uint8)
    return x, (np.arange(count) % 2).astype(np.float32)[:, None]


def test_baseline_has_the_chapters_parameters_layer_by_layer() -> None:
    model = build_peptide_cnn(fixed_values(**BASELINE))
    counts = [layer.count_params() for layer in model.layers if layer.count_params()]
    assert counts == [
        21 * 16,
        16 * 16 * 5 + 16,
        16 * 16 * 3 + 16,
        16 * 16 * 3 + 16,
        160 * 256 + 256,
        256 * 64 + 64,
        64 + 1,
    ]
    assert model.count_params() == 60_929


@pytest.mark.parametrize("changed", [{"dropout": 0.3}, {"l2": 0.01}, {"learning_rate": 0.1}])
def test_dropout_l2_and_learning_rate_add_no_parameters(changed: dict[str, float]) -> None:
    assert build_peptide_cnn(fixed_values(**(BASELINE | changed))).count_params() == 60_929


def test_batch_normalization_replaces_the_bias_of_every_hidden_layer() -> None:
    model = build_peptide_cnn(fixed_values(**(BASELINE | {"batch_normalization": True})))
    hidden = [
        layer
        for layer in model.layers
        if isinstance(layer, keras.layers.Conv1D | keras.layers.Dense)
    ][:-1]
    assert [layer.use_bias for layer in hidden] == [False] * 5
    channels = 16 + 16 + 16 + 256 + 64
    assert (
        model.count_params() == 60_929 + 3 * channels
    )  # bias out; gamma, beta, moving mean and variance in


def test_batch_normalization_stands_between_linear_map_and_non_linearity() -> None:
    model = build_peptide_cnn(fixed_values(**(BASELINE | {"batch_normalization": True})))
    kinds = [type(layer).__name__ for layer in model.layers]
    followers = [
        kinds[i : i + 3] for i, kind in enumerate(kinds[:-1]) if kind in ("Conv1D", "Dense")
    ]
    assert [tail[1:] for tail in followers] == [["BatchNormalization", "Activation"]] * 5


def test_dropout_stands_before_each_dense_and_l2_on_the_two_hidden() -> None:
    model = build_peptide_cnn(
        fixed_values(batch_normalization=False, dropout=0.3, l2=0.01, learning_rate=1e-3)
    )
    kinds = [type(layer).__name__ for layer in model.layers]
    assert [kinds[i - 1] for i, kind in enumerate(kinds) if kind == "Dense"] == ["Dropout"] * 3
    assert {layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)} == {
        0.3
    }
    penalties = [
        layer.kernel_regularizer for layer in model.layers if hasattr(layer, "kernel_regularizer")
    ]
    assert [penalty and float(penalty.l2) for penalty in penalties] == [
        None,
        None,
        None,
        pytest.approx(0.01),
        pytest.approx(0.01),
        None,
    ]


@pytest.mark.parametrize("width", [1, 40, 43, 44, 45, 190, 300])
def test_any_width_leaves_a_position(width: int) -> None:
    model = build_peptide_cnn(fixed_values(**BASELINE), width=width)
    x, _ = peptides(3, width)
    probabilities = model.predict(x, verbose=0)
    assert probabilities.shape == (3, 1)
    assert np.all((probabilities > 0) & (probabilities < 1))


def test_narrow_input_is_the_wide_one_with_padding() -> None:
    narrow = build_peptide_cnn(fixed_values(**BASELINE), width=40)
    wide = build_peptide_cnn(fixed_values(**BASELINE), width=minimum_width(3))
    wide.set_weights(narrow.get_weights())
    x, _ = peptides(5, 40)
    padded = np.pad(x, ((0, 0), (0, minimum_width(3) - 40)))
    np.testing.assert_allclose(
        narrow.predict(x, verbose=0), wide.predict(padded, verbose=0), rtol=1e-6
    )


@pytest.mark.parametrize(("depth", "width"), [(1, 8), (2, 20), (3, 44), (4, 92)])
def test_minimum_width_is_the_first_that_leaves_one_position(depth: int, width: int) -> None:
    assert minimum_width(depth) == width
    hp = fixed_values(**BASELINE, depth=depth, filters=8, units=32)
    model = build_peptide_cnn(hp, width=width, space="full")
    flatten = next(layer for layer in model.layers if isinstance(layer, keras.layers.Flatten))
    assert flatten.output.shape == (None, 8)


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32"])
def test_codes_may_be_of_any_dtype(dtype: str) -> None:
    model = build_peptide_cnn(fixed_values(**BASELINE), width=44)
    x, _ = peptides(4, 44)
    np.testing.assert_array_equal(
        model.predict(x.astype(dtype), verbose=0), model.predict(x, verbose=0)
    )


def test_core_defaults_are_the_full_defaults() -> None:
    core = declare_peptide_knobs(keras_tuner.HyperParameters(), "core")
    assert core == declare_peptide_knobs(keras_tuner.HyperParameters(), "full")


def test_range_of_l2_holds_the_chapters_values() -> None:
    hp = keras_tuner.HyperParameters()
    declare_peptide_knobs(hp)
    (l2,) = (knob for knob in hp.space if knob.name == "l2")
    assert l2.min_value < 0.01 < 0.1 <= l2.max_value


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"width": 0}, "width must be an integer of at least 1. Received: 0"),
        ({"width": 2.5}, "width must be an integer .* Received: 2.5"),
        ({"width": True}, "width must be an integer .* Received: True"),
        ({"space": "wide"}, "space must be one of core, full. Received: 'wide'"),
    ],
)
def test_bad_arguments_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        PeptideCNN(**arguments)
    with pytest.raises(UsageError, match=message):
        build_peptide_cnn(keras_tuner.HyperParameters(), **arguments)


@pytest.mark.slow
def test_learns_a_rule_in_a_few_epochs() -> None:
    keras.utils.set_random_seed(0)
    generator = np.random.default_rng(1)
    x = generator.integers(1, 21, (256, 44)).astype(np.uint8)
    y = (np.sum(x == 9, axis=1) > 2).astype(np.float32)[:, None]
    model = build_peptide_cnn(
        fixed_values(batch_normalization=True, dropout=0.0, l2=0.0, learning_rate=3e-3, depth=1),
        width=44,
    )
    history = model.fit(x, y, epochs=12, batch_size=32, verbose=0).history
    assert history["auc"][-1] > 0.95 > 0.7 > history["auc"][0]
    assert {"loss", "auc", "pr_auc", "accuracy"} <= set(history)


def test_saved_model_loads_in_plain_keras(tmp_path: Path) -> None:
    x, _ = peptides(16, 40)
    model = build_peptide_cnn(
        fixed_values(batch_normalization=True, dropout=0.2, l2=1e-3, learning_rate=1e-3), width=40
    )
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-6)
    assert [layer.name for layer in loaded.layers] == [layer.name for layer in model.layers]
    assert type(loaded.optimizer) is type(model.optimizer)
    assert float(loaded.optimizer.learning_rate) == pytest.approx(1e-3)
