"""Hostile files of other tools, from which a search may start."""

from __future__ import annotations

import json
import pickle
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.hostile.npz_files import RunsCode
from tests.hostile.opened import Hostile
from tests.hostile.tables import MEGABYTE, ODD, text

IMPORT = ("tftune", "import", "{}", "--csv", "out.csv")
TABLES: dict[str, Callable[[], str | bytes]] = {
    "a pickle": lambda: pickle.dumps(RunsCode()),
    "a million columns": lambda: ",".join(["c"] * 10**6) + "\n" + ",".join(["1"] * 10**6),
    "a million different columns": lambda: ",".join(map(str, range(10**6))) + ",score\n1\n",
    "one field of 60 MB": lambda: "units,score\n" + "1" * (60 * MEGABYTE) + ",1\n",
    "sixty million empty lines": lambda: "units,score\n" + "\n" * (60 * MEGABYTE),
    "a header of 60 MB": lambda: "u" * (60 * MEGABYTE),
    "zero bytes": lambda: b"units,score\n\0,1\n",
    "escape sequences": lambda: "un\x1b[2Jits,sc\u202eore\n1,2\n",
    "scores that are formulas": lambda: "units,score\n1,=cmd|' /C calc'!A0\n",
    "an open quotation mark": lambda: 'units,score\n"1,2\n' + "1,2\n" * 200_000,
    "deep JSON": lambda: "[" * 100_000,
    "deep JSON of Optuna": lambda: '{"op_code": 0, "x": ' + "[" * 100_000,
    "a journal of Optuna of nonsense": lambda: '{"op_code": 4, "x": 1}\n' * 100,
    "a database of nothing": lambda: b"SQLite format 3\0" + bytes(1000),
    "a database of zeros": lambda: b"SQLite format 3\0" + bytes(MEGABYTE),
}


def _database(folder: Path) -> Path:
    with sqlite3.connect(folder / "study.db") as found:
        found.execute("create table studies (study_id integer, study_name text)")
        found.execute("create trigger t after insert on studies begin select 1; end")
    found.close()
    return folder / "study.db"


def _keras_tuner(content: Callable[[], str]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / "trial_0").mkdir()
        (folder / "oracle.json").write_text("{}")
        (folder / "trial_0" / "trial.json").write_text(content())
        return folder

    return make


def _odd_trial(kind: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / "trial_0").mkdir()
        (folder / "oracle.json").write_text("{}")
        ODD[kind](folder / "trial_0", "trial.json")
        return folder

    return make


TRIALS: dict[str, Callable[[], str]] = {
    "deep": lambda: "[" * 100_000,
    "a number": lambda: "7",
    "numbers of 5,000 digits": lambda: '{"trial_id": ' + "9" * 5000 + "}",
    "escape sequences": lambda: json.dumps({"trial_id": "\x1b[2J", "hyperparameters": {}}),
}


def _cases() -> Iterator[Hostile]:
    for name, content in TABLES.items():
        yield Hostile(f"import: {name}", text(content, "trials.csv"), IMPORT)
    yield Hostile("import: a database without trials", _database, IMPORT)
    for name, trial in TRIALS.items():
        yield Hostile(f"import of KerasTuner: {name}", _keras_tuner(trial), IMPORT)
    for kind in ODD:
        make = ODD[kind]
        yield Hostile(
            f"import: {kind}", lambda folder, make=make: make(folder, "trials.csv"), IMPORT
        )
    for kind in ("pipe", "10 GB of nothing", "link to a device that never ends"):
        yield Hostile(f"import of KerasTuner: {kind}", _odd_trial(kind), IMPORT)


CASES = [*_cases()]
