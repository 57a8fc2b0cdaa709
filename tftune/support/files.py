"""Writing a file whole or not at all, and no further than its folder: no link is followed."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from tftune.errors import MachineError, RunFolderError, UsageError

UNFINISHED = ".writing-"  # how the name of what is not whole yet begins
_SPECIAL = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@contextlib.contextmanager
def atomic_file(path: Path | str) -> Iterator[IO[bytes]]:
    """Opens a file for writing that takes its name only when it is whole and on the disk.

    A reader, or a crash of the process or the machine, finds the old content or the new one and
    nothing between.

    Args:
        path: The file; its folder is made if it is absent.

    Raises:
        UsageError: If the name is that of a device, a pipe or a socket, which would be replaced.
        OSError: If the folder cannot be written; the old file is then untouched.

    Example:
        >>> path = Path(tempfile.mkdtemp()) / "answer"
        >>> with atomic_file(path) as file:
        ...     _ = file.write(b"42")
        >>> path.read_bytes()
        b'42'
    """
    path = Path(path)
    refuse_special(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=UNFINISHED)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        as_umask(temporary)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def refuse_special(path: Path) -> None:
    """Refuses a name that a file is to take if it means something else, such as `/dev/stdout`: root
    would replace it for everybody.

    Raises:
        UsageError: If it is that of a device, a pipe or a socket, or of a link to one.
    """
    with contextlib.suppress(OSError):  # absent
        if kind := special_kind(os.stat(path).st_mode):
            raise UsageError(
                f"{path} cannot be written: it is {kind}. Expected a new file, or one that is "
                "replaced. Choose the name of a file."
            )


def special_kind(mode: int) -> str | None:
    """Returns words for what is neither a file nor a folder, or None.

    Args:
        mode: As `os.stat` tells it.
    """
    return next((kind for is_kind, kind in _SPECIAL if is_kind(mode)), None)


def as_umask(path: Path | str) -> None:
    """Gives what `tempfile` has made for its owner alone the rights that the umask gives any file
    or folder.
    """
    os.chmod(path, (0o777 if os.path.isdir(path) else 0o666) & ~umask())


def own_folder(path: Path) -> Path:
    """Makes a folder of a run folder, if it is absent, and returns it.

    Raises:
        RunFolderError: If it is a link: what that leads to is not ours to write in.
        OSError: If it cannot be made.
    """
    refuse_link(path)
    path.mkdir(parents=True, exist_ok=True)
    return path


def refuse_link(path: Path) -> None:
    """Refuses a link in place of a folder of a run folder.

    Raises:
        RunFolderError: If it is one.
    """
    if path.is_symlink():
        raise RunFolderError(
            f"{path} is a link. Expected a folder of its own: nothing is written or removed where "
            "a link leads. Remove the link, or choose another run folder."
        )


def remove(path: Path) -> None:
    """Removes a file, a folder with all that is in it, or a link, never what that leads to.

    Example:
        >>> folder = Path(tempfile.mkdtemp())
        >>> (folder / "link").symlink_to(folder)
        >>> remove(folder / "link")
        >>> folder.is_dir(), list(folder.iterdir())
        (True, [])
    """
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def save_array(path: Path, array: Any) -> None:
    """Writes a NumPy array as `.npy`; on a full disk, half a file does not stay.

    Raises:
        OSError: With the system's number: NumPy tells only that fewer bytes were written.
    """
    import numpy as np

    try:
        np.save(path, array, allow_pickle=False)
    except OSError as error:
        path.unlink(missing_ok=True)
        number = error.errno or errno.ENOSPC
        raise OSError(number, os.strerror(number), str(path)) from error


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


def home() -> Path:
    """Returns the user's home folder.

    Raises:
        MachineError: If there is none, as in a container that runs under a number without a name.
    """
    try:
        return Path.home()
    except RuntimeError:
        raise MachineError(
            "The home folder is not known: HOME is not set, and the user has no name here. "
            "Expected one. Set HOME, or the folders that lie in it: TFTUNE_CACHE, TFDS_DATA_DIR, "
            "KERAS_HOME."
        ) from None


def write_atomically(path: Path | str, content: bytes | str) -> None:
    """Writes a whole file or nothing, on the disk when this returns; text as UTF-8 with its line
    breaks as they are.
    """
    with atomic_file(path) as file:
        # names of files that are no text are spelt
        whole = (
            content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
        )
        file.write(whole)


def sweep(folder: Path, *below: str) -> None:
    """Removes what a process that was killed left unfinished in a folder.

    Args:
        folder: In which nobody else is writing.
        *below: Names of folders in it that are swept, too; a link is none.

    Example:
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / ".writing-model.keras").write_bytes(b"half")
        >>> sweep(folder)
        >>> list(folder.iterdir())
        []
    """
    places = [folder, *(folder / name for name in below if not (folder / name).is_symlink())]
    for place in places:
        with contextlib.suppress(OSError):  # no such folder, or one that only can be read
            for path in place.glob(f"{UNFINISHED}*"):
                with contextlib.suppress(OSError):
                    remove(path)


def umask() -> int:
    """Returns the process's file mode mask, which can be read only by setting it: to one that lets
    nobody else read what another thread writes just then.
    """
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
