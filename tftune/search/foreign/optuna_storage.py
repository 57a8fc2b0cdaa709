"""Reads a study of an Optuna storage: a SQLite file, the address of a database, a journal file.

A file is copied first: reading must not change it, and an old one is upgraded in the copy. What
Optuna's own classes say of it counts; nothing is unpickled.
"""

from __future__ import annotations

import contextlib
import logging
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tftune.errors import UsageError
from tftune.journal.status import TrialStatus
from tftune.search.foreign.foreign_trials import (
    Asked,
    ForeignTrial,
    ForeignTrials,
    foreign_trial,
    unreadable,
)
from tftune.support.streams import silent
from tftune.support.temporary import temporary_folder
from tftune.support.texts import quoted, shown

SQLITE_MAGIC = b"SQLite format 3\0"
_STATES = {
    "COMPLETE": TrialStatus.COMPLETED,
    "PRUNED": TrialStatus.PRUNED,
    "FAIL": TrialStatus.FAILED,
}
_PASSWORD = re.compile(r"(?<=://)([^/@:]*):[^@]*(?=@)")


def read_optuna_storage(source: str, asked: Asked) -> ForeignTrials:
    """Reads one study.

    Args:
        source: A file, or an address such as `postgresql://user@host/name`.
        asked: Which study, and what its value is called here.

    Raises:
        UsageError: If the storage is damaged or none of Optuna's, holds no study or several of
            which none is named, or the study has several objectives.
    """
    try:
        import optuna
    except ImportError as error:
        raise UsageError(
            f"{source} is an Optuna storage, which needs the library optuna. Expected it to be "
            f"installed. Received: {error}. Install it: pip install optuna"
        ) from None
    told = without_password(source)
    with silent("optuna"):
        try:
            with _opened(source) as storage:
                names = optuna.get_all_study_names(storage)
                name = _chosen(names, asked.study, told)
                study = optuna.load_study(study_name=name, storage=storage)
                column = _column(study, asked, told)
                trials = study.get_trials(deepcopy=False)
                directions, metrics = study.directions, study.metric_names
        except UsageError:
            raise
        except Exception as error:  # of SQLite, SQLAlchemy, JSON, or of Optuna itself
            raise unreadable(
                told, "an Optuna storage", f"{type(error).__name__}: {error}"
            ) from None
    waiting = Counter(
        trial.state.name.lower() for trial in trials if trial.state.name not in _STATES
    )
    return ForeignTrials(
        told,
        f"Optuna study {shown(name)}",
        tuple(_trial(trial, column) for trial in trials if trial.state.name in _STATES),
        (asked.objective if asked.stated else None) or (metrics[column] if metrics else None),
        "max" if directions[column].name == "MAXIMIZE" else "min",
        tuple(f"{count} {state} left out" for state, count in waiting.items()),
    )


def without_password(source: str) -> str:
    """Returns an address as it may be shown.

    Example:
        >>> without_password("mysql://me:secret@host/studies")
        'mysql://me:...@host/studies'
    """
    return _PASSWORD.sub(r"\1:...", source)


@contextlib.contextmanager
def _opened(source: str) -> Iterator[Any]:
    from optuna.storages import JournalStorage, RDBStorage
    from optuna.storages.journal import JournalFileBackend

    if "://" in source and not source.startswith("sqlite:///"):
        with _released(RDBStorage(source)) as storage:
            yield storage
        return
    path = Path(source.removeprefix("sqlite:///"))
    with temporary_folder() as scratch, path.open("rb") as file:
        copy = scratch / "storage"
        if file.read(len(SQLITE_MAGIC)) != SQLITE_MAGIC:
            shutil.copyfile(path, copy)
            yield JournalStorage(JournalFileBackend(str(copy)))
            return
        _copy_database(path, copy)
        storage = RDBStorage(f"sqlite:///{copy}", skip_compatibility_check=True)
        with _released(storage):
            if storage.get_current_version() != storage.get_head_version():
                _upgrade(storage)
            yield storage


def _upgrade(storage: Any) -> None:
    """Brings a database of an older Optuna to the form of this one, without a word: alembic sets up
    the logging of a process that has not done so itself.
    """
    handler = logging.NullHandler()
    logging.getLogger().addHandler(handler)
    try:
        with silent("alembic"):
            storage.upgrade()
    finally:
        logging.getLogger().removeHandler(handler)


def _copy_database(path: Path, copy: Path) -> None:
    """Copies a database as it is at this moment, also while somebody writes to it."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    with (
        contextlib.closing(sqlite3.connect(address, uri=True)) as source,
        contextlib.closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
        tables = {name for (name,) in target.execute("SELECT name FROM sqlite_master")}
        if not {"studies", "trials"} <= tables:
            raise UsageError(
                f"{path} is a SQLite database of something else. Expected Optuna's tables, studies "
                f"and trials among them. Received: {shown(sorted(tables))}. Correct the path."
            )


@contextlib.contextmanager
def _released(storage: Any) -> Iterator[Any]:
    """Lets go of a database at the end."""
    try:
        yield storage
    finally:
        storage.remove_session()
        storage.engine.dispose()


def _chosen(names: list[str], study: str | None, told: str) -> str:
    if study in names:
        return study
    if study is None and len(names) == 1:
        return names[0]
    if not names:
        raise UsageError(
            f"{told} is an Optuna storage without a study. Expected one study. Leave it out."
        )
    what = "has several studies" if study is None else f"has no study {shown(study)}"
    raise UsageError(
        f"{told} {what}. Expected one of: {', '.join(map(shown, names[:20]))}. Take one: "
        f"tftune import {quoted(told)} --study {quoted(names[0])} --csv trials.csv, and start from "
        "the table."
    )


def _column(study: Any, asked: Asked, told: str) -> int:
    """Returns which of a study's values is the score."""
    if len(study.directions) == 1:
        return 0
    metrics = study.metric_names or [str(number) for number in range(len(study.directions))]
    wanted = asked.column or asked.objective
    if wanted in metrics:
        return metrics.index(wanted)
    raise UsageError(
        f"The study in {told} has {len(metrics)} objectives, and a search here has one. Expected "
        f"one of: {', '.join(metrics)}. Take one: tftune import {quoted(told)} --column "
        f"{quoted(metrics[0])} --csv trials.csv, and start from the table."
    )


def _trial(trial: Any, column: int) -> ForeignTrial:
    fixed = trial.user_attrs.get("fixed")  # as `tftune export --optuna` writes it
    score = trial.values[column] if trial.values else None
    if score is None and trial.state.name == "PRUNED" and trial.intermediate_values:
        score = trial.intermediate_values[max(trial.intermediate_values)]
    seconds = trial.user_attrs.get("seconds")
    if seconds is None and trial.duration is not None:
        seconds = trial.duration.total_seconds()
    return foreign_trial(
        str(trial.number),
        {**(fixed if isinstance(fixed, dict) else {}), **trial.params},
        score,
        _STATES[trial.state.name],
        seconds,
    )
