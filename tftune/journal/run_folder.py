"""The folder of a search: what lies where, who may overwrite it, and whether it fits the search
that wants to go on.

journal.jsonl  summary.json  trials.csv  best_model.keras  tensorboard/  checkpoints/  logs/
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tftune.errors import RunFolderError
from tftune.journal.records import Record

JOURNAL = "journal.jsonl"
OWN_NAMES = (
    JOURNAL,
    "summary.json",
    "trials.csv",
    "best_model.keras",
    "tensorboard",
    "report.html",
    "checkpoints",
    "logs",
    "data",
)
MUST_AGREE = (
    "task",
    "search",
    "options",
    "scheduler",
    "scheduler_options",
    "seed",
    "objective",
    "training",
    "lag",
)


class RunFolder:
    """Paths of one run folder; nothing is written before it is needed.

    Args:
        path: The folder, such as `runs/beans-random`.

    Example:
        >>> RunFolder(Path("runs/beans-random")).checkpoint("0003").name
        '0003.npz'
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.journal = self.path / JOURNAL
        self.summary = self.path / "summary.json"
        self.trials_csv = self.path / "trials.csv"
        self.best_model = self.path / "best_model.keras"
        self.tensorboard = self.path / "tensorboard"
        self.checkpoints = self.path / "checkpoints"
        self.logs = self.path / "logs"
        self.data = self.path / "data"

    def checkpoint(self, trial: str) -> Path:
        """Returns the file of a trial's weights."""
        return self.checkpoints / f"{trial}.npz"

    def exists(self) -> bool:
        """Whether a search was begun here."""
        return self.journal.exists()

    def check_usable(self) -> None:
        """Refuses a place that cannot become a run folder.

        Raises:
            RunFolderError: If it is a file, or holds other things than a search.
        """
        if self.path.exists() and not self.path.is_dir():
            raise RunFolderError(
                f"The run folder {self.path} is a file. Expected a folder or a new name. Choose "
                "another with --run-dir."
            )
        if self.path.is_dir() and not self.exists():
            foreign = sorted(
                entry.name for entry in self.path.iterdir() if entry.name not in OWN_NAMES
            )
            if foreign:
                raise RunFolderError(
                    f"{self.path} is not a run folder: it has no {JOURNAL}. Expected a new, an "
                    "empty or a run folder. "
                    f"Received one with: {', '.join(foreign[:5])}. Choose another with --run-dir "
                    "(directory=, project_name=)."
                )

    def clear(self) -> None:
        """Removes what a search wrote here, and nothing else."""
        self.check_usable()
        for name in OWN_NAMES:
            entry = self.path / name
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink(missing_ok=True)

    def remove_scratch(self) -> None:
        """Removes what only a running search needs: spilled arrays, and the folder of logs if no
        child left one.
        """
        shutil.rmtree(self.data, ignore_errors=True)
        if self.logs.is_dir() and not any(self.logs.iterdir()):
            self.logs.rmdir()

    def keep_checkpoints(self, trials: Iterable[str]) -> None:
        """Removes the weights of all trials but these."""
        kept = {self.checkpoint(trial).name for trial in trials}
        if self.checkpoints.is_dir():
            for entry in os.scandir(self.checkpoints):
                if entry.name not in kept and entry.name.endswith(".npz"):
                    os.unlink(entry.path)


def check_agrees(header: Record, wanted: dict[str, Any], space_difference: list[str]) -> None:
    """Refuses to go on with a search that is another one.

    Args:
        header: The journal's first record.
        wanted: The header that the present search would write.
        space_difference: What differs between the spaces, a line each.

    Raises:
        RunFolderError: With every difference.

    Example:
        >>> check_agrees({"seed": 0}, {"seed": 1}, [])
        Traceback (most recent call last):
        ...
        tftune.errors.RunFolderError: The run folder holds another search:
          seed: 0 in the folder, 1 now
        Run with the same settings to resume it, choose another folder with --run-dir, or start over with --overwrite (overwrite=True).
    """
    lines = [
        line
        for name in MUST_AGREE
        for line in _differences(name, header.get(name), wanted.get(name))
    ]
    old, new = ((record.get("data") or {}).get("fingerprint") for record in (header, wanted))
    if old != new:
        lines.append(f"data: fingerprint {old} in the folder, {new} now")
    lines += [f"space: {line}" for line in space_difference]
    if lines:
        raise RunFolderError(
            "The run folder holds another search:\n  "
            + "\n  ".join(lines)
            + "\nRun with the same settings to resume it, choose another "
            "folder with --run-dir, or start over with --overwrite (overwrite=True)."
        )


def _differences(name: str, old: Any, new: Any) -> list[str]:
    """Returns what differs in one field, options one by one; results of earlier runs are only
    counted.
    """
    if old == new:
        return []
    if name in ("options", "scheduler_options"):
        old, new = old or {}, new or {}
        return [
            line
            for option in dict.fromkeys((*old, *new))
            for line in _differences(option, old.get(option), new.get(option))
        ]
    if name == "warm_start":
        old, new = (f"{len(results or ())} results" for results in (old, new))
        return [
            f"{name}: {old} in the folder, {new} now; the journal holds them, so leave it out when "
            "you resume"
        ]
    return [f"{name}: {old!r} in the folder, {new!r} now"]
