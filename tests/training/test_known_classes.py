"""A config of a run folder runs no code: modules are not imported, functions not called."""

from __future__ import annotations

import sys
from typing import Any

import keras
import numpy as np
import pytest

from tftune.errors import RunFolderError
from tftune.training.checkpoints import Checkpoint, save_checkpoint
from tftune.training.described_model import assets_of, describe_model, load_described
from tftune.training.known_classes import unknown_objects


def node(kind: str, config: Any, module: str | None) -> dict[str, Any]:
    return {"class_name": kind, "config": config, "module": module, "registered_name": None}


FORGED = [
    (node("function", "system", "os"), "the function system"),
    (node("function", "eval", "builtins"), "the function eval"),
    (node("function", "get_file", "keras.utils"), "the function get_file"),
    (node("function", "load_model", "keras.saving"), "the function load_model"),
    (
        node("function", "enable_unsafe_deserialization", "keras.config"),
        "the function enable_unsafe_deserialization",
    ),
    (node("Popen", {"args": "true"}, "subprocess"), "the class Popen"),
    (node("get_file", {}, "keras.src.utils.file_utils"), "the class get_file"),
    (node("Easter", {}, "antigravity"), "the class Easter"),
    ({"class_name": "__lambda__", "config": {"code": "4w=="}}, "a Python lambda"),
]


@pytest.mark.parametrize(("forged", "name"), FORGED, ids=lambda value: str(value)[:20])
def test_what_is_no_part_of_a_model_is_refused_before_keras_sees_it(
    forged: dict[str, Any], name: str
) -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    description = describe_model(model)
    description["config"]["config"]["layers"].append(forged)
    saved = Checkpoint([], [], [np.zeros((2, 1)), np.zeros(1)], {}, {}, description)
    with pytest.raises(RunFolderError, match=f"cannot be made without {name}"):
        load_described(saved)
    assert "antigravity" not in sys.modules


def test_everything_of_keras_is_known() -> None:
    layers = [
        keras.Input((4, 4, 1)),
        keras.layers.Conv2D(2, 2, activation="relu", kernel_regularizer="l2"),
        keras.layers.TimeDistributed(keras.layers.Dense(2, kernel_initializer="he_normal")),
        keras.layers.Lambda(keras.ops.relu),
        keras.layers.Activation(keras.activations.gelu),
    ]
    model = keras.Sequential(layers)
    rate = keras.optimizers.schedules.CosineDecay(0.1, 10)
    model.compile(keras.optimizers.AdamW(rate), keras.losses.Huber(), [keras.metrics.AUC()])
    assert unknown_objects(describe_model(model)["config"], {}) == []
    inputs = keras.Input((2,))
    functional = keras.Model(inputs, keras.ops.exp(inputs) + 1)
    assert unknown_objects(describe_model(functional)["config"], {}) == []


def test_files_of_layers_do_not_leave_their_folder(tmp_path: Any) -> None:
    lookup = keras.layers.StringLookup()
    lookup.adapt(["a", "b"])
    model = keras.Sequential([keras.Input((1,), dtype="string"), lookup])
    assets = assets_of(model)
    assert [name.split("/")[1] for name in assets] == ["vocabulary.txt"]
    number = next(iter(assets)).split("/")[0]
    escaping = {f"{number}/../../escaped": np.zeros(3, np.uint8)}
    saved = Checkpoint([], [], [], {}, escaping, describe_model(model))
    with pytest.raises(RunFolderError, match="names a file outside its folder"):
        load_described(saved)
    assert not (tmp_path.parent / "escaped").exists()


def test_variables_in_another_order_are_put_in_theirs(tmp_path: Any) -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2), keras.layers.Dense(2)])
    description = describe_model(model)
    values = [np.array(variable) for variable in model.variables]
    turned = [2, 3, 0, 1]
    description["variables"] = [description["variables"][index] for index in turned]
    saved = Checkpoint([], [], [values[index] for index in turned], {}, {}, description)
    save_checkpoint(tmp_path / "0000.npz", saved)
    loaded = load_described(saved)
    for variable, value in zip(loaded.variables, values, strict=True):
        np.testing.assert_array_equal(variable, value)
    description["variables"][0] = "other/kernel"
    with pytest.raises(RunFolderError, match="gives other variables than were trained"):
        load_described(saved)
