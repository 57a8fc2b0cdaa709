"""Only the same search is resumed: what was changed is told, what is harmless is not asked for."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.search.test_tuner import FIT, make
from tftune.errors import RunFolderError
from tftune.journal.journal import Journal, read
from tftune.search.differences import changes, fit_lines, model_lines, way_out
from tftune.search.identity import fit_identity, model_identity
from tftune.training.model_identity import identity_of
from tftune.training.plain_form import plain

CALLBACKS = keras.callbacks
LAYERS = keras.layers


def changed(
    activation: str = "relu", dropout: float = 0.0, times: int = 1, optimizer: Any = "adam"
) -> Any:
    """Returns a function that builds a model."""

    def build(hp: Any) -> Any:
        layers = [keras.Input((4,)), LAYERS.Dense(hp.Int("units", 2, 8) * times, activation)]
        layers += [LAYERS.Dropout(dropout)] if dropout else []
        model = keras.Sequential([*layers, LAYERS.Dense(1, "sigmoid")])
        model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"], run_eagerly=True)
        return model

    return build


def resume(folder: Path, then: Any, now: Any, fit: Any = (), fit_now: Any = ()) -> Any:
    """Begins a search and goes on with it."""
    make(folder, then, max_trials=1, listeners=[]).search(**{**FIT, "epochs": 1, **dict(fit)})
    tuner = make(folder, now, max_trials=2, listeners=[])
    tuner.search(**{**FIT, "epochs": 1, **dict(fit_now)})
    return tuner


class Warm(CALLBACKS.Callback):
    """Keeps its setting under another name."""

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self.until = epochs


FIT_CHANGES = [
    ({"batch_size": 8}, {"batch_size": 64}, "fit: batch_size: 8 in the folder, 64 now"),
    ({}, {"shuffle": False}, "fit: shuffle: True in the folder, False now"),
    (
        {"class_weight": {0: 1, 1: 1}},
        {"class_weight": {0: 1, 1: 50}},
        "fit: class_weight: .*50.* now",
    ),
    ({}, {"callbacks": [CALLBACKS.TerminateOnNaN()]}, "callbacks: TerminateOnNaN added"),
    (
        {"callbacks": [CALLBACKS.EarlyStopping(patience=3)]},
        {"callbacks": [CALLBACKS.EarlyStopping(patience=5)]},
        "callbacks: EarlyStopping: patience 3 -> 5",
    ),
    ({"callbacks": [Warm(2)]}, {"callbacks": [Warm(3)]}, "callbacks: Warm: until 2 -> 3"),
]


@pytest.mark.parametrize(("then", "now", "line"), FIT_CHANGES)
def test_other_arguments_of_fit_are_refused(then: Any, now: Any, line: str, tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=f"holds another search:(?s:.*)  {line}"):
        resume(tmp_path, changed(), changed(), then, now)


MODEL_CHANGES = [
    ({"activation": "tanh"}, r"another build\(\): dense(_1)?: activation relu -> tanh"),
    ({"dropout": 0.5}, r"another build\(\): layer dropout added"),
    ({"times": 2}, r"another build\(\): dense: units 2 -> 4"),
    ({"optimizer": "sgd"}, r"another build\(\): optimizer Adam -> SGD"),
]


@pytest.mark.parametrize(("change", "line"), MODEL_CHANGES)
def test_another_build_with_the_same_knobs_is_refused(
    change: dict[str, Any], line: str, tmp_path: Path
) -> None:
    with pytest.raises(RunFolderError, match=f"holds another search:\n  {line}") as refusal:
        resume(tmp_path, changed(), changed(**change))
    told = str(refusal.value)
    assert (
        "max_trials, budget, workers" in told and "project_name='run-2'" in told and len(told) < 800
    )


def test_what_is_harmless_may_change(tmp_path: Path) -> None:
    def build(hp: Any) -> Any:
        # a comment
        layers = [
            keras.Input((4,)),
            LAYERS.Dense(
                hp.Int("units", 2, 8),
                "relu",
            ),
        ]
        model = keras.Sequential([*layers, LAYERS.Dense(1, "sigmoid")])
        model.compile("adam", "binary_crossentropy", metrics=["accuracy"], run_eagerly=True)
        return model

    def same(hp: Any) -> Any:
        layers = [keras.Input((4,)), LAYERS.Dense(hp.Int("units", 2, 8), "relu")]
        model = keras.Sequential([*layers, LAYERS.Dense(1, "sigmoid")])
        model.compile("adam", "binary_crossentropy", metrics=["accuracy"], run_eagerly=True)
        return model

    same.__name__ = "build"
    then = {"batch_size": 8, "class_weight": {0: 1, 1: 2}, "callbacks": [CALLBACKS.History()]}
    now = {
        "batch_size": np.int64(8),
        "class_weight": {1: np.float32(2), 0: 1.0},
        "callbacks": (CALLBACKS.History(),),
        "shuffle": True,
        "validation_data": list(FIT["validation_data"]),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        assert len(resume(tmp_path, build, same, then, now).state.trials) == 2


def test_other_code_with_the_same_default_model_is_warned_of(tmp_path: Path) -> None:
    def build(hp: Any) -> Any:
        return changed("relu" if hp.Int("units", 2, 8) < 5 else "tanh")(hp)

    with pytest.warns(UserWarning, match=r"build\(\) has other code than when"):
        resume(tmp_path, changed(), build)


@pytest.mark.slow
def test_other_libraries_are_warned_of_once(tmp_path: Path) -> None:
    make(tmp_path, max_trials=1, listeners=[]).search(**FIT)
    journal = tmp_path / "run" / "journal.jsonl"
    records = read(journal)[0]
    records[0]["versions"] |= {"keras": "3.8.0", "python": "3.14.0"}
    journal.unlink()
    with Journal(journal) as opened:
        for record in records:
            opened.append({name: part for name, part in record.items() if name != "crc"})
    with pytest.warns(UserWarning, match=r"keras 3\.8\.0 then, .* now\): .*last digits") as told:
        make(tmp_path, max_trials=2, listeners=[]).search(**FIT)
    assert len([each for each in told if "last digits" in str(each.message)]) == 1


def test_callbacks_are_told_by_class_and_settings() -> None:
    def line(then: Any, now: Any) -> list[str]:
        return fit_lines(*(fit_identity({"callbacks": each}) for each in (then, now)))

    first, second = (
        CALLBACKS.LambdaCallback(on_epoch_end=lambda epoch, logs: None),
        CALLBACKS.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch)),
    )
    assert line([first], [second]) == ["callbacks: LambdaCallback: other code in on_epoch_end"]
    rates = [CALLBACKS.LearningRateScheduler(lambda epoch, k=k: k / (epoch + 1)) for k in (1, 2)]
    assert line([rates[0]], [rates[1]]) == [
        "callbacks: LearningRateScheduler: schedule.with.default 0 1 -> 2"
    ]
    loggers = [CALLBACKS.CSVLogger(path) for path in ("a.csv", "b.csv")]
    assert line([loggers[0]], loggers[1]) == []  # where it writes to changes no number
    assert line([Warm(1), first], [first, Warm(1)]) == [
        "callbacks: another order: Warm, LambdaCallback -> LambdaCallback, Warm"
    ]
    assert line([Warm(1), Warm(2)], [Warm(1)]) == ["callbacks: Warm #2 removed"]


def test_weights_of_rows_are_told_by_their_content() -> None:
    weights = np.linspace(0, 1, 200)
    told = [
        fit_identity({"sample_weight": each}) for each in (weights, weights.astype("float32"), None)
    ]
    assert told[0] == told[1] and len(str(told[0])) < 100 and told[2] == {}
    assert fit_identity({"sample_weight": weights[::-1]}) != told[0]


def test_what_a_function_takes_from_around_it_counts() -> None:
    def make_rate(rate: Any) -> Any:
        def schedule(epoch: int) -> Any:
            """Says something."""
            return rate * epoch

        return schedule

    assert plain(make_rate(1.0)) == plain(make_rate(1.0))
    found = list(changes(plain(make_rate(1.0)), plain(make_rate(2.0))))
    assert found == [("with.rate", 1.0, 2.0)]
    told = {**plain(make_rate(1.0)), "python": "3.99", "code": "other"}
    assert list(changes(plain(make_rate(1.0)), told)) == []  # bytecode of another Python


def test_an_object_that_holds_much_is_told_shortly() -> None:
    class Holder:
        def __init__(self) -> None:
            self.me, self.rows = self, np.zeros((1000, 10))
            self.words = [str(number) for number in range(20_000)]
            self.teacher = keras.Sequential([keras.Input((2,)), LAYERS.Dense(1)])

    told = plain(Holder())
    assert len(str(told)) < 1000 and told["teacher"]["layers"] == ["Dense"]


def test_names_that_keras_counts_do_not_matter() -> None:
    first, second = (identity_of(changed()(_Hp())) for _ in range(2))
    assert first == second and [layer["name"] for layer in first["config"]["layers"]] == [
        "input_layer",
        "dense",
        "dense_1",
    ]


class _Hp:
    def Int(self, name: str, low: int, high: int) -> int:
        return low


def test_code_of_the_users_in_a_model_counts() -> None:
    def model_with(step: Any, loss: Any) -> Any:
        class Own(keras.Model):
            train_step = step

            def __init__(self) -> None:
                super().__init__()
                self.answer = LAYERS.Dense(1)

        model = Own()
        model.compile("adam", loss)
        return identity_of(model)

    def half(a: Any, b: Any) -> Any:
        return (a - b) / 2

    def third(a: Any, b: Any) -> Any:
        return (a - b) / 3

    third.__name__ = "half"
    base = model_with(lambda self, data: {}, half)
    assert model_with(lambda self, data: {}, half) == base
    assert model_lines(base, model_with(lambda self, data: {"loss": 0}, half)) == [
        "another build(): Own has other code"
    ]
    assert model_lines(base, model_with(lambda self, data: {}, third)) == [
        "another build(): half has other code"
    ]


def test_a_lambda_layer_counts_by_its_code_not_by_its_line() -> None:
    def model_with(function: Any) -> Any:
        return identity_of(keras.Sequential([keras.Input((2,)), LAYERS.Lambda(function)]))

    double = model_with(lambda values: values * 2)
    same = model_with(
        lambda values: values * 2,
    )
    assert double == same
    lines = model_lines(double, model_with(lambda values: values * 3))
    assert lines == ["another build(): lambda: other code in function"]


@pytest.mark.slow
def test_a_large_model_is_told_by_digests() -> None:
    words = [f"word {number}" for number in range(3000)]
    layers = [LAYERS.Dense(3, name=f"own_{number}") for number in range(300)]
    model = keras.Sequential([keras.Input((3,)), *layers])
    assert len(str(identity_of(model))) < 60_000
    lookup = keras.Sequential([LAYERS.StringLookup(vocabulary=words)])
    assert len(str(identity_of(lookup))) < 2_000
    layers[7].activation = keras.activations.tanh
    lines = model_lines(identity_of(keras.Sequential([keras.Input((3,)), *layers])), {})
    assert len(lines) == 1 and len(lines[0]) < 600


def test_a_hypermodel_that_declares_itself_is_told_by_its_settings() -> None:
    from tftune.models.peptide_cnn import PeptideCNN

    core, full = (model_identity((), PeptideCNN(space=space)) for space in ("core", "full"))
    assert core["class"] == "PeptideCNN" and core == model_identity((), PeptideCNN())
    assert model_lines(core, full) == ["another model: space core -> full"]


def test_another_keras_may_tell_more_of_the_same_model() -> None:
    then = identity_of(changed()(_Hp()))
    now = identity_of(changed()(_Hp()))
    now["config"]["layers"][1]["new_option"] = "auto"
    assert model_lines(then, now) == ["another build(): dense: new_option None -> auto"]
    assert model_lines(then, now, lenient=True) == []


def test_the_first_free_name_is_offered(tmp_path: Path) -> None:
    (tmp_path / "a run").mkdir()
    (tmp_path / "a run-2").mkdir()
    told = way_out(tmp_path / "a run")
    assert f"--run-dir '{tmp_path}/a run-3'" in told and "project_name='a run-3'" in told
