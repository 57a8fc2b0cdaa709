"""The last net under programs and subcommands: no input and no state of a machine ends in a
traceback.

What the machine refuses is one message. Anything else that nobody expected is one line and the
name of a report with the traceback: in `logs/` of the run folder, or, where there is none or it
cannot be written, among the temporary files.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import tftune
from tftune.cli.terminal import tell
from tftune.errors import MachineError, SearchInterrupted, TftuneError, UsageError
from tftune.journal.run_folder import RunFolder
from tftune.support.files import as_umask, own_folder
from tftune.support.refusals import is_refusal, refusal
from tftune.support.texts import command_line, quoted
from tftune.support.tracebacks import describe, own_line

UNEXPECTED = TftuneError.exit_code  # 1: a fault of ours, not of the call
_PACKAGES = ("tensorflow", "keras", "keras-tuner", "numpy", "scikit-optimize", "psutil")


def caught(run: Callable[[], int], folder: RunFolder | None = None, way_on: str = "") -> int:
    """Runs what has an exit code and returns it; what it raises unexpectedly is told.

    Args:
        run: Handles the errors that have messages of their own; of these it may leave
            `MachineError`.
        folder: Where a report goes, if it is a run folder.
        way_on: The command that goes on when the machine lets it, or nothing.

    Example:
        >>> caught(lambda: 0)
        0
    """
    try:
        return run()
    except KeyboardInterrupt:
        tell("Interrupted.")
        return SearchInterrupted.exit_code
    except Exception as error:
        if isinstance(error, TftuneError) and not isinstance(error, MachineError):
            tell(f"error: {error}")
            return error.exit_code
        if is_refusal(error) or isinstance(error, MachineError):
            return _told(error, folder, way_on)
        tell(_unexpected(error, folder))
        return UNEXPECTED


def _told(error: OSError, folder: RunFolder | None, way_on: str) -> int:
    ours = error if isinstance(error, MachineError) else refusal(error)
    begun = folder is not None and way_on and _is_begun(folder)
    tell(f"error: {ours}" + (f"\nGo on with:\n  {way_on}" if begun else ""))
    return UsageError.exit_code


def _unexpected(error: Exception, folder: RunFolder | None) -> str:
    told = f"error: tftune failed in a way that nobody expected: {own_line(error)}"
    path = write_report(error, folder)
    if path is None:
        return f"{told}\nNo report of it could be written: the disk may be full."
    return f"{told}\nThe report is {quoted(str(path))}; please send it to whoever keeps tftune."


def write_report(error: BaseException, folder: RunFolder | None) -> Path | None:
    """Writes what is needed to mend a fault; returns the file, or None where no disk takes it.

    Args:
        error: The fault.
        folder: Of a run, or None.
    """
    text = _report(error)
    if folder is not None and _is_begun(folder):
        try:
            path = _written(own_folder(folder.logs), "error-", text)
            as_umask(path)
            return path
        except (OSError, TftuneError):
            pass  # read-only, full, or a link
    try:
        return _written(Path(tempfile.gettempdir()), "tftune-error-", text)
    except OSError:
        return None


def _is_begun(folder: RunFolder) -> bool:
    try:
        return folder.exists()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _written(folder: Path, name: str, text: str) -> Path:
    """Writes a new file, which follows no link and is its owner's alone."""
    prefix = f"{name}{time.strftime('%Y%m%d-%H%M%S')}-"
    handle, path = tempfile.mkstemp(prefix=prefix, suffix=".txt", dir=folder)
    with open(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return Path(path)


def _report(error: BaseException) -> str:
    facts = {
        "time": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        "command": command_line(sys.argv),
        "folder": _working_folder(),
        "tftune": tftune.__version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        **{name: _version(name) for name in _PACKAGES},
    }
    lines = [f"{name}: {value}" for name, value in facts.items()]
    return "\n".join(lines) + f"\n\n{describe(error)}\n"


def _working_folder() -> str:
    try:
        return os.getcwd()
    except OSError:
        return "removed"


def _version(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
