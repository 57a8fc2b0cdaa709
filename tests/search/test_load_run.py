"""A run folder is enough: trials, values and models in another process, without the search."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest
import tensorflow as tf

import tftune
from tests.journal.old import searches
from tests.search.test_tuner import FIT, X, Y, make
from tftune.errors import NoTrialCompletedError, RunFolderError, UsageError
from tftune.journal.journal import Journal, read
from tftune.journal.state import SearchState

OLD = Path(searches.__file__).parent
LAYERS = keras.layers
WORDS = np.array(["a", "b"] * 10).reshape(20, 1)


def loops(hp: Any) -> Any:
    """Knobs that only a later trial declares."""
    model = keras.Sequential([keras.Input((4,))])
    for number in range(hp.Int("layers", 1, 3)):
        model.add(LAYERS.Dense(hp.Int(f"units_{number}", 2, 9), activation="relu"))
    model.add(LAYERS.Dropout(hp.Float("dropout", 0.1, 0.5)))
    model.add(LAYERS.Dense(1, activation="sigmoid"))
    return compiled(model)


def compiled(model: Any, loss: Any = "binary_crossentropy") -> Any:
    model.compile("adam", loss, metrics=["accuracy"])
    return model


def unbuilt(hp: Any) -> Any:
    normalized = LAYERS.BatchNormalization()
    return compiled(keras.Sequential([LAYERS.Dense(hp.Int("units", 2, 9)), normalized, sigmoid()]))


def sigmoid() -> Any:
    return LAYERS.Dense(1, activation="sigmoid", dtype="float32")


def several_inputs(hp: Any) -> Any:
    """A vocabulary and means that were adapted in build."""
    numbers, words = keras.Input((4,), name="n"), keras.Input((1,), name="w", dtype="string")
    lookup, scaled = LAYERS.StringLookup(), LAYERS.Normalization()
    lookup.adapt(["b", "a", "c"])
    scaled.adapt(3 * X + 1)
    embedded = LAYERS.Flatten()(LAYERS.Embedding(4, 2)(lookup(words)))
    hidden = LAYERS.Dense(hp.Int("units", 2, 9))(scaled(numbers))
    return compiled(
        keras.Model({"n": numbers, "w": words}, sigmoid()(LAYERS.Concatenate()([hidden, embedded])))
    )


@keras.saving.register_keras_serializable("tests")
class Registered(keras.Model):
    """Builds itself on its first batch."""

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units, self.hidden, self.answer = units, LAYERS.Dense(units), sigmoid()

    def call(self, inputs: Any) -> Any:
        return self.answer(self.hidden(inputs))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


def subclassed(hp: Any) -> Any:
    return compiled(Registered(hp.Int("units", 2, 9)))


def mixed(hp: Any) -> Any:
    hidden = LAYERS.Dense(hp.Int("units", 2, 9), dtype="mixed_bfloat16")
    return compiled(keras.Sequential([keras.Input((4,)), hidden, sigmoid()]))


class Scale(LAYERS.Layer):
    """Not registered."""

    def __init__(self, factor: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs: Any) -> Any:
        return inputs * self.factor

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}


def unregistered(hp: Any) -> Any:
    return compiled(
        keras.Sequential([keras.Input((4,)), Scale(hp.Float("factor", 0.5, 2.0)), sigmoid()])
    )


def with_lambda(hp: Any) -> Any:
    double = LAYERS.Lambda(lambda values: values * 2)
    return compiled(
        keras.Sequential([keras.Input((4,)), double, LAYERS.Dense(hp.Int("n", 1, 3)), sigmoid()])
    )


def own_loss(wanted: Any, predicted: Any) -> Any:
    return keras.ops.mean(keras.ops.square(wanted - predicted), axis=-1)


def with_own_loss(hp: Any) -> Any:
    return compiled(
        keras.Sequential([keras.Input((4,)), LAYERS.Dense(hp.Int("n", 1, 3)), sigmoid()]), own_loss
    )


class Plain(keras.Model):
    """Has no get_config."""

    def __init__(self, hidden: Any) -> None:
        super().__init__()
        self.hidden, self.answer = hidden, sigmoid()

    def call(self, inputs: Any) -> Any:
        return self.answer(self.hidden(inputs["left"]) + self.hidden(inputs["right"]))


def without_config(hp: Any) -> Any:
    return compiled(Plain(LAYERS.Dense(hp.Int("units", 2, 5))))


NUMBERS, ANSWERS = X[:20], Y[:20]
INPUTS: dict[Any, Any] = {
    several_inputs: {"n": NUMBERS, "w": tf.constant(WORDS)},
    without_config: {"left": NUMBERS, "right": NUMBERS},
}


def searched(folder: Path, build: Any, **changes: Any) -> Any:
    """Runs a search of two trials."""
    tuner = make(folder, build, max_trials=2, keep_models=2, listeners=[], **changes)
    inputs = INPUTS.get(build, NUMBERS)
    tuner.search(inputs, ANSWERS, validation_data=(inputs, ANSWERS), epochs=2, verbose=0)
    return tuner


def assert_same_predictions(tuner: Any, run: Any, build: Any = None) -> None:
    inputs = INPUTS.get(build, NUMBERS)
    wanted = [model.predict(inputs, verbose=0) for model in tuner.get_best_models(2)]
    got = [model.predict(inputs, verbose=0) for model in run.get_best_models(2)]
    np.testing.assert_array_equal(got, wanted)
    np.testing.assert_array_equal(run.predict(inputs), wanted[0])


@pytest.mark.parametrize(
    "build", [loops, unbuilt, several_inputs, subclassed, mixed], ids=lambda build: build.__name__
)
@pytest.mark.quick("loops")
def test_models_come_back_without_the_function_that_built_them(build: Any, tmp_path: Path) -> None:
    tuner = searched(tmp_path, build)
    shutil.move(tmp_path / "run", tmp_path / "elsewhere")
    run = tftune.load_run(tmp_path / "elsewhere")
    shutil.copytree(tmp_path / "elsewhere", tmp_path / "run")
    assert_same_predictions(tuner, run, build)
    assert run.best_model().compiled and run.best_model() is run.best_model()
    assert (
        run.get_best_hyperparameters(2)[1].values.items() >= run.state.ranked(2)[1].values.items()
    )
    dropout = [layer.rate for layer in run.best_model().layers if hasattr(layer, "rate")]
    assert dropout == ([run.best_hyperparameters()["dropout"]] if build is loops else [])


@pytest.mark.slow
def test_what_is_missing_for_a_model_is_said(tmp_path: Path) -> None:
    tuner = searched(tmp_path / "own", unregistered)
    folder = tmp_path / "own" / "run"
    with pytest.raises(RunFolderError, match=r"without the class Scale\. Import the module that"):
        tftune.load_run(folder).best_model()
    assert_same_predictions(tuner, tftune.load_run(folder, custom_objects={"Scale": Scale}))
    assert_same_predictions(tuner, tftune.load_run(folder, build=unregistered))

    tuner = searched(tmp_path / "lambda", with_lambda)
    folder = tmp_path / "lambda" / "run"
    with pytest.raises(RunFolderError, match=r"a Python lambda(?s:.*)pass safe_mode=False"):
        tftune.load_run(folder).best_model()
    assert_same_predictions(tuner, tftune.load_run(folder, safe_mode=False))

    tuner = searched(tmp_path / "loss", with_own_loss)
    folder = tmp_path / "loss" / "run"
    with pytest.warns(UserWarning, match="without being compiled: the function own_loss is not"):
        run = tftune.load_run(folder)
        assert_same_predictions(tuner, run)
    assert not run.best_model().compiled
    run = tftune.load_run(folder, custom_objects={"own_loss": own_loss})
    assert run.best_model().compiled

    tuner = searched(tmp_path / "plain", without_config)
    folder = tmp_path / "plain" / "run"
    with pytest.raises(RunFolderError, match=r"Keras cannot serialise this model.*build=build"):
        tftune.load_run(folder).best_model()
    assert_same_predictions(tuner, tftune.load_run(folder, build=without_config), without_config)


@pytest.mark.slow
def test_continued_trials_and_folds_come_back(tmp_path: Path) -> None:
    options = {"oracle_options": {"max_epochs": 3}}
    tuner = make(tmp_path / "a", subclassed, "hyperband", max_trials=None, keep_models=2, **options)
    tuner.search(**{**FIT, "epochs": None})
    assert any(trial.parent for trial in tuner.state.trials.values())
    assert_same_predictions(tuner, tftune.load_run(tmp_path / "a" / "run"))
    tuner = searched(tmp_path / "b", subclassed, folds=2)
    assert_same_predictions(tuner, tftune.load_run(tmp_path / "b" / "run"))


@pytest.mark.slow
def test_a_run_tells_its_trials_without_tensorflow(tmp_path: Path) -> None:
    tuner = searched(tmp_path, loops)
    run = tftune.load_run(tmp_path / "run")
    assert (run.objective, run.direction) == ("val_accuracy", "max")
    assert run.input_signature == {"shape": [4], "dtype": "float32"} and run.class_names is None
    assert [trial.trial_id for trial in run.trials] == ["0000", "0001"]
    rows = run.table()
    assert rows[0]["status"] == "completed" and rows[0]["layers"] in (1, 2, 3)
    assert {name for row in rows for name in row} >= {"trial_id", "score", "units_0", "dropout"}
    assert set(run.space.names) >= set(tuner.state.best().values)
    code = (
        f"import sys, tftune; run = tftune.load_run({str(tmp_path / 'run')!r}); run.table();"
        "run.results_summary(); print(sorted({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == "[]" and "val_accuracy" in told.stdout


@pytest.mark.slow
def test_names_of_classes_are_kept_where_the_data_told_them(tmp_path: Path) -> None:
    data = tf.data.Dataset.from_tensor_slices((NUMBERS, ANSWERS)).batch(10)
    data.class_names = ["no", "yes"]
    tuner = make(tmp_path, unbuilt, max_trials=1, listeners=[], objective="val_loss")
    tuner.search(data, validation_data=data, epochs=1, verbose=0)
    run = tftune.load_run(tmp_path / "run")
    assert run.class_names == ["no", "yes"] and run.predict(NUMBERS).shape == (20, 1)


@pytest.mark.slow
def test_a_later_tuner_answers_without_searching(tmp_path: Path) -> None:
    tuner = searched(tmp_path, loops)
    wanted = [model.predict(NUMBERS, verbose=0) for model in tuner.get_best_models(2)]
    values = [hp.values for hp in tuner.get_best_hyperparameters(2)]
    best = [trial.trial_id for trial in tuner.oracle.get_best_trials(2)]
    later = make(tmp_path, loops, max_trials=2, keep_models=2, listeners=[])
    for _ in range(2):
        assert [hp.values for hp in later.get_best_hyperparameters(2)] == values
        assert any("units_1" in each for each in values)
        models = later.get_best_models(2)
        np.testing.assert_array_equal([each.predict(NUMBERS, verbose=0) for each in models], wanted)
        assert [trial.trial_id for trial in later.oracle.get_best_trials(2)] == best
        assert len(later.oracle.trials) == 2
        assert "units_1" in [hp.name for hp in later.oracle.get_space().space]
        later.results_summary()
        later.search_space_summary()
        data = (NUMBERS, ANSWERS)
        later.search(*data, validation_data=data, epochs=2, verbose=0)  # nothing is left to do
    assert later.evaluate_best(NUMBERS, ANSWERS)["loss"] > 0


@pytest.mark.slow
def test_a_later_tuner_loads_a_model_that_builds_itself(tmp_path: Path) -> None:
    tuner = searched(tmp_path, subclassed)
    later = make(tmp_path, subclassed, keep_models=2)
    wanted, got = (each.get_best_models()[0].predict(NUMBERS, verbose=0) for each in (tuner, later))
    np.testing.assert_array_equal(got, wanted)


@pytest.mark.slow
def test_a_folder_that_was_renamed_is_resumed(tmp_path: Path) -> None:
    make(tmp_path, max_trials=1).search(**FIT)
    (tmp_path / "new").mkdir()
    shutil.move(tmp_path / "run", tmp_path / "new" / "name")
    tuner = make(tmp_path / "new", max_trials=2, project_name="name")
    tuner.search(**FIT)
    assert len(tuner.state.trials) == 2
    (tmp_path / "link").symlink_to(tmp_path / "new", target_is_directory=True)
    tuner = make(tmp_path / "link", max_trials=3, project_name="name")
    tuner.search(**FIT)
    assert len(tuner.state.trials) == 3
    with pytest.raises(RunFolderError, match="task: 'run' in the folder, 'mine' now"):
        make(tmp_path / "new", project_name="name", task="mine").search(**FIT)


def test_an_old_folder_gives_its_trials_and_with_its_code_the_model(tmp_path: Path) -> None:
    for old in (OLD / "random", OLD / "version_0_2" / "random"):
        run = tftune.load_run(old)
        assert run.best_hyperparameters().values == run.best_trial().values
        with pytest.raises(RunFolderError, match="does not describe its model: an older version"):
            run.best_model()
        build = searches.SEARCHES["random"].build
        model = tftune.load_run(old, build=build).best_model()
        rows, targets = searches.ROWS[searches.TEST], searches.TARGETS[searches.TEST]
        assert model.evaluate(rows, targets, verbose=0) == run.state.test["metrics"]["loss"]


# the old journals tell of the libraries that they were written with
@pytest.mark.filterwarnings("ignore:The search was begun with other libraries")
def test_a_journal_without_model_and_fit_arguments_is_resumed(tmp_path: Path) -> None:
    """They are not compared: a journal of version 0.2 as it was before headers told them."""
    shutil.copytree(OLD / "version_0_2" / "random", tmp_path / "random")
    before = read(tmp_path / "random" / "journal.jsonl")[0]
    assert "fit" not in before[0] and "model" not in before[0]
    count = len(SearchState().apply_all(before).trials)
    tuner = searches.tuner("random", tmp_path, max_trials=count + 1)
    searches.run("random", tuner)
    assert len(tuner.state.trials) == count + 1


def test_a_journal_of_a_newer_version_is_refused_with_the_way(tmp_path: Path) -> None:
    with Journal(tmp_path / "run" / "journal.jsonl") as journal:
        journal.append({"kind": "header", "schema": 99, "time": 0.0})
    for look in (lambda: tftune.load_run(tmp_path / "run"), lambda: make(tmp_path)):
        with pytest.raises(RunFolderError, match=r"newer version of tftune.*schema 99\. Upgrade"):
            look()


def test_no_search_no_trial_and_no_weights_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="is not a run folder: it has no journal"):
        tftune.load_run(tmp_path)
    searched(tmp_path, unbuilt)
    run = tftune.load_run(tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / "checkpoints")
    with pytest.raises(UsageError, match=r"weights of 0 of the best 1 trials.*keep_models="):
        run.get_best_models()
    header = {**run.header, "kind": "header"}
    with Journal(tmp_path / "other" / "journal.jsonl") as journal:
        journal.append({name: part for name, part in header.items() if name != "crc"})
    with pytest.raises(NoTrialCompletedError, match="none has completed"):
        tftune.load_run(tmp_path / "other").best_model()


@pytest.mark.slow
def test_hyperparameters_are_kerastuners(tmp_path: Path) -> None:
    searched(tmp_path, loops)
    hp = tftune.load_run(tmp_path / "run").best_hyperparameters()
    assert isinstance(hp, keras_tuner.HyperParameters)
    assert loops(hp).count_params() > 0
