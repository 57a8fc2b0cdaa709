"""What a hostile file is, how a user opens it, and what came of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.cli.subcommands.run_folders import played, write
from tftune.errors import printable

MOST_SECONDS, MOST_MEGABYTES, LONGEST_MESSAGE = 1.0, 200.0, 2_100
REFUSED = frozenset({2, 4})
Make = Callable[[Path], Path]


@dataclass(frozen=True)
class Hostile:
    """A file, and a command that opens it.

    Attributes:
        name: What is wrong with it.
        make: Writes it below a folder and returns its path.
        words: The command line; `{}` is the path, `{beans}` and so on whole runs of these programs,
            `{own}` one of an own search, `{rows}` two rows for it.
        codes: Exit codes that are right: those of a refusal, or 0 too where what is odd does no
            harm and need not be refused.
        seconds: Of the processor, at the most.
        megabytes: Above the idle process, at the most.
    """

    name: str
    make: Make
    words: tuple[str, ...]
    codes: frozenset[int] = REFUSED
    seconds: float = MOST_SECONDS
    megabytes: float = MOST_MEGABYTES


TASKS: dict[str, dict[str, Any]] = {
    "beans": {"model": {"image_size": 16}, "signature": {"shape": [16, 16, 3], "dtype": "uint8"}},
    "hemolysis": {"model": {"width": 20}, "signature": {"shape": [20], "dtype": "uint8"}},
    "mnist": {
        "model": {"height": 8, "width": 8, "channels": 1, "classes": 2},
        "signature": {"shape": [8, 8, 1], "dtype": "uint8"},
    },
    "own": {"signature": {"shape": [6], "dtype": "float32"}},
}


def whole_run(folder: Path, task: str) -> Path:
    """Writes the run folder of a search that nobody trained for; its model is never looked at."""
    write(played(0.9, 0.8, task=task, **TASKS[task]), folder)
    (folder / "best_model.keras").touch()
    return folder


class Warm:
    """The process of `warm.py`.

    Args:
        runs: Where whole run folders are written.
        weight: What it imports, `light` or `heavy`.
    """

    def __init__(self, runs: Path, weight: str = "heavy") -> None:
        self.runs = {name: str(whole_run(runs / name, name)) for name in TASKS}
        self.runs["rows"] = str(runs / "rows.npy")
        np.save(self.runs["rows"], np.ones((2, 6), "float32"))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.hostile.warm", weight],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answered()

    def attempt(self, words: list[str], folder: Path) -> dict[str, Any]:
        """Returns what came of a command line, see `warm.attempt`."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"words": words, "folder": str(folder)}) + "\n")
        self._process.stdin.flush()
        return dict(json.loads(self._answered()))

    def _answered(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the warm process has died"
        return line

    def close(self) -> None:
        """Ends the process."""
        self._process.communicate()


def judged(hostile: Hostile, warm: Warm, folder: Path) -> tuple[dict[str, Any], list[str]]:
    """Opens a hostile file.

    Returns:
        What came of it, and what is wrong with that: words such as `accepted`, `too slow`.
    """
    made, place = folder / "made", folder / "place"
    made.mkdir()
    path = hostile.make(made)
    before = sorted(_listing(made))
    came = warm.attempt([_filled(word, str(path), warm.runs) for word in hostile.words], place)
    after = sorted(_listing(made))
    faults = list(_faults(hostile, came))
    # a memo of what a file's checksum was is no harm
    left = [*(place / "temporary").iterdir(), *(place / "here").iterdir()]
    left += (place / "cache").rglob("*.npy")
    if came["code"] != 0 and (left or before != after):
        faults.append(f"left behind: {[each.name for each in left] or 'changes'}")
    shutil.rmtree(folder, ignore_errors=True)
    return came, faults


def _filled(word: str, path: str, runs: dict[str, str]) -> str:
    word = word.replace("{}", path)
    for name, run in runs.items():
        word = word.replace(f"{{{name}}}", run)
    return word


def _faults(hostile: Hostile, came: dict[str, Any]) -> Iterator[str]:
    code, told = came["code"], came["err"].strip()
    if code is None:
        yield "hangs"
    elif "Traceback" in told or code not in {0, 2, 3, 4}:
        yield f"crashed ({code}): {told[-200:]}"
    elif code == 0 and 0 not in hostile.codes:
        yield "accepted"
    elif code not in hostile.codes:
        yield f"exit code {code}: {told[-200:]}"
    elif code and not told:
        yield "no message"
    if came["seconds"] > hostile.seconds:
        yield f"too slow: {came['seconds']:.1f} s"
    if came["megabytes"] > hostile.megabytes:
        yield f"too large: {came['megabytes']:.0f} MB"
    if len(told) > LONGEST_MESSAGE:
        yield f"message of {len(told):,} characters"
    if printable(told + came["out"]) != told + came["out"]:
        yield "control characters"
    if told.count("error: ") > 1:
        yield "several messages"


def _listing(folder: Path) -> Iterator[tuple[str, int, int]]:
    for each in folder.rglob("*"):
        state = each.lstat()
        yield str(each), state.st_size, state.st_mtime_ns if each.is_file() else 0
