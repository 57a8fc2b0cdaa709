"""The folder of a search: what lies where, who may overwrite it, and whether it fits the search
that wants to go on.

journal.jsonl  summary.json  trials.csv  best_model.keras  tensorboard/  checkpoints/  logs/
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from tftune.errors import RunFolderError

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
    "trials",
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
        self.trials = self.path / "trials"

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
