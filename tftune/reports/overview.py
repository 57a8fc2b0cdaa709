"""One run in a row: what `tftune list` shows, read without its epochs.

Example:
    >>> age(75), age(3 * 3600), age(None), size(1_234_567)
    ('1 min', '3 h', '', '1.2 MB')
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tftune.errors import RunFolderError
from tftune.journal import journal
from tftune.journal.folder_lock import is_held
from tftune.journal.readable import MALFORMED, check_journal
from tftune.journal.run_folder import JOURNAL, OWN_NAMES, RunFolder
from tftune.journal.state import SearchState
from tftune.reports.run_state import RunState, RunStatus, run_state
from tftune.support.texts import printable

DEPTH = 4  # folders below the one that is looked through
_WITHOUT = frozenset({"epoch", "propose", "tell", "memo", "note", "evaluation"})


@dataclass(frozen=True)
class Overview:
    """One run in a row.

    Attributes:
        name: Of its folder, below the one that was looked through.
        folder: The run folder.
        state: What it is doing.
        task: What was tuned.
        search: The method.
        objective: Name of the metric that was searched for, or "".
        direction: `max` or `min`, or "".
        seed: Of the search.
        planned: Number of trials of the whole search; None where it is not known.
        completed: Trials that completed.
        pruned: Trials that were stopped.
        failed: Trials that failed.
        running: Trials that have begun and not ended.
        best: The best score, or None.
        best_trial: Its trial, or None.
        test: The test metrics of the best trial; empty before they are known.
        last: Unix time of the last record, or None.
        bytes: Size of the folder.
    """

    name: str
    folder: Path
    state: RunState
    task: str = ""
    search: str = ""
    objective: str = ""
    direction: str = ""
    seed: Any = None
    planned: int | None = None
    completed: int = 0
    pruned: int = 0
    failed: int = 0
    running: int = 0
    best: float | None = None
    best_trial: str | None = None
    test: Mapping[str, float] = field(default_factory=dict)
    last: float | None = None
    bytes: int = 0

    @property
    def ended(self) -> int:
        """Number of trials that have ended."""
        return self.completed + self.pruned + self.failed

    @property
    def test_score(self) -> float | None:
        """The test metric that the objective is, or None."""
        return self.test.get(self.objective.removeprefix("val_"))

    def document(self, now: float | None = None) -> dict[str, Any]:
        """Returns it for JSON, with `age` in seconds."""
        now = time.time() if now is None else now
        content = {**asdict(self), "folder": str(self.folder)}
        content["state"], content["reason"] = str(self.state.status), self.state.reason
        content["age"] = None if self.last is None else round(max(now - self.last, 0.0), 3)
        content["test"] = dict(self.test)
        return content


def overview(folder: RunFolder, name: str | None = None) -> Overview:
    """Returns the row of a run; a journal that cannot be read is a row, too, with the reason.

    Args:
        folder: The run folder.
        name: What it is called; the name of the folder by default.
    """
    name = folder.path.absolute().name if name is None else name
    try:
        return _overview(folder, name)
    except RunFolderError as error:
        reason = str(error)
    except OSError as error:
        reason = f"{JOURNAL} cannot be read: {error.strerror or error}"
    except MALFORMED as error:
        reason = f"{JOURNAL} is not one of tftune: {type(error).__name__}: {error}"
    state = RunState(RunStatus.DAMAGED, printable(reason, 1000))
    return Overview(name, folder.path, state, bytes=folder_size(folder.path))


def _overview(folder: RunFolder, name: str) -> Overview:
    check_journal(folder)
    records = journal.read(folder.journal, _WITHOUT)[0]
    state = SearchState().apply_all(records)
    session = next((each for each in reversed(records) if each["kind"] == "session"), {})
    best = state.best() if state.header else None
    doing = state_of(folder, state, session)
    if not state.header:
        doing = RunState(doing.status, "the search had not begun")
    counts = state.counts()
    return Overview(
        name,
        folder.path,
        doing,
        task=str(state.header.get("task") or ""),
        search=str(state.header.get("search") or ""),
        objective=state.objective if state.header else "",
        direction=state.direction if state.header else "",
        seed=state.header.get("seed"),
        planned=session.get("expected_trials"),
        **counts,
        running=len(state.standing.running),
        best=best.score if best else None,
        best_trial=best.trial_id if best else None,
        test=dict(state.test["metrics"]) if state.test else {},
        last=next((each["time"] for each in reversed(records) if "time" in each), None),
        bytes=folder_size(folder.path),
    )


def state_of(folder: RunFolder | None, state: SearchState, session: Mapping[str, Any]) -> RunState:
    """Returns what a search is doing.

    Args:
        folder: Its folder, which is asked for its lock.
        state: What its journal tells.
        session: The record of its last session, or nothing.
    """
    held = None
    if folder is not None:
        try:
            held = is_held(folder.journal)
        except OSError:
            held = None
    record = state.nested or {}
    done, folds = len(record.get("results") or ()), record.get("folds") or 0
    under_way = f"{done} of {folds} folds are done" if done < folds else ""
    has_best = bool(state.standing.ranked(1))
    return run_state(state.finish, has_best, held, session.get("host"), under_way)


def runs_below(folder: Path, depth: int = DEPTH) -> Iterator[Path]:
    """Yields the run folders in a folder, itself included, by name.

    What a search writes is not looked through; no folder twice, so that links in a ring end.

    Args:
        folder: Where to look.
        depth: How many folders below it.
    """
    yield from _runs_below(folder, depth, set())


def _runs_below(folder: Path, depth: int, seen: set[tuple[int, int]]) -> Iterator[Path]:
    try:
        status = folder.stat()
        if (status.st_dev, status.st_ino) in seen:
            return
        seen.add((status.st_dev, status.st_ino))
        with os.scandir(folder) as entries:
            inside = sorted(entries, key=lambda entry: entry.name)
        names = {entry.name for entry in inside}
        folders = [entry.name for entry in inside if entry.is_dir()]
    except OSError:  # somebody else's, or gone
        return
    is_run = JOURNAL in names
    if is_run:
        yield folder
    if depth > 0:
        for name in folders:
            if not (name.startswith(".") or (is_run and name in OWN_NAMES)):
                yield from _runs_below(folder / name, depth - 1, seen)


def folder_size(folder: Path | str) -> int:
    """Returns the bytes of all files in a folder; what vanishes meanwhile counts nothing."""
    total = 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    total += folder_size(entry.path)
                else:
                    total += entry.stat(follow_symlinks=False).st_size
    except OSError:
        return total
    return total


def age(seconds: float | None) -> str:
    """Returns a time span in its largest unit."""
    if seconds is None:
        return ""
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return f"{max(int(seconds), 0)} s"


def size(count: float) -> str:
    """Returns a number of bytes in its largest unit."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 999.5:
            return f"{count:.1f} {unit}" if unit != "B" and count < 10 else f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
