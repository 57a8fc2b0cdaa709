"""Makes the run folders beside this file, with the code of version 0.1.0.

A check-out of version 0.1.0 (the commit before the package's folders were made) must come first
on the path; the rest of the environment is today's:

    PYTHONPATH=/path/to/version/0.1.0 python tests/journal/old/make.py [NAME ...]

What is made, a folder a search:

    <search>/journal.jsonl    of the finished search, with the evaluation on the test rows
    <search>/checkpoints/     of the finished search, for some
    <search>/middle/          the checkpoints at the cut (see `Search.cut`); the journal then is the
                              first part of the finished one: a journal is only ever appended to
    methods/<method>.jsonl    a search by each method, without training
    plain/<method>/           an oracle's own files in the middle of a `keras_tuner.Tuner`'s search
    program/                  `python -m tftune.hemolysis`, interrupted in its second trial
    versions.json             of the libraries that the proposals come from

Paths of the machine, in the tracebacks of failed trials, are replaced by the word PATH.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
os.environ["PYTHONPATH"] = os.pathsep.join(
    [os.environ.get("PYTHONPATH", ""), str(HERE)]
)  # for child processes

import searches  # noqa: E402 - stands beside this file
from searches import PLAIN_ORACLES, SEARCHES, TARGETS, TEST  # noqa: E402

import tftune  # noqa: E402
from tftune.journal import encode, read  # noqa: E402 - of version 0.1.0: the package has moved since

PROGRAM = [
    *("-m", "tftune.hemolysis", "--data", "sample", "--search", "random", "--max-trials", "2"),
    *("--epochs", "2", "--workers", "0", "--space", "full", "--quiet"),
    *("--fix", "depth=1,filters=2,units=32,batch_size=256"),
]


KEPT = ("random", "folds", "hyperband", "program")  # whose last checkpoints are kept


LIBRARIES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "scikit-optimize",
    "optuna",
    "cmaes",
    "nevergrad",
)  # that propose


class Middle:
    """A listener that keeps the checkpoints as they are when the search is in its middle."""

    def __init__(self, folder: Path, cut: tuple[str, int | None]) -> None:
        self.folder, self.cut, self.done = folder, cut, False

    def on_record(self, record: dict[str, Any], state: Any) -> None:
        """Copies them once."""
        if not self.done and searches.is_cut(record, self.cut):
            self.done = True
            (self.folder / "middle").mkdir()
            if (self.folder / "checkpoints").is_dir():
                shutil.copytree(
                    self.folder / "checkpoints", self.folder / "middle", dirs_exist_ok=True
                )

    def close(self) -> None:
        """Has nothing to close."""


def make_search(name: str) -> None:
    """Runs a search to its end."""
    middle = Middle(Path(name), SEARCHES[name].cut)
    changes: dict[str, Any] = {"listeners": [middle]}
    if name == "reproducible":
        changes["workers"] = 2  # a proposal ahead of its start is noted down only then
    if name == "given":
        earlier = searches.tuner(name, "earlier", start=(), seed=1, max_trials=4)
        searches.run(name, earlier)
        changes["warm_start"] = [Path("earlier") / name]
    tuner = searches.tuner(name, ".", **changes)
    searches.run(name, tuner)
    if name != "grid":
        tuner.evaluate_best(searches.ROWS[TEST], TARGETS[TEST])
    assert middle.done, f"{name} never came to its middle"
    keep(Path(name), HERE / name)


def keep(made: Path, place: Path) -> None:
    """Copies what resuming needs."""
    place.mkdir(parents=True)
    write_journal(made, place / "journal.jsonl")
    for part in ("checkpoints", "middle") if made.name in KEPT else ("middle",):
        if (made / part).is_dir() and any((made / part).iterdir()):
            shutil.copytree(made / part, place / part)


def write_journal(made: Path, place: Path) -> None:
    """Copies a journal, the paths of this machine left out."""
    records = read(made / "journal.jsonl")[0]
    lines = [
        encode(
            {
                **record,
                **({"message": without_paths(record["message"])} if record.get("message") else {}),
            }
        )
        for record in records
    ]
    place.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def without_paths(text: str) -> str:
    """Shortens the names of files in a traceback."""
    return re.sub(r'File "[^"]*/', 'File "PATH/', text)


def make_method(method: str) -> None:
    """Runs a search without training."""
    searches.run_method(searches.method_tuner(method, "methods"))
    write_journal(Path("methods") / method, HERE / "methods" / f"{method}.jsonl")


def make_plain(method: str) -> None:
    """Runs half a search under KerasTuner's own tuner."""
    searches.plain_tuner(method, "plain", max_trials=4).search()
    shutil.copytree(
        Path("plain") / method, HERE / "plain" / method, ignore=shutil.ignore_patterns("*.h5")
    )


def make_program() -> None:
    """Interrupts the program in its second trial."""
    process = subprocess.Popen([sys.executable, *PROGRAM, "--run-dir", "program"])
    journal = Path("program") / "journal.jsonl"
    while process.poll() is None:
        if journal.exists() and sum(record["kind"] == "start" for record in read(journal)[0]) == 2:
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            break
        time.sleep(0.01)
    print("the program ended with", process.wait())
    keep(Path("program"), HERE / "program")


def main(names: list[str]) -> None:
    """Makes everything, or what is named."""
    version = read.__module__, tftune.__version__
    assert version == ("tftune.journal", "0.1.0"), f"this is not version 0.1.0: {version}"
    warnings.simplefilter("ignore")
    versions = {library: importlib.metadata.version(library) for library in LIBRARIES}
    (HERE / "versions.json").write_text(json.dumps(versions, indent=2) + "\n", encoding="utf-8")
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        for name in [name for name in SEARCHES if not names or name in names]:
            shutil.rmtree(HERE / name, ignore_errors=True)
            make_search(name)
        if not names or "methods" in names:
            shutil.rmtree(HERE / "methods", ignore_errors=True)
            (HERE / "methods").mkdir()
            for method in searches.METHODS:
                make_method(method)
        if not names or "plain" in names:
            shutil.rmtree(HERE / "plain", ignore_errors=True)
            for method in PLAIN_ORACLES:
                make_plain(method)
        if not names or "program" in names:
            shutil.rmtree(HERE / "program", ignore_errors=True)
            make_program()


if __name__ == "__main__":
    main(sys.argv[1:])
