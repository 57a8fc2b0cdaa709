"""Where a file system has no locks, a file says who is at work in a run folder: no two living
processes are, and of a dead one nothing stays.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tftune.errors import RunFolderError
from tftune.journal import folder_lock, owner_file
from tftune.journal.folder_lock import FolderLock, is_held
from tftune.journal.journal import Journal, read
from tftune.journal.owner_file import NAME, OwnerFile, living_owner, this_process
from tftune.journal.run_folder import RunFolder
from tftune.support.owners import lives

HOLDER = """
import errno, fcntl, sys
from pathlib import Path

def flock(file, how):
    raise OSError(errno.ENOSYS, "no locks")

fcntl.flock = flock
from tftune.journal.journal import Journal
with Journal(Path(sys.argv[1])) as journal:
    journal.append({"kind": "session", "time": 0.0})
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def without_locks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    fail_with(monkeypatch, errno.ENOLCK)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The file system of .* offers no locks")
        yield


def fail_with(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def flock(file: Any, how: int) -> None:
        raise OSError(code, "no locks")

    monkeypatch.setattr(folder_lock.fcntl, "flock", flock)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    return folder


def owner(folder: RunFolder, age: float = 0.0, **changes: Any) -> Path:
    """Writes the file of another process."""
    path = folder.path / NAME
    path.write_text(json.dumps({**this_process(), "token": "other", **changes}))
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_one_process_holds_the_folder_and_the_next_takes_it_from_the_dead(
    folder: RunFolder, without_locks: None
) -> None:
    command = [sys.executable, "-c", HOLDER, str(folder.journal)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None
    with process.stdin, process.stdout:
        assert process.stdout.readline() == "held\n"
        assert is_held(folder.journal)
        before = read(folder.journal).records
        for attempt in (lambda: Journal(folder.journal), folder.clear, folder.check_free):
            with pytest.raises(RunFolderError, match=rf"Process {process.pid} on .*seen \d+ s ago"):
                attempt()
        assert read(folder.journal).records == before and len(before) == 1
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not is_held(folder.journal)
    with Journal(folder.journal) as journal:
        journal.append({"kind": "session", "time": 1.0})
        assert is_held(folder.journal)
    assert len(read(folder.journal).records) == 2
    assert [path.name for path in folder.path.iterdir()] == ["journal.jsonl"]


@pytest.mark.parametrize("name", ["ENOSYS", "ENOLCK", "EOPNOTSUPP", "EINVAL", "EIO"])
def test_whatever_a_file_system_says_the_file_stands_in_and_that_is_said_once(
    folder: RunFolder, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Journal(folder.journal).close()
    fail_with(monkeypatch, getattr(errno, name))
    with pytest.warns(UserWarning, match=r"offers no locks. The file \.owner\.json stands in"):
        folder.check_free()
        FolderLock(folder.journal).release()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with Journal(folder.journal), pytest.raises(RunFolderError, match=f"Process {os.getpid()}"):
            Journal(folder.journal)
        Journal(folder.journal).close()


def test_a_system_without_flock_has_the_owner_file(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_lock, "fcntl", None)
    with Journal(folder.journal), pytest.raises(RunFolderError, match="Process"):
        folder.clear()


@pytest.mark.parametrize(
    ("age", "changes", "living"),
    [
        (0.0, {"machine": "elsewhere", "host": "node7", "pid": 12}, True),
        (60.0, {"machine": "elsewhere", "host": "node7", "pid": 12}, True),
        (120.0, {"machine": "elsewhere"}, False),
        (9e9, {}, True),  # this very process, silent for long: it lives
        (0.0, {"started": 1.0}, False),  # its number was given to another process
        (0.0, {"pid": "ended"}, False),
        (0.0, {"pid": 10**30}, False),
        (0.0, {"pid": None}, False),
    ],
)
def test_the_living_are_told_from_the_dead(
    folder: RunFolder, age: float, changes: dict[str, Any], living: bool
) -> None:
    if changes.get("pid") == "ended":
        changes = {**changes, "pid": ended_process()}
    path = owner(folder, age, **changes)
    assert (living_owner(path) is not None) == living
    taken = OwnerFile(folder.path)
    assert (taken.take() is None) == (not living)
    taken.release()
    assert path.exists() == living


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff" * 9000, b"[" * 4000])
def test_an_unreadable_file_counts_for_a_while(folder: RunFolder, content: bytes) -> None:
    """It may be half written."""
    path = folder.path / NAME
    path.write_bytes(content)
    assert "Process ? on the machine ?" in str(OwnerFile(folder.path).take())
    os.utime(path, (time.time() - 200,) * 2)
    taken = OwnerFile(folder.path)
    assert taken.take() is None and taken.is_ours
    taken.release()


def test_of_many_that_want_the_folder_of_a_dead_owner_one_gets_it(folder: RunFolder) -> None:
    for _ in range(4):
        owner(folder, 500.0, machine="elsewhere")
        wanting = [OwnerFile(folder.path) for _ in range(8)]
        barrier, answers = threading.Barrier(len(wanting)), dict[int, str | None]()

        def take(place: int, start: threading.Barrier = barrier, among: Any = wanting) -> None:
            start.wait()
            answers[place] = among[place].take()  # noqa: B023 - joined before the next round

        threads = [threading.Thread(target=take, args=(place,)) for place in range(len(wanting))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        got = [wanting[place] for place, words in answers.items() if words is None]
        assert len(answers) == len(wanting)
        assert sum(each._holds() for each in got) == 1
        for each in wanting:
            each.release()
        assert not list(folder.path.iterdir())


def test_an_owner_that_was_silent_and_touches_its_file_keeps_it(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = owner(folder, 500.0, machine="elsewhere")
    rename = os.rename

    def touched(source: Path, target: Path) -> None:
        os.utime(source)  # between the look and the taking
        rename(source, target)

    monkeypatch.setattr(os, "rename", touched)
    assert "Process" in str(OwnerFile(folder.path).take())
    assert path.exists()


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.EACCES])
def test_a_file_system_that_does_not_answer_takes_the_folder_from_nobody(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(owner_file, "_LOOK_SECONDS", 0.0)
    mine = OwnerFile(folder.path)
    assert mine.take() is None

    def silent(path: Path) -> dict[str, Any]:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(owner_file, "_read", silent)
        assert mine.is_ours
    mine.release()
    assert not (folder.path / NAME).exists()


def test_a_process_that_may_not_be_looked_at_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(process: psutil.Process) -> str:
        raise psutil.AccessDenied(process.pid)

    monkeypatch.setattr(psutil.Process, "status", denied)
    assert lives(this_process())


def test_machines_that_are_called_alike_are_told_apart_without_proc(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(path: Path) -> str:
        raise FileNotFoundError(path)

    monkeypatch.setattr(Path, "read_text", lambda path, **_: missing(path))
    told = []
    for node in (1, 2):
        monkeypatch.setattr("uuid.getnode", lambda node=node: node)
        told.append(this_process()["machine"])
    assert told[0] != told[1]


def test_the_lock_counts_also_where_another_machine_has_only_the_owner_file(
    folder: RunFolder,
) -> None:
    path = owner(folder, machine="elsewhere", host="node7", pid=12)
    with pytest.raises(RunFolderError, match=r"Process 12 on the machine node7 \(seen 0 s ago\)"):
        Journal(folder.journal)
    os.utime(path, (time.time() - 200,) * 2)
    Journal(folder.journal).close()


def test_an_owner_whose_folder_was_taken_writes_no_more(
    folder: RunFolder, without_locks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner_file, "_LOOK_SECONDS", 0.0)
    with Journal(folder.journal) as journal:
        journal.append({"kind": "session", "time": 0.0})
        owner(folder, machine="elsewhere")
        with pytest.raises(RunFolderError, match="was taken by another process"):
            journal.append({"kind": "session", "time": 1.0})
    assert len(read(folder.journal).records) == 1
    assert (folder.path / NAME).exists()  # the other's


def test_the_owner_touches_its_file(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner_file, "REFRESH_SECONDS", 0.01)
    taken = OwnerFile(folder.path)
    assert taken.take() is None
    os.utime(taken.path, (1.0, 1.0))
    deadline = time.monotonic() + 20
    while taken.path.stat().st_mtime == 1.0 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert taken.path.stat().st_mtime > 1.0
    taken.release()
    assert not taken.path.exists()


def test_the_owners_words_are_short_and_printable(folder: RunFolder) -> None:
    path = owner(folder, machine="elsewhere", host="\x1b[31m" + "x" * 500, pid="\x07" * 500)
    words = str(living_owner(path))
    assert words.isprintable() and 60 < len(words) < 200
