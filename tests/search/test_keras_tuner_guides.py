"""What KerasTuner's six guides do, in our own words, with the smallest edit:
`docs/coming-from/keras-tuner.md` has the table.

Getting started; custom training loops; visualizing with TensorBoard; tailoring the search space;
failed trials; distributed tuning.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import tftune
from tftune.errors import UsageError

GENERATOR = np.random.default_rng(0)
IMAGES = GENERATOR.random((40, 6, 6, 1)).astype("float32")
LABELS = GENERATOR.integers(0, 3, 40)
ONE_HOT = keras.utils.to_categorical(LABELS, 3)
TABLE = GENERATOR.random((40, 5))
TARGETS = GENERATOR.random((40, 1))


def make(folder: Path, kind: type[tftune.Tuner] = tftune.Tuner, **changes: Any) -> tftune.Tuner:
    """A tuner as the guides have one: everything by keyword, `overwrite=True`."""
    given: dict[str, Any] = {"oracle": "random", "max_trials": 2, "overwrite": True}
    if kind is tftune.Tuner:
        given["workers"] = 0
    return kind(**{**given, "directory": folder, "project_name": "guide", **changes})


def completed(tuner: tftune.Tuner, count: int = 2) -> bool:
    return tuner.state.counts() == {"completed": count, "pruned": 0, "failed": 0}


# Getting started.


def build_layers(hp: Any) -> keras.Model:
    """A model of some layers, without an input shape."""
    model = keras.Sequential([layers.Flatten()])
    for index in range(hp.Int("num_layers", 1, 2)):
        units = hp.Int(f"units_{index}", min_value=2, max_value=8, step=2)
        model.add(layers.Dense(units, activation=hp.Choice("activation", ["relu", "tanh"])))
    if hp.Boolean("dropout"):
        model.add(layers.Dropout(rate=0.25))
    model.add(layers.Dense(3, activation="softmax"))
    rate = hp.Float("lr", min_value=1e-4, max_value=1e-2, sampling="log")
    model.compile(keras.optimizers.Adam(rate), "categorical_crossentropy", metrics=["accuracy"])
    return model


def test_a_first_search_its_models_and_training_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {"objective": "val_accuracy", "executions_per_trial": 2, "keep_models": 2}
    tuner = make(tmp_path, hypermodel=build_layers, **options)
    tuner.search_space_summary()
    tuner.search(
        IMAGES[:30],
        ONE_HOT[:30],
        epochs=2,
        validation_data=(IMAGES[30:], ONE_HOT[30:]),
        verbose=0,
    )
    models = tuner.get_best_models(num_models=2)
    models[0].summary()  # it is built: the guide's `build(input_shape=...)` is left out
    tuner.results_summary()
    assert completed(tuner) and "num_layers" in capsys.readouterr().out
    best = tuner.get_best_hyperparameters(5)
    again = build_layers(best[0])
    assert again.fit(IMAGES, ONE_HOT, epochs=1, verbose=0).epoch == [0] and len(best) == 2


class Shuffling(keras_tuner.HyperModel):
    """Tunes an argument of `fit`, the data and what both sides need."""

    def build(self, hp: Any) -> keras.Model:
        size = hp.Int("image_size", 3, 6)
        inputs = keras.Input(shape=(size, size, 1))
        outputs = layers.Dense(hp.Int("units", 2, 8, step=2), "relu")(layers.Flatten()(inputs))
        model = keras.Model(inputs, layers.Dense(3, activation="softmax")(outputs))
        model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
        return model

    def fit(
        self, hp: Any, model: Any, x: Any, y: Any, validation_data: Any = None, **kwargs: Any
    ) -> Any:
        size = hp.get("image_size")
        if hp.Boolean("normalize"):
            x = layers.Normalization()(x)
        if validation_data:
            x_val, y_val = validation_data
            validation_data = (x_val[:, :size, :size, :], y_val)
        x = x[:, :size, :size, :]
        shuffle = hp.Boolean("shuffle")
        return model.fit(x, y, shuffle=shuffle, validation_data=validation_data, **kwargs)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 1])
def test_training_and_preprocessing_are_tuned_by_a_hypermodel(workers: int, tmp_path: Path) -> None:
    tuner = make(tmp_path, hypermodel=Shuffling(), objective="val_accuracy", workers=workers)
    data = {"validation_data": (IMAGES[30:], ONE_HOT[30:])}
    tuner.search(IMAGES[:30], ONE_HOT[:30], epochs=2, verbose=0, **data)
    assert completed(tuner)
    best = tuner.get_best_hyperparameters()[0]
    assert set(best.values) == {"image_size", "units", "normalize", "shuffle"}
    hypermodel = Shuffling()
    history = hypermodel.fit(best, hypermodel.build(best), IMAGES, ONE_HOT, epochs=1, verbose=0)
    assert history.epoch == [0]


class SquaredDifference(keras.metrics.Metric):
    """A metric of the user's own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(name="custom_metric", **kwargs)
        self.sum = self.add_weight(name="sum", initializer="zeros")
        self.count = self.add_weight(name="count", initializer="zeros")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        values = keras.ops.square(keras.ops.cast(y_true, "float32") - y_pred)
        self.sum.assign_add(keras.ops.sum(values))
        self.count.assign_add(keras.ops.cast(keras.ops.size(values), "float32"))

    def result(self) -> Any:
        return self.sum / self.count


@pytest.mark.parametrize(
    ("metric", "name"),
    [
        (keras.metrics.MeanAbsoluteError, "val_mean_absolute_error"),
        (SquaredDifference, "val_custom_metric"),
    ],
)
@pytest.mark.quick("SquaredDifference*")
def test_a_metric_of_keras_or_of_ones_own_is_the_objective(
    metric: Any, name: str, tmp_path: Path
) -> None:
    def build(hp: Any) -> keras.Model:
        units = hp.Int("units", 2, 8, 2)
        model = keras.Sequential([layers.Dense(units, "relu"), layers.Dense(1)])
        model.compile("adam", "mean_squared_error", metrics=[metric()])
        return model

    objective = keras_tuner.Objective(name, direction="min")
    tuner = make(tmp_path, hypermodel=build, objective=objective)
    held_out = (TABLE[30:], TARGETS[30:])
    tuner.search(x=TABLE[:30], y=TARGETS[:30], validation_data=held_out, verbose=0)
    tuner.results_summary()
    best = tuner.state.best()
    assert completed(tuner) and best.score == best.metrics[name]
    if metric is SquaredDifference:
        assert best.score == pytest.approx(best.metrics["val_loss"], rel=1e-5)


class Evaluating(keras_tuner.HyperModel):
    """Evaluates by itself, and returns a number or several by name."""

    def __init__(self, named: bool) -> None:
        super().__init__()
        self.named = named

    def build(self, hp: Any) -> keras.Model:
        model = keras.Sequential([layers.Dense(hp.Int("units", 2, 8, 2)), layers.Dense(1)])
        model.compile("adam", "mean_squared_error")
        return model

    def fit(self, hp: Any, model: Any, x: Any, y: Any, validation_data: Any, **kwargs: Any) -> Any:
        model.fit(x, y, **kwargs)
        x_val, y_val = validation_data
        error = float(np.mean(np.abs(model.predict(x_val, verbose=0) - y_val)))
        return {"metric_a": -error, "metric_b": error**2} if self.named else error


@pytest.mark.slow
def test_a_number_that_fit_returns_is_minimised(tmp_path: Path) -> None:
    tuner = make(tmp_path, hypermodel=Evaluating(named=False))
    tuner.search(TABLE[:30], TARGETS[:30], validation_data=(TABLE[30:], TARGETS[30:]), verbose=0)
    scores = [trial.score for trial in tuner.state.trials.values()]
    assert completed(tuner) and tuner.state.best().score == min(scores) > 0
    model = tuner.get_best_models()[0]
    error = np.mean(np.abs(model.predict(TABLE[30:], verbose=0) - TARGETS[30:]))
    assert error == pytest.approx(tuner.state.best().score, rel=1e-4)


@pytest.mark.slow
def test_one_of_several_numbers_that_fit_returns_is_the_objective(tmp_path: Path) -> None:
    objective = keras_tuner.Objective("metric_a", "max")
    tuner = make(tmp_path, hypermodel=Evaluating(named=True), objective=objective)
    tuner.search(TABLE[:30], TARGETS[:30], validation_data=(TABLE[30:], TARGETS[30:]), verbose=0)
    best = tuner.state.best()
    assert best.score == max(trial.score for trial in tuner.state.trials.values()) < 0
    assert best.metrics["metric_b"] == pytest.approx(best.score**2)


class Anything(tftune.Tuner):
    """Tunes any function."""

    def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> Any:
        x = trial.hyperparameters.Float("x", min_value=-1.0, max_value=1.0)
        return x * x + 1


def test_any_function_is_tuned(tmp_path: Path) -> None:
    tuner = make(tmp_path, Anything, max_trials=20)
    tuner.search()
    x = tuner.get_best_hyperparameters()[0].get("x")
    assert completed(tuner, 20) and tuner.state.best().score == x * x + 1 < 1.1


def existing_code(units: int, optimizer: str, saving_path: Path) -> float:
    """Code that was there before it was tuned."""
    model = keras.Sequential([layers.Dense(units, activation="relu"), layers.Dense(1)])
    model.compile(optimizer, "mean_squared_error")
    model.fit(TABLE[:30], TARGETS[:30], verbose=0)
    model.save(saving_path)
    return float(np.mean(np.abs(model.predict(TABLE[30:], verbose=0) - TARGETS[30:])))


@pytest.mark.slow
def test_existing_code_stays_apart(tmp_path: Path) -> None:
    class Apart(tftune.Tuner):
        def run_trial(self, trial: Any, **kwargs: Any) -> float:
            hp = trial.hyperparameters
            units, optimizer = hp.Int("units", 2, 8, 2), hp.Choice("optimizer", ["adam", "sgd"])
            return existing_code(units, optimizer, tmp_path / f"{trial.trial_id}.keras")

    tuner = make(tmp_path, Apart)
    tuner.search()
    assert sorted(file.name for file in tmp_path.glob("*.keras")) == ["0000.keras", "0001.keras"]
    best = tuner.get_best_hyperparameters()[0]
    assert existing_code(**best.values, saving_path=tmp_path / "best.keras") > 0


@pytest.mark.slow
def test_a_hypermodel_that_comes_with_keras_tuner(tmp_path: Path) -> None:
    hypermodel = keras_tuner.applications.HyperResNet(input_shape=(32, 32, 1), classes=3)
    images = GENERATOR.random((8, 32, 32, 1)).astype("float32")
    tuner = make(tmp_path, hypermodel=hypermodel, objective="val_accuracy", max_trials=1)
    tuner.search(images, ONE_HOT[:8], validation_data=(images, ONE_HOT[:8]), verbose=0)
    assert completed(tuner, 1)


# Custom training loops.


def build_small(hp: Any) -> keras.Model:
    inputs = keras.Input(shape=(6, 6, 1))
    x = layers.Conv2D(hp.Int("filters", 2, 4), 3, activation="relu")(inputs)
    x = layers.GlobalMaxPooling2D()(x)
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(x))


class Looping(tftune.Tuner):
    """Trains step by step and tells what comes of it by the tuner's hooks."""

    def run_trial(self, trial: Any, train_ds: Any) -> None:
        hp = trial.hyperparameters
        batches = train_ds.batch(hp.Int("batch_size", 8, 16, step=8, default=16))
        model = self.hypermodel.build(hp)
        optimizer = keras.optimizers.Adam(hp.Float("rate", 1e-4, 1e-2, sampling="log"))
        mean, loss_of = keras.metrics.Mean(), keras.losses.SparseCategoricalCrossentropy()
        for epoch in range(2):
            self.on_epoch_begin(trial, model, epoch, logs={})
            for batch, (images, labels) in enumerate(batches):
                self.on_batch_begin(trial, model, batch, logs={})
                with tf.GradientTape() as tape:
                    loss = loss_of(labels, model(images))
                gradients = tape.gradient(loss, model.trainable_variables)
                optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
                mean.update_state(loss)
                self.on_batch_end(trial, model, batch, logs={"loss": float(loss)})
            self.on_epoch_end(trial, model, epoch, logs={"loss": float(mean.result())})
            mean.reset_state()


@pytest.mark.slow
def test_a_loop_in_run_trial_tells_by_hooks(tmp_path: Path) -> None:
    objective = keras_tuner.Objective("loss", "min")
    tuner = make(tmp_path, Looping, hypermodel=build_small, objective=objective)
    tuner.search(train_ds=tf.data.Dataset.from_tensor_slices((IMAGES, LABELS)))
    assert completed(tuner)
    assert all(len(trial.epochs) == 2 for trial in tuner.state.trials.values())
    assert tuner.get_best_models()[0].predict(IMAGES, verbose=0).shape == (40, 3)


class LoopingModel(keras_tuner.HyperModel):
    """Trains step by step in `fit`, and passes what comes of it to the callbacks."""

    def build(self, hp: Any) -> keras.Model:
        return build_small(hp)

    def fit(
        self, hp: Any, model: Any, x: Any, y: Any, validation_data: Any, callbacks: Any = None
    ) -> float:
        batches = tf.data.Dataset.from_tensor_slices((x, y)).batch(hp.Int("batch_size", 8, 16, 8))
        optimizer = keras.optimizers.Adam(hp.Float("rate", 1e-4, 1e-2, sampling="log"))
        loss_of = keras.losses.SparseCategoricalCrossentropy()
        for callback in callbacks:
            callback.set_model(model)
        best = float("inf")
        for epoch in range(2):
            for images, labels in batches:
                with tf.GradientTape() as tape:
                    loss = loss_of(labels, model(images))
                gradients = tape.gradient(loss, model.trainable_variables)
                optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            held_out = float(loss_of(validation_data[1], model(validation_data[0])))
            for callback in callbacks:
                callback.on_epoch_end(epoch, logs={"my_metric": held_out})
            best = min(best, held_out)
        return best


@pytest.mark.quick("0")
@pytest.mark.parametrize("workers", [0, 1])
def test_a_loop_in_a_hypermodels_fit_tells_the_callbacks(workers: int, tmp_path: Path) -> None:
    objective = keras_tuner.Objective("my_metric", "min")
    tuner = make(tmp_path, hypermodel=LoopingModel(), objective=objective, workers=workers)
    held_out = (IMAGES[30:], LABELS[30:])
    tuner.search(x=IMAGES[:30], y=LABELS[:30], validation_data=held_out, verbose=0)
    assert completed(tuner)
    assert all(len(trial.epochs) == 2 for trial in tuner.state.trials.values())
    best = tuner.get_best_models()[0]
    loss = keras.losses.SparseCategoricalCrossentropy()(LABELS[30:], best(IMAGES[30:]))
    assert float(loss) == pytest.approx(tuner.state.best().score, rel=1e-5)


# TensorBoard.


def build_either(hp: Any) -> keras.Model:
    """A perceptron or a convolution, with knobs that only one of them has."""
    inputs = keras.Input(shape=(6, 6, 1))
    x: Any = inputs
    if hp.Choice("model_type", ["mlp", "cnn"]) == "mlp":
        x = layers.Dense(hp.Int("units", 2, 8, step=2), activation="relu")(layers.Flatten()(x))
    else:
        x = layers.Flatten()(layers.Conv2D(hp.Int("filters", 2, 4), 3, activation="relu")(x))
    model = keras.Model(inputs, layers.Dense(3, activation="softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.slow
def test_trials_are_seen_in_tensorboard(tmp_path: Path) -> None:
    hp = keras_tuner.HyperParameters()
    hp.values["model_type"] = "cnn"
    build_either(hp)(IMAGES[:2])
    tuner = make(tmp_path / "tb", hypermodel=build_either, objective="val_accuracy")
    board = keras.callbacks.TensorBoard(tmp_path / "logs")
    tuner.search(IMAGES, LABELS, validation_split=0.2, epochs=2, callbacks=[board], verbose=0)
    assert completed(tuner)
    own = {file.relative_to(tmp_path / "logs").parts[0] for file in (tmp_path / "logs").rglob("*")}
    assert len([name for name in own if "0000" in name or "0001" in name]) >= 2
    assert any((tmp_path / "tb" / "guide" / "tensorboard").rglob("*tfevents*"))  # with HParams


# Tailoring the search space.


def build_tailored(hp: Any) -> keras.Model:
    model = keras.Sequential([layers.Flatten()])
    model.add(layers.Dense(hp.Int("units", min_value=2, max_value=8, step=2, default=4)))
    if hp.Boolean("dropout"):
        model.add(layers.Dropout(rate=0.25))
    model.add(layers.Dense(3, activation="softmax"))
    rate = hp.Choice("learning_rate", values=[1e-2, 1e-3, 1e-4])
    optimizer = keras.optimizers.Adam(rate)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.slow
def test_a_few_knobs_are_tuned_and_the_rest_stand(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hp = keras_tuner.HyperParameters()
    hp.Float("learning_rate", min_value=1e-4, max_value=1e-2, sampling="log")
    options = {"hyperparameters": hp, "tune_new_entries": False, "objective": "val_accuracy"}
    tuner = make(tmp_path, hypermodel=build_tailored, max_trials=3, **options)
    tuner.search(IMAGES, LABELS, epochs=1, validation_split=0.25, verbose=0)
    tuner.search_space_summary()
    assert "search space size: 1" in capsys.readouterr().out and completed(tuner, 3)
    trials = list(tuner.state.trials.values())
    assert len({trial.values["learning_rate"] for trial in trials}) == 3
    assert {trial.values.get("units", 4) for trial in trials} == {4}
    assert tuner.get_best_models()[0].layers[1].units == 4


@pytest.mark.slow
def test_a_few_knobs_are_fixed_and_the_rest_are_tuned(tmp_path: Path) -> None:
    hp = keras_tuner.HyperParameters()
    hp.Fixed("learning_rate", value=1e-4)
    options = {"hyperparameters": hp, "tune_new_entries": True, "objective": "val_accuracy"}
    tuner = make(tmp_path, hypermodel=build_tailored, max_trials=3, **options)
    tuner.search(IMAGES, LABELS, epochs=1, validation_split=0.25, verbose=0)
    trials = list(tuner.state.trials.values())
    assert {trial.values["learning_rate"] for trial in trials} == {1e-4}
    assert len({(trial.values["units"], trial.values["dropout"]) for trial in trials}) == 3


@pytest.mark.slow
def test_what_a_model_is_compiled_with_is_replaced(tmp_path: Path) -> None:
    tuner = make(
        tmp_path,
        hypermodel=build_tailored,
        optimizer=keras.optimizers.Adam(1e-3),
        loss="mse",
        metrics=["sparse_categorical_crossentropy"],
        objective="val_loss",
    )
    tuner.search(IMAGES, LABELS[:, None], epochs=1, validation_split=0.25, verbose=0)
    assert completed(tuner) and tuner.get_best_models()[0].loss == "mse"
    assert "val_sparse_categorical_crossentropy" in tuner.state.best().metrics


@pytest.mark.slow
def test_a_hypermodel_of_keras_tuner_is_tailored(tmp_path: Path) -> None:
    hypermodel = keras_tuner.applications.HyperXception(input_shape=(71, 71, 1), classes=3)
    hp = keras_tuner.HyperParameters()
    hp.Choice("learning_rate", values=[1e-2, 1e-3, 1e-4])
    images = GENERATOR.random((4, 71, 71, 1)).astype("float32")
    tuner = make(
        tmp_path,
        hypermodel=hypermodel,
        hyperparameters=hp,
        tune_new_entries=False,
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        objective="val_accuracy",
        max_trials=1,
    )
    tuner.search(images, LABELS[:4], validation_data=(images, LABELS[:4]), verbose=0)
    assert completed(tuner, 1) and len(tuner.oracle.get_space().space) == 1


# Failed trials.

WIDTHS = {(first, second) for first in (10, 20, 30, 40) for second in (10, 20, 30)}


def parameters(first: int, second: int) -> int:
    return 5 * first + first + first * second + second + second + 1


def building_up_to(most: int, error: type[Exception]) -> Any:
    def build(hp: Any) -> keras.Model:
        first, second = hp.Int("units_1", 10, 40, step=10), hp.Int("units_2", 10, 30, step=10)
        model = keras.Sequential([keras.Input((5,)), layers.Dense(first), layers.Dense(second)])
        model.add(layers.Dense(1))
        model.compile("sgd", loss="mse", run_eagerly=True)
        if model.count_params() > most:
            raise error(f"Model too large! It contains {model.count_params()} parameters.")
        return model

    return build


@pytest.mark.parametrize(
    ("error", "attempts"), [(ValueError, 3), (keras_tuner.errors.FailedTrialError, 1)]
)
@pytest.mark.quick("FailedTrialError*")
def test_failures_are_tolerated_and_those_that_say_so_are_not_retried(
    error: type[Exception], attempts: int, tmp_path: Path
) -> None:
    given = {"max_retries_per_trial": 2, "max_consecutive_failed_trials": 8, "oracle": "grid"}
    hypermodel = building_up_to(800, error)
    tuner = make(tmp_path, hypermodel=hypermodel, objective="val_loss", max_trials=None, **given)
    tuner.search(TABLE, TARGETS, validation_split=0.25, epochs=1, verbose=0)
    too_large = {widths for widths in WIDTHS if parameters(*widths) > 800}
    failed = [trial for trial in tuner.state.trials.values() if trial.status == "failed"]
    assert {(trial.values["units_1"], trial.values["units_2"]) for trial in failed} == too_large
    assert {trial.attempt for trial in failed} == {attempts}
    assert all("Model too large!" in str(trial.message) for trial in failed)
    assert tuner.state.counts()["completed"] == len(WIDTHS) - len(too_large)


def test_a_search_is_terminated_by_its_own_code(tmp_path: Path) -> None:
    hypermodel = building_up_to(800, keras_tuner.errors.FatalError)
    tuner = make(tmp_path, hypermodel=hypermodel, objective="val_loss", oracle="grid")
    tuner = make(
        tmp_path,
        hypermodel=hypermodel,
        objective="val_loss",
        start=[{"units_1": 10, "units_2": 10}, {"units_1": 40, "units_2": 30}],
        max_consecutive_failed_trials=8,
        max_trials=9,
    )
    with pytest.raises(keras_tuner.errors.FatalError, match="Model too large!"):
        tuner.search(TABLE, TARGETS, validation_split=0.25, epochs=1, verbose=0)
    assert len(tuner.state.trials) == 2 and tuner.state.best().trial_id == "0000"


# Distributed tuning.


@pytest.mark.slow
def test_trials_run_side_by_side_without_a_chief(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`workers=` or `ray_address=` stand for the three environment variables of the guide."""
    monkeypatch.setenv("KERASTUNER_TUNER_ID", "tuner0")
    options = {"hypermodel": build_either, "objective": "val_accuracy", "max_trials": None}
    options |= {"oracle": "hyperband", "oracle_options": {"max_epochs": 2, "factor": 3}}
    with pytest.raises(UsageError, match="KERASTUNER_TUNER_ID is set.*workers=, or ray_address="):
        make(tmp_path, **options)
    monkeypatch.delenv("KERASTUNER_TUNER_ID")
    with pytest.raises(UsageError, match="distribution_strategy is not supported"):
        make(tmp_path, **options, distribution_strategy=tf.distribute.get_strategy())
    tuner = make(tmp_path, **options, workers=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras: the data end before the steps do
        tuner.search(
            IMAGES[:30],
            LABELS[:30],
            batch_size=10,
            steps_per_epoch=3,
            validation_data=(IMAGES[30:], LABELS[30:]),
            validation_steps=1,
            callbacks=[keras.callbacks.EarlyStopping("val_accuracy")],
            verbose=0,
        )
    assert completed(tuner, tuner.oracle.expected_trials())
