"""Writing a file whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

UNFINISHED = ".writing-"  # how the name of what is not whole yet begins


@contextlib.contextmanager
def atomic_file(path: Path | str) -> Iterator[IO[bytes]]:
    """Opens a file for writing that takes its name only when it is whole and on the disk.

    A reader, or a crash of the process or the machine, finds the old content or the new one and
    nothing between.

    Args:
        path: The file; its folder is made if it is absent.

    Raises:
        OSError: If the folder cannot be written; the old file is then untouched.

    Example:
        >>> path = Path(tempfile.mkdtemp()) / "answer"
        >>> with atomic_file(path) as file:
        ...     _ = file.write(b"42")
        >>> path.read_bytes()
        b'42'
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=UNFINISHED)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())  # mkstemp made it readable by its owner only
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def expanded(path: str | os.PathLike[str]) -> Path:
    """Returns a path with `~` and `~user` as the folder that a shell would put there.

    Example:
        >>> expanded("~/runs") == Path.home() / "runs", expanded("runs/~")
        (True, PosixPath('runs/~'))
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:  # nobody of this name
        return Path(path)


def write_atomically(path: Path | str, content: bytes | str) -> None:
    """Writes a whole file or nothing, on the disk when this returns; text as UTF-8 with its line
    breaks as they are.
    """
    with atomic_file(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def sweep(folder: Path) -> None:
    """Removes what a process that was killed left unfinished in a folder.

    Args:
        folder: In which nobody else is writing.

    Example:
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / ".writing-model.keras").write_bytes(b"half")
        >>> sweep(folder)
        >>> list(folder.iterdir())
        []
    """
    with contextlib.suppress(OSError):  # no such folder, or one that only can be read
        for path in folder.glob(f"{UNFINISHED}*"):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _umask() -> int:
    """Returns the process's file mode mask, which can be read only by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
