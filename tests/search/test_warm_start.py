"""Results of earlier runs: what is taken from their journals, what is refused, what is only warned
of.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

import tftune
from tftune.errors import RunFolderError, UsageError
from tftune.journal.journal import Journal, read
from tftune.search.warm_start import (
    all_results,
    check_objective,
    check_space,
    read_runs,
    warn_of_differences,
)
from tftune.space.search_space import SearchSpace


def space(high: int = 9) -> dict[str, Any]:
    hp = keras_tuner.HyperParameters()
    hp.Int("units", 1, high)
    return SearchSpace(hp).config()


def write_run(folder: Path, trials: list[dict[str, Any]], **header: Any) -> Path:
    """Writes the journal of a run; a trial is a mapping with units and what ends it."""
    defaults = {
        "schema": 1,
        "objective": {"name": "val_auc", "direction": "max"},
        "space": space(),
        "data": {"fingerprint": "abc"},
        "training": {"epochs": 4},
        "options": {},
    }
    with Journal(folder / "journal.jsonl") as journal:
        journal.append({"kind": "header", **defaults, **header, "time": 0.0})
        for number, trial in enumerate(trials):
            trial = {"epochs": 4, "status": "completed", "score": 0.5, "seconds": 2.0, **trial}
            values = {"units": trial["units"], **trial.get("budget", {})}
            start = {
                "trial_id": f"{number:04d}",
                "number": number,
                "attempt": 1,
                "values": values,
                "first_epoch": 0,
                "parent": None,
            }
            journal.append({"kind": "start", **start, "last_epoch": trial["epochs"], "time": 1.0})
            if trial["status"] != "running":
                end = {name: trial[name] for name in ("status", "score", "seconds")}
                more = {
                    "best_epoch": 1,
                    "metrics": {},
                    "message": None,
                    "parameters": 1,
                    "time": 2.0,
                }
                journal.append({"kind": "end", "trial_id": f"{number:04d}", **end, **more})
    return folder


def test_every_trial_that_ended_is_taken_in_the_order_of_the_starts(tmp_path: Path) -> None:
    run = write_run(
        tmp_path / "run",
        [
            {"units": 1, "score": 0.25},
            {"units": 2, "score": None, "status": "failed"},
            {"units": 3, "score": 0.125, "status": "pruned", "seconds": 0.5},
            {"units": 4, "status": "running"},  # the run was interrupted
        ],
    )
    assert all_results(read_runs(run)) == [
        {"values": {"units": 1}, "score": 0.25, "status": "completed", "seconds": 2.0},
        {"values": {"units": 2}, "score": None, "status": "failed", "seconds": 2.0},
        {"values": {"units": 3}, "score": 0.125, "status": "pruned", "seconds": 0.5},
    ]


def test_of_a_run_with_budgets_only_whole_trainings_are_taken(tmp_path: Path) -> None:
    """A score after one epoch would make a good configuration look bad."""
    trials = [
        {"units": 1, "epochs": 1, "score": 0.9, "budget": {"tuner/epochs": 1}},
        {
            "units": 2,
            "epochs": 3,
            "score": 0.8,
            "budget": {"tuner/epochs": 3, "tuner/trial_id": "0000"},
        },
        {
            "units": 3,
            "epochs": 9,
            "score": 0.7,
            "budget": {"tuner/epochs": 9, "tuner/trial_id": "0001"},
        },
        {"units": 4, "epochs": 9, "score": None, "status": "failed", "budget": {"tuner/epochs": 9}},
    ]
    results = all_results(read_runs([write_run(tmp_path / "run", trials)]))
    assert [(result["values"], result["score"]) for result in results] == [
        ({"units": 3}, 0.7),
        ({"units": 4}, None),
    ]


def test_a_torn_last_line_costs_only_itself(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [{"units": 1}, {"units": 2}])
    content = (run / "journal.jsonl").read_bytes()
    (run / "journal.jsonl").write_bytes(content[:-20])
    assert [result["values"]["units"] for result in all_results(read_runs(run))] == [1]
    assert (run / "journal.jsonl").read_bytes() == content[
        :-20
    ]  # somebody else's folder is only read


def test_several_runs_follow_each_other_and_one_counts_once(tmp_path: Path) -> None:
    first, second = (
        write_run(tmp_path / name, [{"units": units}])
        for name, units in (("first", 1), ("second", 2))
    )
    assert [
        result["values"]["units"] for result in all_results(read_runs([second, first, str(second)]))
    ] == [2, 1]
    assert read_runs(()) == []


@pytest.mark.parametrize(
    ("trials", "said"),
    [
        (None, r"is not a run folder: it has no journal\.jsonl"),
        ([], "No trial has ended"),
        ([{"units": 1, "status": "running"}], "No trial has"),
    ],
)
def test_a_folder_that_gives_nothing_is_refused(tmp_path: Path, trials: Any, said: str) -> None:
    if trials is not None:
        write_run(tmp_path / "run", trials)
    else:
        (tmp_path / "run").mkdir()
    with pytest.raises(RunFolderError, match=said):
        read_runs(tmp_path / "run")


def test_a_path_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"trials\.csv is not .*: there is no such path"):
        read_runs(tmp_path / "trials.csv")


def test_another_objective_is_refused_with_both_shown(tmp_path: Path) -> None:
    runs = read_runs(write_run(tmp_path / "run", [{"units": 1}]))
    check_objective(runs, "val_auc", "max")
    for name, direction in (("val_loss", "min"), ("val_auc", "min")):
        with pytest.raises(
            UsageError,
            match=rf"another objective: val_auc \(max\) there, {name} \({direction}\) now",
        ):
            check_objective(runs, name, direction)


def test_another_space_is_refused_with_the_difference_shown(tmp_path: Path) -> None:
    runs = read_runs(write_run(tmp_path / "run", [{"units": 1}]))
    check_space(runs, SearchSpace.from_config(space()).difference)
    with pytest.raises(UsageError, match="has another space:\n  knob 'units': max was 9, is 12"):
        check_space(runs, SearchSpace.from_config(space(12)).difference)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"data": {"fingerprint": "xyz"}}, ["with other data: its scores only hint"]),
        ({"training": {"epochs": 8}}, ["with 4 epochs a trial instead of 8: its"]),
        (
            {"data": {}, "training": {"epochs": 8}},
            ["with other data and 4 epochs a trial instead of 8: its"],
        ),
    ],
)
def test_other_data_and_epochs_are_warned_of(
    tmp_path: Path, changes: dict[str, Any], said: list[str]
) -> None:
    runs = read_runs(write_run(tmp_path / "run", [{"units": 1}]))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_of_differences(
            runs, {"data": {"fingerprint": "abc"}, "training": {"epochs": 4}, **changes}
        )
    assert len(caught) == len(said)
    assert all(words in str(warning.message) for warning, words in zip(caught, said, strict=True))


# With the Tuner.

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(60, 4)).astype("float32")
Y = (X.sum(axis=1, keepdims=True) > 0).astype("float32")
FIT = {"x": X[:40], "y": Y[:40], "validation_data": (X[40:], Y[40:]), "epochs": 1, "verbose": 0}


def build(hp: Any) -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(hp.Int("units", 2, 30), "relu"),
            keras.layers.Dense(1, "sigmoid"),
        ]
    )
    rate = hp.Float("learning_rate", 1e-3, 1e-1, sampling="log")
    model.compile(
        keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"], run_eagerly=True
    )
    return model


def make(folder: Path, name: str, oracle: Any = "random", **changes: Any) -> tftune.Tuner:
    options: dict[str, Any] = {
        "objective": "val_loss",
        "max_trials": 3,
        "workers": 0,
        "directory": folder,
        "project_name": name,
    }
    return tftune.Tuner(build, oracle, listeners=[], **{**options, **changes})


def tried(tuner: tftune.Tuner) -> list[dict[str, Any]]:
    return [trial.values for trial in tuner.state.trials.values()]


@pytest.mark.slow
def test_the_tuner_starts_where_it_is_told_and_from_what_is_known(tmp_path: Path) -> None:
    first = make(tmp_path, "first", start=[{"units": 5}], fixed={"learning_rate": 0.5})
    first.search(**FIT)
    assert tried(first)[0] == {"units": 5, "learning_rate": 0.5}
    assert {values["learning_rate"] for values in tried(first)} == {0.5}
    second = make(
        tmp_path,
        "second",
        fixed={"learning_rate": 0.5},
        start=[{"units": 7}],
        warm_start=tmp_path / "first",
    )
    second.search(**FIT)
    assert tried(second)[:2] == [{"units": 7, "learning_rate": 0.5}, first.state.best().values]
    assert tried(second)[2] not in tried(first)
    assert [seen.trial_id for seen in second.oracle.observations] == [None] * 3 + [
        "0000",
        "0001",
        "0002",
    ]


@pytest.mark.slow
def test_a_search_is_resumed_without_the_earlier_folder(tmp_path: Path) -> None:
    make(tmp_path, "first").search(**FIT)
    options = {"oracle": "gp", "oracle_options": {"initial_points": 2}}
    make(tmp_path, "halves", warm_start=[tmp_path / "first"], **options).search(**FIT)
    make(tmp_path, "whole", warm_start=[tmp_path / "first"], max_trials=5, **options).search(**FIT)
    (tmp_path / "first" / "journal.jsonl").unlink()
    resumed = make(tmp_path, "halves", max_trials=5, **options)
    resumed.search(**FIT)
    assert tried(resumed) == tried(make(tmp_path, "whole", max_trials=5, **options))
    with pytest.raises(
        RunFolderError, match="holds another search:\n  initial_points: 2 in the folder, 4 now"
    ):
        make(tmp_path, "halves", "gp", oracle_options={"initial_points": 4}).search(**FIT)


@pytest.mark.slow
def test_a_folder_may_be_overwritten_by_a_search_that_learns_from_it(tmp_path: Path) -> None:
    make(tmp_path, "run").search(**FIT)
    again = make(tmp_path, "run", warm_start=tmp_path / "run", overwrite=True)
    again.search(**FIT)
    assert len(again.oracle.warm_start) == 3 and len(again.state.trials) == 3


@pytest.mark.slow
def test_a_warm_start_that_does_not_fit_is_refused_and_costs_nothing(tmp_path: Path) -> None:
    make(tmp_path, "first").search(**FIT)
    before = (tmp_path / "first" / "journal.jsonl").read_bytes()
    here = {"warm_start": tmp_path / "first", "overwrite": True}
    with pytest.raises(
        UsageError, match=r"another objective: val_loss \(min\) there, val_accuracy \(max\) now"
    ):
        make(tmp_path, "first", objective="val_accuracy", **here)
    with pytest.raises(
        UsageError, match="has another space:\n  knob 'units': kind was 'Int', is 'Fixed'"
    ):
        make(tmp_path, "first", fixed={"units": 3}, **here)
    for given in ({"start": [{"layers": 1}]}, {"start": [{"units": 99}]}, {"fixed": {"layers": 1}}):
        with pytest.raises(UsageError):
            make(tmp_path, "first", overwrite=True, **given)
    with pytest.raises(UsageError, match="search method random has no option 'levels'"):
        make(tmp_path, "first", oracle_options={"levels": 3}, overwrite=True)
    with pytest.raises(UsageError, match="scheduler 'median' has no option 'warmup'"):
        make(tmp_path, "first", scheduler="median", scheduler_options={"warmup": 3}, overwrite=True)
    assert (tmp_path / "first" / "journal.jsonl").read_bytes() == before


@pytest.mark.slow
def test_other_data_is_warned_of_once(tmp_path: Path) -> None:
    make(tmp_path, "first").search(**FIT)
    tuner = make(tmp_path, "second", warm_start=str(tmp_path / "first"))
    with pytest.warns(
        UserWarning, match="was made with other data and 1 epochs a trial instead of 2"
    ):
        tuner.search(**{**FIT, "x": X[1:41], "epochs": 2})
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*was made with other data")
        make(tmp_path, "second", max_trials=4).search(**{**FIT, "x": X[1:41], "epochs": 2})
    assert (
        len(
            [
                record
                for record in read(tmp_path / "second" / "journal.jsonl")[0]
                if record["kind"] == "start"
            ]
        )
        == 4
    )


def test_what_belongs_to_a_made_oracle_is_refused_beside_it(tmp_path: Path) -> None:
    from tftune.oracles.sampling.random_search import RandomOracle

    with pytest.raises(UsageError, match="start, fixed and warm_start belong to a named oracle"):
        make(
            tmp_path,
            "run",
            RandomOracle("val_loss"),
            objective=None,
            max_trials=None,
            start=[{"units": 3}],
        )
