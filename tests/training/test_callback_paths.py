"""Paths in callbacks: one a trial, an execution and a fold; said once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.training.test_lockstep import folded
from tests.training.test_plateau import SETTINGS, small
from tests.training.test_trial import X, Y, run
from tests.training.test_users_callbacks import job
from tftune.search.tuner import Tuner
from tftune.training.callback_paths import folder_of, make_paths_distinct
from tftune.training.notes import collected_notes

callbacks = keras.callbacks
GOAL = {"objective": "val_loss", "direction": "min"}


class Log(callbacks.CSVLogger):
    """Of the user's own, derived from Keras'."""


class Own(callbacks.Callback):
    """Of the user's own, with a path that nobody knows."""

    def __init__(self, path: Any) -> None:
        super().__init__()
        self.place = path

    def on_train_end(self, logs: Any = None) -> None:
        Path(self.place).write_text("trained")


def files(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


def everything(folder: Path) -> list[Any]:
    return [
        callbacks.CSVLogger(str(folder / "log.csv")),
        Log(folder / "{trial_id}.csv"),
        Own(folder / "own-{trial_id}.txt"),
        callbacks.ModelCheckpoint(
            f"{folder}/m/{{epoch}}-{{loss:.0f}}.weights.h5", save_weights_only=True
        ),
        callbacks.ModelCheckpoint(str(folder / "{trial_id}-{epoch:02d}.keras")),
        callbacks.BackupAndRestore(str(folder / "backup"), delete_checkpoint=False),
        callbacks.TensorBoard(folder / "board"),
    ]


def test_each_training_of_each_trial_writes_apart(tmp_path: Path) -> None:
    for trial_id in ("0000", "0001"):
        settings = {"executions_per_trial": 2}
        outcome, _ = run(job(everything(tmp_path), trial_id=trial_id, settings=settings, **GOAL))
        assert outcome.status == "completed", outcome.message
        assert len(outcome.notes) == 5  # four paths, and BackupAndRestore restores nothing
    seen = [name for name in files(tmp_path) if not name.startswith(("board", "m/"))]
    state = ("latest.weights.h5", "training_metadata.json")
    expected = [
        name
        for trial in ("0000", "0001")
        for slash, hyphen in ((trial, trial), (f"{trial}/execution-2", f"{trial}-execution-2"))
        for name in (
            f"{slash}/log.csv",
            f"{hyphen}.csv",
            f"own-{hyphen}.txt",
            f"{hyphen}-01.keras",
            f"{hyphen}-02.keras",
            *(f"backup/{slash}/{name}" for name in state),
        )
    ]
    assert seen == sorted(expected)
    assert len(list((tmp_path / "m" / "0000").glob("[12]-*.weights.h5"))) == 2
    assert {path.parent.name for path in (tmp_path / "board").rglob("train")} == {
        "0000",
        "0001",
        "execution-2",
    }
    lines = (tmp_path / "0001" / "log.csv").read_text().splitlines()
    assert len(lines) == 3


def test_each_fold_writes_apart(tmp_path: Path) -> None:
    where = {"fold_of_row": np.arange(len(X)) % 2}
    settings = {**SETTINGS, "epochs": 2, "folds": 2}
    log = callbacks.CSVLogger(str(tmp_path / "log.csv"))
    given = [log, Own(tmp_path / "{trial_id}.txt")]
    outcome, _ = run(folded(small(), options={"callbacks": given}, settings=settings, **where))
    assert outcome.status == "completed" and len(outcome.notes) == 1, outcome.message
    assert files(tmp_path) == ["0000-fold-1.txt", "0000-fold-2.txt"] + [
        f"0000/fold-{fold}/log.csv" for fold in (1, 2)
    ]
    lines = (tmp_path / "0000" / "fold-2" / "log.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["epoch", "0", "1"]


def test_what_another_attempt_left_is_not_restored(tmp_path: Path) -> None:
    """Neither that of a crashed attempt, nor in a trial that continues another."""
    backup = callbacks.BackupAndRestore(str(tmp_path / "b"), delete_checkpoint=False)
    checkpoint = str(tmp_path / "0000.npz")

    def curve(given: Any, **changes: Any) -> list[float]:
        outcome, epochs = run(job(given, epochs=4, **GOAL, **changes))
        assert outcome.status == "completed", outcome.message
        return [epoch["metrics"]["val_loss"] for epoch in epochs]

    plain = curve(None)
    assert curve(backup, last_epoch=2, checkpoint=checkpoint) == plain[:2]
    assert (tmp_path / "b" / "0000" / "latest.weights.h5").exists()
    assert curve(backup) == plain  # tried again
    assert curve(backup, first_epoch=2, parent_checkpoint=checkpoint) == plain[2:]


@pytest.mark.parametrize(
    ("path", "moved"),
    [
        ("log.csv", "0003/log.csv"),
        ("a/log.csv", "a/0003/log.csv"),
        ("/a/log.csv", "/a/0003/log.csv"),
        ("gs://bucket/log.csv", "gs://bucket/0003/log.csv"),
        ("a-{trial_id}/log.csv", "a-0003/log.csv"),
    ],
)
def test_a_path_is_moved_by_one_rule(
    path: str, moved: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    checkpoint = callbacks.ModelCheckpoint(path.replace("csv", "keras"))
    with collected_notes() as notes:
        make_paths_distinct(checkpoint, "0003")
    assert checkpoint.filepath == moved.replace("csv", "keras")
    assert len(notes) == (TRIAL not in path) and (
        not notes or repr(checkpoint.filepath) in notes[0]
    )


TRIAL = "{trial_id}"


def test_folders_with_a_slash_at_the_end_and_addresses_are_understood() -> None:
    backup = callbacks.BackupAndRestore("backups/")
    make_paths_distinct(backup, "0003/fold-1")
    paths = [value for value in vars(backup).values() if str(value).startswith("backups")]
    assert backup.backup_dir == "backups/0003/fold-1" and len(paths) >= 3
    assert all(path.startswith(backup.backup_dir) for path in paths)
    remote = callbacks.RemoteMonitor(path="/publish/epoch/end/")
    make_paths_distinct(remote, "0003")
    assert remote.path == "/publish/epoch/end/"
    assert folder_of("0003") == "0003"


def test_a_search_says_it_once_also_when_it_is_resumed(tmp_path: Path) -> None:
    def search(max_trials: int) -> None:
        goal: dict[str, Any] = {"objective": "val_loss", "max_trials": max_trials}
        tuner = Tuner(small_with_a_knob, "random", workers=0, directory=tmp_path / "runs", **goal)
        log = callbacks.CSVLogger(str(tmp_path / "log.csv"))
        tuner.search(X, Y, validation_split=0.5, epochs=1, verbose=0, callbacks=[log])

    with pytest.warns(UserWarning, match=r"CSVLogger, '.*log\.csv', is '.*0003/log\.csv'") as said:
        search(2)
    ours = [warning for warning in said if warning.category is UserWarning]
    assert len(ours) == 1 and ours[0].filename == __file__
    search(3)  # a warning of tftune's would be an error
    assert [name for name in files(tmp_path) if name.endswith("log.csv")] == [
        f"{number:04d}/log.csv" for number in range(3)
    ]


def small_with_a_knob(hp: Any) -> keras.Model:
    hp.Float("unused", 0.0, 1.0)
    return small()(hp)
