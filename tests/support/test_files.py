"""Files are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tftune.support.files import UNFINISHED, atomic_file, sweep, write_atomically


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
