"""`tftune finish`: the best of a search that was cut short becomes its result."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.cli.subcommands.small_runs import (  # noqa: F401
    PEPTIDES,
    copied,
    interrupted,
    own_search,
    whole_peptides,
)
from tests.search.test_tuner import FIT, X, Y, make
from tftune import hemolysis
from tftune.cli.command import main
from tftune.cli.program import main as program
from tftune.journal.journal import Journal, read
from tftune.journal.run_folder import RunFolder
from tftune.search.load_run import load_run


@pytest.fixture
def finish(capsys: pytest.CaptureFixture[str]) -> Any:
    def finished(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["finish", *map(str, words)])
        output = capsys.readouterr()
        return code, output.out, output.err

    return finished


@pytest.mark.slow
def test_a_program_that_was_killed_gets_the_result_it_would_have_had(
    whole_peptides: Path,  # noqa: F811
    tmp_path: Path,
    finish: Any,
) -> None:
    folder = RunFolder(interrupted(whole_peptides, tmp_path))
    code, out, err = finish(folder.path)
    assert code == 0 and not err
    assert "Test split, trial 0000" in out and " to " in out and "best_model.keras" in out
    whole = json.loads((whole_peptides / "summary.json").read_text())
    found = json.loads(folder.summary.read_text())
    assert {key: found[key] for key in ("best", "trials", "data")} == {
        key: whole[key] for key in ("best", "trials", "data")
    }
    assert found["test"] == pytest.approx(whole["test"], rel=1e-5)
    assert found["test_intervals"].keys() == whole["test_intervals"].keys()
    records = read(folder.journal)[0]
    assert [record["kind"] for record in records[-3:]] == ["test", "evaluation", "finish"]
    assert records[-1]["reason"] == "finished" and found["wall_seconds"] < 600
    assert folder.trials_csv.exists() and folder.predictions.exists()
    assert keras.models.load_model(folder.best_model).count_params() > 0
    before = folder.journal.read_bytes()
    code, out, err = finish(folder.path)
    assert code == 0 and "is finished already; nothing was changed" in err and "Files:" in out
    assert folder.journal.read_bytes() == before
    code, out, _ = finish(folder.path, "--json")
    assert code == 0 and json.loads(out) == found
    more = ["--max-trials", "2", "--resume", "--run-dir", str(folder.path)]
    assert program(hemolysis.PROGRAM, [*PEPTIDES, *more]) == 0  # resuming still works
    run = load_run(folder.path)
    assert len(run.trials) == 2 and run.state.finish["reason"] == "done"


@pytest.mark.slow
def test_an_own_search_is_saved_and_with_data_evaluated(
    own_search: Path,  # noqa: F811
    tmp_path: Path,
    finish: Any,
) -> None:
    folder = RunFolder(interrupted(own_search, tmp_path))
    (folder.data / "spilled").mkdir(parents=True)  # by a search that was killed
    code, out, err = finish(folder.path)
    assert code == 0 and "it was not evaluated" in err and "Test split" not in out
    assert not folder.data.exists()
    model = keras.models.load_model(folder.best_model)
    run = load_run(folder.path)
    np.testing.assert_allclose(model.predict(X, verbose=0), run.predict(X), rtol=1e-5)
    assert run.state.finish["reason"] == "finished" and run.state.test is None
    assert "is finished already" in finish(folder.path)[2]
    data = tmp_path / "test.npz"
    np.savez(data, x=X[70:], y=Y[70:])
    code, out, err = finish(folder.path, "--data", data)
    assert code == 0 and "Test split, trial" in out and not err
    state = load_run(folder.path).state
    assert state.test_uses == 1 and state.evaluation()["rows"] == 20
    assert sum(record["kind"] == "finish" for record in read(folder.journal)[0]) == 1
    assert "is finished already" in finish(folder.path, "--data", data)[2]
    more = make(folder.path.parent, max_trials=3, project_name=folder.path.name)
    more.search(**FIT)
    assert len(more.state.trials) == 3 and more.state.finish["reason"] == "done"


@pytest.mark.slow
def test_a_running_search_is_left_alone(
    whole_peptides: Path,  # noqa: F811
    tmp_path: Path,
    finish: Any,
) -> None:
    folder = RunFolder(interrupted(whole_peptides, tmp_path))
    before = folder.journal.read_bytes()
    with Journal(folder.journal):
        code, out, err = finish(folder.path)
    assert code == 2 and not out and "Another process is running a search" in err
    assert folder.journal.read_bytes() == before and not folder.best_model.exists()


@pytest.mark.slow
def test_without_a_trial_there_is_nothing_to_finish(
    whole_peptides: Path,  # noqa: F811
    tmp_path: Path,
    finish: Any,
) -> None:
    folder = RunFolder(interrupted(whole_peptides, tmp_path))
    lines = folder.journal.read_bytes().splitlines(keepends=True)
    folder.journal.write_bytes(b"".join(lines[:3]))
    code, out, err = finish(folder.path)
    assert code == 3 and not out and "There is no best trial" in err


def test_nothing_is_written_where_the_weights_are_gone(
    own_search: Path,  # noqa: F811
    tmp_path: Path,
    finish: Any,
) -> None:
    folder = RunFolder(interrupted(own_search, tmp_path))
    for path in folder.checkpoints.iterdir():
        path.unlink()
    before = folder.journal.read_bytes()
    code, out, err = finish(folder.path)
    assert code == 2 and not out and "Traceback" not in err
    assert folder.journal.read_bytes() == before and not folder.summary.exists()
    code, _, err = finish(folder.path, "--data", "nowhere.npz")
    assert code == 4 and "there is no such file" in err


def test_a_finished_program_is_told_so(
    whole_peptides: Path,  # noqa: F811
    tmp_path: Path,
    finish: Any,
) -> None:
    folder = RunFolder(copied(whole_peptides, tmp_path))
    before = folder.journal.read_bytes()
    code, _, err = finish(folder.path)
    assert code == 0 and "is finished already" in err and folder.journal.read_bytes() == before


def test_share_needs_a_search_of_a_program(finish: Any, tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.jsonl") as journal:
        objective = {"name": "val_loss", "direction": "min"}
        journal.append({"kind": "header", "task": "own", "objective": objective, "time": 0.0})
    code, _, err = finish(tmp_path, "--share", "0.2")
    assert code == 2 and "Pass finish= to its Tuner" in err


@pytest.mark.slow
def test_share_finishes_the_model_of_a_search_that_is_done(
    whole_peptides: Path,  # noqa: F811
    tmp_path: Path,
    finish: Any,
) -> None:
    folder = RunFolder(copied(whole_peptides, tmp_path))
    before = read(folder.journal)[0]
    code, out, err = finish(folder.path, "--share", "500", "--no-references")
    assert code == 0 and "used once more" in err
    assert "weight averaging" in out and "Kept:" in out
    found = json.loads(folder.summary.read_text())["finish"]
    assert [each["step"] for each in found["steps"]] == [
        *("confirm", "average", "refit", "ensemble"),
    ]
    new = read(folder.journal)[0][len(before) :]
    kinds = [record["kind"] for record in new]
    assert "start" not in kinds and kinds.index("finished") < kinds.index("finish")
    state = load_run(folder.path).state
    assert state.is_tested and state.test_uses == 1 + bool(state.members)
    code, out, err = finish(folder.path, "--share", "500", "--no-references")
    assert code == 0 and len(read(folder.journal)[0]) == len(before) + len(new) + 2
    assert "is finished already" in err and "used once more" not in err


@pytest.mark.slow
def test_share_leaves_a_search_that_is_not_done(
    whole_peptides: Path,  # noqa: F811
    tmp_path: Path,
    finish: Any,
) -> None:
    code, _, err = finish(interrupted(whole_peptides, tmp_path), "--share", "0.2")
    assert code == 2 and "--resume --finish 0.2" in err
