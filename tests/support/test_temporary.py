"""What a killed process leaves among the temporary files is removed by the next one, and nothing
else.
"""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tftune.errors import MachineError
from tftune.support import owners, temporary
from tftune.support.owners import lives, this_process
from tftune.support.temporary import claim, make_folder, sweep_abandoned, temporary_folder

DEAD = {**this_process(), "pid": 2**22 - 1, "started": 1.0}


def left_by(place: Path, name: str, owner: object = None) -> Path:
    folder = place / name
    folder.mkdir()
    (folder / "array.npy").write_bytes(b"x")
    if owner is not None:
        (folder / ".owner-1.json").write_text(json.dumps(owner))
    return folder


def test_a_folder_is_private_and_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with temporary_folder("of-a-test-") as folder:
        assert folder.parent == tmp_path and folder.name.startswith("tftune-of-a-test-")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not folder.exists()


def test_folders_of_the_dead_are_swept_and_no_others(tmp_path: Path) -> None:
    left_by(tmp_path, "tftune-dead", DEAD)
    left_by(tmp_path, "tftune-number-given-anew", {**this_process(), "started": 1.0})
    runs = left_by(tmp_path, "tftune-runs")  # of a user who chose --run-dir /tmp/tftune-runs
    os.utime(runs, (0, 0))
    kept = {
        runs,
        left_by(tmp_path, "tftune-mine", this_process()),
        left_by(tmp_path, "tftune-of-another-machine", {**DEAD, "machine": "elsewhere"}),
        left_by(tmp_path, "tftune-of-a-liar", ["no", "owner"]),
        left_by(tmp_path, "keras-dead", DEAD),
        tmp_path / "tftune-link",
        tmp_path / "tftune-error.txt",
    }
    shared = left_by(tmp_path, "tftune-shared", DEAD)
    claim(shared)  # a second user of it, who lives
    (tmp_path / "tftune-link").symlink_to(tmp_path / "keras-dead")
    (tmp_path / "tftune-error.txt").write_text("a report")
    sweep_abandoned(tmp_path)
    assert set(tmp_path.iterdir()) == {*kept, shared}


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root may give away")
def test_folders_of_other_users_are_left_alone(tmp_path: Path) -> None:
    folder = left_by(tmp_path, "tftune-theirs", DEAD)
    os.chown(folder, 12345, 12345)
    sweep_abandoned(tmp_path)
    assert (folder / "array.npy").exists()


SCRIPT = """
    import os, sys
    from tftune.support.temporary import make_folder
    print(make_folder(), flush=True)
    os.kill(os.getpid(), 9)
"""


def test_a_killed_process_leaves_nothing_behind_the_next_start(tmp_path: Path) -> None:
    given = {**os.environ, "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", textwrap.dedent(SCRIPT)]
    ended = [
        subprocess.run(command, env=given, capture_output=True, text=True, check=False)
        for _ in range(2)
    ]
    assert [each.returncode for each in ended] == [-signal.SIGKILL] * 2
    assert [str(path) for path in tmp_path.iterdir()] == [ended[1].stdout.strip()]


def test_a_full_or_missing_place_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MachineError, match=r"TMPDIR|Expected its folder to be there"):
        make_folder(place=tmp_path / "missing")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(temporary, "claim", full)
    with pytest.raises(MachineError, match=r"set by TMPDIR\): No space left.*Make room"):
        make_folder(place=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_process_is_known_by_its_beginning_whatever_the_clock_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = this_process()
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert lives(json.loads(json.dumps(told)))
    with subprocess.Popen([sys.executable, "-c", ""]) as other:
        assert lives({"pid": other.pid, "started": owners._started(other.pid)})
        other.wait()
    assert not lives({"pid": other.pid, "started": told["started"]})
    for odd in ({}, {"pid": "1"}, {"pid": -1}, {"pid": 1.5}, {"pid": 10**30}, {"pid": None}):
        assert not lives(odd)


def test_a_place_is_swept_once_by_a_process_and_again_by_its_fork(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_folder(place=tmp_path)
    dead = left_by(tmp_path, "tftune-dead", DEAD)
    make_folder(place=tmp_path)
    assert dead.exists()
    parent = os.getppid()
    monkeypatch.setattr("os.getpid", lambda: parent)  # as a fork has another number
    make_folder(place=tmp_path)
    assert not dead.exists()
