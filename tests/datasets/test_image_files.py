"""Names and contents of folders and archives."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from tftune.datasets.image_files import is_litter, open_files
from tftune.errors import DataError


def test_a_folder_and_its_archive_have_the_same_files(tmp_path: Path) -> None:
    root = tmp_path / "a"
    for name in ("b/c/1.jpg", "b/2.jpg", ".hidden/3.jpg", "b/Thumbs.db"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (root / "empty").mkdir()
    archive = Path(shutil.make_archive(str(tmp_path / "z"), "zip", root))
    for files in (open_files(root), open_files(archive)):
        assert files.names == ["b/2.jpg", "b/c/1.jpg"]
        assert sorted(files.folders) == ["b", "b/c", "empty"]
        assert files.read("b/2.jpg") == b"b/2.jpg"
        assert len(files.digest(files.names, tmp_path / "cache")) == 64


def test_folders_of_an_archive_need_no_entries_of_their_own(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("a\\b\\1.jpg", b"1")
        archive.writestr("../../c/2.jpg", b"2")  # nothing is unpacked, so it leads nowhere
    files = open_files(tmp_path / "z.zip")
    assert "a/b/1.jpg" in files.names
    assert {"a", "a/b"} <= set(files.folders)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["z.zip"]


def test_a_damaged_member_is_refused_in_a_few_words(tmp_path: Path) -> None:
    path = tmp_path / "z.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.jpg", b"A" * 500)
    path.write_bytes(path.read_bytes().replace(b"AAAA", b"AAAB"))
    with pytest.raises(DataError, match="Bad CRC-32"):
        open_files(path).read("1.jpg")


def test_litter_is_told_from_photographs() -> None:
    assert not is_litter("train/healthy/a.b.jpg")
    assert all(map(is_litter, ("a/.b/c.jpg", "__MACOSX/x.jpg", "a/Desktop.ini")))


def test_a_folder_that_leads_to_a_whole_disk_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (disk := tmp_path / "disk").mkdir()
    for number in range(30):
        (disk / f"{number}.png").touch()
    (root := tmp_path / "root").mkdir()
    (root / "a").symlink_to(disk)
    assert len(open_files(root).names) == 30
    monkeypatch.setenv("TFTUNE_MAX_MEMBERS", "20")
    with pytest.raises(DataError, match=r"root: it has 31 members, and at most 20 are read"):
        open_files(root)


def test_a_folder_of_folders_is_counted_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        (tmp_path / "a" / str(number)).mkdir(parents=True)
    monkeypatch.setenv("TFTUNE_MAX_MEMBERS", "20")
    with pytest.raises(DataError, match="at most 20 are read"):
        open_files(tmp_path)
