"""The nested evaluation: what each fold's search sees, what is written down, how it goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import keras_tuner
import numpy as np
import pytest

import tftune
from tftune.errors import NoTrialCompletedError, RunFolderError, UsageError
from tftune.journal.journal import read
from tftune.reports.overview import overview
from tftune.training.outer_folds import outer_folds

CHANCE = np.random.default_rng(0)
X = CHANCE.normal(size=(120, 5))
NOISE = CHANCE.integers(0, 2, 120)
SCRIPT = Path(__file__).with_name("nested_search.py")


def rule(number: int, x: Any) -> np.ndarray:
    """One of many rules that know nothing of the labels."""
    return np.asarray(x @ np.random.default_rng(number).normal(size=5) > 0).astype(int)


class Rules(tftune.Tuner):
    """Trains nothing: chooses the rule that has most rows of the validation part right."""

    def run_trial(self, trial: Any, x: Any, y: Any, validation_data: Any, **rest: Any) -> Any:
        number = trial.hyperparameters.Int("rule", 0, 499)
        right = rule(number, validation_data[0]) == validation_data[1]
        return {"val_accuracy": float(right.mean())}


def make_rules(max_trials: int = 4, **place: Any) -> Rules:
    objective = keras_tuner.Objective("val_accuracy", "max")
    return Rules(oracle="random", objective=objective, max_trials=max_trials, report=False, **place)


def right(tuner: Any, x: Any, y: Any) -> dict[str, float]:
    number = tuner.get_best_hyperparameters()[0].get("rule")
    return {"accuracy": float((rule(number, x) == y).mean())}


def evaluate(folder: Path, x: Any = X, y: Any = NOISE, folds: int = 3, **options: Any) -> Any:
    make = options.pop("make", make_rules)
    given = {"evaluate": right, "directory": folder, "verbose": 0, **options}
    return tftune.nested_evaluation(make, x, y, folds, **given)


def journal_of(folder: Path, number: int) -> list[dict[str, Any]]:
    """The records of a fold without what no two runs share."""
    records = read(folder / "nested" / str(number) / "journal.jsonl")[0]
    passing = {"time", "seconds", "wall_seconds", "host", "versions", "origin"}
    return [
        {name: value for name, value in record.items() if name not in passing} for record in records
    ]


def test_each_fold_has_a_run_folder_and_a_result(tmp_path: Path) -> None:
    found = evaluate(tmp_path, groups=np.arange(120) // 2)
    assert found.is_whole and [each["fold"] for each in found.results] == [1, 2, 3]
    for each in found.results:
        state = tftune.load_run(tmp_path / "nested" / str(each["fold"])).state
        best = state.best()
        assert best is not None and best.score == each["score"]
        assert each["trials"] == 4 and each["values"] == best.values
        assert each["train"] + each["validation"] + each["test"] == 120
    seeds = {
        read(tmp_path / "nested" / str(number) / "journal.jsonl")[0][0]["seed"]
        for number in (1, 2, 3)
    }
    assert len(seeds) == 3  # the luck of a seed is part of the procedure
    kept = json.loads((tmp_path / "nested" / "nested.json").read_text(encoding="utf-8"))
    assert kept["mean"] == found.mean and kept["optimism"] == found.optimism.mean


def test_pure_noise_flatters_the_search_and_not_the_nested_mean(tmp_path: Path) -> None:
    """No rule knows anything: the best of 60 on a few rows looks good and is worth a half."""
    found = evaluate(tmp_path, make=lambda **place: make_rules(60, **place), folds=5)
    assert found.validation.mean > 0.65
    assert abs(found.mean - 0.5) < 0.1
    assert found.optimism.mean > 0.1 and found.optimism.low > 0


@pytest.mark.quick("2")
@pytest.mark.parametrize("poisoned", [1, 2, 3])
def test_no_choice_sees_the_outer_fold(tmp_path: Path, poisoned: int) -> None:
    evaluate(tmp_path / "clean")
    x = X.copy()
    x[outer_folds(NOISE, 3, 0)[poisoned - 1].test] = np.nan
    found = evaluate(tmp_path / "poisoned", x)
    assert journal_of(tmp_path / "poisoned", poisoned) == journal_of(tmp_path / "clean", poisoned)
    assert found.is_whole
    other = 1 + poisoned % 3  # where they are seen, they change what is recorded
    assert journal_of(tmp_path / "poisoned", other) != journal_of(tmp_path / "clean", other)


def test_groups_of_each_fold_go_with_its_rows(tmp_path: Path) -> None:
    seen: dict[str, Any] = {}

    def make(**place: Any) -> Rules:
        seen[place["project_name"]] = place["groups"]
        return make_rules(1, **place)

    groups = np.arange(120) // 3
    evaluate(tmp_path, groups=groups, make=make)
    for cut in outer_folds(NOISE, 3, 0, groups):
        wanted = groups[np.concatenate([cut.train, cut.validation])]
        assert seen[str(cut.number)].tolist() == wanted.tolist()
    evaluate(tmp_path / "none", make=make)
    assert seen["1"] is None


def test_a_second_call_repeats_nothing(tmp_path: Path) -> None:
    first = evaluate(tmp_path)
    journals = [journal_of(tmp_path, number) for number in (1, 2, 3)]
    again = evaluate(tmp_path)
    assert again.results == first.results
    assert [journal_of(tmp_path, number) for number in (1, 2, 3)] == journals


def test_a_longer_search_goes_on_in_every_fold(tmp_path: Path) -> None:
    evaluate(tmp_path)
    found = evaluate(tmp_path, make=lambda **place: make_rules(6, **place))
    assert [each["trials"] for each in found.results] == [6, 6, 6]
    for number in (1, 2, 3):
        kinds = [record["kind"] for record in journal_of(tmp_path, number)]
        assert kinds.count("start") == 6 and kinds.count("session") == 2


def test_a_fold_that_a_time_limit_has_ended_goes_on_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = Rules.run_trial

    def slowly(*given: Any, **rest: Any) -> Any:
        time.sleep(0.3)
        return chosen(*given, **rest)

    def trials(**limit: Any) -> list[int]:
        found = evaluate(tmp_path, make=lambda **place: make_rules(**limit, **place), folds=2)
        return [each["trials"] for each in found.results]

    monkeypatch.setattr(Rules, "run_trial", slowly)
    assert trials(timeout=0.25) == [1, 1]
    assert trials(timeout=0.25) == [1, 1]  # it is part of the procedure
    monkeypatch.undo()
    assert trials() == [4, 4]


@pytest.mark.quick("2")
@pytest.mark.parametrize("stopped", [1, 2, 3])
def test_it_goes_on_in_the_fold_where_it_was_cut_short(tmp_path: Path, stopped: int) -> None:
    def broken(tuner: Any, x: Any, y: Any) -> dict[str, float]:
        if tuner.folder.path.name == str(stopped):
            raise KeyboardInterrupt
        return right(tuner, x, y)

    whole = evaluate(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        evaluate(tmp_path / "cut", evaluate=broken)
    path = tmp_path / "cut" / "nested" / "nested.json"
    assert len(json.loads(path.read_text(encoding="utf-8"))["results"]) == stopped - 1
    found = evaluate(tmp_path / "cut")
    plain = [{**each, "seconds": 0} for each in found.results]
    assert plain == [{**each, "seconds": 0} for each in whole.results]


def test_another_evaluation_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    evaluate(tmp_path)
    with pytest.raises(RunFolderError, match="folds: 3 in the folder, 2 now"):
        evaluate(tmp_path, folds=2)
    with pytest.raises(RunFolderError, match="seed: 0 in the folder, 1 now"):
        evaluate(tmp_path, seed=1)
    for changed in ({"x": X + 1}, {"validation_share": 0.3}, {"epochs": 7}):
        with pytest.raises(RunFolderError, match="data, cuts and options of fit: .* in the folder"):
            evaluate(tmp_path, **changed)
    for text in ("{", "[]", "7", "{}", '{"results": [{"fold": 1}]}'):
        (tmp_path / "nested" / "nested.json").write_text(text, encoding="utf-8")
        with pytest.raises(RunFolderError, match=r"nested\.json cannot be read"):
            evaluate(tmp_path)


def test_one_that_an_error_ends_leaves_no_lock_behind(tmp_path: Path) -> None:
    def wrong(tuner: Any, x: Any, y: Any) -> dict[str, float]:
        raise ArithmeticError("of the user's")

    with pytest.raises(ArithmeticError, match="of the user's"):
        evaluate(tmp_path, evaluate=wrong)
    assert not list((tmp_path / "nested").glob("*.lock"))


def test_a_second_one_in_the_same_folder_is_refused_while_the_first_goes_on(tmp_path: Path) -> None:
    def rival(tuner: Any, x: Any, y: Any) -> dict[str, float]:
        if tuner.folder.path.name == "1":
            with pytest.raises(RunFolderError, match="Another process .*nested.*Wait for it"):
                evaluate(tmp_path)
        return right(tuner, x, y)

    assert evaluate(tmp_path, evaluate=rival).is_whole
    names = {path.name for path in (tmp_path / "nested").iterdir()}
    assert names == {"1", "2", "3", "nested.json"}


def test_nested_inputs_and_an_objective_of_several_targets_are_cut(tmp_path: Path) -> None:
    class Named(Rules):
        def run_trial(self, trial: Any, x: Any, y: Any, validation_data: Any, **rest: Any) -> Any:
            inside = validation_data[0]["a"], validation_data[1][0]
            return super().run_trial(trial, x["a"], y[0], inside)

    def make(**place: Any) -> Any:
        objective = keras_tuner.Objective("val_accuracy", "max")
        return Named(oracle="random", objective=objective, max_trials=2, report=False, **place)

    found = evaluate(
        tmp_path,
        {"a": X, "b": X[:, 0]},
        [NOISE, X[:, 1]],
        make=make,
        evaluate=lambda tuner, x, y: right(tuner, x["a"], y[0]),
    )
    assert found.is_whole


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"folds": 1}, "at least 2"),
        ({"folds": 121}, "needs at least 121 rows"),
        ({"groups": np.zeros(120)}, "different groups"),
        ({"y": NOISE[:5]}, "equally many rows. Received: rows 120, 5"),
        ({"x": (each for each in X)}, "Received: rows"),
        ({"y": None}, "Received: rows 120, and no y"),
        ({"validation_data": (X, NOISE)}, "cuts the rows itself.*Received: validation_data"),
        ({"sample_weight": np.ones(120)}, "Received: sample_weight"),
        ({"seed": -1}, "seed must be an integer from 0"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(
    given: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=message):
        evaluate(tmp_path, **given)
    assert not any(tmp_path.iterdir())


def test_an_objective_that_is_not_measured_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="val_accuracy is not measured.*Received: mae"):
        evaluate(tmp_path, evaluate=lambda *given: {"mae": 0.0})


def test_a_fold_without_a_trial_that_completed_is_named(tmp_path: Path) -> None:
    class Broken(Rules):
        def run_trial(self, *args: Any, **kwargs: Any) -> Any:
            raise keras_tuner.errors.FailedTrialError("never")

    def make(**place: Any) -> Any:
        objective = keras_tuner.Objective("val_accuracy", "max")
        return Broken(oracle="random", objective=objective, max_trials=2, report=False, **place)

    with pytest.raises(NoTrialCompletedError, match="Fold 1 of a nested evaluation"):
        evaluate(tmp_path, make=make)


def test_a_line_before_and_after_each_fold(tmp_path: Path) -> None:
    lines: list[str] = []
    evaluate(tmp_path, told=lines.append)
    assert len(lines) == 6
    assert lines[0] == (
        "nested evaluation, fold 1 of 3: a search on 64 train and 16 validation rows, for 40 rows "
        "apart"
    )
    assert lines[1].startswith("nested evaluation, fold 1 of 3 done: accuracy 0.")


def test_with_a_tuner_its_own_journal_and_summary_tell(tmp_path: Path) -> None:
    tuner = make_rules(4, directory=tmp_path, project_name="run")
    tuner.search(X, NOISE, validation_data=(X, NOISE), verbose=0)
    found = evaluate(tmp_path / "unused", tuner=tuner)
    assert (tmp_path / "run" / "nested" / "3" / "journal.jsonl").exists()
    assert not (tmp_path / "unused").exists()
    told = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))["nested"]
    assert told["mean"] == found.mean and told["done"] == 3
    kinds = [record["kind"] for record in read(tmp_path / "run" / "journal.jsonl")[0]]
    assert kinds.count("nested") == 4 and kinds.count("start") == 4
    evaluate(tmp_path, tuner=tuner)
    assert len(read(tmp_path / "run" / "journal.jsonl")[0]) == len(kinds)
    again = make_rules(4, directory=tmp_path, project_name="run", overwrite=True)
    assert not (tmp_path / "run" / "nested").exists() and again.state.nested is None


def test_what_is_under_way_is_told_to_who_looks_at_the_run(tmp_path: Path) -> None:
    tuner = make_rules(2, directory=tmp_path, project_name="run")
    tuner.search(X, NOISE, validation_data=(X, NOISE), verbose=0)
    seen: list[str] = []

    def looked(fold: Any, x: Any, y: Any) -> dict[str, float]:
        seen.append(overview(tuner.folder).state.told)
        return right(fold, x, y)

    evaluate(tmp_path, folds=2, tuner=tuner, evaluate=looked)
    words = "running: nested evaluation, {} of 2 folds are done"
    assert seen == [words.format(0), words.format(1)]
    assert overview(tuner.folder).state.told == "finished"


@pytest.mark.slow
def test_a_kill_in_the_middle_of_the_second_fold_costs_nothing(tmp_path: Path) -> None:
    whole = launch(tmp_path / "whole")
    assert whole.wait(300) == 0
    killed = launch(tmp_path / "killed", "0.5")
    journal = tmp_path / "killed" / "nested" / "2" / "journal.jsonl"
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        records = read(journal)[0] if journal.exists() else []
        if sum(record["kind"] == "end" for record in records) >= 1:
            break
        assert killed.poll() is None
        time.sleep(0.05)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    assert launch(tmp_path / "killed").wait(300) == 0
    results = [told(tmp_path / name) for name in ("whole", "killed")]
    assert results[0] == results[1]
    sessions = [
        sum(record["kind"] == "session" for record in journal_of(tmp_path / "killed", number))
        for number in (1, 2, 3)
    ]
    assert sessions == [1, 2, 1]


def launch(folder: Path, pause: str = "0") -> subprocess.Popen[bytes]:
    command = [sys.executable, str(SCRIPT), str(folder), pause]
    return subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)


def told(folder: Path) -> list[dict[str, Any]]:
    kept = json.loads((folder / "nested" / "nested.json").read_text(encoding="utf-8"))
    return [{**each, "seconds": 0} for each in kept["results"]]
