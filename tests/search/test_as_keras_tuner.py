"""What KerasTuner's own test-suite asks of a tuner, in our own words;
`docs/coming-from/keras-tuner.md` counts.

What other test files of ours ask already is not repeated here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import keras
import keras_tuner
import numpy as np
import pytest

import tftune
from tftune.errors import RunFolderError, UsageError
from tftune.oracles import ORACLES

X = np.random.default_rng(0).random((24, 2)).astype("float32")
Y = np.random.default_rng(1).integers(0, 3, 24)
FIT: dict[str, Any] = {"validation_split": 0.25, "epochs": 2, "verbose": 0}


def finish(hp: Any, x: Any, inputs: Any) -> keras.Model:
    model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x))
    optimizer = keras.optimizers.Adam(hp.Choice("learning_rate", [1e-2, 1e-3, 1e-4]))
    loss = "sparse_categorical_crossentropy"
    model.compile(optimizer, loss, metrics=["accuracy"], run_eagerly=True)
    return model


def build(hp: Any) -> keras.Model:
    x = inputs = keras.Input((2,))
    for index in range(hp.Int("num_layers", 1, 4)):
        x = keras.layers.Dense(hp.Int(f"units_{index}", 5, 9, 1, default=6), "relu")(x)
    return finish(hp, x, inputs)


def build_static(hp: Any) -> keras.Model:
    """Asks for knobs that were declared before."""
    x = inputs = keras.Input((2,))
    for index in range(hp.get("num_layers")):
        x = keras.layers.Dense(hp.get(f"units_{index}"), "relu")(x)
    return finish(hp, x, inputs)


def make(folder: Path, kind: type[tftune.Tuner] = tftune.Tuner, **changes: Any) -> tftune.Tuner:
    given: dict[str, Any] = {"oracle": "random", "max_trials": 2, "objective": "val_accuracy"}
    if kind is tftune.Tuner:
        given |= {"hypermodel": build, "workers": 0}
    return kind(**{**given, "directory": folder, **changes})


def space_of(tuner: tftune.Tuner) -> set[str]:
    return {knob.name for knob in tuner.oracle.get_space().space}


# The tuner.


def test_attributes_and_what_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tuner = make(tmp_path, executions_per_trial=3)
    assert (tuner.oracle.objective.name, tuner.oracle.max_trials) == ("val_accuracy", 2)
    assert (tuner.executions_per_trial, tuner.remaining_trials) == (3, 2)
    assert len(tuner.oracle.hyperparameters.space) == len(tuner.oracle.get_space().space) == 3
    tuner.search_space_summary()
    assert "num_layers (Int)" in capsys.readouterr().out
    tuner.search(X, Y, **FIT)
    assert capsys.readouterr().out == ""  # verbose=0
    tuner.results_summary()
    assert "val_accuracy" in capsys.readouterr().out
    assert (len(tuner.oracle.trials), tuner.remaining_trials) == (2, 0)


def test_a_static_space_is_taken_and_another_refused(tmp_path: Path) -> None:
    hp = keras_tuner.HyperParameters()
    hp.Int("num_layers", 1, 2, default=2)
    hp.Int("units_0", 4, 6, default=5)
    hp.Int("units_1", 4, 6, default=5)
    options = {"hypermodel": build_static, "hyperparameters": hp, "allow_new_entries": False}
    with pytest.raises(UsageError, match=r"lacks.*Received also: \['learning_rate'\]"):
        make(tmp_path, **options)
    hp.Choice("learning_rate", [0.01, 0.001])
    tuner = make(tmp_path, **options)
    tuner.search(X, Y, **FIT)
    assert space_of(tuner) == {"num_layers", "units_0", "units_1", "learning_rate"}
    assert tuner.state.counts()["completed"] == 2


@pytest.mark.slow
def test_new_entries_stand_at_their_default_or_are_tuned(tmp_path: Path) -> None:
    hp = keras_tuner.HyperParameters()
    hp.Int("num_layers", 1, 2, default=2)
    hp.Choice("learning_rate", [0.01, 0.001, 0.0001])
    hp.Fixed("units_0", 4)
    options = {"hyperparameters": hp, "max_trials": 4}
    restricted = make(tmp_path / "restricted", tune_new_entries=False, **options)
    assert len(restricted.oracle.hyperparameters.space) == 3
    restricted.search(X, Y, **FIT)
    assert len(restricted.oracle.hyperparameters.space) == 3  # nothing was added
    for trial in restricted.state.trials.values():
        assert trial.values["units_0"] == 4 and trial.values.get("units_1", 6) == 6
        assert trial.values["num_layers"] <= 2
    free = make(tmp_path / "free", tune_new_entries=True, **options)
    assert space_of(free) == {"num_layers", "learning_rate", "units_0", "units_1"}
    free.search(X, Y, **FIT)
    knobs = {knob.name: knob for knob in free.oracle.get_space().space}
    assert knobs["num_layers"].max_value == 2  # as declared beforehand, not as in the function


@pytest.mark.parametrize("option", ["tune_new_entries", "allow_new_entries"])
def test_without_new_entries_there_must_be_a_space(option: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Pass hyperparameters="):
        make(tmp_path, **{option: False})


class Biased(keras.Model):
    """Has a knob in its call."""

    def __init__(self, hp: Any) -> None:
        super().__init__()
        self.hp, self.layer = hp, keras.layers.Dense(3, activation="softmax")

    def call(self, x: Any) -> Any:
        return self.layer(x + self.hp.Float("bias", 0, 10))


def build_biased(hp: Any) -> keras.Model:
    model = Biased(hp)
    optimizer = keras.optimizers.Adam(hp.Choice("learning_rate", [1e-2, 1e-3, 1e-4]))
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.slow
def test_a_subclassed_model_is_tuned_and_loaded(tmp_path: Path) -> None:
    tuner = make(tmp_path, hypermodel=build_biased, max_trials=3)
    data = {"validation_data": (X[18:], Y[18:]), "epochs": 2, "verbose": 0}
    tuner.search(X[:18], Y[:18], **data)
    assert space_of(tuner) == {"learning_rate", "bias"}
    model = tuner.get_best_models()[0]
    assert model.evaluate(X[18:], Y[18:], verbose=0)[1] == tuner.state.best().score


def test_a_new_tuner_reads_what_an_earlier_one_did(tmp_path: Path) -> None:
    make(tmp_path).search(X, Y, **FIT)
    later = make(tmp_path)
    later.reload()
    assert len(later.state.trials) == len(later.oracle.trials) == 2
    later.search(X, Y, **FIT)
    assert len(later.state.trials) == 2
    more = make(tmp_path, max_trials=3)
    more.search(X, Y, **FIT)
    assert list(more.state.trials) == ["0000", "0001", "0002"]
    with pytest.raises(RunFolderError, match=r"(?s)search: .*overwrite=True"):
        make(tmp_path, oracle="gp").search(X, Y, **FIT)
    assert make(tmp_path, overwrite=True).state.trials == {}


class Counting(keras.callbacks.Callback):
    """Knows which of its copies trained."""

    trained: ClassVar[set[int]] = set()
    alive: ClassVar[list[Any]] = []

    def on_train_begin(self, logs: Any = None) -> None:
        self.trained.add(id(self))
        self.alive.append(self)  # so that no id is given twice


@pytest.mark.slow
def test_each_execution_gets_callbacks_of_its_own(tmp_path: Path) -> None:
    given = Counting()
    make(tmp_path, executions_per_trial=3).search(X, Y, **FIT, callbacks=[given])
    assert len(Counting.trained) == 6 and id(given) not in Counting.trained


def test_what_is_no_model_no_oracle_no_callback_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must be a keras_tuner.HyperModel or a function"):
        make(tmp_path, hypermodel="build")
    with pytest.raises(ValueError, match="oracle must be a name"):
        make(tmp_path, oracle=3, objective=None, max_trials=None)
    with pytest.raises(ValueError, match="must return a compiled Keras model"):
        make(tmp_path, hypermodel=lambda hp: None).search(X, Y, **FIT)
    with pytest.raises(UsageError):
        make(tmp_path).search(X, Y, **FIT, callbacks=[keras_tuner])
    theirs = keras_tuner.oracles.RandomSearchOracle(objective="val_accuracy", max_trials=2)
    with pytest.raises(UsageError, match="KerasTuner's own oracles cannot resume"):
        make(tmp_path, oracle=theirs, objective=None, max_trials=None)


def test_models_that_are_all_too_large_end_the_search(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="Oversized model"):
        make(tmp_path, max_model_size=4, max_trials=3).search(X, Y, **FIT)


class Returning(keras_tuner.HyperModel):
    """Returns what it is told to."""

    def __init__(self, returned: Any) -> None:
        super().__init__()
        self.returned = returned

    def build(self, hp: Any) -> keras.Model:
        return build(hp)

    def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
        return self.returned


@pytest.mark.parametrize("returned", ["good", [], object(), ["a"]])
def test_a_fit_that_returns_no_result_ends_the_search(returned: Any, tmp_path: Path) -> None:
    with pytest.raises(keras_tuner.errors.FatalTypeError, match=r"HyperModel\.fit\(\)"):
        make(tmp_path, hypermodel=Returning(returned)).search(X, Y, **FIT)


def test_knobs_under_all_conditions_are_found_before_the_search(tmp_path: Path) -> None:
    def conditional(hp: Any) -> keras.Model:
        kind = hp.Choice("kind", ["cnn", "mlp"])
        for name in ("cnn", "mlp"):
            with hp.conditional_scope("kind", [name]):
                if kind == name:
                    sub = hp.Choice(f"sub_{name}", ["a", "b"])
                    for letter in ("a", "b"):
                        with hp.conditional_scope(f"sub_{name}", [letter]):
                            if sub == letter:
                                hp.Int(f"n_{name}_{letter}", 2, 4)
        hp.Boolean("parent", default=True)
        hp.Boolean("child", parent_name="parent", parent_values=[False])
        return build(hp)

    found = space_of(make(tmp_path, hypermodel=conditional))
    assert found >= {"kind", "sub_cnn", "sub_mlp", "n_cnn_a", "n_cnn_b", "n_mlp_a", "n_mlp_b"}
    assert found >= {"parent", "child", "num_layers", "units_0", "learning_rate"}


def test_a_hypermodel_may_say_its_knobs_without_being_built(tmp_path: Path) -> None:
    class Declaring(keras_tuner.HyperModel):
        def declare_hyperparameters(self, hp: Any) -> None:
            hp.Boolean("flag")

        def build(self, hp: Any) -> keras.Model:
            raise AssertionError("not built")

    assert space_of(make(tmp_path, hypermodel=Declaring())) == {"flag"}


@pytest.mark.slow
def test_knobs_that_a_trial_meets_first_are_tuned_from_then_on(tmp_path: Path) -> None:
    tuner = make(tmp_path, start=[{"num_layers": 3}], max_trials=3)
    assert space_of(tuner) == {"num_layers", "units_0", "learning_rate"}
    tuner.search(X, Y, **FIT)
    assert space_of(tuner) >= {"num_layers", "units_0", "units_1", "units_2", "learning_rate"}


# Trials that user code runs.


class Two(tftune.Tuner):
    """Has four configurations."""

    def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> Any:
        trial.hyperparameters.Boolean("first")
        trial.hyperparameters.Boolean("second")
        return [0.5]


@pytest.mark.parametrize("oracle", ["random", "gp-fast", "tpe", "grid"])
def test_an_exhausted_space_ends_the_search(oracle: str, tmp_path: Path) -> None:
    tuner = make(tmp_path, Two, oracle=oracle, max_trials=15, objective=None)
    tuner.search(verbose=0)
    assert len(tuner.oracle.trials) == 4


def test_a_grid_visits_all_combinations_of_knobs_met_in_trials(tmp_path: Path) -> None:
    class Grid(tftune.Tuner):
        def run_trial(self, trial: Any, **kwargs: Any) -> float:
            hp = trial.hyperparameters
            hp.Choice("units", [2, 4])
            hp.Choice("optimizer", ["adam", "sgd", "rmsprop"])
            hp.Boolean("dropout")
            hp.Fixed("loss", "mse")
            return float(len(trial.trial_id))

    tuner = make(tmp_path, Grid, oracle="grid", max_trials=None, objective=None)
    tuner.search()
    visited = {tuple(sorted(trial.values.items())) for trial in tuner.state.trials.values()}
    assert len(visited) == len(tuner.state.trials) == 12
    assert all(dict(values)["loss"] == "mse" for values in visited)


def test_a_grid_follows_the_conditions_of_build_and_fit(tmp_path: Path) -> None:
    class Conditional(keras_tuner.HyperModel):
        def build(self, hp: Any) -> keras.Model:
            self.choose(hp, "built")
            return keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])

        def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> float:
            self.choose(hp, "fitted")
            return 1.0

        def choose(self, hp: Any, name: str) -> None:
            flag = hp.Boolean(name)
            for value in (True, False):
                with hp.conditional_scope(name, [value]):
                    if flag is value:
                        hp.Choice(f"{name}_{value}", [1, 2])

    given = {"oracle": "grid", "max_trials": None, "objective": None}
    tuner = make(tmp_path, hypermodel=Conditional(), **given)
    tuner.search(verbose=0)
    assert len(tuner.state.trials) == 4 * 4


def test_failed_trials_are_skipped(tmp_path: Path) -> None:
    class Skipping(Two):
        def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> Any:
            result = super().run_trial(trial)
            if len(self.oracle.start_order) == 1:
                raise keras_tuner.errors.FailedTrialError
            return result

    tuner = make(tmp_path, Skipping, oracle="gp-fast", max_trials=15, objective=None)
    tuner.search(verbose=0)
    assert [trial.status for trial in tuner.oracle.trials.values()].count("FAILED") == 1


def test_best_trials_are_those_of_the_oracle_in_an_override(tmp_path: Path) -> None:
    class Factors(tftune.Tuner):
        def run_trial(self, trial: Any, x: float) -> Any:
            model = self.hypermodel.build(trial.hyperparameters)
            self.oracle.update_space(trial.hyperparameters)
            return {"score": model * x}

        def get_best_models(self, num_models: int = 1) -> list[Any]:
            best = self.oracle.get_best_trials(num_models)
            return [self.hypermodel.build(trial.hyperparameters) for trial in best]

    tuner = make(
        tmp_path,
        Factors,
        hypermodel=lambda hp: hp.Float("a", 0, 10),
        objective=keras_tuner.Objective("score", "max"),
        max_trials=5,
    )
    tuner.search(1.0)
    models = tuner.get_best_models(5)
    assert models == sorted(models, reverse=True) and len(set(models)) == 5


# Oracles.


def test_one_sweep_of_hyperband_in_parallel() -> None:
    """With the sizes that KerasTuner takes, those of the paper's Algorithm 1."""
    hp = keras_tuner.HyperParameters()
    hp.Float("a", -100, 100)
    oracle = ORACLES["hyperband"](
        objective=keras_tuner.Objective("score", "max"),
        hyperparameters=hp,
        seed=0,
        max_epochs=4,
        factor=2,
        sizes="algorithm",
    )

    def begin(count: int) -> list[Any]:
        trials = [oracle.create_trial(f"tuner{number}") for number in range(count)]
        assert {trial.status for trial in trials} == {"RUNNING"}
        assert oracle.create_trial("another").status == "IDLE"
        return trials

    for count in (10, 3, 1):  # 4 + 3 + 3 in the first rungs, then 2 + 1, then 1
        for trial in begin(count):
            oracle.update_trial(trial.trial_id, {"score": 1})
            trial.status = "COMPLETED"
            oracle.end_trial(trial)
    assert oracle.create_trial("another").status == "STOPPED"


def test_a_model_based_search_finds_the_optimum_of_a_polynomial(tmp_path: Path) -> None:
    class Polynomial(tftune.Tuner):
        def run_trial(self, trial: Any) -> float:
            hp = trial.hyperparameters
            return -(hp["a"] ** 3) + hp["b"] ** 3 + hp["c"] - abs(hp["d"])

    hp = keras_tuner.HyperParameters()
    for name in "abcd":
        hp.Float(name, -1, 1)
    tuner = make(
        tmp_path,
        Polynomial,
        oracle="gp-fast",
        hyperparameters=hp,
        objective=keras_tuner.Objective("score", "max"),
        max_trials=50,
    )
    tuner.search()
    best = tuner.get_best_hyperparameters()[0].values
    assert tuner.state.best().score == pytest.approx(3, abs=0.3)
    assert [best[name] for name in "abcd"] == pytest.approx([-1, 1, 1, 0], abs=0.15)
