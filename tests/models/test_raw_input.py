"""What is saved as best_model.keras: raw input, names, and nothing of tftune's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tftune import Tuner
from tftune.errors import UsageError
from tftune.models.hypermodel import AbstractTunableModel
from tftune.models.knobs import fixed_values
from tftune.models.leaf_cnn import LeafCNN
from tftune.models.peptide_cnn import PeptideCNN
from tftune.models.raw_input import for_prediction, for_raw_input
from tftune.training.evaluate import save_model

# what a stranger does, where there is no tftune
STRANGER = """
import sys
import keras, numpy as np, tensorflow as tf
sys.modules["tftune"] = None
leaf, peptide = (keras.models.load_model(f"{name}.keras") for name in ("leaf", "peptide"))
image = np.arange(30 * 20 * 3, dtype="uint16").reshape(1, 30, 20, 3) % 256
print(leaf.predict(image, verbose=0)["top_class"][0] in (b"a", b"b", b"c"))
print(peptide.predict(np.array(["GLFD", "GLX"], dtype=object), verbose=0)["top_class"][1] == b"")
print(peptide.evaluate(tf.constant(["GLFD"]), np.array([[1.0]]), verbose=0) is not None)
"""


class Own:
    """A hypermodel with a hook of its own."""

    def __init__(self, answer: Any = None) -> None:
        self.answer = answer

    def for_raw_input(self, model: Any, class_names: Any) -> Any:
        self.heard = class_names
        return self.answer


@pytest.mark.slow
def test_the_files_open_where_there_is_no_tftune(tmp_path: Path) -> None:
    values = fixed_values(dropout=0.2, learning_rate=1e-3)
    leaves, peptides = LeafCNN(16), PeptideCNN(20)
    save_model(leaves.for_raw_input(leaves.build(values), ["a", "b", "c"]), tmp_path / "leaf.keras")
    model = peptides.for_raw_input(peptides.build(values), ["no", "yes"])
    save_model(model, tmp_path / "peptide.keras")
    answer = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", STRANGER],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert answer.stdout.split() == ["True"] * 3, answer.stderr[-2000:]


def test_a_model_without_the_hook_is_saved_as_it_is() -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    assert for_raw_input(object(), model, ["a", "b"]) is model
    assert AbstractTunableModel.for_raw_input(None, model) is model  # type: ignore[arg-type]


def test_a_hook_of_ones_own_gets_the_names() -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    own = Own(model)
    assert for_raw_input(own, model, ("a", "b")) is model
    assert own.heard == ["a", "b"]


def test_a_hook_that_returns_no_model_is_told() -> None:
    with pytest.raises(UsageError, match="for_raw_input.. must return a Keras model. Received: 3"):
        for_raw_input(Own(3), None, None)  # type: ignore[arg-type]


def test_what_answers_after_the_search_is_the_hypermodels_word() -> None:
    class Doubled:
        def for_prediction(self, model: Any) -> Any:
            return model and keras.Model(model.inputs[0], 2 * model.outputs[0])

    inputs = keras.Input((1,))
    model = keras.Model(inputs, keras.layers.Identity()(inputs))
    assert for_prediction(object(), model) is model
    assert float(for_prediction(Doubled(), model)(np.ones((1, 1)))[0, 0]) == 2.0
    with pytest.raises(UsageError, match="for_prediction.. must return a Keras model. Received: 0"):
        for_prediction(Doubled(), 0)


@pytest.mark.slow
def test_a_search_saves_the_model_of_raw_input(tmp_path: Path) -> None:
    x = np.random.default_rng(0).integers(0, 256, (12, 16, 16, 3)).astype("uint8")
    y = np.eye(3, dtype="float32")[np.arange(12) % 3]
    tuner = Tuner(
        LeafCNN(16),
        objective="val_accuracy",
        max_trials=1,
        workers=0,
        directory=tmp_path,
        project_name="run",
    )
    tuner.search(x, y, validation_data=(x, y), epochs=1, verbose=0)
    tuner.evaluate_best(x, y)
    saved = keras.models.load_model(tmp_path / "run" / "best_model.keras")
    answer = saved.predict(np.repeat(x, 2, axis=1), verbose=0)
    assert answer["probability"].shape == (12, 3)
    wanted = tuner.get_best_models()[0].predict(x, verbose=0)
    np.testing.assert_allclose(saved.predict(x, verbose=0)["probability"], wanted, atol=1e-6)
