"""Files are written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import numpy as np
import pytest

from tftune.errors import RunFolderError, UsageError
from tftune.support.files import (
    UNFINISHED,
    as_umask,
    atomic_file,
    own_folder,
    remove,
    save_array,
    sweep,
    umask,
    write_atomically,
)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "summary.json"
    write_atomically(path, "old")

    def full_disk(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, "new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["summary.json"]
    assert path.read_text() == "old"


def test_the_file_is_readable_like_any_other(tmp_path: Path) -> None:
    write_atomically(tmp_path / "ours", "text")
    (tmp_path / "theirs").write_text("text")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "theirs").stat().st_mode


def test_what_a_killed_process_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    with atomic_file(tmp_path / "whole") as file:
        file.write(b"1")
        (unfinished,) = [path.name for path in tmp_path.iterdir()]  # what a kill would leave
    (tmp_path / unfinished).write_bytes(b"half")
    (tmp_path / f"{UNFINISHED}model").mkdir()
    (tmp_path / f"{UNFINISHED}model" / "part").write_bytes(b"half")
    sweep(tmp_path)
    sweep(tmp_path / "absent")
    assert [path.name for path in tmp_path.iterdir()] == ["whole"]


@pytest.mark.parametrize("mask", [0o077, 0o022, 0o002])
def test_rights_follow_the_umask_and_are_never_wider_meanwhile(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        assert umask() == mask == umask()
        write_atomically(tmp_path / "file", "text")
        (tmp_path / "made").mkdir(mode=0o700)
        as_umask(tmp_path / "made")
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("file", "made")]
    assert modes == [0o666 & ~mask, 0o777 & ~mask]


def foreign_folder(place: Path) -> Path:
    folder = place / "foreign"
    folder.mkdir()
    for name in ("file", f"{UNFINISHED}file"):
        (folder / name).write_text("theirs")
    return folder


def test_no_link_is_followed_when_something_is_written_or_removed(tmp_path: Path) -> None:
    foreign, run = foreign_folder(tmp_path), tmp_path / "run"
    run.mkdir()
    for name in ("checkpoints", f"{UNFINISHED}folder", "other"):
        (run / name).symlink_to(foreign)
    for name in ("summary.json", f"{UNFINISHED}file"):
        (run / name).symlink_to(foreign / "file")
    write_atomically(run / "summary.json", "ours")  # takes the place of the link
    sweep(run, "checkpoints")
    remove(run / "other")
    with pytest.raises(RunFolderError, match=r"checkpoints is a link\. Expected a folder"):
        own_folder(run / "checkpoints")
    assert sorted(path.name for path in run.iterdir()) == ["checkpoints", "summary.json"]
    assert {path.read_text() for path in foreign.iterdir()} == {"theirs"}
    assert len(list(foreign.iterdir())) == 2


def test_a_run_folder_that_is_a_link_is_swept(tmp_path: Path) -> None:
    foreign = foreign_folder(tmp_path)
    (tmp_path / "run").symlink_to(foreign)  # to another disk, by the user
    sweep(tmp_path / "run")
    assert [path.name for path in foreign.iterdir()] == ["file"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_half_an_array_does_not_stay_and_the_error_has_a_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def numpy_says(path: Path, array: np.ndarray, allow_pickle: bool) -> None:
        Path(path).write_bytes(b"half")
        with open("/dev/full", "wb") as full:
            array.tofile(full)  # of NumPy: "... requested and 0 written"

    monkeypatch.setattr(np, "save", numpy_says)
    with pytest.raises(OSError, match="No space left") as raised:
        save_array(tmp_path / "x.npy", np.zeros(10_000))
    assert raised.value.errno == 28 and raised.value.filename == str(tmp_path / "x.npy")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name")
@pytest.mark.parametrize("is_link", [False, True])
def test_a_pipe_or_device_is_not_replaced_by_a_file(tmp_path: Path, is_link: bool) -> None:
    os.mkfifo(tmp_path / "pipe")
    target = tmp_path / "pipe"
    if is_link:  # as /dev/stdout is
        target = tmp_path / "link"
        target.symlink_to("pipe")
    with pytest.raises(UsageError, match="it is a pipe. Expected a new file, or one that is repl"):
        write_atomically(target, "x")
    with pytest.raises(UsageError, match="it is a device"):
        write_atomically(Path(os.devnull), "x")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode) and target.is_symlink() == is_link
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
    assert len(list(tmp_path.iterdir())) == 1 + is_link
