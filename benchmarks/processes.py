"""Processes as a person waits for them: how long one takes, how much memory it holds, and when a
search's journal says what.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import psutil

from benchmarks.trainers.job import RESULT
from tftune.journal import journal

ROOT = Path(__file__).parents[1]
JOURNAL_SECONDS, MEMORY_SECONDS = 0.01, 0.05  # between two looks
MOMENTS = ("start", "epoch")  # kinds of records whose first is awaited


def timed(command: Sequence[str], **environment: str) -> dict[str, Any]:
    """Runs a command to its end.

    Args:
        command: Its words.
        environment: Variables to set, but where the user's environment sets them.

    Returns:
        `seconds`, and what the command told on a line of its own that begins with `result: `.

    Raises:
        RuntimeError: If the command failed; the message quotes what it printed last.

    Example:
        >>> import sys
        >>> told = timed([sys.executable, "-c", "print('result: {\\"answer\\": 42}')"])
        >>> told["answer"], 0 < told["seconds"]
        (42, True)
    """
    began = time.perf_counter()
    ended = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=environment | _environment(),
    )
    seconds = time.perf_counter() - began
    _check(command, ended.returncode, ended.stderr)
    lines = [
        line.removeprefix(RESULT) for line in ended.stdout.splitlines() if line.startswith(RESULT)
    ]
    return {"seconds": seconds, **(json.loads(lines[-1]) if lines else {})}


def _environment() -> dict[str, str]:
    return {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ}


def _check(command: Sequence[str], code: int, printed: str) -> None:
    if code:
        raise RuntimeError(
            f"{' '.join(command[1:])} ended with exit code {code}.\n{printed[-2000:]}"
        )


def follow(
    command: Sequence[str], records: Path | None = None, limit: float = 600.0
) -> dict[str, float]:
    """Runs a command to its end and watches it: its memory every 50 ms, and a journal every 10 ms.

    Args:
        command: The program and its arguments.
        records: The journal that the command writes; None watches the memory only.
        limit: Seconds after which the command is killed.

    Returns:
        `main_mb` and `child_mb`, the peak of the resident memory (10^6 bytes) of the process itself
        and of the largest of its descendants, 0 without any; with a journal also `start` and
        `epoch`, the seconds until its first record of that kind.

    Raises:
        RuntimeError: If the command failed, took too long, or ended before the journal told all.
    """
    awaited = MOMENTS if records is not None else ()
    found: dict[str, float] = {}
    peaks = {"main_mb": 0.0, "child_mb": 0.0}
    with tempfile.TemporaryFile("w+") as printed, _running(command, printed) as process:
        began = next_look = time.perf_counter()
        while process.poll() is None:
            if records is not None and len(found) < len(awaited):
                for kind in _kinds(records) & {*awaited} - {*found}:
                    found[kind] = time.perf_counter() - began
            if time.perf_counter() >= next_look:
                _note_memory(process, peaks)
                next_look = time.perf_counter() + MEMORY_SECONDS
            if time.perf_counter() - began > limit:
                raise RuntimeError(f"{' '.join(command[1:])} took more than {limit:g} s.")
            time.sleep(JOURNAL_SECONDS)
        printed.seek(0)
        _check(command, process.returncode, printed.read())
    missing = [kind for kind in awaited if kind not in found]
    if missing:
        raise RuntimeError(
            f"{' '.join(command[1:])} ended before {records} was seen to hold a record of: "
            f"{', '.join(missing)}."
        )
    return {**peaks, **found}


@contextlib.contextmanager
def _running(command: Sequence[str], printed: IO[str]) -> Any:
    """Starts a process and leaves none behind."""
    process = psutil.Popen(
        command, stdout=printed, stderr=subprocess.STDOUT, cwd=ROOT, env=_environment()
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()  # the children of a search end when its driver is gone
            process.wait()


def _kinds(records: Path) -> set[str]:
    return {record["kind"] for record in journal.read(records)[0]} if records.exists() else set()


def _note_memory(process: Any, peaks: dict[str, float]) -> None:
    with contextlib.suppress(psutil.Error):  # it has just ended
        peaks["main_mb"] = max(peaks["main_mb"], _megabytes(process))
        for child in process.children(recursive=True):
            peaks["child_mb"] = max(peaks["child_mb"], _megabytes(child))


def _megabytes(process: Any) -> float:
    """Returns the resident memory; 0 if the process has just ended."""
    with contextlib.suppress(psutil.Error):
        return float(process.memory_info().rss) / 1e6
    return 0.0
