"""Folders for temporary files that go with their process, also where that is killed: the next one
that makes such a folder removes those of the dead.

A folder is readable by its owner only and says in files which processes use it. One that does not
say so is left alone, whatever its name: it may be somebody's run folder. So is what belongs to
other users, or to processes of other machines and containers.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tftune.support.owners import is_of_this_machine, lives, this_process
from tftune.support.refusals import told_as_refusal

PREFIX = "tftune-"
_OWNERS = ".owner-*.json"
_LONGEST = 4096
_swept: set[tuple[int, Path]] = set()  # process and place: a fork is another process


def make_folder(kind: str = "", place: Path | None = None) -> Path:
    """Makes a temporary folder of this process, and sweeps once what dead ones have left.

    Args:
        kind: Becomes part of its name.
        place: Where; None takes the system's place for temporary files.

    Raises:
        MachineError: If there is no place, or it is full.

    Example:
        >>> folder = make_folder("example-")
        >>> folder.name.startswith("tftune-example-"), folder.stat().st_mode & 0o777 == 0o700
        (True, True)
        >>> shutil.rmtree(folder)
    """
    with told_as_refusal("The folder of temporary files (set by TMPDIR)"):
        place = Path(tempfile.gettempdir()) if place is None else place
        if (os.getpid(), place) not in _swept:
            _swept.add((os.getpid(), place))
            sweep_abandoned(place)
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{kind}", dir=place))
        try:
            claim(folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return folder


def claim(folder: Path) -> None:
    """Says that this process uses a folder, which may have several users.

    Args:
        folder: Made for its owner only.
    """
    path = folder / _OWNERS.replace("*", str(os.getpid()))
    path.write_text(json.dumps(this_process()), encoding="utf-8")


@contextlib.contextmanager
def temporary_folder(kind: str = "") -> Iterator[Path]:
    """Gives a temporary folder and removes it again.

    Args:
        kind: Becomes part of its name.
    """
    folder = make_folder(kind)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep_abandoned(place: Path) -> None:
    """Removes the folders that processes which are dead have left in a place.

    Args:
        place: Such as `/tmp`.
    """
    with contextlib.suppress(OSError):
        for entry in os.scandir(place):
            if entry.name.startswith(PREFIX) and _is_abandoned(entry):
                shutil.rmtree(entry.path, ignore_errors=True)


def _is_abandoned(entry: os.DirEntry[str]) -> bool:
    try:
        user = entry.stat(follow_symlinks=False).st_uid
        if not entry.is_dir(follow_symlinks=False) or not _is_ours(user):
            return False
        owners = _owners_of(Path(entry.path))
    except OSError:
        return False
    return bool(owners) and all(is_of_this_machine(owner) and not lives(owner) for owner in owners)


def _is_ours(user: int) -> bool:
    return not hasattr(os, "getuid") or user == os.getuid()


def _owners_of(folder: Path) -> list[dict[str, Any]]:
    found = []
    for path in folder.glob(_OWNERS):
        told: Any = {}  # of one who cannot be known: it counts as somebody elsewhere
        with contextlib.suppress(OSError, ValueError, RecursionError), path.open("rb") as file:
            told = json.loads(file.read(_LONGEST))
        found.append(told if isinstance(told, dict) else {})
    return found
