"""Defects of KerasTuner 1.4.8 that must not reach our users; each test that names one fails with
KerasTuner's own oracles.

The numbers are those of the project's list of hazards. Those of single methods stand beside their
tests: C4 and C2 in test_random_search, B3, B7, B8 and B9 in test_hyperband, C6 in test_grid, C5 and
C11 in test_objective, C7, C10, C12 and C13 in tests/test_space, A1, A2, A14, B17 and C1 for every
method in test_contract.
"""

from __future__ import annotations

import gc
import json
import os
import warnings
import weakref
from pathlib import Path
from typing import Any

import keras_tuner
import pytest

from tests.oracles.searching import all_values, end, fail, finite, make, search
from tftune.errors import RunFolderError, UsageError
from tftune.oracles.core.judging import TooManyFailuresError
from tftune.oracles.core.storage import write_json
from tftune.oracles.sampling.grid import GridOracle
from tftune.oracles.sampling.random_search import RandomOracle


class Plain(keras_tuner.Tuner):
    """KerasTuner's own loop; a trial returns what `results` says of its run."""

    results: Any = staticmethod(lambda trial, run: float(trial.hyperparameters.values["layers"]))

    def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> float:
        self.runs = [*getattr(self, "runs", []), trial.trial_id]
        return float(type(self).results(trial, self.runs.count(trial.trial_id)))


def tuner(
    folder: Path, kind: type[Plain] = Plain, oracle: type = RandomOracle, **options: Any
) -> Plain:
    options = {"max_trials": 4, "seed": 0, "hyperparameters": finite(), **options}
    return kind(oracle=oracle(None, **options), directory=folder, project_name="p")


def test_a3_an_oracle_that_is_dropped_is_freed() -> None:
    """A3: module-wide locks keep every oracle and its trials for ever."""
    oracle = make("random")
    search(oracle)
    gone = weakref.ref(oracle)
    del oracle
    gc.collect()
    assert gone() is None


def test_a4_files_are_whole_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A4: files are truncated, then written; a kill between leaves half a file."""
    path = tmp_path / "oracle.json"
    write_json(path, {"n": 1})
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("killed")))
        with pytest.raises(OSError, match="killed"):
            write_json(path, {"n": 2})
    assert json.loads(path.read_text()) == {"n": 1} and os.listdir(tmp_path) == ["oracle.json"]


@pytest.mark.parametrize("content", ["", '{"trial_id": "0001", "hyper'])
def test_a4_one_damaged_trial_file_does_not_stop_a_reload(
    tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A4: one bad trial.json of hundreds, and nothing loads."""
    first = tuner(tmp_path)
    first.search()
    (tmp_path / "p" / "trial_0001" / "trial.json").write_text(content)
    again = tuner(tmp_path, max_trials=6)
    assert all_values(again.oracle) == all_values(first.oracle)
    assert again.oracle.trials["0001"].score == first.oracle.trials["0001"].score
    assert "learning curves of trial 0001 are lost" in caplog.text


def test_a4_a_damaged_state_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    tuner(tmp_path).search()
    (tmp_path / "p" / "oracle.json").write_text('{"seed"')
    with pytest.raises(RunFolderError, match=r"oracle\.json.*overwrite=True"):
        tuner(tmp_path)


def test_a5_a_retry_heals_a_trial_that_was_nan(tmp_path: Path) -> None:
    """A5: the retry keeps the old metrics, and the new value is never recorded: FAILED after three
    runs.
    """

    class Flaky(Plain):
        results = staticmethod(lambda trial, run: float("nan") if run == 1 else 0.25)

    healed = tuner(tmp_path, Flaky, max_trials=2, max_retries_per_trial=1)
    healed.search()
    assert healed.runs == ["0000", "0000", "0001", "0001"]
    assert [(trial.status, trial.score) for trial in healed.oracle.trials.values()] == [
        ("COMPLETED", 0.25)
    ] * 2


def test_a5_retries_are_limited(tmp_path: Path) -> None:
    class Broken(Plain):
        results = staticmethod(lambda trial, run: float("nan"))

    broken = tuner(tmp_path, Broken, max_trials=2, max_retries_per_trial=2)
    broken.search()
    assert broken.runs == ["0000"] * 3 + ["0001"] * 3
    assert {trial.status for trial in broken.oracle.trials.values()} == {"FAILED"}


def kill_in_trial(folder: Path, number: int, before: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the process die in a trial: before its result is in a file, or between trial.json and
    oracle.json.
    """
    dying = tuner(folder)
    save = dying.oracle.save
    with monkeypatch.context() as patch:

        def killed() -> None:
            if len(dying.oracle.end_order) > number:
                raise KeyboardInterrupt
            save()

        patch.setattr(dying.oracle, "save", killed)
        if before:
            patch.setattr(
                dying, "run_trial", lambda trial: (_ for _ in ()).throw(KeyboardInterrupt)
            )
        with pytest.raises(KeyboardInterrupt):
            dying.search()
    if not (folder / "p" / "tuner0.json").exists():
        (folder / "p" / "tuner0.json").write_text(
            "{}"
        )  # A9: KerasTuner looks for it, and writes it after the first trial only


def test_a6_a_trial_that_ended_on_disk_is_not_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A6: killed between the two files, KerasTuner runs the trial again; the new weights then go
    with the old score.
    """
    kill_in_trial(tmp_path, 1, False, monkeypatch)
    assert (
        json.loads((tmp_path / "p" / "trial_0001" / "trial.json").read_text())["status"]
        == "COMPLETED"
    )
    assert json.loads((tmp_path / "p" / "oracle.json").read_text())["ongoing_trials"] == {
        "tuner0": "0001"
    }
    again = tuner(tmp_path)
    again.search()
    assert again.runs == ["0002", "0003"] and again.oracle.end_order == [
        "0000",
        "0001",
        "0002",
        "0003",
    ]


def test_the_last_finished_trial_is_not_run_again(tmp_path: Path) -> None:
    """KerasTuner saves before it takes a trial off the list of running ones, and repeats it on
    every resume.
    """
    tuner(tmp_path).search()
    again = tuner(tmp_path, max_trials=6)
    again.search()
    assert again.runs == ["0004", "0005"]


def test_a7_a_grid_goes_on_after_an_interruption_and_with_more_trials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A7: KerasTuner's grid raises KeyError on resume, and stops at the old max_trials when it is
    raised.
    """
    for trials in (3, 10):
        grid = tuner(tmp_path, oracle=GridOracle, max_trials=trials, order="counting")
        grid.search()
    whole = GridOracle(None, max_trials=10, hyperparameters=finite())
    assert [dict(values) for values in all_values(grid.oracle)] == [
        whole.method.grid.values(number) for number in range(10)
    ]


def test_a11_too_many_failures_are_saved_before_they_are_raised(tmp_path: Path) -> None:
    """A11: the trial stays RUNNING on disk, and the lock held."""

    class Failing(Plain):
        results = staticmethod(
            lambda trial, run: (_ for _ in ()).throw(
                keras_tuner.errors.FailedTrialError("no memory")
            )
        )

    failing = tuner(tmp_path, Failing, max_trials=9)
    with pytest.raises(TooManyFailuresError, match=r"3 trials in a row failed(.|\n)*no memory"):
        failing.search()
    saved = json.loads((tmp_path / "p" / "oracle.json").read_text())
    assert (
        saved["ongoing_trials"] == {}
        and [event["status"] for event in saved["events"] if event["kind"] == "end"]
        == ["failed"] * 3
    )


@pytest.mark.parametrize("limit", [0, None])
def test_a11_zero_means_no_limit(limit: int | None) -> None:
    """A11: with 0 KerasTuner raises at the first success."""
    oracle = make("random", max_trials=6, max_consecutive_failed_trials=limit)
    for number in range(6):
        trial = oracle.create_trial("slot 0")
        fail(oracle, trial) if number else end(oracle, trial)
    assert oracle.create_trial("slot 0").status == "STOPPED"


def test_a12_a_trial_that_ends_the_process_is_not_started_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A12: an out-of-memory kill is not counted; the same trial starts again on every resume."""
    for _ in range(4):
        kill_in_trial(tmp_path, 99, True, monkeypatch)
    again = tuner(tmp_path)
    assert (
        again.oracle.trials["0000"].status == "FAILED"
        and "The process ended 4 times" in again.oracle.trials["0000"].message
    )
    again.search()
    assert again.runs == ["0001", "0002", "0003"]


def test_a13_ids_sort_and_keep_their_order(tmp_path: Path) -> None:
    """A13: the width of ids follows max_trials ("8", then "09"), and a reload takes the order of
    the file system.
    """
    tuner(tmp_path, max_trials=5).search()
    again = tuner(tmp_path, max_trials=12)
    again.search()
    assert (
        list(again.oracle.trials)
        == sorted(again.oracle.trials)
        == [f"{number:04d}" for number in range(12)]
    )


@pytest.mark.parametrize(
    ("oracle", "changed", "message"),
    [
        (RandomOracle, {"seed": 1}, "seed was 0, is 1"),
        (
            GridOracle,
            {"levels": 4},
            r"options was \{'levels': 3, 'order': '\w+'\}, is \{'levels': 4, 'order': '\w+'\}",
        ),
        (RandomOracle, {"hyperparameters": "wider"}, "knob 'layers': max was 3, is 5"),
    ],
)
def test_a16_other_settings_are_refused_with_the_difference(
    tmp_path: Path, oracle: type, changed: dict[str, Any], message: str
) -> None:
    """A16: a reload silently keeps the old seed, options and ranges."""
    tuner(tmp_path, oracle=oracle).search()
    if changed.get("hyperparameters") == "wider":
        hp = keras_tuner.HyperParameters()
        hp.Int("layers", 1, 5)
        changed = {"hyperparameters": hp}
    with pytest.raises(RunFolderError, match=message):
        tuner(tmp_path, oracle=oracle, **changed)


def test_a17_end_trial_takes_its_argument_by_name() -> None:
    """A17: end_trial(trial=...) is an IndexError."""
    oracle = make("random")
    trial = oracle.create_trial(tuner_id="slot 0")
    oracle.update_trial(trial_id=trial.trial_id, metrics={"score": 0.5}, step=3)
    trial.status = "COMPLETED"
    oracle.end_trial(trial=trial)
    assert (oracle.trials["0000"].score, oracle.trials["0000"].best_step) == (0.5, 3)


def test_a18_files_are_strict_json_and_nan_comes_back(tmp_path: Path) -> None:
    """A18: NaN is written bare, which is not JSON."""

    class Sometimes(Plain):
        results = staticmethod(lambda trial, run: float("nan") if trial.trial_id == "0001" else 1.0)

    tuner(tmp_path, Sometimes).search()

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    for path in (tmp_path / "p").rglob("*.json"):
        json.loads(path.read_text(), parse_constant=refuse)
    again = tuner(tmp_path)
    assert again.oracle.trials["0001"].status == "FAILED"
    assert str(again.oracle.trials["0001"].metrics.get_last_value("default_objective")) == "nan"


def test_b6_a_trial_that_began_with_nan_keeps_its_later_values() -> None:
    """B6: a first epoch of NaN makes the whole trial NaN."""
    oracle = make("random")
    trial = oracle.create_trial("slot 0")
    for step, score in enumerate([float("nan"), 0.4, 0.3, float("inf")], start=1):
        oracle.update_trial(trial.trial_id, {"score": score}, step=step)
    trial.status = "COMPLETED"
    oracle.end_trial(trial)
    assert (oracle.trials["0000"].score, oracle.trials["0000"].best_step) == (0.3, 3)


def test_c3_knobs_found_late_are_filled_without_chance() -> None:
    """C3: values of newly found knobs come from an unseeded generator."""

    def run() -> list[dict[str, Any]]:
        oracle = make("random", max_trials=4)
        trials = [oracle.create_trial(f"slot {number}") for number in range(2)]
        trials[0].hyperparameters.Float("late", 0, 1)
        for trial in trials:
            end(oracle, trial)
        assert (
            oracle.tried.space.canonical(trials[1].hyperparameters.values)["late"] == 0.0
        )  # the default, with which it was built
        return search(oracle)

    assert run() == run()
    assert run()[3]["late"] > 0


def test_knobs_found_late_are_refused_if_so_asked() -> None:
    oracle = make("random", allow_new_entries=False)
    trial = oracle.create_trial("slot 0")
    trial.hyperparameters.Float("late", 0, 1)
    with pytest.raises(
        UsageError, match=r"knobs that the search space lacks.*Received also: \['late'\]"
    ):
        end(oracle, trial)
    fixed = make("random", tune_new_entries=False)
    trial = fixed.create_trial("slot 0")
    trial.hyperparameters.Float("late", 0, 1)
    end(fixed, trial)
    assert "late" not in fixed.space.names


def test_c12_the_users_space_is_left_alone() -> None:
    """C12: the object that the user passed grows and carries the values of trials."""
    hp = finite()
    before = hp.get_config()
    oracle = RandomOracle("val_loss", hyperparameters=hp, seed=0)
    trial = oracle.create_trial("slot 0")
    trial.hyperparameters.Float("late", 0, 1)
    oracle.update_space(trial.hyperparameters)
    assert hp.get_config() == before


def test_d6_nothing_is_printed_and_nothing_is_deprecated(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """D6, D7: KerasTuner prints tables, clears the user's notebook cell, and calls a deprecated
    function of threading.
    """
    oracle = make("random")
    oracle.verbose = 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        search(oracle)
        oracle.update_trial(
            oracle.create_trial("x").trial_id, {"score": 1.0}
        ) if oracle.remaining_trials() else None
    assert capsys.readouterr() == ("", "")


def test_a_search_without_a_declared_space_works_as_keras_tuner_users_write_it(
    tmp_path: Path,
) -> None:
    """Knobs declared inside run_trial are found in the first trial, at their defaults, and tuned
    from the second on.
    """

    class Inside(keras_tuner.Tuner):
        def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> float:
            return float(trial.hyperparameters.Float("x", -1, 1) ** 2)

    inside = Inside(
        oracle=RandomOracle(None, max_trials=5, seed=0), directory=tmp_path, project_name="p"
    )
    inside.search()
    values = all_values(inside.oracle)
    assert values[0] == {"x": -1.0} and len({each["x"] for each in values}) == 5
    again = Inside(
        oracle=RandomOracle(None, max_trials=5, seed=0), directory=tmp_path, project_name="p"
    )
    assert [trial.score for trial in again.oracle.trials.values()] == [
        trial.score for trial in inside.oracle.trials.values()
    ]


def test_the_names_of_keras_tuner_that_we_rely_on_exist() -> None:
    """A canary: private names of KerasTuner that our oracles override or call."""
    assert callable(keras_tuner.HyperParameters._exists)
    for name in (
        "_set_project_dir",
        "_save_trial",
        "save",
        "reload",
        "get_state",
        "set_state",
        "update_space",
        "get_space",
        "verbose",
    ):
        assert hasattr(keras_tuner.Oracle, name), name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_trials": 0}, "max_trials must be an integer of at least 1 or None. Received: 0"),
        ({"max_trials": True}, "max_trials"),
        ({"max_retries_per_trial": -1}, "max_retries_per_trial must be an integer of at least 0"),
        ({"seed": -1}, "seed must be an integer from 0"),
        ({"objective": "val_quality"}, "not known whether"),
        ({"hyperparameters": {"x": 1}}, "must be a keras_tuner.HyperParameters"),
        ({"allow_new_entries": False}, "the search space must be given"),
    ],
)
def test_impossible_arguments_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        RandomOracle(**{"objective": "val_loss", **arguments})


def test_misuse_is_told() -> None:
    oracle = make("random")
    trial = oracle.create_trial("slot 0")
    with pytest.raises(
        UsageError, match=r"The objective is missing.*Expected 'score'. Received: \['loss'\]"
    ):
        oracle.update_trial(trial.trial_id, {"loss": 1.0})
    with pytest.raises(UsageError, match="no such trial.*Received: '0042'"):
        oracle.update_trial("0042", {"score": 1.0})
    assert oracle.create_trial("slot 0") is trial  # a slot has one trial at a time
    end(oracle, trial)
    with pytest.raises(UsageError, match="has ended before, COMPLETED"):
        oracle.end_trial(trial)
    with pytest.raises(UsageError, match="Call create_trial"):
        oracle.populate_space("0001")


def test_a_model_built_for_a_trial_declares_to_checked_knobs(tmp_path: Path) -> None:
    """C10 and C13 with KerasTuner's own loop: the model is handed a copy of the oracle's space."""

    def build(hp: Any) -> None:
        hp.Boolean("augment", default=True)
        hp.Choice("model", ["mlp", "cnn"])
        with hp.conditional_scope("model", ["cnn"]), hp.conditional_scope("augment", [True]):
            hp.Int("crop", 1, 4)

    class Building(Plain):
        def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> float:
            self.hypermodel.build(trial.hyperparameters)
            return 1.0

    building = Building(
        hypermodel=build,
        oracle=GridOracle(None, max_trials=None),
        directory=tmp_path,
        project_name="p",
    )
    building.search()
    assert len(building.oracle.trials) == 7
    with pytest.raises(UsageError, match="'units' is declared twice"):
        Building(
            hypermodel=lambda hp: (hp.Int("units", 1, 2), hp.Int("units", 1, 3)),
            oracle=GridOracle(None),
            directory=tmp_path,
            project_name="q",
        )
