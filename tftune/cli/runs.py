"""What `RUN` means on a command line: a run folder, or its name in `runs/`."""

from __future__ import annotations

from pathlib import Path

from tftune.errors import RunFolderError
from tftune.journal.run_folder import RunFolder
from tftune.reports.run_data import RunData, read_run
from tftune.support.checks import nearest
from tftune.support.texts import shown

RUNS = Path("runs")


def folder_of(run: str) -> RunFolder:
    """Returns the run folder that a word of the command line means.

    Args:
        run: A path of a run folder, or the name of a folder in `runs/`.

    Raises:
        RunFolderError: If there is no search in either.
    """
    candidates = [RunFolder(run)]
    if not Path(run).is_absolute():
        candidates.append(RunFolder(RUNS / run))
    found = next((folder for folder in candidates if folder.exists()), None)
    if found is not None:
        return found
    known = sorted(path.parent.name for path in RUNS.glob("*/journal.jsonl"))
    raise RunFolderError(
        f"{shown(run)} is not a run folder: there is no journal.jsonl in it, nor in "
        f"{candidates[-1].path}. Expected the folder of a search, such as runs/beans-auto."
        f"{nearest(run, known)} tftune list shows what there is."
    )


def opened(run: str) -> RunData:
    """Reads the run that a word of the command line means.

    Raises:
        RunFolderError: If there is no search, or its journal is damaged.
    """
    return read_run(folder_of(run))
