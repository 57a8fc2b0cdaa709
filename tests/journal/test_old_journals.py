"""Run folders that version 0.1.0 made are read, shown and taken up again; see `old/make.py`."""

from __future__ import annotations

import csv
import importlib.metadata
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journal.old import searches
from tests.journal.old.searches import METHODS, NUMERICAL, PLAIN_ORACLES, SEARCHES
from tftune.errors import RunFolderError
from tftune.hemolysis import PROGRAM
from tftune.journal.journal import read
from tftune.journal.records import decode_number
from tftune.journal.state import SearchState, TrialRecord

# they tell of the libraries that they were written with
pytestmark = pytest.mark.filterwarnings("ignore:The search was begun with other libraries")
OLD = Path(__file__).with_name("old")
JOURNALS = sorted(OLD.glob("*/*.jsonl"))
KINDS = ("header", "session", "propose", "start", "epoch", "retry", "space", "end", "tell", "memo")
KINDS += ("test", "finish")
LIBRARIES = {"tpe": "optuna", "cma-es": "cmaes", "pso": "nevergrad"}
LIBRARIES["differential-evolution"] = "nevergrad"
COLUMNS = ["trial_id", "status", "score", "best_epoch", "seconds", "parameters"]


def lines_until(journal: Path, cut: tuple[str, int | None]) -> bytes:
    """The first part of a journal, up to and with the record that the cut names."""
    lines = journal.read_bytes().splitlines(keepends=True)
    where = [searches.is_cut(json.loads(line), cut) for line in lines].index(True)
    return b"".join(lines[: where + 1])


def begun(name: str, folder: Path) -> bytes:
    """Lays out the run folder of a search as it was in its middle; returns the journal."""
    run = folder / name
    if (OLD / name / "middle").is_dir():
        shutil.copytree(OLD / name / "middle", run / "checkpoints")
    run.mkdir(exist_ok=True)
    half = lines_until(OLD / name / "journal.jsonl", SEARCHES[name].cut)
    (run / "journal.jsonl").write_bytes(half)
    return half


def state_of(journal: Path) -> SearchState:
    return SearchState().apply_all(read(journal)[0])


def told(trial: TrialRecord) -> dict[str, Any]:
    """What must be the same: everything but times and attempts."""
    names = ("trial_id", "number", "values", "first_epoch", "last_epoch", "parent", "status")
    names += ("epochs", "score", "best_epoch", "metrics", "parameters")
    return {name: getattr(trial, name) for name in names}


def is_that_of_then(*libraries: str) -> bool:
    """Whether these libraries, by default all, are of the versions with which the journals were
    made.
    """
    versions = json.loads((OLD / "versions.json").read_text(encoding="utf-8"))
    try:
        return all(
            importlib.metadata.version(library) == versions[library]
            for library in libraries or versions
        )
    except importlib.metadata.PackageNotFoundError:
        return False


def skip_unless_it_can_propose(method: str) -> None:
    """Another Optuna proposes other values, and a search is not resumed with them."""
    library = LIBRARIES.get(method)
    if library is not None and not is_that_of_then(library):
        pytest.skip(f"the journal was made with another version of {library}")


def assert_went_on(journal: Path, half: bytes, whole: Path, numerical: bool) -> None:
    """Asserts that a search went on: its past is kept, its future the one that the old code saw.

    Args:
        journal: Of the search that was taken up.
        half: What it was before.
        whole: The journal of the search that the old code ran to its end.
        numerical: Whether proposals may differ in their last digits, and with other libraries.
    """
    assert journal.read_bytes().startswith(half)
    added = [json.loads(line) for line in journal.read_bytes()[len(half) :].splitlines()]
    assert added[0]["kind"] == "session" and added[0]["resumed"]
    assert added[-1]["kind"] == "finish" and added[-1]["reason"] == "done"
    ended = [json.loads(line) for line in half.splitlines()]
    ended = [searches.trial_of(record) for record in ended if record["kind"] == "end"]
    again = [record["trial_id"] for record in added if record["kind"] in ("start", "epoch", "end")]
    assert ended and again and not set(again) & set(ended)  # no trial that had ended ran again
    now, then = state_of(journal), state_of(whole)
    assert list(now.trials) == list(then.trials)
    for trial_id, trial in now.trials.items():
        if trial_id in ended or not numerical:
            assert repr(told(trial)) == repr(told(then.trials[trial_id]))  # repr: NaN equals NaN
        elif is_that_of_then():
            wanted = then.trials[trial_id].values
            assert trial.values == {
                knob: pytest.approx(value, rel=1e-3) if type(value) is float else value
                for knob, value in wanted.items()
            }


def assert_reported(folder: Path, trials: int) -> None:
    """Asserts that the reports bear today's names."""
    with open(folder / "trials.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0][: len(COLUMNS)] == COLUMNS and len(rows) == 1 + trials
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert summary["schema"] == 2 and sum(summary["trials"].values()) == trials
    assert sorted(summary["best"]) == ["best_epoch", "score", "trial_id", "values"]


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_goes_on_from_its_middle(name: str, tmp_path: Path) -> None:
    skip_unless_it_can_propose(SEARCHES[name].oracle)
    half = begun(name, tmp_path)
    tuner = searches.tuner(name, tmp_path)
    searches.run(name, tuner)
    whole = OLD / name / "journal.jsonl"
    assert_went_on(tmp_path / name / "journal.jsonl", half, whole, SEARCHES[name].numerical)
    assert_reported(tmp_path / name, len(tuner.state.trials))


@pytest.mark.parametrize("method", METHODS)
def test_every_search_method_goes_on(method: str, tmp_path: Path) -> None:
    skip_unless_it_can_propose(method)
    whole = OLD / "methods" / f"{method}.jsonl"
    half = lines_until(whole, searches.METHOD_CUT)
    (tmp_path / method).mkdir()
    (tmp_path / method / "journal.jsonl").write_bytes(half)
    searches.run_method(searches.method_tuner(method, tmp_path))
    assert_went_on(tmp_path / method / "journal.jsonl", half, whole, method in NUMERICAL)


@pytest.mark.parametrize("name", ["random", "folds", "hyperband"])
def test_a_finished_search_stays_as_it_is(name: str, tmp_path: Path) -> None:
    """And its best model is made from the old checkpoint, its evaluation kept."""
    shutil.copytree(OLD / name, tmp_path / name)
    before = state_of(tmp_path / name / "journal.jsonl")
    tuner = searches.tuner(name, tmp_path)
    assert list(tuner.state.trials) == list(before.trials)  # it can be looked at before it is run
    searches.run(name, tuner)
    records = read(tmp_path / name / "journal.jsonl")[0]
    whole = read(OLD / name / "journal.jsonl")[0]
    assert [record["kind"] for record in records[len(whole) :]] == ["session", "finish"]
    assert_reported(tmp_path / name, len(before.trials))
    test = tuner.evaluate_best(searches.ROWS[searches.TEST], searches.TARGETS[searches.TEST])
    assert before.test is not None and test == before.test["metrics"]
    assert (tmp_path / name / "best_model.keras").exists()


def test_a_finished_search_can_be_given_more_trials(tmp_path: Path) -> None:
    shutil.copytree(OLD / "random", tmp_path / "random")
    before = state_of(tmp_path / "random" / "journal.jsonl")
    tuner = searches.tuner("random", tmp_path, max_trials=len(before.trials) + 1)
    searches.run("random", tuner)
    assert len(tuner.state.trials) == len(before.trials) + 1
    assert [told(tuner.state.trials[trial]) for trial in before.trials] == [
        told(trial) for trial in before.trials.values()
    ]


def test_an_old_run_is_learnt_from_by_a_new_search(tmp_path: Path) -> None:
    shutil.copytree(OLD / "given", tmp_path / "given")
    earlier = state_of(OLD / "given" / "journal.jsonl")
    tuner = searches.tuner("given", tmp_path / "new", warm_start=tmp_path / "given", start=())
    results = tuner.oracle.all_options()["warm_start"]
    assert [result["score"] for result in results] == [
        trial.score for trial in earlier.trials.values()
    ]


OTHERWISE = [
    ("random", {"seed": 1}, {}, ["seed", "0 in the folder", "1 now"]),
    ("random", {"executions_per_trial": 2}, {}, ["executions_per_trial", "1", "2"]),
    ("executions", {"executions_per_trial": 3}, {}, ["executions_per_trial", "2", "3"]),
    ("random", {"early_stopping_patience": 3}, {}, ["early_stopping_patience", "10", "3"]),
    ("given", {"early_stopping_patience": 7}, {}, ["early_stopping_patience", "2", "7"]),
    ("random", {}, {"epochs": 9}, ["epochs", "2", "9"]),
    ("random", {"objective": "loss"}, {}, ["objective", "'val_loss'", "'loss'"]),
    ("median", {"scheduler": "none", "scheduler_options": None}, {}, ["'median' in", "'none' now"]),
    ("random", {"reproducible": True}, {}, ["lag", "None in the folder", "4 now"]),
    ("reproducible", {"reproducible": 2}, {}, ["lag", "4 in the folder", "2 now"]),
    ("folds", {"folds": 3}, {}, ["folds", "2", "3"]),
    ("folds", {"groups": None}, {}, ["data: fingerprint"]),
    ("asha", {"scheduler_options": {"factor": 4}}, {}, ["factor", "2 in the folder", "4 now"]),
    ("grid", {"hypermodel": searches.close}, {}, ["space: ", "'moved'"]),
    ("given", {"start": ()}, {}, ["start", "'rate': 0.25"]),
]


@pytest.mark.parametrize(("name", "changes", "fit", "words"), OTHERWISE)
def test_another_search_is_refused_with_the_difference(
    name: str, changes: dict[str, Any], fit: dict[str, Any], words: list[str], tmp_path: Path
) -> None:
    half = begun(name, tmp_path)
    with pytest.raises(RunFolderError, match="holds another search") as refusal:
        searches.run(name, searches.tuner(name, tmp_path, **changes), **fit)
    lines = str(refusal.value).splitlines()[1:-1]
    assert all(word in "\n".join(lines) for word in words), lines
    assert len(lines) == 1 or name in ("median", "grid"), (
        lines
    )  # of which several knobs or options differ
    assert "'executions'" not in lines[0] and " executions:" not in lines[0]
    assert (tmp_path / name / "journal.jsonl").read_bytes() == half


@pytest.mark.parametrize("journal", JOURNALS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_record_is_read_in_todays_form(journal: Path) -> None:
    records, good = read(journal)[:2]
    lines = journal.read_text(encoding="utf-8").splitlines()
    assert good == journal.stat().st_size and len(records) == len(lines)
    for record, line in zip(records, lines, strict=True):
        old = json.loads(line)
        assert "trial" in old or "trial_id" not in record
        names = {"trial": "trial_id", **({"epoch": "best_epoch"} if old["kind"] == "end" else {})}
        wanted = {names.get(key, key): value for key, value in old.items() if key != "crc"}
        if old["kind"] == "header":
            assert "executions" in old["training"]
            renamed = {"executions": "executions_per_trial"}
            wanted["training"] = {
                renamed.get(key, key): value for key, value in old["training"].items()
            }
        if old["kind"] in ("epoch", "end", "test"):
            wanted["metrics"] = {
                name: decode_number(value) for name, value in old["metrics"].items()
            }
        assert repr(record) == repr(wanted)


def test_the_old_journals_hold_every_kind_of_record() -> None:
    records = [record for journal in JOURNALS for record in read(journal)[0]]
    headers = [record for record in records if record["kind"] == "header"]
    assert {(header["schema"], header["versions"]["tftune"]) for header in headers} == {
        (1, "0.1.0")
    }
    assert {record["kind"] for record in records} == {*KINDS}
    ends = [record for record in records if record["kind"] == "end"]
    assert {record["status"] for record in ends} == {"completed", "pruned", "failed"}
    values = [value for record in records for value in record.get("metrics", {}).values()]
    assert {"nan", "inf"} <= {str(value) for value in values}
    assert any(record.get("parent") for record in records if record["kind"] == "start")
    assert any(record["attempt"] > 1 for record in records if record["kind"] == "start")


def strings(value: Any) -> Iterator[str]:
    """All strings in a JSON value but those of packed numbers."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from strings([item for key, item in value.items() if key != "words"])
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def test_the_old_journals_name_no_folder_of_the_machine_that_made_them() -> None:
    for file in OLD.rglob("*.json*"):
        lines = [file.read_text(encoding="utf-8")]
        for line in lines[0].splitlines() if file.suffix == ".jsonl" else lines:
            for text in strings(json.loads(line)):
                assert not text.startswith("/") and 'File "/' not in text, file


@pytest.mark.parametrize("method", PLAIN_ORACLES)
def test_the_files_of_an_oracle_under_kerastuner_are_read(method: str, tmp_path: Path) -> None:
    shutil.copytree(OLD / "plain" / method, tmp_path / "old" / method)
    saved = sorted((OLD / "plain" / method).glob("trial_*/trial.json"))
    trials = [json.loads(path.read_text(encoding="utf-8")) for path in saved]
    taken_up = searches.plain_tuner(method, tmp_path / "old")
    assert [
        (trial.trial_id, trial.hyperparameters.values, trial.score, trial.status)
        for trial in taken_up.oracle.trials.values()
    ] == [
        (old["trial_id"], old["hyperparameters"]["values"], old["score"], old["status"])
        for old in trials
    ]
    taken_up.search()
    fresh = searches.plain_tuner(method, tmp_path / "new")
    fresh.search()
    assert len(fresh.oracle.trials) > len(trials)
    assert [
        (trial.hyperparameters.values, trial.score) for trial in taken_up.oracle.trials.values()
    ] == [(trial.hyperparameters.values, trial.score) for trial in fresh.oracle.trials.values()]


def resume_program(folder: Path, *arguments: str) -> int:
    """Goes on with the program's search as its own message said."""
    from tftune.cli.program import main

    fixed = ["--fix", "depth=1,filters=2,units=32,batch_size=256", "--space", "full"]
    limits = ["--max-trials", "2", "--epochs", "2", "--workers", "0", "--quiet", "--json"]
    command = ["--data", "sample", "--search", "random", *fixed, *limits, "--run-dir", str(folder)]
    return main(PROGRAM, [*command, "--resume", *arguments])


@pytest.mark.slow
def test_a_program_that_was_interrupted_goes_on(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(OLD / "program", tmp_path / "run")
    before = state_of(OLD / "program" / "journal.jsonl")
    assert resume_program(tmp_path / "run") == 0
    summary = json.loads(capfd.readouterr().out)
    assert summary["trials"] == {"completed": 2, "pruned": 0, "failed": 0} and summary["test"]
    after = state_of(tmp_path / "run" / "journal.jsonl")
    assert told(after.trials["0000"]) == told(before.trials["0000"])
    assert after.trials["0001"].values == before.trials["0001"].values
    assert after.trials["0001"].attempt == 2
    assert_reported(tmp_path / "run", 2)


def test_a_program_refuses_another_search_with_the_difference(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(OLD / "program", tmp_path / "run")
    assert resume_program(tmp_path / "run", "--early-stopping-patience", "3", "--seed", "1") == 2
    message = capfd.readouterr().err
    assert "seed: 0 in the folder, 1 now" in message and "early_stopping_patience" in message
