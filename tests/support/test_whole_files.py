"""What is opened is a file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tftune.errors import DataError
from tftune.support.limits import Limit
from tftune.support.whole_files import is_within, open_whole, read_whole

TEN = Limit("TEN", 10, "bytes")


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"0123456789")
    assert read_whole(tmp_path / "a", TEN) == b"0123456789"
    (tmp_path / "a").write_bytes(b"0123456789+")
    with pytest.raises(DataError, match="it has 11 bytes, and at most 10 are read"):
        read_whole(tmp_path / "a", TEN)


@pytest.mark.timeout(20)
def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    (tmp_path / "circle").symlink_to("circle")
    named = {"pipe": "a pipe", "link": "a pipe", ".": "a folder", "/dev/zero": "a device"}
    for name, kind in named.items():
        with pytest.raises(DataError, match=f"it is {kind}, where a file is read"):
            open_whole(tmp_path / name, TEN)
    for name in ("circle", "absent", "a\0b", "x" * 300):
        with pytest.raises(DataError, match=r"."):
            open_whole(tmp_path / name, TEN)


def test_a_link_that_leads_away_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "inner").symlink_to("other")
    (folder / "outer").symlink_to("../secret")
    (folder / "circle").symlink_to("circle")
    assert is_within(folder, folder / "inner") and is_within(folder, folder / "absent")
    assert not is_within(folder, folder / "outer")
    assert not is_within(folder, folder / "../secret")
