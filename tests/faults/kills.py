"""Kills real searches at random moments, resumes them, and looks at what became of the trials."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from tests.faults.warm_search import MARK, Session
from tftune.journal.journal import read
from tftune.journal.records import Record
from tftune.journal.state import SearchState
from tftune.support.files import UNFINISHED
from tftune.support.tensorflow_import import VARIABLE

LIMIT = 300.0  # seconds of a session
GONE = 10.0  # seconds after which no process may be left, where nothing is imported
# Of the driver's files, those in whose writing it dies; what is written by a child is watched for.
FILES = {
    "best model": "best_model.keras",
    "summary": "summary.json",
    "table of trials": "trials.csv",
    "TensorBoard": "tfevents",
}
KINDS = (
    *("everything", "driver", "child", "fork server", "weights", "final evaluation"),
    *FILES,
)


class Searches:
    """The warm process that the sessions are forks of.

    Attributes:
        gone: Seconds after which no process of a killed session may be left: a fork server hears
            of its driver's end when it has imported TensorFlow.
    """

    def __init__(self) -> None:
        began = time.monotonic()
        script = Path(__file__).with_name("warm_search.py")
        environment = {**os.environ, VARIABLE: "1"}  # inline as in a child: others round otherwise
        self._process = subprocess.Popen(
            [sys.executable, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self._ask({"ready": None})
        self.gone = GONE + 2.0 * (time.monotonic() - began)

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
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """Ends it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


@dataclass
class Toll:
    """What the kills have cost.

    Attributes:
        kills: By kind.
        missed: Sessions that ended before their kill.
        continued: Trials that went on after an epoch, not from the beginning.
    """

    kills: Counter[str] = field(default_factory=Counter)
    missed: int = 0
    continued: int = 0

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kills.items()))
        return (
            f"{self.kills.total()} kills ({kinds}), {self.missed} missed; {self.continued} trials "
            "went on in mid-training; 0 trials lost, repeated or changed, nothing left behind"
        )


def records_of(folder: Path) -> list[Record]:
    """Returns the records of a journal that may be under way."""
    try:
        return list(read(folder / "journal.jsonl")[0])
    except FileNotFoundError:
        return []


def told(folder: Path) -> list[tuple[Any, ...]]:
    """What must be the same: everything of a trial but times and attempts."""
    state = SearchState().apply_all(records_of(folder))
    names = "trial_id", "number", "values", "status", "epochs", "score", "best_epoch", "parent"
    return [tuple(getattr(trial, name) for name in names) for trial in state.trials.values()]


def processes_of(mark: str) -> list[psutil.Process]:
    """Returns the processes of a search."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            ended = process.status() == psutil.STATUS_ZOMBIE
            if not ended and process.environ().get(MARK) == mark:
                found.append(process)
    return found


def _forked(driver: int) -> tuple[list[psutil.Process], list[psutil.Process]]:
    """Returns the fork server of a driver and its children."""
    servers = []
    with contextlib.suppress(psutil.Error):
        for process in psutil.Process(driver).children():
            with contextlib.suppress(psutil.Error):
                if "forkserver" in " ".join(process.cmdline()):
                    servers.append(process)
    children = []
    for server in servers:
        with contextlib.suppress(psutil.Error):
            children += server.children()
    return servers, children


def _kill(processes: list[psutil.Process]) -> bool:
    killed = False
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()
            killed = True
    return killed


class Killer:
    """Kills the sessions of one search, one after another, and resumes it to its end.

    Args:
        searches: Begin the sessions.
        session: The search.
        whole: Folder of the same search, uninterrupted.
        seed: Of the moments.
    """

    def __init__(self, searches: Searches, session: Session, whole: Path, seed: str) -> None:
        self.searches, self.folder = searches, Path(session.folder)
        self.session = replace(session, mark=f"{os.getpid()}-{self.folder.name}")
        self.whole, self.chance = whole, random.Random(seed)
        starts = [each["time"] for each in records_of(whole) if each["kind"] == "start"]
        ends = [each["time"] for each in records_of(whole) if each["kind"] == "end"]
        self._seconds = ends[-1] - starts[0]

    def kill(self, kind: str, toll: Toll) -> None:
        """Runs a session that is killed; checks that nothing that had ended is lost."""
        session = replace(self.session, dies_at=FILES.get(kind), delay=self._delay())
        before = len(records_of(self.folder))
        driver = self.searches.begin(session)
        hit = True if kind in FILES else self._hit(kind, driver, before)
        goes_on = kind in ("child", "fork server")
        code = self.searches.wait(driver) if goes_on or kind in FILES or not hit else None
        if code is None:
            self.searches.wait(driver, self.searches.gone)
        killed = hit and (goes_on or code in (None, -signal.SIGKILL))
        assert code in (None, 0, -signal.SIGKILL), self.log()
        toll.kills[kind] += killed
        toll.missed += not killed
        self._ended = {**getattr(self, "_ended", {}), **self._check_ends()}
        if self.chance.random() < 0.5:
            self.check_processes()  # else the next session begins at once

    def _delay(self) -> float:
        return self.chance.choice([-1.0, 0.0, self.chance.uniform(0.0, 0.01)])

    def _hit(self, kind: str, driver: int, before: int) -> bool:
        """Waits for the moment and kills; returns whether there was somebody to be killed."""
        awaited = "finish" if kind == "final evaluation" else "start"
        if not self._wait_for(awaited, driver, before):
            return False
        rest = self._seconds if kind != "final evaluation" else 1.0
        until = time.monotonic() + self.chance.uniform(0.0, rest)
        while time.monotonic() < until or (kind == "weights" and not self._is_writing()):
            if self.searches.code_of(driver) is not None:
                return False
            time.sleep(0.0005 if kind == "weights" else 0.01)
        servers, children = _forked(driver)
        if kind == "child":
            return bool(children) and _kill([self.chance.choice(children)])
        if kind == "fork server":
            return _kill(servers)
        with contextlib.suppress(psutil.NoSuchProcess):
            others = [] if kind == "driver" else [*servers, *children]
            return _kill([psutil.Process(driver), *others])
        return False

    def _is_writing(self) -> bool:
        return any((self.folder / "checkpoints").glob(f"{UNFINISHED}*"))

    def _wait_for(self, kind: str, driver: int, before: int) -> bool:
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            if any(each["kind"] == kind for each in records_of(self.folder)[before:]):
                return True
            if self.searches.code_of(driver) is not None:
                return False
            time.sleep(0.02)
        raise AssertionError("the search did not get that far")

    def _check_ends(self) -> dict[str, Record]:
        """Checks that what had ended is still there, once, and was not begun again."""
        ends: dict[str, Record] = {}
        for record in records_of(self.folder):
            trial = record.get("trial_id")
            if record["kind"] in ("start", "end", "epoch"):
                assert trial not in ends, f"{record['kind']} of trial {trial} after its end"
            if record["kind"] == "end":
                ends[str(trial)] = record
        for trial, end in getattr(self, "_ended", {}).items():
            assert ends.get(trial) == end, f"the end of trial {trial} is lost or changed"
        return ends

    def check_processes(self) -> None:
        """Checks that soon no process is left."""
        deadline = time.monotonic() + self.searches.gone
        while left := processes_of(self.session.mark):
            assert time.monotonic() < deadline, [each.cmdline() for each in left]
            time.sleep(0.05)

    def finish(self, toll: Toll) -> None:
        """Resumes the search to its end, and once more, and checks what has become of it."""
        for _ in range(2):
            code = self.searches.wait(self.searches.begin(self.session))
            assert code == 0, self.log()
        self._check_ends()
        for one, other in zip(told(self.folder), told(self.whole), strict=True):
            assert one == other, f"{one} is not {other}\n{self.log()}"
        numbers = [trial[1] for trial in told(self.folder)]
        assert numbers == list(range(len(numbers))), numbers
        self.check_processes()
        left = list(self._leftovers())
        assert left == [], left
        records = records_of(self.folder)
        toll.continued += sum(
            record["kind"] == "continue" and record["epoch"] > 0 for record in records
        )
        for name in ("summary.json", "trials.csv", "best_model.keras"):
            assert (self.folder / name).is_file(), name

    def _leftovers(self) -> Iterator[str]:
        """Returns what a process that was killed may have left and nobody has removed."""
        for path in self.folder.rglob("*"):
            if path.name.startswith(UNFINISHED) or path.suffix == ".unfinished":
                yield str(path)
        for name in ("tftune-*", "pymp-*"):
            yield from map(str, Path(f"{self.folder}.tmp").glob(name))
        yield from (str(path) for path in Path("/dev/shm").glob(f"*{self.session.mark}*"))

    def log(self) -> str:
        """Returns the end of what the sessions have printed."""
        return Path(f"{self.folder}.log").read_text(errors="replace")[-4000:]
