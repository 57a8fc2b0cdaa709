"""What is looked at before a journal of unknown origin is read, and after."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tftune.errors import DataError, RunFolderError, TftuneError
from tftune.journal import journal
from tftune.journal.fields import check_fields
from tftune.journal.records import Record
from tftune.journal.run_folder import RunFolder
from tftune.journal.state import SearchState
from tftune.support import limits
from tftune.support.texts import shown
from tftune.support.whole_files import is_within, open_whole

LONGEST_HEADER = 16_000_000  # bytes
MALFORMED = (
    *(KeyError, TypeError, ValueError, AttributeError, IndexError),
    *(RecursionError, OverflowError, MemoryError),
)


def check_journal(folder: RunFolder) -> None:
    """Refuses a journal that is no file, lies elsewhere or is too long to be read.

    Args:
        folder: A run folder in which there is a journal.

    Raises:
        RunFolderError: If it is one of these.
    """
    try:
        if not is_within(folder.path, folder.journal):
            raise DataError("it is a link that leads out of the run folder")
        with open_whole(folder.journal, limits.JOURNAL) as file:
            if len(file.readline(LONGEST_HEADER + 1)) > LONGEST_HEADER:
                raise DataError("it does not begin with a header")
    except DataError as error:
        raise RunFolderError(
            f"{shown(str(folder.journal))} cannot be read: {error}. Expected the journal of a "
            "search. Look at the file, its owner and its rights."
        ) from error


def read_checked(folder: RunFolder) -> tuple[list[Record], SearchState]:
    """Returns what the journal of a folder tells, which somebody may have made by hand.

    Args:
        folder: A run folder in which there is a journal.

    Returns:
        The records, and what they fold into.

    Raises:
        RunFolderError: If it cannot be read, is damaged, or tells what no search does.
    """
    check_journal(folder)
    with honest(folder):
        records = journal.read(folder.journal)[0]
    return records, check_records(folder, records)


def read_to_go_on(folder: RunFolder) -> journal.History:
    """Returns what a journal holds, checked as by `read_checked`, for the search that goes on.

    Raises:
        RunFolderError: As of `read_checked`.
    """
    check_journal(folder)
    known = journal.read(folder.journal)
    check_records(folder, known[0])
    return known


def check_records(folder: RunFolder, records: Sequence[Record]) -> SearchState:
    """Returns what records fold into, which somebody may have made by hand.

    Args:
        folder: The run folder that they are of.
        records: All of its journal.

    Raises:
        RunFolderError: If they tell what no search does.
    """
    with honest(folder):
        check_fields(records)
        check_order(records)
        state = SearchState().apply_all(records)
        if state.header:
            if state.direction not in ("max", "min"):
                raise ValueError(f"direction {shown(state.direction)} is neither max nor min")
            _ = state.objective, state.best()
        return state


@contextlib.contextmanager
def honest(folder: RunFolder) -> Iterator[None]:
    """Takes what goes wrong with records for their fault.

    Args:
        folder: The run folder that they are of.

    Raises:
        RunFolderError: In place of whatever nonsense leads to.
    """
    try:
        yield
    except TftuneError:
        raise
    except MALFORMED as error:
        raise malformed(folder, error) from None


def within(folder: RunFolder, path: Path) -> Path:
    """Returns a path of a run folder.

    Args:
        folder: The run folder.
        path: Of a file in it.

    Raises:
        RunFolderError: If it is a link that leads out of the folder.
    """
    if not is_within(folder.path, path):
        raise RunFolderError(
            f"{shown(str(path))} is a link that leads out of the run folder. Expected a file in "
            "it. Copy it there if you trust it."
        )
    return path


def malformed(folder: RunFolder, error: Exception) -> RunFolderError:
    """Returns the refusal of a journal whose lines are whole and whose records are nonsense.

    Args:
        folder: The run folder.
        error: What came of reading them, one of `MALFORMED`.
    """
    return RunFolderError(
        f"{shown(str(folder.journal))} is not a journal of tftune: {type(error).__name__}: "
        f"{shown(str(error))}. Expected the records of a search. Restore it from a copy."
    )


def check_order(records: Iterable[Record]) -> None:
    """Refuses what no search writes: a second header, an epoch or an end of a trial that is not in
    training.

    Raises:
        ValueError: If there is such a record.
    """
    running: set[str] = set()
    for number, record in enumerate(records, start=1):
        kind = record["kind"]
        if kind == "header" and number > 1:
            raise ValueError(f"record {number} is a second header")
        if kind == "start":
            running.add(record["trial_id"])
        elif kind in ("epoch", "end") and record["trial_id"] not in running:
            raise ValueError(f"record {number}, {kind}, is of a trial that is not in training")
        if kind == "end":
            running.discard(record["trial_id"])
