"""What an epoch tells, as numbers: vectors by element, no text, the learning rate of the moment."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.training.test_lockstep import folded
from tests.training.test_plateau import SETTINGS, small
from tests.training.test_trial import X, run, task
from tftune.errors import NoTrialCompletedError, UsageError
from tftune.search.tuner import Tuner
from tftune.training.epoch_metrics import learning_rates, numbers_of
from tftune.training.notes import collected_notes
from tftune.training.settings import TrainingSettings

CLASSES = keras.utils.to_categorical(np.arange(len(X)) % 3)


@keras.saving.register_keras_serializable("tests")
class Confusion(keras.metrics.Metric):
    """A matrix."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.counts = self.add_weight(shape=(3, 3), initializer="zeros")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        true, predicted = (keras.ops.one_hot(keras.ops.argmax(y, -1), 3) for y in (y_true, y_pred))
        self.counts.assign_add(keras.ops.matmul(keras.ops.transpose(true), predicted))

    def result(self) -> Any:
        return keras.ops.convert_to_tensor(self.counts)


class Both(Confusion):
    """A dict."""

    def result(self) -> Any:
        return {"right": keras.ops.sum(keras.ops.diag(self.counts)), "rows": self.counts[0]}


def classifier(hp: Any) -> keras.Model:
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, "softmax")])
    metrics = [keras.metrics.F1Score(), Confusion(name="confusion"), Both(name="both"), "accuracy"]
    model.compile("sgd", "categorical_crossentropy", metrics=metrics, run_eagerly=True)
    return model


class Talking(keras.callbacks.Callback):
    """Puts into the logs what is no number."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs |= {"stage": "late", "0.5": "0.5", "none": None, "object": object()}


@pytest.mark.parametrize("folds", [0, 2])
def test_vectors_are_recorded_by_element(folds: int) -> None:
    fields: dict[str, Any] = {"arguments": (X, CLASSES), "objective": "val_accuracy"}
    settings = {**SETTINGS, "epochs": 2, "folds": folds}
    options = {"batch_size": 120, "callbacks": [Talking()]}
    if folds:
        fields |= {"fold_of_row": np.arange(len(X)) // 60, "options": options}
        job = folded(classifier, direction="max", settings=settings, **fields)
    else:
        options["validation_split"] = 0.5
        job = task(classifier, options=options, settings=TrainingSettings(**settings), **fields)
    outcome, epochs = run(job)
    assert outcome.status == "completed", outcome.message
    names = set(epochs[0]["metrics"])
    assert {"f1_score_0", "val_f1_score_2", "confusion_2_1", "val_rows_0", "right"} <= names
    assert not {"f1_score", "stage", "0.5", "none", "object"} & names
    assert all(type(value) is float for value in epochs[0]["metrics"].values())


@pytest.mark.parametrize("objective", ["val_f1_score", "val_confusion", "val_rows"])
def test_an_objective_that_is_a_vector_is_refused_with_the_names_of_its_elements(
    objective: str,
) -> None:
    fields: dict[str, Any] = {"arguments": (X, CLASSES), "options": {"validation_split": 0.5}}
    outcome, epochs = run(task(classifier, objective=objective, **fields))
    assert outcome.failure == "fatal" and epochs == []
    count = 9 if objective == "val_confusion" else 3
    assert f"The objective '{objective}' is a vector of {count} elements" in str(outcome.message)
    assert f"{objective}_0" in str(outcome.message)


def test_an_element_is_an_objective_and_all_reports_take_it(tmp_path: Path) -> None:
    def search(objective: Any) -> Tuner:
        place = {"directory": tmp_path, "project_name": objective, "workers": 0, "max_trials": 1}
        direction = {"objective": keras_tuner_objective(objective)}
        tuner = Tuner(classifier, "random", **direction, **place)
        tuner.search(X, CLASSES, validation_split=0.5, epochs=1, verbose=0)
        return tuner

    tuner = search("val_f1_score_1")
    (trial,) = tuner.state.trials.values()
    assert trial.score == trial.metrics["val_f1_score_1"]
    tuner.results_summary()
    with pytest.raises((UsageError, NoTrialCompletedError), match="is a vector of 3 elements"):
        search("val_f1_score")


def keras_tuner_objective(name: str) -> Any:
    import keras_tuner

    return keras_tuner.Objective(name, "max")


@pytest.mark.parametrize(
    ("value", "numbers"),
    [
        (1, {"m": 1.0}),
        (True, {"m": 1.0}),
        (np.float16(0.5), {"m": 0.5}),
        (np.array([0.5]), {"m": 0.5}),
        (tf.constant(0.5, tf.bfloat16), {"m": 0.5}),
        (tf.constant([[1, 2]]), {"m_0_0": 1.0, "m_0_1": 2.0}),
        (keras.Variable([1.0, 2.0]), {"m_0": 1.0, "m_1": 2.0}),
        ([1.0, 2.0], {"m_0": 1.0, "m_1": 2.0}),
        ({"a": {"b": 1.0}, "c": "d"}, {"b": 1.0}),
        (np.array(["a", "b"]), {}),
        ([[1.0], [1.0, 2.0]], {}),
        (tf.ragged.constant([[1.0], [1.0, 2.0]]), {}),
        (np.array([]), {}),
        (1 + 2j, {}),
        (10**400, {}),
        ("1.0", {}),
        (None, {}),
        (object(), {}),
    ],
)
def test_what_is_a_number_is_recorded(value: Any, numbers: dict[str, float]) -> None:
    assert numbers_of({"m": value}) == numbers


def test_a_long_vector_is_cut_and_this_is_said() -> None:
    with collected_notes() as notes:
        numbers = numbers_of({"m": np.arange(1000.0), "m_0": 7.0, "nan": math.nan})
    assert len(numbers) == 101 and numbers["m_0"] == 7.0 and numbers["m_99"] == 99.0
    assert len(notes) == 1 and "'m' has 1000 elements" in notes[0]


def test_the_learning_rate_is_that_of_the_moment() -> None:
    schedule = keras.optimizers.schedules.ExponentialDecay(0.5, 1, 0.5)
    model = small(lambda: keras.optimizers.SGD(schedule))(None)
    assert learning_rates(model) == {"learning_rate": 0.5}
    model.fit(X[:8], np.ones(8), epochs=2, verbose=0)
    assert learning_rates(model) == {"learning_rate": 0.125}
    assert learning_rates(keras.Sequential()) == {} == learning_rates(None)
