"""What is looked at when a session was killed, and when its search has come to its end."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.faults import victims
from tests.faults.deaths import disarm
from tests.faults.searches import Journal, Searches
from tests.faults.toll import Toll
from tests.faults.warm_search import Session
from tftune.journal.records import Record

GONE = 10.0  # seconds after which no process may be left
_numbers = itertools.count()


class CheckedSearch:
    """A search whose sessions are killed, beside the same one that nobody has killed.

    Args:
        searches: Begin the sessions.
        session: The search.
        whole: Folder of the same search, uninterrupted.
        seed: Of the moments.
        toll: Counts.
    """

    def __init__(
        self, searches: Searches, session: Session, whole: Path, seed: str, toll: Toll
    ) -> None:
        self.searches, self.folder, self.toll = searches, Path(session.folder), toll
        self.session = replace(session, mark=f"k{os.getpid()}-{next(_numbers)}")
        self.whole, self.chance = Journal(whole), random.Random(seed)
        self.journal = Journal(self.folder)
        self._ended: dict[str, Record] = {}
        self._old: set[str] = set()  # what killed sessions have left behind
        self._shared: set[str] = set()  # memory that they used
        self._drivers: list[int] = []
        self._before, self._began, self._unfinished = 0, 0.0, set[str]()  # of a session

    def _new(self, *kinds: str) -> list[Record]:
        """Returns the records of this session, or those of some kinds."""
        new = self.journal.records()[self._before :]
        return [each for each in new if not kinds or each["kind"] in kinds]

    def _has_begun(self) -> bool:
        return bool(self._new("start", "finish"))

    def _measure(self) -> None:
        """Learns from a session that has just ended how long beginning and end take."""
        new = {each["kind"]: each["time"] for each in reversed(self._new())}
        if "start" in new:
            self.searches.seconds_of_start = max(new["start"] - self._began, 0.1)
        if "evaluation" in new and "finish" in new:
            self.searches.seconds_of_end = max(1.1 * (new["evaluation"] - new["finish"]), 0.1)

    def _begin(self, **options: Any) -> int:
        """Begins a session and returns its process."""
        disarm(self.folder)
        self._before = len(self.journal.records())
        self._unfinished = victims.unfinished(self.folder)
        self._began = time.time()
        self._drivers.append(self.searches.begin(replace(self.session, **options)))
        return self._drivers[-1]

    def _look_for_leftovers(self) -> None:
        """Checks that a session that is over has swept what earlier ones had left, and half of the
        time that no process is left of it; else the next session begins at once.
        """
        if self._has_begun():
            left = self._old & victims.leftovers(self.folder, self._drivers)
            assert not left, f"a session has begun and not swept {left}\n{self.log()}"
            self._old = set()
        torn = victims.unfinished(self.folder) - self._unfinished
        self.toll.torn += bool(torn)
        if self.chance.random() < 0.5:
            self.check_processes()
            self._old |= torn | victims.temporary(self.folder, self._drivers)

    def _check_ends(self) -> None:
        """Checks that what had ended is still there, once, and was not begun again."""
        ends: dict[str, Record] = {}
        for record in self.journal.records():
            trial = record.get("trial_id")
            if record["kind"] in ("start", "end", "epoch"):
                assert trial not in ends, f"{record['kind']} of trial {trial} after its end"
            if record["kind"] == "end":
                ends[str(trial)] = record
        for trial, end in self._ended.items():
            assert ends.get(trial) == end, f"the end of trial {trial} is lost or changed"
        self._ended = ends

    def check_processes(self) -> None:
        """Checks that soon no process is left."""
        deadline = time.monotonic() + GONE
        while left := victims.processes_of(self.session.mark):
            assert time.monotonic() < deadline, [each.cmdline() for each in left]
            time.sleep(0.05)

    def finish(self) -> None:
        """Resumes the search to its end, and once more, and checks what has become of it."""
        for _ in range(2):
            assert self.searches.wait(self._begin()) == 0, self.log()
            self._measure()
        self._check_ends()
        told = self.journal.told()
        for one, other in zip(told, self.whole.told(), strict=True):
            assert one == other, f"{one} is not {other}\n{self.log()}"
        assert [trial[1] for trial in told] == list(range(len(told))), told
        self.check_processes()
        left = victims.leftovers(self.folder, self._drivers)
        left |= {path for path in self._shared if os.path.exists(path)}
        assert left == set(), left
        self.toll.continued += sum(
            record["kind"] == "continue" and record["epoch"] > 0
            for record in self.journal.records()
        )
        for name in ("summary.json", "trials.csv", "best_model.keras"):
            assert (self.folder / name).is_file(), name

    def _begin_anew(self) -> None:
        """Forgets a search that has nothing more to be killed."""
        shutil.rmtree(self.folder)
        self.journal, self._ended, self._old = Journal(self.folder), {}, set()

    def log(self) -> str:
        """Returns the end of what the sessions have printed."""
        return Path(f"{self.folder}.log").read_text(errors="replace")[-4000:]
