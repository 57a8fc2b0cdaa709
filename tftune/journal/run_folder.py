"""The folder of a search: what lies where, who may overwrite it, and whether it fits the search
that wants to go on.

journal.jsonl  summary.json  trials.csv  report.html  best_model.keras  predictions.npz
learning_curve.json
tensorboard/  checkpoints/  logs/  nested/
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from tftune.errors import RunFolderError
from tftune.journal.folder_lock import FolderLock
from tftune.journal.owner_file import NAME as OWNER
from tftune.support.files import expanded, refuse_link, remove

JOURNAL = "journal.jsonl"
DAMAGED = ".damaged"  # ends the name of what was cut off a journal
OWN_NAMES = (
    JOURNAL,
    f"{JOURNAL}{DAMAGED}",
    "summary.json",
    "trials.csv",
    "best_model.keras",
    "predictions.npz",
    "best_model-savedmodel",
    "learning_curve.json",
    "best_model.onnx",
    "best_model.onnx.json",
    "best_model.tflite",
    "best_model.tflite.json",
    "tensorboard",
    "report.html",
    "checkpoints",
    "logs",
    "data",
    "trials",
    "nested",
)
OWN_FOLDERS = (
    "checkpoints",
    "tensorboard",
    "logs",
    "data",
    "trials",
    "nested",
    "figures",
    "searches",
)


class RunFolder:
    """Paths of one run folder; nothing is written before it is needed.

    `journal_name`, `own_names` and `holds` say what lies in it.

    Args:
        path: The folder, such as `runs/beans-random`.

    Example:
        >>> RunFolder(Path("runs/beans-random")).checkpoint("0003").name
        '0003.npz'
    """

    journal_name = JOURNAL
    own_names: tuple[str, ...] = OWN_NAMES
    holds = ""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = expanded(path)
        self.journal = self.path / self.journal_name
        self.summary = self.path / "summary.json"
        self.trials_csv = self.path / "trials.csv"
        self.best_model = self.path / "best_model.keras"
        self.predictions = self.path / "predictions.npz"
        self.tensorboard = self.path / "tensorboard"
        self.report = self.path / "report.html"
        # these are found from other working directories, too: a model may change its own
        here = self.path.absolute()
        self.checkpoints = here / "checkpoints"
        self.logs = here / "logs"
        self.data = here / "data"
        self.trials = here / "trials"
        self.nested = self.path / "nested"

    def checkpoint(self, trial: str) -> Path:
        """Returns the file of a trial's weights."""
        return self.checkpoints / f"{trial}.npz"

    def exists(self) -> bool:
        """Whether it was begun here."""
        return self.journal.exists()

    def check_usable(self) -> None:
        """Refuses a place that cannot become a run folder.

        Raises:
            RunFolderError: If it is a file, or holds other things, or links where its own folders
                should be.
        """
        if self.path.exists() and not self.path.is_dir():
            raise RunFolderError(
                f"The run folder {self.path} is a file. Expected a folder or a new name. Choose "
                "another with --run-dir."
            )
        if self.path.is_dir() and not self.exists():
            ours = {*self.own_names, OWNER}  # of one who was killed: it goes with the next lock
            foreign = sorted(entry.name for entry in self.path.iterdir() if entry.name not in ours)
            if foreign:
                raise RunFolderError(
                    f"{self.path} is not a run folder{self.holds}: it has no "
                    f"{self.journal_name}. Expected a new, an empty or a run folder. "
                    f"Received one with: {', '.join(foreign[:5])}. Choose another with --run-dir "
                    "(directory=, project_name=)."
                )
        self.check_links()

    def check_links(self) -> None:
        """Refuses links in place of folders in which files are written and removed.

        Raises:
            RunFolderError: If there is one.
        """
        for name in OWN_FOLDERS:
            refuse_link(self.path / name)

    def clear(self) -> None:
        """Removes what was written here, and nothing else.

        Raises:
            RunFolderError: If another process is at work here; nothing has then been removed.
        """
        self.check_usable()
        if not self.path.is_dir():
            return
        with FolderLock(self.journal) as held:
            held.file.truncate(0)  # at once no search, so that no half of one is taken for a whole
            for name in self.own_names:
                entry = self.path / name
                if entry != self.journal:
                    remove(entry)
            self.journal.unlink()  # last: who waits for the lock finds that this file is gone

    def check_free(self) -> None:
        """Refuses a folder in which another process is at work, before time is spent on it.

        Raises:
            RunFolderError: If there is one.
        """
        if self.exists():
            FolderLock(self.journal).release()

    @contextlib.contextmanager
    def held_for(self, path: Path) -> Iterator[None]:
        """Holds the lock while a file is written, if it is to lie in this folder.

        Args:
            path: The file.

        Raises:
            RunFolderError: If another process is at work here.
        """
        is_inside = path.absolute().parent.resolve().is_relative_to(self.path.resolve())
        with FolderLock(self.journal) if is_inside else contextlib.nullcontext():
            yield

    def remove_scratch(self) -> None:
        """Removes what only a running search needs: spilled arrays, and the folder of logs if no
        child left one.
        """
        shutil.rmtree(self.data, ignore_errors=True)  # of a link it removes nothing
        if self.logs.is_dir() and not self.logs.is_symlink() and not any(self.logs.iterdir()):
            self.logs.rmdir()

    def keep_checkpoints(self, trials: Iterable[str]) -> None:
        """Removes the weights of all trials but these."""
        kept = {self.checkpoint(trial).name for trial in trials}
        if self.checkpoints.is_dir() and not self.checkpoints.is_symlink():
            for entry in os.scandir(self.checkpoints):
                if entry.name not in kept and entry.name.endswith(".npz"):
                    os.unlink(entry.path)


class ExperimentFolder(RunFolder):
    """The folder of an experiment: measurements, tables, figures, a page, and searches below it.

    Args:
        path: The folder, such as `runs/hemolysis-chapter`.

    Example:
        >>> ExperimentFolder("runs/hemolysis-chapter").table.name
        'table.json'
    """

    journal_name = "experiment.jsonl"
    own_names = (
        *(journal_name, f"{journal_name}{DAMAGED}"),
        *("table.json", "table.txt", "figures", "report.html", "searches"),
    )
    holds = " of an experiment"

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path)
        self.table = self.path / "table.json"
        self.table_text = self.path / "table.txt"
        self.figures = self.path / "figures"
        self.searches = self.path / "searches"
