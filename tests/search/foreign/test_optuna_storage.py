"""Studies of Optuna: what is taken, what is left out, what is refused."""

from __future__ import annotations

import logging
import sqlite3
import warnings
from pathlib import Path
from typing import Any

import optuna
import pytest

from tests.search.foreign.sources import TRIALS, add_study, database, journal_file
from tftune.errors import UsageError
from tftune.search.foreign.foreign_trials import Asked
from tftune.search.foreign.reading import read_foreign


def table(found: Any) -> list[tuple[Any, ...]]:
    return [(trial.name, trial.score, trial.status) for trial in found.trials]


@pytest.mark.parametrize("write", [database, journal_file])
def test_every_trial_that_ended_keeps_its_state(tmp_path: Path, write: Any) -> None:
    file = write(tmp_path / "study")
    before = file.read_bytes()
    found = read_foreign(file)
    assert table(found) == [
        ("0", 0.5, "completed"),
        ("1", 0.25, "completed"),
        ("2", 0.75, "pruned"),
        ("3", None, "failed"),
    ]
    assert found.trials[0].values == TRIALS[0][0]
    assert (found.objective, found.direction) == (None, "min")
    assert found.kind == "Optuna study 'one'" and found.notes == ("1 running left out",)
    assert file.read_bytes() == before and list(tmp_path.iterdir()) == [file]


def test_an_address_of_a_file_is_that_file(tmp_path: Path) -> None:
    file = database(tmp_path / "study.db", directions=["maximize"])
    found = read_foreign(f"sqlite:///{file}")
    assert found.direction == "max" and len(found.trials) == 4


def test_what_tftune_exports_comes_back(tmp_path: Path) -> None:
    """With its objective, its seconds and the knobs that were fixed."""
    study = add_study(None, trials=())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # experimental
        study.set_metric_names(["val_auc"])
    attributes = {"fixed": {"depth": 3}, "seconds": 2.5}
    study.add_trial(optuna.trial.create_trial(value=0.5, user_attrs=attributes))
    storage = optuna.storages.RDBStorage(f"sqlite:///{tmp_path / 'a.db'}")
    optuna.copy_study(from_study_name="one", from_storage=study._storage, to_storage=storage)
    found = read_foreign(tmp_path / "a.db")
    assert found.objective == "val_auc"
    assert (found.trials[0].values, found.trials[0].seconds) == ({"depth": 3}, 2.5)


def test_of_several_studies_one_must_be_named(tmp_path: Path) -> None:
    file = database(tmp_path / "study.db")
    storage = optuna.storages.RDBStorage(f"sqlite:///{file}")
    add_study(storage, "two", TRIALS[:1])
    storage.engine.dispose()
    with pytest.raises(UsageError, match="several studies. Expected one of: 'one', 'two'. Take"):
        read_foreign(file)
    assert len(read_foreign(file, Asked(study="two")).trials) == 1
    with pytest.raises(UsageError, match="has no study 'three'. Expected one of: 'one', 'two'"):
        read_foreign(file, Asked(study="three"))


def test_of_several_objectives_one_must_be_named(tmp_path: Path) -> None:
    file = database(tmp_path / "study.db", directions=["minimize", "maximize"])
    with pytest.raises(UsageError, match="has 2 objectives, .* Expected one of: 0, 1"):
        read_foreign(file, Asked("val_auc"))
    assert read_foreign(file, Asked("val_auc", column="1")).direction == "max"


def test_a_pruned_trial_without_a_value_has_its_last_report(tmp_path: Path) -> None:
    study = add_study(None, trials=())
    for steps in ({0: 0.5, 3: 0.25}, {}):
        study.add_trial(
            optuna.trial.create_trial(
                state=optuna.trial.TrialState.PRUNED, intermediate_values=steps
            )
        )
    storage = optuna.storages.RDBStorage(f"sqlite:///{tmp_path / 'a.db'}")
    optuna.copy_study(from_study_name="one", from_storage=study._storage, to_storage=storage)
    found = read_foreign(tmp_path / "a.db")
    assert table(found) == [("0", 0.25, "pruned"), ("1", None, "failed")]
    assert found.notes == ("1 pruned without a finite score count as failed",)


def spoil(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)


def empty(file: Path) -> None:
    file.unlink()
    optuna.storages.RDBStorage(f"sqlite:///{file}").engine.dispose()


def foreign(file: Path) -> None:
    file.unlink()
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE songs (name TEXT)")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (spoil, "cannot be read as an Optuna storage. Received: .*(malformed|not a database)"),
        (lambda file: file.write_bytes(file.read_bytes()[:2000]), "cannot be read as an Optuna"),
        (empty, "is an Optuna storage without a study. Expected one study"),
        (foreign, "is a SQLite database of something else. Expected Optuna's .*Received: .*songs"),
    ],
    ids=["spoilt", "cut", "empty", "of another program"],
)
def test_a_damaged_database_is_one_error(tmp_path: Path, change: Any, said: str) -> None:
    file = database(tmp_path / "study.db")
    change(file)
    with pytest.raises(UsageError, match=said):
        read_foreign(file)


def test_a_damaged_journal_is_one_error(tmp_path: Path) -> None:
    file = journal_file(tmp_path / "journal.log")
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([*lines[:2], b'{"op_code": 4, "x": nonsense}\n', *lines[2:]]))
    with pytest.raises(UsageError, match="cannot be read as an Optuna storage"):
        read_foreign(file)
    file.write_bytes(lines[0])
    with pytest.raises(UsageError, match="No trial has ended in .*journal.log"):
        read_foreign(file)


def test_a_study_without_a_score_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has a score that is a finite number.*1 failed"):
        read_foreign(database(tmp_path / "a.db", trials=TRIALS[3:4]))


def test_a_database_that_cannot_be_reached_does_not_tell_the_password() -> None:
    with pytest.raises(UsageError, match=r"^nobase://me:\.\.\.@host/x cannot be read") as caught:
        read_foreign("nobase://me:secret@host/x")
    assert "secret" not in str(caught.value)


def test_reading_sets_up_no_logging(tmp_path: Path) -> None:
    before = list(logging.getLogger().handlers)
    read_foreign(database(tmp_path / "a.db"))
    assert logging.getLogger().handlers == before
