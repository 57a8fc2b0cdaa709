"""The lock of a run folder holds between processes; a file that was replaced is not the lock."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tftune.errors import RunFolderError
from tftune.journal.folder_lock import FolderLock, is_held, is_still
from tftune.journal.journal import Journal, read
from tftune.journal.run_folder import RunFolder

HOLDER = """
import sys
from pathlib import Path
from tftune.journal.folder_lock import FolderLock
held = FolderLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path / "run")
    with Journal(folder.journal) as journal:
        journal.append({"kind": "session", "time": 0.0})
    folder.summary.write_text("{}")
    folder.data.mkdir()
    (folder.data / "0.npy").write_bytes(b"rows")
    return folder


def content(folder: RunFolder) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder.path)): path.read_bytes()
        for path in folder.path.rglob("*")
        if path.is_file()
    }


def test_what_another_process_holds_is_neither_cleared_nor_opened(folder: RunFolder) -> None:
    before = content(folder)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder.journal)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdin is not None and holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    for attempt in (folder.clear, folder.check_free, lambda: Journal(folder.journal)):
        with pytest.raises(RunFolderError, match=r"Another process .* in .*/run.*Wait for it"):
            attempt()
    assert content(folder) == before
    holder.stdin.close()
    holder.wait()
    holder.stdout.close()
    folder.check_free()
    folder.clear()
    assert folder.path.is_dir() and not list(folder.path.iterdir())


def test_a_folder_without_a_journal_is_cleared_too(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.clear()
    assert not folder.path.exists()
    folder.checkpoints.mkdir(parents=True)
    folder.clear()
    assert not list(folder.path.iterdir())


def test_the_lock_on_a_file_that_was_removed_does_not_count(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process clears the folder between our opening the file and locking it."""
    opened = []

    def lock(self: FolderLock) -> None:
        opened.append(self.file)
        if len(opened) == 1:
            folder.journal.unlink()

    monkeypatch.setattr(FolderLock, "_lock", lock)
    with FolderLock(folder.journal) as held:
        assert len(opened) == 2 and held.file is opened[1] and held.in_place
        assert is_still(held.file, folder.journal)


def test_a_search_does_not_write_on_in_a_folder_that_was_replaced(folder: RunFolder) -> None:
    with Journal(folder.journal) as journal:
        folder.path.rename(folder.path.with_name("moved"))
        with pytest.raises(RunFolderError, match="moved or replaced while a search was writing"):
            journal.append({"kind": "session", "time": 1.0})
        assert not folder.path.exists()
        with Journal(folder.journal) as other:  # somebody else begins in its place
            other.append({"kind": "session", "time": 2.0})
            with pytest.raises(RunFolderError, match="moved or replaced while a search was"):
                journal.append({"kind": "session", "time": 3.0})
    assert [record["time"] for record in read(folder.journal)[0]] == [2.0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform cannot fork")
def test_a_forked_process_does_not_keep_the_lock(folder: RunFolder) -> None:
    with Journal(folder.journal):
        read_end, write_end = os.pipe()
        forked = os.fork()
        if not forked:  # such as a worker of a PyDataset
            os.close(write_end)
            os.read(read_end, 1)
            os._exit(0)
        os.close(read_end)
    folder.check_free()
    os.close(write_end)
    os.waitpid(forked, 0)


def test_who_looks_whether_a_folder_is_at_work_is_told_and_changes_nothing(
    folder: RunFolder,
) -> None:
    before = content(folder)
    assert is_held(folder.journal) is False
    with Journal(folder.journal):
        assert is_held(folder.journal) is True
    assert is_held(folder.journal) is False
    assert content(folder) == before
    with pytest.raises(FileNotFoundError):
        is_held(folder.journal.with_name("absent"))


def test_a_search_that_starts_while_somebody_looks_is_not_refused(folder: RunFolder) -> None:
    import fcntl

    with open(folder.journal, "rb") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH | fcntl.LOCK_NB)
        end = threading.Timer(0.1, lambda: fcntl.flock(looking, fcntl.LOCK_UN))
        end.start()
        FolderLock(folder.journal).release()
        end.join()


def test_searches_start_while_others_look_all_the_time(folder: RunFolder) -> None:
    end = threading.Event()

    def look() -> None:
        while not end.is_set():
            is_held(folder.journal)

    lookers = [threading.Thread(target=look) for _ in range(2)]
    for looker in lookers:
        looker.start()
    try:
        for _ in range(20):
            FolderLock(folder.journal).release()
    finally:
        end.set()
        for looker in lookers:
            looker.join()


def test_who_gets_the_lock_sweeps_what_a_killed_process_left(folder: RunFolder) -> None:
    folder.checkpoints.mkdir()
    before = content(folder)
    (folder.path / ".writing-best_model.keras").write_bytes(b"half")
    (folder.path / ".writing-1").mkdir()
    (folder.path / ".writing-1" / "best_model.onnx").write_bytes(b"half")
    (folder.checkpoints / ".writing-2").write_bytes(b"half")
    FolderLock(folder.journal).release()
    assert content(folder) == before and not (folder.path / ".writing-1").exists()


def test_a_file_in_the_folder_is_written_under_its_lock(folder: RunFolder, tmp_path: Path) -> None:
    with folder.held_for(tmp_path / "elsewhere" / "trials.csv"):
        assert not is_held(folder.journal)
    with folder.held_for(folder.path / "trials.csv"):
        assert is_held(folder.journal)
        with pytest.raises(RunFolderError, match="Another process"):
            folder.check_free()
    assert not is_held(folder.journal)


@pytest.mark.parametrize("kind", ["folder", "pipe", "link", "dangling link", "device"])
def test_a_journal_that_is_no_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    """A pipe would be waited for; what a link leads to is not ours to write."""
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"mine")
    make_instead_of_a_file(folder.journal, kind, elsewhere)
    for attempt in (lambda: Journal(folder.journal), folder.clear):
        with pytest.raises(
            RunFolderError, match=r"journal\.jsonl is no file of its own.*--run-dir"
        ):
            attempt()
    assert elsewhere.read_bytes() == b"mine"
    assert not (tmp_path / "absent").exists()
    if "link" not in kind:
        with pytest.raises(RunFolderError, match="is no file of its own"):
            read(folder.journal)


def make_instead_of_a_file(path: Path, kind: str, elsewhere: Path) -> None:
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        try:
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))  # endless zeros
        except PermissionError:
            pytest.skip("only root can make a device")
    else:
        path.symlink_to(elsewhere if kind == "link" else elsewhere.with_name("absent"))
