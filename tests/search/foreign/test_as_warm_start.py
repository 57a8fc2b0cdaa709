"""A search that starts from what another tool left: real trials, real trainings."""

from __future__ import annotations

import csv
import warnings
from pathlib import Path
from typing import Any

import keras_tuner
import pytest

from tests.search.foreign.sources import database, project
from tests.search.test_warm_start import FIT, build, make, tried
from tftune.errors import UsageError
from tftune.search.load_run import load_run

RATE = 0.0625  # a value that no default has
TRIALS = (
    ({"units": 8, "rate": 0.1}, 0.75, "COMPLETE"),
    ({"units": 5, "rate": RATE}, 0.25, "COMPLETE"),
    ({"units": 9, "rate": 0.01}, 0.5, "PRUNED"),
    ({"units": 3, "rate": 0.02}, None, "FAIL"),
    ({"units": 99, "rate": 0.02}, 0.125, "COMPLETE"),
)
BEST = {"units": 5, "learning_rate": RATE}


def table(path: Path) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["number", "units", "learning_rate", "val_loss", "state"])
        for number, (values, score, state) in enumerate(TRIALS):
            writer.writerow([number, values["units"], values["rate"], score, state])
    return path


def kept(tuner: Any) -> list[tuple[Any, ...]]:
    return [
        (each["values"]["units"], each["score"], each["status"]) for each in tuner.oracle.warm_start
    ]


def test_a_table_is_learnt_from_and_its_best_is_tried_again(tmp_path: Path) -> None:
    source = table(tmp_path / "old.csv")
    options: dict[str, Any] = {"oracle_options": {"initial_points": 2}, "max_trials": 2}
    with pytest.warns(UserWarning, match="4 of 5 trials.*units 99 is outside 2 to 30") as said:
        tuner = make(tmp_path, "new", "gp", warm_start=source, **options)
    assert len(said) == 1
    assert kept(tuner) == [
        (8, 0.75, "completed"),
        (5, 0.25, "completed"),
        (9, 0.5, "pruned"),
        (3, None, "failed"),
    ]
    tuner.search(**FIT)
    assert tried(tuner)[0] == BEST
    assert len(tuner.oracle.observations) == 6  # four of the table, two of its own
    # four results are enough for a model: it proposes at once, and foretells the score
    assert tuner.state.trials["0001"].predicted
    source.unlink()
    resumed = make(tmp_path, "new", "gp", **{**options, "max_trials": 3})
    resumed.search(**FIT)
    assert tried(resumed)[:2] == tried(tuner) and len(tried(resumed)) == 3
    assert load_run(tmp_path / "new").trials[0].values == BEST


def test_its_best_is_one_of_the_points_of_a_set(tmp_path: Path) -> None:
    source = table(tmp_path / "old.csv")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tuner = make(tmp_path, "new", "lhs", warm_start=source, max_trials=4)
    assert tuner.oracle.method.points == 3  # the fourth trial is the best of the table


def test_the_same_source_resumes_and_another_is_refused(tmp_path: Path) -> None:
    source = table(tmp_path / "old.csv")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        make(tmp_path, "new", warm_start=source, max_trials=1).search(**FIT)
        make(tmp_path, "new", warm_start=source, max_trials=2).search(**FIT)
        source.write_text("units,val_loss\n8,0.5\n")
        with pytest.raises(UsageError, match="warm_start: 4 results in the folder, 1 results now"):
            make(tmp_path, "new", warm_start=source, max_trials=3).search(**FIT)


def test_a_run_and_a_file_are_joined_in_their_order(tmp_path: Path) -> None:
    make(tmp_path, "first", max_trials=1).search(**FIT)
    sources = [table(tmp_path / "old.csv"), tmp_path / "first"]
    with pytest.warns(UserWarning, match="4 of 5 trials"):
        tuner = make(tmp_path, "second", warm_start=sources)
    assert len(kept(tuner)) == 5
    assert tuner.oracle.warm_start[4]["values"] == tried(make(tmp_path, "first", max_trials=1))[0]


def test_a_study_and_a_project_are_taken_under_their_own_names(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Not a knob here, dropped: 'rate'"):
        tuner = make(tmp_path, "a", warm_start=database(tmp_path / "s.db", trials=TRIALS))
    assert len(kept(tuner)) == 4
    values = [{"values": {"units": 5, "learning_rate": RATE}}]
    with pytest.warns(UserWarning, match="1 of 1 trials of .*KerasTuner project"):
        tuner = make(tmp_path, "b", warm_start=project(tmp_path / "p", values))
    assert kept(tuner) == [(5, 0.5, "completed")]


def test_another_objective_or_direction_is_refused_before_anything(tmp_path: Path) -> None:
    study = database(tmp_path / "s.db", trials=TRIALS, directions=["maximize"])
    with pytest.raises(UsageError, match=r"a score \(max\) there, val_loss \(min\) now"):
        make(tmp_path, "a", warm_start=study)
    folder = project(tmp_path / "p", [{"values": {"units": 5}}])
    with pytest.raises(UsageError, match=r"val_loss \(min\) there, val_accuracy \(max\) now"):
        make(tmp_path, "a", objective="val_accuracy", warm_start=folder)
    with pytest.raises(UsageError, match="is not a run folder"):
        make(tmp_path, "a", warm_start=tmp_path / "absent.csv")
    assert not (tmp_path / "a").exists()


def test_a_space_that_does_not_meet_the_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "old.csv"
    file.write_text("layers,val_loss\n3,0.5\n")
    with pytest.raises(UsageError, match="knows none of the knobs.*units, learning_rate. Rec"):
        make(tmp_path, "a", warm_start=file)


@pytest.mark.slow
def test_a_real_project_of_keras_tuner_is_learnt_from(tmp_path: Path) -> None:
    earlier = keras_tuner.RandomSearch(
        build, objective="val_accuracy", max_trials=3, directory=tmp_path, project_name="kt", seed=1
    )
    earlier.search(**FIT)
    with pytest.warns(UserWarning, match="3 of 3 trials"):
        tuner = make(tmp_path, "new", "tpe", objective="val_accuracy", warm_start=tmp_path / "kt")
    tuner.search(**FIT)
    assert tried(tuner)[0] == dict(earlier.get_best_hyperparameters()[0].values)
    assert len(tuner.oracle.observations) == 6
