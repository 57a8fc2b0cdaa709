"""`tftune tensorboard`: TensorBoard on one or several runs, told apart by their names."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tftune.cli.command import Subcommand
from tftune.cli.converters import integer, source
from tftune.cli.runs import folder_of
from tftune.cli.terminal import tell
from tftune.errors import RunFolderError, TftuneError, UsageError
from tftune.journal.run_folder import RunFolder
from tftune.support.temporary import temporary_folder
from tftune.support.texts import one_line, printable, shown

HOST = "127.0.0.1"
FIRST_PORT = 6006  # TensorBoard's own
_PORTS = 100  # that are tried from there on
_READY_SECONDS = 120.0
_END_SECONDS = 5.0
_LONGEST_NAME = 100
_POLL_SECONDS = 0.1


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "runs", metavar="RUN", type=source, nargs="+", help="run folders, or names in runs/"
    )
    parser.add_argument(
        "--port",
        metavar="N",
        type=integer(1, 65535),
        help=f"where it listens, on this machine only (default: the first free one from "
        f"{FIRST_PORT} on)",
    )


def _run(options: argparse.Namespace) -> int:
    logs = logs_of(options.runs)
    port = _free_port(options.port)
    with temporary_folder("tensorboard-") as temporary, _hangup():
        together = temporary / "runs"
        link(logs, together)
        output = temporary / "output.txt"
        with _started(together, port, output) as process:
            _wait_until_ready(process, port, output)
            names = ", ".join(one_line(name, 60) for name in logs)
            try:
                print(f"TensorBoard shows {names} at http://{HOST}:{port}/ (Ctrl-C ends it)")
                sys.stdout.flush()
                code = process.wait()
            except KeyboardInterrupt:
                tell("TensorBoard has ended.")
                return 0
        raise TensorBoardError(f"TensorBoard ended with code {code}.{_said(output)}")


class TensorBoardError(TftuneError):
    """Look at what TensorBoard said: it did not start, or ended by itself (exit code 2)."""

    exit_code = UsageError.exit_code


def logs_of(runs: Sequence[str]) -> dict[str, Path]:
    """Returns the log folder of each run by the name that it is shown with.

    Args:
        runs: As on the command line; a run that is named twice counts once.

    Raises:
        RunFolderError: If one is no run folder, or has no log.
    """
    folders: dict[Path, RunFolder] = {}
    for word in runs:
        folder = folder_of(word)
        folders.setdefault(folder.path.resolve(), folder)
    logs: dict[str, Path] = {}
    for place, folder in folders.items():
        if not _has_log(folder.tensorboard):
            raise RunFolderError(
                f"{shown(str(folder.path))} has no TensorBoard log: there are no event files in "
                f"{folder.tensorboard.name}/. Expected a search of a program, or one with "
                "listeners=[TensorBoardLog(...)]. Leave it out."
            )
        logs[_name(place, logs)] = folder.tensorboard.resolve()
    return logs


def _has_log(folder: Path) -> bool:
    return any(
        name.startswith("events.out.tfevents") for _, _, names in os.walk(folder) for name in names
    )


def _name(place: Path, taken: dict[str, Path]) -> str:
    """Returns a name of one line, without a slash and not yet taken, the folder's if it is so."""
    for parts in range(1, len(place.parts) + 1):
        words = [part for part in place.parts[-parts:] if part != place.anchor]
        name = one_line(" in ".join(reversed(words)), _LONGEST_NAME).replace("/", "_")
        name = name.lstrip(".") or "run"
        while len(os.fsencode(name)) > 200:
            name = name[:-1]
        if name not in taken:
            return name
    return f"{name} {len(taken)}"


def link(logs: dict[str, Path], together: Path) -> None:
    """Makes a folder with a link to each log: TensorBoard names runs by their folders.

    Args:
        logs: The log folders by their names.
        together: The folder to be made.

    Raises:
        TensorBoardError: If the system has no links.
    """
    together.mkdir()
    for name, path in logs.items():
        try:
            (together / name).symlink_to(path, target_is_directory=True)
        except (OSError, NotImplementedError) as error:
            raise TensorBoardError(
                f"The logs cannot be shown together: {error}. Expected a system with symbolic "
                "links. Start tensorboard --logdir on one of them."
            ) from None


def _free_port(wanted: int | None) -> int:
    ports = [wanted] if wanted is not None else range(FIRST_PORT, FIRST_PORT + _PORTS)
    for port in ports:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
            if os.name == "posix":  # else one that has just been given up counts as taken
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((HOST, port))
            except OSError:
                continue
            return port
    if wanted is None:
        raise UsageError(
            f"No port from {FIRST_PORT} to {FIRST_PORT + _PORTS - 1} is free. Choose one with "
            "--port."
        )
    raise UsageError(
        f"Port {wanted} is taken, or not allowed. Expected a free one. Choose another with --port, "
        "or leave it out."
    )


@contextlib.contextmanager
def _started(together: Path, port: int, output: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Starts TensorBoard, and ends it with everything that it has started."""
    words = [sys.executable, "-m", "tensorboard.main", "--logdir", str(together)]
    words += ["--host", HOST, "--port", str(port), "--reload_interval", "5"]
    with open(output, "wb") as file:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,  # its data server belongs to it and ends with it
        )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_END_SECONDS)
            if number == signal.SIGTERM:
                time.sleep(_POLL_SECONDS)  # for what it has started


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, output: Path) -> None:
    import urllib.error
    import urllib.request

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + _READY_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise TensorBoardError(
                f"TensorBoard did not start: it ended with code {process.returncode}."
                f"{_said(output)}"
            )
        try:
            with opener.open(f"http://{HOST}:{port}/", timeout=5):
                return
        except (urllib.error.URLError, OSError):  # not yet
            pass
        time.sleep(_POLL_SECONDS)
    raise TensorBoardError(f"TensorBoard does not answer on port {port}.{_said(output)}")


def _said(output: Path) -> str:
    """Returns the last words of TensorBoard."""
    with contextlib.suppress(OSError):
        lines = output.read_bytes()[-4000:].decode("utf-8", "replace").strip().splitlines()
        if lines:
            return " It said:\n  " + "\n  ".join(printable(line, 300) for line in lines[-8:])
    return ""


@contextlib.contextmanager
def _hangup() -> Iterator[None]:
    """Lets a terminal that is closed end the command as Ctrl-C does."""
    number = getattr(signal, "SIGHUP", None)
    if number is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(number, handle)
    try:
        yield
    finally:
        signal.signal(number, before)


COMMAND = Subcommand(
    _add_arguments,
    _run,
    (
        ("beans-auto", "curves and the table of trials in a browser"),
        ("beans-auto beans-random --port 6010", "two searches, told apart by their names"),
    ),
)
