"""Which reader a source of another tool needs."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tftune.errors import DataError, RunFolderError, UsageError
from tftune.journal.run_folder import RunFolder
from tftune.search.foreign.foreign_trials import Asked, ForeignTrials
from tftune.search.foreign.keras_tuner_folder import (
    is_keras_tuner_folder,
    projects_in,
    read_keras_tuner_folder,
)
from tftune.search.foreign.optuna_storage import SQLITE_MAGIC, read_optuna_storage
from tftune.search.foreign.trial_table import read_trial_table
from tftune.support import limits
from tftune.support.texts import quoted, shown
from tftune.support.whole_files import open_whole

_WHAT = "an Optuna storage, a KerasTuner project folder, or a table of trials (CSV)"
_PICKLE = b"\x80"
_BEGINNING = 4096  # bytes that tell what a file is


def read_foreign(source: str | os.PathLike[str], asked: Asked | None = None) -> ForeignTrials:
    """Reads the trials of another tool.

    Args:
        source: An Optuna storage (SQLite file, journal file, address), a KerasTuner project folder,
            or a table (CSV).
        asked: What a person says of it.

    Raises:
        UsageError: If it is none of these, or damaged, or holds nothing to learn from.
    """
    text, asked = os.fspath(source), asked or Asked()
    if "://" in text and not text.startswith("sqlite:///"):
        return read_optuna_storage(text, asked)
    path = Path(text.removeprefix("sqlite:///"))
    try:
        return _read(path, asked)
    except OSError as error:
        raise UsageError(
            f"{shown(str(path))} cannot be read: {error.strerror or error}. Expected {_WHAT}. "
            "Look at its name, its owner and its rights."
        ) from None


def is_foreign(source: str | os.PathLike[str]) -> bool:
    """Returns whether a source is something else than the place of a run folder: a file, an
    address, a KerasTuner project or the folder around some.
    """
    if "://" in os.fspath(source):
        return True
    path = Path(source)
    try:
        if not path.is_dir() or RunFolder(path).exists():
            return path.is_file()
        return is_keras_tuner_folder(path) or bool(projects_in(path))
    except (OSError, ValueError):
        return False


def _read(path: Path, asked: Asked) -> ForeignTrials:
    if path.is_dir():
        if is_keras_tuner_folder(path):
            return read_keras_tuner_folder(path, asked)
        raise _no_project(path)
    if not path.exists():
        raise UsageError(f"There is no {shown(str(path))}. Expected {_WHAT}. Correct the path.")
    try:
        with open_whole(path, limits.BYTES) as file:
            beginning = file.read(_BEGINNING)
    except DataError as error:
        raise UsageError(
            f"{shown(str(path))} cannot be read: {error}. Expected {_WHAT}. Look at its name, its "
            "owner and its rights."
        ) from None
    if not beginning.strip():
        raise UsageError(f"{path} is empty. Expected {_WHAT}. Leave it out.")
    if beginning.startswith(_PICKLE):
        raise UsageError(
            f"{path} is a pickle, which could run any code when it is read, so it is not. Expected "
            f"{_WHAT}. Write its trials as a table with the tool that made it."
        )
    if beginning.startswith(SQLITE_MAGIC):
        return read_optuna_storage(str(path), asked)
    if beginning.lstrip()[:1] in (b"{", b"["):
        return _read_json(path, beginning, asked)
    return read_trial_table(path, asked)


def _read_json(path: Path, beginning: bytes, asked: Asked) -> ForeignTrials:
    if path.name in ("oracle.json", "trial.json"):
        raise UsageError(
            f"{path} is one file of a KerasTuner project. Expected its folder, which holds "
            "oracle.json. Pass the folder."
        )
    try:
        first = json.loads(beginning.partition(b"\n")[0])
    except (ValueError, RecursionError):
        first = None
    if isinstance(first, dict) and "op_code" in first:
        return read_optuna_storage(str(path), asked)
    if path.name == RunFolder(path.parent).journal.name:
        raise UsageError(f"{path} is the journal of a run. Expected its folder. Pass the folder.")
    raise UsageError(
        f"{path} is JSON, but no journal of Optuna. Expected {_WHAT}. Write its trials as a table."
    )


def _no_project(path: Path) -> UsageError:
    if RunFolder(path).exists():
        return UsageError(
            f"{path} is a run folder of tftune already. Expected {_WHAT}. Start from it as it is: "
            f"--warm-start {quoted(str(path))}"
        )
    inside = [str(each) for each in projects_in(path)[:10]]
    if inside:
        return UsageError(
            f"{path} holds KerasTuner projects, and is none itself. Expected one of: "
            f"{', '.join(inside)}. Pass that."
        )
    return RunFolderError(
        f"{path} is no KerasTuner project: it has no oracle.json. Expected {_WHAT}. "
        "Correct the path."
    )
