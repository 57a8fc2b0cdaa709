"""`RunData`: what a report knows of one search: its records and what they fold into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tftune.errors import RunFolderError
from tftune.journal.readable import read_checked
from tftune.journal.records import Record
from tftune.journal.run_folder import RunFolder
from tftune.journal.state import SearchState


@dataclass(frozen=True)
class RunData:
    """A search as its journal tells it.

    Attributes:
        name: What it is called in a legend: the name of its folder.
        state: What the records fold into.
        records: The records, in order; attempts and sessions that the state has forgotten are
            there.
        folder: Where they were read, or None.
    """

    name: str
    state: SearchState
    records: Sequence[Record]
    folder: RunFolder | None = None


def read_run(folder: RunFolder) -> RunData:
    """Reads a run folder; no lock is needed, so the search may be running.

    Raises:
        RunFolderError: If there is no search in the folder, or its journal is damaged or tells what
            no search does.
    """
    if not folder.exists():
        raise RunFolderError(
            f"{folder.path} is not a run folder: it has no {folder.journal.name}. Expected the "
            "folder of a search, such as runs/search. Correct the path."
        )
    records, state = read_checked(folder)
    if not state.header:
        raise RunFolderError(
            f"The journal in {folder.path} is empty: the search had not begun. Expected a "
            "header. Run the search again."
        )
    return RunData(folder.path.absolute().name, state, records, folder)
