"""An epoch is one execution of the graph only where nobody can tell; the witness is Keras' own
`fit`, batch by batch, on rows in their order.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle
import keras
import numpy as np
import pytest
import tensorflow as tf

from tftune.models.knobs import fixed_values
from tftune.models.leaf_cnn import LeafCNN
from tftune.models.peptide_cnn import PeptideCNN
from tftune.training import keras_executions
from tftune.training.batches import feed_fast
from tftune.training.callbacks import BestEpoch, EarlyStopping
from tftune.training.executions import Speed, looks_at_batches, steps_per_execution
from tftune.training.fitting import speed_up
from tftune.training.graphs import Graphs, architecture
from tftune.training.plateau import ReduceLROnPlateau
from tftune.training.settings import TrainingSettings
from tftune.training.trial import TrialTask, run_trial

X = np.random.default_rng(0).normal(size=(20, 6)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")
layers, callbacks = keras.layers, keras.callbacks


class OnEpochs(callbacks.Callback):
    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        pass


class OnBatches(callbacks.Callback):
    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        pass


class OnEveryBatch(callbacks.Callback):
    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        pass


class OnValidation(callbacks.Callback):
    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        pass


class OnOurs(EarlyStopping):
    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        pass


class OwnCheckpoint(callbacks.ModelCheckpoint):
    """A user's own."""


def set_later() -> Any:
    callback = OnEpochs()
    callback.on_train_batch_end = lambda batch, logs=None: None
    return callback


def board(**options: Any) -> Any:
    return lambda: callbacks.TensorBoard("logs", **options)


@pytest.mark.parametrize(
    ("make", "looks"),
    [
        (OnEpochs, False),
        (lambda: EarlyStopping(), False),
        (lambda: ReduceLROnPlateau(validates=True), False),
        (lambda: BestEpoch("loss", "min", lambda epoch: False), False),
        (lambda: callbacks.CSVLogger("log.csv"), False),
        (lambda: callbacks.LearningRateScheduler(lambda epoch: 0.1), False),
        (lambda: callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None), False),
        (lambda: callbacks.ModelCheckpoint("x.keras"), False),
        (lambda: callbacks.BackupAndRestore("x"), False),
        (board(), False),
        (OnBatches, True),
        (OnEveryBatch, True),
        (OnValidation, True),
        (OnOurs, True),
        (set_later, True),
        (lambda: callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None), True),
        (lambda: callbacks.ModelCheckpoint("x.keras", save_freq=3), True),
        (lambda: callbacks.BackupAndRestore("x", save_freq=3), True),
        (lambda: OwnCheckpoint("x.keras"), True),
        (board(update_freq="batch"), True),
        (board(update_freq=5), True),
        (board(write_steps_per_second=True), True),
        (callbacks.TerminateOnNaN, True),
        (callbacks.ProgbarLogger, True),
        (lambda: callbacks.CallbackList([]), True),
        (object, True),
    ],
)
def test_callbacks_that_look_at_batches_are_known(make: Any, looks: bool) -> None:
    assert looks_at_batches(make()) is looks


def test_an_epoch_is_a_whole_number_of_executions() -> None:
    assert [steps_per_execution(steps) for steps in (1, 33, 1000, 1001, 4000)] == [
        1,
        33,
        1000,
        143,
        1000,
    ]


def compiled(*parts: Any, **options: Any) -> Any:
    model = keras.Sequential([keras.Input((6,)), *parts, layers.Dense(1, "sigmoid")])
    model.compile(**{"optimizer": "adam", "loss": "binary_crossentropy"} | options)
    return model


class Calls(callbacks.Callback):
    """Counts, and sets the learning rate of every batch."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.calls.append(f"train {batch}")
        self.model.optimizer.learning_rate = 1e-3 * (batch + 1)

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self.calls.append(f"test {batch} {sorted(logs or {})}")


def fitted(model: Any, fast: bool, **options: Any) -> tuple[dict[str, Any], list[np.ndarray]]:
    if fast:
        feed_fast(model, seed=0)
    usual = {"batch_size": 6, "epochs": 2, "verbose": 0, "shuffle": False}
    history = model.fit(X, Y, **usual | {"validation_data": (X, Y)} | options).history
    return history, [variable.numpy() for variable in model.variables]


def assert_as_keras(make: Callable[[], Any], **options: Any) -> Any:
    """Trains twice from one seed and returns the model that was trained fast."""
    results = []
    for fast in (False, True):
        keras.utils.clear_session()
        keras.utils.set_random_seed(0)
        model = make()
        results.append(fitted(model, fast, **options))
    (plain, plain_weights), (fast_one, fast_weights) = results
    assert plain.keys() == fast_one.keys()
    for name, values in plain.items():
        np.testing.assert_allclose(fast_one[name], values, rtol=1e-6, err_msg=name)
    for mine, theirs in zip(fast_weights, plain_weights, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-7)
    return model


def steps_seen(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Notes how many batches an execution has, of each function that is traced."""
    seen: list[int] = []
    make, in_one_call = keras.Model._make_function, keras_executions.one_call

    def noted(self: Any, step: Any) -> Any:
        seen.append(self.steps_per_execution)
        return make(self, step)

    def noted_too(model: Any, step: Any, steps: int) -> Any:
        seen.append(steps)
        return in_one_call(model, step, steps)

    monkeypatch.setattr(keras.Model, "_make_function", noted)
    monkeypatch.setattr(keras_executions, "one_call", noted_too)
    return seen


def test_metrics_are_asked_once_a_call_in_its_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    result = keras.metrics.AUC.result

    def noted(self: Any) -> Any:
        asked.append(tf.executing_eagerly())
        return result(self)

    monkeypatch.setattr(keras.metrics.AUC, "result", noted)
    keras.utils.set_random_seed(0)
    model = compiled(metrics=[keras.metrics.AUC()])
    history, _ = fitted(model, True, epochs=3)
    assert asked == [False, False]  # training's graph and validation's
    assert history["auc"][0] != history["auc"][2]
    assert "get_metrics_result" not in vars(model)


def test_more_batches_of_validation_than_of_training_are_several_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert_as_keras(compiled, validation_batch_size=2)
    seen, made = steps_seen(monkeypatch), []
    make = keras.Model._make_function
    monkeypatch.setattr(
        keras.Model, "_make_function", lambda self, step: made.append(step) or make(self, step)
    )
    model = compiled()
    for size in (2, 6, 10):  # of its graphs only those of validation are new
        fitted(model, True, validation_batch_size=size)
    assert seen == [4, 4, 4, 2] and made == [model.test_step]


def test_a_warm_up_by_batches_happens() -> None:
    mine, theirs = Calls(), Calls()
    rates = []
    for fast, calls in ((True, mine), (False, theirs)):
        keras.utils.set_random_seed(0)
        model = compiled()
        rates.append((fitted(model, fast, callbacks=[[calls]]), calls.calls))
    assert mine.calls == theirs.calls and len(mine.calls) == 2 * (4 + 4)
    assert rates[0][0][0] == rates[1][0][0]


@pytest.mark.slow
def test_the_users_steps_per_execution_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    for steps in (2, 3):  # 3 is no divisor of 4 steps
        calls = Calls()
        model = assert_as_keras(
            lambda steps=steps: compiled(steps_per_execution=steps), callbacks=None
        )
        seen = steps_seen(monkeypatch)
        fitted(model, True, callbacks=[calls])
        assert model.steps_per_execution == steps and set(seen) <= {steps}
        trained = [call for call in calls.calls if call.startswith("train")]
        assert trained == ["train 0", f"train {steps}"] * 2


def test_a_training_that_stops_within_an_epoch_stops_there() -> None:
    class Stop(callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.model.stop_training = batch == 1

    model = assert_as_keras(compiled, callbacks=[Stop()])
    assert int(model.optimizer.iterations) == 2


def test_after_a_training_the_model_is_as_it_was_compiled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Looks(callbacks.Callback):
        """Evaluates and predicts within a training, without looking at its batches."""

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            inside.append(self.model.evaluate(X, Y, batch_size=3, callbacks=[calls], verbose=0))
            self.model.predict(X, batch_size=3, verbose=0)

    calls, inside = Calls(), []
    model = compiled()
    seen = steps_seen(monkeypatch)
    history, _ = fitted(model, True, callbacks=[Looks()])
    assert seen == [4, 4, 1] and model.steps_per_execution == 1
    assert len(calls.calls) == 2 * 7
    np.testing.assert_allclose(inside, history["val_loss"], rtol=1e-5)
    assert not {"evaluate", "predict"} & set(vars(model))
    fitted(model, True)
    assert seen == [4, 4, 1]  # nothing is traced twice


class OwnLayer(layers.Layer):
    def call(self, inputs: Any) -> Any:
        return inputs * 2.0


class OwnMetric(keras.metrics.Metric):
    """Counts batches."""

    def __init__(self) -> None:
        super().__init__(name="batches")
        self.number = self.add_variable((), "zeros", name="number")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.number.assign_add(1.0)

    def result(self) -> Any:
        return self.number


class OwnStep(keras.Sequential):
    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        with tf.GradientTape() as tape:
            loss = tf.sqrt(tf.reduce_mean(tf.square(y - self(x, training=True))))
        weights = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return {"last": loss}


def rmse(y_true: Any, y_pred: Any) -> Any:
    return tf.sqrt(tf.reduce_mean(tf.square(y_true - y_pred)))


def own_step() -> Any:
    model = OwnStep([layers.Dense(1)])
    model.compile("adam", rmse)
    return model


def own_method() -> Any:
    model = compiled()
    model.compute_loss = lambda x=None, y=None, y_pred=None, *others, **options: rmse(y, y_pred)
    return model


USERS: dict[str, Callable[[], Any]] = {
    "layer": lambda: compiled(OwnLayer()),
    "metric": lambda: compiled(metrics=[OwnMetric()]),
    "metric among functions": lambda: compiled(loss=rmse, metrics=[rmse, OwnMetric()]),
    "method": own_method,
    "step": own_step,
    "eager": lambda: compiled(run_eagerly=True),
}


@pytest.mark.parametrize("name", USERS)
@pytest.mark.quick("layer", "step", "eager")
def test_code_of_the_users_runs_batch_by_batch_as_in_keras(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = steps_seen(monkeypatch)
    assert_as_keras(USERS[name])
    assert set(seen) == {1}


def stateful() -> Any:
    model = keras.Sequential(
        [keras.Input(batch_shape=(5, 6)), layers.Reshape((6, 1)), layers.LSTM(2, stateful=True)]
    )
    model.add(layers.Dense(1))
    model.compile("adam", "mse")
    return model


def with_policy(policy: str) -> Any:
    keras.config.set_dtype_policy(policy)
    try:
        return compiled(layers.Dense(4), metrics=["accuracy"])
    finally:
        keras.config.set_dtype_policy("float32")


def unbuilt() -> Any:
    model = keras.Sequential([layers.Dense(4), layers.Dropout(0.5), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    return model


AT_ONCE: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {
    "stateful": (stateful, {"batch_size": 5}),
    "mixed_float16": (lambda: with_policy("mixed_float16"), {}),
    "mixed_bfloat16": (lambda: with_policy("mixed_bfloat16"), {}),
    "unbuilt": (unbuilt, {}),
    "functions": (lambda: compiled(loss=rmse, metrics=[rmse, keras.metrics.AUC(), "mae"]), {}),
    "a function by name": (
        lambda: compiled(metrics={"dense": lambda y, predicted: rmse(y, predicted)}),
        {},
    ),
    "average": (
        lambda: compiled(
            optimizer=keras.optimizers.SGD(0.1, use_ema=True, ema_overwrite_frequency=3)
        ),
        {},
    ),
    "accumulation": (
        lambda: compiled(optimizer=keras.optimizers.SGD(0.1, gradient_accumulation_steps=3)),
        {"verbose": 2},
    ),
}


@pytest.mark.parametrize("name", AT_ONCE)
@pytest.mark.quick("accumulation")
def test_what_is_all_of_keras_is_an_epoch_at_once_with_the_same_numbers(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = steps_seen(monkeypatch)
    make, options = AT_ONCE[name]
    assert_as_keras(make, **options)
    assert seen == [1, 1, 4, 4]


@pytest.mark.parametrize(
    "options",
    [
        {"verbose": 1},
        {"callbacks": Calls()},
        {"validation_data": tf.data.Dataset.from_tensors((X, Y)).repeat(), "validation_steps": 2},
        {"validation_steps": 1},
    ],
    ids=["bar", "alone", "endless", "steps"],
)
def test_arguments_that_want_single_batches_have_them(
    options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = steps_seen(monkeypatch)
    fitted(compiled(), True, **options)
    assert set(seen) == {1}


@pytest.mark.parametrize("hypermodel", [PeptideCNN(), LeafCNN(image_size=16)], ids=["p", "l"])
@pytest.mark.parametrize("normalized", [False, True])
def test_models_of_the_programs_are_an_epoch_at_once_and_may_share(
    hypermodel: Any, normalized: bool
) -> None:
    hp = fixed_values(batch_normalization=normalized, dropout=0.1, l2=1e-3, learning_rate=1e-3)
    model = hypermodel.build(hp)
    assert architecture(model) is not None
    speed_up(model, seed=0)
    assert Speed().is_all_of_keras(model)


@pytest.mark.slow
def test_trials_are_an_epoch_at_once_and_share_a_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that a trial does to a model is known: nothing of it makes the next one slow."""
    seen, graphs = steps_seen(monkeypatch), Graphs()
    monkeypatch.setattr("tftune.training.trial._graphs", graphs)
    y = np.zeros((20, 1), "float32")
    for number in range(2):
        keras.utils.clear_session()
        hp = fixed_values(dropout=0.1 + number / 10, l2=1e-3, learning_rate=1e-3 * (number + 1))
        task = TrialTask(
            trial_id=str(number),
            stream=number,
            seed=0,
            hypermodel=cloudpickle.dumps(PeptideCNN(width=12)),
            hyperparameters=hp.get_config(),
            objective="val_loss",
            direction="min",
            arguments=(np.zeros((20, 12), "uint8"), y),
            options={"validation_data": (np.zeros((20, 12), "uint8"), y), "batch_size": 6},
            settings=TrainingSettings(epochs=2),
        )
        assert run_trial(lambda epoch: False, task).status == "completed"
    assert (seen, graphs.hits) == ([4, 4], 1)


def test_a_list_of_keras_own_is_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, model = steps_seen(monkeypatch), compiled()
    fitted(model, True, callbacks=callbacks.CallbackList([], add_history=True, model=model))
    assert set(seen) == {1}


@pytest.mark.skipif(
    not hasattr(keras.config, "set_max_steps_per_epoch"), reason="Keras 3.8 has no such limit"
)
def test_a_limit_on_the_steps_of_an_epoch_holds() -> None:
    keras.config.set_max_steps_per_epoch(1)
    try:
        model = compiled()
        with pytest.warns(UserWarning, match="Limiting"):
            fitted(model, True)
        assert int(model.optimizer.iterations) == 2
    finally:
        keras.config.set_max_steps_per_epoch(None)


def test_a_checkpoint_of_every_second_batch_is_written(tmp_path: Path) -> None:
    path = str(tmp_path / "{epoch}-{batch}.weights.h5")
    saver = callbacks.ModelCheckpoint(path, save_freq=2, save_weights_only=True)
    fitted(compiled(), True, callbacks=[saver])
    assert sorted(file.name.split(".")[0] for file in tmp_path.iterdir()) == [
        "1-2",
        "1-4",
        "2-2",
        "2-4",
    ]
