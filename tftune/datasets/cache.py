"""Where prepared data are kept: entries named by what they were made from, written atomically,
checked whenever they are read.

An entry is a folder `<root>/<dataset>/<key>/` of .npy files with a `manifest.json` that holds the
SHA-256 of each. It is built in a folder of its own beside and renamed into place, so a reader never
sees half of it and two processes may build it at the same time. A damaged entry is built again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.errors import DataError
from tftune.support.files import as_umask, home, save_array, write_atomically
from tftune.support.limits import BYTES, Limit

MANIFEST = "manifest.json"
ABANDONED_SECONDS = 86_400  # a building folder of this age was left by a process that was killed

Arrays = Mapping[str, NDArray[Any]]
Build = Callable[[], tuple[Arrays, dict[str, Any]]]


def cache_root(cache: str | os.PathLike[str] | None = None) -> Path:
    """Returns the folder of the cache, which need not exist yet.

    Args:
        cache: The folder to use. None: the environment variable `TFTUNE_CACHE`, else the platform's
            folder for caches (`$XDG_CACHE_HOME/tftune`, `~/.cache/tftune`, `%LOCALAPPDATA%\\tftune`
            on Windows).

    Example:
        >>> str(cache_root("prepared"))
        'prepared'
    """
    if cache is not None:
        return Path(cache).expanduser()
    if chosen := os.environ.get("TFTUNE_CACHE"):
        return Path(chosen).expanduser()
    variable = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME"
    platform_cache = os.environ.get(variable)
    return (Path(platform_cache) if platform_cache else home() / ".cache") / "tftune"


def array_digest(array: NDArray[Any]) -> str:
    """Returns the SHA-256 of an array's dtype, shape and values, as hexadecimal digits.

    Example:
        >>> array_digest(np.zeros(3, "uint8")) == array_digest(np.zeros(3, "uint8"))
        True
        >>> array_digest(np.zeros(3, "uint8")) == array_digest(np.zeros((1, 3), "uint8"))
        False
    """
    digest = hashlib.sha256(f"{array.dtype.str}{array.shape}".encode())
    digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def digest_of(parts: object) -> str:
    """Returns the SHA-256 of anything JSON can write, as hexadecimal digits.

    Example:
        >>> digest_of({"size": 64, "recipe": 1}) == digest_of({"recipe": 1, "size": 64})
        True
    """
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def files_digest(
    root: Path, files: Iterable[Path], memo_folder: Path, most: Limit | None = BYTES
) -> str:
    """Returns the SHA-256 over the names (relative to `root`) and contents of files.

    The result is remembered under the files' sizes and times of change, so that a second call reads
    none of them.

    Args:
        root: The folder around them.
        files: Their paths.
        memo_folder: Where the result is remembered.
        most: How long each may be; None sets no limit.

    Raises:
        DataError: If a file cannot be read, is none or longer than is read.
    """
    try:
        states = [(path, path.stat()) for path in sorted(files)]
        for path, found in states:
            _check_file(path, found, most)
        state = digest_of(
            [[str(path.resolve()), found.st_size, found.st_mtime_ns] for path, found in states]
        )
        memo = memo_folder / "digests" / state
        if memo.is_file() and len(known := memo.read_text()) == 64:
            return known
        digest = digest_of(
            [[path.relative_to(root).as_posix(), _file_digest(path)] for path, _ in states]
        )
    except OSError as error:
        raise DataError(
            f"Cannot read {error.filename or root}: {error.strerror or error}. Expected a readable "
            "file."
        ) from error
    write_into_cache(memo, digest.encode())
    return digest


def _check_file(path: Path, found: os.stat_result, most: Limit | None) -> None:
    try:
        if not stat.S_ISREG(found.st_mode):
            raise DataError("it is no file")
        if most is not None:
            most.check(found.st_size)
    except DataError as error:
        raise DataError(f"Cannot read {path}: {error}. Expected a readable file.") from error


def _file_digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_into_cache(path: Path, content: bytes) -> None:
    """Writes a whole file or nothing; a reader sees the old content or the new, never a part.

    Raises:
        DataError: If the folder cannot be written.
    """
    with _Writable(path.parent):
        write_atomically(path, content)


def entry(folder: Path, build: Build) -> dict[str, Any]:
    """Returns the manifest of a cache entry; builds the entry first if it is missing or damaged.

    Args:
        folder: `<root>/<dataset>/<key>`.
        build: Returns the arrays by name and the facts to remember beside them.

    Returns:
        `{"arrays": {name: SHA-256}, "facts": {...}, "seal": SHA-256 of both}`; array `name` lies in
        `folder/name.npy`.

    Raises:
        DataError: If the cache cannot be written, and whatever `build` raises; then nothing is left
            behind.
    """
    manifest = _intact(folder)
    if manifest is not None:
        return manifest
    arrays, facts = build()
    content = {
        "arrays": {name: array_digest(array) for name, array in arrays.items()},
        "facts": facts,
    }
    manifest = {**content, "seal": digest_of(content)}
    with _Writable(folder.parent):
        _sweep(folder.parent)
        building = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".building-"))
        try:
            for name, array in arrays.items():
                save_array(building / f"{name}.npy", array)
            write_into_cache(building / MANIFEST, json.dumps(manifest, indent=1).encode())
            as_umask(building)
            _move_into_place(building, folder)
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return manifest


def _intact(folder: Path) -> dict[str, Any] | None:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
        for name, digest in manifest["arrays"].items():
            if (
                array_digest(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))
                != digest
            ):
                return None
        return (
            manifest
            if manifest["seal"]
            == digest_of({"arrays": manifest["arrays"], "facts": manifest["facts"]})
            else None
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError, EOFError):
        return None  # whatever is wrong with it, building it again is the remedy


def _move_into_place(building: Path, folder: Path) -> None:
    for _ in range(3):
        try:
            building.rename(folder)
            return
        except OSError:
            if _intact(folder) is not None:
                return  # another process was first; its entry has the same content as its key says
            damaged = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".building-"))
            try:
                folder.rename(damaged / "damaged")
            except FileNotFoundError:
                continue  # another process has just taken it away
            finally:
                shutil.rmtree(damaged, ignore_errors=True)
    building.rename(folder)


def _sweep(parent: Path) -> None:
    for left in parent.glob(".building-*"):
        if time.time() - left.stat().st_mtime > ABANDONED_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


class _Writable:
    """Makes a folder of the cache and turns what the system says against writing there into a
    `DataError`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._refusal(error) from error

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            raise self._refusal(error) from error

    def _refusal(self, error: OSError) -> DataError:
        return DataError(
            f"Cannot write the cache of prepared data in {self._folder}: "
            f"{error.strerror or error}. "
            "Make room there, or set TFTUNE_CACHE to a folder that can be written."
        )
