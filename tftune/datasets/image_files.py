"""The files of a folder or of a .zip archive, by names relative to it; an archive is read where it
lies and never unpacked.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from tftune.datasets.cache import files_digest
from tftune.errors import DataError
from tftune.support import limits
from tftune.support.archives import open_archive, read_member
from tftune.support.whole_files import read_whole

# what systems leave in folders and archives, of no one's making
LITTER = ("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "@eadir")
NO_ARCHIVE = "it is neither a folder nor a whole .zip archive"


class Files(Protocol):
    """Where photographs lie."""

    root: Path
    names: list[str]  # of files, such as train/healthy/1.jpg
    folders: list[str]
    broken: list[str]  # links that lead nowhere

    def read(self, name: str) -> bytes:
        """Returns the content of a file; a `DataError` says why not, in a few words."""

    def digest(self, names: Iterable[str], memo_folder: Path) -> str:
        """Returns the SHA-256 of what `names` hold."""


def open_files(path: Path) -> Files:
    """Returns the files of a folder or of a .zip archive.

    Raises:
        DataError: If it is neither, or cannot be read.
    """
    if path.is_dir():
        return FolderFiles(path)
    if path.exists():
        return ZipFiles(path)
    raise DataError(f"There is no folder {path}, and no .zip archive of this name.")


def is_litter(name: str) -> bool:
    """Returns whether a file or one of its folders is hidden, or left there by a system.

    Example:
        >>> is_litter("train/healthy/._1.jpg"), is_litter("Thumbs.db"), is_litter("train/1.jpg")
        (True, True, False)
    """
    return any(part.startswith(".") or part.lower() in LITTER for part in name.split("/"))


class FolderFiles:
    """The files of a folder; links are followed, in circles only once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.names: list[str] = []
        self.folders: list[str] = []
        known: set[str] = set()

        def refuse(error: OSError) -> None:
            raise DataError(f"Cannot read {error.filename}: {error.strerror or error}.") from error

        count = 0
        for place, folders, files in os.walk(root, onerror=refuse, followlinks=True):
            count += len(folders) + len(files)
            self._check(count)  # a link may lead to a whole disk
            known.add(os.path.realpath(place))
            folders[:] = sorted(
                name
                for name in folders
                if not is_litter(name) and os.path.realpath(os.path.join(place, name)) not in known
            )
            here = os.path.relpath(place, root).replace(os.sep, "/") + "/"
            here = "" if here == "./" else here
            for found, kept in ((files, self.names), (folders, self.folders)):
                kept += [here + name for name in found if not is_litter(name)]
        self.broken = sorted(name for name in self.names if not (root / name).is_file())
        self.names = sorted(set(self.names) - set(self.broken))

    def _check(self, count: int) -> None:
        try:
            limits.MEMBERS.check(count)
        except DataError as error:
            raise DataError(
                f"Cannot read the folder {self.root}: {error}. Expected a folder of pictures. "
                "Remove what else lies in it, or where a link leads."
            ) from error

    def read(self, name: str) -> bytes:
        """Returns the content of a file."""
        return read_whole(self.root / name, limits.IMAGE)

    def digest(self, names: Iterable[str], memo_folder: Path) -> str:
        """Returns the SHA-256 over names and contents."""
        files = [self.root / name for name in names]
        return files_digest(self.root, files, memo_folder, limits.IMAGE)


class ZipFiles:
    """The files of an archive."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.broken: list[str] = []
        try:
            self._archive = open_archive(root, None, NO_ARCHIVE)
        except DataError as error:
            raise DataError(
                f"Cannot read {root}: {error}. Expected a folder or an archive of pictures."
            ) from error
        self._members = {
            info.filename.replace("\\", "/").strip("/"): info for info in self._archive.infolist()
        }
        kept = sorted(name for name in self._members if name and not is_litter(name))
        self.names = [name for name in kept if not self._members[name].is_dir()]
        above = {name.rsplit("/", up)[0] for name in kept for up in range(1, name.count("/") + 1)}
        self.folders = sorted(above | set(kept) - set(self.names))

    def read(self, name: str) -> bytes:
        """Returns the content of a file."""
        return read_member(self._archive, self._members[name], limits.IMAGE)

    def digest(self, names: Iterable[str], memo_folder: Path) -> str:
        """Returns the SHA-256 of the archive and of the names."""
        return files_digest(self.root.parent, [self.root], memo_folder, None)
