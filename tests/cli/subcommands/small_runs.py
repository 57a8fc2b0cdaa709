"""Small searches, made once, that tests copy before they change them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.search.test_tuner import FIT, make
from tftune import hemolysis
from tftune.cli.program import main
from tftune.journal.journal import read
from tftune.journal.run_folder import RunFolder

PEPTIDES = [
    *("--data", "sample", "--search", "random", "--max-trials", "1", "--epochs", "1"),
    *("--workers", "0", "--quiet"),
]


@pytest.fixture(scope="session")
def whole_peptides(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of a program whose best trial was evaluated."""
    folder = tmp_path_factory.mktemp("peptides") / "run"
    assert main(hemolysis.PROGRAM, [*PEPTIDES, "--run-dir", str(folder)]) == 0
    return folder


@pytest.fixture(scope="session")
def own_search(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of a `Tuner` that has searched and evaluated nothing."""
    tuner = make(tmp_path_factory.mktemp("own"), max_trials=2)
    tuner.search(**FIT)
    return Path(tuner.folder.path)


def copied(folder: Path, place: Path) -> Path:
    """Copies a run folder to where a test may change it."""
    return Path(shutil.copytree(folder, place / "moved run"))


def interrupted(folder: Path, place: Path) -> Path:
    """Copies a run folder as it would be if the process had been killed after the last trial."""
    moved = RunFolder(copied(folder, place))
    records = read(moved.journal)[0]
    last = max(place for place, record in enumerate(records) if record["kind"] == "end")
    lines = moved.journal.read_bytes().splitlines(keepends=True)
    moved.journal.write_bytes(b"".join(lines[: last + 1]))
    for path in (moved.best_model, moved.summary, moved.trials_csv, moved.predictions):
        path.unlink(missing_ok=True)
    return moved.path
