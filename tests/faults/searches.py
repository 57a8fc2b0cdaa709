"""The sessions of searches that are there to be killed, and what their journals tell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.faults.warm_search import Session
from tftune.journal.journal import read
from tftune.journal.records import Record
from tftune.journal.state import SearchState
from tftune.support.tensorflow_import import VARIABLE

LIMIT = 300.0  # seconds of a session


class Searches:
    """The warm process that the sessions are forks of.

    Attributes:
        seconds_of_start: Those of a session before it begins a trial, as the last one had them.
        seconds_of_end: Those between the last trial and the end of the session.
    """

    def __init__(self) -> None:
        environment = {**os.environ, VARIABLE: "1"}  # inline as in a child: others round otherwise
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.warm_search"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=Path(__file__).parents[2],
        )
        self._ask({"ready": None})
        self.seconds_of_start = self.seconds_of_end = 1.0

    def begin(self, session: Session) -> int:
        """Begins a session and returns its process."""
        return int(self._ask({"begin": asdict(session)}))

    def code_of(self, process: int) -> int | None:
        """Returns the exit code of a session, or None while it runs."""
        code = self._ask({"ended": process})
        return None if code is None else int(code)

    def wait(self, process: int, seconds: float = LIMIT) -> int:
        """Waits for the end of a session and returns its exit code."""
        deadline = time.monotonic() + seconds
        while (code := self.code_of(process)) is None:
            assert time.monotonic() < deadline, "the session hangs"
            time.sleep(0.02)
        return code

    def _ask(self, command: dict[str, Any]) -> Any:
        assert self._process.stdin is not None and self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """Ends it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


class Journal:
    """The journal of a search that may be under way; it is read only when it has grown."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "journal.jsonl"
        self._size, self._records = -1, list[Record]()

    def records(self) -> list[Record]:
        """Returns what it tells."""
        size = self._path.stat().st_size if self._path.exists() else 0
        if size != self._size:
            self._size, self._records = size, list(read(self._path)[0]) if size else []
        return self._records

    def steps(self) -> int:
        """Returns how much is done: epochs and ends of trials, each counted once."""
        kinds = ("epoch", "end")
        done = [each for each in self.records() if each["kind"] in kinds]
        return len({(each["kind"], each["trial_id"], each.get("epoch")) for each in done})

    def seconds_of_step(self) -> float:
        """Returns how long the last step took."""
        times = [each["time"] for each in self.records() if each["kind"] in ("epoch", "end")]
        return min(max(times[-1] - times[-2], 0.05), 3.0) if len(times) > 1 else 0.3

    def told(self) -> list[tuple[Any, ...]]:
        """Returns what must be the same: everything of a trial but times and attempts."""
        state = SearchState().apply_all(self.records())
        names = "trial_id", "number", "values", "status", "epochs", "score", "best_epoch", "parent"
        return [tuple(getattr(trial, name) for name in names) for trial in state.trials.values()]
