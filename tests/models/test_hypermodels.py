"""Both models are HyperModels that a plain KerasTuner tuner accepts; they travel by cloudpickle and
by .keras files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cloudpickle
import keras_tuner
import numpy as np
import pytest
import tensorflow as tf

from tftune.models.hypermodel import AbstractTunableModel
from tftune.models.knobs import fixed_values
from tftune.models.leaf_cnn import LeafCNN
from tftune.models.peptide_cnn import PeptideCNN

Arrays = tuple[np.ndarray, np.ndarray]


def leaves(count: int = 12) -> Arrays:
    x = np.random.default_rng(0).integers(0, 256, (count, 16, 16, 3)).astype(np.uint8)
    return x, np.eye(3, dtype=np.float32)[np.arange(count) % 3]


def peptides(count: int = 12) -> Arrays:
    x = np.random.default_rng(0).integers(0, 21, (count, 20)).astype(np.uint8)
    return x, (np.arange(count) % 2).astype(np.float32)[:, None]


CASES = {
    "leaf": (LeafCNN(image_size=16), leaves(), "val_accuracy"),
    "peptide": (PeptideCNN(width=20), peptides(), "val_auc"),
}
METRICS = {"leaf": {"accuracy", "macro_f1"}, "peptide": {"auc", "pr_auc", "accuracy"}}
FULL = {"leaf": LeafCNN(image_size=16, space="full"), "peptide": PeptideCNN(width=20, space="full")}


def settings(hypermodel: AbstractTunableModel) -> dict[str, Any]:
    return {name: value for name, value in vars(hypermodel).items() if isinstance(value, int | str)}


class RecordingModel:
    """Takes the place of a Keras model and keeps what `fit` was called with."""

    def fit(self, *args: Any, **kwargs: Any) -> str:
        self.args, self.kwargs = args, kwargs
        return "history"


@pytest.mark.filterwarnings(
    "ignore::DeprecationWarning:keras_tuner", "ignore:Skipping variable loading:UserWarning"
)
@pytest.mark.parametrize("name", CASES)
@pytest.mark.quick("peptide")
def test_plain_keras_tuner_searches_it(name: str, tmp_path: Path) -> None:
    hypermodel, (x, y), objective = CASES[name]
    tuner = keras_tuner.RandomSearch(
        hypermodel,
        keras_tuner.Objective(objective, "max"),
        max_trials=1,
        seed=1,
        directory=tmp_path,
        project_name=name,
    )
    tuner.search(x, y, validation_data=(x, y), epochs=1, verbose=0)
    (trial,) = tuner.oracle.get_best_trials(2)
    assert trial.status == "COMPLETED"
    assert set(trial.hyperparameters.values) == {
        "batch_normalization",
        "dropout",
        "l2",
        "learning_rate",
    }
    expected = METRICS[name] | {"loss"}
    assert set(trial.metrics.metrics) == expected | {f"val_{metric}" for metric in expected}
    assert tuner.get_best_models(1)[0].predict(x, verbose=0).shape == y.shape


@pytest.mark.parametrize("name", CASES)
def test_hypermodel_travels_by_cloudpickle(name: str) -> None:
    for hypermodel in (CASES[name][0], FULL[name]):
        copy = cloudpickle.loads(cloudpickle.dumps(hypermodel))
        assert isinstance(copy, AbstractTunableModel)
        assert settings(copy) == settings(hypermodel)


@pytest.mark.parametrize("name", CASES)
def test_model_travels_by_cloudpickle(name: str) -> None:
    hypermodel, (x, _), _ = CASES[name]
    model = hypermodel.build(fixed_values(depth=1))
    copy = cloudpickle.loads(cloudpickle.dumps(model))
    np.testing.assert_allclose(copy.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_batch_size_is_the_knobs_unless_given(name: str) -> None:
    core, full, (x, y) = CASES[name][0], FULL[name], CASES[name][1]
    model = RecordingModel()
    assert full.fit(fixed_values(batch_size=16), model, x, y, epochs=3) == "history"
    assert (model.args, model.kwargs) == ((x, y), {"epochs": 3, "batch_size": 16})
    full.fit(fixed_values(batch_size=16), model, x=x, y=y)
    assert model.kwargs["batch_size"] == 16
    full.fit(fixed_values(batch_size=16), model, x, y, batch_size=8)
    assert model.kwargs["batch_size"] == 8
    full.fit(fixed_values(batch_size=16), model, x, y, 8)
    assert (model.args, model.kwargs) == ((x, y, 8), {})
    core.fit(keras_tuner.HyperParameters(), model, x, y, batch_size=None)
    assert model.kwargs["batch_size"] == {"leaf": 32, "peptide": 64}[name]


@pytest.mark.parametrize("name", CASES)
def test_core_batch_size_is_the_default_of_the_full_space(name: str) -> None:
    hp = keras_tuner.HyperParameters()
    FULL[name].declare_hyperparameters(hp)
    assert FULL[name].batch_size(hp) == CASES[name][0].batch_size(keras_tuner.HyperParameters())


def test_datasets_keep_their_own_batches() -> None:
    model = RecordingModel()
    dataset = tf.data.Dataset.from_tensor_slices(peptides()).batch(4)
    PeptideCNN(width=20).fit(keras_tuner.HyperParameters(), model, dataset)
    assert model.kwargs == {}
