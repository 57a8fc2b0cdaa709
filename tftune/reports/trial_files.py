"""The trials of a search as files for other tools: an Optuna storage, Parquet."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tftune.errors import UsageError
from tftune.journal.state import SearchState
from tftune.reports.analysis.study import to_study
from tftune.reports.tables import CSV_COLUMNS, knob_columns, knob_names
from tftune.space.knob import public_values
from tftune.support.files import atomic_file
from tftune.support.streams import silent
from tftune.support.temporary import temporary_folder

SQLITE = (".db", ".sqlite", ".sqlite3")


def write_optuna(state: SearchState, path: Path, name: str) -> None:
    """Writes a storage of Optuna with one study, whole or not at all.

    It is a SQLite database where the file is called so (`.db`, `.sqlite`, `.sqlite3`), which
    `optuna-dashboard sqlite:///FILE` opens, otherwise a journal of Optuna's
    (`JournalStorage(JournalFileBackend(FILE))`), which `optuna-dashboard FILE` opens.

    Args:
        state: The search.
        path: The file.
        name: Of the study.
    """
    with temporary_folder() as folder:
        # a name that no address of a database misunderstands
        written = folder / ("study.db" if path.suffix.lower() in SQLITE else "study.log")
        with silent("optuna"):
            storage = _storage(written)
            to_study(state, name, storage)
            _closed(storage)
        with atomic_file(path) as file, written.open("rb") as source:
            shutil.copyfileobj(source, file)


def write_parquet(state: SearchState, path: Path) -> None:
    """Writes all trials in the order of their start, whole or not at all: the columns of
    `trials.csv`, as numbers where they are numbers.

    Raises:
        UsageError: If pyarrow is not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise UsageError(
            f"Parquet needs the library pyarrow. Expected it to be installed. Received: {error}. "
            "Install it: pip install 'tftune[plots]'; --csv needs nothing."
        ) from None
    columns = {name: _column(values) for name, values in _columns(state).items()}
    with atomic_file(path) as file:
        parquet.write_table(pyarrow.table(columns), file)


def _storage(path: Path) -> Any:
    from optuna.storages import JournalStorage, RDBStorage
    from optuna.storages.journal import JournalFileBackend

    if path.suffix == ".db":
        return _quick(RDBStorage(f"sqlite:///{path}"))
    return JournalStorage(JournalFileBackend(str(path)))


def _quick(storage: Any) -> Any:
    """Lets a database that nobody sees yet not wait for the disk after each of many steps."""
    from sqlalchemy import event

    def begin(connection: Any, _: Any) -> None:
        for setting in ("synchronous = OFF", "journal_mode = MEMORY"):
            connection.execute(f"PRAGMA {setting}")

    event.listen(storage.engine, "connect", begin)
    storage.engine.dispose()  # the next connection hears of it
    return storage


def _closed(storage: Any) -> None:
    """Lets go of a database, so that all of it is in the file."""
    if hasattr(storage, "engine"):
        storage.remove_session()
        storage.engine.dispose()


def _columns(state: SearchState) -> dict[str, list[Any]]:
    """Returns the columns of `trials.csv`, with values instead of texts."""
    trials = list(state.trials.values())
    found: dict[str, list[Any]] = {
        name: [getattr(trial, name) for trial in trials] for name in CSV_COLUMNS
    }
    found["status"] = [trial.status.value for trial in trials]
    values = [public_values(trial.values) for trial in trials]
    for name, column in knob_columns(knob_names(state)).items():
        found[column] = [each.get(name) for each in values]
    found["message"] = [trial.message for trial in trials]
    return found


def _column(values: list[Any]) -> list[Any]:
    """Returns values of one kind, as a column must have; those of several kinds become texts."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        return [None if value is None else float(value) for value in values]
    large = kinds == {int} and any(abs(value or 0) >= 2**63 for value in values)
    if len(kinds) > 1 or large:
        return [None if value is None else str(value) for value in values]
    return values
